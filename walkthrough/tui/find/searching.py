"""The search as one meets it: what is typed, where it is found, going from match to match.

It draws its bar, has the panes mark what is searched for, and moves the cursor of the screen.
What holds the text is found by `search` and `noted`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.worker import Worker

from walkthrough.lesson.notes import Notes
from walkthrough.tui.find.bars import EntryBar, Hint
from walkthrough.tui.find.needle import Needle
from walkthrough.tui.find.noted import Meetings
from walkthrough.tui.find.scan import Answer, Match
from walkthrough.tui.find.search import Search, excerpt, lines_with
from walkthrough.tui.find.slices import Workable, work_off
from walkthrough.tui.find.words import FindWords, find_words
from walkthrough.tui.moment import Moment
from walkthrough.tui.rows import Piece, Row, RowsView, safe
from walkthrough.tui.words import words_of

if TYPE_CHECKING:
    from walkthrough.tui.walk import WalkScreen


class Where(Enum):
    """What is gone through from match to match."""

    EVENTS = auto()
    SOURCE = auto()
    NOTES = auto()


@runtime_checkable
class Noted(Protocol):
    """A lesson that lets its notes be looked through (`walkthrough.lesson.steps.Lesson`)."""

    @property
    def notes(self) -> Notes:
        """The notes that hold for what is walked."""


@runtime_checkable
class Reveals(Protocol):
    """A view of source that can be asked to bring a line into sight."""

    def reveal(self, line: int) -> None:
        """Bring line ``line``, from 1, into sight."""


class Searching:
    """The search of one screen.

    Args:
        walk: The screen.
        arrange: Called when there is another bar to see, or none.
    """

    def __init__(self, walk: "WalkScreen", arrange: Callable[[], None]) -> None:
        self._walk = walk
        self._arrange = arrange
        self.bar = EntryBar(id="find-search", changed=self._typed, entered=self._entered)
        self.on = False
        self._last = ""
        self._where = Where.EVENTS
        self._needle: Needle | None = None
        self._search: Search | None = None
        self._meetings: Meetings | None = None
        self._lines: tuple[int, ...] = ()
        self._line = 0
        self._moment: Moment | None = None
        self._worker: Worker[None] | None = None
        # Which way to go as soon as it is known where: 1 on, -1 back, 0 nowhere.
        self._wanted = 0

    @property
    def editing(self) -> bool:
        """Tell whether a text is being typed."""
        return self.bar.editing

    def open(self) -> None:
        """Let a text be typed."""
        self.on = True
        self.bar.edit("/")
        self._where = Where.EVENTS
        self._look_for("")
        self._arrange()
        self.draw()

    def close(self) -> None:
        """End the search."""
        self.on = False
        self._wanted = 0
        self.bar.rest()
        self._look_for("")
        self._arrange()

    def switch(self, by: int) -> None:
        """Go through something else from match to match: events, source or notes."""
        order = list(Where)
        self._where = order[(order.index(self._where) + by) % len(order)]
        self.draw()

    def shown(self, moment: Moment) -> None:
        """Follow the walk: the source in sight may be another, and the history longer."""
        before, self._moment = self._moment, moment
        if not self.on or self._needle is None:
            return
        view, old = moment.view, before.view if before is not None else None
        if view is not None and (old is None or view.lines is not old.lines):
            self._lines = lines_with(self._needle, view.lines)
            self._line = 0
        self._work()
        self.draw()

    def translated(self) -> None:
        """Search anew: what is said of events, and the notes, are in another language."""
        if self.on:
            self._look_for(self._needle.text if self._needle is not None else "")
            self.draw()

    def go(self, by: int) -> None:
        """Go to the next match, or by -1 to the one before."""
        words = self._words
        if not self.on or self._needle is None:
            self._walk.say(words.no_search)
            return
        if self._where is Where.SOURCE:
            self._go_in_source(by)
            return
        answer = self._ahead(by)
        self._wanted = by if answer is Answer.NOT_YET else 0
        if isinstance(answer, Match):
            self._walk.move_to(answer.event)
            if answer.wrapped:
                self._walk.say(words.wrapped_on if by > 0 else words.wrapped_back)
        elif answer is Answer.NONE:
            self._walk.say(words.none)
        self.draw()

    # What is typed

    def _typed(self, text: str) -> None:
        self._look_for(text)
        self.draw()

    def _entered(self, text: str) -> None:
        """Go to the first match at or after the moment shown."""
        if not text and not self._last:
            self.close()
            return
        if not text:
            self._look_for(self._last)
        assert self._needle is not None
        self._last = self._needle.text
        self.bar.rest()
        self._arrange()
        if self._search is not None and self._search.done and not len(self._search):
            if self._lines:
                self._where = Where.SOURCE
            elif self._meetings is not None and self._meetings.met:
                self._where = Where.NOTES
        if self._where is not Where.EVENTS or self._here() is None:
            self.go(1)
        self.draw()

    def _look_for(self, text: str) -> None:
        """Begin to look for ``text``; for "" nothing is looked for."""
        self._needle = Needle(text) if text else None
        self._search = self._meetings = None
        self._lines, self._line, self._wanted = (), 0, 0
        history, moment = self._walk.history, self._moment
        needle = self._needle
        if needle is not None and history is not None:
            language = self._walk.language
            at = history.lead(max(self._walk.standing.index, 0)) if len(history) else 0
            self._search = Search(history, needle, words_of(language), at)
            lesson: object = self._walk.lesson
            if isinstance(lesson, Noted):
                notes = [n for n in lesson.notes.all if needle.found_in(n.says(language))]
                self._meetings = Meetings(history, notes)
        if needle is not None and moment is not None and moment.view is not None:
            self._lines = lines_with(needle, moment.view.lines)
        for view in self._walk.query("#panes RowsView, #header").results(RowsView):
            view.mark(needle.mark if needle is not None else None)
        self._work()

    # Looking through events, in slices

    def _work(self) -> None:
        if any(not job.done for job in self._jobs()) and (
            self._worker is None or self._worker.is_finished
        ):
            self._worker = self._walk.run_worker(work_off(self._jobs, self._tell), group="search")

    def _jobs(self) -> tuple[Workable, ...]:
        return tuple(job for job in (self._meetings, self._search) if job is not None)

    def _tell(self) -> bool:
        if not self._walk.is_attached:
            return False
        if self._wanted:
            self.go(self._wanted)
        else:
            self.draw()
        return bool(self._wanted)

    # Where the matches are

    def _span(self) -> tuple[int, int]:
        """Return the first and the last event of the step that is shown."""
        history, index = self._walk.history, self._walk.standing.index
        if history is None or index < 0:
            return 0, -1
        return history.lead(index), index

    def _here(self) -> int | None:
        """Return the match within the step that is shown."""
        first, last = self._span()
        if self._where is Where.NOTES:
            events = self._met()
            at = bisect_left(events, first)
            return events[at] if at < len(events) and events[at] <= last else None
        return self._search.among(first, last) if self._search is not None else None

    def _met(self) -> list[int]:
        return [met.event for met in self._meetings.met] if self._meetings is not None else []

    def _ahead(self, by: int) -> Match | Answer:
        first, last = self._span()
        if self._where is Where.NOTES and self._meetings is not None:
            events = self._met()
            at = bisect_right(events, last) if by > 0 else bisect_left(events, first) - 1
            if 0 <= at < len(events):
                return Match(events[at])
            if not self._meetings.done:
                return Answer.NOT_YET
            return Match(events[-1 if by < 0 else 0], wrapped=True) if events else Answer.NONE
        if self._search is None:
            return Answer.NONE
        return self._search.next(last) if by > 0 else self._search.previous(first)

    def _go_in_source(self, by: int) -> None:
        words = self._words
        view = self._moment.view if self._moment is not None else None
        if not self._lines or view is None:
            self._walk.say(words.none)
            return
        here = self._line or view.line
        if by > 0:
            # From the line that executes itself, the first time.
            at = bisect_right(self._lines, here if self._line else here - 1)
        else:
            at = bisect_left(self._lines, here) - 1
        if not 0 <= at < len(self._lines):
            self._walk.say(words.wrapped_on if by > 0 else words.wrapped_back)
        self._line = self._lines[at % len(self._lines)]
        source = self._walk.query_one("#source-lines")
        if isinstance(source, Reveals):
            source.reveal(self._line)
        self.draw()

    # The bar

    @property
    def _words(self) -> FindWords:
        return find_words(self._walk.language)

    def draw(self) -> None:
        """Say how many matches there are, and what the one is that is shown or comes next."""
        if not self.on:
            return
        words = self._words
        if self._needle is None:
            self.bar.status.tell((Piece(f" {words.plain_text}", "dim"),), self._hints(words))
            return
        said: list[Piece] = []
        if self.editing:
            said += self._counts(words)
        else:
            said.append(Piece(f" /{safe(self._needle.text)}", "key"))
        if self._search is not None and not self._search.done:
            percent = int(self._search.share * 100)
            said.append(Piece(f"  {words.searching.format(percent=percent)}", "dim"))
        said.append(Piece("  "))
        said += {
            Where.EVENTS: self._event,
            Where.SOURCE: self._source,
            Where.NOTES: self._note,
        }[self._where](words, self._needle)
        self.bar.status.tell(tuple(said), self._hints(words))

    def _hints(self, words: FindWords) -> list[Hint]:
        if self.editing:
            return [Hint("Tab", words.switch), Hint("Enter", words.go)]
        return [
            Hint("n", words.next, "next_match"),
            Hint("N", words.previous, "previous_match"),
            Hint("Esc", words.end, "unzoom"),
        ]

    def _counts(self, words: FindWords) -> Row:
        """Say how much is found where; what is gone through stands out."""
        search, more = self._search, "+" if self._jobs() and not self._all_done() else ""
        parts = (
            (Where.EVENTS, words.events, f"{len(search) if search is not None else 0:,}{more}"),
            (Where.SOURCE, words.source, str(len(self._lines))),
            (Where.NOTES, words.notes, str(len(self._met()))),
        )
        said: list[Piece] = []
        for where, template, count in parts:
            chosen = where is self._where
            said.append(Piece(" "))
            said.append(
                Piece(
                    f"{'>' * chosen}{template.format(count=count)}", "current" if chosen else "dim"
                )
            )
        return tuple(said)

    def _all_done(self) -> bool:
        return all(job.done for job in self._jobs())

    def _event(self, words: FindWords, needle: Needle) -> Row:
        search = self._search
        if search is None or not len(search):
            none = words.none if self._all_done() else words.none_yet
            return (Piece(none, "failed"),)
        event = self._here()
        count = f"{len(search):,}"
        if event is None and not self.editing:
            template = words.found if search.done else words.found_so_far
            return (Piece(template.format(count=count), "strong"),)
        if event is None:
            first = search.next(self._span()[1])
            if not isinstance(first, Match):
                return (Piece(words.found_so_far.format(count=count), "strong"),)
            event = first.event
        number = search.number(event) if search.done else None
        template = words.at_match if number is not None else words.at_match_so_far
        at = template.format(number=f"{number:,}" if number is not None else "", count=count)
        text = self._marked(search.text(event), needle)
        return text if self.editing else (Piece(f"{at}: ", "strong"), *text)

    def _source(self, words: FindWords, needle: Needle) -> Row:
        view = self._moment.view if self._moment is not None else None
        if not self._lines or view is None:
            return (Piece(words.none, "failed"),)
        count = len(self._lines)
        at = bisect_left(self._lines, self._line or view.line) % count
        line = self._lines[at]
        told = words.at_match.format(number=at + 1, count=count)
        text = self._marked(view.lines[line - 1].strip(), needle)
        said = Piece(f"{words.source_line.format(line=line)}: ")
        return (said, *text) if self.editing else (Piece(f"{told}: ", "strong"), said, *text)

    def _note(self, words: FindWords, needle: Needle) -> Row:
        met = self._meetings.met if self._meetings is not None else []
        if not met:
            none = words.none if self._all_done() else words.none_yet
            return (Piece(none, "failed"),)
        at = bisect_left([each.event for each in met], self._span()[0]) % len(met)
        told = words.at_match.format(number=at + 1, count=len(met))
        text = self._marked(met[at].note.says(self._walk.language), needle)
        return text if self.editing else (Piece(f"{told}: ", "strong"), *text)

    def _marked(self, text: str, needle: Needle) -> Row:
        return needle.mark((Piece(safe(excerpt(text, needle))),), "found")
