"""The system calls on the path: their arguments as data, and how raw words become values.

Each argument has a `Kind`: what it saves at the stop (`grab`, cheap, bytes only) and what that
means (`decode`, later, no process needed). Names of arguments are those of the manual pages.
"""

import ipaddress
import platform
import struct
from collections.abc import Callable
from typing import NamedTuple

from walkthrough.capture.decode.memory import Memory, signed
from walkthrough.model import constants as k
from walkthrough.model.values import (
    Argument,
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


class CallSpec(NamedTuple):
    """A system call: its name and its arguments, each with a kind."""

    name: str
    arguments: tuple[tuple[str, Kind], ...]


def _int(w: Words, i: int, _g: Grab, _r: int | None) -> Value:
    return signed(w[i], 32)


def _long(w: Words, i: int, _g: Grab, _r: int | None) -> Value:
    return signed(w[i])


def _size(w: Words, i: int, _g: Grab, _r: int | None) -> Value:
    return w[i]


def _pointer(w: Words, i: int, _g: Grab, _r: int | None) -> Value:
    return Pointer(w[i]) if w[i] else None


def _named(table: k.Table) -> Kind:
    return Kind(lambda w, i, _g, _r: k.constant(table, signed(w[i], 32)))


def _flagged(table: k.Table) -> Kind:
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
    if r is None or r < 0 or g is None:
        return _pointer(w, i, None, r)
    return socket_address(g)


_SOCKLEN = struct.Struct("<I")


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
SOCKET = (("domain", _named(k.AF)), ("type", SOCKET_TYPE), ("protocol", _named(k.IPPROTO)))
NAME_OUT = (("sockfd", INT), ("addr", ADDRESS_OUT), ("addrlen", LENGTH_OUT))
EVENTS = Kind(_events, _events_span, True)
PAIR = Kind(_pair, _pair_span, True)

# System-call numbers of x86_64: arch/x86/entry/syscalls/syscall_64.tbl
CALLS: dict[int, CallSpec] = {
    0: CallSpec("read", (("fd", INT), ("buf", DATA_OUT), ("count", SIZE))),
    1: CallSpec("write", (("fd", INT), ("buf", DATA_IN), ("count", SIZE))),
    3: CallSpec("close", (("fd", INT),)),
    41: CallSpec("socket", SOCKET),
    42: CallSpec("connect", (("sockfd", INT), ("addr", ADDRESS_IN), ("addrlen", INT))),
    43: CallSpec("accept", NAME_OUT),
    44: CallSpec(
        "sendto",
        (
            ("sockfd", INT),
            ("buf", DATA_IN),
            ("len", SIZE),
            ("flags", _flagged(k.MSG)),
            ("dest_addr", ADDRESS_IN),
            ("addrlen", INT),
        ),
    ),
    45: CallSpec(
        "recvfrom",
        (
            ("sockfd", INT),
            ("buf", DATA_OUT),
            ("len", SIZE),
            ("flags", _flagged(k.MSG)),
            ("src_addr", ADDRESS_OUT),
            ("addrlen", LENGTH_OUT),
        ),
    ),
    48: CallSpec("shutdown", (("sockfd", INT), ("how", _named(k.SHUT)))),
    49: CallSpec("bind", (("sockfd", INT), ("addr", ADDRESS_IN), ("addrlen", INT))),
    50: CallSpec("listen", (("sockfd", INT), ("backlog", INT))),
    51: CallSpec("getsockname", NAME_OUT),
    52: CallSpec("getpeername", NAME_OUT),
    53: CallSpec("socketpair", (*SOCKET, ("sv", PAIR))),
    54: CallSpec(
        "setsockopt",
        (
            ("sockfd", INT),
            ("level", _named(k.SOL)),
            ("optname", Kind(_option)),
            ("optval", Kind(_option_value, _option_value_span)),
            ("optlen", INT),
        ),
    ),
    55: CallSpec(
        "getsockopt",
        (
            ("sockfd", INT),
            ("level", _named(k.SOL)),
            ("optname", Kind(_option)),
            ("optval", Kind(_option_value_out, _option_value_out_span, True)),
            ("optlen", LENGTH_OUT),
        ),
    ),
    72: CallSpec("fcntl", (("fd", INT), ("op", _named(k.FCNTL)), ("arg", Kind(_fcntl_argument)))),
    232: CallSpec(
        "epoll_wait",
        (("epfd", INT), ("events", EVENTS), ("maxevents", INT), ("timeout", INT)),
    ),
    233: CallSpec(
        "epoll_ctl",
        (
            ("epfd", INT),
            ("op", _named(k.EPOLL_CTL)),
            ("fd", INT),
            ("event", Kind(_event, _event_span)),
        ),
    ),
    257: CallSpec(
        "openat",
        (
            ("dirfd", Kind(_dirfd)),
            ("pathname", PATH),
            ("flags", Kind(_open_flags)),
            ("mode", Kind(_open_mode)),
        ),
    ),
    281: CallSpec(
        "epoll_pwait",
        (
            ("epfd", INT),
            ("events", EVENTS),
            ("maxevents", INT),
            ("timeout", INT),
            ("sigmask", POINTER),
            ("sigsetsize", SIZE),
        ),
    ),
    288: CallSpec("accept4", (*NAME_OUT, ("flags", _flagged(k.SOCK_FLAGS)))),
    290: CallSpec("eventfd2", (("initval", INT), ("flags", _flagged(k.EVENTFD)))),
    291: CallSpec("epoll_create1", (("flags", _flagged(k.EPOLL_CREATE)),)),
    293: CallSpec("pipe2", (("pipefd", PAIR), ("flags", Kind(_open_flags)))),
}


def grab(
    spec: CallSpec, memory: Memory, words: Words, result: int | None = None
) -> tuple[Grab, ...]:
    """Save the memory that the arguments point to, at entry (``result`` None) or at exit.

    Returns:
        One item an argument: its bytes, or None where nothing was (or could be) read.
    """
    grabs: list[Grab] = []
    for index, (_, kind) in enumerate(spec.arguments):
        data: Grab = None
        if kind.span is not None and (not kind.at_exit or result is not None or kind is LENGTH_OUT):
            span = kind.span(words, index, result)
            if span is not None:
                try:
                    data = memory.read(*span)
                except OSError:
                    data = None
        grabs.append(data)
    return tuple(grabs)


def arguments(
    spec: CallSpec,
    words: Words,
    at_entry: tuple[Grab, ...],
    at_exit: tuple[Grab, ...] = (),
    result: int | None = None,
) -> tuple[Argument, ...]:
    """Decode the arguments of one call from its words and what `grab` saved.

    A length that the kernel changed becomes ``Reference(Several((before, after)))``.
    """
    decoded = []
    for index, (name, kind) in enumerate(spec.arguments):
        saved = at_exit[index] if at_exit and kind.at_exit else at_entry[index]
        value = kind.decode(words, index, saved, result)
        if value is None and name in ("arg", "mode"):
            continue  # an fcntl command, or an openat, that takes no such argument
        if kind is LENGTH_OUT and at_exit and at_entry[index] not in (None, saved):
            before = kind.decode(words, index, at_entry[index], None)
            if isinstance(before, Reference) and isinstance(value, Reference):
                value = Reference(Several((before.value, value.value)))
        decoded.append(Argument(name, value))
    return tuple(decoded)


def errno(number: int) -> Constant:
    """Name an error number, ``errno(11)`` is EAGAIN."""
    return k.constant(k.ERRNO, number)
