"""The steps of a walk as far as they have been read, and where views of the kernel are."""

from array import array
from bisect import bisect_left, bisect_right

from walkthrough.model.events import AnyEvent, KernelObserved
from walkthrough.state.world import RIDERS


class StepIndex:
    """Steps by their first events; `take` each event in turn."""

    def __init__(self) -> None:
        self._leads = array("q")
        self._kernels = array("q")

    def take(self, event: AnyEvent) -> None:
        """Record the next event."""
        if not event.seq or not (event.quiet or isinstance(event, RIDERS)):
            self._leads.append(event.seq)
        if isinstance(event, KernelObserved):
            self._kernels.append(event.seq)

    @property
    def last(self) -> int:
        """Return the first event of the newest step."""
        return self._leads[-1]

    @property
    def count(self) -> int:
        """Return how many steps there are; the number of the newest, from 1."""
        return len(self._leads)

    def number(self, step: int) -> int:
        """Return which step, from 1, begins with event ``step``."""
        return bisect_right(self._leads, step)

    def step_start(self, seq: int) -> int:
        """Return the first event of the step of event ``seq``."""
        return self._leads[bisect_right(self._leads, seq) - 1]

    def before(self, step: int) -> int | None:
        """Return the step before ``step``, None before the first."""
        at = bisect_left(self._leads, step)
        return self._leads[at - 1] if at > 0 else None

    def looked_between(self, step: int, shown: int) -> bool:
        """Return whether there is a view of the kernel after one step and before another.

        The effect of a call is visible before its return, if other threads' events come first.
        """
        following = bisect_right(self._leads, step)
        begin = self._leads[following] if following < len(self._leads) else shown
        return bisect_left(self._kernels, shown) > bisect_left(self._kernels, begin)
