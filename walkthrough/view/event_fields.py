"""The few fields of an event by which it is filtered, read from its line without the rest."""

from typing import Any

import msgspec

from walkthrough.state.world import RIDERS

_RIDERS = frozenset(str(kind.__struct_config__.tag) for kind in RIDERS)


class EventFields(msgspec.Struct, gc=False):
    """What an event is, where it is and whose; see `walkthrough.model.events` for the fields."""

    type: str
    stage: str | None = None
    step: str | None = None
    thread: int | None = None
    process: int | None = None
    goroutine: int | None = None
    function: str | None = None
    call: str = ""
    quiet: bool = False
    failed: bool = False
    error: dict[str, Any] | None = None
    signal: dict[str, Any] | None = None
    code: int | None = None

    @property
    def leads(self) -> bool:
        """Return whether a step stops there: it rides along with no other event."""
        return not self.quiet and self.type not in _RIDERS

    @property
    def error_name(self) -> str:
        """Name what failed: an errno, or what ended the process; "" for no error."""
        for named in (self.error, self.signal):
            if named is not None:
                return str(named.get("name") or named.get("raw"))
        return f"exit {self.code}" if self.type == "process_exited" and self.code else ""


gist_of = msgspec.json.Decoder(EventFields).decode
"""Read a summary of an event's encoded line."""
