"""syscall/syscall_linux.go, syscall_unix.go: system calls with addresses made easy.

Each function makes the call of its name (``open_``: openat), see there in section 2 of the manual.
"""

import ctypes
from typing import NamedTuple

from walkthrough.capture.decode.kinds import socket_address
from walkthrough.capture.instrumented.errors import Errno
from walkthrough.capture.instrumented.syscall.trap import trap
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Value

AF_INET, AF_INET6 = 2, 10
SOCK_STREAM, SOCK_DGRAM, SOCK_RAW = 1, 2, 3
SOCK_CLOEXEC, SOCK_NONBLOCK = 0o2000000, 0o4000
IPPROTO_TCP, IPPROTO_IPV6 = 6, 41
SOL_SOCKET, SO_REUSEADDR, SO_BROADCAST, SO_KEEPALIVE = 1, 2, 6, 9
IPV6_V6ONLY = 26
TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT = 1, 4, 5, 6
F_GETFL, F_SETFL = 3, 4
O_RDONLY, O_CLOEXEC, O_NONBLOCK = 0, 0o2000000, 0o4000
AT_FDCWD = -100
SOMAXCONN = 128

# Room for an address of any family: syscall.RawSockaddrAny is 112 bytes.
_ANY = 112


class SockaddrInet4(NamedTuple):
    """``struct sockaddr_in``, see ip(7). ``addr``: 4 bytes."""

    port: int
    addr: bytes

    def raw(self) -> bytes:
        """Return it as the kernel wants it."""
        family = AF_INET.to_bytes(2, "little")
        return family + self.port.to_bytes(2, "big") + self.addr + bytes(8)

    def described(self) -> Value:
        """Return it as a value."""
        return socket_address(self.raw())


class SockaddrInet6(NamedTuple):
    """``struct sockaddr_in6``, see ipv6(7). ``addr``: 16 bytes; ``zone_id``: an interface."""

    port: int
    addr: bytes
    zone_id: int = 0

    def raw(self) -> bytes:
        """Return it as the kernel wants it; the flow information is 0."""
        head = AF_INET6.to_bytes(2, "little") + self.port.to_bytes(2, "big") + bytes(4)
        return head + self.addr + self.zone_id.to_bytes(4, "little")

    def described(self) -> Value:
        """Return it as a value."""
        return socket_address(self.raw())


Sockaddr = SockaddrInet4 | SockaddrInet6


def any_to_sockaddr(raw: bytes) -> Sockaddr:
    """Read an address that the kernel filled in.

    Raises:
        Errno: EAFNOSUPPORT, it is of another family.
    """
    family, port = int.from_bytes(raw[:2], "little"), int.from_bytes(raw[2:4], "big")
    if family == AF_INET:
        return SockaddrInet4(port, raw[4:8])
    if family == AF_INET6:
        return SockaddrInet6(port, raw[8:24], int.from_bytes(raw[24:28], "little"))
    raise Errno(97)


@traced("syscall.Bind")
def bind(fd: int, sa: Sockaddr) -> None:
    """Give the socket its address."""
    raw = ctypes.create_string_buffer(sa.raw(), len(sa.raw()))
    trap("bind", fd, ctypes.addressof(raw), len(raw))


@traced("syscall.Listen")
def listen(s: int, backlog: int) -> None:
    """Let the kernel take connections for the socket."""
    trap("listen", s, backlog)


@traced("syscall.Getsockname")
def getsockname(fd: int) -> Sockaddr:
    """Ask the kernel which address the socket has."""
    raw, length = ctypes.create_string_buffer(_ANY), ctypes.c_uint32(_ANY)
    trap("getsockname", fd, ctypes.addressof(raw), ctypes.addressof(length))
    return any_to_sockaddr(raw.raw)


def accept4(fd: int, flags: int) -> tuple[int, Sockaddr]:
    """Take the oldest connection out of the accept queue."""
    raw, length = ctypes.create_string_buffer(_ANY), ctypes.c_uint32(_ANY)
    nfd = trap("accept4", fd, ctypes.addressof(raw), ctypes.addressof(length), flags)
    try:
        return nfd, any_to_sockaddr(raw.raw)
    except Errno:
        close(nfd)
        raise


def socket(family: int, sotype: int, proto: int) -> int:
    """Make a socket."""
    return trap("socket", family, sotype, proto)


def setsockopt_int(fd: int, level: int, opt: int, value: int) -> None:
    """Set an option that is an int."""
    given = ctypes.c_int32(value)
    trap("setsockopt", fd, level, opt, ctypes.addressof(given), ctypes.sizeof(given))


def open_(path: str, flags: int) -> int:
    """Open a file."""
    name = ctypes.create_string_buffer(path.encode())
    return trap("openat", AT_FDCWD, ctypes.addressof(name), flags, 0)


def read(fd: int, p: bytearray) -> int:
    """Read into ``p``."""
    buffer = ctypes.create_string_buffer(len(p))
    n = trap("read", fd, ctypes.addressof(buffer), len(p))
    p[:n] = buffer.raw[:n]
    return n


def write(fd: int, p: bytes) -> int:
    """Write ``p`` or a beginning of it."""
    buffer = ctypes.create_string_buffer(p, len(p))
    return trap("write", fd, ctypes.addressof(buffer), len(p))


def close(fd: int) -> None:
    """Give the descriptor back."""
    trap("close", fd)


def set_nonblock(fd: int, nonblocking: bool) -> None:
    """Switch O_NONBLOCK, see fcntl(2); first ask for the flags that are set."""
    flags = trap("fcntl", fd, F_GETFL, 0)
    if bool(flags & O_NONBLOCK) != nonblocking:
        trap("fcntl", fd, F_SETFL, flags ^ O_NONBLOCK)
