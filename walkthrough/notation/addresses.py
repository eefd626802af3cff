"""Socket addresses as Go and as strace spell them; see ip(7), ipv6(7), unix(7)."""

import ipaddress

from walkthrough.model.values import SocketAddress
from walkthrough.notation.quoting import quoted
from walkthrough.notation.safe import printable

_LONGEST = 255
"""Characters of a host or path that are shown; a unix path has at most 108 bytes."""


def host(address: SocketAddress) -> str:
    """Return the host as inet_ntop(3) has it: an IPv4-mapped one keeps its dots."""
    try:
        parsed = ipaddress.ip_address(address.host)
    except ValueError:
        return printable(address.host[:_LONGEST])
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return f"::ffff:{parsed.ipv4_mapped}"
    return str(parsed)


def go_address(address: SocketAddress) -> str:
    """Spell it as Go does: ``127.0.0.1:7099``, ``[::1]:80``, ``/run/x.sock``, ``@abstract``."""
    if address.family == "AF_INET":
        return f"{host(address)}:{address.port}"
    if address.family == "AF_INET6":
        zone = f"%{address.scope_id}" if address.scope_id else ""
        return f"[{host(address)}{zone}]:{address.port}"
    if address.family == "AF_UNIX":
        path = address.path[:_LONGEST]
        return "@" + printable(path[1:]) if path.startswith("\0") else printable(path)
    return printable(address.family)


def c_address(address: SocketAddress) -> str:
    """Spell it as strace does: ``{sa_family=AF_INET, sin_port=htons(80), ...}``."""
    family = printable(address.family) or "AF_???"
    if address.family == "AF_INET":
        rest = f', sin_port=htons({address.port}), sin_addr=inet_addr("{host(address)}")'
    elif address.family == "AF_INET6":
        rest = (
            f", sin6_port=htons({address.port}), sin6_flowinfo=htonl({address.flowinfo})"
            f', inet_pton(AF_INET6, "{host(address)}", &sin6_addr)'
            f", sin6_scope_id={address.scope_id}"
        )
    elif address.family == "AF_UNIX" and address.path:
        abstract = address.path.startswith("\0")
        path = address.path[abstract:].encode("utf-8", "backslashreplace")
        rest = f", sun_path={'@' * abstract}{quoted(path, shown=_LONGEST)}"
    else:
        rest = ""
    return f"{{sa_family={family}{rest}}}"
