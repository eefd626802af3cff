"""Kinds of system-call arguments: what is saved of each at the stop, and what it means later.

A `Kind` says which memory to save (bytes only, cheap) and decodes words and bytes afterwards, with
no process at hand. Which call has which arguments is `calls`' to say.
"""

import ipaddress
import platform
import struct
from collections.abc import Callable
from typing import NamedTuple

from walkthrough.capture.decode.memory import signed
from walkthrough.model import constants as k
from walkthrough.model.values import (
    Constant,
    Data,
    EpollEvent,
    Flags,
    Pointer,
    Reference,
    Several,
    SocketAddress,
    Text,
    Unreadable,
    Value,
)

DATA_LIMIT = 1024
"""Bytes of a read or written buffer that are kept; `Data.length` tells how many there were."""
PATH_LIMIT = 4096
EVENTS_LIMIT = 128

Words = tuple[int, ...]
Grab = bytes | None


class Kind(NamedTuple):
    """How one argument is saved and decoded.

    Attributes:
        decode: ``(words, index, grab, result) -> value``; ``result`` is None at entry.
        span: ``(words, index, result) -> (address, length)`` of memory to save, or None.
        at_exit: True if the kernel fills it in: decoded after the call, a pointer before.
    """

    decode: Callable[[Words, int, Grab, int | None], Value]
    span: Callable[[Words, int, int | None], tuple[int, int] | None] | None = None
    at_exit: bool = False


def _int(w: Words, i: int, _g: Grab, _r: int | None) -> Value:
    return signed(w[i], 32)


def _long(w: Words, i: int, _g: Grab, _r: int | None) -> Value:
    return signed(w[i])


def _size(w: Words, i: int, _g: Grab, _r: int | None) -> Value:
    return w[i]


def _pointer(w: Words, i: int, _g: Grab, _r: int | None) -> Value:
    return Pointer(w[i]) if w[i] else None


def named(table: k.Table) -> Kind:
    """Return the kind of a number that ``table`` names."""
    return Kind(lambda w, i, _g, _r: k.constant(table, signed(w[i], 32)))


def flagged(table: k.Table) -> Kind:
    """Return the kind of a set of bits that ``table`` names."""
    return Kind(lambda w, i, _g, _r: k.flags(table, w[i] & 0xFFFFFFFF))


def split_flags(raw: int, base: k.Table, mask: int, rest: k.Table) -> Flags:
    """Decode a word whose low bits (``mask``) hold one named number and the others flags."""
    low, high = raw & mask, k.flags(rest, raw & ~mask)
    name = base.get(low)
    if name is None:
        return Flags(high.names, raw, high.rest | low)
    return Flags((name, *high.names), raw, high.rest)


def socket_type(raw: int) -> Flags:
    """Decode the type argument of socket(2): the type, then SOCK_CLOEXEC and SOCK_NONBLOCK."""
    return split_flags(raw & 0xFFFFFFFF, k.SOCK_TYPE, k.SOCK_TYPE_MASK, k.SOCK_FLAGS)


def open_flags(raw: int) -> Flags:
    """Decode open(2) flags: the access mode, then the rest."""
    return split_flags(raw & 0xFFFFFFFF, k.O_ACCESS, k.O_ACCESS_MASK, k.O_FLAGS)


def socket_address(raw: bytes) -> Value:
    """Decode a ``struct sockaddr`` of any family; see ip(7), ipv6(7), unix(7)."""
    if len(raw) < 2:
        return Data(raw, len(raw))
    (family,) = struct.unpack_from("<H", raw)
    name = k.AF.get(family, "")
    if family == 2 and len(raw) >= 8:
        (port,) = struct.unpack_from(">H", raw, 2)
        return SocketAddress(name, str(ipaddress.IPv4Address(raw[4:8])), port)
    if family == 10 and len(raw) >= 24:
        port, flowinfo = struct.unpack_from(">HI", raw, 2)
        scope = struct.unpack_from("<I", raw, 24)[0] if len(raw) >= 28 else 0
        host = str(ipaddress.IPv6Address(raw[8:24]))
        return SocketAddress(name, host, port, flowinfo=flowinfo, scope_id=scope)
    if family == 1:
        path = raw[2:]
        path = path if path[:1] == b"\0" else path.split(b"\0", 1)[0]
        return SocketAddress(name, path=path.decode("utf-8", "replace"))
    return Data(raw, len(raw))


def _unreadable(w: Words, i: int) -> Value:
    return Unreadable("no memory there", w[i]) if w[i] else None


def _address_in(w: Words, i: int, g: Grab, _r: int | None) -> Value:
    return _unreadable(w, i) if g is None else socket_address(g)


def _address_in_span(w: Words, i: int, _r: int | None) -> tuple[int, int] | None:
    return (w[i], min(w[i + 1], 128)) if w[i] else None


def _address_out(w: Words, i: int, g: Grab, r: int | None) -> Value:
    if r is None or r < 0 or not g:
        return _pointer(w, i, None, r)
    return socket_address(g)


_SOCKLEN = struct.Struct("<I")


def filled(buffer: Grab, length: Grab) -> Grab:
    """Cut an address buffer to the length that the kernel has told: what follows is not its own.

    The length may be more than the buffer took, see accept(2).
    """
    return buffer if buffer is None or length is None else buffer[: _SOCKLEN.unpack(length)[0]]


def _length_span(w: Words, i: int, _r: int | None) -> tuple[int, int] | None:
    return (w[i], 4) if w[i] else None


def _length(w: Words, i: int, g: Grab, _r: int | None) -> Value:
    return _unreadable(w, i) if g is None else Reference(_SOCKLEN.unpack(g)[0])


def _option(w: Words, i: int, _g: Grab, _r: int | None) -> Value:
    return k.constant(k.OPTIONS.get(w[i - 1] & 0xFFFFFFFF, {}), w[i] & 0xFFFFFFFF)


def _option_value_span(w: Words, i: int, _r: int | None) -> tuple[int, int] | None:
    return (w[i], min(w[i + 1], 256)) if w[i] else None


def _option_value(w: Words, i: int, g: Grab, _r: int | None) -> Value:
    if g is None:
        return _unreadable(w, i)
    if len(g) == 4:
        return Reference(struct.unpack("<i", g)[0])
    return Data(g, len(g))


def _option_value_out_span(w: Words, i: int, r: int | None) -> tuple[int, int] | None:
    return (w[i], 4) if w[i] and r == 0 else None


def _option_value_out(w: Words, i: int, g: Grab, r: int | None) -> Value:
    return _pointer(w, i, None, r) if g is None else Reference(struct.unpack("<i", g)[0])


# uapi/linux/eventpoll.h: packed on x86_64 and nowhere else
_EPOLL_EVENT = struct.Struct("<IQ" if platform.machine() == "x86_64" else "<I4xQ")


_EPOLL_CTL_DEL = 2


def _event_span(w: Words, i: int, _r: int | None) -> tuple[int, int] | None:
    return (w[i], _EPOLL_EVENT.size) if w[i] else None


def _event(w: Words, i: int, g: Grab, _r: int | None) -> Value:
    if w[1] == _EPOLL_CTL_DEL:  # the kernel does not look at it, see epoll_ctl(2)
        return _pointer(w, i, None, None)
    if g is None:
        return _unreadable(w, i)
    events, data = _EPOLL_EVENT.unpack(g)
    return EpollEvent(k.flags(k.EPOLL_EVENTS, events), data)


def _events_span(w: Words, i: int, r: int | None) -> tuple[int, int] | None:
    return (w[i], min(r, EVENTS_LIMIT) * _EPOLL_EVENT.size) if r and r > 0 else None


def _events(w: Words, i: int, g: Grab, r: int | None) -> Value:
    if r is None or r < 0:
        return _pointer(w, i, None, r)
    return Several(
        tuple(
            EpollEvent(k.flags(k.EPOLL_EVENTS, events), data)
            for events, data in _EPOLL_EVENT.iter_unpack(g or b"")
        )
    )


def _path_span(w: Words, i: int, _r: int | None) -> tuple[int, int] | None:
    # Up to the page's end only: the string may end just before unmapped memory.
    return (w[i], min(PATH_LIMIT, 4096 - w[i] % 4096)) if w[i] else None


def _path(w: Words, i: int, g: Grab, _r: int | None) -> Value:
    if g is None:
        return _unreadable(w, i)
    head, nul, _ = g.partition(b"\0")
    return Text(head.decode("utf-8", "replace"), truncated=not nul)


def _dirfd(w: Words, i: int, _g: Grab, _r: int | None) -> Value:
    fd = signed(w[i], 32)
    return Constant("AT_FDCWD", fd) if fd == k.AT_FDCWD else fd


def _open_flags(w: Words, i: int, _g: Grab, _r: int | None) -> Value:
    return open_flags(w[i])


def _open_mode(w: Words, i: int, _g: Grab, _r: int | None) -> Value:
    # open(2): a mode is given only if a file may be made; O_CREAT, or all of O_TMPFILE
    makes = w[i - 1] & 0o100 or w[i - 1] & 0o20200000 == 0o20200000
    return w[i] & 0o7777 if makes else None


def _fcntl_argument(w: Words, i: int, _g: Grab, _r: int | None) -> Value:
    command = k.FCNTL.get(w[i - 1] & 0xFFFFFFFF, "")
    if command == "F_SETFL":
        return open_flags(w[i])
    if command == "F_SETFD":
        return k.flags(k.FD_FLAGS, w[i])
    if command in ("F_GETFL", "F_GETFD", "F_GETOWN", "F_GETSIG", "F_GETPIPE_SZ"):
        return None
    return signed(w[i])


def _data_out_span(w: Words, i: int, r: int | None) -> tuple[int, int] | None:
    return (w[i], min(r, DATA_LIMIT)) if r and r > 0 else None


def _data_out(w: Words, i: int, g: Grab, r: int | None) -> Value:
    if r is None or r < 0:
        return _pointer(w, i, None, r)
    return _unreadable(w, i) if g is None and r else Data(g or b"", r)


def _data_in_span(w: Words, i: int, _r: int | None) -> tuple[int, int] | None:
    return (w[i], min(w[i + 1], DATA_LIMIT)) if w[i] and w[i + 1] else None


def _data_in(w: Words, i: int, g: Grab, _r: int | None) -> Value:
    return _unreadable(w, i) if g is None and w[i + 1] else Data(g or b"", w[i + 1])


def _pair_span(w: Words, i: int, r: int | None) -> tuple[int, int] | None:
    return (w[i], 8) if r == 0 else None


def _pair(w: Words, i: int, g: Grab, r: int | None) -> Value:
    return _pointer(w, i, None, r) if g is None else Several(struct.unpack("<ii", g))


INT, LONG, SIZE, POINTER = Kind(_int), Kind(_long), Kind(_size), Kind(_pointer)
ADDRESS_IN = Kind(_address_in, _address_in_span)
ADDRESS_OUT = Kind(
    _address_out, lambda w, i, r: (w[i], 112) if w[i] and r is not None and r >= 0 else None, True
)
LENGTH = Kind(_length, _length_span)
LENGTH_OUT = Kind(_length, _length_span, True)
DATA_IN = Kind(_data_in, _data_in_span)
DATA_OUT = Kind(_data_out, _data_out_span, True)
PATH = Kind(_path, _path_span)
SOCKET_TYPE = Kind(lambda w, i, _g, _r: socket_type(w[i]))
SOCKET = (("domain", named(k.AF)), ("type", SOCKET_TYPE), ("protocol", named(k.IPPROTO)))
NAME_OUT = (("sockfd", INT), ("addr", ADDRESS_OUT), ("addrlen", LENGTH_OUT))
EVENTS = Kind(_events, _events_span, True)
PAIR = Kind(_pair, _pair_span, True)
OPTION = Kind(_option)
OPTION_VALUE = Kind(_option_value, _option_value_span)
OPTION_VALUE_OUT = Kind(_option_value_out, _option_value_out_span, True)
FCNTL_ARGUMENT = Kind(_fcntl_argument)
EVENT = Kind(_event, _event_span)
DIRFD = Kind(_dirfd)
OPEN_FLAGS = Kind(_open_flags)
OPEN_MODE = Kind(_open_mode)
