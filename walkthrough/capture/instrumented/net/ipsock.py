"""net/ipsock.go, lookup.go, port.go: from ``host:port`` to addresses."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple, TypeVar

from walkthrough.capture.instrumented.errors import AddrError, DNSError, RaisedError
from walkthrough.capture.instrumented.net.hosts import lookup_static_host
from walkthrough.capture.instrumented.net.ipaddr import IP, TCPAddr, UDPAddr, ip_of

_K = TypeVar("_K", TCPAddr, UDPAddr)


class IPAddr(NamedTuple):
    """``net.IPAddr``: a host's address, and its interface if it is of IPv6 and needs one."""

    ip: IP
    zone: str = ""


def internet_addr_list(net: str, addr: str, kind: type[_K]) -> list[_K]:
    """Return the addresses that ``addr`` means, of the family that ``net`` asks for.

    Args:
        net: The network's name.
        addr: ``host:port``.
        kind: What to return.

    Raises:
        AddrError: It makes no sense, or none is of that family.
        DNSError: The host is a name that is not known.
    """
    host, port = split_host_port(addr) if addr else ("", "")
    number = lookup_port(net, port)
    if not host:
        return [kind(None, number)]
    found = lookup_ip_addr(host)
    if [str(each.ip) for each in found] == ["::"]:
        # One that can be bound but not always connected to: the other wildcard goes with it.
        found.append(IPAddr(IPv4Address(0)))
    wanted = {"4": IPv4Address, "6": IPv6Address}.get(net[-1])
    fitting = [each for each in found if wanted is None or isinstance(each.ip, wanted)]
    if not fitting:
        raise AddrError("no suitable address found", host)
    return [kind(each.ip, number, each.zone) for each in fitting]


def split_host_port(hostport: str) -> tuple[str, str]:
    """Split ``host:port`` or ``[host]:port``, see net.SplitHostPort."""
    head, colon, port = hostport.rpartition(":")
    if not colon:
        raise AddrError("missing port in address", hostport)
    if hostport.startswith("["):
        inner, bracket, after = hostport[1:].partition("]")
        if not bracket:
            raise AddrError("missing ']' in address", hostport)
        if after != f":{port}":
            too_many = after.startswith(":") and ":" in after[1:]
            why = "too many colons in address" if too_many else "missing port in address"
            raise AddrError(why, hostport)
        host, rest = inner, inner + after
    else:
        host = rest = head
        if ":" in host:
            raise AddrError("too many colons in address", hostport)
        rest = hostport
    for bracket in "[]":
        if bracket in rest:
            raise AddrError(f"unexpected '{bracket}' in address", hostport)
    return host, port


def lookup_port(net: str, service: str) -> int:
    """Return the port's number; "" is 0. Only numbers: names of services are not looked up."""
    digits = service[1:] if service[:1] in ("+", "-") else service
    if digits and not (digits.isascii() and digits.isdecimal()):
        raise RaisedError(f"lookup {net}/{service}: unknown port")
    port = int(digits[:12]) if digits else 0
    if port > 65535 or (service.startswith("-") and port):
        raise AddrError("invalid port", service)
    return port


def lookup_ip_addr(host: str) -> list[IPAddr]:
    """Return the addresses of a host: a literal one, else what the hosts file says."""
    try:
        literal = ip_address(host)
    except ValueError:
        literals = [ip_address(each) for each in lookup_static_host(host)]
        if not literals:
            raise DNSError(host) from None
        return [IPAddr(ip_of(each.packed)) for each in literals]
    zone = (literal.scope_id or "") if isinstance(literal, IPv6Address) else ""
    return [IPAddr(ip_of(literal.packed), zone)]
