"""A walk asks few of the questions that every walk could ask, and others in the next."""

import pytest

from tests.support.quiz_screen import own_questions
from tests.support.recordings import shared_history
from walkthrough.model.stages import Stage
from walkthrough.quiz.answer import QuizAnswer
from walkthrough.quiz.generator import QuestionGenerator
from walkthrough.quiz.learned import LearnedQuestions
from walkthrough.quiz.question import QuestionKind, QuizQuestion
from walkthrough.quiz.question_plan import MOST_BEFORE_WAIT, ON_THE_WAY, QuestionPlan

ALL = len(ON_THE_WAY)


def asked(name: str, learned: LearnedQuestions) -> list[QuizQuestion]:
    """Walk through a recording, and answer all that is asked right."""
    history = shared_history(name)
    questions = own_questions(history)
    course = QuestionGenerator(history, questions, QuestionPlan(learned, questions))
    course.read_to(len(history), len(history))
    found = list(course.settled_between(-1, len(history)))
    for each in found:
        learned.take(QuizAnswer(name, each.name, each.kind, right=True))
    return found


def before_the_park(found: list[QuizQuestion]) -> list[QuizQuestion]:
    """Return what comes before the scenario's question about who is parked in Accept."""
    at = next(
        number
        for number, each in enumerate(found)
        if each.kind is QuestionKind.SCENARIO
        and each.id in ("accept-parks.who", "first-connection.handshake")
    )
    return found[:at]


def test_before_the_park_at_most_five_are_asked_the_scenarios_own_among_them() -> None:
    learned = LearnedQuestions()
    names: set[str] = set()
    for number in range(12):
        found = before_the_park(asked("accept-parks", learned))
        assert len(found) <= MOST_BEFORE_WAIT
        assert "accept-parks.returns" in [each.id for each in found]
        made = {each.name for each in found if each.kind is not QuestionKind.SCENARIO}
        assert not number or made != names or not made, "another walk asks something else"
        names = made
    assert not names, "after twelve walks all of it is known"


def test_what_was_answered_right_twice_is_left_out_and_the_scenarios_own_never_are() -> None:
    learned = LearnedQuestions()
    own = {question.id for question in own_questions(shared_history("first-connection"))}
    times: dict[str, int] = {}
    for _ in range(14):
        found = asked("first-connection", learned)
        assert own <= {each.id for each in found}
        for each in found:
            times[each.name] = times.get(each.name, 0) + 1
    made = {name: count for name, count in times.items() if name not in own}
    assert len(made) > 20
    assert max(made.values()) <= 3, "twice, and once more where a walk asks it twice"
    assert {each.name for each in asked("first-connection", learned)} == own


def test_a_wrong_answer_brings_a_question_back() -> None:
    learned = LearnedQuestions(lambda: dict.fromkeys(ON_THE_WAY, 2) | {"next-stage:bind": 1})
    plan = QuestionPlan(learned)
    assert plan.wants("next-stage:bind")
    assert not plan.wants("next-stage:listen")
    assert plan.wants("queue:connect"), "what is not on the way to the wait has no limit"


def test_what_teaches_most_comes_first_and_a_slot_that_was_not_used_goes_to_another() -> None:
    plan = QuestionPlan(LearnedQuestions())
    best = sorted(ON_THE_WAY, key=lambda name: ON_THE_WAY[name])[:MOST_BEFORE_WAIT]
    first, *_, last = ON_THE_WAY
    assert not plan.wants(first)
    assert all(map(plan.wants, best))
    assert plan.wants(last), "nothing planned is still ahead of it"
    for name in best:
        plan.take(name)
    assert not plan.wants(last)
    plan.drop()
    assert plan.wants(last), "the trace had no answer to one"
    plan.take(last)
    assert not plan.wants(first)
    plan.waited = True
    assert plan.wants(first)


@pytest.mark.parametrize("name", ["the-document-today", "backlog-full", "handshake-before-accept"])
def test_own_questions_take_the_place_of_others(name: str) -> None:
    found, history = asked(name, LearnedQuestions()), shared_history(name)
    waits = next(
        index for index in range(len(history)) if history.event(index).stage is Stage.ACCEPT
    )
    early = [each for each in found if each.index <= waits]
    assert 1 < len(early) <= MOST_BEFORE_WAIT + 1, "a client that comes early is asked about, too"
    own = {question.id for question in own_questions(history)}
    assert own <= {each.id for each in found}
    assert {each.id for each in early} & own


def test_the_ranks_are_a_permutation() -> None:
    assert sorted(ON_THE_WAY.values()) == [*range(1, ALL + 1)]
