"""Decides how often the kernel is observed: always while that is cheap, else a share of the time.

The cost grows with what there is to see. With thousands of connections, observing at every event
would take all of a session's time.
"""

LARGE = 512
"""From this many descriptors on the kernel is not observed at every event."""
SHARE = 10
"""The factor between the duration of an observation and the wait before the next."""


CREDIT_NS = 2_000_000_000
"""How long a program that others need may be observed at a stretch, at every event."""
SHORT_CREDIT_NS = 200_000_000
"""The same of one that is recorded: nobody looks, and it is to run as fast as it can."""
REFILL = 5
"""In as many times that long it may be so again: a fifth of the time goes to it under load."""


class ObservationPace:
    """The pace of observations of one server. Times are monotonic nanoseconds.

    Args:
        credit_ns: How long it may be observed at a stretch, if somebody else may be waiting for it;
            None for however long.
    """

    def __init__(self, credit_ns: int | None = None) -> None:
        self._next_ns = 0
        self._limited = credit_ns is not None
        self._most_ns = self._credit_ns = credit_ns or 0
        self._looked_ns = 0
        self.skipped = 0

    def due(self, now_ns: int) -> bool:
        """Return whether another observation may be made; if not, that is counted."""
        due = self.is_due(now_ns)
        self.skipped += not due
        return due

    def is_due(self, now_ns: int) -> bool:
        """Return the same, without counting."""
        refilled = self._credit_ns + (now_ns - self._looked_ns) // REFILL
        return now_ns >= self._next_ns and (not self._limited or refilled > 0)

    def looked(self, descriptors: int, begun_ns: int, ended_ns: int) -> None:
        """Record an observation, and how many descriptors it found."""
        taken, idle = ended_ns - begun_ns, begun_ns - self._looked_ns
        self._credit_ns = min(self._credit_ns + idle // REFILL, self._most_ns) - taken
        self._looked_ns = ended_ns
        large = descriptors >= LARGE
        self._next_ns = ended_ns + SHARE * (ended_ns - begun_ns) if large else 0
