"""net/tcpsock.go: TCP listeners and connections."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.errors import OpError, RaisedError
from walkthrough.capture.instrumented.net import tcpsock_posix, tcpsock_unix
from walkthrough.capture.instrumented.net.net import Conn
from walkthrough.capture.instrumented.net.rawconn import RawConn
from walkthrough.capture.instrumented.net.tcpsockopt_posix import set_no_delay
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Value

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.net.fd_unix import NetFD
    from walkthrough.capture.instrumented.net.ipaddr import Addr


class TCPConn(Conn):
    """A connection: ``net.TCPConn``."""

    go_type = "*net.TCPConn"


@traced("net.newTCPConn")
def new_tcp_conn(fd: NetFD, keep_alive_idle: int) -> TCPConn:
    """Make a connection of a descriptor: no Nagle, keep-alive on; if that fails, without.

    Args:
        fd: The descriptor.
        keep_alive_idle: Nanoseconds; 0: Go's default, below 0: no keep-alive.
    """
    with suppress(RaisedError):
        set_no_delay(fd, True)
    c = TCPConn(fd)
    if keep_alive_idle >= 0:
        config = tcpsock_unix.KeepAliveConfig(enable=True, idle=keep_alive_idle)
        with suppress(RaisedError):
            tcpsock_unix.set_keep_alive_config(c, config)
    return c


class TCPListener:
    """A listener: ``net.TCPListener``.

    Args:
        fd: Its socket.
        keep_alive: ``ListenConfig.KeepAlive``: what every connection will have, see `new_tcp_conn`.
    """

    def __init__(self, fd: NetFD, keep_alive: int) -> None:
        self.fd = fd
        self.keep_alive = keep_alive

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*net.TCPListener", {"fd": self.fd.described()})

    def addr(self) -> Addr | None:
        """Return the address it listens on, as the kernel gave it."""
        return self.fd.laddr

    def syscall_conn(self) -> RawConn:
        """Return the socket itself, for calls that Go does not offer."""
        return RawConn(self.fd)

    @traced("net.(*TCPListener).Accept")
    async def accept(self) -> TCPConn:
        """Return the next connection; the goroutine sleeps until there is one.

        Raises:
            OpError: It failed, the listener was closed, or its deadline has passed.
        """
        try:
            return await tcpsock_posix.accept(self)
        except RaisedError as err:
            raise OpError("accept", self.fd.net, None, self.fd.laddr, err) from None

    @traced("net.(*TCPListener).Close")
    async def close(self) -> None:
        """Stop listening. Connections accepted before live on."""
        try:
            await self.fd.close()
        except RaisedError as err:
            raise OpError("close", self.fd.net, None, self.fd.laddr, err) from None

    @traced("net.(*TCPListener).SetDeadline")
    def set_deadline(self, t: int) -> None:
        """Let `accept` wait until ``t`` by `nanotime`, and no longer."""
        try:
            self.fd.set_deadline(t)
        except RaisedError as err:
            raise OpError("set", self.fd.net, None, self.fd.laddr, err) from None
