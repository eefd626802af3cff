"""Socket options: the layout of their values; see socket(7), tcp(7), ip(7), ipv6(7)."""

import struct
from collections.abc import Callable

from walkthrough.capture.decode.addresses import length_after, length_before
from walkthrough.capture.decode.kinds import (
    MASK,
    ArgumentKind,
    Saved,
    SavedCall,
    Words,
    buffer_value,
    pointer,
    start_of,
    unreadable,
)
from walkthrough.capture.decode.memory import Memory, read_up_to, signed
from walkthrough.capture.decode.structs import any_group, group, group6, linger, ucred
from walkthrough.model.linux import constants as k
from walkthrough.model.values import Constant, Pointer, Reference, Several, Value

_INT = struct.Struct("<i")
_NETLINK = 270
_LIST_MEMBERSHIPS = 9

Reading = Callable[[bytes], Value]
"""Reads a value of at least the given size."""


def _int(data: bytes) -> Value:
    return Reference(_INT.unpack_from(data)[0])


def _named(table: k.Table) -> Reading:
    return lambda data: Reference(k.constant(table, _INT.unpack_from(data)[0]))


# (level, option) -> the minimum size, and its reader; the others are an int if they
# have the size of one, else a string.
_BOTH: dict[tuple[int, int], tuple[int, Reading]] = {
    **{(1, option): (4, _int) for option in k.SO_INTEGERS},
    (1, 74): (4, _named(k.TXREHASH)),
}
_SET: dict[tuple[int, int], tuple[int, Reading]] = {
    **_BOTH,
    (1, 13): (8, linger),
    **{(0, option): (8, group) for option in (35, 36)},
    **{(level, option): (136, any_group) for level in (0, 41) for option in (42, 45)},
    **{(41, option): (20, group6) for option in (20, 21, 27, 28)},
}
_GOT: dict[tuple[int, int], tuple[int, Reading]] = {
    **_BOTH,
    (1, 4): (4, _named(k.ERRNO)),
    (1, 13): (1, linger),
    (1, 17): (1, ucred),
}
_FILTER = 26  # its two directions have two names, and its value no fixed size


def _level(seen: SavedCall, i: int) -> int:
    return seen.words[i] & MASK


def _option(got: bool) -> ArgumentKind:
    def decode(seen: SavedCall, i: int) -> Value:
        level, raw = _level(seen, i - 1), seen.words[i] & MASK
        if got and (level, raw) == (1, _FILTER):
            return Constant("SO_GET_FILTER", raw)
        tables = k.OPTIONS_GOT if got else k.OPTIONS_SET
        return k.constant({**k.OPTIONS.get(level, {}), **tables.get(level, {})}, raw)

    return ArgumentKind(decode)


def _take_given(memory: Memory, w: Words, i: int, _r: int | None) -> Saved:
    length = signed(w[i + 1], 32)
    # A negative length is a huge one: everything there is.
    return start_of(memory, w[i], length if length >= 0 else 1 << 32)


def _given(seen: SavedCall, i: int) -> Value:
    at, length = seen.words[i], signed(seen.words[i + 1], 32)
    level, option = _level(seen, i - 2), _level(seen, i - 1)
    if not at:
        return None
    known = _SET.get((level, option)) or ((4, _int) if level == _NETLINK else None)
    if (level, option) in ((1, _FILTER), (1, 51)):
        return pointer(at)
    if known is not None:
        least, read = known
        return pointer(at) if length < least else _read(read, seen.before[i], least, at)
    return _plain(seen.before[i], at, length)


def _read(read: Reading, grab: Saved, least: int, at: int) -> Value:
    if not isinstance(grab, bytes) or len(grab) < least:
        return unreadable(at)
    return read(grab)


def _plain(grab: Saved, at: int, length: int) -> Value:
    if length == _INT.size:
        return _read(_int, grab, _INT.size, at)
    return buffer_value(grab, at, length if length >= 0 else length & (1 << 64) - 1)


def _take_got(memory: Memory, w: Words, i: int, r: int | None) -> Saved:
    if r is None or r < 0 or not w[i] or not w[i + 1]:
        return None
    length = read_up_to(memory, w[i + 1], _INT.size)
    if len(length) != _INT.size:
        return None
    return start_of(memory, w[i], max(_INT.unpack(length)[0], 0))


def _got(seen: SavedCall, i: int) -> Value:
    at = seen.words[i]
    before, length = length_before(seen, i + 1), length_after(seen, i + 1)
    if before is None or length is None or before <= 0 or length <= 0:
        return pointer(at)
    level, option = _level(seen, i - 2), _level(seen, i - 1)
    grab = seen.after[i]
    if not at:
        return None
    if level == _NETLINK:
        return _memberships(grab, at, min(before, length), option)
    known = _GOT.get((level, option))
    if known is None:
        return Pointer(at) if (level, option) == (1, _FILTER) else _plain(grab, at, length)
    least, read = known
    if length < least:
        return buffer_value(grab, at, length)
    if isinstance(grab, bytes):
        grab = grab[:length]
    return _read(read, grab, least, at)


def _memberships(grab: Saved, at: int, length: int, option: int) -> Value:
    if option != _LIST_MEMBERSHIPS:
        return _read(_int, grab, _INT.size, at)
    data = grab if isinstance(grab, bytes) else b""
    return Several(struct.unpack(f"<{length // 4}I", data[: length // 4 * 4]))


OPTION, OPTION_GOT = _option(False), _option(True)
OPTION_VALUE = ArgumentKind(_given, _take_given)
OPTION_VALUE_OUT = ArgumentKind(_got, _take_got, False, True)
