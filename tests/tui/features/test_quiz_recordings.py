"""Predict mode through the recordings of all scenarios."""

import pytest

from tests.support.every_step import Walk
from tests.support.quiz_screen import (
    NAMES,
    asked_now,
    box_of,
    is_asking,
    own_questions,
    recorded,
    replay,
    right_keys,
    session_of,
)
from tests.support.recordings import shared_history
from tests.support.screen import press, until
from walkthrough.lesson.lesson import lesson_for
from walkthrough.model.events import CallEntered
from walkthrough.quiz.generator import QuestionGenerator
from walkthrough.quiz.learned import LearnedQuestions
from walkthrough.quiz.question import QuestionKind, QuizQuestion
from walkthrough.quiz.question_plan import QuestionPlan
from walkthrough.state.history import History
from walkthrough.tui.features.quiz.modes import QuizModes
from walkthrough.tui.features.quiz.review import ReviewScreen
from walkthrough.tui.features.quiz.session import QuizSession


async def test_through_accept_parks() -> None:
    app = replay(recorded("accept-parks"), own=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "p")
        seen: list[QuizQuestion] = []
        while not app.walk.status.at_edge:
            await press(pilot, "r")
            if not is_asking(app):
                continue
            asked = asked_now(app)
            seen.append(asked)
            if asked.id == "accept-parks.returns":
                await press(pilot, "1", "enter")
                assert "✗ Not quite: When a client connects." in box_of(app)
                assert "✓ It is: At once, with EAGAIN." in box_of(app)
                assert "non-blocking since socket(2)" in box_of(app)
            elif asked.id == "accept-parks.who":
                await press(pilot, "escape")
                continue
            else:
                await press(pilot, *right_keys(asked))
            await press(pilot, "enter")
        own = [asked.id for asked in seen if asked.kind is QuestionKind.SCENARIO]
        assert own == ["accept-parks.returns", "accept-parks.who", "accept-parks.wakes"]
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        known = app.progress.known
        assert known.still_believed() == [3]
        assert known.beliefs()[3].believed == 1
        assert known.beliefs()[16].met, "its question was answered right"
        assert known.scenario("accept-parks").questions.asked == len({one.name for one in seen}) - 1
        score = session_of(app).score
        assert len(seen) == len(score) > 10
        assert score.total() == (len(seen) - 2, len(seen) - 1)
        assert [each.asked.id for each in score.to_look_at()] == [
            "accept-parks.returns",
            "accept-parks.who",
        ]
        await press(pilot, "enter")
        assert app.walk.history is not None
        returns = next(asked for asked in seen if asked.id == own[0])
        assert app.walk.status.index == app.walk.history.step_end(returns.index)


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_recording_asks_all_of_its_questions_once(name: str) -> None:
    """Walked by steps, and run from question to question: the same, in the same order."""
    history = shared_history(name)
    own = own_questions(history)
    course = QuestionGenerator(history, own, QuestionPlan(LearnedQuestions(), own))
    course.read_to(len(history), len(history))
    expected = [asked.id for asked in course.settled_between(-1, len(history))]
    stepped, run = (QuizSession(history, own) for _ in range(2))
    at, ids = history.beginning(), []
    while True:
        stepped.look(at)
        while (asked := stepped.due(at)) is not None:
            assert history.step_end(asked.index) == at
            stepped.answer(asked, asked.right)
            ids.append(asked.id)
        if at == len(history) - 1:
            break
        at = history.next_step(at)
    assert ids == expected
    assert stepped.score.total() == (len(ids), len(ids))
    assert stepped.passed_over() == 0
    at, ids = history.beginning(), []
    while (asked := run.due(at) or run.next_between(at, len(history) - 1)) is not None:
        at = history.step_end(asked.index)
        run.answer(asked, None, skip=True)
        ids.append(asked.id)
    assert ids == expected
    jumped = QuizSession(history, own)
    jumped.look(history.beginning())
    jumped.look(len(history) - 1)
    jumped.course.read_to(len(history), len(history))
    assert jumped.passed_over() == len(expected)
    jumped.modes = QuizModes(own_only=True)
    assert jumped.passed_over() == len(own)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_is_shown_tells_an_answer_before(name: str) -> None:
    """Where it is asked, every pane says what it would if the recording ended there."""
    history = shared_history(name)
    course = QuestionGenerator(history, own_questions(history))
    course.read_to(len(history), len(history))
    every = [*course.settled_between(-1, len(history))]
    chosen = [
        asked for n, asked in enumerate(every) if asked.kind is QuestionKind.SCENARIO or n % 9 == 0
    ]
    growing = History(history.header)
    growing.append(history.event(0))
    lesson = lesson_for(history.header)
    whole, cut = (Walk(each, lesson, "en", predicts=True) for each in (history, growing))
    for asked in chosen:
        landing = history.step_end(asked.index)
        while len(growing) <= landing:
            growing.append(history.event(len(growing)))
        shown, expected = ([*walk.step(landing)] for walk in (whole, cut))
        assert {pane for pane, _, _ in shown} >= {
            "path",
            "calls",
            "kernel",
            "sequence",
            "source",
            "values",
        }
        assert shown == expected, asked


def test_a_client_that_is_let_in_by_itself_is_asked_about_before_there_is_room() -> None:
    """Its kernel repeats the SYN when it likes, and that is of use once accept4 has made room."""
    history = recorded("backlog-full")
    course = QuestionGenerator(history, own_questions(history))
    course.read_to(len(history), len(history))
    asked = next(
        each for each in course.settled_between(-1, len(history)) if each.id == "backlog-full.later"
    )
    calls = (
        index
        for index in range(len(history))
        if isinstance(event := history.event(index), CallEntered) and event.call == "accept4"
    )
    assert history.step_end(asked.index) < next(calls), "there is no room yet"
