"""A summary from the first and the last line of a recording, without reading the rest."""

import os
from pathlib import Path
from typing import NamedTuple

import msgspec

from walkthrough.model.events import Header
from walkthrough.recording.file import load

_TAIL = 1 << 16
"""Bytes at the end in which a complete last line is searched for."""


class RecordingSummary(NamedTuple):
    """What the ends of a recording show.

    Attributes:
        header: Its first line.
        events: How many it holds; None if its end does not show that.
    """

    header: Header
    events: int | None


class _NumberedLine(msgspec.Struct):
    seq: int


def summarize(path: str | os.PathLike[str]) -> RecordingSummary:
    """Read a recording's beginning and end.

    Raises:
        RecordingError: It is not a recording, or cannot be read.
    """
    header = load(path).header
    try:
        return RecordingSummary(header, _events(Path(path)))
    except OSError:
        return RecordingSummary(header, None)


def _events(path: Path) -> int | None:
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL))
        lines = file.read(_TAIL).splitlines()
    if size <= _TAIL and len(lines) == 1:
        return 0
    # The first may have been cut by us, the last by the end of the capture.
    for line in reversed(lines[1:]):
        try:
            return msgspec.json.decode(line, type=_NumberedLine).seq + 1
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
    return None
