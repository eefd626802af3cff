"""How often each question was answered right: what is known is not asked again and again."""

from collections import Counter
from collections.abc import Callable, Mapping

from walkthrough.quiz.answer import QuizAnswer

ENOUGH = 2
"""A question that was answered right so often is known."""


def nothing_learned() -> Mapping[str, int]:
    """Return that nothing was ever answered."""
    return {}


class LearnedQuestions:
    """Right answers by question, over all walks of one run of the program.

    Args:
        before: Returns how often each question was answered right in earlier runs, by
            `QuizAnswer.question`; it is asked once, when predict mode is first used.
    """

    def __init__(self, before: Callable[[], Mapping[str, int]] = nothing_learned) -> None:
        self._before = before
        self._right: Counter[str] | None = None

    def _counts(self) -> Counter[str]:
        if self._right is None:
            self._right = Counter(self._before())
        return self._right

    def right(self, question: str) -> int:
        """Return how often a question was answered right."""
        return self._counts()[question]

    def knows(self, question: str) -> bool:
        """Return whether that is often enough."""
        return self.right(question) >= ENOUGH

    def known(self) -> frozenset[str]:
        """Return the questions that are known by now."""
        return frozenset(name for name, count in self._counts().items() if count >= ENOUGH)

    def take(self, answer: QuizAnswer) -> None:
        """Count an answer."""
        if answer.right:
            self._counts()[answer.question] += 1
