"""All steps of a walk as the page's script reads them: rows once, and per step what differs.

The walk is made once for each language, and both use the same table of rows: source, calls and
numbers are the same in every language.
"""

from collections.abc import Callable, Sequence

from walkthrough.export.html.diagram import DiagramEntry, LadderTrack, entry_data, pieces_data
from walkthrough.export.html.panes import PaneRow, WalkPanes
from walkthrough.export.html.rows import EntryTable, Json, PaneTrack
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.lesson.lesson import Lesson
from walkthrough.scenario.goals import GoalTracker
from walkthrough.state.history import History
from walkthrough.state.timeline.timeline import EventTimeline
from walkthrough.view.caption import times_to_read
from walkthrough.view.event_filter import facets
from walkthrough.view.step import step_at

MARKS = ("", "here", "note", "fold", "code", "cursor")


class WalkSteps:
    """The steps of one recording, in as many languages as are added.

    Args:
        history: All events.
        lesson: Source and notes.
        source: Whether to show the lines of source.
        most: How many steps there may be; the first ones are kept.

    Attributes:
        indexes: The event at which each step ends.
        left_out: How many steps there are besides.
    """

    def __init__(
        self, history: History, lesson: Lesson, *, source: bool = True, most: int = 1 << 30
    ) -> None:
        self.history, self.lesson = history, lesson
        self.timeline = EventTimeline(history)
        while self.timeline.take():
            pass
        self.goals = _goals(history, lesson)
        indexes = list(history.steps())
        self.indexes, self.left_out = indexes[:most], max(len(indexes) - most, 0)
        self._source = source
        self._rows: EntryTable[PaneRow] = EntryTable()
        self._ladder: EntryTable[DiagramEntry] = EntryTable()
        self._lanes: EntryTable[tuple[str, ...]] = EntryTable()
        self._languages: dict[str, Json] = {}
        self._times: list[int] = []

    def add(self, tr: Catalogue) -> None:
        """Say all steps in a language."""
        history, lesson = self.history, self.lesson
        panes = WalkPanes(history, lesson, self.timeline, self.goals, tr, source=self._source)
        ladder = LadderTrack(self._ladder, self._lanes)
        tracks: dict[str, PaneTrack] = {}
        times = []
        for index in self.indexes:
            step = step_at(history, index, lesson, tr)
            times.append(times_to_read(step))
            for name, rows in panes.at(step):
                track = tracks.setdefault(name, PaneTrack())
                if rows is None:
                    track.again()
                else:
                    track.add([self._rows.number(row) for row in rows])
            ladder.add(step)
        self._times = self._times or times
        self._languages[tr.language] = {
            **{name: track.steps for name, track in tracks.items()},
            "ladder": ladder.rows.steps,
            "lanes": ladder.names.steps,
        }

    def starts(self) -> list[int]:
        """Return the event with which each step begins."""
        return [self.history.step_start(index) for index in self.indexes]

    def data(self) -> Json:
        """Return all that was added."""
        history = self.history
        words_of: EntryTable[tuple[str, ...]] = EntryTable()
        first = history.header.pid
        facets_of = [words_of.number(facets(history.line(at), first)) for at in self.starts()]
        return {
            "events": self.indexes,
            "starts": self.starts(),
            "count": len(history),
            "stages": self._stops(history.stage_after),
            "changes": self._stops(history.change_after),
            "times": self._times,
            "rows": [_row_data(row) for row in self._rows.entries()],
            "ladder": [entry_data(row) for row in self._ladder.entries()],
            "facets": [list(words) for words in words_of.entries()],
            "facetsOf": facets_of,
            "lanes": [list(names) for names in self._lanes.entries()],
            "panes": self._languages,
        }

    def _stops(self, after: Callable[[int], int | None]) -> list[int]:
        """Return the numbers of the steps at which something begins, ascending."""
        history, found = self.history, []
        numbers = {index: number for number, index in enumerate(self.indexes)}
        event = after(-1)
        while event is not None:
            end = history.step_end(event)
            if (number := numbers.get(end)) is not None:
                found.append(number)
            event = after(end)
        return found


def _goals(history: History, lesson: Lesson) -> GoalTracker | None:
    if lesson.scenario is None:
        return None
    tracker = GoalTracker(lesson.scenario.goal, history.header)
    tracker.follow(history)
    tracker.settle()
    return tracker


def _row_data(row: PaneRow) -> Sequence[Json]:
    """Return a row as ``[mark, event, text, kind, text, kind, …]``."""
    return [MARKS.index(row.mark), row.event, *pieces_data(row.row)]
