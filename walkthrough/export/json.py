"""A recording as one JSON document for other tools: ``{"header": ..., "events": [...]}``.

Copies the lines of the file, one at a time, so that nothing is lost; only what could
act on a terminal is written as a JSON escape. Knows the recording's reader, not what the
events mean.
"""

import os
from typing import IO

import msgspec

from walkthrough.export.registry import ExportFormat
from walkthrough.formatting.escaping import escaped_json
from walkthrough.i18n.messages import Message, message
from walkthrough.recording.file import Recording, load
from walkthrough.recording.payload import header_without_payload, without_payload


def to_json(
    recording: Recording | str | os.PathLike[str], out: IO[bytes], *, payload: bool = True
) -> Message | str:
    """Write header and events to ``out`` as one JSON document, an event a line.

    Args:
        recording: A loaded recording, or the path of one.
        out: Where to write; left open.
        payload: Whether to include what was read and written.

    Returns:
        Why the recording ends early, in a sentence for the user; "" if it is whole.

    Raises:
        RecordingError: It cannot be read. ``out`` does not hold a complete document then.
        OSError: ``out`` cannot be written.
    """
    if not isinstance(recording, Recording):
        recording = load(recording)
    begin = recording.header if payload else header_without_payload(recording.header)
    header = escaped_json(msgspec.json.encode(begin))
    out.write(b'{"header": ' + header + b',\n"events": [')
    separator = b"\n"
    for line, event in recording:
        if not payload:  # unknown fields of a line are dropped, too
            line = msgspec.json.encode(without_payload(event))
        out.write(separator)
        out.write(escaped_json(line))
        separator = b",\n"
    out.write(b"\n]}\n")
    return recording.torn


FORMAT = ExportFormat(summary=message("one document"), suffix=".json", write=to_json)
