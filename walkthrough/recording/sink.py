"""Where a capture's lines are stored: header and events in a file, messages nowhere."""

import os
from types import TracebackType
from typing import Self

from walkthrough.model.events import AnyEvent, Header
from walkthrough.model.protocol import Line
from walkthrough.recording.file import RecordingWriter
from walkthrough.recording.output import OutputTarget
from walkthrough.recording.payload import header_without_payload, without_payload


class RecordingSink:
    """Receives a session's lines and writes those that a recording holds.

    The file is begun with the header, so a capture that never starts leaves none behind.
    """

    def __init__(
        self, output: OutputTarget | str | os.PathLike[str], *, payload: bool = True
    ) -> None:
        """Keep what comes in ``output``, with or without what was read and written."""
        self._output = output
        self._payload = payload
        self._writer: RecordingWriter | None = None
        self.events = 0

    @property
    def written(self) -> int:
        """How many bytes the file has so far."""
        return self._writer.written if self._writer is not None else 0

    def put(self, line: Line) -> None:
        """Write a line, if it is the header or an event.

        Raises:
            RecordingError: The file cannot be written.
        """
        if isinstance(line, Header):
            header = line if self._payload else header_without_payload(line)
            self._writer = RecordingWriter(self._output, header)
        elif isinstance(line, AnyEvent) and self._writer is not None:
            self._writer.write(line if self._payload else without_payload(line))
            self.events += 1

    def close(self) -> None:
        """Close the file, if one was begun. Idempotent."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
