"""Socket addresses as strace prints them, back to values, whatever -x, -xx and -X made of them."""

import ipaddress
import re

from walkthrough.call_stages.strings import bytes_of
from walkthrough.model.values import SocketAddress

_STRING = r'"(?:[^"\\]|\\.)*"'
_PORT = re.compile(rf"sin6?_port=(?:htons\((\d{{1,5}})\)|({_STRING}))").search
_HOST = re.compile(
    rf"sin_addr=(?:inet_addr\(({_STRING})\)|({_STRING}))"
    rf"|inet_pton\([A-Z0-9_]{{1,32}}, ({_STRING}), &sin6_addr\)|sin6_addr=({_STRING})"
).search
_PATH = re.compile(rf"sun_path=(@?)({_STRING})").search
_FLOW = re.compile(r"sin6_flowinfo=htonl\((\d{1,10})\)").search
_SCOPE = re.compile(r"sin6_scope_id=(?:(\d{1,10})|if_nametoindex\((\"[^\"\\]*\")\))").search


def address_of(text: str) -> SocketAddress | None:
    """Return the first address in some arguments, if there is one of IP or a path."""
    if (path := _PATH(text)) is not None:
        name = bytes_of(path[2])[0].decode("utf-8", "replace")
        return SocketAddress("AF_UNIX", path="\0" * len(path[1]) + name)
    port, host = _PORT(text), _HOST(text)
    if port is None or host is None:
        return None
    number = int(port[1]) if port[1] else int.from_bytes(bytes_of(port[2])[0][:2], "big")
    host_text = _host(*host.groups())
    if host[1] or host[2]:
        return SocketAddress("AF_INET", host_text, number)
    flow, scope = _FLOW(text), _SCOPE(text)
    return SocketAddress(
        "AF_INET6",
        host_text,
        number,
        flowinfo=int(flow[1]) if flow else 0,
        scope_id=int(scope[1]) if scope and scope[1] else 0,
        zone=bytes_of(scope[2])[0].decode("utf-8", "replace") if scope and scope[2] else "",
    )


def _host(inet: str | None, raw: str | None, inet6: str | None, raw6: str | None) -> str:
    if (spelled := inet or inet6) is not None:
        return bytes_of(spelled)[0].decode("utf-8", "replace")
    data = bytes_of(raw or raw6 or '""')[0]
    if len(data) not in (4, 16):
        return ""
    return str(ipaddress.ip_address(data))
