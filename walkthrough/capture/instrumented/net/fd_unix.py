"""net/fd_unix.go, fd_posix.go: package net's descriptor, a poll.FD with addresses."""

from __future__ import annotations

from contextlib import suppress

from walkthrough.capture.instrumented.errors import Errno, RaisedError, SyscallError, named
from walkthrough.capture.instrumented.internal_poll.fd_unix import FD
from walkthrough.capture.instrumented.net.ipaddr import Addr, sockaddr_to_tcp, sockaddr_to_udp
from walkthrough.capture.instrumented.net.unixaddr import sockaddr_to_unix
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced
from walkthrough.model.values import Fields, Text, Value

_UNDER_WAY = ("EINPROGRESS", "EALREADY", "EINTR")


class NetFD:
    """A socket: ``net.netFD``.

    Args:
        sysfd: Its descriptor.
        family: ``AF_INET``, ``AF_INET6`` or ``AF_UNIX``, as a number.
        sotype: ``SOCK_STREAM`` or ``SOCK_DGRAM``, as a number.
        net: The network's name.
    """

    def __init__(self, sysfd: int, family: int, sotype: int, net: str) -> None:
        self.pfd = FD(sysfd, zero_read_is_eof=sotype != syscall.SOCK_DGRAM)
        self.family = family
        self.sotype = sotype
        self.net = net
        self.laddr: Addr | None = None
        self.raddr: Addr | None = None

    def described(self) -> Value:
        """Return it as a value."""
        return Fields("*net.netFD", {"Sysfd": self.pfd.sysfd, "net": Text(self.net)})

    def init(self) -> None:
        """Register it with the poller."""
        self.pfd.init(True)

    def addr_of(self, sa: syscall.Sockaddr | None) -> Addr | None:
        """Return the kernel's address as one of this socket's network."""
        if self.family == syscall.AF_UNIX:
            return sockaddr_to_unix(sa)
        return sockaddr_to_udp(sa) if self.sotype == syscall.SOCK_DGRAM else sockaddr_to_tcp(sa)

    def set_addr(self, laddr: Addr | None, raddr: Addr | None) -> None:
        """Note both ends' addresses."""
        self.laddr, self.raddr = laddr, raddr

    @traced("net.(*netFD).connect")
    async def connect(
        self, la: syscall.Sockaddr | None, ra: syscall.Sockaddr
    ) -> syscall.Sockaddr | None:
        """Connect the socket to ``ra``; meanwhile the goroutine sleeps.

        Returns:
            The other end's address if the kernel was asked for it.
        """
        try:
            syscall.connect(self.pfd.sysfd, ra)
        except Errno as err:
            # That it is in progress is reported as an error, but is none.
            if err.name not in (*_UNDER_WAY, "EISCONN"):
                raise SyscallError("connect", err) from None
            connected = err.name == "EISCONN"
        else:
            connected = True
        self.pfd.init(True)
        while not connected:
            # The socket is writable as soon as the outcome is known; SO_ERROR has it.
            await self.pfd.wait_write()
            with named("getsockopt"):
                nerr = syscall.getsockopt_int(self.pfd.sysfd, syscall.SOL_SOCKET, syscall.SO_ERROR)
            if nerr == 0:
                # The poller may wake spuriously: only a peer proves that there is a connection.
                with suppress(Errno):
                    return syscall.getpeername(self.pfd.sysfd)
            elif Errno(nerr).name == "EISCONN":
                connected = True
            elif Errno(nerr).name not in _UNDER_WAY:
                raise SyscallError("connect", Errno(nerr))
        return None

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
            await netfd.close()
            raise
        lsa = None
        with suppress(Errno):
            lsa = syscall.getsockname(netfd.pfd.sysfd)
        netfd.set_addr(self.addr_of(lsa), self.addr_of(rsa))
        return netfd

    async def read(self, p: bytearray) -> int:
        """Read into ``p``."""
        with named("read"):
            return await self.pfd.read(p)

    async def read_from(self, p: bytearray) -> tuple[int, syscall.Sockaddr]:
        """Receive a datagram into ``p``."""
        with named("recvfrom"):
            if self.family == syscall.AF_INET6:
                return await self.pfd.read_from_inet6(p)
            return await self.pfd.read_from_inet4(p)

    async def write(self, p: bytes) -> int:
        """Write all of ``p``."""
        with named("write"):
            return await self.pfd.write(p)

    async def write_to(self, p: bytes, sa: syscall.Sockaddr) -> int:
        """Send ``p`` as one datagram."""
        with named("sendto"):
            if self.family == syscall.AF_INET6:
                return await self.pfd.write_to_inet6(p, sa)
            return await self.pfd.write_to_inet4(p, sa)

    def set_deadline(self, t: int) -> None:
        """Let all that waits for the socket end at ``t``."""
        self.pfd.set_deadline(t)

    async def close(self) -> None:
        """Close it."""
        await self.pfd.close()
