"""net/tcpsock.go: TCP listeners and connections."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.errors import EndOfFile, OpError, RaisedError
from walkthrough.capture.instrumented.net import tcpsock_posix, tcpsock_unix
from walkthrough.capture.instrumented.net.tcpsockopt_posix import set_no_delay
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Value

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.net.fd_unix import NetFD
    from walkthrough.capture.instrumented.net.tcpaddr import TCPAddr


class TCPConn:
    """A connection: ``net.TCPConn``, and the ``net.conn`` in it."""

    def __init__(self, fd: NetFD) -> None:
        self.fd = fd

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*net.TCPConn", {"fd": self.fd.described()})

    def remote_addr(self) -> TCPAddr | None:
        """Return the other end's address."""
        return self.fd.raddr

    async def read(self, b: bytearray) -> int:
        """Read into ``b``; return how many bytes came.

        Raises:
            EndOfFile: The other end will send no more.
            OpError: Reading failed.
        """
        try:
            return await self.fd.read(b)
        except EndOfFile:
            raise
        except RaisedError as err:
            raise OpError("read", self.fd.net, self.fd.laddr, self.fd.raddr, err) from None

    @traced("net.(*conn).Close")
    def close(self) -> None:
        """Close it."""
        try:
            self.fd.close()
        except RaisedError as err:
            raise OpError("close", self.fd.net, self.fd.laddr, self.fd.raddr, err) from None


@traced("net.newTCPConn")
def new_tcp_conn(fd: NetFD) -> TCPConn:
    """Make a connection of a descriptor: no Nagle, keep-alive on; if that fails, without."""
    with suppress(RaisedError):
        set_no_delay(fd, True)
    c = TCPConn(fd)
    with suppress(RaisedError):
        tcpsock_unix.set_keep_alive_config(c, tcpsock_unix.KeepAliveConfig(enable=True))
    return c


class TCPListener:
    """A listener: ``net.TCPListener``."""

    def __init__(self, fd: NetFD) -> None:
        self.fd = fd

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*net.TCPListener", {"fd": self.fd.described()})

    def addr(self) -> TCPAddr | None:
        """Return the address it listens on, as the kernel gave it."""
        return self.fd.laddr

    @traced("net.(*TCPListener).Accept")
    async def accept(self) -> TCPConn:
        """Return the next connection; the goroutine sleeps until there is one.

        Raises:
            OpError: It failed, or the listener was closed.
        """
        try:
            return await tcpsock_posix.accept(self)
        except RaisedError as err:
            raise OpError("accept", self.fd.net, None, self.fd.laddr, err) from None

    @traced("net.(*TCPListener).Close")
    def close(self) -> None:
        """Stop listening. Connections accepted before live on."""
        try:
            self.fd.close()
        except RaisedError as err:
            raise OpError("close", self.fd.net, None, self.fd.laddr, err) from None
