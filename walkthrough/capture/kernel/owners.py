"""The owner of a socket: the server, a queue, a client, the neighbour, or nobody.

Derived from addresses, states and inodes; where the rows come from is not known here.
"""

from collections.abc import Collection, Iterable, Mapping

from walkthrough.capture.kernel.netlink import LISTEN, InetSocket

OWNERS = ("server", "queue", "client", "neighbour", "kernel")
"""All of them, in the order in which sockets are listed."""
# A connection that the server has not accepted, or that its peer has already half-closed. In
# every other state a socket without a process is one that a process has closed.
_COMPLETE = (1, 8)  # ESTABLISHED, CLOSE_WAIT
_TIME_WAIT = 6  # include/net/tcp_states.h
_MAPPED = b"\0" * 10 + b"\xff" * 2  # ::ffff:0:0/96, RFC 4291 2.5.5.2
_REMEMBERED = 64


class BoundAddresses:
    """Addresses that sockets are bound to; one with a wildcard covers every host.

    Remembers the newest 64, since closing a listener does not end its connections.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, int], None] = {}
        self._anywhere: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self._known)

    def add(self, host: bytes, port: int) -> None:
        """Record a packed address as the newest."""
        key = (plain(host), port)
        self._known.pop(key, None)
        self._known[key] = None
        while len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]
        self._anywhere = frozenset(port for host, port in self._known if not any(host))

    def cover(self, host: bytes, port: int) -> bool:
        """Return whether a packed address is covered by one of these."""
        return port in self._anywhere or (plain(host), port) in self._known

    @property
    def ports(self) -> frozenset[int]:
        """The ports of all of them."""
        return frozenset(port for _, port in self._known)


class SocketOwners:
    """Decides about the sockets of one protocol, at one moment.

    Args:
        owned: The server's descriptors by inode.
        served: Addresses that the server listens on, or has listened on.
        live: Those that it listens on now.
        neighbour: The inodes of the neighbour's sockets.
        theirs: Addresses of the neighbour.
    """

    def __init__(
        self,
        owned: Mapping[int, int],
        served: BoundAddresses,
        live: BoundAddresses,
        neighbour: Collection[int] = (),
        theirs: BoundAddresses | None = None,
    ) -> None:
        self._owned = owned
        self._served = served
        self._live = live
        self._neighbour = neighbour
        self._theirs = theirs or BoundAddresses()
        self._all_wait_there = False

    def weigh(self, listening: Iterable[InetSocket]) -> None:
        """Find whose queue is filled where server and neighbour share an address.

        None of the kernel's lists shows which listener a waiting connection belongs to.
        """
        rows = [row for row in listening if row.state == LISTEN]
        ours = sum(row.receive_queue for row in rows if row.inode in self._owned)
        theirs = sum(row.receive_queue for row in rows if row.inode in self._neighbour)
        self._all_wait_there = theirs > 0 and ours == 0

    def of(self, row: InetSocket) -> str | None:
        """Return whose ``row`` is, None if the server has nothing to do with it."""
        if row.inode in self._owned:
            return "server"
        if row.inode and row.inode in self._neighbour:
            return "neighbour"
        if row.state == LISTEN:
            return None
        if self._served.cover(row.remote, row.remote_port):
            return "client" if row.inode else "kernel"
        served = self._served.cover(row.local, row.local_port)
        if self._theirs.cover(row.local, row.local_port) and (not served or self._all_wait_there):
            if row.inode:
                return "client"
            return "neighbour" if row.state in _COMPLETE else "kernel"
        if row.inode:
            return None  # another process's, on the same port: SO_REUSEPORT, or a fork
        if row.state in _COMPLETE and self._live.cover(row.local, row.local_port):
            return "queue"
        if served or self._theirs.cover(row.remote, row.remote_port):
            return "kernel"
        return None


class TimeWaitLeftovers:
    """Connections of earlier servers in TIME_WAIT at an address that is in use again.

    The kernel reuses a port while the far end of an old connection still waits there, for
    a minute: those do not belong to this server.
    """

    def __init__(self) -> None:
        self._known: set[tuple[bytes, int, bytes, int]] = set()

    def sift(self, rows: list[InetSocket], fresh: BoundAddresses) -> list[InetSocket]:
        """Return ``rows`` without such sockets.

        Args:
            rows: All that concern the queried addresses, now.
            fresh: Addresses without a listener before: whatever waits there
                was there first, since no connection comes and goes between two observations.
        """
        if not (self._known or fresh):
            return rows
        waiting = [row for row in rows if row.state == _TIME_WAIT]
        self._known &= {_ends(row) for row in waiting}  # the same ends may meet again
        self._known |= {
            _ends(row)
            for row in waiting
            if fresh.cover(row.local, row.local_port) or fresh.cover(row.remote, row.remote_port)
        }
        return [row for row in rows if row.state != _TIME_WAIT or _ends(row) not in self._known]


def _ends(row: InetSocket) -> tuple[bytes, int, bytes, int]:
    return row.local, row.local_port, row.remote, row.remote_port


def plain(host: bytes) -> bytes:
    """Return an address in its shortest form, so that both ends of a connection compare equal."""
    return host[12:] if len(host) == 16 and host.startswith(_MAPPED) else host
