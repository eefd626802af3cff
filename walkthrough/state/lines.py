"""What a history asks of a recording's reader, so that it need not know how one is read."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from walkthrough.model.events import AnyEvent, Header


class Lines(Protocol):
    """What a recording's reader offers: its header, then each line with the event it holds."""

    @property
    def header(self) -> Header:
        """The recording's header."""

    @property
    def torn(self) -> str:
        """Why the recording ends early, in a sentence; "" if it is whole. Known at the end."""

    @property
    def share(self) -> float | None:
        """How much of it has been read, from 0 to 1; None if that is not known."""

    def __iter__(self) -> Iterator[tuple[bytes, AnyEvent]]:
        """Yield each event's line, without its newline, and the event."""


class Encoded:
    """Lines made of events that no file holds: those that a log of strace's tells."""

    def __init__(self, header: Header, events: Iterable[AnyEvent]) -> None:
        self.header = header
        self.torn = ""
        self.share: float | None = None
        self._events = events

    def __iter__(self) -> Iterator[tuple[bytes, AnyEvent]]:
        """Yield each event's line, and the event."""
        encode = msgspec.json.Encoder().encode
        for event in self._events:
            yield encode(event), event
