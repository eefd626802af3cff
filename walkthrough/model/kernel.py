"""The kernel's view of the traced server at one moment: descriptors, sockets, epoll.

Sources: sock_diag(7), ``/proc/PID/fd`` and ``/proc/PID/fdinfo`` (proc(5)).
"""

import msgspec

from walkthrough.model.values import Flags, SocketAddress


class Descriptor(msgspec.Struct, frozen=True, omit_defaults=True):
    """One open descriptor.

    Attributes:
        fd: Its number.
        kind: ``socket``, ``epoll``, ``eventfd``, ``pipe``, ``file`` or ``other``.
        target: What ``/proc/PID/fd/N`` links to.
        inode: The socket's inode, joining it to a `SocketState`; 0 for other kinds.
    """

    fd: int
    kind: str
    target: str
    inode: int = 0


class SocketState(msgspec.Struct, frozen=True, omit_defaults=True):
    """One socket of the server, or one end of a connection to it.

    Attributes:
        owner: ``server`` (has a descriptor there), ``queue`` (complete, in the accept queue,
            nobody has accepted it), ``client`` (the other end), ``kernel`` (no process holds
            it any more: TIME_WAIT, FIN_WAIT2 and the like).
        family: ``AF_INET``, ``AF_INET6``, ``AF_UNIX``.
        type: ``SOCK_STREAM`` or ``SOCK_DGRAM``.
        protocol: ``TCP``, ``MPTCP``, ``UDP`` or "".
        state: As ss(8) and the kernel spell it: ``LISTEN``, ``SYN_RECV``, ``ESTABLISHED``, ...
        local: Local address.
        remote: Remote address, None while there is none.
        inode: 0 while no process holds the socket.
        fd: The server's descriptor, None if it has none.
        accept_queue: Connections waiting to be accepted; listeners only.
        backlog: The most that may wait, as the kernel took it; listeners only.
        receive_queue: Bytes received and not yet read; other sockets only.
        send_queue: Bytes sent and not yet acknowledged; other sockets only.
    """

    owner: str
    family: str
    type: str
    protocol: str
    state: str
    local: SocketAddress
    remote: SocketAddress | None = None
    inode: int = 0
    fd: int | None = None
    accept_queue: int | None = None
    backlog: int | None = None
    receive_queue: int | None = None
    send_queue: int | None = None


class EpollInterest(msgspec.Struct, frozen=True):
    """One line of an epoll interest list: ``tfd: N events: MASK data: ...`` in fdinfo."""

    fd: int
    events: Flags
    data: int


class EpollState(msgspec.Struct, frozen=True):
    """One epoll instance and what it watches."""

    fd: int
    interests: tuple[EpollInterest, ...] = ()


class KernelState(msgspec.Struct, frozen=True, omit_defaults=True):
    """All of it. ``unavailable`` names what could not be read and why (short sentences)."""

    descriptors: tuple[Descriptor, ...] = ()
    sockets: tuple[SocketState, ...] = ()
    epolls: tuple[EpollState, ...] = ()
    unavailable: tuple[str, ...] = ()
