"""Where a needle has been found so far: events, notes by where they are met, lines of source.

Pure: it knows where the walk stands only by the events of the step that is shown.
"""

from bisect import bisect_left, bisect_right
from enum import Enum, auto
from typing import NamedTuple

from walkthrough.lesson.lesson import StepView
from walkthrough.tui.features.search.matching import SearchTerm
from walkthrough.tui.features.search.noted import NoteMatches
from walkthrough.tui.features.search.scan import ScanMatch, ScanOutcome
from walkthrough.tui.features.search.search import Search, lines_with
from walkthrough.tui.features.search.slices import SlicedJob


class SearchScope(Enum):
    """What is gone through from match to match."""

    EVENTS = auto()
    SOURCE = auto()
    NOTES = auto()


class StepSpan(NamedTuple):
    """The first and the last event of a step: the one it is about and those that ride along."""

    first: int
    last: int


class SearchResults:
    """Where one needle has been found.

    Attributes:
        needle: What is looked for.
        search: The events that hold it.
        meetings: The notes that hold it, and where they are met.
        lines: The lines of the visible source that hold it, by number.
        line: The one that was gone to last; 0 for none.
        view: The visible source.
        where: What is gone through from match to match.
    """

    def __init__(self, needle: SearchTerm, search: Search, meetings: NoteMatches) -> None:
        self.needle = needle
        self.search = search
        self.meetings = meetings
        self.lines: tuple[int, ...] = ()
        self.line = 0
        self.view: StepView | None = None
        self.where = SearchScope.EVENTS

    @property
    def jobs(self) -> tuple[SlicedJob, ...]:
        """What there is to look through, the shorter first."""
        return self.meetings, self.search

    @property
    def done(self) -> bool:
        """Return whether all has been looked through."""
        return all(job.done for job in self.jobs)

    def look_at(self, view: StepView | None) -> None:
        """Take the visible source."""
        if view is not None and (self.view is None or view.lines is not self.view.lines):
            self.lines, self.line = lines_with(self.needle, view.lines), 0
        self.view = view

    def here(self, span: StepSpan) -> int | None:
        """Return the match within a step."""
        if self.where is SearchScope.NOTES:
            at = bisect_left(self._met, span.first)
            return self._met[at] if at < len(self._met) and self._met[at] <= span.last else None
        return self.search.among(span.first, span.last)

    def ahead(self, by: int, span: StepSpan) -> ScanMatch | ScanOutcome:
        """Return the match after a step, or by -1 the one before."""
        if self.where is not SearchScope.NOTES:
            return self.search.next(span.last) if by > 0 else self.search.previous(span.first)
        met = self._met
        at = bisect_right(met, span.last) if by > 0 else bisect_left(met, span.first) - 1
        if 0 <= at < len(met):
            return ScanMatch(met[at])
        if not self.meetings.done:
            return ScanOutcome.NOT_YET
        return ScanMatch(met[-1 if by < 0 else 0], wrapped=True) if met else ScanOutcome.NONE

    def next_line(self, by: int) -> ScanMatch | ScanOutcome:
        """Go to the next line that holds the needle, the first time from the executing line on."""
        if not self.lines or self.view is None:
            return ScanOutcome.NONE
        here = self.line or self.view.line
        if by > 0:
            at = bisect_right(self.lines, here if self.line else here - 1)
        else:
            at = bisect_left(self.lines, here) - 1
        self.line = self.lines[at % len(self.lines)]
        return ScanMatch(self.line, wrapped=not 0 <= at < len(self.lines))

    @property
    def _met(self) -> list[int]:
        return [met.event for met in self.meetings.met]
