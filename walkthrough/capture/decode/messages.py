"""Buffers in several parts, and messages with ancillary data: readv(2), sendmsg(2), cmsg(3)."""

import struct
from collections.abc import Callable
from typing import Any

from walkthrough.capture.decode.addresses import address, socket_address, take_address
from walkthrough.capture.decode.kinds import (
    ArgumentKind,
    Saved,
    SavedCall,
    Words,
    buffer_value,
    changed,
    pointer,
    saved_bytes,
    start_of,
    timespec,
    unreadable,
)
from walkthrough.capture.decode.memory import Memory, read_up_to
from walkthrough.capture.decode.structs import inet, named_interface, ucred
from walkthrough.model.linux import constants as k
from walkthrough.model.values import Data, Fields, Flags, Pointer, Several, Unreadable, Value

_VECTOR = struct.Struct("<QQ")
_VECTORS = 33
"""Parts that are kept: as many as are shown, and one more to show that there are more."""
_PART = 256
"""Bytes that are kept of each."""
_HEADER = struct.Struct("<Qi4xQQQQi4x")
_CONTROL = struct.Struct("<QII")
_CONTROL_LIMIT = 4096


def _take_vector(memory: Memory, at: int, count: int, filled: bool) -> Saved:
    if not at:
        return None
    table = read_up_to(memory, at, min(count, _VECTORS) * _VECTOR.size)
    if not filled:
        return (table, ())
    table = table[: len(table) - len(table) % _VECTOR.size]
    return (
        table,
        tuple(start_of(memory, base, min(n, _PART)) for base, n in _VECTOR.iter_unpack(table)),
    )


def _vector(grab: Any, at: int, count: int, size: int | None, failed: bool = False) -> Value:
    """Decode an array of ``struct iovec``.

    Args:
        grab: What `_take_vector` saved.
        at: Where the array is.
        count: How many it has.
        size: How many bytes went through all of them; None for as many as they take.
        failed: Whether the kernel was to fill them and has not.
    """
    if not at:
        return None
    if not count:
        return Several(())
    table, parts = grab or (b"", ())
    if count >= 1 << 59 or len(table) < _VECTOR.size:
        return Pointer(at)
    found: list[Value] = []
    for number, (base, length) in enumerate(_VECTOR.iter_unpack(_complete(table))):
        took = length if size is None else min(length, size)
        size = None if size is None else size - took
        saved = parts[number] if number < len(parts) else None
        base_value = pointer(base) if failed else buffer_value(saved, base, took)
        found.append(Fields("iovec", {"iov_base": base_value, "iov_len": length}))
    if len(found) < min(count, _VECTORS):
        found.append(Unreadable("no memory there", at + len(found) * _VECTOR.size))
    return Several(tuple(found))


def _complete(table: bytes) -> bytes:
    return table[: len(table) - len(table) % _VECTOR.size]


def _take_given(memory: Memory, w: Words, i: int, _r: int | None) -> Saved:
    return _take_vector(memory, w[i], w[i + 1], True)


def _take_filled(memory: Memory, w: Words, i: int, r: int | None) -> Saved:
    return _take_vector(memory, w[i], w[i + 1], r is not None and r >= 0)


def _given(seen: SavedCall, i: int) -> Value:
    return _vector(seen.before[i], seen.words[i], seen.words[i + 1], None)


def _filled(seen: SavedCall, i: int) -> Value:
    if seen.result is None or not seen.after:
        return pointer(seen.words[i])
    size = max(seen.result, 0)
    return _vector(seen.after[i], seen.words[i], seen.words[i + 1], size, not seen.done)


# messages


def _take_message(memory: Memory, at: int, done: bool) -> Saved:
    header = read_up_to(memory, at, _HEADER.size) if at else b""
    if len(header) != _HEADER.size:
        return None
    if not done:
        return (header, None, None, None)
    name, name_length, vectors, count, control, control_length, _ = _HEADER.unpack(header)
    return (
        header,
        take_address(memory, name, name_length),
        _take_vector(memory, vectors, count, True),
        read_up_to(memory, control, min(control_length, _CONTROL_LIMIT)) if control else None,
    )


def _message(grab: Any, at: int, before: int | None, size: int | None) -> Value:
    if grab is None:
        return unreadable(at)
    header, address_saved, vector_saved, control_saved = grab
    name, length, vectors, count, control, control_length, flags = _HEADER.unpack(header)
    fields: dict[str, Value] = {
        "msg_name": address(address_saved, name, length if before is None else min(before, length)),
        "msg_namelen": length if before is None else changed(before, length),
        "msg_iov": _vector(vector_saved, vectors, count, size),
        "msg_iovlen": count,
    }
    if control_length:
        fields["msg_control"] = _control(control_saved, control, control_length)
    fields["msg_controllen"] = control_length
    fields["msg_flags"] = k.flags(k.MSG, flags & 0xFFFFFFFF)
    return Fields("msghdr", fields)


def _take_sent(memory: Memory, w: Words, i: int, _r: int | None) -> Saved:
    return _take_message(memory, w[i], True)


def _sent(seen: SavedCall, i: int) -> Value:
    return _message(seen.before[i], seen.words[i], None, None)


def _take_received(memory: Memory, w: Words, i: int, r: int | None) -> Saved:
    return _take_message(memory, w[i], r is not None and r >= 0)


def _received(seen: SavedCall, i: int) -> Value:
    before, at = seen.before[i], seen.words[i]
    if not isinstance(before, tuple) or seen.result is None:
        return pointer(at)
    length = _HEADER.unpack(before[0])[1]
    if not seen.done:
        return Fields("msghdr", {"msg_namelen": length})
    return _message(seen.after[i], at, length, seen.result)


# ancillary data


def _control(data: bytes | None, at: int, length: int) -> Value:
    data = saved_bytes(data)
    if length < _CONTROL.size or len(data) < min(length, _CONTROL_LIMIT):
        return pointer(at)
    found: list[Value] = []
    place = 0
    while len(data) - place >= _CONTROL.size:
        size, level, kind = _CONTROL.unpack_from(data, place)
        found.append(_one(size, level, kind, data[place + _CONTROL.size : place + size]))
        if size < _CONTROL.size:
            place += _CONTROL.size
            break
        place += size + -size % 8
    if place < len(data):
        found.append(Unreadable("no ancillary data", at + place))
    return Several(tuple(found))


def _one(size: int, level: int, kind: int, data: bytes) -> Value:
    fields: dict[str, Value] = {
        "cmsg_len": size,
        "cmsg_level": k.constant(k.SOL, level),
        "cmsg_type": k.constant(k.CONTROL.get(level, {}), kind),
    }
    least, read = _READINGS.get((level, kind), (0, None))
    if read is not None and len(data) >= least:
        fields["cmsg_data"] = read(data)
    return Fields("cmsghdr", fields)


def _numbers(data: bytes, form: str) -> Value:
    size = struct.calcsize(form)
    return Several(struct.unpack(f"<{len(data) // size}{form}", data[: len(data) // size * size]))


def _bits(data: bytes) -> Value:
    return Several(tuple(Flags((), byte, byte) for byte in data))


def _packet(data: bytes) -> Value:
    (index,) = struct.unpack_from("<I", data)
    return Fields(
        "in_pktinfo",
        {
            "ipi_ifindex": named_interface(index),
            "ipi_spec_dst": inet(data[4:8]),
            "ipi_addr": inet(data[8:12]),
        },
    )


def _error(data: bytes) -> Value:
    number, origin, kind, code, information, more = struct.unpack_from("<IBBBxII", data)
    return Fields(
        "sock_extended_err",
        {
            "ee_errno": number,
            "ee_origin": origin,
            "ee_type": kind,
            "ee_code": code,
            "ee_info": information,
            "ee_data": more,
            "offender": socket_address(data[16:32]),
        },
    )


def _time(fraction: str) -> Callable[[bytes], Value]:
    return lambda data: timespec(data[:16], fraction)


def _times(data: bytes) -> Value:
    return Several(tuple(timespec(data[at : at + 16]) for at in (0, 16, 32)))


_READINGS: dict[tuple[int, int], tuple[int, Callable[[bytes], Value]]] = {
    (1, 1): (4, lambda data: _numbers(data, "i")),
    (1, 2): (12, lambda data: ucred(data[:12])),
    (1, 3): (1, lambda data: Data(data, len(data))),
    **{(1, option): (16, _time("tv_usec")) for option in (29, 63)},
    **{(1, option): (16, _time("tv_nsec")) for option in (35, 64)},
    **{(1, option): (48, _times) for option in (37, 65)},
    (0, 8): (12, _packet),
    (0, 2): (4, lambda data: _numbers(data, "I")),
    **{(0, option): (1, _bits) for option in (1, 6, 7)},
    (0, 11): (32, _error),
    (0, 20): (16, socket_address),
    (0, 23): (4, lambda data: _numbers(data, "I")),
}

VECTOR_IN = ArgumentKind(_given, _take_given)
VECTOR_OUT = ArgumentKind(_filled, _take_filled, False, True)
MESSAGE_IN = ArgumentKind(_sent, _take_sent)
MESSAGE_OUT = ArgumentKind(_received, _take_received, True, True)
