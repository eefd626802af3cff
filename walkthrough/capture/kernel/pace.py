"""Decides how often the kernel is observed: always while that is cheap, else a share of the time.

The cost grows with what there is to see. With thousands of connections, observing at every event
would take all of a session's time.
"""

LARGE = 512
"""From this many descriptors on the kernel is not observed at every event."""
SHARE = 10
"""The factor between the duration of an observation and the wait before the next."""


class ObservationPace:
    """The pace of observations of one server. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._next_ns = 0
        self.skipped = 0

    def due(self, now_ns: int) -> bool:
        """Return whether another observation may be made; if not, that is counted."""
        if now_ns >= self._next_ns:
            return True
        self.skipped += 1
        return False

    def looked(self, descriptors: int, begun_ns: int, ended_ns: int) -> None:
        """Record an observation, and how many descriptors it found."""
        large = descriptors >= LARGE
        self._next_ns = ended_ns + SHARE * (ended_ns - begun_ns) if large else 0
