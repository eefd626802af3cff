"""One connection: which packets the states of its two ends show.

A packet is reported once, and only when a state is seen that implies it. Knows no events and
makes no rows.
"""

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

from walkthrough.model.values import SocketAddress
from walkthrough.state.sequence.model import (
    ConnectionEnd,
    Direction,
    Fact,
    Packet,
    PacketKind,
    SocketStateSeen,
)

Point = tuple[str, int]
"""Host and port; an IPv4-mapped address is spelled as IPv4."""

INTERNET = ("AF_INET", "AF_INET6")
"""The families whose addresses have a host and a port."""
# Seen from the client's end: its FIN and the acknowledgement of it, the server's and that.
_SYN, _SYN_ACK, _ACK, _FIN, _FIN_ACK, _THEIR_FIN, _THEIR_ACK, _RST = (1 << bit for bit in range(8))
_HANDSHAKE = _SYN | _SYN_ACK | _ACK
_CLOSED = _FIN | _FIN_ACK | _THEIR_FIN | _THEIR_ACK
# What an end has sent or received for certain when it is in a state (tcp(7), RFC 9293 3.3.2).
# A FIN that has come need not have been acknowledged yet: Linux may delay that.
_SHOWN = {
    "SYN_SENT": _SYN,
    "SYN_RECV": _SYN | _SYN_ACK,
    "ESTABLISHED": _HANDSHAKE,
    "FIN_WAIT1": _HANDSHAKE | _FIN,
    "FIN_WAIT2": _HANDSHAKE | _FIN | _FIN_ACK,
    "CLOSING": _HANDSHAKE | _FIN | _THEIR_FIN,
    "TIME_WAIT": _HANDSHAKE | _CLOSED,
    "CLOSE_WAIT": _HANDSHAKE | _THEIR_FIN,
    "LAST_ACK": _HANDSHAKE | _THEIR_FIN | _FIN,
}
_CLOSES_FIRST = ("FIN_WAIT1", "FIN_WAIT2", "CLOSING", "TIME_WAIT")
_BEGIN = (_SYN, _SYN_ACK, _ACK)
_CLIENT_FIRST = (_FIN, _FIN_ACK, _THEIR_FIN, _THEIR_ACK)
_SERVER_FIRST = (_THEIR_FIN, _THEIR_ACK, _FIN, _FIN_ACK)
_SIGNS = {
    _SYN: PacketKind.SYN,
    _SYN_ACK: PacketKind.SYN_ACK,
    _ACK: PacketKind.ACK,
    _FIN: PacketKind.FIN,
    _FIN_ACK: PacketKind.FIN_ACK,
    _THEIR_FIN: PacketKind.FIN,
    _THEIR_ACK: PacketKind.FIN_ACK,
    _RST: PacketKind.RST,
}
_BY_OPENER = _SYN | _ACK
_BY_CLIENT = _FIN | _THEIR_ACK | _RST


def point(address: SocketAddress | None) -> Point | None:
    """Return host and port of an internet address, None for any other."""
    if address is None or address.family not in INTERNET or not address.port:
        return None
    return _unmapped(address.host), address.port


@lru_cache(1024)
def _unmapped(host: str) -> str:
    """Return the IPv4 address that an IPv6 address stands for; it has more than one spelling."""
    if host.startswith("::ffff:"):
        try:
            mapped = IPv6Address(host).ipv4_mapped
        except AddressValueError:
            return host
        return str(mapped) if mapped is not None else host
    return host


class TrackedConnection:
    """One connection of the server.

    Attributes:
        number: Its own, from 1.
        server: The server's end.
        other: The client's end.
        client: The client's number, 0 if it has none.
        fd: The server's descriptor, None while it has none.
        process: Of several processes the one whose descriptor that is.
        dialled: The server has opened it.
        resetting: The client has reset it.
        given_up: The server has closed it, or the listener in whose queue it is.
    """

    __slots__ = (
        "_met",
        "_seen",
        "_shown",
        "_states",
        "_unanswered",
        "client",
        "dialled",
        "fd",
        "given_up",
        "number",
        "other",
        "process",
        "resetting",
        "server",
    )

    def __init__(self, number: int, server: Point, other: Point, client: int) -> None:
        self.number = number
        self.server = server
        self.other = other
        self.client = client
        self.fd: int | None = None
        self.process = 0
        self.dialled = False
        self.resetting = False
        self.given_up = False
        self._shown = 0
        self._states = {ConnectionEnd.SERVER: "", ConnectionEnd.CLIENT: ""}
        self._seen = False
        self._met = False
        self._unanswered = 0

    def become(self, server: str, client: str) -> None:
        """Record the states of both ends, "" for one that does not exist."""
        self._states[ConnectionEnd.SERVER], self._states[ConnectionEnd.CLIENT] = server, client
        self._met |= bool(client)
        self._seen |= bool(client or server)

    @property
    def is_gone(self) -> bool:
        """Whether both ends existed, and are gone."""
        return self._seen and not any(self._states.values())

    def handshake(self) -> tuple[Packet, ...]:
        """Return the packets of the handshake that have not been reported yet; now they have."""
        new = _HANDSHAKE & ~self._shown
        self._shown |= new
        return tuple(self._packet(bit) for bit in _BEGIN if new & bit)

    def tell(self, sign: PacketKind, way: Direction) -> bool:
        """Note that a FIN or RST is reported; False if it was already, or an RST was."""
        bit = (
            _RST if sign is PacketKind.RST else (_FIN if way is Direction.TO_SERVER else _THEIR_FIN)
        )
        if self._shown & (bit | _RST):
            return False
        self._shown |= bit
        return True

    def news(self) -> Iterator[tuple[Packet, Fact | None]]:
        """Yield the packets that the ends' states show and that have not been reported yet."""
        if self._shown & _RST:
            return
        if self._was_reset():
            self._shown |= _RST
            yield self._packet(_RST), self._fact(ConnectionEnd.SERVER)
            return
        if self.given_up and self._has_reset():
            self._shown |= _RST
            yield Packet(PacketKind.RST, Direction.TO_CLIENT), None
            return
        ours, theirs = self._states[ConnectionEnd.CLIENT], self._states[ConnectionEnd.SERVER]
        new = (_SHOWN.get(ours, 0) | _mirrored(_SHOWN.get(theirs, 0))) & ~self._shown
        if not new:
            return
        self._shown |= new
        again, self._unanswered = self._sent_again(new), self._left_unanswered()
        closing = _SERVER_FIRST if theirs in _CLOSES_FIRST else _CLIENT_FIRST
        for bit in (*_BEGIN, *closing):
            if again == bit:
                yield self._packet(bit, resent=True), None
            if not new & bit:
                continue
            acks = False
            if bit == closing[1] and new & closing[2]:
                continue  # acknowledged at the latest by the FIN in the same direction
            if bit == closing[2] and new & closing[1]:
                acks = True
            packet = self._packet(bit, acks=acks, answered=not (bit == _SYN == self._unanswered))
            yield packet, self.evidence(packet)

    def _left_unanswered(self) -> int:
        """Return the packet of the handshake, as a bit, that the states leave without an answer.

        Over loopback an answer is there at once, so that packet was dropped, and is sent again.
        """
        if self._shown & _HANDSHAKE == _SYN and not self._states[self._asked]:
            return _SYN
        asking = ConnectionEnd.SERVER if self.dialled else ConnectionEnd.CLIENT
        half_open = self._shown & _HANDSHAKE == _SYN | _SYN_ACK
        return _SYN_ACK if half_open and self._states[asking] == "SYN_SENT" else 0

    def _sent_again(self, new: int) -> int:
        """Return the packet that had no answer, if ``new`` has one: it was sent once more."""
        return self._unanswered if new & self._unanswered << 1 else 0

    def evidence(self, packet: Packet) -> Fact | None:
        """Return the state that a packet has led its end to, if the end is still in it."""
        got = ConnectionEnd.SERVER if packet.way is Direction.TO_SERVER else ConnectionEnd.CLIENT
        sent = ConnectionEnd.CLIENT if got is ConnectionEnd.SERVER else ConnectionEnd.SERVER
        match packet.sign:
            case PacketKind.SYN:
                return self._fact(sent, "SYN_SENT")
            case PacketKind.SYN_ACK:
                return self._fact(got, "ESTABLISHED") or self._fact(sent, "SYN_RECV")
            case PacketKind.ACK:
                return self._fact(got, "ESTABLISHED", "SYN_RECV")
            case PacketKind.FIN:
                return self._fact(got, "CLOSE_WAIT", "LAST_ACK") or self._fact(sent, "FIN_WAIT1")
            case PacketKind.FIN_ACK:
                return self._fact(got, "FIN_WAIT2", "TIME_WAIT") or self._fact(sent, "TIME_WAIT")
            case _:
                return None

    @property
    def _asked(self) -> ConnectionEnd:
        """The end that was connected to."""
        return ConnectionEnd.CLIENT if self.dialled else ConnectionEnd.SERVER

    def _packet(
        self, bit: int, *, acks: bool = False, answered: bool = True, resent: bool = False
    ) -> Packet:
        by_client = bit & _BY_CLIENT
        if bit & _HANDSHAKE:
            by_client = bool(bit & _BY_OPENER) != self.dialled
        way = Direction.TO_SERVER if by_client else Direction.TO_CLIENT
        return Packet(_SIGNS[bit], way, answered=answered, acks=acks, resent=resent)

    def _fact(self, end: ConnectionEnd, *states: str) -> Fact | None:
        state = self._states[end]
        if not state or (states and state not in states):
            return None
        return SocketStateSeen(end, self.fd if end is ConnectionEnd.SERVER else None, state)

    def _has_reset(self) -> bool:
        """Return whether the server's RST shows: both ends are gone, and neither has sent FIN.

        After a FIN the end that sent it stays for a while, in FIN_WAIT2 or TIME_WAIT.
        """
        closed = self._shown & (_FIN | _THEIR_FIN)
        return self._met and bool(self._shown & _ACK) and not closed and self.is_gone

    def _was_reset(self) -> bool:
        """Return whether a client's RST shows: its end is gone, ours is closed or gone as well."""
        if self._shown & _THEIR_FIN or not self._shown & _ACK or self._states[ConnectionEnd.CLIENT]:
            return False
        theirs = self._states[ConnectionEnd.SERVER]
        return (theirs == "CLOSE" and self._met) or (self.resetting and theirs in ("", "CLOSE"))


def _mirrored(shown: int) -> int:
    """Return what an end's state shows, as seen from the other end."""
    own, other = shown & (_FIN | _FIN_ACK), shown & (_THEIR_FIN | _THEIR_ACK)
    return (shown & _HANDSHAKE) | own << 2 | other >> 2
