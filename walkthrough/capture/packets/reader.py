"""Makes events of the packets of a ring: when each was sent, its numbers, what caused it."""

import time
from collections import deque

from walkthrough.capture.packets.causes import PacketCauses
from walkthrough.capture.packets.frames import DecodedPacket, decode
from walkthrough.capture.packets.ring import CapturedFrame, PacketRing
from walkthrough.capture.packets.streams import TcpStreams
from walkthrough.model.events import AnyEvent, PacketCaptured

_ATTEMPTS = 3
"""How often both clocks are asked, to find out how far apart they are."""
_DRIFT = 1000
"""Nanoseconds by which both may drift apart without having been set."""


class PacketReader:
    """The packets of one capture.

    Args:
        ring: Where they come from.
    """

    def __init__(self, ring: PacketRing) -> None:
        self._ring = ring
        self._streams = TcpStreams()
        self._causes = PacketCauses()
        self._clocks = ClockDifference()
        self._waiting: deque[tuple[int, DecodedPacket, CapturedFrame]] = deque()
        self._origin_ns = 0
        self._detailed = True
        self._lost = 0
        self._counted = 0

    def begin(self, origin_ns: int) -> None:
        """Count time from here on, a moment of the monotonic clock; forget what was before."""
        self._origin_ns = origin_ns
        self._ring.frames()

    def fileno(self) -> int:
        """Return a descriptor that is readable while there are packets that were not read."""
        return self._ring.fileno()

    def fold(self, event: AnyEvent) -> None:
        """Take an event that was recorded."""
        self._causes.fold(event)

    def act_begins(self, time_ns: int) -> None:
        """Note that a client is about to act."""
        self._causes.act_begins(time_ns)

    def end_detail(self) -> None:
        """From here on packets are counted alone."""
        self._detailed = False
        self._lost = self._ring.dropped()

    def read(self) -> None:
        """Take what the ring holds, so that it does not fill."""
        frames = self._ring.frames()
        if not frames:
            return
        if not self._detailed:
            self._counted += sum(decode(frame) is not None for frame in frames)
            return
        apart = self._clocks.nanoseconds()
        for frame in frames:
            packet = decode(frame)
            if packet is not None:
                since = max(frame.time_ns - apart - self._origin_ns, 0)
                self._waiting.append((since, packet, frame))

    def next(self, seq: int, until: int | None = None) -> PacketCaptured | None:
        """Return the next packet as event ``seq``; None if there is none.

        Args:
            seq: The number that the event will have.
            until: Only one that was sent by then, in nanoseconds since the beginning, if a call
                goes on that may have sent it: its packets are told once it has returned.
        """
        if not self._waiting:
            return None
        if until is not None and self._waiting[0][0] > until and self._causes.is_sending:
            return None
        since, packet, frame = self._waiting.popleft()
        numbers = self._streams.number(packet, seq) if packet.protocol == "TCP" else None
        cause = self._causes.cause_of(packet, numbers, since)
        return PacketCaptured(
            seq=seq,
            time_ns=since,
            sender=packet.sender,
            receiver=packet.receiver,
            protocol=packet.protocol,
            flags=packet.flags,
            sequence=numbers.sequence if numbers is not None else None,
            acknowledgment=numbers.acknowledgment if numbers is not None else None,
            window=numbers.window if numbers is not None else None,
            length=packet.length,
            options=packet.options,
            cause=cause,
            retransmits=numbers.retransmits if numbers is not None else None,
            frame=frame.data,
            frame_length=frame.length,
        )

    def lost(self) -> int:
        """Return for how many packets with an event the ring had no room."""
        return self._ring.dropped() if self._detailed else self._lost

    def uncaptured(self) -> int:
        """Return how many packets there were since detail has ended, which have no event."""
        return 0 if self._detailed else self._counted + self._ring.dropped() - self._lost


class ClockDifference:
    """By how much the wall clock is ahead of the monotonic one.

    Both cannot be asked at once, and this process may be interrupted in between, so the most exact
    answer so far stays until another contradicts it: then the wall clock has been set.
    """

    def __init__(self) -> None:
        self._apart = 0
        self._doubt: int | None = None

    def nanoseconds(self) -> int:
        """Ask both clocks, and return how far apart they are."""
        for _ in range(_ATTEMPTS):
            before = time.monotonic_ns()
            wall = time.clock_gettime_ns(time.CLOCK_REALTIME)
            self.take(before, wall, time.monotonic_ns())
        return self._apart

    def take(self, before: int, wall: int, after: int) -> None:
        """Take what the wall clock said between two readings of the monotonic one."""
        doubt = (after - before + 1) // 2
        apart = wall - (before + after) // 2
        agrees = (
            self._doubt is not None and abs(apart - self._apart) <= doubt + self._doubt + _DRIFT
        )
        if self._doubt is None or not agrees or doubt < self._doubt:
            self._apart, self._doubt = apart, doubt
