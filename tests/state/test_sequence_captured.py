"""The sequence diagram of captured packets: each is drawn where it belongs, none is inferred."""

from collections.abc import Iterator

import msgspec

from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    DetailEnded,
    Header,
    KernelObserved,
    PacketCapture,
    PacketCaptured,
)
from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.values import Argument, Constant, SocketAddress
from walkthrough.state.history import History
from walkthrough.state.sequence.diagram import SequenceDiagram
from walkthrough.state.sequence.model import (
    ConnectionEnd,
    DiagramRow,
    Direction,
    SocketStateSeen,
)

HEADER = Header(format=2, server="go", packets=PacketCapture("lo", 1, 1600))
SERVER = SocketAddress("AF_INET", "127.0.0.1", 7099)
CLIENT = SocketAddress("AF_INET", "127.0.0.1", 40422)
THIRD = SocketAddress("AF_INET", "127.0.0.1", 5)
REFUSED = Constant("ECONNREFUSED", 111)


def packet(
    flags: str,
    cause: int | None = None,
    *,
    back: bool = False,
    ends: tuple[SocketAddress, SocketAddress] = (CLIENT, SERVER),
    length: int = 0,
    numbers: tuple[int, int | None] = (1, 1),
    again: int | None = None,
) -> PacketCaptured:
    sender, receiver = reversed(ends) if back else ends
    return PacketCaptured(
        seq=-1,
        time_ns=0,
        sender=sender,
        receiver=receiver,
        protocol="TCP",
        flags=tuple(flags.split()),
        sequence=numbers[0],
        acknowledgment=numbers[1],
        window=512,
        length=length,
        cause=cause,
        retransmits=again,
    )


def acted(action: str, data: bytes = b"", error: Constant | None = None) -> ClientActed:
    local = None if error is not None else CLIENT
    return ClientActed(
        seq=-1,
        time_ns=0,
        client=1,
        action=action,
        local=local,
        remote=SERVER,
        data=data,
        error=error,
    )


def call(name: str, result: int, **given: int | SocketAddress) -> list[AnyEvent]:
    arguments = tuple(Argument(key, value) for key, value in given.items())
    return [
        CallEntered(seq=-1, time_ns=0, call=name, span=9, arguments=arguments),
        CallReturned(seq=-1, time_ns=0, call=name, span=9, arguments=arguments, result=result),
    ]


def view(server: str = "", client: str = "") -> KernelObserved:
    def ends() -> Iterator[SocketState]:
        for owner, state, local, remote in (
            ("server", server, SERVER, CLIENT),
            ("client", client, CLIENT, SERVER),
        ):
            if state:
                yield SocketState(
                    owner=owner,
                    family="AF_INET",
                    type="SOCK_STREAM",
                    protocol="TCP",
                    state=state,
                    local=local,
                    remote=remote,
                    inode=1,
                    fd=4 if owner == "server" else None,
                )

    return KernelObserved(seq=-1, time_ns=0, state=KernelState(sockets=tuple(ends())))


def rows_of(*events: AnyEvent, header: Header = HEADER) -> list[DiagramRow]:
    history = History(header)
    for seq, event in enumerate(events):
        history.append(msgspec.structs.replace(event, seq=seq))
    diagram = SequenceDiagram(history)
    diagram.extend(len(history) - 1)
    return [diagram.row(number) for number in range(diagram.count(len(history) - 1))]


def told(rows: list[DiagramRow]) -> list[str]:
    """Spell rows: what is done, then the packet and its way."""
    found = []
    for row in rows:
        does = row.act.action if row.act is not None else row.call.name if row.call else ""
        said = ""
        if row.packet is not None:
            to_server = row.packet.way is Direction.TO_SERVER
            said = f"{row.packet.sign}>" if to_server else f"<{row.packet.sign}"
        found.append(f"{does} {said}".strip())
    return found


HANDSHAKE = (
    acted("connect"),
    packet("SYN", 0, numbers=(0, None)),
    packet("SYN ACK", back=True, numbers=(0, 1)),
    packet("ACK"),
    view("ESTABLISHED", "ESTABLISHED"),
)


def test_a_handshake_is_one_row_a_packet_with_the_states_it_led_to() -> None:
    rows = rows_of(*HANDSHAKE)
    assert told(rows) == ["connect SYN>", "<SYN-ACK", "ACK>"]
    assert [row.client for row in rows] == [1, 1, 1]
    assert [row.fact for row in rows] == [
        None,
        SocketStateSeen(ConnectionEnd.CLIENT, None, "ESTABLISHED"),
        SocketStateSeen(ConnectionEnd.SERVER, 4, "ESTABLISHED"),
    ]
    seen = [row.packet.seen for row in rows if row.packet is not None]
    assert [each.sequence for each in seen if each is not None] == [0, 0, 1]
    assert all(row.packet is not None and row.packet.answered for row in rows)


def test_a_syn_without_an_answer_and_the_same_again() -> None:
    rows = rows_of(
        acted("connect"),
        packet("SYN", 0),
        view("", "SYN_SENT"),
        *call("socket", 3, domain=2),
        packet("SYN", again=1),
        packet("SYN ACK", back=True),
    )
    syns = [row.packet for row in rows if row.packet is not None]
    assert [each.answered for each in syns] == [False, True, True]
    assert [each.seen is not None and each.seen.resent for each in syns] == [False, True, False]


def test_a_refused_connect_has_its_syn_and_the_kernels_answer() -> None:
    rows = rows_of(acted("connect", error=REFUSED), packet("SYN", 0), packet("RST ACK", back=True))
    assert told(rows) == ["connect SYN>", "<RST"]
    assert rows[0].port == CLIENT.port
    assert rows[1].client == 1


def test_data_goes_with_what_wrote_it_and_an_acknowledgment_by_itself() -> None:
    rows = rows_of(
        *HANDSHAKE,
        acted("send", b"hello"),
        packet("PSH ACK", 5, length=5),
        packet("ACK", back=True),
        *call("write", 9, fd=4),
        packet("PSH ACK", 8, back=True, length=9),
        packet("ACK"),
        acted("receive", b"123456789"),
        acted("close"),
        packet("FIN ACK", 12, numbers=(6, 10)),
        packet("ACK", back=True, numbers=(10, 7)),
        *call("close", 0, fd=4),
        packet("FIN ACK", 15, back=True, numbers=(10, 7)),
        packet("ACK", numbers=(7, 11)),
    )
    assert told(rows)[3:] == [
        "send data>",
        "<ACK of data",
        "write <data",
        "ACK of data>",
        "receive",
        "close FIN>",
        "<ACK of FIN",
        "close <FIN",
        "ACK of FIN>",
    ]


def test_what_the_kernel_sends_is_not_put_to_a_call_of_the_same_end() -> None:
    rows = rows_of(*HANDSHAKE, *call("read", 0, fd=4), packet("ACK", back=True))
    assert told(rows)[3:] == ["read", "<ACK of data"]


def test_the_server_connects() -> None:
    ends = (CLIENT, THIRD)  # its own end, and a neighbour's
    rows = rows_of(
        *call("socket", 3, domain=2),
        *call("connect", 0, sockfd=3, addr=THIRD),
        packet("SYN", 2, ends=ends),
        packet("SYN ACK", ends=ends, back=True),
        packet("ACK", ends=ends),
    )
    assert told(rows) == ["connect <SYN", "SYN-ACK>", "<ACK"]


def test_nothing_is_inferred_where_packets_are_captured() -> None:
    bare = [each for each in HANDSHAKE if not isinstance(each, PacketCaptured)]
    assert told(rows_of(*bare)) == ["connect"]
    assert told(rows_of(*bare, header=Header(server="go"))) == ["connect SYN>", "<SYN-ACK", "ACK>"]


def test_once_detail_has_ended_packets_are_inferred_again() -> None:
    ended = DetailEnded(seq=-1, time_ns=0)
    bare = [each for each in HANDSHAKE if not isinstance(each, PacketCaptured)]
    assert [each for each in told(rows_of(ended, *bare)) if each] == [
        "connect SYN>",
        "<SYN-ACK",
        "ACK>",
    ]


def test_packets_of_nobody_known_and_without_ports_make_no_row() -> None:
    other = PacketCaptured(
        seq=-1,
        time_ns=0,
        sender=SocketAddress("AF_INET", "127.0.0.1"),
        receiver=SERVER,
        protocol="ICMP",
    )
    assert rows_of(packet("ACK"), other) == []
