"""When points are due: rows of (what has happened, points that are due, points that are not)."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.strategies import event_lists
from walkthrough.model.events import (
    AnyEvent,
    DetailEnded,
    FunctionEntered,
    FunctionReturned,
    KernelObserved,
)
from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.stages import NOWHERE, Place, Stage, Step, descend
from walkthrough.model.values import SocketAddress
from walkthrough.state.reducer import advance
from walkthrough.state.triggers import (
    Point,
    PointError,
    PointKind,
    PointWatcher,
    covers,
    is_named,
    parse_place,
    parse_point,
)
from walkthrough.state.world import World

ACCEPT = Place(Stage.ACCEPT)


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("start", Point(PointKind.START)),
        ("server idle", Point(PointKind.IDLE)),
        ("after bind", Point(PointKind.AFTER, Place(Stage.BIND))),
        ("  before   accept ", Point(PointKind.BEFORE, ACCEPT)),
        ("at accept", Point(PointKind.BEFORE, ACCEPT)),
        ("after pollOpen", Point(PointKind.AFTER, Place(Stage.POLL_OPEN))),
        ("after accept/pollOpen", Point(PointKind.AFTER, Place(Stage.ACCEPT, Step.POLL_OPEN))),
        ("while read is parked", Point(PointKind.PARKED, Place(None, Step.READ))),
    ],
)
def test_parse(text: str, point: Point) -> None:
    assert parse_point(text) == point
    assert parse_point(str(point)) == point


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'' is no point on the path; write 'at once', 'after X', 'before X', 'while X is"),
        ("after", "is no point on the path"),
        ("after bind and listen", "is no point on the path"),
        ("during bind", "is no point on the path"),
        ("after bnid", "'bnid' is no stage and no finer step; did you mean 'bind'?"),
        ("while xyz is parked", "'xyz' is no stage and no finer step; there are: resolveAddrList,"),
        ("after \x1b[31m", "'\\x1b[31m' is no stage"),
    ],
)
def test_what_cannot_be_parsed_is_answered_with_what_can(text: str, said: str) -> None:
    with pytest.raises(PointError, match=re.escape(said)):
        parse_point(text)


@given(st.text())
def test_the_parser_never_crashes(text: str) -> None:
    try:
        point = parse_point(text)
    except PointError:
        return
    assert parse_point(str(point)) == point


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("bind", Place(Stage.BIND)),
        ("pollOpen", Place(Stage.POLL_OPEN)),
        (" accept/pollOpen ", Place(Stage.ACCEPT, Step.POLL_OPEN)),
        ("listenerBacklog", Place(None, Step.LISTENER_BACKLOG)),
    ],
)
def test_parse_place(text: str, place: Place) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize("text", ["", "acept", "bind/pollOpen", "after bind"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(PointError, match="is no stage and no finer step"):
        parse_place(text)


@pytest.mark.parametrize(
    ("wanted", "place", "covered", "named"),
    [
        ("accept", ACCEPT, True, True),
        ("accept", Place(Stage.ACCEPT, Step.ACCEPT4), True, False),
        ("accept4", Place(Stage.ACCEPT, Step.ACCEPT4), True, True),
        ("pollOpen", Place(Stage.ACCEPT, Step.POLL_OPEN), False, False),
        ("accept/pollOpen", Place(Stage.ACCEPT, Step.POLL_OPEN), True, True),
        ("accept/pollOpen", Place(Stage.POLL_OPEN), False, False),
        ("close", Place(None, Step.CLOSE), True, True),
        ("close", ACCEPT, False, False),
        ("bind", NOWHERE, False, False),
    ],
)
def test_what_a_place_covers_and_names(
    wanted: str, place: Place, covered: bool, named: bool
) -> None:
    assert covers(parse_place(wanted), place) is covered
    assert is_named(place, parse_place(wanted)) is named


def test_no_place_at_all_covers_nothing() -> None:
    assert not covers(NOWHERE, NOWHERE)


class Run:
    """Events of a run, written as ``+mark`` (entered) and ``-`` (innermost returned)."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []
        self.world = World()
        self._open: dict[int, list[tuple[int, str, Place]]] = {}

    def play(self, script: str, goroutine: int = 1) -> "Run":
        chain = self._open.setdefault(goroutine, [])
        for word in script.split():
            number = len(self.events)
            if word == "-":
                span, mark, place = chain.pop()
                self.add(
                    FunctionReturned(
                        seq=number,
                        time_ns=number,
                        goroutine=goroutine,
                        thread=7,
                        span=span,
                        mark=mark or None,
                        stage=place.stage,
                        step=place.step,
                    )
                )
                continue
            mark = word.removeprefix("+")
            place = descend(chain[-1][2] if chain else NOWHERE, mark or None)
            chain.append((number, mark, place))
            self.add(
                FunctionEntered(
                    seq=number,
                    time_ns=number,
                    goroutine=goroutine,
                    thread=7,
                    span=number,
                    mark=mark or None,
                    stage=place.stage,
                    step=place.step,
                )
            )
        return self

    def kernel(self, *sockets: SocketState) -> "Run":
        number = len(self.events)
        return self.add(
            KernelObserved(seq=number, time_ns=number, state=KernelState(sockets=sockets))
        )

    def add(self, event: AnyEvent) -> "Run":
        self.events.append(event)
        self.world = advance(self.world, event)
        return self


def due(point: str, run: Run, since: int = 0) -> bool:
    """Ask both ways and see that they agree."""
    watcher, folded = PointWatcher(), PointWatcher()
    for event in run.events[:since]:
        folded.fold(event)
    folded.restart()
    for event in run.events[since:]:
        folded.fold(event)
    answer = watcher.due(parse_point(point), run.world, run.events[since:])
    assert folded.due(parse_point(point), run.world) is answer
    return answer


# The goroutine's way through Listen: somaxconn meets the poller first, inside listenerBacklog.
BACKLOG = "+listenerBacklog + +pollServerInit - +pollOpen - - -"


@pytest.mark.parametrize(
    ("script", "is_due", "is_not"),
    [
        ("", "start", "server idle"),
        ("", "start", "after bind"),
        ("+bind", "before bind", "after bind"),
        ("+bind", "at bind", "while accept is parked"),
        ("+bind -", "after bind", "after listen"),
        (BACKLOG, "after pollServerInit", "after pollOpen"),
        (BACKLOG, "after listenerBacklog", "before pollOpen"),
        (f"{BACKLOG} + +pollOpen -", "after pollOpen", "after accept/pollOpen"),
        ("+accept +pollOpen -", "after accept/pollOpen", "after pollOpen"),
        ("+accept +accept4 -", "after accept4", "after accept"),
        ("+accept +getsockname -", "after getsockname", "after accept"),
        ("+accept + +pollWait", "while accept is parked", "while read is parked"),
        ("+accept + +pollWait", "while pollWait is parked", "after pollWait"),
        ("+accept + +pollWait -", "after pollWait", "while accept is parked"),
        ("+read +pollWait", "while read is parked", "while accept is parked"),
        ("+read +pollWait", "server idle", "after read"),
        ("+read +pollWait -", "before read", "server idle"),
    ],
)
def test_due(script: str, is_due: str, is_not: str) -> None:
    run = Run().play(script)
    assert due(is_due, run)
    assert not due(is_not, run)


def test_what_happened_before_the_last_action_does_not_count() -> None:
    run = Run().play("+bind -")
    assert not due("after bind", run, since=len(run.events))
    assert not due("before bind", run, since=1)
    assert due("after bind", run, since=1)


def test_parking_is_a_state_not_an_event() -> None:
    run = Run().play("+accept +pollWait")
    assert due("while accept is parked", run, since=len(run.events))


def test_one_goroutine_parked_in_accept_another_in_read() -> None:
    run = Run().play("+accept +pollWait").play("+read", goroutine=2)
    assert due("while accept is parked", run)
    assert not due("while read is parked", run)
    assert not due("server idle", run)
    run.play("+pollWait", goroutine=2)
    assert due("while read is parked", run)
    assert due("server idle", run)


def test_a_thread_that_waits_in_epoll_is_idle() -> None:
    run = Run().play("+accept +pollWait").play("+pollReady", goroutine=0)
    assert due("server idle", run)


LISTENER = SocketAddress("AF_INET", "127.0.0.1", 7)


def socket(owner: str = "server", state: str = "ESTABLISHED", **queues: int) -> SocketState:
    return SocketState(owner, "AF_INET", "SOCK_STREAM", "TCP", state, LISTENER, **queues)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sockets", "idle"),
    [
        ((), True),
        ((socket(state="LISTEN", accept_queue=0, backlog=4096),), True),
        ((socket(state="LISTEN", accept_queue=1, backlog=4096),), False),
        ((socket(receive_queue=0),), True),
        ((socket(receive_queue=5),), False),
        ((socket(state="CLOSE_WAIT"),), False),
        ((socket("client", receive_queue=5), socket("client", "CLOSE_WAIT")), True),
        ((socket("kernel", "TIME_WAIT"),), True),
    ],
)
def test_idle_means_that_the_kernel_holds_nothing_either(
    sockets: Sequence[SocketState], idle: bool
) -> None:
    run = Run().play("+accept +pollWait").kernel(*sockets)
    assert due("server idle", run) is idle


def test_once_detail_has_ended_the_kernel_alone_tells_whether_it_is_idle() -> None:
    run = Run().play("+accept +accept4")  # in the middle of something, and let go
    run.kernel(socket(state="LISTEN", accept_queue=1))
    assert not due("server idle", run)
    run.add(DetailEnded(seq=len(run.events), time_ns=len(run.events)))
    assert not due("server idle", run)
    run.kernel(socket(state="LISTEN", accept_queue=0))
    assert due("server idle", run)


@given(event_lists(), st.sampled_from(["server idle", "after bind", "while accept is parked"]))
def test_any_events_have_an_answer(events: list[AnyEvent], text: str) -> None:
    world, watcher, point = World(), PointWatcher(), parse_point(text)
    for event in events:
        world = advance(world, event)
        watcher.fold(event)
    assert watcher.due(point, world) is watcher.due(point, world, events)
