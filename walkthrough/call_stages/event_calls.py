"""Calls of a capture's events in strace's notation, as far as stages are told from them.

What no rule looks at is left out: to spell all that is read and written would cost the most.
"""

from typing import NamedTuple

from walkthrough.call_stages.calls import ABOUT, EPOLL_WAITS, PAIRS
from walkthrough.call_stages.told_call import Thread
from walkthrough.formatting.go_values import number
from walkthrough.formatting.strace_lines import result
from walkthrough.formatting.strace_values import argument
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.model.values import Argument

_PASSING = ("recvmsg", "recvmmsg", "recvmmsg_time64", "sendmsg", "sendmmsg")
_ALL = frozenset[str]()
"""Every argument counts."""
_COUNTS: dict[str, frozenset[str]] = {
    "socket": _ALL,
    "epoll_ctl": _ALL,
    "fcntl": _ALL,
    "fcntl64": _ALL,
    "bind": frozenset({"sockfd", "addr"}),
    "connect": frozenset({"sockfd", "addr"}),
    "sendto": frozenset({"sockfd", "dest_addr"}),
    "accept4": frozenset({"sockfd", "flags"}),
    "setsockopt": frozenset({"sockfd", "level", "optname"}),
    "getsockopt": frozenset({"sockfd", "level", "optname", "optval"}),
    "dup2": _ALL,
    "dup3": _ALL,
    "open": frozenset({"pathname", "flags"}),
    "openat": frozenset({"dirfd", "pathname", "flags"}),
    "poll": frozenset({"fds"}),
    "ppoll": frozenset({"fds"}),
    "select": frozenset({"nfds", "readfds", "writefds", "exceptfds"}),
    "pselect6": frozenset({"nfds", "readfds", "writefds", "exceptfds"}),
    "close_range": _ALL,
    "unshare": _ALL,
    **dict.fromkeys(("epoll_create1", "eventfd2", "timerfd_create"), frozenset({"flags"})),
    **dict.fromkeys(EPOLL_WAITS, frozenset({"epfd", "events"})),
    **dict.fromkeys(PAIRS, _ALL),
    **dict.fromkeys(_PASSING, frozenset({"sockfd", "msg", "msgvec"})),
}
"""Which arguments count, by call. Of others that are about a descriptor it alone does."""
_FILLED_IN = EPOLL_WAITS | PAIRS | {"getsockopt", "recvmsg", "recvmmsg", "recvmmsg_time64"}
"""Calls of which something counts that the kernel writes."""
_COUNTS_LATER = EPOLL_WAITS | {"recvmsg", "recvmmsg", "recvmmsg_time64"}
"""Calls of which nothing else does, beside the descriptor."""


class EventCall(NamedTuple):
    """A call that a capture has reported (see `ToldCall`)."""

    thread: Thread
    name: str
    arguments: str
    result: str


def call_begun(event: CallEntered) -> EventCall:
    """Return a call that begins."""
    spell = _descriptor if event.call in _COUNTS_LATER else _arguments
    return EventCall(event.thread, event.call, spell(event.call, event.arguments), "")


def call_ended(begun: EventCall, event: CallReturned) -> EventCall:
    """Return a call that has ended.

    Args:
        begun: What `call_begun` has returned for its beginning.
        event: Its end.
    """
    arguments = begun.arguments
    if begun.name in _FILLED_IN and event.arguments:
        arguments = _arguments(begun.name, event.arguments)
    if event.error is None and event.call not in ("fcntl", "fcntl64"):
        return EventCall(begun.thread, begun.name, arguments, str(event.result))
    return EventCall(begun.thread, begun.name, arguments, result(None, event))


def _arguments(call: str, given: tuple[Argument, ...]) -> str:
    counts = _COUNTS.get(call)
    if counts is None:
        return _descriptor(call, given) if call in ABOUT else ""
    values = {each.name: each.value for each in given}
    return ", ".join(
        argument(call, each, values) for each in given if each.name in counts or not counts
    )


def _descriptor(_call: str, given: tuple[Argument, ...]) -> str:
    first = given[0].value if given else None
    return number(first) if isinstance(first, int) else ""
