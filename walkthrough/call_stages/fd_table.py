"""Which open file each descriptor stands for, call by call, process by process.

An open file is known by the number of the call that made it. Threads share their descriptors, a
forked process has a copy of them; dup(2) makes two of one, and SCM_RIGHTS hands one on. What was
open before is met when it is first used, and has a number that no call has.
"""

from collections import Counter, deque
from itertools import count
from typing import Protocol

from walkthrough.call_stages.arguments import split
from walkthrough.call_stages.calls import (
    ACCEPTS,
    COPIES,
    OPENING,
    PAIRS,
    PASSES_FILES,
    TRANSFERS,
    contradicts,
    descriptor,
    made_by,
    made_pair,
    passed,
    shares_files,
)
from walkthrough.call_stages.descriptor_sharing import DescriptorSharing, FdDemands, nothing_shared
from walkthrough.call_stages.told_call import Thread, ToldCall

UNKNOWN = -1
"""No open file: the call is about none."""
STRANGERS = 1 << 40
"""Open files that no call has made are numbered from here on."""
_CHANGING = OPENING | PAIRS | COPIES | PASSES_FILES
_CHANGING |= {"fcntl", "fcntl64", "execve", "execveat", "unshare", "close_range"}
_LISTENING = ACCEPTS | {"listen"}
FOLLOWED_AT_BEGIN = frozenset({"close", "sendmsg", "sendmmsg"})
"""The calls of which `FdTables.begins` follows something."""
FOLLOWED_AT_END = _CHANGING | _LISTENING
"""Those of which `FdTables.ends` does."""
_MOST_PARENTS = 16


class FdTable(dict[int, int]):
    """The descriptors of one process, or of several that share them: open files by number.

    Attributes:
        process: The process, or the one thread of it that is known best.
        number: Its number among all tables, from 0.
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

    def __init__(self, process: Thread = None, unseen: bool = False, number: int = 0) -> None:
        super().__init__()
        self.process = process
        self.number = number
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
    """The descriptors of all processes, moment by moment.

    Args:
        sharing: Which threads share descriptors from the beginning; None if those that come are
            told of (`made`).
        demands: What is done with descriptors that are not seen to be opened, as far as that is
            known beforehand.
        watcher: Is called for every descriptor that is opened or closed.
        strangers: The first number for files that no call has made.

    Attributes:
        holders: How many descriptors stand for an open file, by its number.
        makers: The names of the calls that have made files, by the files' numbers.
        received: Files that were received from processes which are not followed.
    """

    def __init__(
        self,
        sharing: DescriptorSharing | None = None,
        demands: FdDemands | None = None,
        watcher: FdObserver | None = None,
        strangers: int = STRANGERS,
    ) -> None:
        self.holders = Counter[int]()
        self.makers: dict[int, str] = {}
        self._sharing = sharing if sharing is not None else nothing_shared()
        self._listening: set[int] = set()
        self._demands: FdDemands = demands if demands is not None else {}
        self._watcher = watcher
        self._of: dict[Thread, FdTable] = {}
        self._by_first: dict[Thread, FdTable] = {}
        self._numbers = count()
        self._strangers = count(strangers)
        self._sending: dict[Thread, list[tuple[int, int]]] = {}  # what goes on being sent
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
        table = FdTable(first, unseen=bool(others), number=next(self._numbers))
        if len(others) > _MOST_PARENTS:
            others[_MOST_PARENTS // 2 : -_MOST_PARENTS // 2] = []
        # The first process is most often the one that makes others. It may have closed what it
        # has passed on by now.
        for other in others:
            for files in (other, other.last):
                for fd, file in files.items():
                    if file < STRANGERS:
                        table.inherited[fd] = (*table.inherited.get(fd, ()), file)
        return table

    def _inherited(self, table: FdTable, fd: int) -> int | None:
        """Return what a process has most likely inherited under a number: what fits its use."""
        candidates = table.inherited.pop(fd, ())
        uses = self._demands.get((table.process, fd), ())
        for file in candidates:
            made = self.makers.get(file, "")
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
        """Take a descriptor to stand for a file, as was found out elsewhere."""
        if table.get(fd) != file:
            self._drop(table, fd)
            table.met.add(fd)
            self._put(table, fd, file)

    def begins(self, call: ToldCall) -> None:
        """Follow the beginning of a call: from here on a number may be given away again."""
        name = call.name
        if name == "close":
            if (fd := descriptor(call.arguments)) is not None:
                self._drop(self.of(call.thread), fd)
        elif name in PASSES_FILES and name.startswith("send"):
            self._send(call)

    def ends(self, number: int, call: ToldCall) -> None:
        """Follow the end of a call.

        Args:
            number: Its number: that of the file which it has made.
            call: All of it.
        """
        name = call.name
        if name not in FOLLOWED_AT_END:
            return
        if call.result[:1] in ("-", "?", ""):
            if self._sending and call.thread in self._sending:
                self._take_back(call)
            return
        table = self.of(call.thread)
        closing = "CLOEXEC" in call.arguments
        if name in _LISTENING:
            fd = descriptor(call.arguments)
            if fd is not None and (listener := table.get(fd)) is not None:
                self._listening.add(listener)
        if name in OPENING:
            self.makers[number] = name
            self._open(table, descriptor(call.result), number, closing)
        elif name in PAIRS:
            self.makers[number] = name
            for each in made_pair(call):
                self._open(table, each, number, closing)
        elif name in COPIES or "F_DUPFD" in call.arguments:
            copied = self.file(call.thread, call.arguments)
            made = descriptor(call.result)
            if name == "dup" or made != descriptor(call.arguments):
                self._open(table, made, copied, closing)
        elif name in PASSES_FILES:
            self._sending.pop(call.thread, None)
            self._receive(call, table, closing)
        elif name == "close_range":
            if call.result == "0" and not closing:
                self._close_range(call)
        elif name.startswith("execve"):
            self._executed(call.thread, table)
        elif name == "unshare":
            if "CLONE_FILES" in call.arguments and table.threads > 1:
                self._of[call.thread] = self._leave(call.thread, table)
        elif "F_SETFD" in call.arguments and (fd := descriptor(call.arguments)) is not None:
            (table.closing.add if "FD_CLOEXEC" in call.arguments else table.closing.discard)(fd)

    def made(self, parent: Thread, child: Thread, *, shares: bool) -> None:
        """Follow clone(2): a thread that shares the descriptors, or a process that has copies."""
        if child in self._of or child == parent:
            return
        table = self.of(parent)
        if not shares:
            table = self._copy(table, child)
            self._by_first[self._sharing.of(child)] = table
        self._of[child] = table
        table.threads += 1

    def cloned(self, call: ToldCall) -> None:
        """Follow a call of clone(2) or fork(2) whose result is known."""
        if child := made_by(call):
            self.made(call.thread, child, shares=shares_files(call))

    def executed(self, thread: Thread) -> None:
        """Follow execve(2)."""
        self._executed(thread, self.of(thread))

    def forget(self, file: int) -> None:
        """Forget a file for which no descriptor stands."""
        del self.holders[file]
        self.makers.pop(file, None)
        self.received.discard(file)
        self._listening.discard(file)
        self._sent.pop(file, None)

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

    def _close_range(self, call: ToldCall) -> None:
        table = self.of(call.thread)
        low, high = (descriptor(end) for end in (*split(call.arguments), "", "")[:2])
        # ~0U, the highest there is, is no number that can be read.
        for fd in [fd for fd in table if fd >= (low or 0) and (high is None or fd <= high)]:
            self._drop(table, fd)

    def _send(self, call: ToldCall) -> None:
        for fd in passed(call):
            through = self.file(call.thread, call.arguments)
            file = self.file_of(self.of(call.thread), fd)
            self.holders[file] += 1  # on its way it is open as well
            self._sent.setdefault(through, deque()).append(file)
            self._sent_last.append((through, file, self.of(call.thread)))
            self._sending.setdefault(call.thread, []).append((through, file))

    def _take_back(self, call: ToldCall) -> None:
        """Follow a call that has failed to send descriptors."""
        for through, file in self._sending.pop(call.thread):
            sent = self._sent.get(through)
            if sent is not None and file in sent:
                sent.remove(file)
                self.holders[file] -= 1

    def _receive(self, call: ToldCall, table: FdTable, closing: bool) -> None:
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

    def _copy(self, table: FdTable, process: Thread) -> FdTable:
        copy = FdTable(process, number=next(self._numbers))
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
