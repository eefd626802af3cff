"""What is said of the calls in a log: it holds for any program, and stands in two languages."""

import re

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.lesson.lesson import lesson_for
from walkthrough.lesson.log_notes import SERVER, log_notes, note_for
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.quiz.generator import QuestionGenerator
from walkthrough.state.history import History
from walkthrough.strace_log.events import SERVER as OF_LOGS
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.log import parse


def history_of(*lines: str) -> History:
    return History.of(*to_events(parse([line + "\n" for line in lines])))


def captions(history: History, language: str = "en") -> dict[str, str]:
    """Return what is said when each call has returned, by its name."""
    lesson = lesson_for(history.header)
    said = {}
    for index in range(len(history)):
        event = history.event(index)
        if isinstance(event, CallReturned):
            said[event.call] = lesson.view(event, history.world(index), language).caption
    return said


@pytest.mark.parametrize(
    ("type_", "blocks"),
    [
        ("SOCK_STREAM", True),
        ("SOCK_STREAM|SOCK_CLOEXEC", True),
        ("SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK", False),
    ],
)
def test_a_blocking_socket_is_not_said_to_be_non_blocking(type_: str, blocks: bool) -> None:
    history = history_of(f"socket(AF_INET, {type_}, IPPROTO_IP) = 3", "listen(3, 5) = 0")
    said = captions(history)["socket"]
    assert ("the socket blocks" in said) == blocks
    assert ("returns at once instead" in said) == (not blocks)
    chinese = captions(history, "zh")["socket"]
    assert ("它是阻塞的" in chinese) == blocks
    entered = next(e for e in history.between(0, 9) if isinstance(e, CallEntered))
    note = note_for(entered, entered.place)
    assert note is not None
    assert (note.id == "log.socket-blocking") == blocks


def test_a_log_is_explained_without_go() -> None:
    assert SERVER == OF_LOGS
    for note in log_notes():
        assert not re.search(r"\bGo\b|gorout|runtime", note.says("en") + note.says("zh")), note.id
        assert re.search(r"[\u4e00-\u9fff]", note.says("zh")), note.id
        assert "\n" not in note.says("en") + note.says("zh")
    assert len({note.id for note in log_notes()}) == len(log_notes())


def test_every_place_that_a_log_has_is_explained() -> None:
    event = CallEntered(seq=0, time_ns=0, call="x")
    places = [Place(stage) for stage in Stage if stage is not Stage.SYS_SOCKET]
    places += [Place(None, step) for step in Step]
    # Where goroutines park, and deadlines, no call tells.
    untold = {Step.POLL_WAIT, Step.SET_DEADLINE, Step.ACCEPT4, Step.POLL_OPEN}
    for place in places:
        assert place.step in untold or note_for(event, place) is not None, place
    for step in (Step.POLL_OPEN, Step.SET_NO_DELAY, Step.SET_KEEP_ALIVE):
        note = note_for(event, Place(Stage.ACCEPT, step))
        assert note is not None
        assert note.id != "log.accept"


def test_what_is_asked_of_a_log_is_answered_without_go() -> None:
    history = history_of(
        "socket(AF_INET6, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_IP) = 3",
        "setsockopt(3, SOL_IPV6, IPV6_V6ONLY, [1], 4) = 0",
        "bind(3, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), "
        'inet_pton(AF_INET6, "::", &sin6_addr), sin6_scope_id=0}, 28) = 0',
        "listen(3, 5) = 0",
        "epoll_create1(EPOLL_CLOEXEC) = 4",
        "epoll_ctl(4, EPOLL_CTL_ADD, 3, {events=EPOLLIN, data={u32=3, u64=3}}) = 0",
        "accept4(3, NULL, NULL, SOCK_NONBLOCK) = -1 EAGAIN (Resource temporarily unavailable)",
        "epoll_wait(4, [{events=EPOLLIN, data={u32=3, u64=3}}], 8, -1) = 1",
        "accept4(3, NULL, NULL, SOCK_NONBLOCK) = 5",
        "epoll_ctl(4, EPOLL_CTL_ADD, 5, {events=EPOLLIN, data={u32=5, u64=5}}) = 0",
        "read(5, 0x7ffc, 99) = -1 EAGAIN (Resource temporarily unavailable)",
        'read(5, "x", 99) = 1',
    )
    course = QuestionGenerator(history)
    course.read_to(len(history), len(history))
    course.end()
    reasons = [asked.why for asked in course.settled_between(0, len(history)) if asked.why]
    assert len(reasons) > 4
    for why in reasons:
        assert not re.search(r"\bGo\b|gorout|runtime", str(why) + catalogue("zh").text(why))


def test_what_is_shut_down_is_not_said_to_be_closed() -> None:
    history = history_of(
        "accept(3, NULL, NULL) = 5",
        "shutdown(5, SHUT_WR) = 0",
        "epoll_ctl(4, EPOLL_CTL_DEL, 5, NULL) = 0",
        "close(5) = 0",
    )
    for language, given_up in (("en", "gives the descriptor up"), ("zh", "放弃这个描述符")):
        said = captions(history, language)
        assert [given_up in said[call] for call in ("shutdown", "epoll_ctl", "close")] == [
            False,
            False,
            True,
        ]


def test_an_outbound_connection_is_said_to_be_one() -> None:
    address = '{sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}'
    history = history_of(
        "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3", f"connect(3, {address}, 16) = 0"
    )
    said = captions(history)
    assert said["socket"] == said["connect"]
    assert "it is the client" in said["connect"]
