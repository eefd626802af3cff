"""What an open file in a log may be for."""

from enum import Enum, auto


class FileRole(Enum):
    """What an open file is for."""

    SOCKET = auto()
    PROBE = auto()
    """A socket that only probes whether such a socket is possible."""
    LOOK_UP = auto()
    """Asks a name server."""
    ASIDE = auto()
    """A socket to the system's own services, or one that has nothing to do with connections."""
    LISTENER = auto()
    CONNECTION = auto()
    """Accepted."""
    DIALLED = auto()
    """Connects to somebody else."""
    BACKLOG = auto()
    """/proc/sys/net/core/somaxconn"""
    POLLER = auto()
    """An epoll instance that waits for connections, or for what comes on them."""
    WAKER = auto()
    """The eventfd or the pipe that wakes a poller."""


SOCKETS = frozenset(
    {
        FileRole.SOCKET,
        FileRole.PROBE,
        FileRole.LOOK_UP,
        FileRole.ASIDE,
        FileRole.LISTENER,
        FileRole.CONNECTION,
        FileRole.DIALLED,
    }
)
"""All that are sockets."""
SERVED = frozenset({FileRole.LISTENER, FileRole.CONNECTION})
"""What a poller of a server waits for."""
