"""A finished answer, as predict mode hands it to whoever keeps what was learned."""

from typing import NamedTuple

from walkthrough.quiz.question import QuestionKind


class QuizAnswer(NamedTuple):
    """What was answered to a question, once it is known whether it is right.

    Skipped questions, and those that an audience answered aloud, give none.

    Attributes:
        scenario: The scenario that was walked through; "" for a log without one.
        question: For a scenario's own question its id; for one made from the trace its name,
            which is the same in all walks and versions, as ``first-call:accept``.
        topic: What kind of question it is; `QuestionKind.SCENARIO` for the scenario's own.
        right: Whether the answer is right.
        believes: The number, in ``docs/misconceptions.md``, of the misconception that the chosen
            answer stands for; 0 for none.
        tests: The numbers of those that the question's choices stand for, all of them.
    """

    scenario: str
    question: str
    topic: QuestionKind
    right: bool
    believes: int = 0
    tests: tuple[int, ...] = ()
