"""Socket addresses among a call's arguments: given to the kernel, or filled in by it."""

import contextlib
import ipaddress
import socket
import struct

from walkthrough.capture.decode.kinds import (
    ArgumentKind,
    Saved,
    SavedCall,
    Words,
    changed,
    pointer,
    saved_bytes,
    unreadable,
)
from walkthrough.capture.decode.memory import Memory, read_up_to, signed
from walkthrough.model.linux import constants as k
from walkthrough.model.values import Data, Reference, SocketAddress, Value

LONGEST = 128
"""Bytes of a ``struct sockaddr_storage``, the longest address there is."""
_UNIX_PATH = 108
SOCKLEN = struct.Struct("<i")


def socket_address(raw: bytes) -> Value:
    """Decode a ``struct sockaddr``; see ip(7), ipv6(7), unix(7).

    Of another family, cut short, or with a path that is not UTF-8, it remains `Data`.
    """
    if len(raw) < 2:
        return Data(raw, len(raw))
    (family,) = struct.unpack_from("<H", raw)
    name = k.AF.get(family, "")
    if family == 2 and len(raw) >= 16:
        (port,) = struct.unpack_from(">H", raw, 2)
        return SocketAddress(name, str(ipaddress.IPv4Address(raw[4:8])), port)
    if family == 10 and len(raw) >= 28:
        return _inet6(name, raw)
    if family == 1:
        path = raw[2 : 2 + _UNIX_PATH]
        path = path if path[:1] == b"\0" else path.split(b"\0", 1)[0]
        with contextlib.suppress(UnicodeDecodeError):
            return SocketAddress(name, path=path.decode())
    return Data(raw, len(raw))


def _inet6(name: str, raw: bytes) -> Value:
    port, flowinfo = struct.unpack_from(">HI", raw, 2)
    (scope,) = struct.unpack_from("<I", raw, 24)
    host = ipaddress.IPv6Address(raw[8:24])
    zone = ""
    # Only there is the scope an interface; RFC 4291, 2.5.6 and 2.7.
    if host.is_link_local or (host.packed[0] == 0xFF and host.packed[1] & 0xF == 2):
        zone = interface(scope)
    return SocketAddress(name, str(host), port, flowinfo=flowinfo, scope_id=scope, zone=zone)


def interface(index: int) -> str:
    """Return the name of a network interface of this machine, "" if there is none."""
    try:
        return socket.if_indextoname(index)
    except (OSError, OverflowError):
        return ""


def address(data: Saved, at: int, length: int) -> Value:
    """Return an address of ``length`` bytes as it was saved from ``at``."""
    length = min(length, LONGEST)
    if length < 2:
        return pointer(at)
    raw = saved_bytes(data)[:length]
    return socket_address(raw) if len(raw) == length else unreadable(at)


def take_address(memory: Memory, at: int, length: int) -> Saved:
    """Save an address of ``length`` bytes."""
    length = min(length, LONGEST)
    return read_up_to(memory, at, length) if at and length >= 2 else None


def _take_given(memory: Memory, w: Words, i: int, _r: int | None) -> Saved:
    return take_address(memory, w[i], signed(w[i + 1], 32))


def _given(seen: SavedCall, i: int) -> Value:
    return address(seen.before[i], seen.words[i], signed(seen.words[i + 1], 32))


# what the kernel fills in: an address or an option's value, followed by its length


def length_before(seen: SavedCall, i: int) -> int | None:
    """Return the length at the call's entry where argument ``i`` points to."""
    return _length(seen.before[i])


def length_after(seen: SavedCall, i: int) -> int | None:
    """Return the length at its exit, also None if the call failed."""
    return _length(seen.after[i]) if seen.done and seen.after else None


def _length(grab: Saved) -> int | None:
    raw = saved_bytes(grab)
    return SOCKLEN.unpack(raw)[0] if len(raw) == SOCKLEN.size else None


def _take_filled(memory: Memory, w: Words, i: int, r: int | None) -> Saved:
    if not w[i] or r is None or r < 0:
        return None
    length = _length(_take_length(memory, w, i + 1, r))
    return None if length is None else take_address(memory, w[i], length)


def _filled(seen: SavedCall, i: int) -> Value:
    before, after = length_before(seen, i + 1), length_after(seen, i + 1)
    if before is None or after is None:
        return pointer(seen.words[i])
    # The length may be more than the buffer took, see accept(2).
    return address(seen.after[i], seen.words[i], min(before, after))


def _take_length(memory: Memory, w: Words, i: int, _r: int | None) -> Saved:
    return read_up_to(memory, w[i], SOCKLEN.size) if w[i] else None


def length_of(seen: SavedCall, i: int) -> Value:
    """Return the length that argument ``i`` points to, both if the kernel changed it."""
    before, after = length_before(seen, i), length_after(seen, i)
    if before is None:
        return pointer(seen.words[i])
    return Reference(before if after is None else changed(before, after))


def _length_of_address(seen: SavedCall, i: int) -> Value:
    return length_of(seen, i) if seen.words[i - 1] else pointer(seen.words[i])


ADDRESS_IN = ArgumentKind(_given, _take_given)
ADDRESS_OUT = ArgumentKind(_filled, _take_filled, False, True)
LENGTH_OUT = ArgumentKind(_length_of_address, _take_length, True, True)
OPTION_LENGTH_OUT = ArgumentKind(length_of, _take_length, True, True)
