"""net/ipsock.go, lookup.go, port.go: from ``host:port`` to addresses."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from walkthrough.capture.instrumented.errors import AddrError, DNSError, RaisedError
from walkthrough.capture.instrumented.net.hosts import lookup_static_host
from walkthrough.capture.instrumented.net.tcpaddr import TCPAddr, ip_of


def internet_addr_list(net: str, addr: str) -> list[TCPAddr]:
    """Return the addresses that ``addr`` means, of the family that ``net`` asks for.

    Raises:
        AddrError: It makes no sense, or none is of that family.
        DNSError: The host is a name that is not known.
    """
    host, port = split_host_port(addr) if addr else ("", "")
    number = lookup_port(net, port)
    if not host:
        return [TCPAddr(None, number)]
    found = lookup_ip_addr(host)
    if [str(each.ip) for each in found] == ["::"]:
        # One that can be bound but not always connected to: the other wildcard goes with it.
        found.append(TCPAddr(IPv4Address(0), 0))
    wanted = {"4": IPv4Address, "6": IPv6Address}.get(net[-1])
    fitting = [each for each in found if wanted is None or isinstance(each.ip, wanted)]
    if not fitting:
        raise AddrError("no suitable address found", host)
    return [each._replace(port=number) for each in fitting]


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


def lookup_ip_addr(host: str) -> list[TCPAddr]:
    """Return the addresses of a host: a literal one, else what the hosts file says."""
    try:
        literal = ip_address(host)
    except ValueError:
        literals = [ip_address(each) for each in lookup_static_host(host)]
        if not literals:
            raise DNSError(host) from None
        return [TCPAddr(ip_of(each.packed), 0) for each in literals]
    zone = (literal.scope_id or "") if isinstance(literal, IPv6Address) else ""
    return [TCPAddr(ip_of(literal.packed), 0, zone)]
