"""The sequence diagram's rows: derived from all recordings that ship, and from tables of views."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.recordings import shared_history
from tests.support.strategies import event_lists
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
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
from walkthrough.scenario import loader as scenarios
from walkthrough.state.history import History
from walkthrough.state.sequence.builder import SequenceBuilder
from walkthrough.state.sequence.connection import point
from walkthrough.state.sequence.connections import ConnectionTracker
from walkthrough.state.sequence.diagram import SequenceDiagram
from walkthrough.state.sequence.model import (
    AddressSeen,
    DiagramRow,
    Direction,
    GoroutineParked,
    GoroutineUnparked,
    LifecycleEvent,
    LifecycleKind,
    ListenerSeen,
    PacketKind,
    PollerWake,
    QueueLength,
    SocketCall,
    SocketStateSeen,
    UnparkReason,
    UnreadBytes,
)
from walkthrough.state.sequence.server import pending_call

SERVER = SocketAddress("AF_INET", "127.0.0.1", 7099)
CLIENT = SocketAddress("AF_INET", "127.0.0.1", 40422)
_CLOSING = ("FIN", "ACK of FIN")


def rows_of(history: History) -> list[DiagramRow]:
    diagram = SequenceDiagram(history)
    while not diagram.extend(len(history) - 1):
        pass
    return [diagram.row(number) for number in range(diagram.count(len(history) - 1))]


def signs(rows: Iterable[DiagramRow], client: int | None = None) -> list[str]:
    """Spell the packets: ``SYN>`` goes to the server, ``<FIN`` to the client, ``SYN!>`` again."""
    found = []
    for row in rows:
        packet = row.packet
        if packet is not None and client in (None, row.client):
            to_server = packet.way is Direction.TO_SERVER
            sign = f"{packet.sign}!" if packet.resent else packet.sign
            found.append(f"{sign}>" if to_server else f"<{sign}")
    return found


def calls(rows: Iterable[DiagramRow], name: str) -> list[SocketCall]:
    return [row.call for row in rows if row.call is not None and row.call.name == name]


# What holds in every recording


@pytest.fixture(params=scenarios.names())
def recorded(request: pytest.FixtureRequest) -> History:
    return shared_history(request.param)


def test_rows_follow_the_events_and_stay_in_their_step(recorded: History) -> None:
    rows = rows_of(recorded)
    assert rows
    assert [row.index for row in rows] == sorted(row.index for row in rows)
    for row in rows:
        assert row.index <= row.last
        assert recorded.step_start(row.index) == recorded.step_start(row.last)
        parts = (row.act, row.packet, row.fact, row.call, row.note)
        assert any(part is not None for part in parts)


def test_a_slice_at_a_time_is_the_same_as_all_at_once(recorded: History) -> None:
    whole = rows_of(recorded)
    diagram = SequenceDiagram(recorded)
    for index in range(0, len(recorded), 5):
        assert diagram.extend(index, most=5)
    while not diagram.extend(len(recorded) - 1, most=1):
        pass
    assert [diagram.row(number) for number in range(diagram.count(len(recorded)))] == whole


def test_events_that_are_not_decoded_would_have_made_no_row(recorded: History) -> None:
    builder = SequenceBuilder(recorded.header)
    for index in range(len(recorded)):
        builder.fold(recorded.event(index))
    assert builder.rows == rows_of(recorded)


def test_a_queue_goes_on_from_where_it_was_and_is_never_negative(recorded: History) -> None:
    waiting: dict[int | None, int] = {}
    for row in rows_of(recorded):
        if isinstance(row.fact, QueueLength):
            assert row.fact.before == waiting.get(row.fact.fd, 0)
            assert row.fact.now != row.fact.before
            assert row.fact.now >= 0
            waiting[row.fact.fd] = row.fact.now


def test_packets_come_once_and_in_order(recorded: History) -> None:
    rows = rows_of(recorded)
    for number in {row.connection for row in rows} - {0}:
        own = [row for row in rows if row.connection == number and row.clients == 1]
        found = [sign for sign in signs(own) if "data" not in sign and "path" not in sign]
        assert len(found) == len(set(found)), found
        opened = [sign for sign in found if sign.strip("<!>") in ("SYN", "SYN-ACK", "ACK")]
        assert opened in (
            [],
            ["SYN>"],
            ["SYN>", "<SYN-ACK", "ACK>"],
            ["SYN>", "SYN!>", "<SYN-ACK", "ACK>"],
            ["SYN>", "<SYN-ACK", "<SYN-ACK!", "ACK>"],
            ["<SYN", "SYN-ACK>", "<ACK"],
        ), opened
        for sign in (*_CLOSING, "RST"):
            closing = [at for at, each in enumerate(found) if each.strip("<>") == sign]
            assert not closing or min(closing) >= len(opened)


def test_whoever_is_accepted_has_shaken_hands(recorded: History) -> None:
    done: set[int] = set()
    for row in rows_of(recorded):
        if row.packet is not None and row.packet.sign is PacketKind.ACK:
            done.add(row.connection)
        call = row.call
        if call is not None and call.name == "accept4" and not call.error and row.connection:
            assert row.connection in done


def test_what_a_poll_reports_was_there_before_it_returned(recorded: History) -> None:
    for wake, row in pairwise(rows_of(recorded)):
        if isinstance(wake.note, PollerWake) and row.packet is not None and row.act is None:
            same = recorded.step_start(row.index) == recorded.step_start(wake.index)
            assert not same or row.packet.sign is not PacketKind.ACK, row


def test_the_moment_before_knows_nothing_of_what_comes(recorded: History) -> None:
    diagram = SequenceDiagram(recorded)
    diagram.extend(len(recorded) - 1, most=len(recorded))
    for index in range(0, len(recorded), 7):
        known = [diagram.row(number).index for number in range(diagram.count(index))]
        assert all(begun <= index for begun in known)
        assert diagram.count(index) == sum(row.index <= index for row in rows_of_diagram(diagram))
        assert diagram.begun(index) <= index
        lit = diagram.between(recorded.step_start(index), index)
        assert [diagram.row(number).index for number in lit] == [
            at for at in known if at >= recorded.step_start(index)
        ]


def rows_of_diagram(diagram: SequenceDiagram) -> list[DiagramRow]:
    return [diagram.row(number) for number in range(diagram.count(len(diagram.history)))]


# What each scenario is about


def test_the_first_connection() -> None:
    rows = rows_of(shared_history("first-connection"))
    assert signs(rows) == [
        "SYN>",
        "<SYN-ACK",
        "ACK>",
        "data>",
        "FIN>",
        "<ACK of FIN",
        "<FIN",
        "ACK of FIN>",
    ]
    shaken = next(at for at, row in enumerate(rows) if row.packet and row.packet.sign == "ACK")
    accepted = next(at for at, row in enumerate(rows) if row.call and row.call.result == 4)
    woken = next(at for at, row in enumerate(rows) if isinstance(row.note, PollerWake))
    assert shaken < woken < accepted
    assert rows[shaken].fact == QueueLength(3, 0, 1, 4096)
    assert rows[accepted].fact == QueueLength(3, 1, 0, 4096)
    assert rows[woken].note == PollerWake(3, ("EPOLLIN",), 1)
    assert [call.name for call in (row.call for row in rows) if call is not None] == [
        *("socket", "bind", "listen", "accept4", "accept4", "read", "accept4", "read", "read"),
        "close",
    ]
    bind = next(row for row in rows if row.call is not None and row.call.name == "bind")
    assert isinstance(bind.fact, AddressSeen)
    assert bind.fact.address.port == 42257


def test_a_handshake_is_done_before_anyone_accepts() -> None:
    rows = rows_of(shared_history("handshake-before-accept"))
    acknowledged = next(
        at for at, row in enumerate(rows) if row.packet and row.packet.sign == "ACK"
    )
    called = next(at for at, row in enumerate(rows) if row.call and row.call.name == "accept4")
    assert acknowledged < called


def test_a_full_queue_leaves_a_syn_without_an_answer() -> None:
    rows = rows_of(shared_history("backlog-full"))
    lonely = [row for row in rows if row.packet is not None and not row.packet.answered]
    assert [(row.client, row.packet and row.packet.sign) for row in lonely] == [(3, PacketKind.SYN)]
    assert lonely[0].fact == SocketStateSeen("client", None, "SYN_SENT")  # type: ignore[arg-type]
    answered = next(r for r in rows if r.client == 3 and r.packet and r.packet.sign == "SYN-ACK")
    first = next(r for r in rows if r.call and r.call.name == "accept4" and not r.call.error)
    assert lonely[0].index < first.index < answered.index
    assert signs(rows, client=3)[:4] == ["SYN>", "SYN!>", "<SYN-ACK", "ACK>"]


def test_a_handshake_that_stood_half_done_goes_on_with_what_is_sent_again() -> None:
    rows = rows_of(shared_history("two-queues"))
    assert signs(rows, client=1)[:4] == ["SYN>", "<SYN-ACK", "<SYN-ACK!", "ACK>"]
    again = next(row for row in rows if row.packet is not None and row.packet.resent)
    let_in = next(row for row in rows if row.act and row.act.action == "allow-replies")
    wake = next(row for row in rows[rows.index(let_in) :] if isinstance(row.note, PollerWake))
    assert rows.index(let_in) < rows.index(again) < rows.index(wake)


def test_a_call_points_the_same_way_whatever_it_returns(recorded: History) -> None:
    rows = rows_of(recorded)
    ways: dict[str, set[Direction]] = {}
    for row in rows:
        if row.call is not None:
            ways.setdefault(row.call.name, set()).add(row.call.way)
    for index in range(len(recorded)):
        if isinstance(recorded.event(index), CallEntered) and (
            found := pending_call(recorded.world(index))
        ):
            ways.setdefault(found[1].name, set()).add(found[1].way)
    assert all(len(found) == 1 for found in ways.values()), ways
    assert ways.get("accept4", {Direction.TO_SERVER}) == {Direction.TO_SERVER}
    assert ways.get("read", {Direction.TO_SERVER}) == {Direction.TO_SERVER}


def test_a_failing_call_about_a_socket_is_drawn() -> None:
    rows = rows_of(shared_history("epoll-ctl-fails"))
    failed = calls(rows, "epoll_ctl")
    assert [(call.epoll, call.constants, call.fd, call.error) for call in failed] == [
        (5, ("EPOLL_CTL_ADD",), 3, "ENOSPC")
    ]
    script = Script()
    opened(script)
    drawn = script.call("setsockopt", error="ENOPROTOOPT", sockfd=3, optname=Constant("SO_X", 1))
    assert [row.call and (row.call.fd, row.call.constants) for row in drawn] == [(3, ("SO_X",))]
    assert [row.call and row.call.name for row in script.call("epoll_create1", error="EMFILE")] == [
        "epoll_create1"
    ]
    assert script.call("epoll_ctl", error="EPERM", epfd=5, fd=9) == [], "a file, and no socket"
    assert script.call("getsockname", error="EAGAIN", sockfd=3) == [], "no failure"


def test_what_was_sent_before_there_was_no_more_room_is_drawn() -> None:
    acted = ClientActed(
        seq=0,
        time_ns=0,
        client=1,
        action="send",
        local=CLIENT,
        remote=SERVER,
        data=b"abc",
        error=Constant("EAGAIN", 11),
    )
    (row,) = Script().fold(acted)
    assert (row.packet and row.packet.count, row.act and row.act.error) == (3, "EAGAIN")


def test_a_client_that_resets() -> None:
    rows = rows_of(shared_history("client-resets"))
    assert [(row.client, row.act and row.act.action) for row in rows if _is_rst(row)] == [
        (1, "reset"),
        (2, "reset"),
    ]
    assert not any("FIN" in sign for sign in signs(rows))
    assert {call.error for call in calls(rows, "read")} >= {"ECONNRESET"}


def _is_rst(row: DiagramRow) -> bool:
    return row.packet is not None and row.packet.sign is PacketKind.RST


def test_a_port_in_use() -> None:
    rows = rows_of(shared_history("port-in-use"))
    assert [call.error for call in calls(rows, "bind")] == ["EADDRINUSE"]
    assert calls(rows, "listen") == []
    assert signs(rows) == []
    assert rows[-1].note == LifecycleEvent(LifecycleKind.EXITED, 1)


def test_whoever_is_refused_is_answered_with_rst() -> None:
    rows = rows_of(shared_history("close-while-accepting"))
    assert signs(rows, client=3) == ["SYN>", "<RST"]
    woken = [row.note for row in rows if isinstance(row.note, GoroutineUnparked)]
    assert woken == [GoroutineUnparked(1, 3, UnparkReason.CLOSED)]


@pytest.mark.parametrize("name", ["close-with-unread", "epoll-ctl-fails"])
def test_a_reset_by_the_server_is_drawn_where_it_closes(name: str) -> None:
    rows = rows_of(shared_history(name))
    assert signs(rows, client=1)[-1] == "<RST"
    assert signs(rows, client=1).count("<RST") == 1
    reset = next(row for row in rows if row.packet and row.packet.sign is PacketKind.RST)
    (closed,) = calls(rows, "close")
    history = shared_history(name)
    same_row = reset.call == closed
    assert same_row or history.step_start(reset.index) == history.step_start(
        next(row.index for row in rows if row.call == closed)
    )
    heard = next(row for row in rows if row.act and row.act.error == "ECONNRESET")
    assert reset.index < heard.index
    assert heard.packet is None


def test_a_deadline_wakes_without_a_connection() -> None:
    rows = rows_of(shared_history("accept-deadline"))
    woken = [row.note for row in rows if isinstance(row.note, GoroutineUnparked)]
    assert woken == [GoroutineUnparked(1, 3, UnparkReason.DEADLINE)]
    assert not any(isinstance(row.note, PollerWake) for row in rows)


def test_who_dials_sends_the_syn() -> None:
    rows = rows_of(shared_history("dial"))
    assert signs(rows)[:3] == ["<SYN", "SYN-ACK>", "<ACK"]
    first = next(row for row in rows if row.packet is not None)
    assert first.call is not None
    assert first.call.name == "connect"


def test_a_connection_that_a_neighbour_accepts_has_one_handshake() -> None:
    rows = rows_of(shared_history("herd"))
    shaken = ["SYN>", "<SYN-ACK", "ACK>"]
    theirs = [signs(rows, client) for client in (0, 1, 2)]
    assert theirs == [[], [*shaken, "FIN>", "<FIN", "ACK of FIN>"], shaken]


def test_datagrams_need_no_handshake() -> None:
    rows = rows_of(shared_history("udp"))
    assert set(signs(rows)) == {"data>", "<data"}
    connects = [row.act for row in rows if row.act is not None and row.act.action == "connect"]
    assert [act.datagrams for act in connects] == [True, True]
    heard = [row for row in rows if row.call is not None and row.call.name == "recvfrom"]
    assert [row.client for row in heard if not row.call.error] == [1, 1, 2]  # type: ignore[union-attr]


def test_a_path_needs_no_packets() -> None:
    rows = rows_of(shared_history("unix-socket"))
    assert set(signs(rows)) == {"path>", "data>"}
    refused = [row.act for row in rows if row.act is not None and row.act.error]
    assert [act.error for act in refused] == ["ENOENT"]


def test_very_many_clients_are_told_in_groups() -> None:
    rows = rows_of(shared_history("many-connections"))
    groups = [row for row in rows if row.clients > 1]
    assert sum(row.clients for row in groups) == 9999
    assert {row.packet and row.packet.sign for row in groups} == {PacketKind.HANDSHAKE}
    assert len(rows) < 60
    assert sum(sign == "SYN>" for sign in signs(rows)) == 1


def test_probes_share_one_row() -> None:
    rows = rows_of(shared_history("mptcp"))
    assert [row.note for row in rows if isinstance(row.note, LifecycleEvent)] == [
        LifecycleEvent(LifecycleKind.PROBING)
    ]
    assert [call.result for call in calls(rows, "socket")] == [3]
    assert all(call.fd != 4 or call.result != 5 for call in calls(rows, "read"))


def test_an_address_that_stands_for_another_is_the_same() -> None:
    rows = rows_of(shared_history("ipv4-any"))
    accepted = [row for row in rows if row.call and row.call.name == "accept4" and row.client]
    assert [row.client for row in accepted] == [2, 3]
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
    ([("SYN_SENT", ""), ("ESTABLISHED", "ESTABLISHED")], [["SYN>?"], ["SYN!>", *HANDSHAKE[1:]]]),
    (
        [("SYN_SENT", ""), ("SYN_SENT", "SYN_RECV"), ("ESTABLISHED", "ESTABLISHED")],
        [["SYN>?"], ["SYN!>", "<SYN-ACK"], ["<SYN-ACK!", "ACK>"]],
    ),
    (
        [("SYN_SENT", "SYN_RECV"), ("SYN_SENT", "SYN_RECV"), ("ESTABLISHED", "SYN_RECV")],
        [HANDSHAKE[:2], [], ["<SYN-ACK!", "ACK>"]],
    ),
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
    connections = ConnectionTracker()
    for (client, server), packets in zip(views, expected, strict=True):
        sockets = [end("client", client)] if client else []
        if server == "CLOSE":
            shut = SocketState(
                "server", "AF_INET", "SOCK_STREAM", "TCP", "CLOSE", SERVER, inode=4, fd=4
            )
            sockets.append(shut)
        elif server:
            sockets.append(end("server", server, 4))
        found = []
        for _, packet, _ in connections.observe(KernelState(sockets=tuple(sockets)), frozenset()):
            to_server = packet.way is Direction.TO_SERVER
            mark = "" if packet.answered else "?"
            plus = "+" if packet.acks else ""
            again = "!" if packet.resent else ""
            sign = f"{packet.sign}{again}>" if to_server else f"<{packet.sign}{again}"
            found.append(sign + plus + mark)
        assert found == packets


def test_the_packets_of_who_was_dialled_go_the_other_way() -> None:
    connections = ConnectionTracker()
    view = KernelState(sockets=(end("server", "ESTABLISHED", 3), end("client", "ESTABLISHED")))
    found = [seen.packet for seen in connections.observe(view, frozenset({3}))]
    assert [(packet.sign, packet.way) for packet in found] == [
        (PacketKind.SYN, Direction.TO_CLIENT),
        (PacketKind.SYN_ACK, Direction.TO_SERVER),
        (PacketKind.ACK, Direction.TO_CLIENT),
    ]


def test_connections_that_have_ended_are_let_go() -> None:
    connections = ConnectionTracker()
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
        self.builder = SequenceBuilder(Header(server=server, pid=1))
        self._seq = 0

    def call(
        self,
        name: str,
        result: int = 0,
        error: str = "",
        goroutine: int = 1,
        step: Step | None = None,
        **given: Value,
    ) -> list[DiagramRow]:
        return self.fold(
            CallReturned(
                **self._common(goroutine),  # type: ignore[arg-type]
                step=step,
                call=name,
                arguments=tuple(Argument(key, value) for key, value in given.items()),
                result=-1 if error else result,
                error=Constant(error, 1) if error else None,
            )
        )

    def park(self, mode: str = "r", goroutine: int = 1) -> list[DiagramRow]:
        given = (Argument("mode", Constant(repr(mode), ord(mode))),)
        mark = Step.POLL_WAIT.value
        return self.fold(
            FunctionEntered(**self._common(goroutine), mark=mark, arguments=given)  # type: ignore[arg-type]
        )

    def run_on(self, code: int, goroutine: int = 1) -> list[DiagramRow]:
        results = (Argument("errno", code),)
        mark = Step.POLL_WAIT.value
        return self.fold(
            FunctionReturned(**self._common(goroutine), mark=mark, results=results)  # type: ignore[arg-type]
        )

    def view(self, *sockets: SocketState) -> list[DiagramRow]:
        return self.fold(
            KernelObserved(seq=self._seq, time_ns=0, state=KernelState(sockets=sockets))
        )

    def fold(self, event: AnyEvent) -> list[DiagramRow]:
        before = len(self.builder.rows)
        self.builder.fold(event)
        self._seq += 1
        return self.builder.rows[before:]

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
        ("r", ("EPOLLOUT",), None),  # nothing for who wants to read: not worth a row
        ("w", ("EPOLLOUT",), True),
        ("w", ("EPOLLIN",), False),  # told, but it wakes nobody
        ("w", ("EPOLLIN", "EPOLLHUP"), True),
    ],
)
def test_who_is_woken_by_what(mode: str, names: tuple[str, ...], woken: bool | None) -> None:
    script = Script()
    opened(script)
    script.call("accept4", error="EAGAIN", goroutine=7, sockfd=3)
    assert [row.note for row in script.park(mode, goroutine=7)] == [GoroutineParked(7, 3)]
    rows = script.call("epoll_pwait", 1, goroutine=0, epfd=5, events=polled(*names))
    if woken is None:
        assert rows == []
    else:
        assert [row.note for row in rows] == [PollerWake(3, names, 7 if woken else None)]


def test_who_polls_an_epoll_of_its_own_is_woken_itself() -> None:
    script = Script()
    opened(script)
    rows = script.call("epoll_wait", 1, goroutine=6, epfd=9, events=polled("EPOLLIN"))
    assert [row.note for row in rows] == [PollerWake(3, ("EPOLLIN",), 6)]
    rows = script.call(
        "epoll_wait", 1, goroutine=6, step=Step.POLL_READY, epfd=5, events=polled("EPOLLIN")
    )
    assert [row.note for row in rows] == [PollerWake(3, ("EPOLLIN",))]


def test_whether_somebody_waits_for_a_socket_from_before_is_not_known_until_it_is_used() -> None:
    script = Script()
    listener = SocketState(
        "server", "AF_INET", "SOCK_STREAM", "TCP", "LISTEN", SocketAddress("AF_INET"), fd=3
    )
    script.view(listener)
    script.call("epoll_ctl", epfd=5, fd=3, event=EpollEvent(Flags(("EPOLLIN",), 1), 77))
    rows = script.call("epoll_pwait", 1, goroutine=0, epfd=5, events=polled("EPOLLIN"))
    assert [row.note for row in rows] == [PollerWake(3, ("EPOLLIN",), None, before=True)]
    script.call("accept4", 7, goroutine=7, sockfd=3)
    rows = script.call("epoll_pwait", 1, goroutine=0, epfd=5, events=polled("EPOLLIN"))
    assert [row.note for row in rows] == [PollerWake(3, ("EPOLLIN",))]


@pytest.mark.parametrize(
    ("code", "why"),
    [(0, None), (1, UnparkReason.CLOSED), (2, UnparkReason.DEADLINE), (9, UnparkReason.OTHER)],
)
def test_why_a_goroutine_runs_on(code: int, why: UnparkReason | None) -> None:
    script = Script()
    opened(script)
    script.call("accept4", error="EAGAIN", sockfd=3)
    script.park()
    assert [row.note for row in script.run_on(code)] == (
        [GoroutineUnparked(1, 3, why)] if why else []
    )


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
    found = Spelled("[{events=EPOLLIN|EPOLLRDHUP, data={u32=3, u64=3}}]")
    rows = script.call("epoll_wait", 1, goroutine=0, epfd=5, events=found)
    assert [row.note for row in rows] == [PollerWake(3, ("EPOLLIN", "EPOLLRDHUP"))]
    assert script.call("epoll_wait", 1, epfd=5, events=Spelled("0x7ffc")) == []


def test_a_log_tells_no_packets() -> None:
    script = Script("strace")
    opened(script)
    assert script.view(end("server", "ESTABLISHED", 4), end("client", "ESTABLISHED")) == []
    assert signs(script.call("read", 0, fd=4)) == []


def listening(backlog: int) -> SocketState:
    here = ("server", "AF_INET", "SOCK_STREAM", "TCP", "LISTEN", SERVER)
    return SocketState(*here, fd=3, accept_queue=0, backlog=backlog)


def test_a_repeated_listen_that_changes_nothing_says_what_is_there() -> None:
    script = Script()
    opened(script)
    assert [row.fact for row in script.call("listen", fd=3, backlog=4096)] == [None]
    assert script.view(listening(4096)) == []
    assert script.builder.rows[-1].fact == ListenerSeen(3, 4096)
    (again,) = script.call("listen", fd=3, backlog=1_000_000)
    assert again.fact == ListenerSeen(3, 4096)
    (lower,) = script.call("listen", fd=3, backlog=1)
    assert lower.fact == ListenerSeen(3, 4096)  # until the kernel has been looked at
    assert script.view(listening(1)) == []
    assert script.builder.rows[-1].fact == ListenerSeen(3, 1)
    (failed,) = script.call("listen", error="EINVAL", fd=3, backlog=2)
    assert failed.fact is None


def test_a_log_does_not_know_what_a_listen_has_left() -> None:
    script = Script("strace")
    opened(script)
    script.call("listen", fd=3, backlog=4096)
    script.view(listening(4096))
    (again,) = script.call("listen", fd=3, backlog=1_000_000)
    assert again.fact is None


def test_the_backlog_that_was_not_granted_is_told_beside_both_calls() -> None:
    rows = rows_of(shared_history("backlog-capped"))
    listens = [row for row in rows if row.call is not None and row.call.name == "listen"]
    assert [row.call and row.call.number for row in listens] == [4096, 1_000_000]
    assert [row.fact for row in listens] == [ListenerSeen(3, 4096)] * 2


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
    rows = script.view(shut, end("client", "FIN_WAIT1"))
    assert [row for row in rows if isinstance(row.fact, UnreadBytes)] == []


# Anything at all


@settings(max_examples=150)
@given(event_lists(20), st.sampled_from(["go", "strace"]))
def test_no_sequence_of_events_is_too_much(events: list[AnyEvent], server: str) -> None:
    history = History.of(Header(server=server), events)
    rows = rows_of(history)
    assert [row.index for row in rows] == sorted(row.index for row in rows)
    for row in rows:
        if isinstance(row.fact, QueueLength):
            assert row.fact.before != row.fact.now


@settings(max_examples=60)
@given(event_lists(20), st.integers(1, 7))
def test_a_history_that_grows_gives_the_same(events: list[AnyEvent], slices: int) -> None:
    history = History(Header())
    diagram = SequenceDiagram(history)
    for event in events:
        history.append(event)
        diagram.extend(len(history) - 1, most=slices)
    while not diagram.extend(len(history) - 1):
        pass
    whole = rows_of(History.of(Header(), events))
    assert rows_of_diagram(diagram) == whole


def test_clients_are_counted() -> None:
    history = shared_history("backlog-full")
    diagram = SequenceDiagram(history)
    diagram.extend(len(history) - 1, most=len(history))
    acted = [at for at in range(len(history)) if isinstance(history.event(at), ClientActed)]
    assert [diagram.clients(at) for at in acted[:3]] == [1, 2, 3]
    assert diagram.clients(acted[0] - 1) == 0
    assert diagram.begun(acted[0] - 1) == -1
    assert diagram.begun(acted[0]) == acted[0]
