"""What poll(2) and select(2) wait for, and what they have found."""

import struct

from walkthrough.capture.decode.kinds import (
    ArgumentKind,
    Saved,
    SavedCall,
    Words,
    pointer,
    saved_bytes,
    timespec,
)
from walkthrough.capture.decode.memory import Memory, read_up_to
from walkthrough.model.linux import constants as k
from walkthrough.model.values import Fields, Several, Value

_POLLFD = struct.Struct("<iHH")
_MOST_POLLED = 64
"""How many descriptors of one call are kept."""
_LARGEST_SET = 1024
"""FD_SETSIZE: how many descriptors a set of the C library has room for."""
_WORD = 8
_TIMEVAL = 16


def _take_polled(memory: Memory, w: Words, i: int, _r: int | None) -> Saved:
    return read_up_to(memory, w[i], min(w[i + 1], _MOST_POLLED) * _POLLFD.size) if w[i] else None


def _polled(seen: SavedCall, i: int) -> Value:
    found = bool(seen.done and seen.result and seen.result > 0)
    data = saved_bytes(seen.after[i]) if found and seen.after else saved_bytes(seen.before[i])
    if not data:
        return pointer(seen.words[i])
    items = []
    for fd, events, ready in _POLLFD.iter_unpack(data[: len(data) - len(data) % _POLLFD.size]):
        fields: dict[str, Value] = {"fd": fd, "events": k.flags(k.POLL_EVENTS, events)}
        if found and ready:
            fields["revents"] = k.flags(k.POLL_EVENTS, ready)
        items.append(Fields("pollfd", fields))
    return Several(tuple(items))


def _take_set(memory: Memory, w: Words, i: int, _r: int | None) -> Saved:
    room = -(-min(w[0], _LARGEST_SET) // (8 * _WORD)) * _WORD
    return read_up_to(memory, w[i], room) if w[i] else None


def _set(seen: SavedCall, i: int) -> Value:
    """Return the descriptors of a set; what the kernel leaves in it says the result."""
    data = saved_bytes(seen.before[i])
    if not data:
        return pointer(seen.words[i])
    bits = int.from_bytes(data, "little")
    return Several(tuple(fd for fd in range(min(seen.words[0], 8 * len(data))) if bits >> fd & 1))


def _take_timeval(memory: Memory, w: Words, i: int, _r: int | None) -> Saved:
    return read_up_to(memory, w[i], _TIMEVAL) if w[i] else None


def _timeval(seen: SavedCall, i: int) -> Value:
    data = saved_bytes(seen.before[i])
    return timespec(data, "tv_usec") if len(data) == _TIMEVAL else pointer(seen.words[i])


POLLED = ArgumentKind(_polled, _take_polled, True, True)
"""An array of ``struct pollfd``; its length is the argument after it."""
FD_SET = ArgumentKind(_set, _take_set)
"""A set of descriptors below the first argument."""
TIMEVAL = ArgumentKind(_timeval, _take_timeval)
POINTER = ArgumentKind(lambda seen, i: pointer(seen.words[i]))
"""A pointer to what is not looked at."""
