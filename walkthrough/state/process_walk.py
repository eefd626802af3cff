"""Walking through a history with one of its processes: the steps of others are passed over."""

from collections.abc import Callable

from walkthrough.state.history import History


class ProcessWalk:
    """Where the steps of one process lead. None where there is no further one.

    Args:
        history: The events; it may grow.
        process: The process, as `walkthrough.state.process_steps.ProcessSteps` has it.
    """

    def __init__(self, history: History, process: int) -> None:
        self._history = history
        self._process = process

    def has(self, index: int) -> bool:
        """Return whether event ``index`` is in a step of the process, or of no process."""
        lead = self._history.step_start(index)
        return self._history.of_processes.has(self._process, lead)

    def next_step(self, index: int) -> int | None:
        """Return where one step forward from ``index`` lands."""
        end = self._history.step_end(index)
        return self._end_of(self._history.of_processes.after(self._process, end))

    def previous_step(self, index: int) -> int | None:
        """Return where one step back from ``index`` lands."""
        start = self._history.step_start(index)
        return self._end_of(self._history.of_processes.before(self._process, start))

    def stage_after(self, index: int) -> int | None:
        """Return the next event after ``index`` that begins a stage there, or is a client's act."""
        return self._first(self._history.stage_after, index)

    def change_after(self, index: int) -> int | None:
        """Return the next event after ``index`` that changes something in a step of the process."""
        return self._first(self._history.change_after, index)

    def next_stage(self, index: int) -> int | None:
        """Return where the next stage begins there."""
        return self._end_of(self.stage_after(index))

    def next_change(self, index: int) -> int | None:
        """Return the end of the next step of the process that changes something."""
        return self._end_of(self.change_after(index))

    def previous_stage(self, index: int) -> int | None:
        """Return where the last stage before ``index`` began there."""
        return self._last(self._history.previous_stage, index)

    def previous_change(self, index: int) -> int | None:
        """Return the end of the last step of the process before ``index`` with a change."""
        return self._last(self._history.previous_change, index)

    def nearest(self, index: int) -> int:
        """Return the event nearest to ``index`` that is in a step of the process."""
        if self.has(index):
            return index
        found = [
            each for each in (self.previous_step(index), self.next_step(index)) if each is not None
        ]
        return min(found, key=lambda each: abs(each - index), default=index)

    def _end_of(self, event: int | None) -> int | None:
        return self._history.step_end(event) if event is not None else None

    def _first(self, after: Callable[[int], int | None], index: int) -> int | None:
        found = after(index)
        while found is not None and not self.has(found):
            found = after(found)
        return found

    def _last(self, before: Callable[[int], int], index: int) -> int | None:
        found = before(index)
        while found >= 0 and not self.has(found):
            found = before(found)
        return found if found >= 0 else None
