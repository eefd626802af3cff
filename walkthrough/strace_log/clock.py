"""Reads the times of a log into nanoseconds, whatever clock they were taken from."""

_SECOND = 1_000_000_000
_HOUR = 3600 * _SECOND
"""So far back a time of day may go without another day having begun: a clock that was set."""
_DAY = 24 * _HOUR
_NO_CLOCK = 100_000_000
"""Seconds; no clock has shown so little since 1973: it is the time since the line before (-r)."""


class Clock:
    """Reads the times of a log: of the day, since 1970, or since the line before (``-r``).

    Args:
        files: How many files the log has. In several, lines of ``-r`` count from a line of which
            nobody knows the file, so there they are no times.

    Attributes:
        lost: There were times, and they could not be used.
    """

    def __init__(self, files: int = 1) -> None:
        self.lost = False
        self._several = files > 1
        self._first: int | None = None
        self._since_line = False
        self._days = 0
        self._head = ""
        self._second = 0
        self._last = 0

    def next_file(self) -> None:
        """Begin another file of the log: its times begin anew."""
        self._days = self._last = 0
        self._head = ""

    def read(self, text: str) -> int | None:
        """Return nanoseconds since the log's first time; in one file never less than 0."""
        if self._since_line:
            return self._add(nanoseconds(text))
        head, _, fraction = text.partition(".")
        within = int(fraction.ljust(9, "0")) if fraction else 0
        if head != self._head and self._new_second(head, within):
            return self._add(0)
        now = self._second + within
        return now if now > 0 or self._several else 0

    def _new_second(self, head: str, within: int) -> bool:
        """Take in another second; tell whether it is none of a clock."""
        self._head = head
        if ":" in head:
            seconds = int(head[:2]) * 3600 + int(head[3:5]) * 60 + int(head[6:])
        else:
            seconds = int(head)
            if self._first is None and seconds < _NO_CLOCK:
                self._since_line = True
                return True
        now = seconds * _SECOND + self._days
        if self._first is None:
            self._first = now + within
        if ":" in head:
            if now < (self._last or self._first) - _HOUR:
                self._days += _DAY
                now += _DAY
            self._last = now
        self._second = now - self._first
        return False

    def _add(self, passed: int) -> int | None:
        if self._several:
            self.lost = True
            return None
        self._second += passed
        return self._second


def nanoseconds(text: str) -> int:
    """Return nanoseconds of ``seconds[.digits]``."""
    seconds, _, fraction = text.partition(".")
    return int(seconds) * _SECOND + (int(fraction.ljust(9, "0")) if fraction else 0)
