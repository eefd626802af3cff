"""Packets that have a place, and each way of having none."""

import pytest

from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    ClientActed,
    DetailEnded,
    KernelObserved,
    PacketCaptured,
    ProcessExited,
)
from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.values import SocketAddress
from walkthrough.scenario.checks.packets import PacketCheck

ENDS = (SocketAddress("AF_INET", "127.0.0.1", 9), SocketAddress("AF_INET", "127.0.0.1", 80))


def packet(
    seq: int,
    flags: str,
    cause: int | None = None,
    *,
    back: bool = False,
    length: int = 0,
    retransmits: int | None = None,
) -> PacketCaptured:
    sender, receiver = reversed(ENDS) if back else ENDS
    return PacketCaptured(
        seq=seq,
        time_ns=seq,
        sender=sender,
        receiver=receiver,
        protocol="TCP",
        flags=tuple(flags.split()),
        sequence=0,
        length=length,
        cause=cause,
        retransmits=retransmits,
    )


def acted(seq: int, action: str) -> ClientActed:
    return ClientActed(seq=seq, time_ns=seq, client=1, action=action)


def called(seq: int, call: str) -> CallEntered:
    return CallEntered(seq=seq, time_ns=seq, call=call)


OPENED: list[AnyEvent] = [
    acted(0, "connect"),
    packet(1, "SYN", 0),
    packet(2, "SYN ACK", back=True),
    packet(3, "ACK"),
]


def misplaced(*events: AnyEvent) -> list[int | None]:
    check = PacketCheck()
    for event in events:
        check.fold(event)
    return [miss.event for miss in check.misses()]


@pytest.mark.parametrize(
    "events",
    [
        [packet(4, "SYN", retransmits=1), packet(5, "SYN ACK", back=True, retransmits=2)],
        [acted(4, "send"), packet(5, "PSH ACK", 4, length=3), packet(6, "ACK", back=True)],
        [called(4, "close"), packet(5, "FIN ACK", 4, back=True)],
        [called(4, "close"), packet(5, "RST ACK", 4, back=True)],
        [ProcessExited(seq=4, time_ns=4, pid=1), packet(5, "FIN ACK", 4, back=True)],
        [called(4, "read"), packet(5, "ACK", 4, back=True)],
        [packet(4, "RST", back=True)],  # for what was sent to nobody
        [DetailEnded(seq=4, time_ns=4), packet(5, "FIN ACK")],
    ],
)
def test_every_packet_has_its_place(events: list[AnyEvent]) -> None:
    assert misplaced(*OPENED, *events) == []


@pytest.mark.parametrize(
    "events",
    [
        [packet(4, "FIN ACK")],
        [packet(4, "FIN ACK", 0)],  # connecting closes nothing
        [packet(4, "PSH ACK", length=3)],
        [packet(4, "PSH ACK", 0, length=3)],
        [packet(4, "ACK", 0)],
        [packet(4, "RST", 0)],
        [packet(4, "SYN ACK", 0, back=True)],
        [packet(4, "SYN", retransmits=99)],
        [packet(4, "SYN", 0, retransmits=1)],
        [packet(4, "FIN ACK", 99)],
    ],
)
def test_a_packet_without_a_place_is_named(events: list[AnyEvent]) -> None:
    assert misplaced(*OPENED, *events) == [4]


def test_of_a_neighbours_calls_nothing_is_known() -> None:
    held = SocketState(
        owner="neighbour",
        family="AF_INET",
        type="SOCK_STREAM",
        protocol="TCP",
        state="ESTABLISHED",
        local=ENDS[1],
        remote=ENDS[0],
        inode=1,
    )
    seen = KernelObserved(seq=4, time_ns=4, state=KernelState(sockets=(held,)))
    assert misplaced(*OPENED, seen, packet(5, "FIN ACK", back=True)) == []
    assert misplaced(*OPENED, seen, packet(5, "FIN ACK")) == [5]  # the other end is the client's


@pytest.mark.parametrize("flags", ["SYN", "SYN ACK", "ACK", "RST"])
def test_nothing_answers_what_was_never_sent(flags: str) -> None:
    assert misplaced(packet(0, flags)) == [0]
