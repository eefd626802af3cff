"""Work in slices between which keys are taken and the screen is drawn.

Knows no widget and no work: `SlicedJob` says what it asks of either.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

SLICE = 0.006
"""Seconds. As long as this a key may have to wait."""
REPORT_EVERY = 0.1
"""Seconds between two reports of how far the work has come."""


class SlicedJob(Protocol):
    """Work that can be broken off and taken up again, such as a `Scan`."""

    @property
    def done(self) -> bool:
        """Return whether there is nothing to do now."""

    def work(self, more: Callable[[], bool]) -> None:
        """Go on until ``more`` says that it is enough."""


async def work_off(jobs: Callable[[], tuple[SlicedJob, ...]], tell: Callable[[], bool]) -> None:
    """Do all jobs that there are, the first first, until none is left.

    Args:
        jobs: What there is to do; asked again before every slice.
        tell: Called now and then, and at the end; True asks to be told again at once.
    """
    clock = asyncio.get_running_loop().time
    reported_at = clock()
    eager = tell()
    while (job := next((each for each in jobs() if not each.done), None)) is not None:
        end = clock() + SLICE
        job.work(lambda end=end: clock() < end)  # type: ignore[misc]
        if eager or clock() - reported_at > REPORT_EVERY:
            reported_at = clock()
            eager = tell()
        await asyncio.sleep(0)
    tell()
