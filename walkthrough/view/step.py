"""What a pane is given to draw: one event, the world after it, and what the lesson says about it.

Made from a history and a lesson; it knows no widget.
"""

from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.lesson.lesson import StepView
from walkthrough.lesson.sources import LessonSources
from walkthrough.model.events import (
    AnyEvent,
    CallReturned,
    CaptureEnded,
    FunctionEntered,
    FunctionReturned,
    ProcessExited,
)
from walkthrough.state.history import History
from walkthrough.state.world import VisitProgress, World


class Viewer(Protocol):
    """What the screen asks of a lesson (`walkthrough.lesson.lesson.Lesson`)."""

    def view(
        self, event: AnyEvent, world: World, language: str, entered: FunctionEntered | None = None
    ) -> StepView:
        """Return what to show once ``event`` has happened."""


@dataclass(frozen=True, slots=True)
class StepContext:
    """One step of a walk.

    Attributes:
        history: All events so far; panes only read it.
        index: Number of the event shown, -1 before the first.
        event: That event, None before the first.
        world: Everything known after it.
        before: Everything known at the step before, to tell what changed.
        view: Source, notes and caption of the step, None before the first.
        tr: The catalogue of the language to say it in.
        sources: What the lesson has to read beside the step, None if it has nothing.
        failed_at: Once the server has gone because the path failed, the step with which it did:
            ``view`` is then of that one, for nothing is executing any more. -1 before.
    """

    history: History
    index: int
    event: AnyEvent | None
    world: World
    before: World
    view: StepView | None
    tr: Catalogue
    sources: LessonSources | None = None
    failed_at: int = -1


_NO_NOTES: dict[int, str] = {}  # always this one: panes tell by it that nothing is new


def without_notes(view: StepView) -> StepView:
    """Return what there is to show without notes: they are shown elsewhere, or not yet."""
    return replace(view, notes=_NO_NOTES, caption="")


def step_at(
    history: History, index: int, lesson: Viewer | None, tr: Catalogue, *, hushed: bool = False
) -> StepContext:
    """Return the step of event ``index``; -1 for the one before the first.

    With ``hushed`` its notes are kept back: they would answer what is being asked.
    """
    if index < 0:
        return StepContext(history, -1, None, World(), World(), None, tr)
    # What a step lands on may have riders: it is about the event that they ride with.
    earlier = history.previous_step(index)
    event = history.event(earlier + 1)
    before = history.world(earlier)
    world = history.world(index)
    view = None
    failed_at = _failed_at(event, world, history)
    if lesson is not None and failed_at >= 0:
        view = step_at(history, failed_at, lesson, tr, hushed=hushed).view
    elif lesson is not None:
        entered = _entry_of(event, before, history)
        view = lesson.view(event, world, tr.language, entered)
        if hushed:
            view = without_notes(view)
    sources = getattr(lesson, "sources", None)  # a lesson made for a test may have none
    return StepContext(history, index, event, world, before, view, tr, sources, failed_at)


def _failed_at(event: AnyEvent, world: World, history: History) -> int:
    """Return the step with which the path failed, if that has ended the server; else -1."""
    if not isinstance(event, ProcessExited | CaptureEnded):
        return -1
    if world.exit_signal is None and not world.exit_code:
        return -1
    last = max(world.latest.values(), key=lambda visit: visit.entered, default=None)
    if last is None or last.progress is not VisitProgress.FAILED or last.returned is None:
        return -1
    # What the end of the server has cut off did not fail by itself.
    failed = isinstance(history.event(last.returned), FunctionReturned | CallReturned)
    return history.step_end(last.returned) if failed else -1


def _entry_of(event: AnyEvent, before: World, history: History) -> FunctionEntered | None:
    """Find the entry of a function that has just returned."""
    if not isinstance(event, FunctionReturned) or event.span is None:
        return None
    for chain in before.spans.values():
        for span in chain:
            if span.span == event.span:
                entered = history.event(span.entered)
                return entered if isinstance(entered, FunctionEntered) else None
    return None
