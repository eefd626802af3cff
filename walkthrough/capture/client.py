"""The scripted client: connects to the server and talks to it, one action after another.

Runs on the session's thread, on non-blocking sockets, so that the client can act while the
server stands still. Talks to loopback addresses and unix sockets, and to nothing else.
"""

import errno
import ipaddress
import resource
import select
import socket
from collections.abc import Callable

from walkthrough.capture.addresses import socket_address
from walkthrough.capture.errors import CaptureError
from walkthrough.model.constants import ERRNO, constant
from walkthrough.model.events import ClientActed
from walkthrough.model.protocol import Act
from walkthrough.model.values import SocketAddress

MOST_CLIENTS = 1024
SPARE_DESCRIPTORS = 32
"""What is left to ourselves: without descriptors the kernel's view could not be read."""
RECEIVE_BYTES = 1 << 16
CONNECT_SECONDS = 1.0


class Clients:
    """All clients of one server, numbered from 1. Belongs to one thread.

    A failure of the network is no exception but the event's ``error``: that a client is refused
    is as much a fact as that it is let in.
    """

    def __init__(self, address: Callable[[], SocketAddress | None]) -> None:
        """Ask ``address`` for the server's address at each connect; None if it has none yet."""
        self._address = address
        self._open: dict[int, socket.socket] = {}
        self._newest = 0

    def close(self) -> None:
        """Close every client. Idempotent."""
        for there in self._open.values():
            there.close()
        self._open.clear()

    def act(self, act: Act) -> ClientActed:
        """Let a client act, without blocking for longer than about a second.

        Client 0 is, for ``connect``, a new one, and else the newest that is open. To act without
        being connected gives ``ENOTCONN`` (under number 1 if there was never a client).

        Returns:
            What happened, with ``seq`` -1 and ``time_ns`` 0, which the session sets. ``receive``
            at the end of the stream has no data and no error; if nothing has come yet its error
            is ``EAGAIN``. ``send`` holds the bytes that went, with ``EAGAIN`` if not all did.

        Raises:
            CaptureError: There is no such action, or the server is not on this machine.
        """
        if act.action == "connect":
            return self._connect(act)
        number = act.client or next(reversed(self._open), 0) or self._newest or 1
        does = {
            "send": self._send,
            "receive": self._receive,
            "half-close": self._half_close,
            "close": self._close,
        }.get(act.action)
        if does is None:
            raise CaptureError(
                f"{act.action!r} is nothing a client can do: "
                f"use connect, send, receive, half-close or close."
            )
        there = self._open.get(number)
        if there is None:
            return _acted(number, act.action, error=errno.ENOTCONN)
        local, remote = _ends(there)
        data, error = does(number, there, act.data)
        return _acted(number, act.action, local, remote, data, error)

    def _connect(self, act: Act) -> ClientActed:
        number = act.client or self._newest + 1
        if number in self._open:
            return _acted(number, act.action, *_ends(self._open[number]), error=errno.EISCONN)
        self._newest = max(self._newest, number)
        allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if len(self._open) >= min(MOST_CLIENTS, max(1, allowed - SPARE_DESCRIPTORS)):
            return _acted(number, act.action, error=errno.EMFILE)
        server = self._address()
        if server is None:
            return _acted(number, act.action, error=errno.EDESTADDRREQ)
        remote, error = server, errno.EAFNOSUPPORT
        for remote in _reachable(server):
            there, error = _dial(remote)
            if there is not None:
                self._open[number] = there
                local, _ = _ends(there)
                return _acted(number, act.action, local, remote, error=error)
            if error not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                break
        return _acted(number, act.action, remote=remote, error=error)

    def _send(self, _: int, there: socket.socket, data: bytes) -> tuple[bytes, int]:
        sent = 0
        try:
            while sent < len(data):
                sent += there.send(data[sent:], socket.MSG_NOSIGNAL)
        except OSError as error:
            return data[:sent], error.errno or errno.EIO
        return data, 0

    def _receive(self, _: int, there: socket.socket, __: bytes) -> tuple[bytes, int]:
        try:
            return there.recv(RECEIVE_BYTES), 0
        except OSError as error:
            return b"", error.errno or errno.EIO

    def _half_close(self, _: int, there: socket.socket, __: bytes) -> tuple[bytes, int]:
        try:
            there.shutdown(socket.SHUT_WR)
        except OSError as error:
            return b"", error.errno or errno.EIO
        return b"", 0

    def _close(self, number: int, there: socket.socket, _: bytes) -> tuple[bytes, int]:
        del self._open[number]
        there.close()
        return b"", 0


def _acted(
    number: int,
    action: str,
    local: SocketAddress | None = None,
    remote: SocketAddress | None = None,
    data: bytes = b"",
    error: int = 0,
) -> ClientActed:
    return ClientActed(
        seq=-1,
        time_ns=0,
        client=number,
        action=action,
        local=local,
        remote=remote,
        data=data,
        error=constant(ERRNO, error) if error else None,
    )


def _ends(there: socket.socket) -> tuple[SocketAddress | None, SocketAddress | None]:
    local = remote = None
    try:
        local = socket_address(there.family, there.getsockname())
        remote = socket_address(there.family, there.getpeername())
    except OSError:
        pass  # not, or no longer, connected: then there is no far end
    return local, remote


def _reachable(server: SocketAddress) -> tuple[SocketAddress, ...]:
    """Return where to connect to reach ``server``, best first.

    Raises:
        CaptureError: It is neither a loopback address, nor a wildcard, nor a unix socket.
    """
    if server.family == "AF_UNIX":
        return (server,)
    try:
        host = ipaddress.ip_address(server.host)
    except ValueError:
        raise CaptureError(_refusal(server)) from None
    mapped = host.ipv4_mapped if isinstance(host, ipaddress.IPv6Address) else None
    if (mapped or host).is_loopback:
        return (server,)
    if not (mapped or host).is_unspecified:
        raise CaptureError(_refusal(server))
    # A wildcard takes what comes by loopback too. One of IPv6 is reached by ::1 whether or not
    # it is IPV6_V6ONLY; by 127.0.0.1 only where this machine has no IPv6 on its loopback.
    fourth = SocketAddress("AF_INET", host="127.0.0.1", port=server.port)
    if host.version == 4 or mapped:
        return (fourth,)
    return (SocketAddress("AF_INET6", host="::1", port=server.port), fourth)


def _refusal(server: SocketAddress) -> str:
    return (
        f"The client does not connect to {server.host!a}: let the server listen on a loopback "
        f"address, such as 127.0.0.1:0."
    )


def _dial(remote: SocketAddress) -> tuple[socket.socket | None, int]:
    """Connect; return the socket, None if it is of no use, and the errno, 0 for none."""
    family = {"AF_INET": socket.AF_INET, "AF_INET6": socket.AF_INET6}.get(
        remote.family, socket.AF_UNIX
    )
    target: object = (remote.host, remote.port)
    if family == socket.AF_UNIX:
        target = remote.path
    elif family == socket.AF_INET6:
        target = (remote.host, remote.port, remote.flowinfo, remote.scope_id)
    try:
        there = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        return None, error.errno or errno.EIO
    there.setblocking(False)
    try:
        error_number = there.connect_ex(target)  # type: ignore[arg-type]
    except OSError:  # a path too long for sun_path, unix(7)
        error_number = errno.EINVAL
    if error_number == errno.EINPROGRESS:
        error_number = _finish(there)
    if error_number in (0, errno.EINPROGRESS):
        # Still in progress: the kernel goes on sending SYN, and the queue may yet have room.
        return there, error_number
    there.close()
    return None, error_number


def _finish(there: socket.socket) -> int:
    # By loopback the handshake is over before connect returns, unless the SYN was dropped,
    # which happens when the accept queue is full; the kernel repeats it after a second.
    poll = select.poll()
    poll.register(there, select.POLLOUT)
    if not poll.poll(CONNECT_SECONDS * 1000):
        return errno.EINPROGRESS
    return there.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
