"""All questions of a whole walk at once, for who writes them down."""

from collections.abc import Sequence

from walkthrough.quiz.generator import QuestionGenerator
from walkthrough.quiz.learned import LearnedQuestions
from walkthrough.quiz.question import QuizQuestion
from walkthrough.quiz.question_plan import QuestionPlan
from walkthrough.scenario.schema import Question
from walkthrough.state.history import History


def questions_of(history: History, own: Sequence[Question]) -> list[QuizQuestion]:
    """Return what is asked of somebody who has answered nothing before, in order.

    Args:
        history: The walk, to its end.
        own: The scenario's own questions.
    """
    plan = QuestionPlan(LearnedQuestions(), own)
    course = QuestionGenerator(history, own, plan)
    course.read_to(len(history) - 1, len(history))
    course.end()
    last = course.step_of(len(history) - 1)
    return [asked for asked in course.settled_between(0, last) if not asked.void]
