"""A recording as a history, with what was read and written or without."""

from collections.abc import Iterator

from walkthrough.model.events import AnyEvent
from walkthrough.recording.file import Recording
from walkthrough.recording.payload import header_without_payload, without_payload
from walkthrough.state.event_source import EncodedEvents
from walkthrough.state.history import History


def history_of(recording: Recording, *, payload: bool = True) -> History:
    """Read a recording to its end.

    Args:
        recording: What is read; its ``torn`` is known then.
        payload: Whether with what was read and written, sent and printed.

    Raises:
        RecordingError: It cannot be read.
    """
    if payload:
        return History.load(recording)
    events: Iterator[AnyEvent] = (without_payload(event) for _, event in recording)
    return History.load(EncodedEvents(header_without_payload(recording.header), events))
