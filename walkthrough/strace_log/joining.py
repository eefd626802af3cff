"""Puts the lines of a log together: two halves of a call into one, times into nanoseconds.

A call may also be torn by what the program, or strace itself, wrote to the terminal meanwhile
(a log without ``-o``): its line has no end, and what follows upon those words is its rest.
"""

import re
import sys
from collections.abc import Iterable
from operator import attrgetter
from typing import NamedTuple

from msgspec.structs import replace

from walkthrough.strace_log.clock import Clock, nanoseconds
from walkthrough.strace_log.dialects import in_one_notation
from walkthrough.strace_log.lines import USUAL, Body, parse_line, without_end
from walkthrough.strace_log.record import Call, Kind, Other

_SHORT = 24
"""Characters; a result as short as this, or an error, comes again and again: kept once."""
_MOST_WAITING = 256
_MOST_TRIES = 20
_LONGEST_TORN = 1 << 16
"""Bounds of what is tried for a log of no strace's, which could make each line try them all."""
_SUPERSEDED = re.compile(r"\+\+\+ superseded by execve in pid (\d{1,9}) ", re.ASCII).match
_WORDS = re.compile(
    r"(?:(?:(?:/[\w.+-]{1,99}){0,9}/)?strace: )?Process \d{1,9} (?:attached|detached)$", re.ASCII
).search
_NO_END = re.compile(r"[a-z_]\w*\(", re.ASCII).match
_AN_END = re.compile(r"\) *= |<unfinished \.\.\.>$").search
_OF_A_THREAD = frozenset({Kind.SIGNAL, Kind.EXITED, Kind.KILLED})


class _Torn(NamedTuple):
    """A call without an end: its line's number, its text, and that without strace's words."""

    number: int
    line: str
    start: str


class _Threads(dict[str, int]):
    """Thread ids by their text: one number for all the lines of a thread."""

    def __missing__(self, text: str) -> int:
        self[text] = number = int(text)
        return number


class Joined:
    """The calls and the other lines of a log; give it each line in order, then `finish`.

    Args:
        files: How many files the log has.

    Attributes:
        calls: In the order in which they began; complete once it is finished.
        others: The lines that are no calls.
        lines: Lines so far, empty ones included.
        cut: The last line is not whole.
        torn: How many calls were torn by words of the program.
        headless: Of how many calls there is only the end.
        clock: Reads the times.
    """

    def __init__(self, files: int = 1) -> None:
        self.calls: list[Call] = []
        self.others: list[Other] = []
        self.lines = 0
        self.cut = False
        self.torn = self.headless = 0
        self.clock = Clock(files)
        # The call that a thread is in: its index, and its arguments up to there.
        self._begun: dict[int | None, tuple[int, str]] = {}
        self._broken_off: tuple[int, int | None] = (0, None)
        self._waiting: _Torn | None = None
        self._tries = 0
        self._threads = _Threads()
        # Threads of which it turned out that lines without an id are theirs.
        self._unnamed: set[int] = set()
        # Where a thread's execve(2) is to end, and by thread, where the end of its call stands.
        self._awaited: dict[int | None, int] = {}
        self._ends: dict[int | None, int] = {}

    def read(self, lines: Iterable[str], thread: int | None = None) -> None:
        """Take in the lines of one file.

        Args:
            lines: Each with its newline, if it has one.
            thread: Whose they are, where the lines do not say (``-ff``).
        """
        usual, calls, clock, threads = USUAL, self.calls, self.clock.read, self._threads
        begun, intern, number = self._begun, sys.intern, self.lines
        for line in lines:
            number += 1
            found = usual(line)
            if found is None:
                self._unusual(line, number, thread)
                continue
            pid, time, again, name, arguments, result, duration, start = found.groups()
            who = threads[pid] if pid else thread
            since = clock(time) if time else None
            if self._waiting:
                self._give_up_waiting()
            if result is None:
                self._begin(again or name, number, who, since, start, again is not None)
                continue
            took = nanoseconds(duration) if duration else None
            if result == "?":
                arguments = without_end(arguments)
            if result[0] == "-" or len(result) < _SHORT:
                result = intern(result)
            injected = "(INJECTED" in result
            name = intern(again or name)
            call = Call(number, number, who, name, arguments, result, since, took, injected)
            if again:
                self._resume(call)
                continue
            if who in begun:
                del begun[who]  # it was in a call, and is in another: the end was lost
            calls.append(call)
        self.lines = number

    def next_file(self) -> None:
        """Begin another file."""
        if self._waiting:
            self._give_up_waiting()
        self.clock.next_file()

    def finish(self) -> None:
        """Take in that there are no more lines."""
        if self._waiting:
            self._give_up_waiting()
        if len(self._unnamed) == 1:
            self._name_the_unnamed(self._unnamed.pop())
        in_one_notation(self.calls)
        self.others.sort(key=attrgetter("line"))

    def _unusual(self, raw: str, number: int, thread: int | None) -> None:
        whole = raw.endswith("\n")
        line = raw.rstrip("\r\n")
        if not line:
            return
        body = parse_line(line, whole=whole)
        self.cut = self.cut or body.cut
        who = thread if body.thread is None else body.thread
        if body.kind is Kind.UNKNOWN:
            self._not_understood(body, number, who, line, whole)
            return
        if self._waiting and body.kind is not Kind.NOTE:
            self._give_up_waiting()
        if body.kind is None:
            self._take(body, number, number, who)
            return
        if moved := _SUPERSEDED(body.text):
            self._supersede(int(moved[1]), who)
        self.others.append(Other(number, who, body.kind, body.text, self._time(body)))

    def _take(self, body: Body, number: int, end: int, who: int | None) -> None:
        since = self._time(body)
        if body.begun:
            self._begin(body.name, number, who, since, body.arguments, body.resumed)
            return
        took = nanoseconds(body.duration) if body.duration else None
        injected = "(INJECTED" in body.result
        name, result = sys.intern(body.name), body.result
        call = Call(number, end, who, name, body.arguments, result, since, took, injected, body.cut)
        if body.resumed:
            self._resume(call)
        else:
            self._begun.pop(who, None)
            self.calls.append(call)

    def _time(self, body: Body) -> int | None:
        return self.clock.read(body.time) if body.time else None

    def _begin(
        self, name: str, number: int, who: int | None, since: int | None, start: str, again: bool
    ) -> None:
        call = Call(number, number, who, sys.intern(name), start.rstrip(", "), "", since)
        if again:  # given up within its second half
            self._resume(call)
        elif self._ends and (at := self._ends.pop(who, None)) is not None:
            self.headless -= 1
            self.calls[at] = _joined(call, start, replace(self.calls[at], cut=False))
        else:
            self._begun[who] = (len(self.calls), start)
            self._broken_off = (number, who)
            self.calls.append(call)

    def _resume(self, ended: Call) -> None:
        """Join the end of a call to its beginning."""
        begun = self._begun_by(ended.thread, ended.name)
        if begun is None:
            # The log begins in the middle of this call: only its end is known.
            self.headless += 1
            if (old := self._awaited.pop(ended.thread, None)) is not None:
                self._ends[old] = len(self.calls)
            self.calls.append(replace(ended, cut=True))
            return
        at, start = begun
        self.calls[at] = _joined(self.calls[at], start, ended)

    def _begun_by(self, who: int | None, name: str) -> tuple[int, str] | None:
        """Return the call of this name that the thread is in.

        To a terminal strace writes no ids while there is but one thread: a call may begin without
        one and end with one, or the other way round.
        """
        begun, calls = self._begun, self.calls
        if (half := begun.pop(who, None)) is not None:
            return half if calls[half[0]].name == name else None
        if who is not None:
            half = begun.get(None)
            if half is None or calls[half[0]].name != name:
                return None
            self._unnamed.add(who)
            return begun.pop(None)
        if not begun or len(begun) > _MOST_WAITING:
            return None
        threads = [thread for thread, half in begun.items() if calls[half[0]].name == name]
        if len(threads) != 1 or threads[0] is None:
            return None
        self._unnamed.add(threads[0])
        return begun.pop(threads[0])

    def _supersede(self, old: int, new: int | None) -> None:
        """Take in that a thread called execve(2) and goes on under its process's id."""
        half = self._begun.pop(old, None)
        if half is not None:
            self._begun[new] = half
        else:  # with -ff its call began in another file
            self._awaited[new] = old

    def _not_understood(
        self, body: Body, number: int, who: int | None, line: str, whole: bool
    ) -> None:
        if self._waiting and self._is_rest(self._waiting, number, who, line, whole):
            return
        if self._broken_off[0] == number - 1 and self._is_second_half(number, line, whole):
            return
        if whole and len(line) <= _LONGEST_TORN and _NO_END(body.text):
            self._give_up_waiting()
            words = _WORDS(line)
            self._waiting = _Torn(number, line, line[: words.start()] if words else line)
            self._tries = 0
            return
        self.cut = self.cut or not whole
        self.others.append(Other(number, who, Kind.UNKNOWN, line, self._time(body)))

    def _is_rest(
        self, torn: _Torn, number: int, thread: int | None, line: str, whole: bool
    ) -> bool:
        """Take in the rest of the call that waits for one, if the line is that."""
        if not _AN_END(line) or self._tries == _MOST_TRIES:
            return False
        self._tries += 1
        body = parse_line(torn.start + line, whole=whole)
        if body.kind is not None:
            return False
        self._waiting = None
        who = thread if body.thread is None else body.thread
        if torn.start == torn.line:
            self.torn += 1
        else:
            words = torn.line[len(torn.start) :]
            self.others.append(Other(torn.number, who, Kind.NOTE, words))
        if body.begun:
            self.others.append(Other(number, who, Kind.NOTE, line))
        self._take(body, torn.number, number, who)
        return True

    def _is_second_half(self, number: int, line: str, whole: bool) -> bool:
        """Take in the end of the call on the line before, if the line is that.

        With ``-z`` and ``-Z`` the halves of a call are put together, but for the words between.
        """
        _, who = self._broken_off
        if (half := self._begun.get(who)) is None:
            return False
        body = parse_line(f"<... {self.calls[half[0]].name} resumed>{line}", whole=whole)
        if body.kind is not None or body.begun:
            return False
        self._take(body, number, number, who)
        return True

    def _give_up_waiting(self) -> None:
        if self._waiting is None:
            return
        number, line, _ = self._waiting
        self._waiting = None
        body = parse_line(line)
        self.others.append(Other(number, body.thread, Kind.UNKNOWN, line, self._time(body)))

    def _name_the_unnamed(self, thread: int) -> None:
        for at, call in enumerate(self.calls):
            if call.thread is None:
                self.calls[at] = replace(call, thread=thread)
        for at, other in enumerate(self.others):
            if other.thread is None and other.kind in _OF_A_THREAD:
                self.others[at] = replace(other, thread=thread)


def _joined(first: Call, start: str, ended: Call) -> Call:
    """Return the call of which ``first`` is the beginning, with the arguments ``start``."""
    arguments = start + ended.arguments
    if ended.result in ("", "?"):
        arguments = arguments.rstrip(", ")
    return Call(
        first.line,
        ended.end,
        first.thread,
        first.name,
        arguments,
        ended.result,
        first.time_ns,
        ended.duration_ns,
        ended.injected,
        ended.cut,
    )
