"""The misconceptions that scenarios prove false, by number; ``docs/misconceptions.md`` has them.

An answer of a question may stand for one (``believes = 3``), so that it can be said what somebody
believes, and where it can be seen that it is not so.
"""

from typing import NamedTuple

from walkthrough.i18n.messages import Message, message
from walkthrough.scenario.schema import LessonFile


class Misconception(NamedTuple):
    """One misconception.

    Attributes:
        number: Its number: kept for good, since files name it.
        belief: What is believed, in a few words.
        scenarios: Where it is seen to be false, the clearest first; empty where no scenario
            shows it yet.
    """

    number: int
    belief: Message
    scenarios: tuple[str, ...] = ()


_ALL = (
    Misconception(
        1,
        message("accept performs the handshake"),
        ("handshake-before-accept", "dial"),
    ),
    Misconception(
        2,
        message("a backlog of n lets n clients wait, and the next is refused"),
        ("backlog-capped", "backlog-full"),
    ),
    Misconception(3, message("Accept blocks in accept4"), ("accept-parks", "first-connection")),
    Misconception(
        4,
        message("0.0.0.0 means IPv4 only"),
        ("ipv4-any", "the-document-today", "dual-stack"),
    ),
    Misconception(
        5,
        message("epoll is set up after listen"),
        ("the-document-today", "bind-fails-late"),
    ),
    Misconception(
        6,
        message("each listener or connection has an epoll of its own"),
        ("second-listener", "the-document-today", "bind-fails-late"),
    ),
    Misconception(7, message("one wake-up means one connection"), ("burst", "herd")),
    Misconception(
        8,
        message("the accepted descriptor inherits non-blocking mode and epoll"),
        ("second-listener",),
    ),
    Misconception(9, message("a goroutine is a thread"), ("accept-parks", "many-connections")),
    Misconception(10, message("bind makes the port reachable"), ("ipv4-any",)),
    Misconception(
        11,
        message("closing the listener closes its connections, or leaves Accept hanging"),
        ("close-while-accepting", "unix-socket"),
    ),
    Misconception(
        12,
        message("a client that has gone makes accept fail"),
        ("client-resets", "handshake-before-accept"),
    ),
    Misconception(
        13,
        message("every error of accept is fatal"),
        ("emfile-recovers", "accept-aborted", "interrupted", "out-of-descriptors-at-accept"),
    ),
    Misconception(
        14,
        message("read returns 0 when there is no data yet"),
        ("slow-client", "half-close"),
    ),
    Misconception(15, message("a listener has only one queue"), ("two-queues",)),
    Misconception(16, message("the goroutine that waits calls epoll_wait"), ("accept-parks",)),
    Misconception(17, message("write returned, so it was delivered"), ("close-with-unread",)),
    Misconception(
        18,
        message("a port is free once its program has ended"),
        ("restart-in-time-wait",),
    ),
)
MISCONCEPTIONS: dict[int, Misconception] = {each.number: each for each in _ALL}
"""All, by number, in order."""


def seen_false(name: str, lesson: LessonFile) -> tuple[int, ...]:
    """Return the numbers of the misconceptions that a scenario shows to be false, in order.

    Args:
        name: The scenario's name: what the table above says of it counts.
        lesson: Its lesson: what its questions' choices believe counts, too.
    """
    listed = {each.number for each in _ALL if name in each.scenarios}
    choices = (choice for question in lesson.question for choice in question.choice)
    return tuple(sorted(listed | {choice.believes for choice in choices} - {0}))
