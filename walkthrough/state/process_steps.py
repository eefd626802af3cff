"""Which steps are whose, where there are several processes; empty while there is only one."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from walkthrough.model.events import (
    CaptureEnded,
    ClientActed,
    DetailEnded,
    Event,
    MemoryMeasured,
)

FIRST = 0
"""Stands for the first process, whose events name none (`Event.process`)."""
_EVERYBODY = -1
_OF_NOBODY = (CaptureEnded, ClientActed, DetailEnded, MemoryMeasured)
"""What no process has done: whoever stays with one of them sees it all the same."""


class ProcessSteps:
    """The events that begin steps, by the process that they are of.

    A process is given by its process id, the first one as `FIRST`.

    Args:
        first: The process id of the first one, `Header.pid`.
    """

    def __init__(self, first: int) -> None:
        self._first = first
        self._leads: dict[int, array[int]] = {}

    @property
    def several(self) -> bool:
        """Whether an event of a second process has come."""
        return bool(self._leads)

    def keep(self, event: Event, leads: Sequence[int]) -> None:
        """Keep an event that begins a step.

        Args:
            event: The event.
            leads: All events that begin steps up to here, this one included.
        """
        if not self._leads:  # those before were of the only process that there was
            self._leads[FIRST] = array("q", leads[:-1])
            self._leads[_EVERYBODY] = array("q")
        self._steps_of(event).append(leads[-1])

    def put(self, event: Event, wanted: bool) -> None:
        """Note that an event begins a step after all, or does not (`StagesRevised`)."""
        if not self._leads:
            return
        kept = self._steps_of(event)
        at = bisect_left(kept, event.seq)
        there = at < len(kept) and kept[at] == event.seq
        if wanted and not there:
            kept.insert(at, event.seq)
        elif there and not wanted:
            del kept[at]

    def _steps_of(self, event: Event) -> "array[int]":
        whose = event.process
        if isinstance(event, _OF_NOBODY):
            whose = _EVERYBODY
        elif whose is None or whose == self._first:
            whose = FIRST
        kept = self._leads.get(whose)
        if kept is None:
            kept = self._leads[whose] = array("q")
        return kept

    def has(self, process: int, lead: int) -> bool:
        """Return whether the step that begins with ``lead`` is of ``process``, or of nobody."""
        return self.after(process, lead - 1) == lead

    def after(self, process: int, index: int) -> int | None:
        """Return the next event after ``index`` that begins a step of ``process``, if any."""
        found = []
        for kept in self._of(process):
            at = bisect_right(kept, index)
            if at < len(kept):
                found.append(kept[at])
        return min(found, default=None)

    def before(self, process: int, index: int) -> int | None:
        """Return the last event before ``index`` that begins a step of ``process``, if any."""
        found = []
        for kept in self._of(process):
            at = bisect_left(kept, index)
            if at:
                found.append(kept[at - 1])
        return max(found, default=None)

    def _of(self, process: int) -> "list[array[int]]":
        return [kept for each in (process, _EVERYBODY) if (kept := self._leads.get(each))]
