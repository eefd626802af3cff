"""net/sockopt_linux.go: the options that Go sets by itself."""

from contextlib import suppress

from walkthrough.capture.instrumented.errors import Errno, named
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced


@traced("net.setDefaultSockopts")
def set_default_sockopts(s: int, family: int, sotype: int, ipv6only: bool) -> None:
    """Set what every new socket gets. For an IPv4 stream socket that is nothing at all."""
    if family == syscall.AF_INET6 and sotype != syscall.SOCK_RAW:
        # Whether an IPv6 socket takes IPv4 too is the system's setting unless one says.
        with suppress(Errno):
            syscall.setsockopt_int(s, syscall.IPPROTO_IPV6, syscall.IPV6_V6ONLY, int(ipv6only))
    if sotype in (syscall.SOCK_DGRAM, syscall.SOCK_RAW) and family != syscall.AF_UNIX:
        with named("setsockopt"):
            syscall.setsockopt_int(s, syscall.SOL_SOCKET, syscall.SO_BROADCAST, 1)


@traced("net.setDefaultListenerSockopts")
def set_default_listener_sockopts(s: int) -> None:
    """Allow a port whose last connections are still in TIME_WAIT, so that one can restart."""
    with named("setsockopt"):
        syscall.setsockopt_int(s, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
