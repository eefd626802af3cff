"""Packets that were captured, as the diagram has them: which kind each is, and which way it goes.

A captured packet is drawn because it was there, an inferred one because a state shows it. Makes no
rows.
"""

from walkthrough.model.events import PacketCaptured
from walkthrough.state.sequence.connection import TrackedConnection
from walkthrough.state.sequence.model import Direction, Packet, PacketKind, SeenPacket

_MOST = 4096


class _Exchange:
    """What has been seen of one connection.

    Attributes:
        opened: Whether the third ACK has come.
        fins: Of each direction, the acknowledgment that answers its FIN.
    """

    __slots__ = ("fins", "opened")

    def __init__(self) -> None:
        self.opened = False
        self.fins: dict[Direction, int] = {}


class CapturedPackets:
    """What has been seen of the connections, packet after packet."""

    def __init__(self) -> None:
        self._exchanges: dict[int, _Exchange] = {}

    def packet(
        self, event: PacketCaptured, connection: TrackedConnection, way: Direction
    ) -> Packet:
        """Return a captured packet of a connection as the diagram has it."""
        sign = self._sign(event, connection, way)
        seen = SeenPacket(
            event.flags,
            event.sequence,
            event.acknowledgment,
            event.window,
            resent=event.retransmits is not None,
            options=event.options,
        )
        return Packet(sign, way, count=event.length, answered=sign is not PacketKind.SYN, seen=seen)

    def _sign(
        self, event: PacketCaptured, connection: TrackedConnection, way: Direction
    ) -> PacketKind:
        if event.protocol != "TCP":
            return PacketKind.DATA
        flags = event.flags
        exchange = self._exchanges.setdefault(connection.number, _Exchange())
        if len(self._exchanges) > _MOST:
            del self._exchanges[next(iter(self._exchanges))]
        if "SYN" in flags:
            return PacketKind.SYN_ACK if "ACK" in flags else PacketKind.SYN
        if "RST" in flags:
            return PacketKind.RST
        if "FIN" in flags:
            exchange.fins[way] = (event.sequence or 0) + event.length + 1
            return PacketKind.FIN
        if event.length:
            return PacketKind.DATA
        if not exchange.opened:
            exchange.opened = True
            return PacketKind.ACK
        back = Direction.TO_CLIENT if way is Direction.TO_SERVER else Direction.TO_SERVER
        answers = exchange.fins.get(back)
        if answers is not None and (event.acknowledgment or 0) >= answers:
            del exchange.fins[back]
            return PacketKind.FIN_ACK
        return PacketKind.DATA_ACK
