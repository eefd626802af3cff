"""Small C structs that options, ancillary data and fcntl(2) share, decoded from their bytes."""

import ipaddress
import struct

from walkthrough.capture.decode.addresses import interface, socket_address
from walkthrough.capture.decode.memory import signed
from walkthrough.model.linux import constants as k
from walkthrough.model.values import Constant, Data, Fields, SocketAddress, Value


def _partly(name: str, data: bytes, fields: tuple[str, ...]) -> Value:
    """Decode complete ints; of a partial one, the bytes."""
    found: dict[str, Value] = {}
    for number, field in enumerate(fields):
        part = data[4 * number : 4 * number + 4]
        if len(part) == 4:
            found[field] = struct.unpack("<i", part)[0]
        elif part:
            found[field] = Data(part, len(part))
    return Fields(name, found)


def linger(data: bytes) -> Value:
    """``struct linger``, see socket(7); perhaps cut short."""
    return _partly("linger", data, ("l_onoff", "l_linger"))


def ucred(data: bytes) -> Value:
    """``struct ucred``, see unix(7); perhaps cut short. An id of -1 is none."""
    found = _partly("ucred", data, ("pid", "uid", "gid"))
    assert isinstance(found, Fields)
    return Fields("ucred", {name: _id(name, value) for name, value in found.fields.items()})


def _id(name: str, value: Value) -> Value:
    if name == "pid" or not isinstance(value, int) or value == -1:
        return value
    return value & 0xFFFFFFFF


def inet(data: bytes) -> Value:
    """A ``struct in_addr`` or ``in6_addr``: an address without a port."""
    family = "AF_INET" if len(data) == 4 else "AF_INET6"
    return SocketAddress(family, str(ipaddress.ip_address(data)))


def named_interface(index: int) -> Value:
    """A network interface by its number, with its name if it has one."""
    name = interface(index)
    return Constant(name, index) if name else index


def group(data: bytes) -> Value:
    """``struct ip_mreq``, see ip(7)."""
    return Fields("ip_mreq", {"imr_multiaddr": inet(data[:4]), "imr_interface": inet(data[4:8])})


def group6(data: bytes) -> Value:
    """``struct ipv6_mreq``, see ipv6(7)."""
    (index,) = struct.unpack_from("<I", data, 16)
    fields = {"ipv6mr_multiaddr": inet(data[:16]), "ipv6mr_interface": named_interface(index)}
    return Fields("ipv6_mreq", fields)


def any_group(data: bytes) -> Value:
    """``struct group_req``, see RFC 3678, 5.1.2: 136 bytes."""
    (index,) = struct.unpack_from("<I", data)
    fields = {"gr_interface": named_interface(index), "gr_group": socket_address(data[8:136])}
    return Fields("group_req", fields)


def flock(data: bytes, with_pid: bool) -> Value:
    """``struct flock``, see fcntl(2): 32 bytes."""
    kind, whence, start, length, pid = struct.unpack("<hh4xqqi4x", data)
    fields: dict[str, Value] = {
        "l_type": k.constant(k.LOCKS, kind & 0xFFFF),
        "l_whence": k.constant(k.WHENCE, whence & 0xFFFF),
        "l_start": start,
        "l_len": length,
    }
    if with_pid:
        fields["l_pid"] = pid
    return Fields("flock", fields)


def owner(data: bytes) -> Value:
    """``struct f_owner_ex``, see fcntl(2): 8 bytes."""
    kind, pid = struct.unpack("<Ii", data)
    return Fields("f_owner_ex", {"type": k.constant(k.OWNERS, kind), "pid": signed(pid, 32)})
