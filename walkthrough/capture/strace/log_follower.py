"""Follows a log while it is being written: which calls have returned.

Only what strace writes to its standard error with ``-f`` is parsed, and only as much of it as
the moment needs. `strace_log` reads complete logs.
"""

import re
from typing import NamedTuple

_LINE = re.compile(rb"(?:\[pid +(\d+)\] )?(.*)", re.DOTALL)
_RESUMED = re.compile(rb"<\.\.\. (\w+) resumed>(.*)", re.DOTALL)
_CALL = re.compile(rb"(\w+)\((.*)", re.DOTALL)
_UNFINISHED = b"<unfinished ...>"


class ReturnedCall(NamedTuple):
    """A call that has returned.

    Attributes:
        thread: Thread id, b"" for the first one as long as it is the only one.
        name: Its name.
        first: Its first argument, as it is spelled.
        result: The text after ``=``.
        line: Number of the line on which it ended, from 1.
    """

    thread: bytes
    name: str
    first: str
    result: str
    line: int

    @property
    def injected(self) -> bool:
        """Return whether strace itself made it fail."""
        return self.result.endswith("(INJECTED)")


class LogFollower:
    """A log as far as it has been written."""

    def __init__(self) -> None:
        self._torn = b""
        self._unfinished: dict[bytes, bytes] = {}
        self.lines = 0

    def feed(self, written: bytes) -> list[ReturnedCall]:
        """Process a piece of it; return the calls that end in it."""
        *lines, self._torn = (self._torn + written).split(b"\n")
        returned = []
        for line in lines:
            self.lines += 1
            if (call := self._read(line)) is not None:
                returned.append(call)
        return returned

    def _read(self, line: bytes) -> ReturnedCall | None:
        match = _LINE.fullmatch(line)
        assert match is not None  # it matches any line
        thread, text = match[1] or b"", match[2]
        if (resumed := _RESUMED.fullmatch(text)) is not None:
            text = self._unfinished.pop(thread, resumed[1] + b"(") + resumed[2]
        elif text.endswith(_UNFINISHED):
            self._unfinished[thread] = text.removesuffix(_UNFINISHED)
            return None
        call = _CALL.fullmatch(text)
        if call is None:
            return None
        arguments, equals, result = call[2].rpartition(b" = ")
        if not equals:
            return None
        first = re.split(rb"[,)]", arguments, maxsplit=1)[0]
        return ReturnedCall(thread, _text(call[1]), _text(first), _text(result.strip()), self.lines)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
