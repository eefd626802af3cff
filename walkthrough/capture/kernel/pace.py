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
REFILL = 5
"""In as many times that long it may be so again: a fifth of the time goes to it under load."""


class ObservationPace:
    """The pace of observations of one server. Times are monotonic nanoseconds.

    Args:
        limited: Whether somebody else may be waiting for the server, so that observing it must not
            take most of the time for long.
    """

    def __init__(self, *, limited: bool = False) -> None:
        self._next_ns = 0
        self._limited = limited
        self._credit_ns = CREDIT_NS
        self._looked_ns = 0
        self.skipped = 0

    def due(self, now_ns: int) -> bool:
        """Return whether another observation may be made; if not, that is counted."""
        refilled = self._credit_ns + (now_ns - self._looked_ns) // REFILL
        if now_ns >= self._next_ns and (not self._limited or refilled > 0):
            return True
        self.skipped += 1
        return False

    def looked(self, descriptors: int, begun_ns: int, ended_ns: int) -> None:
        """Record an observation, and how many descriptors it found."""
        taken, idle = ended_ns - begun_ns, begun_ns - self._looked_ns
        self._credit_ns = min(self._credit_ns + idle // REFILL, CREDIT_NS) - taken
        self._looked_ns = ended_ns
        large = descriptors >= LARGE
        self._next_ns = ended_ns + SHARE * (ended_ns - begun_ns) if large else 0
