"""net/sock_posix.go: from a family and addresses to a socket that listens, or is connected."""

from __future__ import annotations

from contextlib import suppress

from walkthrough.capture.instrumented.errors import Errno, RaisedError, named
from walkthrough.capture.instrumented.net.fd_unix import NetFD
from walkthrough.capture.instrumented.net.ipaddr import Addr
from walkthrough.capture.instrumented.net.net import listener_backlog
from walkthrough.capture.instrumented.net.rawconn import ControlFn, RawConn
from walkthrough.capture.instrumented.net.sock_cloexec import sys_socket
from walkthrough.capture.instrumented.net.sockopt_linux import (
    set_default_listener_sockopts,
    set_default_sockopts,
)
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced


@traced("net.socket")
async def socket(
    net: str,
    family: int,
    sotype: int,
    proto: int,
    ipv6only: bool,
    laddr: Addr | None,
    raddr: Addr | None,
    ctrl_fn: ControlFn | None,
) -> NetFD:
    """Return a socket: one that listens if there is only a ``laddr``, else one that dials."""
    s = sys_socket(family, sotype, proto)
    try:
        set_default_sockopts(s, family, sotype, ipv6only)
    except RaisedError:
        with suppress(Errno):
            syscall.close(s)
        raise
    fd = NetFD(s, family, sotype, net)
    try:
        if laddr is not None and raddr is None and sotype == syscall.SOCK_STREAM:
            # The backlog is an argument, so it is looked up before anything is bound.
            listen_stream(fd, laddr, listener_backlog(), ctrl_fn)
        elif laddr is not None and raddr is None:
            listen_datagram(fd, laddr, ctrl_fn)
        else:
            await dial(fd, laddr, raddr, ctrl_fn)
    except RaisedError:
        with suppress(RaisedError):
            await fd.close()
        raise
    return fd


@traced("net.(*netFD).dial")
async def dial(
    fd: NetFD, laddr: Addr | None, raddr: Addr | None, ctrl_fn: ControlFn | None
) -> None:
    """Connect the socket to ``raddr``; bind it to ``laddr`` before, if there is one."""
    if ctrl_fn is not None:
        ctrl_fn(_ctrl_network(fd), str(raddr or laddr), RawConn(fd))
    lsa = None
    if laddr is not None:
        lsa = laddr.sockaddr(fd.family)
        with named("bind"):
            syscall.bind(fd.pfd.sysfd, lsa)
    crsa = None
    if raddr is not None:
        rsa = raddr.sockaddr(fd.family)
        crsa = await fd.connect(lsa, rsa)
    else:
        fd.init()
    bound = None
    with suppress(Errno):
        bound = syscall.getsockname(fd.pfd.sysfd)
    if crsa is None:
        with suppress(Errno):
            crsa = syscall.getpeername(fd.pfd.sysfd)
    fd.set_addr(fd.addr_of(bound), fd.addr_of(crsa) or raddr)


@traced("net.(*netFD).listenStream")
def listen_stream(fd: NetFD, laddr: Addr, backlog: int, ctrl_fn: ControlFn | None) -> None:
    """Bind the socket, make it listen, and register it with the poller: in this order.

    Once `listen` has returned the kernel completes handshakes on its own, accept or no accept.
    """
    set_default_listener_sockopts(fd.pfd.sysfd)
    lsa = laddr.sockaddr(fd.family)
    if ctrl_fn is not None:
        ctrl_fn(_ctrl_network(fd), str(laddr), RawConn(fd))
    with named("bind"):
        syscall.bind(fd.pfd.sysfd, lsa)
    with named("listen"):
        syscall.listen(fd.pfd.sysfd, backlog)
    fd.init()
    bound = None
    with suppress(Errno):
        bound = syscall.getsockname(fd.pfd.sysfd)
    fd.set_addr(fd.addr_of(bound), None)


@traced("net.(*netFD).listenDatagram")
def listen_datagram(fd: NetFD, laddr: Addr, ctrl_fn: ControlFn | None) -> None:
    """Bind the socket, and register it with the poller: datagrams arrive at its address."""
    lsa = laddr.sockaddr(fd.family)
    if ctrl_fn is not None:
        ctrl_fn(_ctrl_network(fd), str(laddr), RawConn(fd))
    with named("bind"):
        syscall.bind(fd.pfd.sysfd, lsa)
    fd.init()
    bound = None
    with suppress(Errno):
        bound = syscall.getsockname(fd.pfd.sysfd)
    fd.set_addr(fd.addr_of(bound), None)


def _ctrl_network(fd: NetFD) -> str:
    """Return the network's name, the family always in it."""
    if fd.family == syscall.AF_UNIX or fd.net[-1] in "46":
        return fd.net
    return fd.net + ("4" if fd.family == syscall.AF_INET else "6")
