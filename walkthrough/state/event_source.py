"""Where events come from: a recording's reader, events in memory, or a live capture.

These are what the layers above ask for, so that they need not know how a recording is read or a
capture is run.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Protocol

import msgspec

from walkthrough.i18n.messages import Message
from walkthrough.model.events import AnyEvent, Header
from walkthrough.model.protocol import AnyCommand, Line


class RecordingReader(Protocol):
    """What a recording's reader offers: its header, then each line with the event it holds.

    Calls have the places that they turned out to have: what revises them has been read before.
    """

    @property
    def header(self) -> Header:
        """The recording's header."""

    @property
    def torn(self) -> Message | str:
        """Why the recording ends early, in a sentence; "" if it is whole. Known at the end."""

    @property
    def share(self) -> float | None:
        """How much of it has been read, from 0 to 1; None if that is not known."""

    def __iter__(self) -> Iterator[tuple[bytes, AnyEvent]]:
        """Yield each event's line, without its newline, and the event."""


class EncodedEvents:
    """Lines made of events that are in no file: those made from an strace log."""

    def __init__(self, header: Header, events: Iterable[AnyEvent]) -> None:
        self.header = header
        self.torn: Message | str = ""
        self.share: float | None = None
        self._events = events

    def __iter__(self) -> Iterator[tuple[bytes, AnyEvent]]:
        """Yield each event's line, and the event."""
        encode = msgspec.json.Encoder().encode
        for event in self._events:
            yield encode(event), event


class Feed(Protocol):
    """A live stream of lines from a capture, and the way back to it."""

    def lines(self) -> AsyncIterator[Line]:
        """Yield the header, events and messages as they come; ends when the capture ends.

        Never raises for what the capture does: if it dies, a `CaptureFailed` is yielded last.
        """

    def send(self, command: AnyCommand) -> None:
        """Send a command; ignored once the capture has ended."""

    async def close(self) -> None:
        """End the capture and everything it started. Idempotent."""
