"""The scripted clients: they connect to the server and talk to it, one action after another.

They run on the session's thread, on non-blocking sockets, so that a client can act while the
server is halted. They talk to loopback addresses and unix sockets only.
"""

import contextlib
import errno
import resource
import select
import socket
import struct
from collections.abc import Callable
from typing import Any

from walkthrough.capture.addresses import socket_address
from walkthrough.capture.clients.dialling import HandshakeTimeout, allow_replies, dial, reachable
from walkthrough.capture.clients.endpoints import Endpoint
from walkthrough.capture.errors import CaptureError
from walkthrough.i18n.messages import message
from walkthrough.model.events import ClientActed
from walkthrough.model.linux.constants import ERRNO, constant
from walkthrough.model.protocol import ActCommand
from walkthrough.model.values import SocketAddress

MOST_CLIENTS = 16384
SPARE_DESCRIPTORS = 64
"""Descriptors reserved for ourselves: without them the kernel could not be observed."""
RECEIVE_BYTES = 1 << 16
_LINGER_NOT = struct.pack("@ii", 1, 0)  # struct linger: on, for 0 seconds, socket(7)


class Clients:
    """All clients of one server, numbered from 1. Belongs to one thread.

    A network failure is not an exception but the event's ``error``: that a client is refused
    is as much a fact as that it is accepted.

    Args:
        endpoint: Returns the address of the server's n-th listener at each connect; None if it has
            none.
        neighbour: The socket whose connections ``accept`` takes.
    """

    def __init__(
        self,
        endpoint: Callable[[int], Endpoint | None],
        neighbour: socket.socket | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._neighbour = neighbour
        self._open: dict[int, socket.socket] = {}
        self._newest = 0
        self._numbers: set[int] = set()  # that have been used
        self._old_limit: tuple[int, int] | None = None

    def close(self) -> None:
        """Close every client and restore the limit of descriptors. Idempotent.

        With RST, since nobody watches any more, and thousands of connections in TIME_WAIT would
        stay behind for a minute.
        """
        for there in self._open.values():
            _close_with_reset(there)
        self._open.clear()
        if self._old_limit is not None:
            resource.setrlimit(resource.RLIMIT_NOFILE, self._old_limit)
            self._old_limit = None

    def room(self) -> int:
        """Return how many more clients there may be, by RLIMIT_NOFILE and `MOST_CLIENTS`."""
        return max(0, min(MOST_CLIENTS, allowed_clients()) - len(self._open))

    def has(self, number: int) -> bool:
        """Return whether client ``number`` has a connection, or tries to get one."""
        return number in self._open

    def unused(self, number: int) -> int:
        """Return ``number`` if no client has had it yet, else the next that none has had."""
        return self._newest + 1 if number in self._numbers else number

    def act(self, act: ActCommand, patience: HandshakeTimeout | None = None) -> ClientActed:
        """Let a client act, without blocking for longer than ``patience`` allows.

        Client 0 is, for ``connect`` and ``accept``, a new one, and else the newest that is open. A
        number is used up once a client has come to exist: it tried to connect, or was accepted.
        Acting without a connection gives ``ENOTCONN`` (under number 1 if there never was a
        client).

        Returns:
            What happened, with ``seq`` -1 and ``time_ns`` 0, which the session sets. ``receive``
            at the end of the stream has no data and no error; if nothing has come yet its error
            is ``EAGAIN``, as is that of ``accept``. ``send`` holds the bytes that were sent, with
            ``EAGAIN`` if not all did.

        Raises:
            CaptureError: There is no such action, or the server is not on this machine.
        """
        if act.action in ("connect", "accept"):
            return self._begin(act, patience or HandshakeTimeout())
        number = act.client or next(reversed(self._open), 0) or self._newest or 1
        does = {
            "send": self._send,
            "receive": self._receive,
            "half-close": self._half_close,
            "allow-replies": self._allow_replies,
            "close": self._close,
            "reset": self._reset,
        }.get(act.action)
        if does is None:
            raise CaptureError(
                message(
                    "{action} is nothing a client can do: use connect, accept, send, receive, "
                    "half-close, allow-replies, close or reset.",
                    action=ascii(act.action),
                )
            )
        there = self._open.get(number)
        if there is None:
            return _acted(number, act.action, error=errno.ENOTCONN)
        local, remote = _ends(there)
        data, error = does(number, there, act.data)
        return _acted(number, act.action, local, remote, data, error)

    def ready(self, action: str, client: int, least: int) -> bool:
        """Return whether ``receive`` or ``accept`` would succeed.

        Args:
            action: What is to be done; anything else is always ready.
            client: Who.
            least: For receive: how many bytes have to be there, unless the stream has ended.
        """
        if action == "accept":
            return self._neighbour is None or bool(_events(self._neighbour))
        there = self._open.get(client)
        if action != "receive" or there is None:
            return True
        events = _events(there)
        if events & ~select.POLLIN:
            return True  # the end or an error, which peeking at the data would consume
        with contextlib.suppress(OSError):
            return bool(events) and len(there.recv(RECEIVE_BYTES, socket.MSG_PEEK)) >= least
        return True

    def _begin(self, act: ActCommand, patience: HandshakeTimeout) -> ClientActed:
        number = act.client or self._newest + 1
        if number in self._open:
            return _acted(number, act.action, *_ends(self._open[number]), error=errno.EISCONN)
        self._allow_for_one_more()
        if self.room() == 0:
            return _acted(number, act.action, error=errno.EMFILE)
        if act.action == "accept":
            return self._accept(number)
        return self._connect(number, act, patience)

    def _connect(self, number: int, act: ActCommand, patience: HandshakeTimeout) -> ClientActed:
        server = self._endpoint(act.listener)
        if server is None:
            return _acted(number, act.action, error=errno.EDESTADDRREQ)
        self._use(number)
        remote, error = server.address, errno.EAFNOSUPPORT
        for remote in reachable(server.address, act.to):
            there, error = dial(Endpoint(remote, server.type), patience, act.drop_replies)
            if there is not None:
                self._open[number] = there
                local, _ = _ends(there)
                return _acted(number, act.action, local, remote, error=error)
            if error not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                break
        return _acted(number, act.action, remote=remote, error=error)

    def _accept(self, number: int) -> ClientActed:
        if self._neighbour is None:
            return _acted(number, "accept", error=errno.EINVAL)
        try:
            there = _take(self._neighbour)
        except OSError as error:
            return _acted(number, "accept", error=error.errno or errno.EIO)
        self._use(number)
        self._open[number] = there
        return _acted(number, "accept", *_ends(there))

    def _use(self, number: int) -> None:
        self._newest = max(self._newest, number)
        self._numbers.add(number)

    def _allow_for_one_more(self) -> None:
        """Raise our own limit of descriptors as far as allowed once it would be exceeded."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < hard and len(self._open) >= soft - SPARE_DESCRIPTORS:
            self._old_limit = self._old_limit or (soft, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

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

    def _allow_replies(self, _: int, there: socket.socket, __: bytes) -> tuple[bytes, int]:
        try:
            allow_replies(there)
        except OSError as error:
            return b"", error.errno or errno.EIO
        return b"", 0

    def _close(self, number: int, there: socket.socket, _: bytes) -> tuple[bytes, int]:
        del self._open[number]
        there.close()
        return b"", 0

    def _reset(self, number: int, there: socket.socket, _: bytes) -> tuple[bytes, int]:
        del self._open[number]
        _close_with_reset(there)
        return b"", 0


def allowed_clients() -> int:
    """Return how many clients RLIMIT_NOFILE allows, once raised as far as allowed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return MOST_CLIENTS
    return max(1, hard - SPARE_DESCRIPTORS)


def _take(neighbour: socket.socket) -> socket.socket:
    """Accept the server's connection to the neighbour, as a separate socket."""
    if neighbour.type == socket.SOCK_STREAM:
        there, _ = neighbour.accept()
        there.setblocking(False)
        return there
    # Datagrams make no connection: the first one shows who the peer is.
    sender: Any
    _, sender = neighbour.recvfrom(1, socket.MSG_PEEK)
    there = neighbour.dup()
    there.setblocking(False)
    try:
        there.connect(sender)
    except OSError:
        there.close()
        raise
    return there


def _close_with_reset(there: socket.socket) -> None:
    with contextlib.suppress(OSError):  # a unix socket has no RST to send
        there.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    there.close()


def _events(there: socket.socket) -> int:
    """Return what poll(2) says about it now: readable, at its end, an error."""
    poll = select.poll()
    poll.register(there, select.POLLIN | select.POLLRDHUP)
    return next((events for _, events in poll.poll(0)), 0)


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
