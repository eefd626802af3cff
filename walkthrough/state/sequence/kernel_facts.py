"""What a view of the kernel shows besides packets: queues that change, bytes that wait.

Follows listeners and unread bytes from one view to the next. Makes no rows, but knows to which
kind of row a fact belongs.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.state.sequence.connection import point
from walkthrough.state.sequence.model import (
    AddressSeen,
    ConnectionEnd,
    DiagramRow,
    Direction,
    Fact,
    ListenerSeen,
    PacketKind,
    QueueLength,
    UnreadBytes,
)
from walkthrough.state.sequence.server import ACCEPTS

_FINISHED = ("CLOSE_WAIT", "LAST_ACK", "CLOSING", "TIME_WAIT")
"""States in which the other end's FIN has come; the kernel counts it as a byte until it is read."""

_Key = tuple[Any, ...]


class PlacedFact(NamedTuple):
    """A fact, and which row of the same step it belongs to; a row of its own if none fits."""

    fact: Fact
    fits: Callable[[DiagramRow], bool]


class KernelFacts:
    """Listeners and unread bytes as they were last seen."""

    def __init__(self) -> None:
        # By process: where there are several, each has a view of its own.
        self._queues_of: dict[int, dict[_Key, SocketState]] = {}
        self._unread_of: dict[int, dict[_Key, int]] = {}
        self._shared: dict[int, tuple[int, int]] = {}  # by inode, where several listen
        self._unbound: set[tuple[int, int]] = set()

    def bind(self, fd: int, process: int) -> None:
        """Note that a socket of a process was bound to port 0."""
        self._unbound.add((process, fd))

    def listener(self, fd: int, process: int) -> ListenerSeen | None:
        """Return a listener of the server as the last view of a process shows it."""
        for socket in self._queues_of.get(process, {}).values():
            if socket.fd == fd and socket.owner == "server":
                return ListenerSeen(fd, socket.backlog)
        return None

    def observe(self, state: KernelState) -> Iterator[PlacedFact]:
        """Process a view and yield what it shows for the first time."""
        queues: dict[_Key, SocketState] = {}
        unread: dict[_Key, int] = {}
        shares = state.process > 0 or len(self._queues_of) > 1
        for socket in state.sockets:
            named = (state.process, socket.fd or 0)
            if named in self._unbound and socket.owner == "server" and socket.local.port:
                assert socket.fd is not None
                self._unbound.discard(named)
                yield PlacedFact(AddressSeen(socket.fd, socket.local), is_call("bind"))
            if socket.state == "LISTEN":
                earlier = self._queues_of.get(state.process, {})
                for placed in self._queue(socket, queues, earlier):
                    if not (shares and self._is_known(socket)):
                        yield placed
                if socket.inode:
                    self._shared[socket.inode] = (socket.accept_queue or 0, socket.backlog or 0)
            elif socket.receive_queue is not None and socket.type == "SOCK_STREAM":
                yield from self._bytes(socket, unread, whole=state.beyond is None)
        self._queues_of[state.process], self._unread_of[state.process] = queues, unread

    def _is_known(self, socket: SocketState) -> bool:
        """Return whether the view of another process that has the listener has just said it."""
        now = (socket.accept_queue or 0, socket.backlog or 0)
        return bool(socket.inode) and self._shared.get(socket.inode) == now

    def _queue(
        self,
        socket: SocketState,
        queues: dict[_Key, SocketState],
        earlier: dict[_Key, SocketState],
    ) -> Iterator[PlacedFact]:
        if socket.owner not in ("server", "neighbour"):
            return
        key = (socket.fd, socket.local)
        before = earlier.get(key)
        queues[key] = socket
        waits, most = socket.accept_queue, socket.backlog or 0
        if socket.owner == "server" and (before is None or (before.backlog or 0) != most):
            yield PlacedFact(ListenerSeen(socket.fd, socket.backlog), is_call("listen"))
        waited = (before.accept_queue or 0) if before is not None else 0
        if waits is not None and waits != waited:
            yield PlacedFact(QueueLength(socket.fd, waited, waits, most), _changes_queue)

    def _bytes(
        self, socket: SocketState, unread: dict[_Key, int], *, whole: bool
    ) -> Iterator[PlacedFact]:
        count = (socket.receive_queue or 0) - (socket.state in _FINISHED)
        end = ConnectionEnd.SERVER if socket.owner in ("server", "queue") else ConnectionEnd.CLIENT
        local, remote = point(socket.local), point(socket.remote)
        # An accepted connection gets a descriptor, and keeps its unread bytes.
        key = (end, local, remote) if remote is not None else (end, socket.fd, socket.inode)
        unread[key] = count
        if socket.state == "CLOSE" or socket.owner == "kernel" or not whole:
            return  # nothing comes any more; or only a part is listed
        # What is in a queue is in the views of all that listen there.
        if count > max((seen.get(key, 0) for seen in self._unread_of.values()), default=0):
            fits = _brings_bytes if end is ConnectionEnd.SERVER else _takes_bytes
            yield PlacedFact(UnreadBytes(end, socket.fd, count), fits)


def is_call(name: str) -> Callable[[DiagramRow], bool]:
    """Return a test for rows that hold this call, if it succeeded."""

    def fits(row: DiagramRow) -> bool:
        return row.call is not None and row.call.name == name and not row.call.error

    return fits


def _changes_queue(row: DiagramRow) -> bool:
    """Return whether a row holds what changes a queue: the end of a handshake, or an accept."""
    if isinstance(row.fact, QueueLength):
        return False
    if row.call is not None:
        return row.call.name in ACCEPTS and not row.call.error
    if row.act is not None and row.act.action == "accept":
        return True
    sign = row.packet.sign if row.packet is not None else None
    return sign in (PacketKind.ACK, PacketKind.PATH, PacketKind.HANDSHAKE)


def _brings_bytes(row: DiagramRow) -> bool:
    return row.fact is None and row.act is not None and row.act.action == "send"


def _takes_bytes(row: DiagramRow) -> bool:
    call = row.call
    return (
        row.fact is None
        and call is not None
        and call.way is Direction.TO_CLIENT
        and call.result > 0
    )
