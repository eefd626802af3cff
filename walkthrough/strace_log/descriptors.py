"""Which open file each descriptor stands for, at every call of a log, process by process.

An open file is known by the number of the call that made it. Threads share their descriptors, a
forked process has a copy of them; dup(2) makes two of one. What was open before the log began is
met when it is first used.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import count, islice
from typing import NamedTuple

from walkthrough.strace_log.arguments import split
from walkthrough.strace_log.moments import What, moments
from walkthrough.strace_log.record import Call


def _calls(text: str) -> frozenset[str]:
    return frozenset(text.split())


UNKNOWN = -1
"""No open file: the call is about none."""
OPENING = _calls(
    "open openat openat2 creat socket accept accept4 epoll_create epoll_create1 eventfd eventfd2 "
    "timerfd_create signalfd signalfd4 inotify_init inotify_init1 memfd_create pidfd_open "
    "io_uring_setup"
)
"""Calls that make an open file and return its descriptor."""
PAIRS = frozenset({"pipe", "pipe2", "socketpair"})
_COPIES = frozenset({"dup", "dup2", "dup3"})
_CLONES = frozenset({"clone", "clone2", "clone3", "fork", "vfork"})
_CHANGING = OPENING | PAIRS | _COPIES | {"fcntl", "fcntl64", "execve", "execveat"}
_ABOUT = _calls(
    "read write close bind listen connect accept accept4 getsockname getpeername setsockopt "
    "getsockopt shutdown sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg readv writev preadv "
    "pwritev sendfile splice epoll_ctl epoll_wait epoll_pwait epoll_pwait2 ioctl fcntl"
)
_PAIR = re.compile(r"\[(\d{1,7})(?:<.*?>)?, (\d{1,7})(?=[<\]])", re.ASCII)
_FD = re.compile(r"(?:[a-z_]\w*=)?(\d{1,7})(?=[<, \]]|$)", re.ASCII).match
"""A descriptor, with what ``-y`` puts behind it or ``-N`` before it, or whatever else follows."""
_POLLING = frozenset({"poll", "ppoll", "select", "pselect6"})
_POLLED = re.compile(r"fd=(\d{1,7})(?=[<,])|(?<=[\[ ])(\d{1,7})(?=[<\] ])", re.ASCII).finditer
_MOST_POLLED = 64
_FLAGS = re.compile(r"flags=(0x[0-9a-f]{1,16})")
_CLONE_FILES = 0x400


class Table(dict[int, int]):
    """The descriptors of one process, or of several that share them: open files by number."""

    def __init__(self) -> None:
        super().__init__()
        self.closing: set[int] = set()
        """Those that execve(2) closes."""
        self.threads = 0


class Tables:
    """The descriptors of all processes while a log is gone through, moment by moment.

    Attributes:
        holders: How many descriptors stand for an open file, by its number.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        self.holders = Counter[int]()
        self._calls = calls
        self._of: dict[int | None, Table] = {}
        self._first = Table()
        self._strangers = count(len(calls))

    def __len__(self) -> int:
        return len({id(table) for table in self._of.values()})

    def of(self, thread: int | None) -> Table:
        """Return a thread's descriptors; those of the first one if nobody was seen to make it."""
        table = self._of.get(thread)
        if table is None:
            table = self._of[thread] = self._first
            table.threads += 1
        return table

    def file(self, thread: int | None, text: str) -> int:
        """Return the open file of the descriptor at the head of a text, `UNKNOWN` if none is."""
        number = descriptor(text)
        if number is None:
            return UNKNOWN
        table = self.of(thread)
        found = table.get(number)
        if found is None:
            found = next(self._strangers)
            self._put(table, number, found)
        return found

    def begins(self, number: int) -> None:
        """Follow the beginning of a call: from here on a number may be given away again."""
        call = self._calls[number]
        name = call.name
        if name == "close":
            if (fd := descriptor(call.arguments)) is not None and "EBADF" not in call.result:
                self._drop(self.of(call.thread), fd)
        elif name in _CLONES:
            self._clone(call)
        elif name == "close_range" and call.result == "0" and "CLOEXEC" not in call.arguments:
            self._close_range(call)

    def ends(self, number: int) -> None:
        """Follow the end of a call."""
        call = self._calls[number]
        name = call.name
        if name not in _CHANGING or call.result[:1] in ("-", "?", ""):
            return
        table = self.of(call.thread)
        if name in OPENING:
            self._open(table, call.result, number, "CLOEXEC" in call.arguments)
        elif name in PAIRS:
            for pair in _PAIR.findall(call.arguments):
                for fd in pair:
                    self._open(table, fd, number, "CLOEXEC" in call.arguments)
        elif name in _COPIES or "F_DUPFD" in call.arguments:
            made = self.file(call.thread, call.arguments)
            self._open(table, call.result, made, "CLOEXEC" in call.arguments)
        elif name.startswith("execve"):
            self._executed(call.thread, table)
        elif "F_SETFD" in call.arguments and (fd := descriptor(call.arguments)) is not None:
            (table.closing.add if "FD_CLOEXEC" in call.arguments else table.closing.discard)(fd)

    def exits(self, thread: int | None) -> None:
        """Follow the end of a thread: the last one of a process closes what it had open."""
        table = self._of.pop(thread, None)
        if table is None:
            return
        table.threads -= 1
        if not table.threads:
            for fd in list(table):
                self._drop(table, fd)

    def _open(self, table: Table, fd: str, file: int, closing: bool) -> None:
        if (number := descriptor(fd)) is not None:
            self._drop(table, number)
            self._put(table, number, file)
            if closing:
                table.closing.add(number)

    def _put(self, table: Table, fd: int, file: int) -> None:
        table[fd] = file
        self.holders[file] += 1

    def _drop(self, table: Table, fd: int) -> None:
        file = table.pop(fd, None)
        if file is not None:
            table.closing.discard(fd)
            self.holders[file] -= 1

    def _close_range(self, call: Call) -> None:
        table = self.of(call.thread)
        low, high = (descriptor(end) for end in (*split(call.arguments), "", "")[:2])
        for fd in [fd for fd in table if fd >= (low or 0) and (high is None or fd <= high)]:
            self._drop(table, fd)  # ~0U, the highest there is, is none

    def _clone(self, call: Call) -> None:
        child = descriptor(call.result)  # a pid, which looks like one
        if not child or child in self._of:
            return
        parent = self.of(call.thread)
        flags = _FLAGS.search(call.arguments)
        shared = int(flags[1], 16) & _CLONE_FILES if flags else "CLONE_FILES" in call.arguments
        self._of[child] = parent if shared else self._copy(parent)
        self._of[child].threads += 1

    def _copy(self, table: Table) -> Table:
        copy = Table()
        for fd, file in table.items():
            self._put(copy, fd, file)
        copy.closing |= table.closing
        return copy

    def _executed(self, thread: int | None, table: Table) -> None:
        if table.threads > 1:  # other threads end here, but a process that shares keeps its own
            copy = self._of[thread] = self._copy(table)
            table.threads -= 1
            copy.threads = 1
            table = copy
        for fd in list(table.closing):
            self._drop(table, fd)


class Followed(NamedTuple):
    """The open files that calls are about.

    Attributes:
        about: For every call that of its first argument, or `UNKNOWN`.
        watched: By number of the call, what epoll_ctl(2) adds, changes or takes away.
        polled: By number of the call, what poll(2) or select(2) waits for.
    """

    about: list[int]
    watched: dict[int, int]
    polled: dict[int, tuple[int, ...]]


def follow(calls: Sequence[Call]) -> Followed:
    """Find the open files that calls are about."""
    tables = Tables(calls)
    about = [UNKNOWN] * len(calls)
    watched: dict[int, int] = {}
    polled: dict[int, tuple[int, ...]] = {}
    for what, number in moments(calls):
        if what is What.ENDS:
            tables.ends(number)
            continue
        call = calls[number]
        if call.name in _ABOUT:
            about[number] = tables.file(call.thread, call.arguments)
            if call.name == "epoll_ctl":
                arguments = split(call.arguments)
                watched[number] = tables.file(call.thread, "".join(arguments[2:3]))
        elif call.name in _POLLING:
            fds = [found[1] or found[2] for found in islice(_POLLED(call.arguments), _MOST_POLLED)]
            polled[number] = tuple(tables.file(call.thread, fd) for fd in fds)
        tables.begins(number)
    return Followed(about, watched, polled)


def descriptor(text: str) -> int | None:
    """Return the descriptor at the head of some arguments, or of a result; None if none is."""
    found = _FD(text)
    return int(found[1]) if found is not None else None
