"""Packets become events: in time, numbered, and only counted once detail has ended."""

import time
from typing import cast

from tests.support.made_frames import other, tcp
from walkthrough.capture.packets.reader import ClockDifference, PacketReader
from walkthrough.capture.packets.ring import CapturedFrame, PacketRing
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.model.values import SocketAddress


class MadeRing:
    """Hands out the frames that were put into it."""

    def __init__(self) -> None:
        self.waiting: list[CapturedFrame] = []
        self.lost = 0

    def frames(self) -> list[CapturedFrame]:
        found, self.waiting = self.waiting, []
        return found

    def dropped(self) -> int:
        return self.lost


def begun() -> tuple[MadeRing, PacketReader, int]:
    """Return a ring, what reads it, and the wall clock at the beginning."""
    ring = MadeRing()
    reader = PacketReader(cast("PacketRing", ring))
    ring.waiting.append(tcp((1, 2), "SYN"))  # from before
    reader.begin(time.monotonic_ns())
    return ring, reader, time.time_ns()


def test_a_packet_is_told_with_its_numbers_and_its_time() -> None:
    ring, reader, wall = begun()
    ring.waiting = [
        tcp((9, 80), "SYN", 700, time_ns=wall + 1_000_000_000),
        other(6, b"too short", ("127.0.0.1", "127.0.0.1")),
        tcp((80, 9), "SYN ACK", 40, 701, time_ns=wall + 2_000_000_000),
    ]
    reader.fold(CallEntered(seq=4, time_ns=0, call="write", span=1))  # which may have sent it
    reader.read()
    assert reader.next(5, until=900_000_000) is None
    first = reader.next(5, until=1_100_000_000)
    assert first is not None
    assert (first.seq, first.flags, first.sequence, first.acknowledgment) == (5, ("SYN",), 0, None)
    assert first.sender == SocketAddress("AF_INET", "127.0.0.1", 9)
    assert abs(first.time_ns - 1_000_000_000) < 50_000_000
    assert (len(first.frame), first.frame_length) == (54, 54)
    assert reader.next(6, until=1_100_000_000) is None
    reader.fold(CallReturned(seq=6, time_ns=0, call="write", span=1))
    second = reader.next(7, until=1_100_000_000)  # nothing else can have sent it
    assert second is not None
    assert (second.flags, second.acknowledgment) == (("SYN", "ACK"), 1)
    assert reader.next(8) is None


def test_once_detail_has_ended_packets_are_counted() -> None:
    ring, reader, wall = begun()
    ring.lost = 3
    assert (reader.lost(), reader.uncaptured()) == (3, 0)
    reader.end_detail()
    ring.waiting = [tcp((9, 80), "SYN", time_ns=wall)] * 4
    ring.lost = 5
    reader.read()
    assert reader.next(0) is None
    assert (reader.lost(), reader.uncaptured()) == (3, 6)


def test_the_clocks_are_compared_by_the_most_exact_reading_until_one_is_set() -> None:
    clocks = ClockDifference()
    second = 1_000_000_000
    clocks.take(0, 5 * second + 40_000_000, 50_000_000)  # interrupted after the wall clock's
    clocks.take(second, 6 * second + 100, second + 200)
    assert clocks._apart == 5 * second
    clocks.take(2 * second, 7 * second + 90_000_000, 2 * second + 90_000_001)
    assert clocks._apart == 5 * second
    clocks.take(3 * second, 9 * second + 100, 3 * second + 400)  # it has been set forward
    assert abs(clocks._apart - 6 * second) <= 200
    assert abs(ClockDifference().nanoseconds() - (time.time_ns() - time.monotonic_ns())) < second
