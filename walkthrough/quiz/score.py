"""The score of one walk: what was answered to which question, and what to look at again.

It knows no screen. A question that was asked is never asked again; what was skipped, what an
audience called out and what became void is reported, and does not count.
"""

from enum import StrEnum
from typing import NamedTuple

from walkthrough.quiz.question import QuestionKind, QuizOption, QuizQuestion


class AnswerOutcome(StrEnum):
    """What became of a question."""

    WAITING = "waiting"
    """Answered, and what comes is still unknown."""
    RIGHT = "right"
    WRONG = "wrong"
    SKIPPED = "skipped"
    CLASSROOM = "classroom"
    """The audience called out, and the answer was shown: it does not count."""
    VOID = "void"
    """None of the choices came."""


_NOT_JUDGED = (AnswerOutcome.SKIPPED, AnswerOutcome.CLASSROOM)


class GivenAnswer(NamedTuple):
    """A question, what was chosen (None if nothing was), and what became of it."""

    asked: QuizQuestion
    choice: int | None
    outcome: AnswerOutcome

    @property
    def counts(self) -> bool:
        """Return whether it turned out right or wrong."""
        return self.outcome in (AnswerOutcome.RIGHT, AnswerOutcome.WRONG)

    @property
    def wrong(self) -> QuizOption | None:
        """Return what was chosen, if it is wrong; None otherwise."""
        chosen = None if self.choice is None else self.asked.options[self.choice]
        return chosen if self.asked.right not in (None, self.choice) else None


class ScoreCount(NamedTuple):
    """How many answers are right, of those that count."""

    right: int = 0
    counted: int = 0


class QuizScore:
    """All answers of one walk."""

    def __init__(self) -> None:
        self._given: dict[str, GivenAnswer] = {}

    def __bool__(self) -> bool:
        return bool(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def of(self, id: str) -> GivenAnswer | None:
        """Return what was answered to a question; None if it was not asked."""
        return self._given.get(id)

    def answer(
        self, asked: QuizQuestion, choice: int | None, *, classroom: bool = False
    ) -> GivenAnswer:
        """Record an answer; without a choice, and without an audience, the question is skipped."""
        if classroom:
            outcome = AnswerOutcome.CLASSROOM
        elif choice is None:
            outcome = AnswerOutcome.SKIPPED
        else:
            outcome = _judge(asked, choice)
        given = self._given[asked.id] = GivenAnswer(asked, choice, outcome)
        return given

    def settle(self, asked: QuizQuestion) -> GivenAnswer:
        """Note that an answered question is settled now, or otherwise than it was.

        Raises:
            KeyError: It was never asked.
        """
        before = self._given[asked.id]
        outcome = before.outcome
        if outcome not in _NOT_JUDGED and before.choice is not None:
            outcome = _judge(asked, before.choice)
        given = self._given[asked.id] = GivenAnswer(asked, before.choice, outcome)
        return given

    def all(self) -> list[GivenAnswer]:
        """List all answers, in the order in which they were given."""
        return [*self._given.values()]

    def open(self) -> list[GivenAnswer]:
        """List the answers to questions that are not settled."""
        return [given for given in self._given.values() if given.asked.open]

    def total(self) -> ScoreCount:
        """Return the score over all kinds."""
        tallies = self.by_kind().values()
        return ScoreCount(
            sum(each.right for each in tallies), sum(each.counted for each in tallies)
        )

    def by_kind(self) -> dict[QuestionKind, ScoreCount]:
        """Return the score of each kind that a question counts for, in `QuestionKind` order."""
        tallies: dict[QuestionKind, ScoreCount] = {}
        for given in self._given.values():
            if given.counts:
                right, counted = tallies.get(given.asked.kind, ScoreCount())
                right += given.outcome is AnswerOutcome.RIGHT
                tallies[given.asked.kind] = ScoreCount(right, counted + 1)
        return {kind: tallies[kind] for kind in QuestionKind if kind in tallies}

    def count(self, outcome: AnswerOutcome) -> int:
        """Count the questions of which this became."""
        return sum(given.outcome is outcome for given in self._given.values())

    def to_look_at(self) -> list[GivenAnswer]:
        """List what to look at again, in the order of the walk: answered wrongly, or skipped."""
        again = (AnswerOutcome.WRONG, AnswerOutcome.SKIPPED)
        found = [given for given in self._given.values() if given.outcome in again]
        return sorted(found, key=lambda given: given.asked.index)


def _judge(asked: QuizQuestion, choice: int) -> AnswerOutcome:
    if asked.open:
        return AnswerOutcome.WAITING
    if asked.right is None:
        return AnswerOutcome.VOID
    return AnswerOutcome.RIGHT if choice == asked.right else AnswerOutcome.WRONG
