"""Stops of which no events have been made yet: the program runs on, and this catches up later.

Making an event takes longer than a system call, and as long as that a program that is under load
would stand. So what a stop has saved is kept while one comes soon after the other, and read when
the program pauses. Knows no tracer.
"""

import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from walkthrough.capture.ptrace.process_events import RunningProgram
from walkthrough.capture.ptrace.stops import StopKind, ThreadStop
from walkthrough.model.events import OutputWritten

MOST_STOPS = 30_000
"""How many are kept, in some 30 MB: then the program waits for events to be made.

At the end all that are left are made, in a few seconds."""
PAUSE_SECONDS = 0.002
"""How long no stop must come for the program to count as pausing."""
SPIN_SECONDS = 50e-6
"""How long the next stop is looked for again and again: most come sooner than it takes to fall
asleep and to be woken. Where there is one CPU the program needs it."""
TURN_SECONDS = 0.02
"""After how long of taking stops whoever asked has a turn, to end the capture, say."""
_BEGINS_WITH = frozenset(
    {
        StopKind.FUNCTION_ENTERED,
        StopKind.FUNCTION_RETURNED,
        StopKind.CALL_ENTERED,
        StopKind.CALL_RETURNED,
    }
)


class KeptStop(NamedTuple):
    """What was kept.

    Attributes:
        what: A stop; or what was printed meanwhile, which has its place among them.
        watched: Whether functions of its process's program were watched.
        program: What its process runs, if that begins with it.
    """

    what: ThreadStop | OutputWritten
    watched: bool = False
    program: RunningProgram | None = None


class StopBacklog:
    """The stops that are kept, oldest first; true if there are any.

    Args:
        pauses: Says whether the program is to stand at an event now, rather than go on at once.
    """

    def __init__(self, pauses: Callable[[], bool]) -> None:
        self._pauses = pauses
        self._kept: deque[KeptStop] = deque()
        self._paused = False  # and nothing has been kept since

    def __bool__(self) -> bool:
        return bool(self._kept)

    @property
    def is_full(self) -> bool:
        """Whether no more are to be taken before some of these are gone."""
        return len(self._kept) >= MOST_STOPS

    def keeps(self, stop: ThreadStop) -> bool:
        """Return whether a stop is to be kept: it is if others are, as it comes after them."""
        return bool(self._kept) or (stop.what in _BEGINS_WITH and not self._pauses())

    def append(self, kept: KeptStop) -> None:
        """Keep one more."""
        self._paused = False
        self._kept.append(kept)

    def take(self) -> KeptStop:
        """Take the oldest away."""
        return self._kept.popleft()

    def is_amid(self, take_stops: Callable[[], bool]) -> bool:
        """Take stops for a while; return whether they still come, False if the program pauses.

        Args:
            take_stops: Keeps all that wait; returns whether there was one.
        """
        if self._paused:
            return False
        spin = SPIN_SECONDS if len(os.sched_getaffinity(0)) > 1 else 0.0
        now = time.monotonic()
        ends, sleeps = now + TURN_SECONDS, now + spin
        with _children_waited_for():
            while now < ends and not self.is_full:
                came = take_stops()
                if not came and now >= sleeps:
                    signalled = signal.sigtimedwait({signal.SIGCHLD}, PAUSE_SECONDS) is not None
                    came = take_stops() or signalled
                    if not came:
                        self._paused = True
                        return False
                now = time.monotonic()
                if came:
                    sleeps = now + spin
        return True


@contextlib.contextmanager
def _children_waited_for() -> Iterator[None]:
    """Block SIGCHLD, so that it can be waited for; one that is left comes afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
