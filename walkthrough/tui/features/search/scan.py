"""Looks through the events of a growing history in slices, and answers what comes next or before.

First on from where one stands, then what lies before, so that what is asked for first is known
first. Pure but for the clock, which the caller of `Scan.work` brings.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from walkthrough.state.history import History
from walkthrough.view.event_filter import Filter


class ScanOutcome(Enum):
    """What there is instead of an event."""

    NONE = auto()
    NOT_YET = auto()
    """It lies where nothing has been looked through so far."""


class ScanMatch(NamedTuple):
    """An event to go to; ``wrapped`` if the end of the walk, or its beginning, lies between."""

    event: int
    wrapped: bool = False


class Scan:
    """The events of a history that pass a test. A history that is revised is looked through again.

    Args:
        history: What is looked through; it may grow.
        start: Where to begin.
        holds: The test, given an event's index.
    """

    def __init__(self, history: History, start: int, holds: Callable[[int], bool]) -> None:
        self._history = history
        self._start = min(max(start, 0), len(history))
        self._holds = holds
        self._begin()

    def _begin(self) -> None:
        self._revised = self._history.revised
        # Ascending, from the start on and before it; and how far each of the two has come.
        self._ahead, self._before = array("q"), array("q")
        self._ahead_to, self._before_to = self._start, 0

    def __len__(self) -> int:
        """Count what was found so far."""
        return len(self._ahead) + len(self._before)

    @property
    def done(self) -> bool:
        """Return whether every event there is has been looked through."""
        if self._history.revised != self._revised:
            return False
        return self._ahead_done and self._before_done

    @property
    def share(self) -> float:
        """How much has been looked through, 0 to 1."""
        total = len(self._history)
        return (self._ahead_to - self._start + self._before_to) / total if total else 1.0

    def work(self, more: Callable[[], bool]) -> None:
        """Look through events until ``more`` says that it is enough, or all are."""
        if self._history.revised != self._revised:
            self._begin()
        while not self._ahead_done and more():
            if self._holds(self._ahead_to):
                self._ahead.append(self._ahead_to)
            self._ahead_to += 1
        while not self._before_done and more():
            if self._holds(self._before_to):
                self._before.append(self._before_to)
            self._before_to += 1

    def number(self, index: int) -> int | None:
        """Return which of all ``index`` is, from 1; None while that is not known."""
        if index < self._start:
            return bisect_left(self._before, index) + 1
        if not self._before_done:
            return None
        return len(self._before) + bisect_left(self._ahead, index) + 1

    def among(self, first: int, last: int) -> int | None:
        """Return the first one found among the events ``first`` to ``last``."""
        for found in (self._before, self._ahead):
            at = bisect_left(found, first)
            if at < len(found) and found[at] <= last:
                return found[at]
        return None

    def next(self, index: int) -> ScanMatch | ScanOutcome:
        """Return the first one after ``index``; past the last one, the first of all."""
        if index < self._start - 1:
            at = bisect_right(self._before, index)
            if at < len(self._before):
                return ScanMatch(self._before[at])
            if not self._before_done:
                return ScanOutcome.NOT_YET
        at = bisect_right(self._ahead, index)
        if at < len(self._ahead):
            return ScanMatch(self._ahead[at])
        if not self._ahead_done:
            return ScanOutcome.NOT_YET
        if self._before:
            return ScanMatch(self._before[0], wrapped=True)
        if not self._before_done:
            return ScanOutcome.NOT_YET
        return ScanMatch(self._ahead[0], wrapped=True) if self._ahead else ScanOutcome.NONE

    def previous(self, index: int) -> ScanMatch | ScanOutcome:
        """Return the last one before ``index``; before the first one, the last of all."""
        if index > self._start:
            if index > self._ahead_to:
                return ScanOutcome.NOT_YET
            at = bisect_left(self._ahead, index)
            if at:
                return ScanMatch(self._ahead[at - 1])
        if min(index, self._start) > self._before_to:
            return ScanOutcome.NOT_YET
        at = bisect_left(self._before, index)
        if at:
            return ScanMatch(self._before[at - 1])
        if not self._ahead_done:
            return ScanOutcome.NOT_YET
        if self._ahead:
            return ScanMatch(self._ahead[-1], wrapped=True)
        if not self._before_done:
            return ScanOutcome.NOT_YET
        return ScanMatch(self._before[-1], wrapped=True) if self._before else ScanOutcome.NONE

    @property
    def _ahead_done(self) -> bool:
        return self._ahead_to >= len(self._history)

    @property
    def _before_done(self) -> bool:
        return self._before_to >= self._start


class FilteredEvents(Scan):
    """The steps of a history that pass a filter; with a process, those of it (`ProcessSteps`)."""

    def __init__(
        self, history: History, filter: Filter, start: int, process: int | None = None
    ) -> None:
        self.filter = filter

        def holds(index: int) -> bool:
            mine = process is None or history.of_processes.has(process, index)
            return mine and filter.passes_as_step(history.line(index))

        super().__init__(history, start, holds)
