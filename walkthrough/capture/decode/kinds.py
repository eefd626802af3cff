"""Kinds of system-call arguments: what is saved of each at the stop, and what it means later.

An `ArgumentKind` says which memory to save (bytes only, cheap) and decodes words and bytes
afterwards, without a process. Here are those that many calls share; which call has which is
`calls`.
"""

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from walkthrough.capture.decode.memory import Memory, read_text, read_up_to, signed
from walkthrough.model.linux import constants as k
from walkthrough.model.values import (
    Constant,
    Data,
    EpollEvent,
    Fields,
    Flags,
    Pointer,
    Several,
    Text,
    Unreadable,
    Value,
)

DATA_LIMIT = 1024
"""Bytes of a read or written buffer that are kept; `Data.length` tells how many there were."""
SHOWN = 33
"""Bytes that must be readable of a buffer: what strace(1) shows, and one more."""
PATH_LIMIT = 4096
EVENTS_LIMIT = 128

Words = tuple[int, ...]
Saved = bytes | tuple[Any, ...] | None
"""What was saved of one argument: bytes, or a tuple of what each part of it points to."""
MASK = 0xFFFFFFFF


class SavedCall(NamedTuple):
    """A call as it was saved.

    Attributes:
        words: Its arguments.
        before: What they pointed to at its entry, one item for each argument.
        after: What those that the kernel fills in pointed to at its exit; empty before.
        result: Its result, -errno if it failed; None before its exit.
    """

    words: Words
    before: tuple[Saved, ...]
    after: tuple[Saved, ...]
    result: int | None

    @property
    def done(self) -> bool:
        """Whether it has returned and did not fail."""
        return self.result is not None and self.result >= 0

    @property
    def failed(self) -> bool:
        """Whether it has returned and failed."""
        return self.result is not None and self.result < 0


class ArgumentKind(NamedTuple):
    """How one argument is saved and decoded.

    Attributes:
        decode: ``(seen, index) -> value``.
        take: ``(memory, words, index, result) -> saved``; ``result`` is None at entry.
        at_entry: Whether to save at the call's entry,
        at_exit: or at its exit, for what the kernel fills in.
        given: ``(words, index)``: whether the call has this argument at all; None for always.
    """

    decode: Callable[[SavedCall, int], Value]
    take: Callable[[Memory, Words, int, int | None], Saved] | None = None
    at_entry: bool = True
    at_exit: bool = False
    given: Callable[[Words, int], bool] | None = None


def saved_bytes(grab: Saved) -> bytes:
    """Return the bytes that were saved, none if nothing was."""
    return grab if isinstance(grab, bytes) else b""


def _int(seen: SavedCall, i: int) -> Value:
    return signed(seen.words[i], 32)


def _unsigned(seen: SavedCall, i: int) -> Value:
    return seen.words[i] & MASK


def _size(seen: SavedCall, i: int) -> Value:
    return seen.words[i]


def pointer(address: int) -> Value:
    """Return an address as a value; 0 is NULL."""
    return Pointer(address) if address else None


def unreadable(address: int) -> Value:
    """Return the value for memory that could not be read; 0 is NULL."""
    return Unreadable("no memory there", address) if address else None


def named(table: k.Table) -> ArgumentKind:
    """Return the kind of a number that ``table`` names."""
    return ArgumentKind(lambda seen, i: k.constant(table, seen.words[i] & MASK))


def flagged(table: k.Table) -> ArgumentKind:
    """Return the kind of a set of bits that ``table`` names."""
    return ArgumentKind(lambda seen, i: k.flags(table, seen.words[i] & MASK))


def split_flags(raw: int, base: k.Table, mask: int, rest: k.Table) -> Flags:
    """Decode a word whose low bits (``mask``) hold one named number and the others flags."""
    low, high = raw & mask, k.flags(rest, raw & ~mask)
    name = base.get(low)
    if name is None:
        return Flags(high.names, raw, high.rest | low)
    return Flags((name, *high.names), raw, high.rest)


def socket_type(raw: int) -> Flags:
    """Decode the type argument of socket(2): the type, then SOCK_CLOEXEC and SOCK_NONBLOCK."""
    return split_flags(raw & MASK, k.SOCK_TYPE, k.SOCK_TYPE_MASK, k.SOCK_FLAGS)


def open_flags(raw: int, names: k.Table) -> Flags:
    """Decode open(2) flags: the access mode, then the rest by ``names``."""
    return split_flags(raw & MASK, k.O_ACCESS, k.O_ACCESS_MASK, names)


def _protocol(seen: SavedCall, i: int) -> Value:
    domain = k.AF.get(seen.words[i - 2] & MASK, "")
    if domain in ("AF_INET", "AF_INET6"):
        return k.constant(k.IPPROTO, seen.words[i] & MASK)
    if domain == "AF_NETLINK":
        return k.constant(k.NETLINK, seen.words[i] & MASK)
    return Constant("", seen.words[i])


# buffers


def text_or_bytes(data: bytes, cut: bool = False) -> Value:
    """Return a string's bytes as text, or as bytes where they are not UTF-8."""
    try:
        return Text(data.decode(), cut)
    except UnicodeDecodeError:
        return Data(data, len(data) + cut)


def buffer_value(data: Saved, address: int, length: int) -> Value:
    """Return a buffer of ``length`` bytes of which ``data`` was saved."""
    if not address:
        return None
    if len(saved_bytes(data)) < min(length, SHOWN):
        return unreadable(address)
    return Data(saved_bytes(data)[:length], length)


def start_of(memory: Memory, address: int, length: int) -> Saved:
    """Save the start of a buffer."""
    return read_up_to(memory, address, min(length, DATA_LIMIT)) if address else None


def _data_in(seen: SavedCall, i: int) -> Value:
    return buffer_value(seen.before[i], seen.words[i], seen.words[i + 1])


def _data_out(seen: SavedCall, i: int) -> Value:
    if not seen.done or seen.result is None:
        return pointer(seen.words[i])
    return buffer_value(seen.after[i], seen.words[i], seen.result)


def _received(seen: SavedCall, i: int) -> Value:
    if not seen.done or seen.result is None:
        return pointer(seen.words[i])
    # With MSG_TRUNC the result may be more than the buffer took, see recv(2).
    return buffer_value(seen.after[i], seen.words[i], min(seen.result, seen.words[i + 1]))


def _take_data_in(memory: Memory, w: Words, i: int, _r: int | None) -> Saved:
    return start_of(memory, w[i], w[i + 1])


def _take_data_out(memory: Memory, w: Words, i: int, r: int | None) -> Saved:
    return start_of(memory, w[i], r) if r and r > 0 else None


def _take_received(memory: Memory, w: Words, i: int, r: int | None) -> Saved:
    return start_of(memory, w[i], min(r, w[i + 1])) if r and r > 0 else None


def _take_path(memory: Memory, w: Words, i: int, _r: int | None) -> Saved:
    return read_text(memory, w[i], PATH_LIMIT) if w[i] else None


def _path(seen: SavedCall, i: int) -> Value:
    grab = seen.before[i]
    if not isinstance(grab, bytes):
        return unreadable(seen.words[i])
    head, nul, _ = grab.partition(b"\0")
    return text_or_bytes(head[: PATH_LIMIT - 1], cut=not nul)


def _take_pair(memory: Memory, w: Words, i: int, r: int | None) -> Saved:
    return read_up_to(memory, w[i], 8) if r == 0 and w[i] else None


def _pair(seen: SavedCall, i: int) -> Value:
    grab = saved_bytes(seen.after[i]) if seen.after else b""
    return Several(struct.unpack("<ii", grab)) if len(grab) == 8 else pointer(seen.words[i])


# epoll

_EPOLL_CTL_DEL = 2


def _epoll_events(data: bytes, form: struct.Struct) -> tuple[EpollEvent, ...]:
    several = data[: len(data) - len(data) % form.size]
    return tuple(
        EpollEvent(k.flags(k.EPOLL_EVENTS, events), user_data)
        for events, user_data in form.iter_unpack(several)
    )


def epoll_event(form: struct.Struct) -> ArgumentKind:
    """Return the kind of a pointer to one ``struct epoll_event`` of this form."""

    def take(memory: Memory, w: Words, i: int, _r: int | None) -> Saved:
        return read_up_to(memory, w[i], form.size) if w[i] else None

    def decode(seen: SavedCall, i: int) -> Value:
        if seen.words[1] & MASK == _EPOLL_CTL_DEL:  # the kernel ignores it, see epoll_ctl(2)
            return pointer(seen.words[i])
        decoded = _epoll_events(saved_bytes(seen.before[i]), form)
        return decoded[0] if decoded else unreadable(seen.words[i])

    return ArgumentKind(decode, take)


def epoll_events(form: struct.Struct) -> ArgumentKind:
    """Return the kind of an array of such events, which the kernel fills in."""

    def take(memory: Memory, w: Words, i: int, r: int | None) -> Saved:
        if not w[i] or r is None or r <= 0:
            return None
        return read_up_to(memory, w[i], min(r, EVENTS_LIMIT) * form.size)

    def decode(seen: SavedCall, i: int) -> Value:
        decoded = _epoll_events(saved_bytes(seen.after[i]), form) if seen.after else ()
        if not seen.done or not seen.words[i] or (seen.result and not decoded):
            return pointer(seen.words[i])
        return Several(decoded)

    return ArgumentKind(decode, take, False, True)


_SIGNALS_BYTES = 8  # of the kernel's sigset_t


def _take_signals(memory: Memory, w: Words, i: int, _r: int | None) -> Saved:
    return read_up_to(memory, w[i], 8) if w[i] and w[i + 1] == _SIGNALS_BYTES else None


def _signals(seen: SavedCall, i: int) -> Value:
    grab = saved_bytes(seen.before[i])
    if len(grab) != _SIGNALS_BYTES or seen.failed:
        return pointer(seen.words[i])
    mask = int.from_bytes(grab, "little")
    return Flags(tuple(k.signal(bit + 1) for bit in range(64) if mask >> bit & 1), mask)


def _take_timespec(memory: Memory, w: Words, i: int, _r: int | None) -> Saved:
    return read_up_to(memory, w[i], 16) if w[i] else None


def timespec(data: bytes, fraction: str = "tv_nsec") -> Value:
    """Decode a ``struct timespec``, or a ``struct timeval`` with ``tv_usec``: 16 bytes."""
    seconds, parts = struct.unpack("<qQ", data)
    return Fields("timespec", {"tv_sec": seconds, fraction: parts})


def _timespec(seen: SavedCall, i: int) -> Value:
    grab = saved_bytes(seen.before[i])
    return timespec(grab) if len(grab) == 16 and not seen.failed else pointer(seen.words[i])


# files


def _dirfd(seen: SavedCall, i: int) -> Value:
    fd = signed(seen.words[i], 32)
    return Constant("AT_FDCWD", fd) if fd == k.AT_FDCWD else fd


def flags_of_open(names: k.Table) -> ArgumentKind:
    """Return the kind of open(2)'s flags, which ``names`` names."""
    return ArgumentKind(lambda seen, i: open_flags(seen.words[i], names))


def _open_mode(seen: SavedCall, i: int) -> Value:
    return seen.words[i] & 0xFFFF


def _makes_file(w: Words, i: int) -> bool:
    return bool(w[i - 1] & k.O_MAKES_FILE)  # otherwise a mode is ignored, see open(2)


INT, UNSIGNED, SIZE = ArgumentKind(_int), ArgumentKind(_unsigned), ArgumentKind(_size)
DATA_IN = ArgumentKind(_data_in, _take_data_in)
DATA_OUT = ArgumentKind(_data_out, _take_data_out, False, True)
RECEIVED = ArgumentKind(_received, _take_received, False, True)
PATH = ArgumentKind(_path, _take_path)
SOCKET_TYPE = ArgumentKind(lambda seen, i: socket_type(seen.words[i]))
SOCKET = (("domain", named(k.AF)), ("type", SOCKET_TYPE), ("protocol", ArgumentKind(_protocol)))
SIGNALS = ArgumentKind(_signals, _take_signals)
TIMESPEC = ArgumentKind(_timespec, _take_timespec)
PAIR = ArgumentKind(_pair, _take_pair, False, True)
DIRFD = ArgumentKind(_dirfd)
OPEN_MODE = ArgumentKind(_open_mode, given=_makes_file)


def changed(before: int, after: int) -> Value:
    """Return a number that the kernel may have changed: both if it has."""
    return Several((before, after)) if before != after else after
