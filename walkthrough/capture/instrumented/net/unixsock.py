"""net/unixsock.go, unixsock_posix.go: Unix sockets, whose addresses are files."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.errors import (
    Errno,
    OpError,
    RaisedError,
    UnknownNetworkError,
)
from walkthrough.capture.instrumented.net import sock_posix
from walkthrough.capture.instrumented.net.net import Conn
from walkthrough.capture.instrumented.net.rawconn import ControlFn, RawConn
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Value

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.net.dial import SysDialer, SysListener
    from walkthrough.capture.instrumented.net.fd_unix import NetFD
    from walkthrough.capture.instrumented.net.ipaddr import Addr
    from walkthrough.capture.instrumented.net.unixaddr import UnixAddr


class UnixConn(Conn):
    """A connection: ``net.UnixConn``."""

    go_type = "*net.UnixConn"


class UnixListener:
    """A listener: ``net.UnixListener``."""

    def __init__(self, fd: NetFD, path: str) -> None:
        self.fd = fd
        self.path = path
        self.unlinked = False

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*net.UnixListener", {"fd": self.fd.described()})

    def addr(self) -> Addr | None:
        """Return the address it listens on."""
        return self.fd.laddr

    def syscall_conn(self) -> RawConn:
        """Return the socket itself, for calls that Go does not offer."""
        return RawConn(self.fd)

    @traced("net.(*UnixListener).Accept")
    async def accept(self) -> UnixConn:
        """Return the next connection; the goroutine sleeps until there is one.

        Raises:
            OpError: It failed, the listener was closed, or its deadline has passed.
        """
        try:
            return await accept(self)
        except RaisedError as err:
            raise OpError("accept", self.fd.net, None, self.fd.laddr, err) from None

    @traced("net.(*UnixListener).Close")
    async def close(self) -> None:
        """Stop listening, and remove the file: the kernel would leave it."""
        try:
            await close(self)
        except RaisedError as err:
            raise OpError("close", self.fd.net, None, self.fd.laddr, err) from None

    @traced("net.(*UnixListener).SetDeadline")
    def set_deadline(self, t: int) -> None:
        """Let `accept` wait until ``t`` by `nanotime`, and no longer."""
        try:
            self.fd.set_deadline(t)
        except RaisedError as err:
            raise OpError("set", self.fd.net, None, self.fd.laddr, err) from None

    @traced("net.(*UnixListener).close.func1")
    def unlink(self) -> None:
        """Remove the file; a name that begins with @ is not a file."""
        if not self.path.startswith("@"):
            with suppress(Errno):
                syscall.unlink(self.path)


@traced("net.(*UnixListener).accept")
async def accept(ln: UnixListener) -> UnixConn:
    """Accept a descriptor and make a connection of it; it has no options to set."""
    fd = await ln.fd.accept()
    return UnixConn(fd)


@traced("net.(*UnixListener).close")
async def close(ln: UnixListener) -> None:
    """Remove the file first, once: later clients find no file rather than no listener."""
    if not ln.unlinked:
        ln.unlinked = True
        ln.unlink()
    await ln.fd.close()


@traced("net.(*sysListener).listenUnix")
async def listen_unix(sl: SysListener, laddr: UnixAddr) -> UnixListener:
    """Open a listening socket."""
    fd = await unix_socket(sl.network, laddr, None, "listen", sl.config.control)
    return UnixListener(fd, str(fd.laddr))


@traced("net.(*sysDialer).dialUnix")
async def dial_unix(sd: SysDialer, laddr: UnixAddr | None, raddr: UnixAddr) -> UnixConn:
    """Connect to ``raddr``."""
    fd = await unix_socket(sd.network, laddr, raddr, "dial", None)
    return UnixConn(fd)


@traced("net.unixSocket")
async def unix_socket(
    net: str,
    laddr: UnixAddr | None,
    raddr: UnixAddr | None,
    mode: str,
    ctrl_fn: ControlFn | None,
) -> NetFD:
    """Open the socket; ``unix`` is the only network here, of streams."""
    if net != "unix":
        raise UnknownNetworkError(net)
    if mode == "dial" and (raddr is None or raddr.is_wildcard()):
        raise RaisedError("missing address")
    return await sock_posix.socket(
        net, syscall.AF_UNIX, syscall.SOCK_STREAM, 0, False, laddr, raddr, ctrl_fn
    )
