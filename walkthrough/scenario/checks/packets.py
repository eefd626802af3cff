"""Checks that every captured packet of TCP has its place: what sent it, and after what it came."""

from collections.abc import Iterator

from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    ClientActed,
    DetailEnded,
    KernelObserved,
    PacketCaptured,
    ProcessExited,
)
from walkthrough.model.values import SocketAddress
from walkthrough.scenario.checks.promise_miss import PromiseMiss

_OPENS = frozenset({"connect"})
_CLOSES = frozenset(
    {"close", "reset", "half-close", "shutdown", "dup2", "dup3", "close_range", "exit_group", "end"}
)
_READS = frozenset({"receive", "read", "readv", "recv", "recvfrom", "recvmsg", "recvmmsg"})
_WRITES = frozenset(
    {"send", "write", "writev", "sendto", "sendmsg", "sendmmsg", "sendfile", "splice"}
)

_Way = tuple[str, int, str, int]


class PacketCheck:
    """Follows the packets of one run.

    A SYN has a connect behind it, a FIN what closes, data what writes. A SYN-ACK answers a SYN, an
    ACK something that was received, an RST something that came to nobody, unless something that
    closes sent it. What is sent again was sent before. A neighbour may send what it likes.
    """

    def __init__(self) -> None:
        self._does: dict[int, str] = {}  # by number, what may be a cause
        self._seen: dict[_Way, set[str]] = {}
        self._packets: set[int] = set()
        self._neighbours: set[_Way] = set()
        self._found: list[PromiseMiss] = []
        self._whole = True

    def fold(self, event: AnyEvent) -> None:
        """Take the next event."""
        match event:
            case CallEntered():
                self._does[event.seq] = event.call
            case ClientActed():
                self._does[event.seq] = event.action
            case ProcessExited():
                self._does[event.seq] = "end"
            case KernelObserved():
                for each in event.state.sockets:
                    if each.owner == "neighbour" and each.remote is not None:
                        self._neighbours.add(_way(each.local, each.remote))
            case DetailEnded():
                self._whole = False
            case PacketCaptured() if event.protocol == "TCP" and self._whole:
                self._take(event)
            case _:
                pass

    def misses(self) -> Iterator[PromiseMiss]:
        """Yield the packets that have no place."""
        yield from self._found

    def _take(self, packet: PacketCaptured) -> None:
        way = _way(packet.sender, packet.receiver)
        back = _way(packet.receiver, packet.sender)
        flags = set(packet.flags)
        if flags & {"SYN"} and "ACK" not in flags and packet.retransmits is None:
            self._seen.pop(way, None)
            self._seen.pop(back, None)
        came = self._seen.get(back, set())
        said = self._misplaced(packet, flags, came)
        if said is not None:
            self._found.append(PromiseMiss(said, packet.seq))
        told = self._seen.setdefault(way, set())
        told |= flags & {"SYN", "FIN", "RST"}
        told.add("any")
        if packet.length:
            told.add("data")
        self._packets.add(packet.seq)

    def _misplaced(self, packet: PacketCaptured, flags: set[str], came: set[str]) -> Message | None:
        """Return why a packet has no place, None if it has."""
        if packet.retransmits is not None:
            if packet.retransmits in self._packets and packet.cause is None:
                return None
            return _no_place(packet, message("it repeats no packet that was seen"))
        does = self._does.get(packet.cause) if packet.cause is not None else None
        if packet.cause is not None and does is None:
            why = message("event {number} is no call and no act", number=packet.cause)
            return _no_place(packet, why)
        if "SYN" in flags:
            fits = does is None and "SYN" in came if "ACK" in flags else does in _OPENS
        elif "RST" in flags:
            fits = bool(came) if does is None else does in _CLOSES
        elif "FIN" in flags:
            fits = does in _CLOSES
        elif packet.length:
            fits = does in _WRITES
        else:
            fits = bool(came) and (does is None or does in _READS)
        if fits or (does is None and _way(packet.sender, packet.receiver) in self._neighbours):
            return None
        if does is None:
            return _no_place(packet, message("nothing is known to have sent it"))
        return _no_place(packet, message("it is not what {call} sends", call=ascii(does)))


def _no_place(packet: PacketCaptured, why: Message) -> Message:
    return message(
        "Packet {event} ({flags}) has no place: {why}.",
        event=packet.seq,
        flags=" ".join(packet.flags),
        why=why,
    )


def _way(sender: SocketAddress, receiver: SocketAddress) -> _Way:
    return sender.host, sender.port, receiver.host, receiver.port
