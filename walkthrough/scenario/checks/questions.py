"""Finds the questions of a lesson that a run never reached: they would never be asked."""

from collections.abc import Iterator, Sequence

from walkthrough.i18n.messages import message
from walkthrough.model.events import AnyEvent, CaptureEnded
from walkthrough.scenario.schema import Question
from walkthrough.scenario.validation.errors import Mistake
from walkthrough.state.reducer import advance
from walkthrough.state.triggers import PointKind, PointWatcher
from walkthrough.state.world import World


class QuestionCheck:
    """Checks each event for the points that are left; `fold` each, then call `mistakes`.

    Nothing is reported for a run that did not end, since its rest is unknown.
    """

    def __init__(self, questions: Sequence[Question]) -> None:
        self._left = {at: question.point for at, question in enumerate(questions)}
        self._watcher = PointWatcher()
        self._world = World()
        self._finished = False

    def fold(self, event: AnyEvent) -> None:
        """Record an event."""
        if isinstance(event, CaptureEnded):
            self._finished = event.reason == "finished"
        if not self._left:
            return
        self._world = advance(self._world, event)
        since = () if event.quiet else (event,)
        due = [
            at for at, point in self._left.items() if self._watcher.due(point, self._world, since)
        ]
        for at in due:
            del self._left[at]

    def mistakes(self) -> Iterator[Mistake]:
        """Yield a mistake for each question that was never due."""
        if not self._finished:
            return
        for at, point in self._left.items():
            if point.kind in (PointKind.PARKED, PointKind.IDLE):
                said = message("it was never '{point}', so the question is never asked.")
            else:
                said = message("'{point}' was never reached, so the question is never asked.")
            yield Mistake(("question", at, "when"), said.with_fields(point=str(point)))
