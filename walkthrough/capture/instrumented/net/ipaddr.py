"""Addresses of TCP and UDP, as Go's package net and as the kernel has them.

Go keeps these in tcpsock.go, udpsock.go, their sisters with ``_posix`` and ipsock_posix.go. All of
those need them, and Python's modules, unlike the files of a Go package, should not import each
other. `Addr` is what any network's addresses can do.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple, Protocol

from walkthrough.capture.instrumented.errors import AddrError
from walkthrough.capture.instrumented.net.interface import zone_index, zone_name
from walkthrough.capture.instrumented.syscall import syscall_linux as syscall
from walkthrough.model.values import Fields, SocketAddress, Value

MAPPED = bytes(10) + b"\xff\xff"
"""What an IPv4 address within IPv6 begins with: ::ffff:0:0/96."""

IP = IPv4Address | IPv6Address | None


class Addr(Protocol):
    """An address of some network: ``net.sockaddr``. ``str`` gives it as Go prints it."""

    def family(self) -> int:
        """Return its family, such as ``AF_INET``, as a number."""

    def is_wildcard(self) -> bool:
        """Return whether it means every address of the machine."""

    def sockaddr(self, family: int) -> syscall.Sockaddr:
        """Return it as the kernel wants it for a socket of ``family``."""

    def described(self) -> Value:
        """Return it as a value."""


def ip_of(raw: bytes) -> IP:
    """Return the address in 4 or 16 bytes; one of IPv4 within IPv6 is one of IPv4, as in Go."""
    if len(raw) == 4:
        return IPv4Address(raw)
    address = IPv6Address(raw)
    return address.ipv4_mapped or address


class _HostPort(NamedTuple):
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
        address = SocketAddress(family, host, self.port)
        return Fields(f"*net.{type(self).__name__}", {"address": address})

    def family(self) -> int:
        """Return the family; "any address" is of IPv4."""
        return syscall.AF_INET6 if isinstance(self.ip, IPv6Address) else syscall.AF_INET

    def is_wildcard(self) -> bool:
        """Return whether it means every address of the machine."""
        return self.ip is None or self.ip.is_unspecified

    def sockaddr(self, family: int) -> syscall.Sockaddr:
        """Return the address as the kernel wants it for a socket of ``family``.

        Raises:
            AddrError: It is an IPv6 address and an IPv4 socket.
        """
        return ip_to_sockaddr(family, self.ip, self.port, self.zone)


class TCPAddr(_HostPort):
    """``net.TCPAddr``: ``ip`` None is "any address"; ``zone`` is an interface, IPv6 only."""

    __slots__ = ()


class UDPAddr(_HostPort):
    """``net.UDPAddr``, likewise."""

    __slots__ = ()


InternetAddr = TCPAddr | UDPAddr


def sockaddr_to_tcp(sa: syscall.Sockaddr | None) -> TCPAddr | None:
    """Return the kernel's address as Go's; None for none, and for one of another kind."""
    return TCPAddr(*_parts(sa)) if isinstance(sa, _INTERNET) else None


def sockaddr_to_udp(sa: syscall.Sockaddr | None) -> UDPAddr | None:
    """Return the kernel's address as Go's; None for none, and for one of another kind."""
    return UDPAddr(*_parts(sa)) if isinstance(sa, _INTERNET) else None


_INTERNET = (syscall.SockaddrInet4, syscall.SockaddrInet6)


def _parts(sa: syscall.SockaddrInet4 | syscall.SockaddrInet6) -> tuple[IP, int, str]:
    zone = zone_name(sa.zone_id) if isinstance(sa, syscall.SockaddrInet6) else ""
    return ip_of(sa.addr), sa.port, zone


def ip_to_sockaddr(family: int, ip: IP, port: int, zone: str = "") -> syscall.Sockaddr:
    """Return an address as the kernel wants it for a socket of ``family``.

    Raises:
        AddrError: It is an IPv6 address and an IPv4 socket.
    """
    if family == syscall.AF_INET:
        if ip is not None and not isinstance(ip, IPv4Address):
            raise AddrError("non-IPv4 address", str(ip))
        return syscall.SockaddrInet4(port, ip.packed if ip is not None else bytes(4))
    if ip is None or ip.is_unspecified:
        raw = bytes(16)
    else:
        raw = MAPPED + ip.packed if isinstance(ip, IPv4Address) else ip.packed
    return syscall.SockaddrInet6(port, raw, zone_index(zone))
