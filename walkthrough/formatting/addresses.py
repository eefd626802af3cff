"""Socket addresses as Go and as strace spell them; see ip(7), ipv6(7), unix(7)."""

import ipaddress
import struct
from functools import lru_cache

from walkthrough.formatting.c_strings import quoted
from walkthrough.formatting.escaping import printable, word
from walkthrough.model.linux.constants import AF
from walkthrough.model.values import SocketAddress

_LONGEST = 255
"""Characters of a host or path that are shown; a unix path has at most 108 bytes."""
_UNIX_PATH = 108


def host(address: SocketAddress) -> str:
    """Return the host as inet_ntop(3) has it: an IPv4-mapped one keeps its dots."""
    return _host(address.host)


@lru_cache(maxsize=512)  # a run has few, and every step writes them again
def _host(text: str) -> str:
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return printable(text[:_LONGEST])
    if isinstance(parsed, ipaddress.IPv6Address):
        high, low = parsed.packed[:12], parsed.packed[12:]
        mapped = high == bytes(10) + b"\xff\xff"
        # IPv4-compatible addresses; two more zero bytes make it a plain ::1.
        if mapped or (high == bytes(12) and low[:2] != bytes(2)):
            return f"::{'ffff:' * mapped}{ipaddress.IPv4Address(low)}"
    return str(parsed)


def go_address(address: SocketAddress) -> str:
    """Spell it as Go does: ``127.0.0.1:7099``, ``[::1]:80``, ``/run/x.sock``, ``@abstract``."""
    if address.family == "AF_INET":
        return f"{host(address)}:{address.port}"
    if address.family == "AF_INET6":
        scope = printable(address.zone[:_LONGEST]) or address.scope_id
        zone = f"%{scope}" if address.scope_id else ""
        return f"[{host(address)}{zone}]:{address.port}"
    if address.family == "AF_UNIX":
        path = address.path[:_LONGEST]
        return "@" + printable(path[1:]) if path.startswith("\0") else printable(path)
    return printable(address.family)


def c_address(address: SocketAddress) -> str:
    """Spell it as strace does: ``{sa_family=AF_INET, sin_port=htons(80), ...}``."""
    family = word(address.family) or "AF_???"
    if address.family == "AF_INET":
        rest = f", sin_port=htons({address.port}), {c_host(address, 'sin_addr')}"
    elif address.family == "AF_INET6":
        scope = c_interface(address.zone) if address.zone else str(address.scope_id)
        rest = (
            f", sin6_port=htons({address.port}), sin6_flowinfo=htonl({address.flowinfo})"
            f", {c_host(address, 'sin6_addr')}, sin6_scope_id={scope}"
        )
    elif address.family == "AF_UNIX" and address.path:
        rest = f", {_sun_path(address.path[:_LONGEST].encode('utf-8', 'backslashreplace'))}"
    else:
        rest = ""
    return f"{{sa_family={family}{rest}}}"


def c_host(address: SocketAddress, field: str) -> str:
    """Spell a struct's field that holds a host alone: ``sin_addr=inet_addr("127.0.0.1")``."""
    spelled = quoted(host(address).encode("ascii", "backslashreplace"), shown=_LONGEST)
    if address.family == "AF_INET6":
        return f"inet_pton(AF_INET6, {spelled}, &{field})"
    return f"{field}=inet_addr({spelled})"


def c_interface(name: str) -> str:
    """Spell a network interface's number by its name: ``if_nametoindex("lo")``."""
    return f"if_nametoindex({quoted(name.encode('utf-8', 'backslashreplace'), shown=_LONGEST)})"


def c_bytes(raw: bytes) -> str:
    """Spell a ``struct sockaddr`` of any family that was not decoded; at least 2 bytes."""
    family, data = int.from_bytes(raw[:2], "little"), raw[2:]
    name = AF.get(family) or f"{hex(family)} /* AF_??? */"
    if not data:
        rest = ""
    elif family == 1:
        rest = f", {_sun_path(data)}"
    elif family == 10 and len(raw) >= 24:
        rest = f", {_short_inet6(raw)}"
    elif family == 16 and len(raw) >= 12:
        rest = f", {_netlink(raw)}"
    elif family == 40 and len(raw) >= 16:
        rest = f", {_vsock(raw)}"
    else:
        rest = f", sa_data={quoted(data, shown=_LONGEST)}"
    return f"{{sa_family={name}{rest}}}"


def _sun_path(data: bytes) -> str:
    data = data[:_UNIX_PATH]
    if data.startswith(b"\0"):
        return f"sun_path=@{quoted(data[1:], shown=_LONGEST)}"
    return f"sun_path={quoted(data.partition(bytes(1))[0], shown=_LONGEST)}"


def _short_inet6(raw: bytes) -> str:
    """Spell one that ends before its scope, or within."""
    port, flowinfo = struct.unpack_from(">HI", raw, 2)
    address = SocketAddress("AF_INET6", str(ipaddress.IPv6Address(raw[8:24])))
    scope = f", sin6_scope_id={int.from_bytes(raw[24:28], 'little')}" if raw[24:] else ""
    return (
        f"sin6_port=htons({port}), sin6_flowinfo=htonl({flowinfo}), "
        f"{c_host(address, 'sin6_addr')}{scope}"
    )


def _netlink(raw: bytes) -> str:
    pad, pid, groups = struct.unpack_from("<HII", raw, 2)
    padded = f"nl_pad={hex(pad)}, " if pad else ""
    return f"{padded}nl_pid={pid}, nl_groups={_padded(groups)}"


def _padded(bits: int) -> str:
    """Spell bits as C's ``%#08x`` does: eight characters, with ``0x`` among them."""
    return f"{bits:#08x}" if bits else "00000000"


_CIDS = {0: "VMADDR_CID_HYPERVISOR", 1: "VMADDR_CID_LOCAL", 2: "VMADDR_CID_HOST"}
_ANY = 0xFFFFFFFF


def _vsock(raw: bytes) -> str:
    """See vsock(7)."""
    reserved, port, cid, flags = struct.unpack_from("<HIIB", raw, 2)
    parts = [f"svm_reserved1={hex(reserved)}"] if reserved else []
    parts.append(f"svm_cid={'VMADDR_CID_ANY' if cid == _ANY else _CIDS.get(cid, hex(cid))}")
    parts.append(f"svm_port={'VMADDR_PORT_ANY' if port == _ANY else hex(port)}")
    known = "VMADDR_FLAG_TO_HOST" if flags & 1 else ""
    others = hex(flags & ~1) if flags & ~1 else ""
    if others and not known:
        others += " /* VMADDR_FLAG_??? */"
    parts.append(f"svm_flags={'|'.join(filter(None, (known, others))) or '0'}")
    return ", ".join(parts)
