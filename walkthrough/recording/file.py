"""The recording file, read and written: JSON Lines, the header first, then events from seq 0.

Knows the format and every way in which a file can be wrong; not what events mean.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from walkthrough.model.events import FORMAT, AnyEvent, CaptureEnded, Header

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes; a longer line is no event of ours, and reading it would only fill the memory."""

_BUFFER = 256 * 1024  # bytes that are read at a time

_BROKEN = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
"""What decoding a hostile line can raise."""


class RecordingError(Exception):
    """A recording cannot be read or written; the message is one sentence that says what to do."""


class _Version(msgspec.Struct):
    type: str
    format: int = 0


class Recording:
    """A recording that can be read: iterate it for its events.

    Attributes:
        path: The file.
        header: Its first line.
        torn: Why it ends early, in a sentence; "" if it is whole. Known once it was iterated.
    """

    def __init__(self, path: Path, header: Header) -> None:
        self.path = path
        self.header = header
        self.torn = ""
        self._file: IO[bytes] | None = None  # being iterated

    @property
    def share(self) -> float | None:
        """How much of the file has been read, from 0 to 1; None while it is not being read."""
        if self._file is None:
            return None
        try:
            size = os.fstat(self._file.fileno()).st_size
            return min(self._file.tell() / size, 1.0) if size else None
        except (OSError, ValueError):
            return None

    def __iter__(self) -> Iterator[tuple[bytes, AnyEvent]]:
        """Yield each event with its line (without newline), each decoded once.

        A last line that is broken ends the iteration and sets ``torn``, as does a missing end.

        Raises:
            RecordingError: A line before the last is broken, a number is missing, or the file
                cannot be read any more.
        """
        decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
        name = _plain(str(self.path))
        due = 0
        event: AnyEvent | None = None
        self.torn = ""
        with _open(self.path) as file:
            self._file = file
            for number, line in _lines(file, self.path):
                if number == 1 or not line:
                    continue
                try:
                    event = decoder.decode(line)
                except _BROKEN as error:
                    if _at_end(file):
                        self.torn = (
                            f"{name} breaks off in line {number}: what was captured up to there, "
                            f"{_events(due)}, is shown."
                        )
                        return
                    raise RecordingError(
                        f"{name} is damaged in line {number} ({_plain(str(error))}): "
                        "restore it from a copy, or record it again."
                    ) from error
                if event.seq != due:
                    raise RecordingError(
                        f"{name} is not whole: line {number} holds event {event.seq} where event "
                        f"{due} was due; restore it from a copy, or record it again."
                    )
                due += 1
                yield line, event
        if not isinstance(event, CaptureEnded):
            self.torn = f"{name} has no end: its capture was cut off after {_events(due)}."


def load(path: str | os.PathLike[str]) -> Recording:
    """Open a recording: check its first line, and return it ready to be iterated.

    Raises:
        RecordingError: There is no such file, it is no recording, or one of a newer format.
    """
    place = Path(path)
    name = _plain(str(place))
    with _open(place) as file:
        number, line = next(_lines(file, place), (0, b""))
    if not number:
        raise RecordingError(f"{name} is empty, so it is no recording: record it again.")
    foreign = RecordingError(
        f"{name} is not a recording of walkthrough: its first line is no header; "
        "name a file that `walkthrough record` has written."
    )
    try:
        version = msgspec.json.decode(line, type=_Version)
    except _BROKEN:
        raise foreign from None
    if version.type != "header" or version.format < 1:
        raise foreign
    if version.format > FORMAT:
        raise RecordingError(
            f"{name} has format {version.format}, and this walkthrough reads up to {FORMAT}: "
            "upgrade walkthrough to open it."
        )
    try:
        return Recording(place, msgspec.json.decode(line, type=Header))
    except _BROKEN as error:
        raise RecordingError(
            f"{name} has a damaged header ({_plain(str(error))}): "
            "restore it from a copy, or record it again."
        ) from error


class Writer:
    """Writes a recording, each line at once and whole, so that a killed capture loses nothing.

    The named file itself is written, never a temporary one. A recording that is already there is
    replaced, any other file is refused.
    """

    def __init__(self, path: str | os.PathLike[str], header: Header) -> None:
        """Begin the file with its header.

        Raises:
            RecordingError: The file cannot be written, or something else is kept there.
        """
        self._path = Path(path)
        self._encoder = msgspec.json.Encoder()
        _refuse_to_replace_others(self._path)
        try:
            self._file: IO[bytes] = open(self._path, "wb", buffering=0)  # noqa: SIM115
        except (OSError, ValueError) as error:
            raise _failure("written", self._path, error) from error
        try:
            self._put(header)
        except RecordingError:
            self._file.close()
            raise

    def write(self, event: AnyEvent) -> None:
        """Add one event. Numbers must run from 0 without gaps; the caller gives them.

        Raises:
            RecordingError: The file cannot be written any more (no space left, ...).
        """
        self._put(event)

    def _put(self, record: Header | AnyEvent) -> None:
        try:
            line = memoryview(self._encoder.encode(record) + b"\n")
            while line:
                line = line[self._file.write(line) :]
        except (OSError, ValueError) as error:
            raise _failure("written", self._path, error) from error

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _refuse_to_replace_others(path: Path) -> None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return  # nothing there, or nothing that opening it will not report better
    if not stat.S_ISREG(status.st_mode) or not status.st_size:
        return
    try:
        load(path)
    except RecordingError as error:
        if isinstance(error.__cause__, PermissionError):
            return
        raise RecordingError(
            f"{_plain(str(path))} exists and is not a recording that this walkthrough reads: "
            "choose another name, or remove it first."
        ) from error


def _open(path: Path) -> IO[bytes]:
    try:
        # Opening a named pipe would wait for its other end.
        if not path.is_dir() and path.exists() and not path.is_file():
            raise RecordingError(f"{_plain(str(path))} is not a file: name a recording.")
        return open(path, "rb", _BUFFER)
    except (OSError, ValueError) as error:
        raise _failure("read", path, error) from error


def _lines(file: IO[bytes], path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield line numbers from 1 and lines without their newline."""
    number = 0
    while True:
        try:
            line = file.readline(LONGEST_LINE + 1)
        except OSError as error:
            raise _failure("read", path, error) from error
        if not line:
            return
        number += 1
        if len(line) > LONGEST_LINE:
            raise RecordingError(
                f"{_plain(str(path))} is not a recording: line {number} is longer than "
                f"{LONGEST_LINE // 2**20} MiB; name a file that `walkthrough record` has written."
            )
        yield number, line.strip()


def _at_end(file: IO[bytes]) -> bool:
    try:
        return not file.read(1)
    except OSError:
        return True


_ADVICE: dict[type[OSError], str] = {
    FileNotFoundError: "there is no such file or folder; check the name",
    IsADirectoryError: "it is a folder; name a file in it",
    NotADirectoryError: "a part of its path is not a folder; check the name",
    PermissionError: "permission is denied; choose another place, or ask for access",
}


def _failure(verb: str, path: Path, error: Exception) -> RecordingError:
    advice = next((text for kind, text in _ADVICE.items() if isinstance(error, kind)), "")
    if not advice:
        why = (isinstance(error, OSError) and error.strerror) or _plain(str(error))
        advice = f"{why}; choose another place, or try again"
    return RecordingError(f"{_plain(str(path))} cannot be {verb}: {advice}.")


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def _plain(text: str) -> str:
    """Escape a name or an excerpt that could do something to a terminal."""
    return text if text.isprintable() else ascii(text)[1:-1]
