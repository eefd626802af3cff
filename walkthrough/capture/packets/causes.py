"""Finds the event that caused a packet: a call of the server, an act of a client, or none.

What the kernel sends by itself has no cause: the answer to a SYN, acknowledgments, whatever is
sent again, the RST for what nobody listens to. Pure: events and packets in, numbers out.
"""

from bisect import bisect_right
from collections import deque
from typing import NamedTuple

from walkthrough.capture.packets.frames import DecodedPacket
from walkthrough.capture.packets.streams import Numbers, Point, point
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    KernelObserved,
    ProcessExited,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.values import Argument, Reference, SocketAddress, Value

_READS = frozenset({"read", "readv", "recv", "recvfrom", "recvmsg", "recvmmsg"})
_WRITES = frozenset({"write", "writev", "send", "sendto", "sendmsg", "sendmmsg", "sendfile"})
_ACCEPTS = frozenset({"accept", "accept4"})
_CLOSES = frozenset({"close", "shutdown", "dup2", "dup3", "close_range"})
_SENDS = _WRITES | _CLOSES | {"connect"}
_FOLLOWED = _READS | _WRITES | _ACCEPTS | _CLOSES | {"connect", "exit_group"}
_RECENT = 64
"""Calls that have returned and may still be the cause of a packet that comes to us now."""
_MOST = 8192
_INTERNET = ("AF_INET", "AF_INET6")

End = tuple[Point, Point]
"""One end of a connection, by its own address and then the other's."""


class _Call(NamedTuple):
    """A call of the server: ``until`` is None while it lasts, times are those of its events."""

    seq: int
    name: str
    fd: int
    address: SocketAddress | None
    since: int
    until: int | None = None
    result: int = 0

    def lasted(self, time_ns: int) -> bool:
        return self.since <= time_ns and (self.until is None or time_ns <= self.until)


class _Closing(NamedTuple):
    """What closes an end: an event, and from when to when."""

    seq: int
    since: int


class _Written:
    """What was written at one end: how far each event's bytes reach, and the events."""

    __slots__ = ("events", "stops", "total")

    def __init__(self) -> None:
        self.total = 0
        self.stops: deque[int] = deque(maxlen=_MOST)
        self.events: deque[int] = deque(maxlen=_MOST)

    def add(self, count: int, seq: int) -> None:
        self.total += count
        self.stops.append(self.total)
        self.events.append(seq)

    def of(self, offset: int) -> int | None:
        """Return the event that wrote the byte number ``offset``, from 0."""
        at = bisect_right(self.stops, offset)
        return self.events[at] if at < len(self.events) else None


class PacketCauses:
    """What is known of who holds which end of a connection, and of what they do with it."""

    def __init__(self) -> None:
        self._calls: dict[int | None, _Call] = {}  # that last, by span
        self._returned: deque[_Call] = deque(maxlen=_RECENT)
        self._act: ClientActed | None = None
        self._act_since = 0
        self._fds: dict[End, int] = {}
        self._queued: set[End] = set()
        self._listeners: dict[int, int] = {}  # descriptor -> port
        self._closing: dict[End, _Closing] = {}
        self._written: dict[End, _Written] = {}

    def act_begins(self, time_ns: int) -> None:
        """Note that a client is about to act."""
        self._act, self._act_since = None, time_ns

    def fold(self, event: AnyEvent) -> None:
        """Take the next event."""
        match event:
            case CallEntered() if event.call in _FOLLOWED:
                self._entered(event)
            case CallReturned() if event.call in _FOLLOWED:
                self._left(event)
            case ClientActed():
                self._acted(event)
            case KernelObserved():
                self._observed(event.state)
            case ProcessExited():
                for end in (*self._fds, *self._queued):
                    self._closing.setdefault(end, _Closing(event.seq, 0))
            case _:
                pass

    @property
    def is_sending(self) -> bool:
        """Whether a call that may send something goes on."""
        return any(call.name in _SENDS for call in self._calls.values())

    def cause_of(self, packet: DecodedPacket, numbers: Numbers | None, time_ns: int) -> int | None:
        """Return the ``seq`` of the event that made somebody send a packet, None for nobody.

        Args:
            packet: What was sent.
            numbers: TCP's numbers, None for another protocol.
            time_ns: When, as events count time.
        """
        end = point(packet.sender), point(packet.receiver)
        if numbers is None:
            return self._datagram(packet, end, time_ns) if packet.protocol == "UDP" else None
        if numbers.retransmits is not None:
            return None
        flags = packet.flags
        if "SYN" in flags:
            return None if "ACK" in flags else self._opened(packet, end, time_ns)
        if "RST" in flags or "FIN" in flags:
            return self._closed(end, time_ns, reset="RST" in flags)
        if packet.length:
            return self._sent(end, numbers.sequence - 1, time_ns)
        return self._made_room(end, time_ns)

    # what happens

    def _entered(self, event: CallEntered) -> None:
        call = _Call(
            event.seq,
            event.call,
            _number(event.arguments, "sockfd", "fd", "out_fd", "newfd"),
            _address(event.arguments, "addr", "dest_addr"),
            event.time_ns,
        )
        self._calls[event.span] = call
        if call.name in _CLOSES:
            for end in self._ends(call.fd):
                self._closing[end] = _Closing(call.seq, call.since)
        elif call.name == "exit_group":
            for end in self._fds:
                self._closing[end] = _Closing(call.seq, call.since)

    def _left(self, event: CallReturned) -> None:
        call = self._calls.pop(event.span, None)
        if call is None:
            return
        call = call._replace(until=event.time_ns, result=event.result)
        self._returned.append(call)
        if call.name in _ACCEPTS and event.error is None:
            other = _address(event.arguments, "addr")
            theirs = point(other) if other is not None else None
            for end in [each for each in self._queued if each[1] == theirs]:
                self._hold(end, event.result)
        elif call.name in _WRITES and event.result > 0 and call.name != "sendmmsg":
            for end in self._ends(call.fd):
                self._writing(end).add(event.result, call.seq)
        elif call.name == "close" and event.error is None:
            for end in self._ends(call.fd):
                self._fds.pop(end, None)
            self._listeners.pop(call.fd, None)

    def _acted(self, event: ClientActed) -> None:
        self._act = event
        if event.local is None or event.remote is None or event.local.family not in _INTERNET:
            return
        end = point(event.local), point(event.remote)
        match event.action:
            case "send":
                self._writing(end).add(event.length, event.seq)
            case "close" | "reset" | "half-close":
                self._closing[end] = _Closing(event.seq, self._act_since)

    def _observed(self, state: KernelState) -> None:
        queued = set()
        for socket in state.sockets:
            if socket.family not in _INTERNET or socket.owner not in ("server", "queue"):
                continue
            if socket.state == "LISTEN" and socket.fd is not None:
                self._listeners[socket.fd] = socket.local.port
            if socket.remote is None:
                continue
            end = point(socket.local), point(socket.remote)
            if socket.fd is not None:
                self._hold(end, socket.fd)
            elif socket.owner == "queue":
                queued.add(end)
        self._queued = queued

    def _hold(self, end: End, fd: int) -> None:
        if self._fds.get(end) != fd:
            self._fds[end] = fd
            if len(self._fds) > _MOST:
                del self._fds[next(iter(self._fds))]

    def _writing(self, end: End) -> _Written:
        if len(self._written) > _MOST:
            del self._written[next(iter(self._written))]
        return self._written.setdefault(end, _Written())

    def _ends(self, fd: int) -> list[End]:
        """Return the ends behind a descriptor; behind a listener's, those that wait in it."""
        ends = [end for end, held in self._fds.items() if held == fd]
        port = self._listeners.get(fd)
        return ends or [end for end in self._queued if port is not None and end[0][1] == port]

    # what it has led to

    def _opened(self, packet: DecodedPacket, end: End, time_ns: int) -> int | None:
        for each in (end, (end[1], end[0])):  # its ports may have been used before
            self._written.pop(each, None)
            self._closing.pop(each, None)
        act = self._act_at(time_ns)
        if act is not None and act.action == "connect" and _is_from(act, end):
            return act.seq
        for call in self._calls_at(time_ns):
            if call.name == "connect" and _goes_to(call.address, packet.receiver):
                self._hold(end, call.fd)
                return call.seq
        return None

    def _closed(self, end: End, time_ns: int, *, reset: bool) -> int | None:
        closing = self._closing.get(end)
        act = self._act_at(time_ns)
        if closing is None:
            return None
        by_act = act is not None and act.seq == closing.seq
        by_call = any(call.seq == closing.seq for call in self._calls_at(time_ns))
        # A FIN may have to wait until all before it has been sent. An RST does not: one that comes
        # later is the kernel's answer to data for somebody who is gone.
        if reset and not (by_act or by_call or closing.since == 0):
            return None
        del self._closing[end]
        return closing.seq

    def _sent(self, end: End, offset: int, time_ns: int) -> int | None:
        written = self._written.get(end)
        known = written.of(offset) if written is not None else None
        if known is not None:
            return known
        fd = self._fds.get(end)
        writing = [call for call in self._calls_at(time_ns) if call.name in _WRITES]
        return next((call.seq for call in writing if call.fd == fd), None)

    def _made_room(self, end: End, time_ns: int) -> int | None:
        """Return what read at this end just then: its acknowledgment says that there is room."""
        act = self._act_at(time_ns)
        if act is not None and act.action == "receive" and act.length and _is_from(act, end):
            return act.seq
        fd = self._fds.get(end)
        for call in self._calls_at(time_ns):
            if call.name in _READS and call.fd == fd and call.until is not None and call.result > 0:
                return call.seq
        return None

    def _datagram(self, packet: DecodedPacket, end: End, time_ns: int) -> int | None:
        act = self._act_at(time_ns)
        if act is not None and act.action == "send" and _is_from(act, end):
            return act.seq
        writing = [call for call in self._calls_at(time_ns) if call.name in _WRITES]
        aimed = (call.seq for call in writing if _goes_to(call.address, packet.receiver))
        return next(aimed, next((call.seq for call in writing if call.address is None), None))

    def _act_at(self, time_ns: int) -> ClientActed | None:
        act = self._act
        return act if act is not None and self._act_since <= time_ns <= act.time_ns else None

    def _calls_at(self, time_ns: int) -> list[_Call]:
        """Return the calls that lasted at a moment, the newest first."""
        calls = (*reversed(self._calls.values()), *reversed(self._returned))
        return [call for call in calls if call.lasted(time_ns)]


def _is_from(act: ClientActed, end: End) -> bool:
    """Return whether ``end`` is the client's that acted; a refused connect no longer has one."""
    if act.local is not None:
        return point(act.local) == end[0]
    return act.remote is not None and point(act.remote) == end[1]


def _goes_to(wanted: SocketAddress | None, receiver: SocketAddress) -> bool:
    """Return whether a packet for ``receiver`` is what connecting to an address sends."""
    if wanted is None or wanted.port != receiver.port:
        return False
    host = wanted.host.removeprefix("::ffff:")
    return host == receiver.host or host in ("0.0.0.0", "::", "")


def _number(arguments: tuple[Argument, ...], *names: str) -> int:
    for each in arguments:
        if each.name in names and isinstance(each.value, int):
            return each.value
    return -1


def _address(arguments: tuple[Argument, ...], *names: str) -> SocketAddress | None:
    for each in arguments:
        value: Value = each.value
        if isinstance(value, Reference):
            value = value.value
        if each.name in names and isinstance(value, SocketAddress):
            return value
    return None
