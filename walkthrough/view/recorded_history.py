"""A recording as a history, and its lesson, with what was read and written or without."""

from collections.abc import Iterator

from walkthrough.i18n.messages import message
from walkthrough.lesson.lesson import Lesson, lesson_for
from walkthrough.model.events import AnyEvent
from walkthrough.recording.file import Recording, RecordingError
from walkthrough.recording.payload import header_without_payload, without_payload
from walkthrough.scenario.loader import ScenarioError
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


def history_to_show(recording: Recording, *, payload: bool = True) -> History:
    """Read a recording to its end, as `history_of`; it has an event at least.

    Raises:
        RecordingError: It cannot be read, or holds nothing.
    """
    history = history_of(recording, payload=payload)
    if not len(history):
        raise RecordingError(
            message("{file} holds no event, so there is nothing to show.", file=recording.path.name)
        )
    return history


def lesson_of(history: History) -> Lesson:
    """Return the lesson of a recording, with what this machine has for it.

    Raises:
        RecordingError: Its scenario is here, and one of its files has a mistake.
    """
    try:
        return lesson_for(history.header)
    except ScenarioError as error:
        raise RecordingError(error.message) from error
