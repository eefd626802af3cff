"""What was answered right twice is known, in this run and before."""

from walkthrough.quiz.answer import QuizAnswer
from walkthrough.quiz.learned import LearnedQuestions
from walkthrough.quiz.question import QuestionKind


def answered(question: str, *, right: bool) -> QuizAnswer:
    return QuizAnswer("udp", question, QuestionKind.CALL, right)


def test_a_question_is_known_once_it_was_answered_right_twice() -> None:
    learned = LearnedQuestions()
    learned.take(answered("first-call:accept", right=True))
    learned.take(answered("first-call:accept", right=False))
    assert not learned.knows("first-call:accept")
    learned.take(answered("first-call:accept", right=True))
    assert learned.knows("first-call:accept")
    assert not learned.knows("first-call:close")


def test_earlier_runs_count_and_are_asked_for_once_and_only_when_needed() -> None:
    asked = []

    def before() -> dict[str, int]:
        asked.append(1)
        return {"first-call:accept": 1, "result:bind": 7}

    learned = LearnedQuestions(before)
    assert not asked
    learned.take(answered("first-call:accept", right=True))
    assert learned.knows("first-call:accept")
    assert learned.knows("result:bind")
    assert asked == [1]
