"""Reads the times of a log into nanoseconds, whatever clock they were taken from."""

_SECOND = 1_000_000_000
_HOUR = 3600 * _SECOND
"""How far a time of day may go back without a new day: the clock was set."""
_DAY = 24 * _HOUR
_NO_CLOCK = 100_000_000 * _SECOND
"""A smaller time is not one since 1970: it is the time since the line before (``-r``)."""


class LogClock:
    """Reads the times of a log: of the day, since 1970, or since the line before (``-r``).

    The first one decides which kind they are; one of another kind is ignored.

    Args:
        files: How many files the log has. In several, lines of ``-r`` count from a line of which
            the file is unknown, so there they are ignored.

    Attributes:
        lost: There were times, and they could not be used.
    """

    def __init__(self, files: int = 1) -> None:
        self.lost = False
        self._several = files > 1
        self._first: int | None = None
        self._of_day = False
        self._since_line = False
        self._days = 0
        self._head = ""
        self._second = 0
        self._last = 0

    def next_file(self) -> None:
        """Begin another file of the log: its times start over."""
        self._days = 0
        self._head = ""
        self._last = self._first or 0

    def read(self, text: str) -> int | None:
        """Return nanoseconds since the log's first time; in one file never less than 0."""
        if self._first is None:
            self._begin(text)
        if (":" in text) is not self._of_day:
            self.lost = True
            return None
        if self._since_line:
            return self._add(nanoseconds(text))
        head, _, fraction = text.partition(".")
        if head != self._head:
            self._new_second(head)
        now = self._second + (int(fraction.ljust(9, "0")) if fraction else 0)
        return now if now > 0 or self._several else 0

    def _begin(self, text: str) -> None:
        self._of_day = ":" in text
        first = nanoseconds(text)
        self._since_line = not self._of_day and first < _NO_CLOCK
        self._first = self._last = 0 if self._since_line else first
        self._second = -first if self._since_line else 0  # what came before is in no log

    def _new_second(self, head: str) -> None:
        now = nanoseconds(head) + self._days
        if self._of_day:
            if now < self._last - _HOUR:
                self._days += _DAY
                now += _DAY
            self._last = now
        self._head = head
        self._second = now - (self._first or 0)

    def _add(self, passed: int) -> int | None:
        if self._several:
            self.lost = True
            return None
        self._second += passed
        return self._second


def nanoseconds(text: str) -> int:
    """Return nanoseconds of ``seconds[.digits]`` or ``hours:minutes:seconds[.digits]``."""
    seconds, _, fraction = text.partition(".")
    within = int(fraction.ljust(9, "0")) if fraction else 0
    if ":" not in seconds:
        return int(seconds) * _SECOND + within
    minutes = int(seconds[:2]) * 60 + int(seconds[3:5])
    return (minutes * 60 + int(seconds[6:])) * _SECOND + within
