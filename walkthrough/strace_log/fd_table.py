"""Which open file each descriptor stands for, at every call of a log, process by process.

An open file is known by the number of the call that made it. Threads share their descriptors, a
forked process has a copy of them; dup(2) makes two of one, and SCM_RIGHTS hands one on. What was
open before the log began is met when it is first used, and has a number past those of the calls.
"""

import re
from array import array
from collections import Counter, deque
from collections.abc import Sequence
from itertools import count, islice
from typing import NamedTuple, Protocol

from walkthrough.strace_log.arguments import split
from walkthrough.strace_log.calls import (
    ABOUT,
    ACCEPTS,
    CLONES,
    COPIES,
    EPOLL_WAITS,
    OPENING,
    PAIRS,
    PASSES_FILES,
    POLLS,
    TRANSFERS,
    contradicts,
    descriptor,
    made_by,
    made_pair,
    passed,
)
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.ordering import LogStepKind, log_steps
from walkthrough.strace_log.sharing import (
    DescriptorSharing,
    Thread,
    find_demands,
    find_sharing,
    shares_files,
)

UNKNOWN = -1
"""No open file: the call is about none."""
_CHANGING = OPENING | PAIRS | COPIES | PASSES_FILES
_CHANGING |= {"fcntl", "fcntl64", "execve", "execveat", "unshare"}
_POLLED = re.compile(r"fd=(\d{1,7})(?=[<,])|(?<=[\[ ])(\d{1,7})(?=[<\] ])", re.ASCII).finditer
_LABEL = re.compile(r"<[^<>]*(?:->[^<>]*)?>(?=[\], ])")
_LISTENING = ACCEPTS | {"listen"}
_MOST_POLLED = 64
_MOST_PARENTS = 16
_READY = re.compile(r"u64=(\d{1,20}|0x[0-9a-f]{1,16})|data=(\d{1,20}|0x[0-9a-f]{1,16})").findall
_MOST_READY = 64
_LARGEST_FD = 1 << 20
"""User data of epoll(7) is taken for a descriptor up to here; beyond, for a pointer."""


class FdTable(dict[int, int]):
    """The descriptors of one process, or of several that share them: open files by number.

    Attributes:
        process: The process, or the one thread of it that is known best.
        unseen: The creation of the process is not in the log, and others existed before it: what
            it has from them follows from how it uses it.
        whole: The log shows it from its program's beginning: nothing is missing.
        closing: The descriptors that execve(2) closes.
        threads: How many threads use it.
        inherited: What it may have from earlier processes, until it uses it: files
            by number, the likeliest first.
        last: By number the file that it stood for last, now closed.
        met: The descriptors whose opening was not seen.
    """

    def __init__(self, process: Thread = None, unseen: bool = False) -> None:
        super().__init__()
        self.process = process
        self.unseen = unseen
        self.whole = False
        self.closing: set[int] = set()
        self.threads = 0
        self.inherited: dict[int, tuple[int, ...]] = {}
        self.last: dict[int, int] = {}
        self.met: set[int] = set()


class FdObserver(Protocol):
    """An observer of descriptors that are opened and closed."""

    def held(self, table: FdTable, fd: int, file: int) -> None:
        """A descriptor stands for an open file now."""

    def dropped(self, table: FdTable, fd: int, file: int) -> None:
        """A descriptor that stood for an open file is closed."""


class FdTables:
    """The descriptors of all processes while a log is processed, moment by moment.

    Args:
        calls: All calls of the log.
        sharing: Which threads share descriptors; None to find out.
        watcher: Is called for every descriptor that is opened or closed.
        strangers: The first number for files that no call has made; past the calls if None.

    Attributes:
        holders: How many descriptors stand for an open file, by its number.
        received: Files that were received from processes which are not in the log.
    """

    def __init__(
        self,
        calls: Sequence[LogCall],
        sharing: DescriptorSharing | None = None,
        watcher: FdObserver | None = None,
        strangers: int | None = None,
    ) -> None:
        self.holders = Counter[int]()
        self._calls = calls
        self._sharing = sharing if sharing is not None else find_sharing(calls)
        self._listening: set[int] = set()
        self._demands = find_demands(calls, self._sharing)
        self._watcher = watcher
        self._of: dict[Thread, FdTable] = {}
        self._by_first: dict[Thread, FdTable] = {}
        self._strangers = count(len(calls) if strangers is None else strangers)
        self._sent: dict[int, deque[int]] = {}  # by the socket that it was sent through
        self._sent_last: deque[tuple[int, int, FdTable]] = deque()
        self.received: set[int] = set()

    def of(self, thread: Thread) -> FdTable:
        """Return a thread's descriptors."""
        table = self._of.get(thread)
        if table is None:
            first = self._sharing.of(thread)
            table = self._by_first.get(first)
            if table is None:
                table = self._by_first[first] = self._met(first)
            self._of[thread] = table
            table.threads += 1
        return table

    def _met(self, first: Thread) -> FdTable:
        """Return the table of a process whose creation was not seen."""
        others = list(self._by_first.values())
        table = FdTable(first, unseen=bool(others))
        if len(others) > _MOST_PARENTS:
            others[_MOST_PARENTS // 2 : -_MOST_PARENTS // 2] = []
        # The first process is most often the one that makes others. It may have closed what it
        # has passed on by now.
        for other in others:
            for files in (other, other.last):
                for fd, file in files.items():
                    if file < len(self._calls):
                        table.inherited[fd] = (*table.inherited.get(fd, ()), file)
        return table

    def _inherited(self, table: FdTable, fd: int) -> int | None:
        """Return what a process has most likely inherited under a number: what fits its use."""
        candidates = table.inherited.pop(fd, ())
        uses = self._demands.get((table.process, fd), ())
        for file in candidates:
            made = self._calls[file].name
            if any(contradicts(use, made) for use in uses):
                continue
            if file in self._listening and any(use in TRANSFERS for use in uses):
                continue
            return file
        return None

    def has(self, thread: Thread, fd: int) -> int | None:
        """Return the open file that a descriptor stands for, as far as that is known; else None."""
        table = self.of(thread)
        if fd not in table and fd in table.inherited:
            return self.file_of(table, fd)
        return table.get(fd)

    def file(self, thread: Thread, text: str) -> int:
        """Return the open file of the descriptor at the head of a text, `UNKNOWN` if none is."""
        number = descriptor(text)
        return UNKNOWN if number is None else self.file_of(self.of(thread), number)

    def file_of(self, table: FdTable, fd: int) -> int:
        """Return the open file that a descriptor stands for."""
        found = table.get(fd)
        if found is None:
            found = self._inherited(table, fd)
            if found is None:
                found = next(self._strangers)
            table.met.add(fd)
            self._put(table, fd, found)
        return found

    def adopt(self, table: FdTable, fd: int, file: int) -> None:
        """Take a descriptor to stand for a file, as was found when the log was followed."""
        if table.get(fd) != file:
            self._drop(table, fd)
            table.met.add(fd)
            self._put(table, fd, file)

    def begins(self, number: int) -> None:
        """Follow the beginning of a call: from here on a number may be given away again."""
        call = self._calls[number]
        name = call.name
        if name == "close":
            if (fd := descriptor(call.arguments)) is not None and "EBADF" not in call.result:
                self._drop(self.of(call.thread), fd)
        elif name in CLONES:
            self._clone(call)
        elif name in _LISTENING and call.result[:1].isdigit():
            self._listening.add(self.file(call.thread, call.arguments))
        elif name == "close_range" and call.result == "0" and "CLOEXEC" not in call.arguments:
            self._close_range(call)
        elif name.startswith("send") and name in PASSES_FILES and call.result[:1] != "-":
            self._send(call)

    def ends(self, number: int) -> None:
        """Follow the end of a call."""
        call = self._calls[number]
        name = call.name
        if name not in _CHANGING or call.result[:1] in ("-", "?", ""):
            return
        table = self.of(call.thread)
        closing = "CLOEXEC" in call.arguments
        if name in OPENING:
            self._open(table, descriptor(call.result), number, closing)
        elif name in PAIRS:
            for each in made_pair(call):
                self._open(table, each, number, closing)
        elif name in COPIES or "F_DUPFD" in call.arguments:
            copied = self.file(call.thread, call.arguments)
            made = descriptor(call.result)
            if name == "dup" or made != descriptor(call.arguments):
                self._open(table, made, copied, closing)
        elif name in PASSES_FILES:
            self._receive(call, table, closing)
        elif name.startswith("execve"):
            self._executed(call.thread, table)
        elif name == "unshare":
            if "CLONE_FILES" in call.arguments and table.threads > 1:
                self._of[call.thread] = self._leave(call.thread, table)
        elif "F_SETFD" in call.arguments and (fd := descriptor(call.arguments)) is not None:
            (table.closing.add if "FD_CLOEXEC" in call.arguments else table.closing.discard)(fd)

    def exits(self, thread: Thread) -> None:
        """Follow the end of a thread: the last one of a process closes what it had open."""
        table = self._of.pop(thread, None)
        if table is None:
            return
        table.threads -= 1
        if not table.threads:
            for fd in list(table):
                self._drop(table, fd)
            first = self._sharing.of(thread)
            if self._by_first.get(first) is table:
                del self._by_first[first]

    def _open(self, table: FdTable, fd: int | None, file: int, closing: bool) -> None:
        if fd is not None:
            self._drop(table, fd)
            self._put(table, fd, file)
            if closing:
                table.closing.add(fd)

    def _put(self, table: FdTable, fd: int, file: int) -> None:
        table[fd] = file
        self.holders[file] += 1
        if self._watcher is not None:
            self._watcher.held(table, fd, file)

    def _drop(self, table: FdTable, fd: int) -> None:
        table.inherited.pop(fd, None)
        table.met.discard(fd)
        file = table.pop(fd, None)
        if file is not None:
            table.closing.discard(fd)
            table.last[fd] = file
            self.holders[file] -= 1
            if self._watcher is not None:
                self._watcher.dropped(table, fd, file)

    def _close_range(self, call: LogCall) -> None:
        table = self.of(call.thread)
        low, high = (descriptor(end) for end in (*split(call.arguments), "", "")[:2])
        # ~0U, the highest there is, is no number that can be read.
        for fd in [fd for fd in table if fd >= (low or 0) and (high is None or fd <= high)]:
            self._drop(table, fd)

    def _send(self, call: LogCall) -> None:
        for fd in passed(call):
            through = self.file(call.thread, call.arguments)
            file = self.file_of(self.of(call.thread), fd)
            self.holders[file] += 1  # on its way it is open as well
            self._sent.setdefault(through, deque()).append(file)
            self._sent_last.append((through, file, self.of(call.thread)))

    def _receive(self, call: LogCall, table: FdTable, closing: bool) -> None:
        if not call.name.startswith("recv"):
            return
        for fd in passed(call):
            through = self.file(call.thread, call.arguments)
            file = self._taken(through, table)
            if file is None:
                file = next(self._strangers)
                self.received.add(file)
            else:
                self.holders[file] -= 1
            self._open(table, fd, file, closing)

    def _taken(self, through: int, receiver: FdTable) -> int | None:
        """Take what was sent through a pair of sockets; else what others have sent first of all."""
        sent = self._sent.get(through)
        while not sent and self._sent_last and self._sent_last[0][2] is not receiver:
            through, file, _ = self._sent_last.popleft()
            sent = self._sent.get(through)
            if sent and sent[0] != file:
                sent = None  # it has been received
        return sent.popleft() if sent else None

    def _clone(self, call: LogCall) -> None:
        child = made_by(call)
        if not child or child in self._of or child == call.thread:
            return
        parent = self.of(call.thread)
        if shares_files(call):
            table = parent
        else:
            table = self._copy(parent, child)
            self._by_first[self._sharing.of(child)] = table
        self._of[child] = table
        table.threads += 1

    def _copy(self, table: FdTable, process: Thread) -> FdTable:
        copy = FdTable(process)
        for fd, file in table.items():
            self._put(copy, fd, file)
        copy.inherited = dict(table.inherited)
        copy.closing |= table.closing
        copy.whole = table.whole
        copy.met |= table.met
        return copy

    def _leave(self, thread: Thread, table: FdTable) -> FdTable:
        copy = self._copy(table, thread)
        table.threads -= 1
        copy.threads = 1
        return copy

    def _executed(self, thread: Thread, table: FdTable) -> None:
        if (
            table.threads > 1
        ):  # other threads end here, but a process that shares the table keeps its own
            table = self._of[thread] = self._leave(thread, table)
        if not (table or table.last or table.inherited):
            table.whole = True
        for fd in list(table.closing):
            self._drop(table, fd)


class FollowedFiles(NamedTuple):
    """The open files that calls are about.

    Attributes:
        about: For every call that of its first argument, or `UNKNOWN`.
        process: For every call a number that stands for the table of the thread that made it.
        watched: By number of the call, what epoll_ctl(2) adds, changes or takes away.
        polled: By number of the call, what poll(2) or select(2) waits for.
        ready: By number of the call, what epoll_wait(2) reported, as far as its data shows it.
        sharing: Which threads share descriptors.
        received: Files that were received from processes which are not in the log.
    """

    about: list[int]
    process: "array[int]"
    watched: dict[int, int]
    polled: dict[int, tuple[int, ...]]
    ready: dict[int, tuple[int, ...]]
    sharing: DescriptorSharing
    received: set[int]


def follow(calls: Sequence[LogCall]) -> FollowedFiles:
    """Find the open files that calls are about."""
    sharing = find_sharing(calls)
    tables = FdTables(calls, sharing)
    numbers: dict[int, int] = {}
    about = [UNKNOWN] * len(calls)
    process = array("q", bytes(8 * len(calls)))
    watched: dict[int, int] = {}
    polled: dict[int, tuple[int, ...]] = {}
    ready: dict[int, tuple[int, ...]] = {}
    data: dict[
        int, dict[int, int]
    ] = {}  # by epoll instance: which user data stands for which descriptor
    kept: list[FdTable] = []  # so that no two ever have the same id()
    for what, number in log_steps(calls):
        call = calls[number]
        name = call.name
        if what is LogStepKind.ENDS:
            tables.ends(number)
            if name in EPOLL_WAITS and call.result[:1] not in ("-", "?", "", "0"):
                ready[number] = _ready(tables, call, data.get(about[number], {}))
            continue
        table = tables.of(call.thread)
        if id(table) not in numbers:
            numbers[id(table)] = len(numbers)
            kept.append(table)
        process[number] = numbers[id(table)]
        if name in ABOUT:
            about[number] = tables.file(call.thread, call.arguments)
            if name == "epoll_ctl":
                arguments = split(call.arguments)
                watched[number] = tables.file(call.thread, "".join(arguments[2:3]))
                fd = descriptor("".join(arguments[2:3]))
                if fd is not None and len(arguments) > 3:
                    for given in _data(arguments[3]):
                        data.setdefault(about[number], {})[given] = fd
        elif name in POLLS:
            text = _LABEL.sub("", call.arguments) if "<" in call.arguments else call.arguments
            fds = [found[1] or found[2] for found in islice(_POLLED(text), _MOST_POLLED)]
            polled[number] = tuple(tables.file(call.thread, fd) for fd in fds)
        tables.begins(number)
    return FollowedFiles(about, process, watched, polled, ready, sharing, tables.received)


def _data(text: str) -> list[int]:
    """Return the user data of epoll(7), as far as it is spelled out."""
    numbers = (one or other for one, other in _READY(text)[:_MOST_READY])
    return [int(each, 16 if each.startswith("0x") else 10) for each in numbers]


def _ready(tables: FdTables, call: LogCall, known: dict[int, int]) -> tuple[int, ...]:
    """Return the files that a poller reports: programs often use the descriptor as user data."""
    table = tables.of(call.thread)
    fds = [known.get(data, data) for data in _data(call.arguments)]
    return tuple(tables.file_of(table, fd) for fd in fds if 2 < fd < _LARGEST_FD)
