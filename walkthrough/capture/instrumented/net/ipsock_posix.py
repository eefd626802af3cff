"""net/ipsock_posix.go: which family a socket for an address gets."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from walkthrough.capture.instrumented.errors import Errno, RaisedError
from walkthrough.capture.instrumented.net import sock_posix
from walkthrough.capture.instrumented.net.ipaddr import MAPPED, InternetAddr
from walkthrough.capture.instrumented.net.sock_cloexec import sys_socket
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.capture.instrumented.tracing import traced

if TYPE_CHECKING:
    from walkthrough.capture.instrumented.net.fd_unix import NetFD
    from walkthrough.capture.instrumented.net.rawconn import ControlFn


class IPStackCapabilities:
    """What this machine's kernel can do, found out by trying: ``net.ipStackCapabilities``."""

    def __init__(self) -> None:
        self.ipv4_enabled = self.ipv6_enabled = self.ipv4_mapped_ipv6_enabled = False

    @traced("net.(*ipStackCapabilities).probe")
    def probe(self) -> None:
        """Open and bind three sockets as probes, and close them."""
        self.ipv4_enabled = self._can_open(syscall.AF_INET)
        opened: list[int] = []
        loopback = bytes(15) + b"\x01"
        self.ipv6_enabled = self._can_bind(opened, 1, loopback)
        mapped = MAPPED + IPv4Address("127.0.0.1").packed
        self.ipv4_mapped_ipv6_enabled = self._can_bind(opened, 0, mapped)
        for s in reversed(opened):
            with suppress(Errno):
                syscall.close(s)

    def _can_open(self, family: int) -> bool:
        try:
            s = sys_socket(family, syscall.SOCK_STREAM, syscall.IPPROTO_TCP)
        except RaisedError:
            return False
        with suppress(Errno):
            syscall.close(s)
        return True

    def _can_bind(self, opened: list[int], ipv6only: int, address: bytes) -> bool:
        try:
            s = sys_socket(syscall.AF_INET6, syscall.SOCK_STREAM, syscall.IPPROTO_TCP)
        except RaisedError:
            return False
        opened.append(s)
        with suppress(Errno):
            syscall.setsockopt_int(s, syscall.IPPROTO_IPV6, syscall.IPV6_V6ONLY, ipv6only)
        try:
            syscall.bind(s, syscall.SockaddrInet6(0, address))
        except Errno as err:
            # Forbidden is not unsupported: the socket exists and accepted the option.
            return err.name in ("EPERM", "EACCES")
        return True


_capabilities: IPStackCapabilities | None = None


def capabilities() -> IPStackCapabilities:
    """Return what the kernel can do; it is probed once in a process."""
    global _capabilities
    if _capabilities is None:
        _capabilities = IPStackCapabilities()
        _capabilities.probe()
    return _capabilities


@traced("net.favoriteAddrFamily")
def favorite_addr_family(
    network: str, laddr: InternetAddr | None, raddr: InternetAddr | None, mode: str
) -> tuple[int, bool]:
    """Return the family, and whether an IPv6 socket refuses IPv4.

    A wildcard gets IPv6 that takes both, whatever family it was written in: on most machines
    ``0.0.0.0`` does not mean IPv4 only. ``tcp4`` does.
    """
    if network.endswith("4"):
        return syscall.AF_INET, False
    if network.endswith("6"):
        return syscall.AF_INET6, True
    if mode == "listen" and (laddr is None or laddr.is_wildcard()):
        if capabilities().ipv4_mapped_ipv6_enabled or not capabilities().ipv4_enabled:
            return syscall.AF_INET6, False
        return _family(laddr), False
    both_ipv4 = _family(laddr) == _family(raddr) == syscall.AF_INET
    return (syscall.AF_INET if both_ipv4 else syscall.AF_INET6), False


def _family(addr: InternetAddr | None) -> int:
    return syscall.AF_INET if addr is None else addr.family()


@traced("net.internetSocket")
async def internet_socket(
    net: str,
    laddr: InternetAddr | None,
    raddr: InternetAddr | None,
    sotype: int,
    proto: int,
    mode: str,
    ctrl_fn: ControlFn | None,
) -> NetFD:
    """Choose the family and open the socket."""
    family, ipv6only = favorite_addr_family(net, laddr, raddr, mode)
    return await sock_posix.socket(net, family, sotype, proto, ipv6only, laddr, raddr, ctrl_fn)
