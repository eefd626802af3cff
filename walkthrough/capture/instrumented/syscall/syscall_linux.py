"""syscall/syscall_linux.go, syscall_unix.go: system calls with addresses made easy.

Each function makes the call of its name (``open_``: openat), see there in section 2 of the manual.
"""

import ctypes
import os
from typing import NamedTuple

from walkthrough.capture.decode.addresses import socket_address
from walkthrough.capture.instrumented.errors import Errno
from walkthrough.capture.instrumented.syscall.trap import trap
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import SocketAddress, Value

AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
SOCK_STREAM, SOCK_DGRAM, SOCK_RAW = 1, 2, 3
SOCK_CLOEXEC, SOCK_NONBLOCK = 0o2000000, 0o4000
IPPROTO_TCP, IPPROTO_IPV6 = 6, 41
SOL_SOCKET, SO_REUSEADDR, SO_ERROR, SO_BROADCAST, SO_KEEPALIVE, SO_REUSEPORT = 1, 2, 4, 6, 9, 15
IPPROTO_IP, IP_FREEBIND = 0, 15
IPV6_V6ONLY = 26
TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT = 1, 4, 5, 6, 18
F_GETFL, F_SETFL = 3, 4
O_RDONLY, O_CLOEXEC, O_NONBLOCK = 0, 0o2000000, 0o4000
AT_FDCWD = -100
SOMAXCONN = 128

# Room for an address of any family: syscall.RawSockaddrAny is 112 bytes.
_ANY = 112
_SUN_PATH = 108


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


class SockaddrUnix(NamedTuple):
    """``struct sockaddr_un``, see unix(7). A ``name`` that begins with @ is no file's."""

    name: str

    def raw(self) -> bytes:
        """Return it as the kernel wants it.

        Raises:
            Errno: EINVAL, the name is too long.
        """
        name = os.fsencode(self.name)
        abstract = name[:1] in (b"@", b"\0")
        if len(name) > _SUN_PATH - (not abstract):
            raise Errno(22)
        if abstract:
            name = b"\0" + name[1:]
        elif name:
            name += b"\0"
        return AF_UNIX.to_bytes(2, "little") + name

    def described(self) -> Value:
        """Return it as a value."""
        return SocketAddress("AF_UNIX", path=self.name)


Sockaddr = SockaddrInet4 | SockaddrInet6 | SockaddrUnix


def any_to_sockaddr(raw: bytes) -> Sockaddr:
    """Read an address that the kernel filled in.

    Raises:
        Errno: EAFNOSUPPORT, it is of another family.
    """
    family, port = int.from_bytes(raw[:2], "little"), int.from_bytes(raw[2:4], "big")
    if family == AF_UNIX:
        # A socket without a name has a zero there too, and looks as one without a file.
        path = b"@" + raw[3:] if raw[2] == 0 else raw[2:]
        return SockaddrUnix(os.fsdecode(path.partition(b"\0")[0]))
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


@traced("syscall.Connect")
def connect(fd: int, sa: Sockaddr) -> None:
    """Have the kernel connect the socket; a non-blocking one does not wait until that is done."""
    raw = ctypes.create_string_buffer(sa.raw(), len(sa.raw()))
    trap("connect", fd, ctypes.addressof(raw), len(raw))


@traced("syscall.Getsockname")
def getsockname(fd: int) -> Sockaddr:
    """Ask the kernel which address the socket has."""
    raw, length = ctypes.create_string_buffer(_ANY), ctypes.c_uint32(_ANY)
    trap("getsockname", fd, ctypes.addressof(raw), ctypes.addressof(length))
    return any_to_sockaddr(raw.raw)


@traced("syscall.Getpeername")
def getpeername(fd: int) -> Sockaddr:
    """Ask the kernel which address the other end has."""
    raw, length = ctypes.create_string_buffer(_ANY), ctypes.c_uint32(_ANY)
    trap("getpeername", fd, ctypes.addressof(raw), ctypes.addressof(length))
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


@traced("syscall.GetsockoptInt")
def getsockopt_int(fd: int, level: int, opt: int) -> int:
    """Return an option that is an int."""
    value, length = ctypes.c_int32(), ctypes.c_uint32(4)
    words = (ctypes.addressof(value), ctypes.addressof(length))
    trap("getsockopt", fd, level, opt, *words)
    return value.value


def recvfrom(fd: int, p: bytearray, flags: int) -> tuple[int, Sockaddr]:
    """Receive a datagram into ``p``; return its length and its sender."""
    buffer = ctypes.create_string_buffer(len(p))
    raw, length = ctypes.create_string_buffer(_ANY), ctypes.c_uint32(_ANY)
    words = (ctypes.addressof(raw), ctypes.addressof(length))
    n = trap("recvfrom", fd, ctypes.addressof(buffer), len(p), flags, *words)
    p[:n] = buffer.raw[:n]
    return n, any_to_sockaddr(raw.raw)


def sendto(fd: int, p: bytes, flags: int, to: Sockaddr) -> None:
    """Send ``p`` as one datagram."""
    buffer = ctypes.create_string_buffer(p, len(p))
    raw = ctypes.create_string_buffer(to.raw(), len(to.raw()))
    words = (ctypes.addressof(buffer), len(p), flags, ctypes.addressof(raw), len(raw))
    trap("sendto", fd, *words)


def unlink(path: str) -> None:
    """Remove a file's name."""
    name = ctypes.create_string_buffer(os.fsencode(path))
    trap("unlinkat", AT_FDCWD, ctypes.addressof(name), 0)


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
    """Close the descriptor."""
    trap("close", fd)


def set_nonblock(fd: int, nonblocking: bool) -> None:
    """Switch O_NONBLOCK, see fcntl(2); first ask for the flags that are set."""
    flags = trap("fcntl", fd, F_GETFL, 0)
    if bool(flags & O_NONBLOCK) != nonblocking:
        trap("fcntl", fd, F_SETFL, flags ^ O_NONBLOCK)
