"""The search as the user sees it: what is typed, and going from match to match.

It draws its bar, has the panes mark what is searched for, and moves the cursor of the screen.
What was found is kept in `results`.
"""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from textual.worker import Worker

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.source.notes import Notes
from walkthrough.tui.features.search.bars import EntryBar, KeyHint
from walkthrough.tui.features.search.matching import SearchTerm
from walkthrough.tui.features.search.noted import NoteMatches
from walkthrough.tui.features.search.results import SearchResults, SearchScope, StepSpan
from walkthrough.tui.features.search.scan import ScanMatch, ScanOutcome
from walkthrough.tui.features.search.search import Search
from walkthrough.tui.features.search.search_row import search_row
from walkthrough.tui.features.search.slices import SlicedJob, work_off
from walkthrough.tui.panes.source.pane import SourcePane
from walkthrough.tui.screens.walk_context import WalkContext
from walkthrough.view.step import StepContext
from walkthrough.view.text import Piece


@runtime_checkable
class HasNotes(Protocol):
    """A lesson that lets its notes be looked through (`walkthrough.lesson.lesson.Lesson`)."""

    @property
    def notes(self) -> Notes:
        """The notes that hold for what is walked."""


@runtime_checkable
class LineRevealer(Protocol):
    """A view of source that can show a line."""

    def reveal(self, line: int) -> None:
        """Scroll to line ``line``, from 1."""


class Searching:
    """The search of one screen.

    Args:
        walk: The walk.
        source: The pane of source, in which lines are found.
        arrange: Called when there is another bar to see, or none.
    """

    def __init__(self, walk: WalkContext, source: SourcePane, arrange: Callable[[], None]) -> None:
        self._walk, self._source = walk, source
        self._arrange = arrange
        self.bar = EntryBar(
            id="find-search", changed=self._typed, entered=self._entered, left=self._left
        )
        self.on = False
        self._last = ""
        self._found: SearchResults | None = None
        self._step: StepContext | None = None
        self._worker: Worker[None] | None = None
        # Which way to go as soon as it is known where: 1 on, -1 back, 0 nowhere.
        self._wanted = 0

    @property
    def editing(self) -> bool:
        """Return whether a text is being typed."""
        return self.bar.editing

    def open(self) -> None:
        """Let a text be typed."""
        self.on = True
        self.bar.edit("/")
        self._look_for("")
        self._arrange()
        self.draw()

    def close(self) -> None:
        """End the search."""
        self.on = False
        self.bar.rest()
        self._look_for("")
        self._arrange()

    def switch(self, by: int) -> None:
        """Go through something else from match to match: events, source or notes."""
        if self._found is not None:
            order = list(SearchScope)
            self._found.where = order[(order.index(self._found.where) + by) % len(order)]
            self.draw()

    def shown(self, step: StepContext) -> None:
        """Follow the walk: the visible source may be another, and the history longer."""
        self._step = step
        if self._found is not None:
            self._found.look_at(step.view)
            self._work()
            self.draw()

    def translated(self) -> None:
        """Search again: what is said of events, and the notes, are in another language."""
        if self.on:
            self._look_for(self._found.needle.text if self._found is not None else "")
            self.draw()

    def go(self, by: int) -> None:
        """Go to the next match, or by -1 to the one before."""
        tr, found = self.tr, self._found
        if found is None:
            self._walk.say(tr("No search is on: / begins one."))
            return
        in_source = found.where is SearchScope.SOURCE
        answer = found.next_line(by) if in_source else found.ahead(by, self._span())
        self._wanted = by if answer is ScanOutcome.NOT_YET else 0
        if answer is ScanOutcome.NONE:
            self._walk.say(tr("nothing found"))
        if isinstance(answer, ScanMatch):
            if in_source:
                source = self._source.query_one("#source-lines")
                if isinstance(source, LineRevealer):
                    source.reveal(answer.event)
            else:
                self._walk.move_to(answer.event)
            if answer.wrapped:
                self._walk.say(
                    tr("Past the last match: on from the first.")
                    if by > 0
                    else tr("Before the first match: back from the last.")
                )
        self.draw()

    # What is typed

    def _typed(self, text: str) -> None:
        where = self._found.where if self._found is not None else SearchScope.EVENTS
        self._look_for(text)
        if self._found is not None:
            self._found.where = where
        self.draw()

    def _entered(self, text: str) -> None:
        """Go to the first match at or after the moment shown; "" repeats the last search."""
        if not text:
            self._look_for(self._last)
        found = self._found
        if found is None:
            self.close()
            return
        self._last = found.needle.text
        self.bar.rest()
        self._arrange()
        if found.search.done and not len(found.search):
            if found.lines:
                found.where = SearchScope.SOURCE
            elif found.meetings.met:
                found.where = SearchScope.NOTES
        if found.where is SearchScope.SOURCE or found.here(self._span()) is None:
            self.go(1)
        self.draw()

    def _left(self) -> None:
        """Stay here, and search for what was typed; nothing ends the search."""
        if self._found is None:
            self.close()
            return
        self._last = self._found.needle.text
        self.bar.rest()
        self._arrange()
        self.draw()

    def _look_for(self, text: str) -> None:
        """Begin to look for ``text``; for "" nothing is looked for."""
        walk, history = self._walk, self._walk.history
        self._wanted = 0
        self._found = None
        if text and history is not None:
            needle, tr = SearchTerm(text), walk.tr
            at = max(self._span().first, 0)
            search = Search(history, needle, tr, at)
            lesson: object = walk.lesson
            notes = lesson.notes.all if isinstance(lesson, HasNotes) else ()
            holding = [note for note in notes if needle.found_in(note.says(tr.language))]
            self._found = SearchResults(needle, search, NoteMatches(history, holding))
            self._found.look_at(self._step.view if self._step is not None else None)
        mark = self._found.needle.mark if self._found is not None else None
        walk.mark_text(mark)
        self._work()

    # Looking through events, in slices

    def _jobs(self) -> tuple[SlicedJob, ...]:
        return self._found.jobs if self._found is not None else ()

    def _work(self) -> None:
        if any(not job.done for job in self._jobs()) and (
            self._worker is None or self._worker.is_finished
        ):
            self._worker = self._walk.run_worker(work_off(self._jobs, self._tell), group="search")

    def _tell(self) -> bool:
        if not self._walk.is_attached:
            return False
        if self._wanted:
            self.go(self._wanted)
        else:
            self.draw()
        return bool(self._wanted)

    # What is seen

    @property
    def tr(self) -> Catalogue:
        """The catalogue of the language of the walk."""
        return self._walk.tr

    def _span(self) -> StepSpan:
        """Return the events of the step that is shown."""
        history, index = self._walk.history, self._walk.status.index
        if history is None or index < 0:
            return StepSpan(0, -1)
        return StepSpan(history.step_start(index), index)

    def draw(self) -> None:
        """Say how many matches there are, and what the one is that is shown or comes next."""
        if not self.on:
            return
        tr = self.tr
        if self.editing:
            hints = [KeyHint("Tab", tr("where"), "next_pane"), KeyHint("Enter", tr("go there"))]
        else:
            hints = [
                KeyHint("n", tr("next"), "next_match"),
                KeyHint("N", tr("previous"), "previous_match"),
                KeyHint("Esc", tr("ends"), "unzoom"),
            ]
        if self._found is None:
            said = tr("Text in events, calls, source, notes; capitals count if typed.")
            self.bar.status.tell((Piece(" " + said, "dim"),), hints, whole=True)
            return
        row = search_row(self._found, self._span(), tr, typing=self.editing)
        self.bar.status.tell(row, hints)
