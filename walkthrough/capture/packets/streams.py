"""TCP's numbers, relative to where each direction of a connection began; and what is sent again."""

from typing import NamedTuple

from walkthrough.capture.packets.frames import DecodedPacket
from walkthrough.model.values import SocketAddress

_WRAP = 1 << 32
_HALF = 1 << 31
_REMEMBERED = 256
"""Packets of one direction that may still be recognized when they are sent again."""
_MOST = 8192
"""Directions that are remembered."""

Point = tuple[str, int]
"""Host and port."""


class Numbers(NamedTuple):
    """What a TCP packet says, relative; see `walkthrough.model.events.PacketCaptured`."""

    sequence: int
    acknowledgment: int | None
    window: int
    retransmits: int | None


class _DirectionState:
    """One direction of a connection: who sends, and what has been sent."""

    __slots__ = ("began", "end", "scale", "sent")

    def __init__(self, began: int) -> None:
        self.began = began
        self.end = 0  # relative: what comes next
        self.scale: int | None = None
        self.sent: dict[int, tuple[int, int]] = {}  # from where -> up to where, and the event


class TcpStreams:
    """All connections so far, from the first packet of each on."""

    def __init__(self) -> None:
        self._directions: dict[tuple[Point, Point], _DirectionState] = {}

    def number(self, packet: DecodedPacket, seq: int) -> Numbers:
        """Return the relative numbers of a packet, and note it as event ``seq``."""
        there, back = point(packet.sender), point(packet.receiver)
        syn = "SYN" in packet.flags
        own = self._directions.get((there, back))
        if own is None or (syn and own.began != packet.sequence):
            if syn and "ACK" not in packet.flags:
                self._directions.pop((back, there), None)  # ports are used again
            # The SYN takes a number of its own; what begins without is as if it had been there.
            own = _DirectionState(packet.sequence if syn else packet.sequence - 1)
            self._directions[there, back] = own
            if len(self._directions) > _MOST:
                del self._directions[next(iter(self._directions))]
        other = self._directions.get((back, there))
        if syn:
            own.scale = next(
                (
                    each.value
                    for each in packet.options
                    if each.name == "window_scale" and isinstance(each.value, int)
                ),
                None,
            )
        scaled = not syn and own.scale is not None and other is not None and other.scale is not None
        acknowledgment = None
        if "ACK" in packet.flags:
            from_there = other.began if other is not None else packet.acknowledgment - 1
            acknowledgment = (packet.acknowledgment - from_there) % _WRAP
        sequence = (packet.sequence - own.began) % _WRAP
        return Numbers(
            sequence,
            acknowledgment,
            packet.window << (own.scale or 0) if scaled else packet.window,
            _sent_before(own, sequence, packet, seq),
        )


def _sent_before(
    own: _DirectionState, sequence: int, packet: DecodedPacket, seq: int
) -> int | None:
    """Return the event of the packet that began to send what this one sends again, if it does."""
    size = packet.length + ("SYN" in packet.flags) + ("FIN" in packet.flags)
    if not size or "RST" in packet.flags:
        return None
    end = sequence + size
    if (sequence - own.end) % _WRAP < _HALF:  # all of it is new
        own.end = end
        own.sent[sequence] = (end, seq)
        if len(own.sent) > _REMEMBERED:
            del own.sent[next(iter(own.sent))]
        return None
    if (end - own.end) % _WRAP < _HALF:
        own.end = end
    if sequence in own.sent:
        return own.sent[sequence][1]
    for start, (stop, earlier) in reversed(own.sent.items()):
        if start <= sequence < stop:
            return earlier
    return next(iter(own.sent.values()))[1] if own.sent else None


def point(address: SocketAddress) -> Point:
    """Return host and port; on the wire an IPv4-mapped address is one of IPv4."""
    return address.host.removeprefix("::ffff:"), address.port
