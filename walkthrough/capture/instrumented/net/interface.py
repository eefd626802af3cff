"""net/interface.go: the zone of an IPv6 address, an interface's name or number."""

import ctypes

_libc = ctypes.CDLL(None)


def zone_index(zone: str) -> int:
    """Return the number of the interface named ``zone``, 0 if there is none."""
    if not zone:
        return 0
    index = int(_libc.if_nametoindex(zone.encode()))
    return index or (int(zone) if zone.isdecimal() else 0)


def zone_name(index: int) -> str:
    """Return the name of interface ``index``: its number in digits if it has none, "" for 0."""
    if not index:
        return ""
    name = ctypes.create_string_buffer(16)  # IF_NAMESIZE, see if_indextoname(3)
    found = _libc.if_indextoname(ctypes.c_uint(index), name)
    return name.value.decode("utf-8", "replace") if found else str(index)
