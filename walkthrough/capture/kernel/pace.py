"""Decides how often the kernel is looked at: always while that is cheap, else a share of the time.

A look costs what there is to see. With thousands of connections one look an event would be all
that a session does.
"""

LARGE = 512
"""From so many descriptors on a look is not taken at every event."""
SHARE = 10
"""So many times as long as a look took passes before the next."""


class ObservationPace:
    """The pace of the looks at one server. Times are monotonic nanoseconds."""

    def __init__(self) -> None:
        self._next_ns = 0
        self.skipped = 0

    def due(self, now_ns: int) -> bool:
        """Tell whether another look may be taken; if not, that is counted."""
        if now_ns >= self._next_ns:
            return True
        self.skipped += 1
        return False

    def looked(self, descriptors: int, begun_ns: int, ended_ns: int) -> None:
        """A look was taken that found so many descriptors."""
        large = descriptors >= LARGE
        self._next_ns = ended_ns + SHARE * (ended_ns - begun_ns) if large else 0
