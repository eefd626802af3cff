"""What a log tells while it is being written: which calls have returned.

Only what strace writes to its standard error with ``-f`` is understood, and only as much of it as
it takes to know the moment. Logs are read whole by `strace_log`.
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
        thread: Thread id, b"" for the first one as long as there is no other.
        name: Its name.
        first: Its first argument, as it is spelled.
        result: What stands behind ``=``.
        line: Number of the line on which it ended, from 1.
    """

    thread: bytes
    name: str
    first: str
    result: str
    line: int

    @property
    def injected(self) -> bool:
        """Tell whether strace itself made it fail."""
        return self.result.endswith("(INJECTED)")


class LogFollower:
    """A log as far as it has been written."""

    def __init__(self) -> None:
        self._torn = b""
        self._unfinished: dict[bytes, bytes] = {}
        self.lines = 0

    def feed(self, written: bytes) -> list[ReturnedCall]:
        """Take note of a piece of it; return the calls whose end is in there."""
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
