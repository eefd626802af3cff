"""The steps of a walk as far as they have been read, and where the kernel was looked at."""

from array import array
from bisect import bisect_left, bisect_right

from walkthrough.model.events import AnyEvent, KernelObserved
from walkthrough.state.world import RIDERS


class StepIndex:
    """Steps by the events that lead them; `take` each event in turn."""

    def __init__(self) -> None:
        self._leads = array("q")
        self._kernels = array("q")

    def take(self, event: AnyEvent) -> None:
        """Take note of the next event."""
        if not event.seq or not (event.quiet or isinstance(event, RIDERS)):
            self._leads.append(event.seq)
        if isinstance(event, KernelObserved):
            self._kernels.append(event.seq)

    @property
    def last(self) -> int:
        """Return the event that leads the newest step."""
        return self._leads[-1]

    @property
    def count(self) -> int:
        """Return how many steps there are; the number of the newest, from 1."""
        return len(self._leads)

    def number(self, step: int) -> int:
        """Return which step, from 1, event ``step`` leads."""
        return bisect_right(self._leads, step)

    def step_start(self, seq: int) -> int:
        """Return the event that leads the step of event ``seq``."""
        return self._leads[bisect_right(self._leads, seq) - 1]

    def before(self, step: int) -> int | None:
        """Return the step before ``step``, None before the first."""
        at = bisect_left(self._leads, step)
        return self._leads[at - 1] if at > 0 else None

    def looked_between(self, step: int, shown: int) -> bool:
        """Tell whether the kernel was looked at after one step and before another.

        What a call has done is there before its return is told, if other threads are told of first.
        """
        following = bisect_right(self._leads, step)
        begin = self._leads[following] if following < len(self._leads) else shown
        return bisect_left(self._kernels, shown) > bisect_left(self._kernels, begin)
