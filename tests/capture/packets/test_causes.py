"""Which event a packet is due to: a table of what happened, and of what was sent then."""

import msgspec
import pytest

from tests.support.made_frames import tcp, udp
from walkthrough.capture.packets.causes import PacketCauses
from walkthrough.capture.packets.frames import decode
from walkthrough.capture.packets.ring import CapturedFrame
from walkthrough.capture.packets.streams import Numbers
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    KernelObserved,
    ProcessExited,
)
from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.values import Argument, Constant, SocketAddress

SERVER, CLIENT = SocketAddress("AF_INET", "127.0.0.1", 80), SocketAddress("AF_INET", "127.0.0.1", 9)
TO_SERVER, TO_CLIENT = (9, 80), (80, 9)
ERROR = Constant("EPIPE", 32)


def call(name: str, fd: int, result: int | None = 0, **given: SocketAddress) -> list[AnyEvent]:
    """Return a call on a descriptor; without a result it goes on."""
    arguments = (
        Argument("fd", fd),
        *(Argument(key, value) for key, value in given.items()),
    )
    begun: list[AnyEvent] = [CallEntered(seq=-1, time_ns=0, call=name, span=9, arguments=arguments)]
    if result is None:
        return begun
    error = ERROR if result < 0 else None
    return [
        *begun,
        CallReturned(
            seq=-1, time_ns=0, call=name, span=9, arguments=arguments, result=result, error=error
        ),
    ]


def act(action: str, data: bytes = b"", local: SocketAddress | None = CLIENT) -> list[AnyEvent]:
    return [
        ClientActed(
            seq=-1, time_ns=0, client=1, action=action, local=local, remote=SERVER, data=data
        )
    ]


def view(owner: str = "server", fd: int | None = 7) -> list[AnyEvent]:
    held = SocketState(
        owner=owner,
        family="AF_INET",
        type="SOCK_STREAM",
        protocol="TCP",
        state="ESTABLISHED",
        local=SERVER,
        remote=CLIENT,
        inode=5,
        fd=fd,
    )
    listener = msgspec.structs.replace(held, state="LISTEN", remote=None, fd=3, inode=4)
    listener = msgspec.structs.replace(listener, owner="server")
    return [KernelObserved(seq=-1, time_ns=0, state=KernelState(sockets=(listener, held)))]


def cause(
    before: list[AnyEvent], frame: CapturedFrame, numbers: Numbers | None, late: int = 0
) -> int | None:
    """Number and time events, by tens; return what caused a frame that is sent in the last one."""
    causes = PacketCauses()
    for seq, event in enumerate(before):
        time_ns = seq * 10
        if isinstance(event, ClientActed):
            causes.act_begins(time_ns - 5)
        causes.fold(msgspec.structs.replace(event, seq=seq, time_ns=time_ns))
    packet = decode(frame)
    assert packet is not None
    goes_on = isinstance(before[-1], CallEntered)  # else it is over when its event comes
    sent = (len(before) - 1) * 10 + (3 if goes_on else -3)
    return causes.cause_of(packet, numbers, sent + late)


NEW = Numbers(1, 1, 64, None)
AGAIN = Numbers(1, 1, 64, 0)
SYN, FIN, RST = tcp(TO_SERVER, "SYN"), tcp(TO_SERVER, "FIN ACK"), tcp(TO_SERVER, "RST")
ACK, DATA = tcp(TO_SERVER, "ACK"), tcp(TO_SERVER, "PSH ACK", data=b"hello")
S_FIN, S_RST, S_ACK = (tcp(TO_CLIENT, each) for each in ("FIN ACK", "RST ACK", "ACK"))
S_DATA = tcp(TO_CLIENT, "PSH ACK", data=b"hello")


@pytest.mark.parametrize(
    ("before", "frame", "due_to"),
    [
        # a client's connect, and one that was refused and has no port any more
        (act("connect"), SYN, 0),
        (act("connect", local=None), SYN, 0),
        (act("connect"), tcp((10, 80), "SYN"), None),
        (act("connect"), tcp(TO_CLIENT, "SYN ACK"), None),
        (act("connect"), ACK, None),
        (act("connect", local=None), S_RST, None),
        # what is sent
        (act("send", b"hello"), DATA, 0),
        (act("send", b"hello"), S_ACK, None),
        ([*view(), *call("write", 7, 5)], S_DATA, 1),
        ([*view(), *call("write", 7, None)], S_DATA, 1),
        ([*view(), *call("write", 8, 5)], S_DATA, None),
        ([*view(), *call("sendmsg", 7, 5)], S_DATA, 1),
        # who closes
        (act("close"), FIN, 0),
        (act("half-close"), FIN, 0),
        (act("reset"), RST, 0),
        ([*view(), *call("close", 7)], S_FIN, 1),
        ([*view(), *call("close", 7)], S_RST, 1),
        ([*view(), *call("shutdown", 7)], S_FIN, 1),
        ([*view(), *call("close", 8)], S_FIN, None),
        ([*view("queue", None), *call("close", 3)], S_RST, 1),  # the listener, with a queue
        ([*view(), ProcessExited(seq=-1, time_ns=0, pid=1)], S_FIN, 1),
        ([*view("queue", None), ProcessExited(seq=-1, time_ns=0, pid=1)], S_RST, 1),
        # who reads makes room
        ([*view(), *call("read", 7, 100)], S_ACK, 1),
        ([*view(), *call("read", 7, -1)], S_ACK, None),
        ([*view(), *call("read", 7, 0)], S_ACK, None),
        (act("receive", b"hello"), ACK, 0),
        (act("receive"), ACK, None),
        # the server connects
        (call("connect", 6, -1, addr=SERVER), SYN, 0),
        (call("connect", 6, None, addr=SERVER), SYN, 0),
        (call("connect", 6, -1, addr=CLIENT), SYN, None),
    ],
)
def test_each_packet_is_due_to(
    before: list[AnyEvent], frame: CapturedFrame, due_to: int | None
) -> None:
    assert cause(before, frame, NEW) == due_to
    assert cause(before, frame, AGAIN) is None  # the kernel sends it again by itself


def test_an_accepted_connection_is_known_before_it_is_seen_with_its_descriptor() -> None:
    before = [*view("queue", None), *call("accept4", 3, 7, addr=CLIENT), *call("write", 7, 5)]
    assert cause(before, S_DATA, NEW) == 3


def test_each_byte_is_due_to_what_wrote_it() -> None:
    before = [*view(), *call("write", 7, 5), *call("write", 7, 9)]
    of = {
        offset: cause(before, S_DATA, Numbers(offset, 1, 64, None), late=500)
        for offset in (1, 5, 6, 14, 15)
    }
    assert of == {1: 1, 5: 1, 6: 3, 14: 3, 15: None}


def test_a_fin_may_come_late_and_an_rst_may_not() -> None:
    closed = [*view(), *call("close", 7)]
    assert cause(closed, S_FIN, NEW, late=500) == 1
    assert cause(closed, S_RST, NEW, late=500) is None


def test_an_end_is_closed_once() -> None:
    causes = PacketCauses()
    for seq, event in enumerate([*view(), *call("close", 7)]):
        causes.fold(msgspec.structs.replace(event, seq=seq, time_ns=seq))
    fin = decode(S_FIN)
    assert fin is not None
    assert [causes.cause_of(fin, NEW, 2) for _ in range(2)] == [1, None]


def test_datagrams() -> None:
    assert cause(act("send", b"hi"), udp(TO_SERVER, b"hi"), None) == 0
    assert cause(call("sendto", 5, 2, dest_addr=CLIENT), udp(TO_CLIENT, b"hi"), None) == 0
    assert cause(call("sendto", 5, 2, dest_addr=SERVER), udp(TO_CLIENT, b"hi"), None) is None
    assert cause(call("write", 5, 2), udp(TO_CLIENT, b"hi"), None) == 0
