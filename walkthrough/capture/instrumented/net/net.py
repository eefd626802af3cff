"""net/net.go: what the whole package shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.errors import EndOfFile, OpError, RaisedError
from walkthrough.capture.instrumented.net.sock_linux import max_listener_backlog
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Value

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.net.fd_unix import NetFD
    from walkthrough.capture.instrumented.net.ipaddr import Addr

_cached: int | None = None


@traced("net.listenerBacklog")
def listener_backlog() -> int:
    """Return the backlog for listen(2). It is looked up once in a process."""
    global _cached
    if _cached is None:
        _cached = max_listener_backlog()
    return _cached


class Conn:
    """What every connection is: ``net.conn``."""

    go_type = "*net.conn"

    def __init__(self, fd: NetFD) -> None:
        self.fd = fd

    def described(self) -> Value:
        """Return it as a value."""
        return Fields(self.go_type, {"fd": self.fd.described()})

    def local_addr(self) -> Addr | None:
        """Return our own end's address."""
        return self.fd.laddr

    def remote_addr(self) -> Addr | None:
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

    async def write(self, b: bytes) -> int:
        """Write all of ``b``; return its length.

        Raises:
            OpError: Writing failed.
        """
        try:
            return await self.fd.write(b)
        except RaisedError as err:
            raise OpError("write", self.fd.net, self.fd.laddr, self.fd.raddr, err) from None

    @traced("net.(*conn).Close")
    async def close(self) -> None:
        """Close it."""
        try:
            await self.fd.close()
        except RaisedError as err:
            raise OpError("close", self.fd.net, self.fd.laddr, self.fd.raddr, err) from None
