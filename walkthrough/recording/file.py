"""The recording file, read and written: JSON Lines, the header first, then events from seq 0.

Knows the format and every way in which a file can be wrong; not what events mean.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from walkthrough.formatting.escaping import escaped_json, printable
from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Message, message, plural
from walkthrough.model.events import (
    FORMAT,
    FORMAT_OF_REVISIONS,
    AnyEvent,
    CaptureEnded,
    Header,
)
from walkthrough.recording.output import (
    OutputError,
    OutputTarget,
    advice,
    begin_file,
    cannot_be_written,
)
from walkthrough.recording.revisions import Revisions

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes; a longer line is not an event, and reading it would only fill the memory."""

_BUFFER = 256 * 1024  # bytes that are read at a time

_BROKEN = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
"""What decoding a hostile line can raise."""


class RecordingError(MessageError):
    """A recording cannot be read or written; the message is one sentence that says what to do."""


class _RecordingVersion(msgspec.Struct):
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
        self.torn: Message | str = ""
        self._file: IO[bytes] | None = None  # being iterated

    def _revisions(self) -> Revisions | None:
        """Read ahead what the recording revises; None where there can be nothing."""
        if self.header.format < FORMAT_OF_REVISIONS:
            return None
        with _open(self.path) as file:
            return Revisions(line for _, line in _lines(file, self.path))

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
        name = printable(str(self.path))
        called = printable(self.path.name)  # pages that are handed out say it, and not whose folder
        due = 0
        event: AnyEvent | None = None
        self.torn = ""
        revisions = self._revisions()
        with _open(self.path) as file:
            self._file = file
            for number, line in _lines(file, self.path):
                if number == 1 or not line:
                    continue
                try:
                    event = decoder.decode(line)
                except _BROKEN as error:
                    if _at_end(file):
                        self.torn = message(
                            "{file} breaks off in line {line}: what was captured up to there, "
                            "{events}, is shown.",
                            file=called,
                            line=number,
                            events=_events(due),
                        )
                        return
                    from walkthrough.i18n.decoding_errors import decoding_error

                    raise RecordingError(
                        message(
                            "{file} is damaged in line {line} ({why}): restore it from a copy, or "
                            "record it again.",
                            file=name,
                            line=number,
                            why=decoding_error(error),
                        )
                    ) from error
                if event.seq != due:
                    raise RecordingError(
                        message(
                            "{file} is not whole: line {line} holds event {event} where event "
                            "{due} was due; restore it from a copy, or record it again.",
                            file=name,
                            line=number,
                            event=event.seq,
                            due=due,
                        )
                    )
                due += 1
                yield revisions.applied(line, event) if revisions is not None else (line, event)
        if not isinstance(event, CaptureEnded):
            self.torn = message(
                "{file} has no end: its capture was cut off after {events}.",
                file=called,
                events=_events(due),
            )


def load(path: str | os.PathLike[str]) -> Recording:
    """Open a recording: check its first line, and return it ready to be iterated.

    Raises:
        RecordingError: There is no such file, or it is not a recording, or of a newer format.
    """
    place = Path(path)
    name = printable(str(place))
    with _open(place) as file:
        number, line = next(_lines(file, place), (0, b""))
    if not number:
        raise RecordingError(
            message("{file} is empty, so it is not a recording: record it again.", file=name)
        )
    foreign = RecordingError(
        message(
            "{file} is not a recording of walkthrough: its first line is not a header; name a "
            "file that `walkthrough record` has written.",
            file=name,
        )
    )
    try:
        version = msgspec.json.decode(line, type=_RecordingVersion)
    except _BROKEN:
        raise foreign from None
    if version.type != "header" or version.format < 1:
        raise foreign
    if version.format > FORMAT:
        raise RecordingError(
            message(
                "{file} has format {format}, and this walkthrough reads up to {newest}: upgrade "
                "walkthrough to open it.",
                file=name,
                format=version.format,
                newest=FORMAT,
            )
        )
    try:
        return Recording(place, msgspec.json.decode(line, type=Header))
    except _BROKEN as error:
        from walkthrough.i18n.decoding_errors import decoding_error

        raise RecordingError(
            message(
                "{file} has a damaged header ({why}): restore it from a copy, or record it again.",
                file=name,
                why=decoding_error(error),
            )
        ) from error


class RecordingWriter:
    """Writes a recording, each line at once and whole, so that a killed capture loses nothing.

    The file has its name from its header on, and is locked until it is closed (see `output`).

    Attributes:
        written: How many bytes it has.
    """

    def __init__(self, output: OutputTarget | str | os.PathLike[str], header: Header) -> None:
        """Begin the file with its header.

        Args:
            output: Where to; for a plain path, a new file.
            header: What it begins with.

        Raises:
            RecordingError: The file cannot be written, or there is one of that name.
        """
        self._output = output if isinstance(output, OutputTarget) else OutputTarget(output)
        self._encoder = msgspec.json.Encoder()
        try:
            line = self._line(header)
            self._file: IO[bytes] = begin_file(self._output, line)
            self.written = len(line)
        except OutputError as error:
            raise RecordingError(error.message) from (error.__cause__ or error)

    def write(self, event: AnyEvent) -> None:
        """Add one event. Numbers must run from 0 without gaps; the caller gives them.

        Raises:
            RecordingError: The file cannot be written any more (no space left, ...).
        """
        line = memoryview(self._line(event))
        self.written += len(line)
        try:
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise self._failure(error) from error

    def _line(self, record: Header | AnyEvent) -> bytes:
        try:
            return escaped_json(self._encoder.encode(record)) + b"\n"
        except ValueError as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> RecordingError:
        return RecordingError(cannot_be_written(self._output, error))

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


def _open(path: Path) -> IO[bytes]:
    try:
        # Opening a named pipe would block until its other end is opened.
        if not path.is_dir() and path.exists() and not path.is_file():
            raise RecordingError(
                message("{file} is not a file: name a recording.", file=printable(str(path)))
            )
        return open(path, "rb", _BUFFER)
    except (OSError, ValueError) as error:
        raise _failure(path, error) from error


def _lines(file: IO[bytes], path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield line numbers from 1 and lines without their newline."""
    number = 0
    while True:
        try:
            line = file.readline(LONGEST_LINE + 1)
        except OSError as error:
            raise _failure(path, error) from error
        if not line:
            return
        number += 1
        if len(line) > LONGEST_LINE:
            raise RecordingError(
                message(
                    "{file} is not a recording: line {line} is longer than {most} MiB; name a file "
                    "that `walkthrough record` has written.",
                    file=printable(str(path)),
                    line=number,
                    most=LONGEST_LINE // 2**20,
                )
            )
        yield number, line.strip()


def _at_end(file: IO[bytes]) -> bool:
    try:
        return not file.read(1)
    except OSError:
        return True


def _failure(path: Path, error: Exception) -> RecordingError:
    return RecordingError(
        message("{file} cannot be read: {advice}.", file=printable(str(path)), advice=advice(error))
    )


def _events(count: int) -> Message:
    return plural("{count} event", "{count} events", count)
