"""net/parse.go: files read line by line, as package net does without the larger packages."""

from walkthrough.capture.instrumented.errors import EndOfFile, RaisedError
from walkthrough.capture.instrumented.os import file_unix as os
from walkthrough.capture.instrumented.runtime.proc import at_once

_CAPACITY = 64 * 1024


class File:
    """A file, and what was read of it but not returned yet."""

    def __init__(self, file: os.File) -> None:
        self._file = file
        self._data = b""
        self._at_eof = False

    def read_line(self) -> str | None:
        """Return the next line without its end, None if there is none."""
        line = self._line_from_data()
        if line is None:
            self._fill()
            line = self._line_from_data()
        return line

    def close(self) -> None:
        """Close it."""
        at_once(self._file.close())

    def _fill(self) -> None:
        # As io.ReadFull: until the room is full or the file at its end.
        while len(self._data) < _CAPACITY:
            room = bytearray(_CAPACITY - len(self._data))
            try:
                n = at_once(self._file.read(room))
            except EndOfFile:
                self._at_eof = True
                return
            except RaisedError:
                return
            self._data += room[:n]

    def _line_from_data(self) -> str | None:
        line, end, rest = self._data.partition(b"\n")
        if not end and not (self._at_eof and line):
            return None
        self._data = rest
        return line.decode("utf-8", "replace")


def open_(name: str) -> File:
    """Open a file.

    Raises:
        Errno: It cannot be opened.
    """
    return File(os.open_(name))
