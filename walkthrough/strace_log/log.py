"""Logs of strace(1) on disk: found, told from other files, read whole.

Reads; says what it did not understand; raises only `LogError`, one sentence for the user.
"""

import gc
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from walkthrough.notation.safe import printable
from walkthrough.strace_log.joining import Joined
from walkthrough.strace_log.lines import parse_line
from walkthrough.strace_log.record import Call, Kind, Other

_SNIFFED = 1 << 16
_SNIFFED_LINES = 64
_PACKED = {
    b"\x1f\x8b": "gunzip",
    b"\xfd7zXZ": "unxz",
    b"\x28\xb5\x2f\xfd": "unzstd",
    b"BZh": "bunzip2",
}
_OTHER_TOOLS = (
    (re.compile(r"\s*\d+\.\d+ \( *[\d.]* ?(?:ms)?.*\): .*\w+\("), "perf trace"),
    (re.compile(r"(?:\[pid \d+\] )?\w+(?:->\w+)?\(.*\)\s+= .*|.*(?:SYS_\w+\()"), "ltrace"),
    (re.compile(r"\s*[\[{]"), "some JSON"),
)


class LogError(Exception):
    """A file is no log that can be read; the message is one sentence that says what to do."""


class Log:
    """A log, read.

    Attributes:
        name: What to call it: the file's name.
        calls: Its system calls, in the order in which they began.
        others: Its other lines, in order.
        lines: How many lines it has, empty ones included.
        unknown: How many of them were not understood.
        cut: It ends in the middle of a line.
    """

    def __init__(self, name: str, joined: Joined) -> None:
        self.name = name
        self.calls: list[Call] = joined.calls
        self.others: list[Other] = joined.others
        self.lines = joined.lines
        self.unknown = sum(other.kind is Kind.UNKNOWN for other in self.others)
        self.cut = joined.cut

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences that a reader of the log should know."""
        said = []
        if self.unknown:
            first = next(other for other in self.others if other.kind is Kind.UNKNOWN)
            lines = "1 line was" if self.unknown == 1 else f"{self.unknown} lines were"
            shown = printable(first.text[:60])
            said.append(f"{lines} not understood; line {first.line} is the first: {shown}")
        if self.cut:
            said.append("the log ends in the middle of a line")
        if headless := sum(call.cut and bool(call.result) for call in self.calls):
            calls = "1 call" if headless == 1 else f"{headless} calls"
            said.append(f"of {calls} the log holds only the end")
        return tuple(said)


def parse(lines: Iterable[str | bytes], name: str = "the log") -> Log:
    """Read a log's lines; never raises, whatever they hold.

    Args:
        lines: Each with its newline; the last may be without. Bytes are UTF-8, and what is not
            becomes surrogates.
        name: What to call the log.
    """
    joined = Joined()
    with _no_pauses():
        joined.read(_texts(lines))
        joined.finish()
    return Log(name, joined)


def load(path: str | os.PathLike[str]) -> Log:
    """Read a log, or all files of one that ``strace -ff`` wrote (``LOG.1234`` for ``LOG``).

    Raises:
        LogError: It cannot be read, or is no log of strace's.
    """
    path = Path(path)
    files = _files(path)
    joined = Joined()
    with _no_pauses():
        for file in files:
            _refuse_foreign(file)
            _read(file, joined, _thread_of(file) if len(files) > 1 or file != path else None)
        joined.finish()
        if len(files) > 1 and all(call.time_ns is not None for call in joined.calls):
            joined.calls.sort(key=lambda call: call.time_ns or 0)
    log = Log(path.name, joined)
    if not log.calls:
        raise LogError(_no_call(path, log))
    return log


def is_log(path: str | os.PathLike[str]) -> bool:
    """Tell whether a file looks like a log of strace's, from its first lines."""
    try:
        with open(path, "rb") as file:
            head = file.read(_SNIFFED)
    except OSError:
        return False
    lines = head.decode("utf-8", "surrogateescape").split("\n")[:_SNIFFED_LINES]
    bodies = [parse_line(line) for line in lines if line.strip()]
    return any(body.name for body in bodies)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        raise LogError(f"{_shown(path)} is a folder: name the log in it.")
    if path.exists():
        return [path]
    try:
        parts = sorted(
            (part for part in path.parent.glob(f"{_escaped(path.name)}.*") if _thread_of(part)),
            key=lambda part: _thread_of(part) or 0,
        )
    except OSError:
        parts = []
    if not parts:
        raise LogError(f"There is no file {_shown(path)}: name a log of strace's.")
    return parts


def _escaped(name: str) -> str:
    return re.sub(r"([\[\]*?])", r"[\1]", name)


def _thread_of(path: Path) -> int | None:
    suffix = path.suffix[1:]
    return int(suffix) if suffix.isascii() and suffix.isdigit() else None


def _refuse_foreign(path: Path) -> None:
    """Refuse what is certainly no log: by its first bytes."""
    try:
        with open(path, "rb") as file:
            head = file.read(_SNIFFED)
    except OSError as error:
        raise LogError(f"{_shown(path)} cannot be read: {error.strerror}.") from None
    if not head:
        raise LogError(f"{_shown(path)} is empty: trace with `strace -f -o LOG PROGRAM`.")
    for magic, unpack in _PACKED.items():
        if head.startswith(magic):
            raise LogError(f"{_shown(path)} is packed: unpack it first, with `{unpack}`.")
    if head.startswith(b'{"type":"header"'):
        raise LogError(f"{_shown(path)} is a recording of walkthrough's, and no log of strace's.")
    if head.startswith(b"\x7fELF") or head.count(b"\0") > len(head) // 10:
        raise LogError(f"{_shown(path)} is a binary file, and no log of strace's.")


def _read(path: Path, joined: Joined, thread: int | None) -> None:
    try:
        # Only a newline ends a line: strings of a log may hold any other control character.
        with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            joined.read(file, thread)
    except OSError as error:
        raise LogError(f"{_shown(path)} cannot be read: {error.strerror}.") from None


def _texts(lines: Iterable[str | bytes]) -> Iterator[str]:
    for line in lines:
        yield line.decode("utf-8", "surrogateescape") if isinstance(line, bytes) else line


def _no_call(path: Path, log: Log) -> str:
    first = log.others[0].text if log.others else ""
    shown = _shown(path)
    with_json = first.lstrip().startswith(("{", "["))
    if with_json and _is_json(first):
        return f"{shown} is JSON, and no log of strace's: name a log."
    for pattern, tool in _OTHER_TOOLS:
        if pattern.match(first):
            return (
                f"{shown} holds no line of strace's; it looks like {tool}: name a log of strace's."
            )
    if log.unknown:
        return (
            f"{shown} holds no system call that strace printed; its first line is "
            f"{printable(first[:60])!r}: name a log of strace's."
        )
    return f"{shown} holds no system call: trace with `strace -f -o LOG PROGRAM`."


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _shown(path: Path) -> str:
    return printable(str(path))


@contextmanager
def _no_pauses() -> Iterator[None]:
    """Keep the collector of cycles away: nothing here makes any, and it would look at each row."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
