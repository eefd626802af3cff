"""What a view of the kernel shows besides packets: queues that change, bytes that wait.

Follows listeners and unread bytes from one view to the next. Makes no rungs, but knows beside what
kind of rung a fact belongs.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.state.sequence.connection import point
from walkthrough.state.sequence.model import (
    Bound,
    End,
    Fact,
    Listens,
    Queue,
    Rung,
    Sign,
    Waiting,
    Way,
)
from walkthrough.state.sequence.server import ACCEPTS

_FINISHED = ("CLOSE_WAIT", "LAST_ACK", "CLOSING", "TIME_WAIT")
"""States in which the other end's FIN has come; the kernel counts it as a byte until it is read."""

_Key = tuple[Any, ...]


class Told(NamedTuple):
    """A fact, and which rung of the same step it belongs beside; on one of its own if none fits."""

    fact: Fact
    fits: Callable[[Rung], bool]


class Facts:
    """Listeners and unread bytes as they were last seen."""

    def __init__(self) -> None:
        # By process, of which but a log of strace(1) tells several: each has a view of its own.
        self._queues_of: dict[int, dict[_Key, tuple[int, int]]] = {}
        self._unread: dict[_Key, int] = {}
        self._unbound: set[tuple[int, int]] = set()

    def bind(self, fd: int, process: int) -> None:
        """Take note that a socket of a process has been bound to no port in particular."""
        self._unbound.add((process, fd))

    def observe(self, state: KernelState) -> Iterator[Told]:
        """Take in a view and yield what it shows and no earlier one did."""
        queues: dict[_Key, tuple[int, int]] = {}
        unread: dict[_Key, int] = {}
        for socket in state.sockets:
            named = (state.process, socket.fd or 0)
            if named in self._unbound and socket.owner == "server" and socket.local.port:
                assert socket.fd is not None
                self._unbound.discard(named)
                yield Told(Bound(socket.fd, socket.local), is_call("bind"))
            if socket.state == "LISTEN":
                yield from self._queue(socket, queues, self._queues_of.get(state.process, {}))
            elif socket.receive_queue is not None and socket.type == "SOCK_STREAM":
                yield from self._bytes(socket, unread, whole=state.beyond is None)
        self._queues_of[state.process], self._unread = queues, unread

    def _queue(
        self,
        socket: SocketState,
        queues: dict[_Key, tuple[int, int]],
        earlier: dict[_Key, tuple[int, int]],
    ) -> Iterator[Told]:
        if socket.owner not in ("server", "neighbour"):
            return
        key = (socket.fd, socket.local)
        before = earlier.get(key)
        now = queues[key] = (socket.accept_queue or 0, socket.backlog or 0)
        if socket.owner == "server" and (before is None or before[1] != now[1]):
            yield Told(Listens(socket.fd, socket.backlog), is_call("listen"))
        waited = before[0] if before is not None else 0
        if socket.accept_queue is not None and now[0] != waited:
            yield Told(Queue(socket.fd, waited, *now), _changes_queue)

    def _bytes(
        self, socket: SocketState, unread: dict[_Key, int], *, whole: bool
    ) -> Iterator[Told]:
        count = (socket.receive_queue or 0) - (socket.state in _FINISHED)
        end = End.SERVER if socket.owner in ("server", "queue") else End.CLIENT
        local, remote = point(socket.local), point(socket.remote)
        # Whoever is accepted gets a descriptor, and keeps what waits.
        key = (end, local, remote) if remote is not None else (end, socket.fd, socket.inode)
        unread[key] = count
        if socket.state == "CLOSE" or socket.owner == "kernel" or not whole:
            return  # nothing comes any more; or what is listed is but a part
        if count > self._unread.get(key, 0):
            fits = _brings_bytes if end is End.SERVER else _takes_bytes
            yield Told(Waiting(end, socket.fd, count), fits)


def is_call(name: str) -> Callable[[Rung], bool]:
    """Return a test for rungs that hold this call, if it went well."""

    def fits(rung: Rung) -> bool:
        return rung.call is not None and rung.call.name == name and not rung.call.error

    return fits


def _changes_queue(rung: Rung) -> bool:
    """Tell whether a rung holds what changes a queue: a handshake's end, or an accept."""
    if isinstance(rung.fact, Queue):
        return False
    if rung.call is not None:
        return rung.call.name in ACCEPTS and not rung.call.error
    if rung.act is not None and rung.act.action == "accept":
        return True
    sign = rung.packet.sign if rung.packet is not None else None
    return sign in (Sign.ACK, Sign.PATH, Sign.HANDSHAKE)


def _brings_bytes(rung: Rung) -> bool:
    return rung.fact is None and rung.act is not None and rung.act.action == "send"


def _takes_bytes(rung: Rung) -> bool:
    call = rung.call
    return rung.fact is None and call is not None and call.way is Way.TO_CLIENT and call.result > 0
