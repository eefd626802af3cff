"""Recordings on disk, made of a test's own events."""

from collections.abc import Iterable
from pathlib import Path

from walkthrough.model.events import AnyEvent, Header
from walkthrough.recording.file import RecordingWriter
from walkthrough.recording.output import OutputTarget

HEADER = Header(server="go", pid=7, command=("server", "tcp"))


def written(path: Path, events: Iterable[AnyEvent], header: Header = HEADER) -> Path:
    """Write a recording, in the place of another one, and return its path."""
    with RecordingWriter(OutputTarget(path, force=True), header) as writer:
        for event in events:
            writer.write(event)
    return path
