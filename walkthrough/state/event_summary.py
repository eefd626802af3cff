"""A glance at events: the few fields of many that can be had without decoding the rest."""

import msgspec


class ErrorName(msgspec.Struct, gc=False):
    """Of an error its name."""

    name: str


class EventSummary(msgspec.Struct, gc=False):
    """What is wanted of an event; names are those of the format (`walkthrough.model.events`)."""

    type: str
    seq: int
    thread: int | None = None
    goroutine: int | None = None
    stage: str | None = None
    step: str | None = None
    span: int | None = None
    quiet: bool = False
    mark: str | None = None
    failed: bool = False
    injected: bool = False
    error: ErrorName | None = None


_DECODER = msgspec.json.Decoder(EventSummary)


def summarize(line: bytes) -> EventSummary:
    """Return what is wanted of an encoded event. It is known to be one."""
    return _DECODER.decode(line)
