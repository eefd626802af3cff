"""A recording as a Perfetto trace, for ui.perfetto.dev and for the trace processor's SQL."""

from typing import IO

from walkthrough.export.registry import ExportFormat
from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Message, message
from walkthrough.recording.file import Recording


class PerfettoMissingError(MessageError):
    """The package that writes Perfetto's format is not installed."""


def to_perfetto(recording: Recording, out: IO[bytes], *, payload: bool = True) -> Message | str:
    """Write the recording to ``out`` as a trace of track events.

    Args:
        recording: What is read, an event at a time.
        out: Where to write; left open.
        payload: Whether to include what was read and written.

    Returns:
        Why the recording ends early; "" if it is whole.

    Raises:
        PerfettoMissingError: The package ``perfetto`` is not installed.
        RecordingError: It cannot be read. What ``out`` holds by then is a part of the trace.
        OSError: ``out`` cannot be written.
    """
    try:
        from walkthrough.export.perfetto.writer import write
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("perfetto", "google"):
            raise
        raise PerfettoMissingError(
            message(
                "A Perfetto trace is written by the package perfetto, which is not installed: "
                "{command} brings it.",
                command="pip install 'walkthrough[perfetto]'",
            )
        ) from error
    return write(recording, out, payload=payload)


FORMAT = ExportFormat(
    summary=message("a trace for ui.perfetto.dev (needs walkthrough[perfetto])"),
    suffix=".pftrace",
    write=to_perfetto,
    binary=True,
)
