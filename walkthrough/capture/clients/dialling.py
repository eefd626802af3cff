"""Connects a client's socket to the server: only over loopback or a unix socket."""

import ctypes
import errno
import ipaddress
import select
import socket
import struct
import time

from walkthrough.capture.clients.endpoints import DATAGRAM, Endpoint
from walkthrough.capture.errors import CaptureError
from walkthrough.i18n.messages import Message, message
from walkthrough.model.values import SocketAddress

CONNECT_SECONDS = 0.3
"""On loopback a handshake is complete before connect(2) returns, unless the SYN was dropped."""
_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27  # socket(7)
_RETURN = 0x06  # BPF_RET | BPF_K of linux/filter.h: take so many bytes of a packet, here none
_FAMILIES = {"AF_INET": socket.AF_INET, "AF_INET6": socket.AF_INET6}


class HandshakeTimeout:
    """A time budget in seconds for handshakes that do not complete, `CONNECT_SECONDS` for each.

    Attributes:
        slow: What every budget is multiplied by, on a slow or an emulated machine: of very many
            clients' handshakes each takes a moment that counts there.
    """

    slow = 1.0

    def __init__(self, seconds: float = CONNECT_SECONDS) -> None:
        self._left = seconds * self.slow

    def wait(self, there: socket.socket) -> bool:
        """Wait until ``there`` is connected or refused; return whether it is."""
        poll = select.poll()
        poll.register(there, select.POLLOUT)
        begun = time.monotonic()
        ready = poll.poll(min(self._left, CONNECT_SECONDS) * 1000)
        self._left = max(0.0, self._left - (time.monotonic() - begun))
        return bool(ready)


def reachable(server: SocketAddress, to: str = "") -> tuple[SocketAddress, ...]:
    """Return where to connect to reach ``server``, best first.

    Args:
        server: Where it listens.
        to: Another host by which to reach it; "" for the server's own.

    Raises:
        CaptureError: It is neither a loopback address, nor a wildcard, nor a unix socket.
    """
    if server.family == "AF_UNIX":
        if to:
            raise CaptureError(
                message("The server listens on a file: it is reached by that, and by no address.")
            )
        return (server,)
    try:
        host = ipaddress.ip_address(to or server.host)
    except ValueError:
        raise CaptureError(_refusal(to or server.host)) from None
    mapped = host.ipv4_mapped if isinstance(host, ipaddress.IPv6Address) else None
    if (mapped or host).is_loopback:
        family = "AF_INET" if host.version == 4 else "AF_INET6"
        return (SocketAddress(family, host=to, port=server.port),) if to else (server,)
    if to or not (mapped or host).is_unspecified:
        raise CaptureError(_refusal(to or server.host))
    # A wildcard includes loopback. One of IPv6 is reached by ::1 whether or not
    # it is IPV6_V6ONLY; by 127.0.0.1 only where this machine has no IPv6 on its loopback.
    fourth = SocketAddress("AF_INET", host="127.0.0.1", port=server.port)
    if host.version == 4 or mapped:
        return (fourth,)
    return (SocketAddress("AF_INET6", host="::1", port=server.port), fourth)


def _refusal(host: str) -> Message:
    return message(
        "The client does not connect to {host}: give the server (or 'to') a loopback address, "
        "such as 127.0.0.1.",
        host=ascii(host),
    )


def dial(
    remote: Endpoint, patience: HandshakeTimeout, drop_replies: bool = False
) -> tuple[socket.socket | None, int]:
    """Connect; return the socket, None if it is unusable, and the errno, 0 for none.

    With ``drop_replies`` the handshake cannot be completed before `allow_replies`.
    """
    family = _FAMILIES.get(remote.address.family, socket.AF_UNIX)
    kind = socket.SOCK_DGRAM if remote.type == DATAGRAM else socket.SOCK_STREAM
    try:
        there = socket.socket(family, kind)
    except OSError as error:
        return None, error.errno or errno.EIO
    there.setblocking(False)
    try:
        if drop_replies:
            _drop_replies(there)
        if family == socket.AF_UNIX and kind == socket.SOCK_DGRAM:
            there.bind("")  # without a name nobody could answer it, unix(7)
        number = there.connect_ex(_target(family, remote.address))  # type: ignore[arg-type]
    except OSError:  # a path too long for sun_path, unix(7)
        number = errno.EINVAL
    if number == errno.EINPROGRESS and not drop_replies and patience.wait(there):
        number = there.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number in (0, errno.EINPROGRESS):
        # Still in progress: the kernel keeps sending SYN, and the queue may still get room.
        return there, number
    there.close()
    return None, number


def _drop_replies(there: socket.socket) -> None:
    """Have the kernel drop every segment that comes for this socket, with a filter of one step."""
    step = ctypes.create_string_buffer(struct.pack("@HBBI", _RETURN, 0, 0, 0))
    there.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", 1, ctypes.addressof(step))
    )


def allow_replies(there: socket.socket) -> None:
    """Undo that; raises OSError (ENOENT) if nothing is dropped."""
    there.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)


def _target(family: socket.AddressFamily, address: SocketAddress) -> object:
    if family == socket.AF_UNIX:
        return address.path
    if family == socket.AF_INET6:
        return (address.host, address.port, address.flowinfo, address.scope_id)
    return (address.host, address.port)
