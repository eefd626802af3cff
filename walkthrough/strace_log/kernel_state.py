"""What the kernel must hold, as far as the calls in a log show: descriptors, sockets, epoll.

No call shows queues, or what the other ends do; they stay unknown and the view says so. A view is
that of the process which made the call. The cost of a call does not grow with what is held.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from msgspec.structs import replace

from walkthrough.call_stages.arguments import label, split
from walkthrough.call_stages.calls import (
    CLONES,
    CREATES_EPOLL,
    EPOLL_WAITS,
    OPENING,
    PAIRS,
    READS,
    WRITES,
    descriptor,
)
from walkthrough.call_stages.fd_roles import FileRoles
from walkthrough.call_stages.fd_table import STRANGERS, UNKNOWN, FdTable, FdTables
from walkthrough.call_stages.roles import SOCKETS, FileRole
from walkthrough.call_stages.strings import bytes_of
from walkthrough.call_stages.told_call import Thread
from walkthrough.i18n.messages import Message, message
from walkthrough.model.kernel_state import (
    Beyond,
    Descriptor,
    EpollInterest,
    EpollState,
    KernelState,
    SocketState,
    unavailable,
)
from walkthrough.model.linux import constants as k
from walkthrough.model.values import Flags
from walkthrough.strace_log import sockets
from walkthrough.strace_log.addresses import address_of
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.sharing import find_demands

LISTED, LISTED_OF_LONG = 48, 16
"""How many descriptors, connections and interests are listed, the newest; the rest is counted."""
_OWN_STRANGERS = 2 * STRANGERS
"""Files that were not met when roles were determined are numbered from here."""
LONG = 100_000
"""A log of more calls counts as long: there are very many views to be kept."""
UNSEEN = message("queues and the other ends: this view is told from the calls of a log")
NOTHING = KernelState((), (), (), (str(UNSEEN),))
"""What is left of a program that has ended: the kernel has closed everything."""
_OF_ONE = message(
    "queues and the other ends: this view is told from the calls of a log; its descriptors are "
    "those of process {process}"
)
_NOT_MADE = message(
    "how process {process} came to be is not in the log, so what it has from others is told from "
    "how it uses it: trace %process as well"
)
_GUESSED = message(
    "which threads belong to process {process} is not in the log, and told from the descriptors "
    "that they use: trace %process as well"
)
_REMEMBERED = 1024
_EVENTS = re.compile(r"events=(?:(0x[0-9a-f]{1,8})|([A-Z][A-Z0-9_|]*))").search
_DATA = re.compile(r"u64=(0x[0-9a-f]{1,16}|\d{1,20})|data=(0x[0-9a-f]{1,16}|\d{1,20})").search
_PENDING_ERROR = re.compile(r"SO_ERROR, (?:optval=)?\[(\w+)\]").search
_EPOLL = {name: number for number, name in k.EPOLL_EVENTS.items()}
_KINDS = {"epoll_create": "epoll", "epoll_create1": "epoll", "eventfd": "eventfd"}
_KINDS |= {"eventfd2": "eventfd", "pipe": "pipe", "pipe2": "pipe", "socketpair": "socket"}
_KINDS |= {"socket": "socket", "accept": "socket", "accept4": "socket", "openat": "file"}
_KINDS |= {"open": "file", "openat2": "file", "creat": "file"}
_BY_LABEL = {"anon_inode:[eventpoll]": "epoll", "anon_inode:[eventfd]": "eventfd"}
_STATE_OF = {FileRole.LISTENER: "LISTEN", FileRole.CONNECTION: "ESTABLISHED"}
_TRANSFERS = READS | WRITES


class _ProcessCounts:
    """What one process holds, counted as it comes and goes."""

    __slots__ = ("changed", "epolls", "held", "listening", "states")

    def __init__(self) -> None:
        self.held = 0
        self.states = Counter[str]()
        self.listening: dict[int, int] = {}
        self.epolls: dict[int, int] = {}
        self.changed = True


class KernelTracker:
    """The kernel's state while a log is processed, moment by moment."""

    def __init__(self, calls: Sequence[LogCall], purposes: FileRoles) -> None:
        self._calls = calls
        self._purposes = purposes
        self._sharing = purposes.sharing
        self._several = len({*map(self._sharing.of, self._sharing.first)}) > 1
        self._listed = LISTED if len(calls) <= LONG else LISTED_OF_LONG
        # By open file: what it is; of sockets their state; of epoll instances what they watch, by
        # file as well as descriptor, since a number may be given away while it is watched.
        self._files: dict[int, tuple[str, str]] = {}
        self._sockets: dict[int, SocketState] = {}
        self._epolls: dict[int, dict[tuple[int, int], EpollInterest]] = {}
        self._watchers: dict[int, set[tuple[int, tuple[int, int]]]] = {}
        self._where: dict[int, dict[tuple[int, int], FdTable]] = {}
        self._tallies: dict[int, _ProcessCounts] = {}
        self._kept: list[FdTable] = []  # so that no two ever have the same id()
        self._seen: FdTable | None = None
        demands = find_demands(calls, self._sharing)
        self._tables = FdTables(self._sharing, demands, self, strangers=_OWN_STRANGERS)

    # Who holds what

    def held(self, table: FdTable, fd: int, file: int) -> None:
        """A descriptor stands for a file now (see `FdObserver`)."""
        self._where.setdefault(file, {})[id(table), fd] = table
        if file in self._files:
            self._count(table, fd, file, 1)

    def dropped(self, table: FdTable, fd: int, file: int) -> None:
        """A descriptor is closed; a file without descriptors is forgotten (see `FdObserver`)."""
        places = self._where.get(file, {})
        places.pop((id(table), fd), None)
        if file in self._files:
            self._count(table, fd, file, -1)
        if not self._tables.holders[file]:
            self._where.pop(file, None)
            self._forget(file)

    def _forget(self, file: int) -> None:
        """Forget a file without descriptors: the kernel no longer watches it, either."""
        self._files.pop(file, None)
        self._sockets.pop(file, None)
        self._epolls.pop(file, None)
        for epoll, key in self._watchers.pop(file, ()):
            if self._epolls.get(epoll, {}).pop(key, None) is not None:
                self._touch(epoll)

    def _tally(self, table: FdTable) -> _ProcessCounts:
        tally = self._tallies.get(id(table))
        if tally is None:
            tally = self._tallies[id(table)] = _ProcessCounts()
            self._kept.append(table)
        return tally

    def _count(self, table: FdTable, fd: int, file: int, by: int) -> None:
        tally = self._tally(table)
        tally.changed = True
        tally.held += by
        if (socket := self._sockets.get(file)) is not None:
            tally.states[socket.state] += by
            self._put(tally.listening, fd, file, by > 0 and socket.state == "LISTEN")
        self._put(tally.epolls, fd, file, by > 0 and file in self._epolls)

    @staticmethod
    def _put(held: dict[int, int], fd: int, file: int, there: bool) -> None:
        if there:
            held[fd] = file
        else:
            held.pop(fd, None)

    def _touch(self, file: int) -> None:
        for table in self._where.get(file, {}).values():
            self._tally(table).changed = True

    def _know(self, file: int, kind: str, target: str, socket: SocketState | None = None) -> None:
        """Record what a file is."""
        places = [(table, fd) for (_, fd), table in self._where.get(file, {}).items()]
        if file in self._files:
            for table, fd in places:
                self._count(table, fd, file, -1)
        self._files[file] = (kind, target or kind)
        if socket is not None:
            self._sockets[file] = socket
        if kind == "epoll":
            self._epolls.setdefault(file, {})
        for table, fd in places:
            self._count(table, fd, file, 1)

    # What calls do

    def meet(self, number: int, *, quiet: bool) -> KernelState | None:
        """Process whose call begins, and files that were there before and are met with it.

        Returns:
            What the process holds, if that was not reported last: nothing of it is changed by
            the call. With ``quiet`` it is kept for later.
        """
        call = self._calls[number]
        table = self._tables.of(call.thread)
        known = len(self._files)
        for file, text in self._purposes.met(number, call):
            if (fd := descriptor(text)) is not None:
                self._tables.adopt(table, fd, file)
        file = self._purposes.about[number]
        if file != UNKNOWN and (
            file >= STRANGERS or file not in self._files or self._is_of_no_family(file)
        ):
            self._meet(file, number, call)
        if quiet or self._seen is None:
            return None
        return self._state(table) if table is not self._seen or len(self._files) > known else None

    def begins(self, number: int) -> None:
        """Process what a call does already when it begins."""
        call = self._calls[number]
        if call.name in CLONES:
            self._tables.cloned(call)
        self._tables.begins(call)

    def ends(self, number: int, result: int) -> None:
        """Note that a call has ended."""
        call = self._calls[number]
        self._tables.ends(number, call)
        name = call.name
        if name == "connect":
            self._connected(call, result)
        if result < 0:
            return
        if name in OPENING or name in PAIRS:
            self._opened(number, call)
        elif (change := _CHANGES.get(name)) is not None:
            change(self, call)
        elif name in _TRANSFERS:
            self._transferred(call, result)

    def exits(self, thread: Thread) -> None:
        """Note that a thread has ended."""
        self._tables.exits(thread)

    def view(self, thread: Thread, *, quiet: bool = False) -> KernelState | None:
        """Return what is held after a thread's call; None if that was reported before.

        With ``quiet`` a view of another process than the last one is kept for later.
        """
        table = self._tables.of(thread)
        if table is not self._seen and quiet and self._seen is not None:
            return None
        tally = self._tally(table)
        if table is self._seen and not tally.changed:
            return None
        if self._seen is None and not tally.held:
            return None
        return self._state(table)

    def nothing(self) -> KernelState:
        """Return what is left once the program has ended."""
        last = self._seen.process if self._several and self._seen is not None else None
        return replace(NOTHING, process=last or 0)

    def _meet(self, file: int, number: int, call: LogCall) -> None:
        """Process a file that was there before the log began, and what calls on it show."""
        purpose = self._purposes.of(file)
        named = sockets.labelled(call.arguments)
        if file not in self._files:
            kind = label(call.arguments)
            if purpose in SOCKETS or named is not None:
                state = _STATE_OF.get(purpose, "") if purpose is not None else ""
                if call.name == "listen" and self._purposes.settles(file) == number:
                    state = ""  # it does not listen yet
                likely = bool(state) and self._purposes.is_likely(file)
                self._know(file, "socket", kind, sockets.from_before_log(state, likely))
            elif call.name in EPOLL_WAITS or call.name == "epoll_ctl":
                self._know(file, "epoll", kind)
            elif kind:
                self._know(file, _kind_of_label(kind), kind)
        if (socket := self._sockets.get(file)) is not None:
            self._change_to(file, sockets.learn(socket, call, named, serves=purpose in _STATE_OF))

    def _opened(self, number: int, call: LogCall) -> None:
        kind = _KINDS.get(call.name, "other")
        target = label(call.result)
        if not target and kind == "file":
            given = split(call.arguments)[call.name.startswith("openat") :][:1]
            target = bytes_of(given[0])[0].decode("utf-8", "replace") if given else ""
        socket = None
        if call.name == "socket":
            socket = sockets.created(call)
        elif call.name.startswith("accept"):
            socket = self._accepted(number, call)
        self._know(number, kind, target, socket)

    def _accepted(self, number: int, call: LogCall) -> SocketState:
        file = self._tables.file(call.thread, call.arguments)
        if file not in self._sockets and file != UNKNOWN:
            self._know(
                file, "socket", label(call.arguments), sockets.from_before_log("LISTEN", False)
            )
        listener = self._sockets.get(file, sockets.from_before_log("LISTEN", False))
        connection = sockets.accepted(listener, address_of(call.arguments))
        named = sockets.labelled(call.result)
        if named is not None:
            connection = replace(
                connection, local=named.local, remote=connection.remote or named.remote
            )
        return connection

    def _change(self, file: int, **changes: Any) -> None:
        if (socket := self._sockets.get(file)) is not None:
            self._change_to(file, replace(socket, **changes))

    def _change_to(self, file: int, changed: SocketState) -> None:
        socket = self._sockets[file]
        if changed == socket:
            return
        self._sockets[file] = changed
        for (_, fd), table in self._where.get(file, {}).items():
            tally = self._tally(table)
            tally.changed = True
            tally.states[socket.state] -= 1
            tally.states[changed.state] += 1
            self._put(tally.listening, fd, file, changed.state == "LISTEN")

    def _bound(self, call: LogCall) -> None:
        address = address_of(call.arguments)
        if address is not None:
            self._change(self._tables.file(call.thread, call.arguments), local=address)

    def _named(self, call: LogCall) -> None:
        remote = address_of(call.arguments)
        file = self._tables.file(call.thread, call.arguments)
        if remote is not None:
            self._change(file, remote=remote)
        if self._state_of(file) == "SYN_SENT":  # for one that is not connected it fails
            self._change(file, state="ESTABLISHED")

    def _shut(self, call: LogCall) -> None:
        """Note that a listener listens no longer: it may be closed much later."""
        file = self._tables.file(call.thread, call.arguments)
        socket = self._sockets.get(file)
        if socket is None or socket.state != "LISTEN" or socket.family not in sockets.INTERNET:
            return
        if "SHUT_RD" in call.arguments:
            self._change(file, state="CLOSE", backlog=None)

    def _connected(self, call: LogCall, result: int) -> None:
        file = self._tables.file(call.thread, call.arguments)
        remote = address_of(call.arguments)
        if result >= 0 or "EISCONN" in call.result:
            self._change(file, state="ESTABLISHED", **({"remote": remote} if remote else {}))
        elif "EINPROGRESS" in call.result or self._goes_on(file, call):
            self._change(file, state="SYN_SENT", remote=remote)
        elif "EALREADY" not in call.result and self._state_of(file) == "SYN_SENT":
            self._change(file, state="CLOSE", remote=None)

    def _is_of_no_family(self, file: int) -> bool:
        socket = self._sockets.get(file)
        return socket is not None and not socket.family

    def _goes_on(self, file: int, call: LogCall) -> bool:
        """Return whether connect(2) was interrupted: the kernel continues to connect."""
        socket = self._sockets.get(file)
        if socket is None or socket.protocol not in ("TCP", "MPTCP"):
            return False
        return "EINTR" in call.result or "ERESTART" in call.result

    def _state_of(self, file: int) -> str:
        socket = self._sockets.get(file)
        return socket.state if socket is not None else ""

    def _asked(self, call: LogCall) -> None:
        """Process what getsockopt(2) says of a connection that is being made."""
        error = _PENDING_ERROR(call.arguments)
        file = self._tables.file(call.thread, call.arguments)
        if error is not None and self._state_of(file) == "SYN_SENT":
            if error[1] == "0":
                self._change(file, state="ESTABLISHED")
            else:
                self._change(file, state="CLOSE", remote=None)

    def _transferred(self, call: LogCall, result: int) -> None:
        file = self._tables.file(call.thread, call.arguments)
        if result > 0 and self._state_of(file) == "SYN_SENT":
            self._change(file, state="ESTABLISHED")

    def _listening(self, call: LogCall) -> None:
        backlog = descriptor("".join(split(call.arguments)[1:2]).removeprefix("backlog="))
        file = self._tables.file(call.thread, call.arguments)
        self._change(file, state="LISTEN", backlog=backlog, likely=False)

    def _watched(self, call: LogCall) -> None:
        arguments = split(call.arguments)
        fd = descriptor(arguments[2]) if len(arguments) > 3 else None
        if fd is None:
            return
        epoll = self._tables.file(call.thread, call.arguments)
        watched = self._epolls.setdefault(epoll, {})
        key = (self._tables.file(call.thread, arguments[2]), fd)
        self._touch(epoll)
        if "DEL" in arguments[1] or arguments[1] in ("2", "0x2"):
            watched.pop(key, None)
            return
        data = _DATA(arguments[3])
        number = next(filter(None, data.groups()), "0") if data is not None else "0"
        base = 16 if number.startswith("0x") else 10
        watched[key] = EpollInterest(fd, _events(arguments[3]), int(number, base))
        self._watchers.setdefault(key[0], set()).add((epoll, key))

    # What a view shows

    def _state(self, table: FdTable) -> KernelState:
        tally = self._tally(table)
        tally.changed = False
        self._seen = table
        most = self._listed
        newest = ((fd, file) for fd, file in reversed(table.items()) if file in self._files)
        listed = sorted(islice(newest, most))
        shown = dict(islice(tally.listening.items(), most))
        newest = ((fd, file) for fd, file in reversed(table.items()) if file in self._sockets)
        shown |= dict(islice(newest, most))
        epolls = [(fd, file, self._epolls[file]) for fd, file in tally.epolls.items()]
        left = tally.states - Counter(self._sockets[file].state for file in shown.values())
        process = table.process if self._several else None
        texts, reasons = unavailable(
            (UNSEEN,) if process is None else self._said_of(table, process)
        )
        return KernelState(
            descriptors=tuple(
                _descriptor(
                    fd, *self._files[file], fd in table.met, file + 1 if self._several else 0
                )
                for fd, file in listed
            ),
            sockets=tuple(
                _with_descriptor(self._sockets[file], fd) for fd, file in sorted(shown.items())
            ),
            epolls=tuple(
                EpollState(fd, _newest(watched, most), partial=self._is_partial(file))
                for fd, file, watched in sorted(epolls)[-most:]
            ),
            unavailable=texts,
            beyond=_beyond(
                tally.held - len(listed),
                sum(max(len(watched) - most, 0) for _, _, watched in epolls),
                left,
            ),
            process=process or 0,
            partial=not table.whole,
            unavailable_reasons=reasons,
        )

    def _is_partial(self, file: int) -> bool:
        return self._tables.makers.get(file, "") not in CREATES_EPOLL

    def _said_of(self, table: FdTable, process: int) -> tuple[Message, ...]:
        said = [_OF_ONE.with_fields(process=process)]
        if table.unseen:
            said.append(_NOT_MADE.with_fields(process=process))
        if table.process in self._sharing.guessed:
            said.append(_GUESSED.with_fields(process=process))
        return tuple(said)


_CHANGES: dict[str, Callable[[KernelTracker, LogCall], None]] = {
    "bind": KernelTracker._bound,
    "getsockname": KernelTracker._bound,
    "getpeername": KernelTracker._named,
    "getsockopt": KernelTracker._asked,
    "listen": KernelTracker._listening,
    "shutdown": KernelTracker._shut,
    "epoll_ctl": KernelTracker._watched,
}


def _kind_of_label(text: str) -> str:
    if text in _BY_LABEL:
        return _BY_LABEL[text]
    kind, colon, _ = text.partition(":")
    if text.startswith("/"):
        return "file"
    return kind if colon and kind in ("pipe", "socket") else "other"


def _beyond(descriptors: int, interests: int, states: "Counter[str]") -> Beyond | None:
    counted = {f"server {state}": count for state, count in states.items() if count > 0}
    if not (descriptors > 0 or interests or counted):
        return None
    return Beyond(max(descriptors, 0), interests, counted)


# From one view to the next nearly everything stays the same.
@lru_cache(_REMEMBERED)
def _descriptor(fd: int, kind: str, target: str, earlier: bool, file: int) -> Descriptor:
    return Descriptor(fd, kind, target, earlier=earlier, file=file)


@lru_cache(_REMEMBERED)
def _with_descriptor(socket: SocketState, fd: int) -> SocketState:
    return replace(socket, fd=fd)


def _newest(watched: dict[tuple[int, int], EpollInterest], most: int) -> tuple[EpollInterest, ...]:
    return tuple(islice(reversed(watched.values()), most))[::-1]


def _events(text: str) -> Flags:
    found = _EVENTS(text)
    if found is None:
        return Flags((), 0)
    if found[1]:
        raw = int(found[1], 16)
        return Flags(tuple(name for name, bit in _EPOLL.items() if raw & bit), raw)
    names = tuple(found[2].split("|"))
    return Flags(names, sum(_EPOLL.get(name, 0) for name in names))
