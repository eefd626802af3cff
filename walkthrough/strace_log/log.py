"""strace(1) logs on disk: found, derived from other files, read whole.

Reports what it did not understand; raises only `LogError`, one sentence for the user.
"""

import gc
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from io import BufferedReader, FileIO, TextIOWrapper
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from walkthrough.call_stages.calls import ON_SOCKETS
from walkthrough.call_stages.fd_roles import FileRoles
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Message, message, plural
from walkthrough.i18n.system_errors import reason
from walkthrough.strace_log.assembler import LogAssembler
from walkthrough.strace_log.detect import RECORDING, objection, refusal
from walkthrough.strace_log.grammar import parse_line
from walkthrough.strace_log.model import LineKind, LogCall, OtherLine
from walkthrough.strace_log.prefixes import unwrapped
from walkthrough.strace_log.told_stages import roles_of_files

_SNIFFED = 1 << 16
_SNIFFED_LINES = 64
_UNDECODABLE = "backslashreplace"
"""How bytes are decoded that are not UTF-8: events and documents could not hold them."""
_MOST_LINES = 5_000_000
"""A line takes about 300 bytes of memory, and as much again once it is compared."""
_ABOUT_SOCKETS = ON_SOCKETS | {"socket"}


class LogError(MessageError):
    """A file is no log that can be read; the message is one sentence that says what to do."""


class FileKind(Enum):
    """What a file is, as far as its beginning tells."""

    RECORDING = auto()
    LOG = auto()
    NEITHER = auto()


class Log:
    """A log, read.

    Attributes:
        name: What to call it: the file's name.
        calls: Its system calls, in the order in which they began.
        others: Its other lines, in the order of lines.
        lines: How many lines it has, empty ones included.
        unknown: How many of them were not understood.
        cut: It ends in the middle of a line.
        torn: How many calls are torn by the program's own output (a log without ``-o``).
        headless: Of how many calls it holds only the end.
        wrapped: How many calls a paste had broken into several lines.
        without: From how many lines something was removed that is not from strace.
        asides: How many lines are prompts, comments or the like.
        times_lost: It has times that cannot be used: those of ``-r`` in the files of
            ``-ff``, or of one kind among those of another.
    """

    def __init__(self, name: str, joined: LogAssembler) -> None:
        self.name = name
        self.calls: list[LogCall] = joined.calls
        self.others: list[OtherLine] = joined.others
        self.lines = joined.lines
        self.unknown = sum(other.kind is LineKind.UNKNOWN for other in self.others)
        self.cut = joined.cut
        self.torn = joined.torn
        self.headless = joined.headless
        self.wrapped = joined.wrapped
        self.without = joined.without
        self.asides = joined.asides
        self.times_lost = joined.clock.lost
        self._roles: FileRoles | None = None  # until they are taken: they are large

    def has_sockets(self) -> bool:
        """Return whether one of its calls is about a socket."""
        if any(call.name in _ABOUT_SOCKETS for call in self.calls):
            return True
        if self._roles is None:  # they may be read, written and waited for alone
            self._roles = roles_of_files(self.calls)
        return self._roles.has_sockets()

    def take_roles(self) -> FileRoles:
        """Return what its files are for; analysed here unless `has_sockets` has just done so."""
        roles, self._roles = self._roles, None
        return roles_of_files(self.calls) if roles is None else roles

    @property
    def remarks(self) -> tuple[Message, ...]:
        """What a reader of the log should know, one sentence each, without a capital."""
        said = []
        if self.unknown:
            first = next(other for other in self.others if other.kind is LineKind.UNKNOWN)
            said.append(
                plural(
                    "{count} line was not understood; line {line} is the first: {shown}.",
                    "{count} lines were not understood; line {line} is the first: {shown}.",
                    self.unknown,
                    line=first.line,
                    shown=printable(first.text[:60]),
                )
            )
        if self.torn:
            said.append(
                plural(
                    "{count} call contains output of the program: -o LOG keeps it apart.",
                    "{count} calls contain output of the program: -o LOG keeps it apart.",
                    self.torn,
                )
            )
        if self.cut:
            said.append(message("the log ends in the middle of a line."))
        if self.headless:
            said.append(
                plural(
                    "of {count} call the log has only the end.",
                    "of {count} calls the log has only the end.",
                    self.headless,
                )
            )
        for what, count in self.without.items():
            said.append(
                plural(
                    "{count} line was read without {wrapping}.",
                    "{count} lines were read without {wrapping}.",
                    count,
                    wrapping=what.message,
                )
            )
        if self.wrapped:
            said.append(
                plural(
                    "{count} call was put together from lines that a paste had wrapped.",
                    "{count} calls were put together from lines that a paste had wrapped.",
                    self.wrapped,
                )
            )
        if self.asides:
            said.append(
                plural(
                    "{count} line was taken for prompts, comments or Markdown.",
                    "{count} lines were taken for prompts, comments or Markdown.",
                    self.asides,
                )
            )
        if self.times_lost:
            said.append(message("some of its times do not show the order: trace with -ttt only."))
        return tuple(said)


def parse(lines: Iterable[str | bytes], name: str = "the log") -> Log:
    r"""Read a log's lines; never raises, whatever they hold.

    Args:
        lines: Each with its newline; the last may be without. Bytes are UTF-8, and what is not
            becomes an escape, as strace itself would write it: ``\xf3``.
        name: What to call the log.
    """
    joined = LogAssembler()
    with _no_pauses():
        joined.read(_texts(lines))
        joined.finish()
    return Log(name, joined)


def load(path: str | os.PathLike[str]) -> Log:
    """Read a log, or all files of one that ``strace -ff`` wrote (``LOG.1234`` for ``LOG``).

    Raises:
        LogError: It cannot be read, or is not an strace log.
    """
    path = Path(path)
    files = _files(path)
    joined = LogAssembler(len(files))
    with _no_pauses():
        for file in files:
            _read(file, joined, _thread_of(file) if file != path else None)
        joined.finish()
        if len(files) > 1:
            _put_in_order(joined)
    log = Log(path.name, joined)
    if (why := objection(_shown(path), log.calls, log.others, log.unknown)) is not None:
        raise LogError(why)
    return log


def check_for_sockets(log: Log) -> None:
    """Refuse a log of a program that never had to do with a socket: the path is not in it.

    Raises:
        LogError: It is one.
    """
    if not log.has_sockets():
        raise LogError(
            plural(
                "{file} holds {count} system call, none of them about a socket: trace a program "
                "that has one, with `{command}`.",
                "{file} holds {count} system calls, none of them about a socket: trace a program "
                "that has one, with `{command}`.",
                len(log.calls),
                file=log.name,
                command="strace -f -e trace=%network,%desc,%process -o LOG PROGRAM",
            )
        )


def kind_of(path: str | os.PathLike[str]) -> FileKind:
    """Tell a recording from an strace log, and from everything else; never raises."""
    path = Path(path)
    try:
        with _open(_files(path)[0]) as file:
            head = file.peek(_SNIFFED)
    except (OSError, LogError):
        return FileKind.NEITHER
    if head.startswith(RECORDING):
        return FileKind.RECORDING
    if refusal("", head) is not None:
        return FileKind.NEITHER
    lines = head.decode("utf-8", _UNDECODABLE).split("\n")[:_SNIFFED_LINES]
    return FileKind.LOG if any(_is_call(line.rstrip("\r")) for line in lines) else FileKind.NEITHER


def _is_call(line: str) -> bool:
    if parse_line(line).name:
        return True
    found = unwrapped(line)
    return found is not None and bool(found.body.name)


def is_log(path: str | os.PathLike[str]) -> bool:
    """Return whether a file looks like an strace log, from its first lines."""
    return kind_of(path) is FileKind.LOG


def is_there(path: str | os.PathLike[str]) -> bool:
    """Return whether there is such a file, or files that ``-ff`` named for it."""
    try:
        return bool(_files(Path(path)))
    except LogError:
        return os.path.lexists(path)


def _files(path: Path) -> list[Path]:
    """Return the files of a log: itself, or those that ``-ff`` made."""
    try:
        if path.is_dir():
            raise LogError(message("{file} is a folder: name the log in it.", file=_shown(path)))
        if path.exists():
            # A pipe could not be read twice, and a device may be endless.
            if not path.is_file():
                raise LogError(
                    message("{file} is not a file: name an strace log.", file=_shown(path))
                )
            return [path]
        begin = f"{path.name}."
        parts = [part for part in path.parent.iterdir() if part.name.startswith(begin)]
    except FileNotFoundError:
        parts = []
    except (OSError, ValueError) as error:
        raise _cannot_read(path, error) from None
    numbers = {part: number for part in parts if (number := _thread_of(part)) is not None}
    if not numbers:
        raise LogError(message("There is no file {file}: name an strace log.", file=_shown(path)))
    found = sorted(numbers, key=lambda part: numbers[part])
    # A thread that made none of the calls asked for leaves an empty file.
    return [part for part in found if part.stat().st_size] or found[:1]


def _thread_of(path: Path) -> int | None:
    suffix = path.suffix[1:]
    return int(suffix) if suffix.isascii() and suffix.isdigit() and len(suffix) < 10 else None


def _open(path: Path) -> BufferedReader:
    return BufferedReader(FileIO(path), _SNIFFED)


def _read(path: Path, joined: LogAssembler, thread: int | None) -> None:
    try:
        with _open(path) as file:
            if (why := refusal(_shown(path), file.peek(_SNIFFED))) is not None:
                raise LogError(why)
            # Only a newline ends a line: strings of a log may hold any other control character.
            text = TextIOWrapper(file, "utf-8-sig", errors=_UNDECODABLE, newline="\n")
            joined.next_file()
            joined.read(islice(text, _MOST_LINES + 1 - joined.lines), thread)
    except (OSError, ValueError) as error:
        raise _cannot_read(path, error) from None
    if joined.lines > _MOST_LINES:
        most = f"{_MOST_LINES:,}"
        raise LogError(
            message(
                "{file} has more than {most} lines: trace fewer calls (`{command}`), or cut it "
                "with `head`.",
                file=_shown(path),
                most=most,
                command="strace -e trace=%network,%desc,%process",
            )
        )


def _cannot_read(path: Path, error: Exception) -> LogError:
    return LogError(message("{file} cannot be read: {why}.", file=_shown(path), why=reason(error)))


def _put_in_order(joined: LogAssembler) -> None:
    """Sort the calls of several files by their times, and count those from the first of all."""
    calls = joined.calls
    times = [call.time_ns for call in calls if call.time_ns is not None]
    if not times or len(times) < len(calls):
        return
    before = min(times)
    if before < 0:
        calls[:] = [replace(call, time_ns=(call.time_ns or 0) - before) for call in calls]
        joined.others[:] = [
            other if other.time_ns is None else replace(other, time_ns=other.time_ns - before)
            for other in joined.others
        ]
    calls.sort(key=lambda call: call.time_ns or 0)


def _texts(lines: Iterable[str | bytes]) -> Iterator[str]:
    for line in lines:
        yield line.decode("utf-8", _UNDECODABLE) if isinstance(line, bytes) else line


def _shown(path: Path) -> str:
    return printable(str(path))


@contextmanager
def _no_pauses() -> Iterator[None]:
    """Pause the garbage collector: nothing here makes cycles, and it would visit each row."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
