"""The connections, followed from one view of the kernel to the next: which is which.

What a view shows of each is found out in `connection`. Knows no events and makes no rows.
"""

from typing import Any, NamedTuple

from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.values import SocketAddress
from walkthrough.state.sequence.connection import INTERNET, Point, TrackedConnection, point
from walkthrough.state.sequence.model import ConnectionEnd, Direction, Fact, Packet

MOST = 4096
"""How many connections are remembered."""

_STREAMS = ("TCP", "MPTCP")


class ConnectionNews(NamedTuple):
    """What a view shows of a connection for the first time."""

    connection: TrackedConnection
    packet: Packet
    fact: Fact | None


class ConnectionTracker:
    """The connections that were seen, or that a client's actions imply."""

    def __init__(self) -> None:
        self._live: dict[tuple[Point, Point], TrackedConnection] = {}
        self._by_other: dict[Point, TrackedConnection] = {}
        self._by_fd: dict[tuple[int, int], TrackedConnection] = {}
        self._process = 0  # whose descriptors are meant, where there are several processes
        self._views: dict[int, tuple[KernelState, frozenset[int]]] = {}
        self._by_client: dict[int, TrackedConnection] = {}
        self._by_ends: dict[tuple[Point, Point], TrackedConnection] = {}
        self._made = 0
        self.detailed = True
        """Whether every connection is followed; else only those of clients with a number are."""

    def of_client(
        self,
        client: int,
        local: SocketAddress | None,
        remote: SocketAddress | None,
        *,
        stream: bool = True,
    ) -> TrackedConnection | None:
        """Return the connection of a client, which may be a new one; None if it has none.

        For datagrams (``stream`` False) it is not a connection but two ends that exchange them.
        """
        known = self._by_client.get(client)
        other, server = point(local), point(remote)
        if known is not None and other in (None, known.other) and server in (None, known.server):
            return known
        if other is None or server is None:
            return None
        found = self._find(server, other, client, stream=stream)
        self._by_client[client] = found
        _bound(self._by_client)
        return found

    def of_other(self, other: SocketAddress | None) -> TrackedConnection | None:
        """Return the newest connection from this address."""
        theirs = point(other)
        return self._by_other.get(theirs) if theirs is not None else None

    def of_ends(
        self, sender: SocketAddress, receiver: SocketAddress
    ) -> tuple[TrackedConnection, Direction] | None:
        """Return the newest connection between two ends, and which way the sender's packets go."""
        here, there = point(sender), point(receiver)
        if here is None or there is None:
            return None
        if (found := self._by_ends.get((there, here))) is not None:
            return found, Direction.TO_SERVER
        found = self._by_ends.get((here, there))
        return (found, Direction.TO_CLIENT) if found is not None else None

    def opened(
        self, server: SocketAddress, other: SocketAddress, client: int = 0, fd: int | None = None
    ) -> TrackedConnection | None:
        """Return the connection that a SYN opens, which may be known already.

        Args:
            server: The server's end.
            other: The other one.
            client: The number of the client that connects, 0 if it has none.
            fd: The server's descriptor, if it is the server that connects.
        """
        here, there = point(server), point(other)
        if here is None or there is None:
            return None
        found = self._find(here, there, client)
        if fd is not None:
            found.dialled = True
            self._hold(found, fd)
        return found

    def of_descriptor(self, fd: int | None) -> TrackedConnection | None:
        """Return the connection that the server has behind a descriptor."""
        return self._by_fd.get((self._process, fd)) if fd is not None else None

    def turn(self, process: int) -> None:
        """Note whose descriptors are meant from here on; 0 if there is only one process.

        The first process for which this is called had those that there were before.
        """
        if process and not self._process:
            self._by_fd = {(process, fd): found for (_, fd), found in self._by_fd.items()}
            if (seen := self._views.pop(0, None)) is not None:
                self._views[process] = seen
            for connection in self._by_fd.values():
                connection.process = process
        self._process = process

    def accepted(self, fd: int, other: SocketAddress | None) -> None:
        """Record the descriptor that accept returned for a client's connection."""
        self._by_fd.pop((self._process, fd), None)
        connection = self.of_other(other)
        if connection is not None:
            self._hold(connection, fd)

    def let_go(self, fd: int, *, listens: bool = False) -> None:
        """The descriptor is closed; its connection may live on for a while.

        With a listener goes whoever is in its queue.
        """
        closed = self._by_fd.pop((self._process, fd), None)
        if closed is not None:
            closed.given_up = True
        for connection in self._live.values() if listens else ():
            connection.given_up |= connection.fd is None

    def forget(self, process: int) -> None:
        """Note that one of several processes has ended: nothing is held there any more."""
        self._views.pop(process, None)

    def observe(
        self, state: KernelState, dialling: frozenset[int], process: int = 0
    ) -> list[ConnectionNews]:
        """Process a view and return what is new in it.

        Args:
            state: The view.
            dialling: Descriptors on which the process has called connect.
            process: Of several processes the one that it is of. What is not in it may be in the
                last view of another.
        """
        there: dict[int, dict[ConnectionEnd, str]] = {}
        shut: set[tuple[int, int]] = set()
        self._views[process] = (state, dialling)
        turned = self._process
        for of, (view, dialled) in self._views.items():
            self._process = of
            for socket in view.sockets:
                if socket.protocol not in _STREAMS or socket.family not in INTERNET:
                    continue
                placed = self._place(socket, dialled)
                if placed is not None:
                    ends = there.setdefault(placed[0].number, {})
                    # It is in the queue for whoever has not accepted it.
                    if not (socket.owner == "queue" and placed[1] in ends):
                        ends[placed[1]] = socket.state
                elif socket.state == "CLOSE" and socket.fd is not None:
                    shut.add((of, socket.fd))
        self._process = turned
        counted = any(view.beyond is not None for view, _ in self._views.values())
        seen: list[ConnectionNews] = []
        for key, connection in [*self._live.items()]:
            ends = there.get(connection.number, {})
            if not ends and counted:
                continue  # it may be one of those that are only counted
            held = (connection.process, connection.fd or 0)
            closed = connection.fd is not None and held in shut
            ours = ends.get(ConnectionEnd.SERVER, "CLOSE" if closed else "")
            connection.become(ours, ends.get(ConnectionEnd.CLIENT, ""))
            seen += [ConnectionNews(connection, packet, fact) for packet, fact in connection.news()]
            if connection.is_gone:
                del self._live[key]
        return seen

    def _place(
        self, socket: SocketState, dialling: frozenset[int]
    ) -> tuple[TrackedConnection, ConnectionEnd] | None:
        """Find the connection and the end that a socket is, None if it is neither."""
        local, remote = point(socket.local), point(socket.remote)
        if local is None or remote is None or socket.state == "LISTEN":
            return None
        if socket.owner in ("server", "queue"):
            if not self._follows(local, remote):
                return None
            connection = self._find(local, remote)
            if socket.fd is not None:
                connection.dialled |= socket.fd in dialling
                self._hold(connection, socket.fd)
            return connection, ConnectionEnd.SERVER
        taken = self._live.get((local, remote)) if socket.owner == "neighbour" else None
        if taken is not None:  # from a listener that it shares with the server
            return taken, ConnectionEnd.SERVER
        if socket.owner in ("client", "neighbour"):
            if not self._follows(remote, local):
                return None
            return self._find(remote, local), ConnectionEnd.CLIENT
        # It belongs to no process any more: an end of a known connection, or not one of ours.
        if (known := self._live.get((remote, local))) is not None:
            return known, ConnectionEnd.CLIENT
        known = self._live.get((local, remote))
        return (known, ConnectionEnd.SERVER) if known is not None else None

    def _follows(self, server: Point, other: Point) -> bool:
        return self.detailed or (server, other) in self._live

    def _find(
        self, server: Point, other: Point, client: int = 0, *, stream: bool = True
    ) -> TrackedConnection:
        """Return the connection between two ends; reused ends make a new one."""
        found = self._live.get((server, other))
        if found is None or (client and found.client not in (0, client)):
            self._made += 1
            found = TrackedConnection(self._made, server, other, client)
            self._by_other[other] = found
            _bound(self._by_other)
            self._by_ends[server, other] = found
            _bound(self._by_ends)
            if stream:
                self._live[server, other] = found
                _bound(self._live)
        found.client = found.client or client
        return found

    def _hold(self, connection: TrackedConnection, fd: int) -> None:
        connection.fd = fd
        connection.process = self._process
        self._by_fd[self._process, fd] = connection


def _bound(table: dict[Any, Any]) -> None:
    """Forget the oldest if there are too many."""
    if len(table) > MOST:
        del table[next(iter(table))]
