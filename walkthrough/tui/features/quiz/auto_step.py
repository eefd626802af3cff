"""Steps a live server towards a goal, one event at a time, so that no question is skipped."""

from collections.abc import Callable

from walkthrough.model.events import begins_stage
from walkthrough.quiz.question import QuizQuestion
from walkthrough.state.history import History
from walkthrough.tui.screens.live_session import LiveSession
from walkthrough.tui.screens.status import WalkMode, WalkStatus

ANSWER = "answer"
"""The goal that it is known whether the answer just given is right."""
MOST_FOR_AN_ANSWER = 40
"""How many events are released for that; then the user steps on."""


class AutoStepper:
    """The goal of stepping: ``next_stage``, ``next_change``, ``run``, `ANSWER`, or nothing."""

    def __init__(self) -> None:
        self._goal = ""
        self._released = -1  # the event from which it was released last
        self._was_due = False  # whether the script's next act was, there
        self._goals = 0  # of the walk, which had been reached there
        self._left = 0  # how many events may be released on the way to an answer

    def begin(self, goal: str) -> None:
        """Set the goal; `go_on` does the rest."""
        self._goal, self._released, self._left = goal, -1, MOST_FOR_AN_ANSWER

    def end(self) -> bool:
        """Stop; return whether there was anything to stop."""
        was, self._goal = self._goal, ""
        return bool(was)

    def go_on(
        self,
        live: LiveSession,
        history: History,
        status: WalkStatus,
        due: Callable[[int], QuizQuestion | None],
        goals: int = 0,
    ) -> QuizQuestion | None:
        """Release the server once it has halted; or stop, at the goal or before a question.

        Args:
            live: The server.
            history: Its events so far.
            status: Where the walk stands.
            due: Returns what to ask at an event.
            goals: How many of the walk's goals have been reached.

        Returns:
            The question to ask now, None if there is none.
        """
        waits = self._goal == ANSWER and status.mode is WalkMode.WAITING
        if not status.mode.live or waits:
            self.end()
        here = status.index
        if not self._goal or not live.ready or not status.at_edge or here == self._released:
            return None
        asked = due(here)
        if asked is not None or self._arrived(history, status, goals):
            self.end()
            return asked
        self._released, self._left = here, self._left - 1
        self._was_due, self._goals = status.act_is_due, goals
        live.step()
        return None

    def _arrived(self, history: History, status: WalkStatus, goals: int) -> bool:
        """Return whether what was stepped towards has come since the server was released.

        Nothing is stepped past the moment at which the scenario's clients have something to do;
        and but for a run, where a goal of the walk is reached, as it is where nothing is asked.
        """
        here = status.index
        if self._released < 0:
            return False
        if self._goal != "run" and goals > self._goals:
            return True
        if self._goal == ANSWER:  # whoever is told that it has come ends it
            return self._left <= 0
        if status.act_is_due and not self._was_due:
            return True
        if self._goal == "next_change":
            return history.change_after(self._released) is not None
        return self._goal == "next_stage" and begins_stage(history.event(history.step_start(here)))
