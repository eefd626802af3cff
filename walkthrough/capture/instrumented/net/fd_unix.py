"""net/fd_unix.go, fd_posix.go: package net's descriptor, a poll.FD with addresses."""

from __future__ import annotations

from contextlib import suppress

from walkthrough.capture.instrumented.errors import Errno, RaisedError, SyscallError
from walkthrough.capture.instrumented.internal_poll.fd_unix import FD
from walkthrough.capture.instrumented.net.tcpaddr import TCPAddr, sockaddr_to_tcp
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Text, Value


class NetFD:
    """A socket: ``net.netFD``.

    Args:
        sysfd: Its descriptor.
        family: ``AF_INET`` or ``AF_INET6``, as a number.
        sotype: ``SOCK_STREAM``, as a number.
        net: The network's name.
    """

    def __init__(self, sysfd: int, family: int, sotype: int, net: str) -> None:
        self.pfd = FD(sysfd)
        self.family = family
        self.sotype = sotype
        self.net = net
        self.laddr: TCPAddr | None = None
        self.raddr: TCPAddr | None = None

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*net.netFD", {"Sysfd": self.pfd.sysfd, "net": Text(self.net)})

    def init(self) -> None:
        """Register it with the poller."""
        self.pfd.init(True)

    def set_addr(self, laddr: TCPAddr | None, raddr: TCPAddr | None) -> None:
        """Note both ends' addresses."""
        self.laddr, self.raddr = laddr, raddr

    @traced("net.(*netFD).accept")
    async def accept(self) -> NetFD:
        """Return the next connection's descriptor, registered with the poller on its own."""
        try:
            d, rsa = await self.pfd.accept()
        except Errno as err:
            raise SyscallError("accept4", err) from None
        netfd = NetFD(d, self.family, self.sotype, self.net)
        try:
            netfd.init()
        except RaisedError:
            netfd.close()
            raise
        lsa = None
        with suppress(Errno):
            lsa = syscall.getsockname(netfd.pfd.sysfd)
        netfd.set_addr(sockaddr_to_tcp(lsa), sockaddr_to_tcp(rsa))
        return netfd

    async def read(self, p: bytearray) -> int:
        """Read into ``p``."""
        try:
            return await self.pfd.read(p)
        except Errno as err:
            raise SyscallError("read", err) from None

    def close(self) -> None:
        """Close it."""
        self.pfd.close()
