"""Puts the lines of a log together: two halves of a call into one, times into nanoseconds.

What `prefixes` removes from lines and `unfinished` puts together is counted here, to be reported.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable
from operator import attrgetter

from msgspec.structs import replace

from walkthrough.call_stages.scanner import closing
from walkthrough.strace_log.clock import LogClock, nanoseconds
from walkthrough.strace_log.dialects import normalize_dialects
from walkthrough.strace_log.grammar import USUAL, ParsedLine, parse_line, without_end
from walkthrough.strace_log.model import LineKind, LogCall, OtherLine
from walkthrough.strace_log.prefixes import (
    WrapperKind,
    beginning,
    is_annotation,
    is_marked,
    unmarked,
    unwrapped,
    without_comment,
    without_heads,
    without_keys,
)
from walkthrough.strace_log.summaries import recognize_summaries
from walkthrough.strace_log.unfinished import (
    LONGEST,
    CompletedCall,
    LinePiece,
    UnfinishedCall,
    is_known,
)

_SHORT = 24
"""Characters; a result up to this length, or an error, recurs and is kept once."""
_MOST_SHARED = 1 << 16
"""How many different arguments are kept once, since a server repeats itself."""
_MOST_WAITING = 256
"""Limit of what is searched at every line of a file that is not an strace log."""
_SUPERSEDED = re.compile(r"\+\+\+ superseded by execve in pid (\d{1,9}) ", re.ASCII).match
_OPEN_RESULT = re.compile(r"-(?:1(?: (?:E[A-Z0-9]*(?: (?:\([^()]*)?)?)?)?)?$").match
"""A result that a paste may have broken: for a failure strace prints the explanation too."""
_OF_A_THREAD = frozenset({LineKind.SIGNAL, LineKind.EXITED, LineKind.KILLED})


class _ThreadIds(dict[str, int]):
    """Thread ids by their text: one number for all the lines of a thread."""

    def __missing__(self, text: str) -> int:
        self[text] = number = int(text)
        return number


class LogAssembler:
    """The calls and the other lines of a log; give it each line in order, then `finish`.

    Args:
        files: How many files the log has.

    Attributes:
        calls: In the order in which they began; complete once it is finished.
        others: The lines that are not calls.
        lines: Lines so far, empty ones included.
        cut: The last line is not whole.
        torn: How many calls were torn by words of the program.
        wrapped: How many calls a paste had broken into several lines.
        without: From how many lines something was removed that is not from strace.
        asides: How many lines are prompts, comments or the like.
        headless: How many calls have only an end.
        clock: Reads the times.
    """

    def __init__(self, files: int = 1) -> None:
        self.calls: list[LogCall] = []
        self.others: list[OtherLine] = []
        self.lines = 0
        self.cut = False
        self.torn = self.headless = self.wrapped = self.asides = 0
        self.without = Counter[WrapperKind]()
        self.clock = LogClock(files)
        # The call that a thread is in: its index, and its arguments up to there.
        self._begun: dict[int | None, tuple[int, str]] = {}
        self._broken_off: tuple[int, int | None] = (0, None)
        self._waiting: UnfinishedCall | None = None
        self._heads: tuple[WrapperKind, ...] = ()
        self._threads = _ThreadIds()
        self._shared: dict[str, str] = {}
        # Threads that turned out to own the lines without an id.
        self._unnamed: set[int] = set()
        # Where a thread's execve(2) is to end, and by thread, where the end of its call is.
        self._awaited: dict[int | None, int] = {}
        self._ends: dict[int | None, int] = {}

    def read(self, lines: Iterable[str], thread: int | None = None) -> None:
        """Process the lines of one file.

        Args:
            lines: Each with its newline, if it has one.
            thread: Whose they are, where the lines do not say (``-ff``).
        """
        usual, calls, clock, threads = USUAL, self.calls, self.clock.read, self._threads
        begun, intern, number = self._begun, sys.intern, self.lines
        shared = self._shared
        for line in lines:
            number += 1
            found = usual(line)
            if found is None:
                self._unusual(line, number, thread)
                continue
            pid, time, again, name, arguments, result, duration, start = found.groups()
            if (result and result[0] == "-" and result[-1] != ")") or is_marked(line):
                self._unusual(line, number, thread)
                continue
            who = threads[pid] if pid else thread
            if self._waiting:
                inside = arguments or start or ""
                if closing(f"{inside})", 0) != len(inside) and (
                    self._is_rest(self._piece(number, line.rstrip("\r\n")), who, whole=True)
                ):
                    continue
                self._give_up_waiting()
            since = clock(time) if time else None
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
            if len(shared) < _MOST_SHARED:
                arguments = shared.setdefault(arguments, arguments)
            else:
                arguments = shared.get(arguments, arguments)
            call = LogCall(number, number, who, name, arguments, result, since, took, injected)
            if again:
                self._resume(call)
                continue
            if who in begun:
                del begun[who]  # it was in one call and is now in another: the end was lost
            calls.append(call)
        self.lines = number

    def next_file(self) -> None:
        """Begin another file."""
        self._give_up_waiting(at_end=True)
        self.clock.next_file()

    def finish(self) -> None:
        """Note that there are no more lines."""
        self._give_up_waiting(at_end=True)
        if len(self._unnamed) == 1:
            self._name_the_unnamed(self._unnamed.pop())
        normalize_dialects(self.calls)
        self.others.sort(key=attrgetter("line"))
        recognize_summaries(self.others)

    def _unusual(self, raw: str, number: int, thread: int | None) -> None:
        whole = raw.endswith("\n")
        line = raw.rstrip("\r\n")
        if line[:1] == "^":
            line = without_keys(line)
        if "\xa0" in line:  # a web page's space, which strace never prints
            line = line.replace("\xa0", " ")
        if not line:
            return
        text, body = line, parse_line(line, whole=whole)
        found = None
        if body.kind is LineKind.UNKNOWN:
            found = unwrapped(line, whole=whole)
        elif body.kind is None and is_marked(line):
            found = unmarked(line, whole=whole) or (without_comment(line, body) if whole else None)
        elif body.kind is None and whole and not body.begun:
            found = without_comment(line, body)
        if found is not None:
            text, body = found.text, found.body
        who = thread if body.thread is None else body.thread
        if self._waiting and body.kind in (None, LineKind.UNKNOWN):
            whole_call = closing(f"{body.arguments})", 0) == len(body.arguments)
            odd = body.kind is LineKind.UNKNOWN or not whole_call
            if odd and self._is_rest(self._piece(number, line), who, whole=whole):
                return
        if found is not None:
            self.without.update(found.without)
        self.cut = self.cut or body.cut
        if body.kind is LineKind.UNKNOWN:
            self._not_understood(body, self._piece(number, line), who, whole)
            return
        if self._waiting and body.kind is not LineKind.NOTE:
            self._give_up_waiting(at_end=body.kind in (LineKind.EXITED, LineKind.KILLED))
        if body.kind is None:
            if _OPEN_RESULT(body.result) and whole:
                self._waiting = UnfinishedCall(LinePiece(number, line, text), body)
            else:
                self._take(body, number, number, who)
            return
        if moved := _SUPERSEDED(body.text):
            self._supersede(int(moved[1]), who)
        self.others.append(OtherLine(number, who, body.kind, body.text, self._time(body)))

    def _take(self, body: ParsedLine, number: int, end: int, who: int | None) -> None:
        since = self._time(body)
        if body.begun:
            self._begin(body.name, number, who, since, body.arguments, body.resumed)
            return
        took = nanoseconds(body.duration) if body.duration else None
        injected = "(INJECTED" in body.result
        name, result = sys.intern(body.name), body.result
        call = LogCall(
            number, end, who, name, body.arguments, result, since, took, injected, body.cut
        )
        if body.resumed:
            self._resume(call)
        else:
            self._begun.pop(who, None)
            self.calls.append(call)

    def _time(self, body: ParsedLine) -> int | None:
        return self.clock.read(body.time) if body.time else None

    def _begin(
        self, name: str, number: int, who: int | None, since: int | None, start: str, again: bool
    ) -> None:
        call = LogCall(number, number, who, sys.intern(name), start.rstrip(", "), "", since)
        if again:  # given up within its second half
            self._resume(call)
        elif self._ends and (at := self._ends.pop(who, None)) is not None:
            self.headless -= 1
            self.calls[at] = _joined(call, start, replace(self.calls[at], cut=False))
        else:
            self._begun[who] = (len(self.calls), start)
            self._broken_off = (number, who)
            self.calls.append(call)

    def _resume(self, ended: LogCall) -> None:
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

        To a terminal strace writes no ids while there is only one thread: a call may begin without
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
        """Note that a thread called execve(2) and goes on under its process's id."""
        half = self._begun.pop(old, None)
        if half is not None:
            self._begun[new] = half
        else:  # with -ff its call began in another file
            self._awaited[new] = old

    def _not_understood(
        self, body: ParsedLine, piece: LinePiece, who: int | None, whole: bool
    ) -> None:
        number, line, _ = piece
        if self._broken_off[0] == number - 1 and self._is_second_half(number, line, whole):
            return
        begins = beginning(line) if whole and len(line) <= LONGEST else None
        at_prompt = begins is not None and WrapperKind.PROMPT in begins.without
        if is_annotation(line) and not (at_prompt and begins is not None and _hangs(begins.body)):
            self.asides += not line.strip().startswith("^")  # a key that the terminal echoed
            self.others.append(OtherLine(number, who, LineKind.COMMENT, line))
            return
        # `htons(` and the like do not begin a call.
        inside = begins is not None and not _hangs(begins.body)
        if inside and self._waiting and self._waiting.takes(piece):
            return
        if begins is not None:
            self._give_up_waiting()
            self._waiting = UnfinishedCall(LinePiece(number, line, begins.text))
            self._heads = begins.without
            return
        if self._waiting and self._waiting.takes(piece):
            return
        self.cut = self.cut or not whole
        self.others.append(OtherLine(number, who, LineKind.UNKNOWN, line, self._time(body)))

    def _piece(self, number: int, line: str) -> LinePiece:
        return LinePiece(number, line, without_heads(line, self._heads) if self._heads else line)

    def _is_rest(self, piece: LinePiece, thread: int | None, *, whole: bool) -> bool:
        """Process the rest of the call that waits for one, if the line is that."""
        waiting = self._waiting
        if waiting is None or (rest := waiting.rest(piece.text, whole=whole)) is None:
            return False
        if _OPEN_RESULT(rest.body.result) and whole:
            waiting.goes_on(rest.body, piece)
            return True
        self._waiting = None
        self._put_together(waiting, rest, piece.number, thread)
        if rest.body.begun:
            self.others.append(OtherLine(piece.number, thread, LineKind.NOTE, piece.line))
        return True

    def _put_together(
        self, torn: UnfinishedCall, rest: CompletedCall, end: int, thread: int | None
    ) -> None:
        body, number = rest.body, torn.first.number
        who = thread if body.thread is None else body.thread
        self.torn += rest.torn
        self.wrapped += rest.wrapped
        self.without.update(self._heads)
        self._heads = ()
        self.cut = self.cut or body.cut
        if torn.words:
            self.others.append(OtherLine(number, who, LineKind.NOTE, torn.words))
        for at, piece in enumerate(torn.pieces):
            kind = LineKind.WRAPPED if at < rest.pieces else LineKind.UNKNOWN
            self.others.append(OtherLine(piece.number, who, kind, piece.line))
        if body.kind is None:
            if body.resumed and end != number:  # the call counts from where it began
                self.others.append(OtherLine(number, who, LineKind.WRAPPED, torn.first.line))
            self._take(body, number, end, who)
        else:
            self.others.append(OtherLine(number, who, body.kind, body.text, self._time(body)))
            if end != number:
                self.others.append(OtherLine(end, who, LineKind.WRAPPED, ""))

    def _is_second_half(self, number: int, line: str, whole: bool) -> bool:
        """Process the end of the call on the line before, if the line is that.

        With ``-z`` and ``-Z`` the halves of a call are put together, apart from what is between
        them.
        """
        _, who = self._broken_off
        if (half := self._begun.get(who)) is None:
            return False
        body = parse_line(f"<... {self.calls[half[0]].name} resumed>{line}", whole=whole)
        if body.kind is not None or body.begun:
            return False
        self._take(body, number, number, who)
        return True

    def _give_up_waiting(self, *, at_end: bool = False) -> None:
        """Note that the call that waits for its rest has none.

        Args:
            at_end: It is the last call of its thread, in which a server may hang.
        """
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return
        body = parse_line(waiting.first.text)
        known = any(call.name == body.name for call in self.calls[-_MOST_WAITING:])
        if (rest := waiting.begun(known)) is not None:
            complete = bool(rest.body.result)
            self.cut = self.cut or (at_end and not complete)
            number = waiting.pieces[-1].number if rest.pieces else waiting.first.number
            self._put_together(waiting, rest, number, body.thread)
            return
        self._heads = ()
        first = waiting.first
        time = self._time(body)
        self.others.append(OtherLine(first.number, body.thread, LineKind.UNKNOWN, first.line, time))
        for piece in waiting.pieces:
            self.others.append(OtherLine(piece.number, None, LineKind.UNKNOWN, piece.line))

    def _name_the_unnamed(self, thread: int) -> None:
        for at, call in enumerate(self.calls):
            if call.thread is None:
                self.calls[at] = replace(call, thread=thread)
        for at, other in enumerate(self.others):
            if other.thread is None and other.kind in _OF_A_THREAD:
                self.others[at] = replace(other, thread=thread)


def _hangs(body: ParsedLine) -> bool:
    """Return whether a line that has no end may be a call in which a thread waits."""
    return is_known(body.text.partition("(")[0])


def _joined(first: LogCall, start: str, ended: LogCall) -> LogCall:
    """Return the call of which ``first`` is the beginning, with the arguments ``start``."""
    arguments = start + ended.arguments
    if ended.result in ("", "?"):
        arguments = arguments.rstrip(", ")
    return LogCall(
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
