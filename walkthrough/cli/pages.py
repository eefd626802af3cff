"""Makes the page of a walk that is on the screen, from the lines of its events."""

from collections.abc import Sequence

import msgspec

from walkthrough.export.html.page import page_of_history
from walkthrough.i18n.messages import Message
from walkthrough.lesson.lesson import Lesson
from walkthrough.model.events import AnyEvent, Header
from walkthrough.state.event_source import EncodedEvents
from walkthrough.state.history import History


def page_of(header: Header, lines: Sequence[bytes], lesson: Lesson) -> tuple[str, Message | str]:
    """Return the page, and what is to be said of it, "" for nothing.

    It has a history of its own: the screen's is in use meanwhile.
    """
    decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
    history = History.load(EncodedEvents(header, map(decoder.decode, lines)))
    return page_of_history(history, lesson)
