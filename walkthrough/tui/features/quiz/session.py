"""Predict mode without a screen: what to ask where the walk is, and what was answered.

It joins the course of questions with the score; keys, boxes and the walk itself it does not know.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from walkthrough.quiz.generator import AHEAD, QuestionGenerator
from walkthrough.quiz.learned import LearnedQuestions
from walkthrough.quiz.question import QuestionKind, QuizQuestion
from walkthrough.quiz.question_plan import QuestionPlan
from walkthrough.quiz.score import AnswerOutcome, GivenAnswer, QuizScore
from walkthrough.scenario.schema import Question
from walkthrough.state.history import History
from walkthrough.tui.features.quiz.modes import QuizModes

MOST_RUN = 2_000
"""How many events are searched for the next question at a key press; then the walk goes on."""
SLICE = 500
SPENT = 2_000
"""Live: after this many events without a question, no more will come."""


class QuizSession:
    """All that predict mode remembers of one walk.

    Args:
        history: The events.
        questions: The scenario's own questions.
        learned: What was answered right before; what is known is not asked.
        modes: Who answers, and what is asked.

    Attributes:
        modes: Who answers, and what is asked.
    """

    def __init__(
        self,
        history: History,
        questions: Sequence[Question] = (),
        learned: LearnedQuestions | None = None,
        modes: QuizModes = QuizModes(),  # noqa: B008
    ) -> None:
        self._learned = learned if learned is not None else LearnedQuestions()
        self.course = QuestionGenerator(history, questions, QuestionPlan(self._learned, questions))
        self.score = QuizScore()
        self.modes = modes
        self._history = history
        self._since: int | None = None
        self._furthest = -1

    def look(self, index: int) -> None:
        """Note that the walk is at event ``index``."""
        step = self.course.step_of(index)
        self._since = step if self._since is None else min(self._since, step)
        self._furthest = max(self._furthest, step)

    def due(self, index: int, *, live: bool = False) -> QuizQuestion | None:
        """Return what to ask next where the walk is, None if nothing is.

        Args:
            index: The event it stands at.
            live: A live server is halted there, and what it does next is not known.
        """
        self.course.read_around(index)
        return self._due_at(self.course.step_of(index), live=live)

    def _due_at(self, step: int, *, live: bool) -> QuizQuestion | None:
        found = self.course.settled_at(step)
        if live:
            found += [replace(asked, index=step) for asked in self.course.open_at(step)]
        return next(filter(self._asks, found), None)

    def _asks(self, asked: QuizQuestion) -> bool:
        """Return whether a question is still to be asked."""
        if self.score.of(asked.id) is not None:
            return False
        if asked.kind is QuestionKind.SCENARIO:
            return True
        return not self.modes.own_only and not self._learned.knows(asked.name)

    def next_between(self, index: int, last: int) -> QuizQuestion | None:
        """Return the next question after the step of ``index`` and before that of ``last``."""
        here = self.course.step_of(index)
        end = self.course.step_of(last)
        self.course.read_around(index)
        for _ in range(MOST_RUN // SLICE if self.course.read > index else 0):
            for asked in self.course.settled_between(here + 1, end - 1):
                if self._asks(asked):
                    # One that is asked earlier may come to be settled later.
                    self.course.read_around(asked.index)
                    found = self.course.settled_between(here + 1, asked.index)
                    return next(filter(self._asks, found))
            if self.course.finished or self.course.read > last + AHEAD:
                break
            self.course.read_to(last + AHEAD, SLICE)
        return None

    def before_connect(self) -> QuizQuestion | None:
        """Return what to ask before a live client connects, if anything."""
        if self.modes.own_only:
            return None
        self.course.read_around(len(self._history) - 1)
        asked = self.course.before_connect()
        return asked if asked is not None and self._asks(asked) else None

    def spent(self) -> bool:
        """Return whether a live server may run, since nothing more will be asked."""
        return self.course.spent(SPENT)

    def answer(self, asked: QuizQuestion, choice: int | None, *, skip: bool = False) -> GivenAnswer:
        """Take an answer, or what an audience has called out."""
        if asked.open:
            asked = self.course.freeze(asked.id, asked.index)
        return self.score.answer(asked, choice, classroom=self.modes.classroom and not skip)

    def news(self) -> list[GivenAnswer]:
        """Return the answers that have come to be judged since the last time.

        What was skipped is only recorded. Where calls turn out to belong elsewhere, an answer may
        have to be judged again.
        """
        found = []
        for given in self.score.all():
            known = self.course.known(given.asked.id)
            settled = known is not None and not (known.open or given.asked.open)
            if known is not None and settled and self.course.was_open(known.id):
                again = self.score.settle(known)
                if again.outcome is not given.outcome:
                    found.append(again)
        for given in self.score.open():
            known = self.course.known(given.asked.id)
            if known is not None and not known.open:
                found.append(self.score.settle(known))
        return [given for given in found if given.outcome is not AnswerOutcome.SKIPPED]

    def end(self) -> list[GivenAnswer]:
        """No more events will come: return what was judged, or never can be."""
        if self.course.read >= len(self._history):
            self.course.end()
        return self.news()

    def waiting(self) -> GivenAnswer | None:
        """Return the last answer that is not judged yet."""
        waits = (AnswerOutcome.WAITING, AnswerOutcome.CLASSROOM)
        found = [given for given in self.score.open() if given.outcome in waits]
        return found[-1] if found else None

    def given_at(self, index: int) -> list[GivenAnswer]:
        """List what was answered to the questions of the step of ``index``, or is shown by it."""
        step = self.course.step_of(index)
        given = (self.score.of(asked.id) for asked in self.course.settled_at(step))
        here = [each for each in given if each is not None]
        return here or [each for each in self.score.all() if each.asked.sight == step]

    def passed_over(self) -> int:
        """Count the questions that the walk has gone past without asking."""
        if self._since is None:
            return 0
        known = self.course.settled_between(self._since, self._furthest - 1)
        return sum(map(self._asks, known))
