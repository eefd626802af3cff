"""The stages of a walk as sections of a handout: what a stage did, from its first step to its last.

Whatever a section says was said by the panes; here is only decided what of it is printed.
"""

from collections.abc import Sequence
from typing import NamedTuple

from walkthrough.export.html.panes import UNCUT, PaneRow, WalkPanes
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.lesson.lesson import Lesson
from walkthrough.model.events import begins_stage
from walkthrough.state.history import History
from walkthrough.state.timeline.timeline import EventTimeline
from walkthrough.view.kernel_pane import state_rows
from walkthrough.view.step import StepContext, step_at
from walkthrough.view.text import Row

MOST_SECTIONS = 60
"""So many stages are printed: what follows, the accepts of many clients, repeats them."""
_BEFORE, _AFTER = 5, 9
"""Rows of source printed around the line that is executed."""
_MOST_CALLS = 24
_MOST_KERNEL = 30


class StageSection(NamedTuple):
    """One stage of the walk.

    Attributes:
        stage: Its name, as Go spells it.
        event: The event that begins it.
        said: What happened at its first step.
        note: The note of that step.
        where: The title of the source.
        source: The lines around the one that is executed, with their notes.
        calls: The system calls from its first step to its last.
        kernel: What the kernel holds at its last step.
        cut: How many of its calls are left out.
    """

    stage: str
    event: int
    said: list[PaneRow]
    note: list[PaneRow]
    where: list[PaneRow]
    source: list[PaneRow]
    calls: Sequence[PaneRow] = ()
    kernel: Sequence[Row] = ()
    cut: int = 0


def sections_of(
    history: History, lesson: Lesson, tr: Catalogue, *, source: bool
) -> tuple[list[StageSection], int]:
    """Return the stages in the order of the walk, and how many more there are."""
    timeline = EventTimeline(history)
    while timeline.take():
        pass
    panes = WalkPanes(history, lesson, timeline, None, tr, source=source)
    found: list[StageSection] = []
    shown: dict[str, list[PaneRow]] = {}
    before = 0
    step: StepContext | None = None
    for index in history.steps():
        first = history.event(history.step_start(index))
        begins = begins_stage(first)
        if begins and found and step is not None:
            found[-1] = _ended(found[-1], shown["calls"][before:], step)
            if len(found) == MOST_SECTIONS:
                return found, _stages_from(history, first.seq)
        step = step_at(history, index, lesson, tr)
        shown.update((name, rows) for name, rows in panes.at(step) if rows is not None)
        if begins:
            before = sum(0 <= row.event < first.seq for row in shown["calls"])
            found.append(
                StageSection(
                    str(first.stage),
                    first.seq,
                    shown["said"],
                    shown["note"],
                    shown["where"],
                    _around_here(shown.get("source", [])),
                )
            )
    if found and step is not None:
        found[-1] = _ended(found[-1], shown["calls"][before:], step)
    return found, 0


def _ended(section: StageSection, calls: list[PaneRow], last: StepContext) -> StageSection:
    """Return a section with what its stage did, and left behind at its last step."""
    made = [row for row in calls if row.event >= 0]
    return section._replace(
        calls=calls[:_MOST_CALLS] if made else [],
        cut=max(len(calls) - _MOST_CALLS, 0),
        kernel=state_rows(last, UNCUT)[:_MOST_KERNEL],
    )


def _stages_from(history: History, event: int) -> int:
    """Count the stages that begin at an event, and after it."""
    return sum(begins_stage(history.event(at)) for at in range(event, len(history)))


def _around_here(rows: list[PaneRow]) -> list[PaneRow]:
    rows = [row for row in rows if row.mark != "fold"]
    at = next((number for number, row in enumerate(rows) if row.mark == "here"), None)
    if at is None:  # a sentence that says why there is no source is not repeated at each stage
        return rows[: _BEFORE + _AFTER] if any(row.mark == "code" for row in rows) else []
    return rows[max(at - _BEFORE, 0) : at + _AFTER]
