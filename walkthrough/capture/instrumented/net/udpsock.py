"""net/udpsock.go, udpsock_posix.go: datagrams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.errors import OpError, RaisedError
from walkthrough.capture.instrumented.net.ipaddr import UDPAddr, sockaddr_to_udp
from walkthrough.capture.instrumented.net.ipsock_posix import internet_socket
from walkthrough.capture.instrumented.net.net import Conn
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.net.dial import SysDialer, SysListener


class UDPConn(Conn):
    """A socket for datagrams: ``net.UDPConn``. It has no connection unless it was dialled."""

    go_type = "*net.UDPConn"

    @traced("net.(*UDPConn).ReadFrom")
    async def read_from(self, b: bytearray) -> tuple[int, UDPAddr | None]:
        """Receive the next datagram into ``b``; the goroutine sleeps until one comes.

        Returns:
            How many bytes it had, and who sent it.

        Raises:
            OpError: Receiving failed.
        """
        try:
            n, sa = await self.fd.read_from(b)
        except RaisedError as err:
            raise OpError("read", self.fd.net, self.fd.laddr, self.fd.raddr, err) from None
        return n, sockaddr_to_udp(sa)

    @traced("net.(*UDPConn).WriteTo")
    async def write_to(self, b: bytes, addr: UDPAddr) -> int:
        """Send ``b`` to ``addr`` as one datagram; return its length.

        Raises:
            OpError: Sending failed.
        """
        try:
            return await self.fd.write_to(b, addr.sockaddr(self.fd.family))
        except RaisedError as err:
            raise OpError("write", self.fd.net, self.fd.laddr, addr, err) from None


@traced("net.(*sysListener).listenUDP")
async def listen_udp(sl: SysListener, laddr: UDPAddr) -> UDPConn:
    """Open a socket that receives what is sent to ``laddr``."""
    fd = await internet_socket(
        sl.network, laddr, None, syscall.SOCK_DGRAM, 0, "listen", sl.config.control
    )
    return UDPConn(fd)


@traced("net.(*sysDialer).dialUDP")
async def dial_udp(sd: SysDialer, laddr: UDPAddr | None, raddr: UDPAddr) -> UDPConn:
    """Open a socket that talks to ``raddr`` alone; nothing is sent for that."""
    fd = await internet_socket(sd.network, laddr, raddr, syscall.SOCK_DGRAM, 0, "dial", None)
    return UDPConn(fd)
