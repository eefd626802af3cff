"""net/tcpsock_posix.go: TCP on systems with sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.net import tcpsock
from walkthrough.capture.instrumented.net.ipsock_posix import internet_socket
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.net.dial import SysListener
    from walkthrough.capture.instrumented.net.tcpaddr import TCPAddr


@traced("net.(*TCPListener).accept")
async def accept(ln: tcpsock.TCPListener) -> tcpsock.TCPConn:
    """Accept a descriptor and make a connection of it."""
    fd = await ln.fd.accept()
    return tcpsock.new_tcp_conn(fd)


@traced("net.(*sysListener).listenTCPProto")
def listen_tcp_proto(sl: SysListener, laddr: TCPAddr, proto: int) -> tcpsock.TCPListener:
    """Open a listening socket; ``proto`` 0 leaves the choice to the kernel: plain TCP."""
    fd = internet_socket(sl.network, laddr, None, syscall.SOCK_STREAM, proto, "listen")
    return tcpsock.TCPListener(fd)
