"""The ladder's rungs: told from all recordings that ship, and from tables of views."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.strategies import event_lists
from walkthrough.model.events import (
    AnyEvent,
    CallReturned,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    Header,
    KernelObserved,
)
from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.stages import Step
from walkthrough.model.values import (
    Argument,
    Constant,
    EpollEvent,
    Flags,
    Several,
    SocketAddress,
    Spelled,
    Value,
)
from walkthrough.recording.file import load
from walkthrough.state.history import History
from walkthrough.state.sequence.builder import Teller
from walkthrough.state.sequence.connection import point
from walkthrough.state.sequence.connections import Connections
from walkthrough.state.sequence.diagram import Ladder
from walkthrough.state.sequence.model import (
    Bound,
    Call,
    Ending,
    Life,
    Lived,
    Park,
    Queue,
    Rung,
    Sign,
    State,
    Unpark,
    Waiting,
    Wake,
    Way,
)

FOLDER = Path(__file__).parents[2] / "scenarios"
RECORDINGS = sorted(FOLDER.glob("*/recording.jsonl"))
SERVER = SocketAddress("AF_INET", "127.0.0.1", 7099)
CLIENT = SocketAddress("AF_INET", "127.0.0.1", 40422)
_CLOSING = ("FIN", "ACK of FIN")


def history_of(name: str) -> History:
    return History.load(load(FOLDER / name / "recording.jsonl"))


def rungs_of(history: History) -> list[Rung]:
    ladder = Ladder(history)
    while not ladder.extend(len(history) - 1):
        pass
    return [ladder.rung(number) for number in range(ladder.count(len(history) - 1))]


def signs(rungs: Iterable[Rung], client: int | None = None) -> list[str]:
    """Spell the packets: ``SYN>`` goes to the server, ``<FIN`` to the client."""
    told = []
    for rung in rungs:
        packet = rung.packet
        if packet is not None and client in (None, rung.client):
            to_server = packet.way is Way.TO_SERVER
            told.append(f"{packet.sign}>" if to_server else f"<{packet.sign}")
    return told


def calls(rungs: Iterable[Rung], name: str) -> list[Call]:
    return [rung.call for rung in rungs if rung.call is not None and rung.call.name == name]


# What holds in every recording


@pytest.fixture(params=RECORDINGS, ids=lambda path: path.parent.name)
def recorded(request: pytest.FixtureRequest) -> History:
    return History.load(load(request.param))


def test_rungs_follow_the_events_and_stay_in_their_step(recorded: History) -> None:
    rungs = rungs_of(recorded)
    assert rungs
    assert [rung.index for rung in rungs] == sorted(rung.index for rung in rungs)
    for rung in rungs:
        assert rung.index <= rung.last
        assert recorded.lead(rung.index) == recorded.lead(rung.last)
        parts = (rung.act, rung.packet, rung.fact, rung.call, rung.note)
        assert any(part is not None for part in parts)


def test_a_slice_at_a_time_is_the_same_as_all_at_once(recorded: History) -> None:
    whole = rungs_of(recorded)
    ladder = Ladder(recorded)
    for index in range(0, len(recorded), 5):
        assert ladder.extend(index, most=5)
    while not ladder.extend(len(recorded) - 1, most=1):
        pass
    assert [ladder.rung(number) for number in range(ladder.count(len(recorded)))] == whole


def test_events_that_are_not_decoded_would_have_made_no_rung(recorded: History) -> None:
    teller = Teller(recorded.header)
    for index in range(len(recorded)):
        teller.fold(recorded.event(index))
    assert teller.rungs == rungs_of(recorded)


def test_a_queue_goes_on_from_where_it_was_and_is_never_negative(recorded: History) -> None:
    waiting: dict[int | None, int] = {}
    for rung in rungs_of(recorded):
        if isinstance(rung.fact, Queue):
            assert rung.fact.before == waiting.get(rung.fact.fd, 0)
            assert rung.fact.now != rung.fact.before
            assert rung.fact.now >= 0
            waiting[rung.fact.fd] = rung.fact.now


def test_packets_come_once_and_in_order(recorded: History) -> None:
    rungs = rungs_of(recorded)
    for number in {rung.connection for rung in rungs} - {0}:
        own = [rung for rung in rungs if rung.connection == number and rung.clients == 1]
        told = [sign for sign in signs(own) if "data" not in sign and "path" not in sign]
        assert len(told) == len(set(told)), told
        opened = [sign for sign in told if sign.strip("<>") in ("SYN", "SYN-ACK", "ACK")]
        assert opened in (
            [],
            ["SYN>"],
            ["SYN>", "<SYN-ACK", "ACK>"],
            ["<SYN", "SYN-ACK>", "<ACK"],
        ), opened
        for sign in (*_CLOSING, "RST"):
            closing = [at for at, each in enumerate(told) if each.strip("<>") == sign]
            assert not closing or min(closing) >= len(opened)


def test_whoever_is_accepted_has_shaken_hands(recorded: History) -> None:
    done: set[int] = set()
    for rung in rungs_of(recorded):
        if rung.packet is not None and rung.packet.sign is Sign.ACK:
            done.add(rung.connection)
        call = rung.call
        if call is not None and call.name == "accept4" and not call.error and rung.connection:
            assert rung.connection in done


def test_the_moment_before_knows_nothing_of_what_comes(recorded: History) -> None:
    ladder = Ladder(recorded)
    ladder.extend(len(recorded) - 1, most=len(recorded))
    for index in range(0, len(recorded), 7):
        known = [ladder.rung(number).index for number in range(ladder.count(index))]
        assert all(begun <= index for begun in known)
        assert ladder.count(index) == sum(rung.index <= index for rung in rungs_of_ladder(ladder))
        assert ladder.begun(index) <= index
        lit = ladder.between(recorded.lead(index), index)
        assert [ladder.rung(number).index for number in lit] == [
            at for at in known if at >= recorded.lead(index)
        ]


def rungs_of_ladder(ladder: Ladder) -> list[Rung]:
    return [ladder.rung(number) for number in range(ladder.count(len(ladder.history)))]


# What each scenario is about


def test_the_first_connection() -> None:
    rungs = rungs_of(history_of("first-connection"))
    assert signs(rungs) == [
        "SYN>",
        "<SYN-ACK",
        "ACK>",
        "data>",
        "FIN>",
        "<ACK of FIN",
        "<FIN",
        "ACK of FIN>",
    ]
    shaken = next(at for at, rung in enumerate(rungs) if rung.packet and rung.packet.sign == "ACK")
    accepted = next(at for at, rung in enumerate(rungs) if rung.call and rung.call.result == 4)
    woken = next(at for at, rung in enumerate(rungs) if isinstance(rung.note, Wake))
    assert shaken < woken < accepted
    assert rungs[shaken].fact == Queue(3, 0, 1, 4096)
    assert rungs[accepted].fact == Queue(3, 1, 0, 4096)
    assert rungs[woken].note == Wake(3, ("EPOLLIN",), 1)
    assert [call.name for call in (rung.call for rung in rungs) if call is not None] == [
        *("socket", "bind", "listen", "accept4", "accept4", "read", "accept4", "read", "read"),
        "close",
    ]
    bind = next(rung for rung in rungs if rung.call is not None and rung.call.name == "bind")
    assert isinstance(bind.fact, Bound)
    assert bind.fact.address.port == 42257


def test_a_handshake_is_done_before_anyone_accepts() -> None:
    rungs = rungs_of(history_of("handshake-before-accept"))
    acknowledged = next(
        at for at, rung in enumerate(rungs) if rung.packet and rung.packet.sign == "ACK"
    )
    called = next(at for at, rung in enumerate(rungs) if rung.call and rung.call.name == "accept4")
    assert acknowledged < called


def test_a_full_queue_leaves_a_syn_without_an_answer() -> None:
    rungs = rungs_of(history_of("backlog-full"))
    lonely = [rung for rung in rungs if rung.packet is not None and not rung.packet.answered]
    assert [(rung.client, rung.packet and rung.packet.sign) for rung in lonely] == [(3, Sign.SYN)]
    assert lonely[0].fact == State("client", None, "SYN_SENT")  # type: ignore[arg-type]
    answered = next(r for r in rungs if r.client == 3 and r.packet and r.packet.sign == "SYN-ACK")
    first = next(r for r in rungs if r.call and r.call.name == "accept4" and not r.call.error)
    assert lonely[0].index < first.index < answered.index
    assert signs(rungs, client=3).count("SYN>") == 1


def test_a_client_that_resets() -> None:
    rungs = rungs_of(history_of("client-resets"))
    assert [(rung.client, rung.act and rung.act.action) for rung in rungs if _is_rst(rung)] == [
        (1, "reset"),
        (2, "reset"),
    ]
    assert not any("FIN" in sign for sign in signs(rungs))
    assert {call.error for call in calls(rungs, "read")} >= {"ECONNRESET"}


def _is_rst(rung: Rung) -> bool:
    return rung.packet is not None and rung.packet.sign is Sign.RST


def test_a_port_in_use() -> None:
    rungs = rungs_of(history_of("port-in-use"))
    assert [call.error for call in calls(rungs, "bind")] == ["EADDRINUSE"]
    assert calls(rungs, "listen") == []
    assert signs(rungs) == []
    assert rungs[-1].note == Lived(Life.EXITED, 1)


def test_whoever_is_refused_is_answered_with_rst() -> None:
    rungs = rungs_of(history_of("close-while-accepting"))
    assert signs(rungs, client=3) == ["SYN>", "<RST"]
    woken = [rung.note for rung in rungs if isinstance(rung.note, Unpark)]
    assert woken == [Unpark(1, 3, Ending.CLOSED)]


def test_a_deadline_wakes_without_a_connection() -> None:
    rungs = rungs_of(history_of("accept-deadline"))
    woken = [rung.note for rung in rungs if isinstance(rung.note, Unpark)]
    assert woken == [Unpark(1, 3, Ending.DEADLINE)]
    assert not any(isinstance(rung.note, Wake) for rung in rungs)


def test_who_dials_sends_the_syn() -> None:
    rungs = rungs_of(history_of("dial"))
    assert signs(rungs)[:3] == ["<SYN", "SYN-ACK>", "<ACK"]
    first = next(rung for rung in rungs if rung.packet is not None)
    assert first.call is not None
    assert first.call.name == "connect"


def test_datagrams_need_no_handshake() -> None:
    rungs = rungs_of(history_of("udp"))
    assert set(signs(rungs)) == {"data>", "<data"}
    connects = [rung.act for rung in rungs if rung.act is not None and rung.act.action == "connect"]
    assert [act.datagrams for act in connects] == [True, True]
    heard = [rung for rung in rungs if rung.call is not None and rung.call.name == "recvfrom"]
    assert [rung.client for rung in heard if not rung.call.error] == [1, 1, 2]  # type: ignore[union-attr]


def test_a_path_needs_no_packets() -> None:
    rungs = rungs_of(history_of("unix-socket"))
    assert set(signs(rungs)) == {"path>", "data>"}
    refused = [rung.act for rung in rungs if rung.act is not None and rung.act.error]
    assert [act.error for act in refused] == ["ENOENT"]


def test_very_many_clients_are_told_in_groups() -> None:
    rungs = rungs_of(history_of("many-connections"))
    groups = [rung for rung in rungs if rung.clients > 1]
    assert sum(rung.clients for rung in groups) == 9999
    assert {rung.packet and rung.packet.sign for rung in groups} == {Sign.HANDSHAKE}
    assert len(rungs) < 60
    assert sum(sign == "SYN>" for sign in signs(rungs)) == 1


def test_probes_are_told_in_one_rung() -> None:
    rungs = rungs_of(history_of("mptcp"))
    assert [rung.note for rung in rungs if isinstance(rung.note, Lived)] == [Lived(Life.PROBING)]
    assert [call.result for call in calls(rungs, "socket")] == [3]
    assert all(call.fd != 4 or call.result != 5 for call in calls(rungs, "read"))


def test_an_address_that_stands_for_another_is_the_same() -> None:
    rungs = rungs_of(history_of("ipv4-any"))
    accepted = [rung for rung in rungs if rung.call and rung.call.name == "accept4" and rung.client]
    assert [rung.client for rung in accepted] == [2, 3]
    assert point(SocketAddress("AF_INET6", "::ffff:7f00:1", 80)) == ("127.0.0.1", 80)
    assert point(SocketAddress("AF_INET6", "::ffff:127.0.0.1", 80)) == ("127.0.0.1", 80)
    assert point(SocketAddress("AF_INET6", "::ffff:nonsense", 80)) == ("::ffff:nonsense", 80)
    assert point(SocketAddress("AF_INET6", "::1", 80)) == ("::1", 80)


# What views show, row by row


def end(owner: str, state: str, fd: int | None = None) -> SocketState:
    ours, theirs = (SERVER, CLIENT) if owner in ("server", "queue") else (CLIENT, SERVER)
    return SocketState(
        owner, "AF_INET", "SOCK_STREAM", "TCP", state, ours, theirs, inode=fd or 0, fd=fd
    )


HANDSHAKE = ["SYN>", "<SYN-ACK", "ACK>"]
VIEWS = [
    # both ends, one view after the other -> the packets each view adds
    ([("SYN_SENT", "")], [["SYN>?"]]),
    ([("SYN_SENT", ""), ("SYN_SENT", "")], [["SYN>?"], []]),
    ([("SYN_SENT", ""), ("ESTABLISHED", "ESTABLISHED")], [["SYN>?"], HANDSHAKE[1:]]),
    ([("SYN_SENT", "SYN_RECV"), ("ESTABLISHED", "SYN_RECV")], [HANDSHAKE[:2], ["ACK>"]]),
    ([("ESTABLISHED", "SYN_RECV")], [HANDSHAKE]),
    ([("", "ESTABLISHED")], [HANDSHAKE]),
    (
        [("ESTABLISHED", "ESTABLISHED"), ("FIN_WAIT1", "CLOSE_WAIT"), ("FIN_WAIT2", "CLOSE_WAIT")],
        [HANDSHAKE, ["FIN>"], ["<ACK of FIN"]],
    ),
    (
        [("ESTABLISHED", "ESTABLISHED"), ("FIN_WAIT1", "CLOSE_WAIT"), ("TIME_WAIT", "")],
        [HANDSHAKE, ["FIN>"], ["<FIN+", "ACK of FIN>"]],
    ),
    (
        [("ESTABLISHED", "ESTABLISHED"), ("CLOSE_WAIT", "FIN_WAIT2"), ("", "TIME_WAIT")],
        [HANDSHAKE, ["<FIN", "ACK of FIN>"], ["FIN>", "<ACK of FIN"]],
    ),
    ([("ESTABLISHED", "ESTABLISHED"), ("CLOSING", "CLOSING")], [HANDSHAKE, ["<FIN", "FIN>"]]),
    ([("ESTABLISHED", "ESTABLISHED"), ("", "CLOSE")], [HANDSHAKE, ["RST>"]]),
    # an end on another machine was never seen, so its absence shows nothing
    ([("", "ESTABLISHED"), ("", "CLOSE")], [HANDSHAKE, []]),
    ([("ESTABLISHED", "ESTABLISHED"), ("", "")], [HANDSHAKE, []]),
    ([("ESTABLISHED", "ESTABLISHED"), ("", "LAST_ACK")], [HANDSHAKE, ["FIN>", "<FIN"]]),
    ([("DANCING", "ESTABLISHED")], [HANDSHAKE]),
]


@pytest.mark.parametrize(("views", "expected"), VIEWS)
def test_a_packet_is_told_when_a_state_shows_it(
    views: list[tuple[str, str]], expected: list[list[str]]
) -> None:
    connections = Connections()
    for (client, server), packets in zip(views, expected, strict=True):
        sockets = [end("client", client)] if client else []
        if server == "CLOSE":
            shut = SocketState(
                "server", "AF_INET", "SOCK_STREAM", "TCP", "CLOSE", SERVER, inode=4, fd=4
            )
            sockets.append(shut)
        elif server:
            sockets.append(end("server", server, 4))
        told = []
        for _, packet, _ in connections.observe(KernelState(sockets=tuple(sockets)), frozenset()):
            to_server = packet.way is Way.TO_SERVER
            mark = "" if packet.answered else "?"
            plus = "+" if packet.acks else ""
            sign = f"{packet.sign}>" if to_server else f"<{packet.sign}"
            told.append(sign + plus + mark)
        assert told == packets


def test_the_packets_of_who_was_dialled_go_the_other_way() -> None:
    connections = Connections()
    view = KernelState(sockets=(end("server", "ESTABLISHED", 3), end("client", "ESTABLISHED")))
    told = [seen.packet for seen in connections.observe(view, frozenset({3}))]
    assert [(packet.sign, packet.way) for packet in told] == [
        (Sign.SYN, Way.TO_CLIENT),
        (Sign.SYN_ACK, Way.TO_SERVER),
        (Sign.ACK, Way.TO_CLIENT),
    ]


def test_connections_that_have_ended_are_let_go() -> None:
    connections = Connections()
    for port in range(1, 50):
        other = SocketAddress("AF_INET", "127.0.0.1", port)
        ends = (
            SocketState("server", "AF_INET", "SOCK_STREAM", "TCP", "ESTABLISHED", SERVER, other),
            SocketState("client", "AF_INET", "SOCK_STREAM", "TCP", "ESTABLISHED", other, SERVER),
        )
        assert len(connections.observe(KernelState(sockets=ends), frozenset())) == 3
        assert connections.observe(KernelState(), frozenset()) == []
        assert connections._live == {}


# Calls and wake-ups, from records


class Script:
    """Events one after the other, each a step of its own."""

    def __init__(self, server: str = "go") -> None:
        self.teller = Teller(Header(server=server, pid=1))
        self._seq = 0

    def call(
        self, name: str, result: int = 0, error: str = "", goroutine: int = 1, **given: Value
    ) -> list[Rung]:
        return self.fold(
            CallReturned(
                **self._common(goroutine),  # type: ignore[arg-type]
                call=name,
                arguments=tuple(Argument(key, value) for key, value in given.items()),
                result=-1 if error else result,
                error=Constant(error, 1) if error else None,
            )
        )

    def park(self, mode: str = "r", goroutine: int = 1) -> list[Rung]:
        given = (Argument("mode", Constant(repr(mode), ord(mode))),)
        mark = Step.POLL_WAIT.value
        return self.fold(
            FunctionEntered(**self._common(goroutine), mark=mark, arguments=given)  # type: ignore[arg-type]
        )

    def run_on(self, code: int, goroutine: int = 1) -> list[Rung]:
        results = (Argument("errno", code),)
        mark = Step.POLL_WAIT.value
        return self.fold(
            FunctionReturned(**self._common(goroutine), mark=mark, results=results)  # type: ignore[arg-type]
        )

    def view(self, *sockets: SocketState) -> list[Rung]:
        return self.fold(
            KernelObserved(seq=self._seq, time_ns=0, state=KernelState(sockets=sockets))
        )

    def fold(self, event: AnyEvent) -> list[Rung]:
        before = len(self.teller.rungs)
        self.teller.fold(event)
        self._seq += 1
        return self.teller.rungs[before:]

    def _common(self, goroutine: int) -> dict[str, object]:
        return {"seq": self._seq, "time_ns": self._seq, "thread": 1, "goroutine": goroutine}


def opened(script: Script) -> None:
    script.call("socket", 3, domain=Constant("AF_INET", 2), type=Flags(("SOCK_STREAM",), 1))
    data = EpollEvent(Flags(("EPOLLIN",), 1), 77)
    script.call("epoll_ctl", epfd=5, op=Constant("EPOLL_CTL_ADD", 1), fd=3, event=data)


def polled(*names: str) -> Value:
    return Several((EpollEvent(Flags(names, 0), 77),))


@pytest.mark.parametrize(
    ("mode", "names", "woken"),
    [
        ("r", ("EPOLLIN",), True),
        ("r", ("EPOLLRDHUP",), True),
        ("r", ("EPOLLERR",), True),
        ("r", ("EPOLLOUT",), None),  # nothing for who wants to read: not worth a rung
        ("w", ("EPOLLOUT",), True),
        ("w", ("EPOLLIN",), False),  # told, but it wakes nobody
        ("w", ("EPOLLIN", "EPOLLHUP"), True),
    ],
)
def test_who_is_woken_by_what(mode: str, names: tuple[str, ...], woken: bool | None) -> None:
    script = Script()
    opened(script)
    script.call("accept4", error="EAGAIN", goroutine=7, sockfd=3)
    assert [rung.note for rung in script.park(mode, goroutine=7)] == [Park(7, 3)]
    rungs = script.call("epoll_pwait", 1, goroutine=0, epfd=5, events=polled(*names))
    if woken is None:
        assert rungs == []
    else:
        assert [rung.note for rung in rungs] == [Wake(3, names, 7 if woken else None)]


@pytest.mark.parametrize(
    ("code", "why"), [(0, None), (1, Ending.CLOSED), (2, Ending.DEADLINE), (9, Ending.OTHER)]
)
def test_why_a_goroutine_runs_on(code: int, why: Ending | None) -> None:
    script = Script()
    opened(script)
    script.call("accept4", error="EAGAIN", sockfd=3)
    script.park()
    assert [rung.note for rung in script.run_on(code)] == ([Unpark(1, 3, why)] if why else [])


def test_what_is_no_socket_is_not_drawn() -> None:
    script = Script()
    opened(script)
    assert script.call("read", 5, fd=9) == []
    assert script.call("close", fd=9) == []
    assert script.call("socket", 8, domain=Constant("AF_NETLINK", 16)) == []
    assert len(script.call("close", fd=3)) == 1
    assert script.call("read", 5, fd=3) == []
    assert script.call("epoll_wait", 1, events=polled("EPOLLIN")) == []


def test_strace_spells_what_a_poll_has_found() -> None:
    script = Script("strace")
    script.call("socket", 3, domain=Spelled("AF_INET"), type=Spelled("SOCK_STREAM|SOCK_CLOEXEC"))
    event = EpollEvent(Flags(("EPOLLIN",), 1), 3)
    script.call("epoll_ctl", epfd=5, fd=3, event=event)
    told = Spelled("[{events=EPOLLIN|EPOLLRDHUP, data={u32=3, u64=3}}]")
    rungs = script.call("epoll_wait", 1, epfd=5, events=told)
    assert [rung.note for rung in rungs] == [Wake(3, ("EPOLLIN", "EPOLLRDHUP"))]
    assert script.call("epoll_wait", 1, epfd=5, events=Spelled("0x7ffc")) == []


def test_a_log_tells_no_packets() -> None:
    script = Script("strace")
    opened(script)
    assert script.view(end("server", "ESTABLISHED", 4), end("client", "ESTABLISHED")) == []
    assert signs(script.call("read", 0, fd=4)) == []


def test_an_end_that_no_view_has_shown_shows_in_what_is_read() -> None:
    script = Script()
    opened(script)
    script.view(end("server", "ESTABLISHED", 4), end("client", "ESTABLISHED"))
    assert signs(script.call("read", 0, fd=4)) == ["FIN>"]
    assert signs(script.call("read", 0, fd=4)) == []
    assert signs(script.call("read", error="ECONNRESET", fd=4)) == ["RST>"]
    assert signs(script.call("read", error="ECONNRESET", fd=4)) == []


def test_a_fin_is_no_byte_that_waits() -> None:
    script = Script()
    script.view(end("server", "ESTABLISHED", 4), end("client", "ESTABLISHED"))
    shut = SocketState(
        "server",
        "AF_INET",
        "SOCK_STREAM",
        "TCP",
        "CLOSE_WAIT",
        SERVER,
        CLIENT,
        fd=4,
        receive_queue=1,
    )
    rungs = script.view(shut, end("client", "FIN_WAIT1"))
    assert [rung for rung in rungs if isinstance(rung.fact, Waiting)] == []


# Anything at all


@settings(max_examples=150)
@given(event_lists(20), st.sampled_from(["go", "strace"]))
def test_no_sequence_of_events_is_too_much(events: list[AnyEvent], server: str) -> None:
    history = History.of(Header(server=server), events)
    rungs = rungs_of(history)
    assert [rung.index for rung in rungs] == sorted(rung.index for rung in rungs)
    for rung in rungs:
        if isinstance(rung.fact, Queue):
            assert rung.fact.before != rung.fact.now


@settings(max_examples=60)
@given(event_lists(20), st.integers(1, 7))
def test_a_history_that_grows_gives_the_same(events: list[AnyEvent], slices: int) -> None:
    history = History(Header())
    ladder = Ladder(history)
    for event in events:
        history.append(event)
        ladder.extend(len(history) - 1, most=slices)
    while not ladder.extend(len(history) - 1):
        pass
    whole = rungs_of(History.of(Header(), events))
    assert rungs_of_ladder(ladder) == whole


def test_clients_are_counted() -> None:
    history = history_of("backlog-full")
    ladder = Ladder(history)
    ladder.extend(len(history) - 1, most=len(history))
    acted = [at for at in range(len(history)) if isinstance(history.event(at), ClientActed)]
    assert [ladder.clients(at) for at in acted[:3]] == [1, 2, 3]
    assert ladder.clients(acted[0] - 1) == 0
    assert ladder.begun(acted[0] - 1) == -1
    assert ladder.begun(acted[0]) == acted[0]
