"""net/sock_posix.go: from a family and an address to a listening socket."""

from contextlib import suppress

from walkthrough.capture.instrumented.errors import Errno, RaisedError, named
from walkthrough.capture.instrumented.net.fd_unix import NetFD
from walkthrough.capture.instrumented.net.net import listener_backlog
from walkthrough.capture.instrumented.net.sock_cloexec import sys_socket
from walkthrough.capture.instrumented.net.sockopt_linux import (
    set_default_listener_sockopts,
    set_default_sockopts,
)
from walkthrough.capture.instrumented.net.tcpaddr import (
    TCPAddr,
    ip_to_sockaddr,
    sockaddr_to_tcp,
)
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced


@traced("net.socket")
def socket(
    net: str,
    family: int,
    sotype: int,
    proto: int,
    ipv6only: bool,
    laddr: TCPAddr | None,
    raddr: TCPAddr | None,
) -> NetFD:
    """Return a socket that listens on ``laddr``. Go's also dials, when there is a ``raddr``."""
    s = sys_socket(family, sotype, proto)
    try:
        set_default_sockopts(s, family, sotype, ipv6only)
    except RaisedError:
        syscall.close(s)
        raise
    fd = NetFD(s, family, sotype, net)
    try:
        # The backlog is an argument, so it is looked up before anything is bound.
        listen_stream(fd, laddr, listener_backlog())
    except RaisedError:
        fd.close()
        raise
    return fd


@traced("net.(*netFD).listenStream")
def listen_stream(fd: NetFD, laddr: TCPAddr | None, backlog: int) -> None:
    """Bind the socket, have it listen, and have the poller watch it: in this order.

    Once `listen` has returned the kernel completes handshakes on its own, accept or no accept.
    """
    set_default_listener_sockopts(fd.pfd.sysfd)
    lsa = ip_to_sockaddr(fd.family, laddr)
    with named("bind"):
        syscall.bind(fd.pfd.sysfd, lsa)
    with named("listen"):
        syscall.listen(fd.pfd.sysfd, backlog)
    fd.init()
    bound = None
    with suppress(Errno):
        bound = syscall.getsockname(fd.pfd.sysfd)
    fd.set_addr(sockaddr_to_tcp(bound), None)
