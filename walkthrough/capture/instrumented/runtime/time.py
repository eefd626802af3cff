"""runtime/time.go: timers. The scheduler runs those that are due, and sleeps until the next."""

import time
from collections.abc import Callable

nanotime = time.monotonic_ns


class Timer:
    """A timer, not set at first.

    Attributes:
        when: When it is due, in nanoseconds of `nanotime`; 0 while it is not set.
        run: Called once when it is due, on the scheduler's stack.
    """

    def __init__(self) -> None:
        self.when = 0
        self.run: Callable[[], None] = lambda: None


class Timers:
    """The timers that are set."""

    def __init__(self) -> None:
        self._set: list[Timer] = []

    def modify(self, timer: Timer, when: int, run: Callable[[], None]) -> None:
        """Set ``timer``, or set it again."""
        self.stop(timer)
        timer.when, timer.run = when, run
        self._set.append(timer)

    def stop(self, timer: Timer) -> None:
        """Let ``timer`` not run; nothing happens if it is not set."""
        timer.when = 0
        self._set = [each for each in self._set if each is not timer]

    def check(self) -> None:
        """Run those that are due, the earliest first."""
        while self._set and (first := min(self._set, key=_when)).when <= nanotime():
            self.stop(first)
            first.run()

    def delay(self) -> int:
        """Return for how many nanoseconds nothing is due; -1: for ever, 0: something is."""
        if not self._set:
            return -1
        return max(0, min(each.when for each in self._set) - nanotime())


def _when(timer: Timer) -> int:
    return timer.when


timers = Timers()
