"""Duplicates a descriptor of another process for a moment and queries the socket.

Needed for what is in no list of the kernel: a socket that is neither listening nor
connected. See pidfd_getfd(2); allowed to those who may ptrace the process.
"""

import contextlib
import ctypes
import errno
import fcntl
import functools
import os
import socket
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from walkthrough.capture.kernel.netlink import LISTEN

_PIDFD_GETFD = 438  # the same on every architecture, uapi/asm-generic/unistd.h
_SIOCINQ, _SIOCOUTQ = 0x541B, 0x5411  # uapi/asm-generic/sockios.h
_ESTABLISHED, _CLOSE = 1, 7
# struct tcp_info, uapi/linux/tcp.h: of a listener tcpi_unacked is the length of its accept
# queue and tcpi_sacked its backlog (net/ipv4/tcp.c tcp_get_info()).
_TCP_INFO = struct.Struct("=B23xII")


class BorrowedSocket(NamedTuple):
    """What a socket says about itself.

    Attributes:
        family: AF_ number.
        type: SOCK_ number.
        protocol: IPPROTO_ number.
        state: Number of the TCP state; for others ESTABLISHED, LISTEN or CLOSE.
        local: What getsockname(2) returned, in Python's form; None if nothing.
        remote: What getpeername(2) returned; None while there is no peer.
        receive_queue: Bytes to be read; of a TCP listener the connections waiting.
        send_queue: Bytes not yet acknowledged; of a TCP listener its backlog; -1 if unknown.
    """

    family: int
    type: int
    protocol: int
    state: int
    local: Any
    remote: Any
    receive_queue: int
    send_queue: int


class SocketBorrower:
    """Asks the sockets of one process. Belongs to one thread."""

    def __init__(self, pid: int) -> None:
        self._pidfd = -1
        with contextlib.suppress(OSError):
            self._pidfd = os.pidfd_open(pid)

    def close(self) -> None:
        """Close the process's descriptor. Idempotent."""
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1

    def ask(self, fd: int) -> BorrowedSocket:
        """Ask the socket behind the process's descriptor ``fd``.

        Raises:
            OSError: It may not be duplicated (EPERM), does not exist (EBADF), or is not a socket.
        """
        with self._borrowed(fd) as there:
            return describe(there)

    @contextlib.contextmanager
    def _borrowed(self, fd: int) -> Iterator[socket.socket]:
        if self._pidfd < 0:
            raise OSError(errno.ESRCH, os.strerror(errno.ESRCH))
        copy = _libc().syscall(_PIDFD_GETFD, self._pidfd, fd, 0)
        if copy < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        try:
            there = socket.socket(fileno=copy)
        except OSError:
            os.close(copy)
            raise
        # Only ever close() it: shutdown(2) would affect the process's own socket.
        with there:
            yield there


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def describe(there: socket.socket) -> BorrowedSocket:
    """Query ``there`` for everything; what it does not know stays empty."""
    local = remote = None
    receive = send = -1
    with contextlib.suppress(OSError):
        local = there.getsockname()
    with contextlib.suppress(OSError):
        remote = there.getpeername()
    listening = False
    with contextlib.suppress(OSError):
        listening = bool(there.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    state = LISTEN if listening else _ESTABLISHED if remote else _CLOSE
    if not listening:
        receive, send = _queued(there, _SIOCINQ), _queued(there, _SIOCOUTQ)
    if there.proto == socket.IPPROTO_TCP:
        with contextlib.suppress(OSError, struct.error):
            tcp_info = there.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
            state, waiting, backlog = _TCP_INFO.unpack(tcp_info)
            if state == LISTEN:
                receive, send = waiting, backlog
    return BorrowedSocket(
        there.family, there.type, there.proto, state, local, remote, receive, send
    )


def _queued(there: socket.socket, request: int) -> int:
    with contextlib.suppress(OSError):
        return int(struct.unpack("=i", fcntl.ioctl(there, request, b"\0\0\0\0"))[0])
    return -1
