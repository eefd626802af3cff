"""Summaries of events: a few fields of many events, read without decoding the rest."""

import msgspec


class ErrorName(msgspec.Struct, gc=False):
    """The name of an error."""

    name: str


class EventSummary(msgspec.Struct, gc=False):
    """A few fields of an event, named as in the format (`walkthrough.model.events`)."""

    type: str
    seq: int
    thread: int | None = None
    process: int | None = None
    goroutine: int | None = None
    stage: str | None = None
    step: str | None = None
    span: int | None = None
    quiet: bool = False
    mark: str | None = None
    failed: bool = False
    injected: bool = False
    error: ErrorName | None = None
    pid: int = 0
    origin: str = ""


_DECODER = msgspec.json.Decoder(EventSummary)


def summarize(line: bytes) -> EventSummary:
    """Return the summary of an encoded event, which is known to be valid."""
    return _DECODER.decode(line)
