"""What a recording revises: found ahead, so that its calls are read with their final places.

A revision comes after the calls that it is about (`StagesRevised`). Who reads a recording reads
every call with the place that is known of it in the end, as from an strace(1) log.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    RevisedCall,
    StagesRevised,
)
from walkthrough.model.revisions import revised_entry, revised_return

_TAG = b'"stages_revised"'
_BROKEN = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)


class Revisions:
    """The places that a recording's calls have in the end, by span.

    Args:
        lines: The lines of the recording, any of which may be broken.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        decoder = msgspec.json.Decoder(StagesRevised)
        self._calls: dict[int, RevisedCall] = {}
        for line in lines:
            if _TAG not in line:
                continue
            try:
                revised = decoder.decode(line)
            except _BROKEN:
                continue  # no such event, or whoever reads the line says that it is broken
            self._calls.update((call.span, call) for call in revised.calls)

    def applied(self, line: bytes, event: AnyEvent) -> tuple[bytes, AnyEvent]:
        """Return an event and its line as they are with what the recording says of them later."""
        if not self._calls or event.span is None:
            return line, event
        call = self._calls.get(event.span)
        if call is None:
            return line, event
        revised: AnyEvent = event
        if isinstance(event, CallEntered):
            revised = revised_entry(event, call)
        elif isinstance(event, CallReturned):
            revised = revised_return(event, call)
        if revised is event:
            return line, event
        return _rewritten(line, revised), revised


def _rewritten(line: bytes, event: AnyEvent) -> bytes:
    """Return a line with an event's place; keys that are not known here stay."""
    place = msgspec.json.decode(msgspec.json.encode(event))
    fields: dict[str, Any] = msgspec.json.decode(line)
    for key in ("stage", "step", "mark", "quiet"):
        fields.pop(key, None)
        if key in place:
            fields[key] = place[key]
    return msgspec.json.encode(fields)
