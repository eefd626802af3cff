"""net/tcpsock_posix.go: TCP on systems with sockets."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.errors import RaisedError
from walkthrough.capture.instrumented.net import tcpsock
from walkthrough.capture.instrumented.net.ipsock_posix import internet_socket
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.net.dial import SysDialer, SysListener
    from walkthrough.capture.instrumented.net.fd_unix import NetFD
    from walkthrough.capture.instrumented.net.ipaddr import TCPAddr

_EADDRNOTAVAIL = 99


@traced("net.(*sysDialer).dialTCP")
async def dial_tcp(sd: SysDialer, laddr: TCPAddr | None, raddr: TCPAddr) -> tcpsock.TCPConn:
    """Connect to ``raddr``."""
    return await do_dial_tcp_proto(sd, laddr, raddr, 0)


@traced("net.(*sysDialer).doDialTCPProto")
async def do_dial_tcp_proto(
    sd: SysDialer, laddr: TCPAddr | None, raddr: TCPAddr, proto: int
) -> tcpsock.TCPConn:
    """Connect to ``raddr``; ``proto`` 0 leaves the choice to the kernel: plain TCP.

    When the kernel chooses our port it may choose the very one that is dialled, and connect the
    socket to itself, or one that is taken. Then it is tried again, twice at most.
    """
    for again in (True, True, False):
        try:
            fd = await internet_socket(
                sd.network, laddr, raddr, syscall.SOCK_STREAM, proto, "dial", None
            )
        except RaisedError as err:
            if not (again and laddr is None and err.number == _EADDRNOTAVAIL):
                raise
        else:
            if not (again and laddr is None and _self_connect(fd)):
                break
            with suppress(RaisedError):
                await fd.close()
    return tcpsock.new_tcp_conn(fd, 0)


def _self_connect(fd: NetFD) -> bool:
    return fd.laddr is None or fd.raddr is None or str(fd.laddr) == str(fd.raddr)


@traced("net.(*TCPListener).accept")
async def accept(ln: tcpsock.TCPListener) -> tcpsock.TCPConn:
    """Accept a descriptor and make a connection of it."""
    fd = await ln.fd.accept()
    return tcpsock.new_tcp_conn(fd, ln.keep_alive)


@traced("net.(*sysListener).listenTCPProto")
async def listen_tcp_proto(sl: SysListener, laddr: TCPAddr, proto: int) -> tcpsock.TCPListener:
    """Open a listening socket; ``proto`` 0 leaves the choice to the kernel: plain TCP."""
    fd = await internet_socket(
        sl.network, laddr, None, syscall.SOCK_STREAM, proto, "listen", sl.config.control
    )
    return tcpsock.TCPListener(fd, sl.config.keep_alive)
