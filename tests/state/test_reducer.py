"""How events change the world: rows of (events, what the world then says)."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from msgspec.structs import replace

from tests.support.strategies import event_lists
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    ClientActed,
    DetailEnded,
    FunctionEntered,
    FunctionReturned,
    KernelObserved,
    MemoryMeasured,
    OutputWritten,
    PacketCaptured,
    ProcessExited,
    ProcessStarted,
    SourcePlace,
    SpanCutOff,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.linux import constants as k
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.model.values import Argument, Constant, Reference, SocketAddress, Value
from walkthrough.state.reducer import advance
from walkthrough.state.world import MOST_CLIENTS, MOST_OUTPUT, MOST_VISITS, VisitProgress, World

ACCEPT = Place(Stage.ACCEPT)
WAITING = Place(Stage.ACCEPT, Step.POLL_WAIT)


def fold(events: Iterable[AnyEvent], world: World | None = None) -> World:
    world = world or World()
    for event in events:
        world = advance(world, event)
    return world


def enter(
    seq: int,
    span: int,
    place: Place = NOWHERE,
    mark: str | None = None,
    goroutine: int | None = 1,
    thread: int | None = 10,
    quiet: bool = False,
) -> FunctionEntered:
    return FunctionEntered(
        seq=seq,
        time_ns=seq,
        span=span,
        stage=place.stage,
        step=place.step,
        mark=mark,
        goroutine=goroutine,
        thread=thread,
        function=f"f{span}",
        quiet=quiet,
    )


def leave(
    seq: int, span: int, place: Place = NOWHERE, goroutine: int | None = 1, failed: bool = False
) -> FunctionReturned:
    return FunctionReturned(
        seq=seq,
        time_ns=seq,
        span=span,
        stage=place.stage,
        step=place.step,
        goroutine=goroutine,
        thread=10,
        failed=failed,
        results=(Argument("fd", 3),),
    )


def called(seq: int, call: str, result: int = 0, error: int = 0, **given: Value) -> CallReturned:
    return CallReturned(
        seq=seq,
        time_ns=seq,
        thread=10,
        call=call,
        result=result,
        error=k.constant(k.ERRNO, error) if error else None,
        arguments=tuple(Argument(name, value) for name, value in given.items()),
    )


def test_a_stage_is_current_then_done_with_its_results() -> None:
    inside = fold([enter(0, 1, Place(Stage.BIND), "bind")])
    assert inside.progress(Stage.BIND) is VisitProgress.CURRENT
    assert inside.progress(Stage.LISTEN) is VisitProgress.AHEAD
    assert inside.place == Place(Stage.BIND)
    assert [one.name for one in inside.spans[1]] == ["f1"]
    after = fold([leave(1, 1, Place(Stage.BIND))], inside)
    assert after.progress(Stage.BIND) is VisitProgress.DONE
    assert after.spans == {}
    (visit,) = after.visits
    assert (visit.entered, visit.returned) == (0, 1)
    assert visit.results == (Argument("fd", 3),)
    assert inside.visits[0].returned is None, "the world before is as it was"


@pytest.mark.parametrize(
    "end",
    [
        leave(1, 1, failed=True),
        SpanCutOff(seq=1, time_ns=1, span=1, reason="killed"),
    ],
    ids=["failed", "cut off"],
)
def test_a_stage_can_fail(end: AnyEvent) -> None:
    world = fold([enter(0, 1, Place(Stage.BIND), "bind"), end])
    assert world.progress(Stage.BIND) is VisitProgress.FAILED
    assert world.visits[0].progress is VisitProgress.FAILED
    assert world.spans == {}


def test_of_several_visits_the_latest_counts() -> None:
    accepted: list[AnyEvent] = [enter(0, 1, ACCEPT, "accept"), leave(1, 1, ACCEPT, failed=True)]
    again = fold([*accepted, enter(2, 2, ACCEPT, "accept")])
    assert again.progress(Stage.ACCEPT) is VisitProgress.CURRENT
    assert [visit.progress for visit in again.visits] == [
        VisitProgress.FAILED,
        VisitProgress.CURRENT,
    ]
    assert again.order == (Stage.ACCEPT,)


def test_a_stage_entered_within_itself_lasts_until_the_outer_one_returns() -> None:
    world = fold(
        [enter(0, 1, ACCEPT, "accept"), enter(1, 2, ACCEPT, "accept"), leave(2, 2, ACCEPT)]
    )
    assert world.progress(Stage.ACCEPT) is VisitProgress.CURRENT
    assert fold([leave(3, 1, ACCEPT)], world).progress(Stage.ACCEPT) is VisitProgress.DONE


@pytest.mark.parametrize(
    ("place", "mark", "visited"),
    [
        (Place(Stage.BIND), "bind", True),
        (Place(None, Step.LISTENER_BACKLOG), "listenerBacklog", True),
        (NOWHERE, None, False),
        (ACCEPT, None, False),  # below the accept that the world begins with
        (ACCEPT, "bind", False),  # a mark that adds nothing there
        (WAITING, "pollWait", True),
    ],
)
def test_which_functions_begin_a_visit(place: Place, mark: str | None, visited: bool) -> None:
    inside_accept = place.stage is Stage.ACCEPT
    before = fold([enter(0, 1, ACCEPT, "accept")] if inside_accept else [])
    world = fold([enter(9, 9, place, mark)], before)
    assert len(world.visits) - len(before.visits) == visited


def test_quiet_functions_are_open_but_no_visits() -> None:
    start = fold([enter(0, 1, Place(Stage.BIND), "bind")])
    world = fold([enter(1, 2, Place(Stage.ACCEPT), "accept", goroutine=5, quiet=True)], start)
    assert [visit.span for visit in world.visits] == [1]
    assert set(world.spans) == {1, 5}
    assert (world.place, world.focus) == (start.place, start.focus)


def test_stages_are_listed_in_the_order_in_which_they_began() -> None:
    stages = [Stage.POLL_SERVER_INIT, Stage.BIND, Stage.POLL_SERVER_INIT, Stage.LISTEN]
    world = fold(enter(n, n, Place(stage), stage) for n, stage in enumerate(stages))
    assert world.order == (Stage.POLL_SERVER_INIT, Stage.BIND, Stage.LISTEN)


def test_goroutines_keep_their_own_chains() -> None:
    world = fold(
        [
            enter(0, 1, goroutine=1),
            enter(1, 2, goroutine=7),
            enter(2, 3, goroutine=1),
            enter(3, 4, goroutine=0, thread=10),
            enter(4, 5, goroutine=None, thread=11),
            enter(5, 6, goroutine=None, thread=None),
        ]
    )
    chains = {key: [one.span for one in chain] for key, chain in world.spans.items()}
    assert chains == {1: [1, 3], 7: [2], -10: [4], -11: [5], 0: [6]}
    assert world.focus is None
    assert fold([leave(6, 4, goroutine=0)], world).focus == -10


def test_a_return_closes_its_span_wherever_it_is_open() -> None:
    opened = fold([enter(0, 1, goroutine=None, thread=10), enter(1, 2, goroutine=4)])
    closed = fold([leave(2, 1, goroutine=9)], opened)
    assert set(closed.spans) == {4}
    assert fold([leave(3, 99)], closed).spans == closed.spans


def test_system_calls_are_open_spans_and_counted() -> None:
    call = CallEntered(
        seq=1, time_ns=1, thread=10, goroutine=1, span=2, call="bind", stage=Stage.BIND
    )
    world = fold([enter(0, 1, Place(Stage.BIND), "bind"), call])
    assert world.calls == 1
    assert [(one.name, one.call) for one in world.spans[1]] == [("f1", False), ("bind", True)]
    back = CallReturned(seq=2, time_ns=2, thread=10, goroutine=1, span=2, call="bind")
    assert [one.span for one in fold([back], world).spans[1]] == [1]


def test_a_goroutine_is_parked_while_poll_wait_is_open() -> None:
    parked = fold([enter(0, 1, ACCEPT, "accept"), enter(1, 2, WAITING, "pollWait")])
    assert parked.parked == {1}
    call = CallReturned(seq=2, time_ns=2, thread=11, call="epoll_pwait", span=77)
    assert fold([call], parked).parked == {1}
    assert fold([leave(3, 2, WAITING)], parked).parked == frozenset()


SOCKET = SocketAddress("AF_INET", "127.0.0.1", 7)


def setsockopt(seq: int, fd: int, value: int, error: int = 0) -> CallReturned:
    return called(
        seq,
        "setsockopt",
        error=error,
        sockfd=fd,
        level=Constant("SOL_SOCKET", 1),
        optname=Constant("SO_REUSEADDR", 2),
        optval=Reference(value),
        optlen=4,
    )


def test_options_are_remembered_until_close() -> None:
    world = fold([setsockopt(0, 3, 1), setsockopt(1, 4, 1), setsockopt(2, 3, 0)])
    (option,) = world.options[3]
    assert (option.fd, option.level, option.name) == (3, "SOL_SOCKET", "SO_REUSEADDR")
    assert option.value == Argument("optval", Reference(0))
    assert set(fold([called(3, "close", fd=3)], world).options) == {4}


@pytest.mark.parametrize(
    "event",
    [
        setsockopt(1, 5, 1, error=92),
        called(1, "close", error=9, fd=3),
        called(1, "close"),
        called(1, "setsockopt", level=1),
    ],
    ids=["setsockopt failed", "close failed", "no descriptor", "no socket"],
)
def test_what_leaves_the_options_alone(event: AnyEvent) -> None:
    before = fold([setsockopt(0, 3, 1)])
    assert fold([event], before).options == before.options


def test_a_new_descriptor_has_no_options() -> None:
    world = fold([setsockopt(0, 3, 1), called(1, "accept4", result=3)])
    assert world.options == {}


def acted(seq: int, action: str, data: bytes = b"", error: int = 0, client: int = 1) -> ClientActed:
    fault = k.constant(k.ERRNO, error) if error else None
    return ClientActed(
        seq=seq, time_ns=seq, client=client, action=action, data=data, remote=SOCKET, error=fault
    )


@pytest.mark.parametrize(
    ("actions", "state", "sent", "received"),
    [
        ([acted(0, "connect")], "connected", 0, 0),
        ([acted(0, "connect", error=111)], "failed", 0, 0),
        ([acted(0, "connect"), acted(1, "send", b"abc")], "connected", 3, 0),
        ([acted(0, "connect"), acted(1, "receive", b"ab")], "connected", 0, 2),
        ([acted(0, "connect"), acted(1, "send", b"abc", 32)], "failed", 3, 0),
        ([acted(0, "connect"), acted(1, "send", b"abc", 11)], "connected", 3, 0),
        ([acted(0, "connect"), acted(1, "connect", error=106)], "connected", 0, 0),
        ([acted(0, "connect", error=115)], "connecting", 0, 0),
        ([acted(0, "connect", error=115), acted(1, "send", b"", 11)], "connecting", 0, 0),
        ([acted(0, "connect", error=115), acted(1, "send", b"abc")], "connected", 3, 0),
        ([acted(0, "connect", error=115), acted(1, "receive", b"", 110)], "failed", 0, 0),
        ([acted(0, "connect", error=115), acted(1, "close")], "closed", 0, 0),
        ([acted(0, "connect"), acted(1, "half-close")], "half-closed", 0, 0),
        ([acted(0, "connect"), acted(1, "close")], "closed", 0, 0),
        ([acted(0, "connect"), acted(1, "close"), acted(2, "send", b"", 107)], "closed", 0, 0),
        ([acted(0, "connect"), acted(1, "receive", b"", 11)], "connected", 0, 0),
        ([acted(0, "send", b"", 107)], "failed", 0, 0),
    ],
)
def test_clients(actions: list[AnyEvent], state: str, sent: int, received: int) -> None:
    view = fold(actions).clients[1]
    assert (view.state, view.sent, view.received, view.remote) == (state, sent, received, SOCKET)


def test_of_a_client_that_has_failed_it_is_known_why() -> None:
    refused = fold([acted(0, "connect", error=111)])
    assert refused.clients[1].error == "ECONNREFUSED"
    assert fold([acted(1, "connect")], refused).clients[1].error == ""
    assert fold([acted(0, "connect"), acted(1, "receive", b"", 11)]).clients[1].error == ""


def test_riders_and_clients_leave_the_server_where_it_is() -> None:
    there = fold([enter(0, 1, Place(Stage.BIND), "bind")])
    riders: list[AnyEvent] = [
        KernelObserved(seq=1, time_ns=1, state=KernelState()),
        OutputWritten(seq=2, time_ns=2, stream=1, data=b"x"),
        ThreadStarted(seq=3, time_ns=3, thread=11),
    ]
    world = fold(riders, there)
    assert (world.place, world.focus) == (Place(Stage.BIND), 1)
    assert world.changed_kernel
    assert world.kernel == KernelState()
    assert world.output == ((1, b"x"),)
    then = fold([acted(4, "connect")], world)
    assert (then.place, then.focus, then.changed_kernel) == (Place(Stage.BIND), 1, False)


def test_the_process_and_its_threads() -> None:
    started = fold(
        [
            ProcessStarted(seq=0, time_ns=0, pid=10, thread=10),
            ThreadStarted(seq=1, time_ns=1, thread=11),
            ThreadStarted(seq=2, time_ns=2, thread=12),
            ThreadExited(seq=3, time_ns=3, thread=11),
        ]
    )
    assert started.threads == {10, 12}
    killed = fold([ProcessExited(seq=4, time_ns=4, pid=10, signal=Constant("SIGKILL", 9))], started)
    assert (killed.threads, killed.exit_code) == (frozenset(), None)
    assert killed.exit_signal == Constant("SIGKILL", 9)
    ended = fold([CaptureEnded(seq=5, time_ns=5, reason="killed", lost={"events": 2})], killed)
    assert (ended.ended, ended.lost) == ("killed", {"events": 2})


def test_a_world_stays_bounded() -> None:
    entries: list[AnyEvent] = []
    for n in range(MOST_VISITS + 10):
        entries.append(enter(n, n, Place(Stage.BIND), "bind"))
        entries.append(OutputWritten(seq=n, time_ns=n, stream=1, data=b"%d" % n))
        entries.append(acted(n, "connect", client=n))
    world = fold(entries)
    assert len(world.visits) == MOST_VISITS
    assert world.visits[-1].span == MOST_VISITS + 9
    assert len(world.output) == MOST_OUTPUT
    assert len(world.clients) == MOST_CLIENTS
    assert max(world.clients) == MOST_VISITS + 9


def test_what_did_not_change_is_shared() -> None:
    before = fold([enter(0, 1, Place(Stage.BIND), "bind"), setsockopt(1, 3, 1)])
    after = advance(before, ThreadStarted(seq=2, time_ns=2, thread=11))
    assert after.visits is before.visits
    assert after.spans is before.spans
    assert after.options is before.options


@given(event_lists())
def test_no_sequence_of_events_is_too_odd(events: list[AnyEvent]) -> None:
    world = World()
    for event in events:
        world = advance(world, event)
        assert world.seq == event.seq
        assert all(world.spans.values()), "a goroutine without open spans has no key"
        assert world.parked == {
            key
            for key, chain in world.spans.items()
            if any(span.mark == Step.POLL_WAIT for span in chain)
        }
        for stage in Stage:
            assert (world.progress(stage) is VisitProgress.AHEAD) == (stage not in world.order)
        for visit in world.visits:
            assert (visit.returned is None) == (visit.progress is VisitProgress.CURRENT)


def test_the_world_keeps_the_line_that_was_last_seen_executing() -> None:
    place = SourcePlace("main.go", 22)
    world = advance(World(), FunctionReturned(seq=0, time_ns=0, goroutine=1, span=1, source=place))
    for event in (
        ClientActed(seq=1, time_ns=1, client=1, action="connect"),
        KernelObserved(seq=2, time_ns=2, state=KernelState()),
        FunctionEntered(
            seq=3, time_ns=3, goroutine=0, span=2, source=SourcePlace("x.go", 1), quiet=True
        ),
        CallEntered(seq=4, time_ns=4, call="read", span=3),
    ):
        world = advance(world, event)
        assert world.source == place, event


def test_a_capture_that_was_stopped_leaves_those_who_waited_waiting() -> None:
    def accepting(reason: str) -> World:
        world = advance(
            World(),
            FunctionEntered(
                seq=0, time_ns=0, goroutine=1, span=1, mark="accept", stage=Stage.ACCEPT
            ),
        )
        return advance(world, SpanCutOff(seq=1, time_ns=1, goroutine=1, span=1, reason=reason))

    assert accepting("stopped").progress(Stage.ACCEPT) is VisitProgress.CURRENT
    assert accepting("killed").progress(Stage.ACCEPT) is VisitProgress.FAILED
    assert accepting("stopped").spans == {}


def test_what_many_clients_did_is_told_of_each() -> None:
    batch = ClientActed(
        seq=0, time_ns=0, client=21, clients=3, action="connect", local=SOCKET, remote=SOCKET
    )
    clients = fold([batch]).clients
    assert [(n, view.client, view.state) for n, view in clients.items()] == [
        (21, 21, "connected"),
        (22, 22, "connected"),
        (23, 23, "connected"),
    ]
    assert {view.local for view in clients.values()} == {None}  # told of the first alone
    huge = fold([ClientActed(seq=0, time_ns=0, client=1, clients=2**62, action="connect")])
    assert len(huge.clients) == MOST_CLIENTS
    assert max(huge.clients) == 2**62


def test_a_reset_closes_a_client_and_waiting_for_nobody_is_no_failure() -> None:
    assert fold([acted(0, "connect"), acted(1, "reset")]).clients[1].state == "closed"
    assert fold([acted(0, "accept")]).clients[1].state == "connected"
    assert fold([acted(0, "accept", error=11)]).clients == {}, "nobody is there yet"


def seen(seq: int, state: str, owner: str = "client") -> KernelObserved:
    """Return a view of one end of a connection; "" for a view without it."""
    end = SocketState(owner, "AF_INET", "SOCK_STREAM", "TCP", state, SOCKET, SOCKET)
    return KernelObserved(seq=seq, time_ns=seq, state=KernelState(sockets=(end,) if state else ()))


@pytest.mark.parametrize(
    ("views", "state"),
    [
        (["SYN_SENT"], "connecting"),
        (["SYN_SENT", "ESTABLISHED"], "connected"),
        (["ESTABLISHED"], "connected"),
        (["SYN_SENT", "CLOSE_WAIT"], "connected"),
        (["SYN_SENT", ""], "failed"),
        (["SYN_SENT", "CLOSE"], "failed"),
        ([""], "connecting"),  # it has never been seen: its end may not be visible at all
    ],
)
def test_what_becomes_of_a_connection_under_way_is_seen(views: list[str], state: str) -> None:
    connect = ClientActed(
        seq=0,
        time_ns=0,
        client=3,
        action="connect",
        local=SOCKET,
        error=k.constant(k.ERRNO, 115),
    )
    world = fold([connect, *(seen(seq, each) for seq, each in enumerate(views, 1))])
    assert world.clients[3].state == state


@pytest.mark.parametrize(
    ("action", "views", "state"),
    [
        ("send", ["ESTABLISHED", ""], "reset"),
        ("half-close", ["FIN_WAIT2", ""], "reset"),
        ("send", ["CLOSE_WAIT", ""], "reset"),
        ("send", ["ESTABLISHED"], "connected"),
        ("send", [""], "connected"),  # it has never been seen
        ("close", ["ESTABLISHED", ""], "closed"),
        ("receive", ["ESTABLISHED", "", "ECONNRESET"], "failed"),
    ],
)
def test_that_a_connection_was_reset_is_seen(action: str, views: list[str], state: str) -> None:
    events: list[AnyEvent] = [
        replace(acted(0, "connect"), local=SOCKET),
        acted(1, action),
    ]
    for seq, each in enumerate(views, 2):
        fails = each == "ECONNRESET"
        events.append(acted(seq, "receive", b"", 104) if fails else seen(seq, each))
    assert fold(events).clients[1].state == state


def test_a_connection_that_ends_by_a_fin_was_not_reset() -> None:
    events: list[AnyEvent] = [
        replace(acted(0, "connect"), local=SOCKET),
        acted(1, "half-close"),
        seen(2, "FIN_WAIT2"),
        seen(3, "TIME_WAIT", "kernel"),
        seen(4, ""),
    ]
    assert fold(events).clients[1].state == "half-closed"


def test_a_packet_changes_nothing_and_never_turns_the_clock_back() -> None:
    end = SocketAddress("AF_INET", "127.0.0.1", 80)
    there = fold([enter(0, 1, Place(Stage.BIND), "bind")])
    for time_ns in (0, there.time_ns + 5):
        packet = PacketCaptured(
            seq=1, time_ns=time_ns, sender=end, receiver=end, protocol="TCP", flags=("SYN",)
        )
        world = fold([packet], there)
        later = max(there.time_ns, time_ns)
        assert world == replace(there, seq=1, time_ns=later)


def test_measuring_and_the_end_of_detail_leave_the_server_where_it_is() -> None:
    measured = MemoryMeasured(seq=1, time_ns=1, connections=7)
    there = fold([enter(0, 1, Place(Stage.BIND), "bind")])
    assert there.detailed
    world = fold([measured, DetailEnded(seq=2, time_ns=2)], there)
    assert (world.place, world.focus) == (there.place, there.focus)
    assert (world.memory, world.detailed) == (measured, False)
