"""Addresses of TCP, as Go's package net and as the kernel has them.

Go keeps these in tcpsock.go, tcpsock_posix.go and ipsock_posix.go. All of those need them, and
Python's modules, unlike the files of a Go package, cannot well need each other.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from walkthrough.capture.instrumented.errors import AddrError
from walkthrough.capture.instrumented.net.interface import zone_index, zone_name
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.model.values import Fields, SocketAddress, Value

MAPPED = bytes(10) + b"\xff\xff"
"""What an IPv4 address within IPv6 begins with: ::ffff:0:0/96."""

IP = IPv4Address | IPv6Address | None


def ip_of(raw: bytes) -> IP:
    """Return the address in 4 or 16 bytes; one of IPv4 within IPv6 is one of IPv4, as in Go."""
    if len(raw) == 4:
        return IPv4Address(raw)
    address = IPv6Address(raw)
    return address.ipv4_mapped or address


class TCPAddr(NamedTuple):
    """``net.TCPAddr``: ``ip`` None is "any address"; ``zone`` is an interface, IPv6 only."""

    ip: IP
    port: int
    zone: str = ""

    def __str__(self) -> str:
        """Return ``host:port``, the host in brackets if it holds colons."""
        host = "" if self.ip is None else str(self.ip)
        host += f"%{self.zone}" if self.zone else ""
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    def described(self) -> Value:
        """Return it as a value."""
        version = self.ip.version if self.ip is not None else 0
        family = {4: "AF_INET", 6: "AF_INET6"}.get(version, "AF_UNSPEC")
        host = "" if self.ip is None else str(self.ip)
        return Fields("*net.TCPAddr", {"address": SocketAddress(family, host, self.port)})

    def is_wildcard(self) -> bool:
        """Tell whether it means every address of the machine."""
        return self.ip is None or self.ip.is_unspecified


def sockaddr_to_tcp(sa: syscall.Sockaddr | None) -> TCPAddr | None:
    """Return the kernel's address as Go's; None for none."""
    if sa is None:
        return None
    zone = zone_name(sa.zone_id) if isinstance(sa, syscall.SockaddrInet6) else ""
    return TCPAddr(ip_of(sa.addr), sa.port, zone)


def ip_to_sockaddr(family: int, addr: TCPAddr | None) -> syscall.Sockaddr:
    """Return the address as the kernel wants it for a socket of ``family``.

    Raises:
        AddrError: It is an address of IPv6 and the socket one of IPv4.
    """
    ip = addr.ip if addr is not None else None
    port = addr.port if addr is not None else 0
    if family == syscall.AF_INET:
        if ip is not None and not isinstance(ip, IPv4Address):
            raise AddrError("non-IPv4 address", str(ip))
        return syscall.SockaddrInet4(port, ip.packed if ip is not None else bytes(4))
    if ip is None or ip.is_unspecified:
        raw = bytes(16)
    else:
        raw = MAPPED + ip.packed if isinstance(ip, IPv4Address) else ip.packed
    return syscall.SockaddrInet6(port, raw, zone_index(addr.zone) if addr is not None else 0)
