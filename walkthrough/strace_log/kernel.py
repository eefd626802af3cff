"""What the kernel must hold, as far as the calls in a log tell: descriptors, sockets, epoll.

Queues, and what the other ends do, no call tells; they stay unknown and the view says so. A view is
that of the process which has made the call.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import islice

from msgspec.structs import replace

from walkthrough.model import constants as k
from walkthrough.model.kernel import (
    Beyond,
    Descriptor,
    EpollInterest,
    EpollState,
    KernelState,
    SocketState,
)
from walkthrough.model.values import Flags, SocketAddress
from walkthrough.strace_log.addresses import address_of
from walkthrough.strace_log.arguments import label, split
from walkthrough.strace_log.descriptors import OPENING, PAIRS, Table, Tables, descriptor
from walkthrough.strace_log.record import Call
from walkthrough.strace_log.strings import bytes_of

LISTED = 48
"""So many descriptors, connections and interests are listed, the newest; the rest is counted."""
UNSEEN = "queues and the other ends: this view is told from the calls of a log"
NOTHING = KernelState((), (), (), (UNSEEN,))
"""What is left of a program that has ended: the kernel has closed all that was open."""
_OF_ONE = UNSEEN + "; its descriptors are those of process {process}"
_FREE, _A_CALL = 3000, 3
"""How much may be listed in the views of a log, and how much more of it for each call."""
_REMEMBERED = 1024
_EVENTS = re.compile(r"events=(?:(0x[0-9a-f]{1,8})|([A-Z][A-Z0-9_|]*))").search
_DATA = re.compile(r"u64=(0x[0-9a-f]{1,16}|\d{1,20})|data=(0x[0-9a-f]{1,16}|\d{1,20})").search
_MPTCP = re.compile(r"IPPROTO_MPTCP|262$|0x106$").search
_A_NUMBER = re.compile(r"(0x)?[0-9a-f]{1,8}$", re.ASCII).match
_SOCK_TYPE_MASK, _DATAGRAMS = 0xF, 2
_INTERNET = ("AF_INET", "AF_INET6")
_EPOLL = {name: number for number, name in k.EPOLL_EVENTS.items()}
_FAMILY = {str(number): name for number, name in k.AF.items()}
_FAMILY |= {hex(number): name for number, name in k.AF.items()}
_NAME = re.compile(r"[A-Z][A-Z0-9_]+").search
_KINDS = {"epoll_create": "epoll", "epoll_create1": "epoll", "eventfd": "eventfd"}
_KINDS |= {"eventfd2": "eventfd", "pipe": "pipe", "pipe2": "pipe", "socketpair": "socket"}
_KINDS |= {"socket": "socket", "accept": "socket", "accept4": "socket", "openat": "file"}
_KINDS |= {"open": "file", "openat2": "file", "creat": "file"}
# A socket that listened before the log began.
_STRANGER = SocketState(
    owner="server",
    family="",
    type="SOCK_STREAM",
    protocol="TCP",
    state="LISTEN",
    local=SocketAddress(""),
)


class Told:
    """The kernel's state while a log is gone through, moment by moment."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = calls
        self._tables = Tables(calls)
        # By open file: what it is; of sockets their state; of epoll instances what they watch,
        # by file as well as descriptor, since a number may be given away while it is watched.
        self._files: dict[int, tuple[str, str]] = {}
        self._sockets: dict[int, SocketState] = {}
        self._epolls: dict[int, dict[tuple[int, int], EpollInterest]] = {}
        self._changed = False
        self._seen: Table | None = None
        self._credit = _FREE

    def begins(self, number: int) -> None:
        """Take in that a call has begun."""
        call = self._calls[number]
        self._credit = min(self._credit + _A_CALL, _FREE)
        if call.name == "close":
            file = self._tables.file(call.thread, call.arguments)
            self._tables.begins(number)
            self._closed(file)
        else:
            self._tables.begins(number)

    def ends(self, number: int, result: int) -> None:
        """Take in that a call has ended."""
        call = self._calls[number]
        self._tables.ends(number)
        if result < 0:
            return
        name = call.name
        if name in OPENING or name in PAIRS:
            self._opened(number, call)
            self._changed = True
        elif (change := _CHANGES.get(name)) is not None:
            self._changed |= change(self, call)

    def exits(self, thread: int | None) -> None:
        """Take in that a thread has ended."""
        self._tables.exits(thread)
        for file in [file for file in self._files if not self._tables.holders[file]]:
            self._closed(file)

    def view(self, thread: int | None, *, last: bool = False) -> KernelState | None:
        """Return what is held after a thread's call; None if it is what was told before.

        While very much is held, it is told only every few calls, and at the last one.
        """
        table = self._tables.of(thread)
        if not self._changed and table is self._seen:
            return None
        cost = 3 * min(len(table), LISTED)
        if cost > self._credit and not last:
            return None
        self._credit -= cost
        self._changed, self._seen = False, table
        return self._state(table, thread)

    def _opened(self, number: int, call: Call) -> None:
        kind = _KINDS.get(call.name, "other")
        target = label(call.result)
        if not target and kind == "file":
            given = split(call.arguments)[call.name.startswith("openat") :][:1]
            target = bytes_of(given[0])[0].decode("utf-8", "replace") if given else ""
        self._files[number] = (kind, target or kind)
        if kind == "epoll":
            self._epolls[number] = {}
        elif call.name == "socket":
            self._sockets[number] = _new_socket(call)
        elif call.name.startswith("accept"):
            self._sockets[number] = self._accepted(call)

    def _accepted(self, call: Call) -> SocketState:
        file = self._tables.file(call.thread, call.arguments)
        remote = address_of(call.arguments)
        family = remote.family if remote is not None else "AF_INET"
        listener = self._sockets.get(file) or self._met(file, call, family)
        return SocketState(
            owner="server",
            family=listener.family,
            type="SOCK_STREAM",
            protocol=listener.protocol,
            state="ESTABLISHED",
            local=listener.local,
            remote=remote,
        )

    def _met(self, file: int, call: Call, family: str) -> SocketState:
        """Take in a listener that was there before the log began."""
        self._files.setdefault(file, ("socket", label(call.arguments) or "socket"))
        met = replace(_STRANGER, family=family, local=SocketAddress(family))
        self._sockets[file] = met
        return met

    def _change(self, call: Call, **changes: object) -> bool:
        file = self._tables.file(call.thread, call.arguments)
        socket = self._sockets.get(file)
        if socket is None:
            return False
        changed = self._sockets[file] = replace(socket, **changes)
        return changed != socket

    def _bound(self, call: Call) -> bool:
        address = address_of(call.arguments)
        return address is not None and self._change(call, local=address)

    def _connected(self, call: Call) -> bool:
        return self._change(call, remote=address_of(call.arguments), state="ESTABLISHED")

    def _listening(self, call: Call) -> bool:
        backlog = descriptor("".join(split(call.arguments)[1:2]))
        file = self._tables.file(call.thread, call.arguments)
        if file not in self._sockets:
            self._met(file, call, "")
        return self._change(call, state="LISTEN", backlog=backlog)

    def _watched(self, call: Call) -> bool:
        arguments = split(call.arguments)
        fd = descriptor(arguments[2]) if len(arguments) > 3 else None
        if fd is None:
            return False
        epoll = self._tables.file(call.thread, call.arguments)
        watched = self._epolls.setdefault(epoll, {})
        self._files.setdefault(epoll, ("epoll", "epoll"))
        key = (self._tables.file(call.thread, arguments[2]), fd)
        if "DEL" in arguments[1] or arguments[1] in ("2", "0x2"):
            return watched.pop(key, None) is not None
        data = _DATA(arguments[3])
        number = next(filter(None, data.groups()), "0") if data is not None else "0"
        base = 16 if number.startswith("0x") else 10
        watched[key] = EpollInterest(fd, _events(arguments[3]), int(number, base))
        return True

    def _closed(self, file: int) -> None:
        """Forget a file that nobody holds any more: the kernel watches it no longer, either."""
        self._changed = True
        if self._tables.holders[file]:
            return
        self._sockets.pop(file, None)
        self._epolls.pop(file, None)
        if self._files.pop(file, None) is not None:
            for watched in self._epolls.values():
                for key in [key for key in watched if key[0] == file]:
                    del watched[key]

    def _state(self, table: Table, thread: int | None) -> KernelState:
        held = [(fd, file) for fd, file in table.items() if file in self._files]
        listed = sorted(held[-LISTED:])
        sockets = [(fd, file) for fd, file in held if file in self._sockets]
        listeners = [(fd, file) for fd, file in sockets if self._is_listener(file)]
        shown = sorted({*listeners[:LISTED], *sockets[-LISTED:]})
        epolls = [(fd, self._epolls[file]) for fd, file in held if file in self._epolls]
        return KernelState(
            descriptors=tuple(_descriptor(fd, *self._files[file]) for fd, file in listed),
            sockets=tuple(_with_descriptor(self._sockets[file], fd) for fd, file in shown),
            epolls=tuple(EpollState(fd, _newest(watched)) for fd, watched in epolls),
            unavailable=(UNSEEN if len(self._tables) < 2 else _OF_ONE.format(process=thread),),
            beyond=self._beyond(
                max(len(held) - LISTED, 0),
                sum(max(len(watched) - LISTED, 0) for _, watched in epolls),
                {file for _, file in sockets}.difference(file for _, file in shown),
            ),
        )

    def _beyond(self, descriptors: int, interests: int, files: Iterable[int]) -> Beyond | None:
        sockets = Counter(
            f"{self._sockets[file].owner} {self._sockets[file].state}" for file in files
        )
        if not (descriptors or interests or sockets):
            return None
        return Beyond(descriptors, interests, dict(sockets))

    def _is_listener(self, file: int) -> bool:
        return self._sockets[file].state == "LISTEN"


_CHANGES: dict[str, Callable[[Told, Call], bool]] = {
    "bind": Told._bound,
    "getsockname": Told._bound,
    "listen": Told._listening,
    "connect": Told._connected,
    "epoll_ctl": Told._watched,
}


# Of one view to the next nearly everything stays.
@lru_cache(_REMEMBERED)
def _descriptor(fd: int, kind: str, target: str) -> Descriptor:
    return Descriptor(fd, kind, target)


@lru_cache(_REMEMBERED)
def _with_descriptor(socket: SocketState, fd: int) -> SocketState:
    return replace(socket, fd=fd)


def _new_socket(call: Call) -> SocketState:
    arguments = split(call.arguments)
    family = "".join(arguments[:1])
    family = name[0] if (name := _NAME(family)) is not None else _FAMILY.get(family, family)
    datagrams = _is_of_datagrams("".join(arguments[1:2]))
    protocol = "MPTCP" if _MPTCP("".join(arguments[2:3])) else "TCP"
    return SocketState(
        owner="server",
        family=family,
        type="SOCK_DGRAM" if datagrams else "SOCK_STREAM",
        protocol="" if family not in _INTERNET else "UDP" if datagrams else protocol,
        state="CLOSE",
        local=SocketAddress(family),
    )


def _is_of_datagrams(kind: str) -> bool:
    number = _A_NUMBER(kind)
    if number is None:
        return "SOCK_DGRAM" in kind
    return int(number[0], 16 if number[1] else 10) & _SOCK_TYPE_MASK == _DATAGRAMS


def _newest(watched: dict[tuple[int, int], EpollInterest]) -> tuple[EpollInterest, ...]:
    return tuple(islice(watched.values(), max(len(watched) - LISTED, 0), None))


def _events(text: str) -> Flags:
    found = _EVENTS(text)
    if found is None:
        return Flags((), 0)
    if found[1]:
        raw = int(found[1], 16)
        return Flags(tuple(name for name, bit in _EPOLL.items() if raw & bit), raw)
    names = tuple(found[2].split("|"))
    return Flags(names, sum(_EPOLL.get(name, 0) for name in names))
