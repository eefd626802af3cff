"""Puts the lines of a log together: two halves of a call into one, times into nanoseconds."""

from collections.abc import Iterable

from walkthrough.strace_log.lines import Body, parse_line
from walkthrough.strace_log.record import Call, Kind, Other

_DAY = 24 * 3600 * 1_000_000_000
_WITHIN_A_DAY = 3600 * 1_000_000_000
"""So far back a time of day may go without another day having begun: a clock that was set."""


class Joined:
    """The calls and the other lines of a log; give it each line in order, then `finish`.

    Attributes:
        calls: In the order in which they began; complete once it is finished.
        others: The lines that are no calls.
        lines: Lines so far, empty ones included.
        cut: The last line is not whole.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.others: list[Other] = []
        self.lines = 0
        self.cut = False
        self._begun: dict[int | None, tuple[int, int, Body, int | None]] = {}
        self._clock = Clock()

    def read(self, lines: Iterable[str], thread: int | None = None) -> None:
        """Take in the lines of one file.

        Args:
            lines: Each with its newline, if it has one.
            thread: Whose they are, where the lines do not say (``-ff``).
        """
        calls, clock = self.calls, self._clock
        number = self.lines
        for raw in lines:
            number += 1
            whole = raw.endswith("\n")
            line = raw.rstrip("\r\n")
            if not line:
                continue
            body = parse_line(line, whole=whole)
            time = clock.read(body.time) if body.time else None
            who = body.thread if body.thread is not None else thread
            if body.name and not body.begun and not body.resumed and who not in self._begun:
                calls.append(_call(body, number, number, who, time, body.arguments))
            else:
                self._take(body, number, who, time, line, whole)
        self.lines = number

    def finish(self) -> None:
        """Keep the calls whose end never came."""
        for thread in list(self._begun):
            self._give_up(thread)

    def _take(
        self, body: Body, number: int, who: int | None, time: int | None, line: str, whole: bool
    ) -> None:
        if body.resumed:
            self._resume(body, number, who, time)
        elif body.name:
            self._give_up(who)  # it was in a call, and is in another: the end was lost
            if body.begun:
                self._begun[who] = (len(self.calls), number, body, time)
                self.calls.append(_call(body, number, number, who, time, body.arguments))
            else:
                self.calls.append(_call(body, number, number, who, time, body.arguments))
        else:
            kind = body.kind or Kind.UNKNOWN
            if not whole and kind is Kind.UNKNOWN:
                self.cut = True
                if self._cut_call(body, number, who, time):
                    return
            text = body.text if kind is not Kind.UNKNOWN else line
            self.others.append(Other(number, who, kind, text, time))

    def _resume(self, body: Body, number: int, who: int | None, time: int | None) -> None:
        begun = self._begun.get(who)
        if begun is None or begun[2].name != body.name:
            # The log begins in the middle of this call: only its end is known.
            call = _call(body, number, number, who, time, body.arguments)
            self.calls.append(_as_cut(call))
            return
        del self._begun[who]
        at, first, start, since = begun
        arguments = start.arguments + body.arguments
        self.calls[at] = _call(body, first, number, who, since, arguments)

    def _give_up(self, who: int | None) -> None:
        begun = self._begun.pop(who, None)
        if begun is not None:
            at, first, start, since = begun
            self.calls[at] = _call(start, first, first, who, since, start.arguments.rstrip(", "))

    def _cut_call(self, body: Body, number: int, who: int | None, time: int | None) -> bool:
        """Keep a call in whose middle the log ends."""
        name, parenthesis, rest = body.text.partition("(")
        if not parenthesis or not name.isidentifier():
            return False
        self.calls.append(Call(number, number, who, name, rest, "", time, cut=True))
        return True


def _call(
    body: Body, line: int, end: int, who: int | None, time: int | None, arguments: str
) -> Call:
    duration = None
    if body.duration and body.duration != "unavailable":
        duration = _nanoseconds(body.duration)
    injected = "(INJECTED" in body.result
    return Call(line, end, who, body.name, arguments, body.result, time, duration, injected)


def _as_cut(call: Call) -> Call:
    return Call(
        call.line,
        call.end,
        call.thread,
        call.name,
        call.arguments,
        call.result,
        call.time_ns,
        call.duration_ns,
        call.injected,
        cut=True,
    )


class Clock:
    """Reads the times of a log: of the day, since 1970, or since the line before (``-r``)."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._last = 0
        self._days = 0
        self._relative: int | None = None

    def read(self, text: str) -> int:
        """Return nanoseconds since the log's first time; a time never goes back below 0."""
        if ":" in text:
            hours, minutes, seconds = text.split(":")
            now = (int(hours) * 3600 + int(minutes) * 60) * 1_000_000_000 + _nanoseconds(seconds)
            if now + self._days < self._last - _WITHIN_A_DAY:
                self._days += _DAY
            now += self._days
        else:
            now = _nanoseconds(text)
            if self._first is None and now < 100_000_000 * 1_000_000_000:
                self._relative = 0  # no clock shows so little: it is the time since the line before
            if self._relative is not None:
                self._relative += now if self._first is not None else 0
                self._first = 0
                return self._relative
        self._last = now
        if self._first is None:
            self._first = now
        return max(now - self._first, 0)


def _nanoseconds(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole) * 1_000_000_000 + int(fraction.ljust(9, "0")[:9] or 0)
