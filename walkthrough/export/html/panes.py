"""What each pane shows at a step, as rows: asked of `walkthrough.view`, as the screen asks it.

The page has room for every row as long as it is, so nothing is cut here; the browser wraps.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.lesson.lesson import Lesson, StepView
from walkthrough.model.stages import Stage
from walkthrough.scenario.goals import GoalTracker
from walkthrough.state.history import History
from walkthrough.state.timeline.timeline import EventTimeline
from walkthrough.view.calls import CallRows
from walkthrough.view.caption import note_of
from walkthrough.view.event_text import sentence, who
from walkthrough.view.goal import WalkPurpose, goal_bar_rows, purpose_rows
from walkthrough.view.kernel_pane import kernel_rows, last_change, parts, parts_before, same
from walkthrough.view.path import PathRow, path_rows
from walkthrough.view.process_text import first_of
from walkthrough.view.source.breadcrumb import breadcrumb
from walkthrough.view.source.content import SourceMode
from walkthrough.view.source.layout import CodeLine, FoldedLines, NoteText
from walkthrough.view.source.navigation import place_of
from walkthrough.view.source.page import source_page
from walkthrough.view.source.rows import SourceRows
from walkthrough.view.source.values import value_rows
from walkthrough.view.step import StepContext
from walkthrough.view.step_text import step_text
from walkthrough.view.text import Piece, Row, safe
from walkthrough.view.timeline.page import here_of
from walkthrough.view.timeline.status_line import facts

UNCUT = 10_000
"""Cells of a row: more than any is long."""
PATH = 36
"""Cells of a row of the path, whose results are at its right edge."""
IN_SIGHT = 24
"""Rows of source that are seen together: a note among them is not repeated at the line."""
NONE = -1
"""Stands for no event."""
FOLDS = -2
"""Stands for the first stage, with what lies under it: a click folds or unfolds it."""
_STAGES = tuple(Stage)
_FOLDED: Mapping[str, Mapping[Stage, bool]] = {
    "path": {},
    "path_open": dict.fromkeys(Stage, False),
    "path_shut": dict.fromkeys(Stage, True),
}
"""The path as it follows the walk, and with all stages unfolded and folded: of these two the page
takes the stages that its reader has unfolded or folded."""


class PaneRow(NamedTuple):
    """A row as it is stored.

    Attributes:
        row: What is drawn.
        mark: ``here`` for what the step is about, ``note`` and ``fold`` between lines of source.
        event: The event that a click on it leads to, `NONE` if there is none. A row that stands for
            a stage and folds has `FOLDS` less the stage's number.
    """

    row: Row
    mark: str = ""
    event: int = NONE


Pane = list[PaneRow] | None
"""Its rows; None if it shows what it did at the step before."""


class WalkPanes:
    """The panes of one walk in one language, step by step from the first.

    Args:
        history: All events.
        lesson: Source and notes.
        timeline: The timeline of these events.
        goals: Which goals were reached when, None if it is a walk of no scenario.
        tr: The catalogue of the language to say it in.
        source: Whether to show the lines of source; without, their numbers and the notes.
    """

    def __init__(
        self,
        history: History,
        lesson: Lesson,
        timeline: EventTimeline,
        goals: GoalTracker | None,
        tr: Catalogue,
        *,
        source: bool = True,
    ) -> None:
        self._history, self._lesson, self._timeline = history, lesson, timeline
        self._goals, self._tr, self._shows_source = goals, tr, source
        self._source = SourceRows()
        self._kernel_made_for: tuple[object, ...] = ()
        self._calls: list[PaneRow] = []  # those that will not change any more

    def at(self, step: StepContext) -> Iterator[tuple[str, Pane]]:
        """Yield the name of each pane and its rows; steps come in order."""
        assert step.event is not None
        tr = self._tr
        said = sentence(step.event, tr, kernel=step.world.kernel, several=step.world.several)
        by = who(step.event, tr, step.world)
        yield "said", [PaneRow((Piece(said, "strong"),)), *_plain(by, "dim")]
        yield "note", _plain(note_of(step), "note")
        found_by = safe(step_text(step.event, tr, first_of(step.history)).text)
        yield "find", [PaneRow((Piece(found_by),))] if found_by else []
        for name, folded in _FOLDED.items():
            yield name, [*map(_of_path, path_rows(step.world, folded, tr, PATH))]
        yield from self._of_source(step)
        yield "calls", self._of_calls(step)
        yield "kernel", self._of_kernel(step)
        here = here_of(step)
        yield "facts", [PaneRow(facts(self._timeline, here, None, tr, UNCUT))]
        if self._goals is not None and self._lesson.scenario is not None:
            purpose = self._purpose(step, self._goals)
            yield "goal", [PaneRow(row) for row in goal_bar_rows(purpose, tr, UNCUT, 3, key="i")]
            yield (
                "purpose",
                [
                    PaneRow(each.row, "", _number(each.meant))
                    for each in purpose_rows(purpose, tr, UNCUT)
                ],
            )

    def _of_source(self, step: StepContext) -> Iterator[tuple[str, Pane]]:
        view, tr = step.view or StepView(), self._tr
        place = place_of(view, step.index, None)
        page = source_page(step, place, SourceMode.SOURCE, UNCUT, IN_SIGHT)
        heading = _plain(page.main.heading, "note")
        title = page.title(tr("Source"), UNCUT)
        yield "where", [PaneRow((Piece(title, "heading"),)), *heading]
        crumbs, _ = breadcrumb(page.names, page.numbers, UNCUT)
        yield "crumbs", [PaneRow(crumbs)] if page.names else []
        yield "values", [PaneRow(row) for row in value_rows(view, tr, UNCUT, 4)]
        text, column = self._source, page.main.column
        if column.caption == note_of(step):  # it is said already, above the panes
            column = replace(column, caption="")
        text.lay_out(column, tr, page.empty, UNCUT)
        text.set_inset(IN_SIGHT)
        rows = [*self._lines(text)]
        yield "source", rows if self._shows_source else [*_without_code(rows)]

    def _lines(self, text: SourceRows) -> Iterator[PaneRow]:
        for number in range(len(text)):
            mark = text.row_kind(number)
            match text.part(number):
                case NoteText():
                    mark = "note" if text.column.lines else ""
                case FoldedLines():
                    mark = "fold"
                case CodeLine():
                    mark = mark or "code"
            yield PaneRow(text.row(number), mark)

    def _of_calls(self, step: StepContext) -> list[PaneRow]:
        """Return all calls; those that have returned, and are not the newest, stay as they are."""
        calls = CallRows(step, UNCUT)
        newest = calls.event_at(len(calls) - 1)
        rows = [*self._calls]
        settles = True
        for number in range(len(rows), len(calls)):
            row, event = calls.row(number), calls.event_at(number)
            rows.append(PaneRow(row, calls.row_kind(number), _number(event)))
            settles = settles and event != newest and row[0].kind != "current"
            if settles:
                self._calls.append(rows[-1])
        return rows

    def _of_kernel(self, step: StepContext) -> Pane:
        made_for = (*parts(step), *parts_before(step), last_change(step))
        if same(made_for, self._kernel_made_for):  # worlds share what did not change
            return None
        self._kernel_made_for = made_for
        return [PaneRow(row) for row in kernel_rows(step, UNCUT).rows]

    def _purpose(self, step: StepContext, goals: GoalTracker) -> WalkPurpose:
        history = self._history
        reached = goals.reached_by(step.index)
        start = history.step_start(step.index)
        assert self._lesson.scenario is not None
        return WalkPurpose(
            self._lesson.scenario,
            goals.goals,
            tuple(None if at is None else at + 1 for at in reached),
            tuple(at for at, event in enumerate(reached) if event is not None and event >= start),
            tuple(at for at, is_late in enumerate(goals.missed_by(step.index)) if is_late),
            over=step.index == len(history) - 1,
        )


def _plain(text: str, kind: str) -> list[PaneRow]:
    return [PaneRow((Piece(safe(line), kind),)) for line in text.splitlines()]


def _of_path(row: PathRow) -> PaneRow:
    leads = FOLDS - _STAGES.index(row.stage) if row.folds else _number(row.event)
    return PaneRow(row.row, "here" if row.current else "", leads)


def _number(event: int | None) -> int:
    return NONE if event is None else event


def _without_code(rows: list[PaneRow]) -> Iterator[PaneRow]:
    """Leave out the lines of source, but for the numbers of the marked one and of those noted."""
    for at, each in enumerate(rows):
        if each.mark not in ("here", "code"):
            if each.mark != "fold":
                yield each
            continue
        noted = at + 1 < len(rows) and rows[at + 1].mark == "note"
        if each.mark == "here" or noted:
            yield each._replace(row=each.row[:2])
