"""When a recording began, as a number."""

from datetime import datetime

from walkthrough.model.events import Header


def began_ns(header: Header) -> int:
    """Return the nanoseconds from 1970 to the beginning of a recording.

    0 if its header has no time that could be read, so that times count from the beginning.
    """
    try:
        moment = datetime.fromisoformat(header.started)
        return round(moment.timestamp() * 1_000_000) * 1000
    except (ValueError, OverflowError, OSError):
        return 0
