"""Predict mode in a replay: asked, answered, told why, gone back, reviewed."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.support.mouse import Mouse
from tests.support.quiz_screen import (
    EVENTS,
    asked_now,
    box_of,
    from_the_beginning,
    is_asking,
    is_told,
    part_of,
    planned,
    recorded,
    replay,
    right_keys,
    session_of,
    to_a_question,
    wrong_keys,
)
from tests.support.records import HEADER, history_of, index_of
from tests.support.screen import press, resize, rows_of, speak, text_of, type_at_once, until
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import FunctionEntered
from walkthrough.quiz.answer import QuizAnswer
from walkthrough.quiz.generator import QuestionGenerator
from walkthrough.quiz.learned import LearnedQuestions
from walkthrough.quiz.question import QuestionKind
from walkthrough.quiz.score import AnswerOutcome
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.presentation.commands import PresentationController
from walkthrough.tui.features.quiz.box import BORDER, HINTS, QuizBox
from walkthrough.tui.features.quiz.modes import QuizModes
from walkthrough.tui.features.quiz.review import ReviewScreen
from walkthrough.tui.widgets.clickable_list import ClickableList
from walkthrough.user_data.progress import Answered, Progress
from walkthrough.view.quiz import KINDS
from walkthrough.view.text import cell_width

EN = catalogue("en")
ZH = catalogue("zh")


Scene = Callable[[Pilot[Any], WalkthroughApp], Awaitable[None]]
SCENES: list[Scene] = []


def scene(told: Scene) -> Scene:
    """Let something be tried on the screen that all scenes share: to begin one costs most."""
    SCENES.append(told)
    return told


async def test_all_scenes_in_a_replay() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        for each in SCENES:
            with told_of(each):
                await each(pilot, app)
            await begin_again(pilot, app)


@contextmanager
def told_of(each: Scene) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        error.add_note(f"in the scene {getattr(each, '__name__', each)}")
        raise


async def begin_again(pilot: Pilot[Any], app: WalkthroughApp) -> None:
    """Leave predict mode, forget what was answered, and go back to the beginning."""
    while app.screen is not app.walk:
        await press(pilot, "escape")
    part = part_of(app)
    if app.walk.has_class("-predicting"):
        part._reviewed = len(session_of(app).score)
        app.walk.action_perform("predict")
    part._session, part._reviewed = None, 0
    app.preferences.classroom = app.preferences.own_only = False
    app.learned = LearnedQuestions(from_the_beginning)
    app.walk.move_to(app.walk.history.beginning() if app.walk.history else 0)
    await pilot.pause()


@scene
async def before_a_stage_it_is_asked_which_comes_and_then_it_is_shown(
    pilot: Pilot[Any], app: WalkthroughApp
) -> None:
    await press(pilot, "p")
    assert "nothing answered yet" in text_of(app, "predict-bar")
    assert not app.walk.query_one("#timeline").display
    asked = await to_a_question(pilot, app)
    assert asked.kind is QuestionKind.STAGE
    assert app.walk.status.index == 1
    assert "Which of the eight stages begins first?" in box_of(app)
    assert "resolveAddrList" not in text_of(app, "crumbs")
    await press(pilot, *right_keys(asked))
    assert app.walk.status.index == 2
    assert "✓ Right: resolveAddrList" in box_of(app)
    assert "which family it needs" in box_of(app)
    title = app.walk.query_one("#predict-box").border_title or ""
    assert "1 of 1 right" in title
    await press(pilot, "enter")
    assert not app.walk.has_class("-asking")
    assert app.walk.status.index == 2
    assert "1 of 1 right" in text_of(app, "predict-bar")


@scene
async def the_key_bar_names_what_works_in_a_question_in_its_outcome_and_beside_it(
    pilot: Pilot[Any], app: WalkthroughApp
) -> None:
    def named() -> str:
        return " ".join(text_of(app, "keys").split())

    await press(pilot, "p")
    await to_a_question(pilot, app)
    assert "predict" in named()
    assert "o fold" not in named()  # here it means the scenario's own questions
    assert "3 calls" not in named()  # a choice
    await press(pilot, "tab")  # to a pane: all is as usual there, but for what moves the walk
    await until(pilot, lambda: "3 calls" in named())
    assert "step" not in named()
    await press(pilot, "space", *right_keys(asked_now(app)))
    await until(pilot, lambda: is_told(app))
    assert named() == "l 中文 ? keys"
    await press(pilot, "tab")
    await until(pilot, lambda: "q quit" in named())
    await press(pilot, "space", "q")  # q closes the outcome, so the bar does not name it
    assert not is_told(app)
    assert "q quit" in named()
    assert "step" in named()


@scene
async def how_it_is_used_is_remembered_and_stands_on_the_screen(
    pilot: Pilot[Any], app: WalkthroughApp
) -> None:
    await press(pilot, "p")
    await to_a_question(pilot, app)
    await press(pilot, "h", "escape")
    assert app.preferences.classroom
    part_of(app)._reviewed = len(session_of(app).score)
    await press(pilot, "p")
    part_of(app)._session = None  # another walk
    app.walk.action_perform("predict_own")  # from the palette: no question has to be open for it
    await press(pilot, "p")
    assert session_of(app).modes == QuizModes(classroom=True, own_only=True)
    assert "· classroom  · own questions only" in text_of(app, "predict-bar")
    app.walk.action_perform("predict_own")
    assert session_of(app).modes == QuizModes(classroom=True)
    assert "own questions only" not in text_of(app, "predict-bar")
    await to_a_question(pilot, app)
    title = app.walk.query_one("#predict-box").border_title or ""
    assert "· classroom ·" in title


async def test_a_wrong_answer_is_told_with_the_right_one_and_why() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "p")
        asked = await to_a_question(pilot, app)
        await press(pilot, *wrong_keys(asked))
        found = box_of(app)
        assert found.index("✗ Not quite: ") < found.index("✓ It is: resolveAddrList")
        assert "which family it needs" in found
        await press(pilot, "enter")
        assert session_of(app).score.total() == (0, 1)
        assert "✗ you said" in text_of(app, "predict-bar")


async def test_arrows_and_enter_answer_and_a_key_that_closes_the_outcome_does_nothing_else() -> (
    None
):
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "p")
        asked = await to_a_question(pilot, app)
        assert asked.right is not None
        await press(pilot, *["down"] * asked.right, "up", "down", "enter")
        assert session_of(app).score.total() == (1, 1)
        assert app.walk.status.index == 2
        for key in ("space", "n", "h", "1", "p", "q", "left"):
            assert is_told(app), key
            await press(pilot, key)
            assert not is_told(app), key
            assert app.screen is app.walk, key
            assert app.walk.status.index == 2, key
            assert app.walk.has_class("-predicting"), key
            assert not is_asking(app), key
            part_of(app)._asking.reveal(session_of(app).score.all()[0], session_of(app))
            await pilot.pause()
        await press(pilot, "enter", "space")
        assert is_asking(app)
        await press(pilot, "escape")
        assert session_of(app).score.count(AnswerOutcome.SKIPPED) == 1
        assert app.walk.status.index == 3
        assert not is_told(app)
        await press(pilot, "left")
        assert app.walk.status.index == 2
        assert "· skipped" in text_of(app, "predict-bar")
        assert "none at all" in text_of(app, "predict-bar")


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_digit_and_enter_in_one_go_answer_and_leave_the_outcome_to_be_read(
    language: str,
) -> None:
    app = replay(language=language)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "p")
        asked = await to_a_question(pilot, app)
        assert catalogue(language)(HINTS[QuizModes()], count=len(asked.options)) in str(
            app.walk.query_one(QuizBox).border_subtitle
        )
        digit, other = right_keys(asked)[0], wrong_keys(asked)[0]
        type_at_once(app, other)
        await until(pilot, lambda: f"> {other})" in box_of(app))
        assert is_asking(app), "a digit marks, no more"
        assert len(session_of(app).score) == 0
        type_at_once(app, f"9{digit}\r")
        await until(pilot, lambda: is_told(app))
        await pilot.pause()
        assert is_told(app), "the Enter that answered does not close it"
        assert session_of(app).score.total() == (1, 1)
        assert app.walk.status.index == 2
        type_at_once(app, "\r")
        await until(pilot, lambda: not is_told(app))


async def test_of_two_keys_in_one_go_the_first_closes_the_outcome_and_the_second_does_its_own() -> (
    None
):
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "p")
        asked = await to_a_question(pilot, app)
        type_at_once(app, f"{right_keys(asked)[0]}\rn\x1b[D")
        await until(pilot, lambda: not is_told(app) and app.walk.status.index == 1)
        assert session_of(app).score.total() == (1, 1)
        assert not is_asking(app)


async def test_answers_are_handed_on_and_what_was_skipped_is_not() -> None:
    answers: list[Answered] = []

    class Kept(Progress):
        def record(self, answer: Answered) -> None:
            answers.append(answer)
            super().record(answer)

    app = replay(progress=Kept())
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "p")
        first = await to_a_question(pilot, app)
        await press(pilot, *right_keys(first), "enter")
        await to_a_question(pilot, app)
        await press(pilot, "escape")
        third = await to_a_question(pilot, app)
        await press(pilot, *wrong_keys(third), "enter")
        assert app.walk.history is not None
        scenario = app.walk.history.header.scenario
    assert answers == [
        QuizAnswer(scenario, "next-stage:first", QuestionKind.STAGE, True),
        QuizAnswer(scenario, third.name, third.kind, False),
    ]
    assert app.progress.known.times_right() == {"next-stage:first": 1}
    assert app.learned.right("next-stage:first") == 1
    assert app.learned.right(third.name) == 0


@scene
async def going_back_shows_what_was_answered_and_never_asks_again(
    pilot: Pilot[Any], app: WalkthroughApp
) -> None:
    await press(pilot, "p")
    first = await to_a_question(pilot, app)
    await press(pilot, *wrong_keys(first), "enter")
    second = await to_a_question(pilot, app)
    await press(pilot, *right_keys(second), "enter")
    await press(pilot, "left", "left")
    assert app.walk.status.index == first.index
    bar = text_of(app, "predict-bar")
    assert "✗ you said" in bar
    assert "It is: resolveAddrList" in bar
    await press(pilot, "space")
    assert not is_asking(app)
    assert app.walk.status.index == second.index
    await press(pilot, "space")
    assert not is_asking(app)
    assert session_of(app).score.total() == (1, 2)


@scene
async def a_question_left_by_going_back_is_asked_again(
    pilot: Pilot[Any], app: WalkthroughApp
) -> None:
    await press(pilot, "p")
    asked = await to_a_question(pilot, app)
    await press(pilot, "left")
    assert not app.walk.has_class("-asking")
    assert app.walk.status.index < asked.index
    await press(pilot, "space")
    assert not is_asking(app)
    await press(pilot, "space")
    assert asked_now(app) == asked


@scene
async def what_moves_on_is_held_while_something_is_asked_or_told(
    pilot: Pilot[Any], app: WalkthroughApp
) -> None:
    await press(pilot, "p")
    asked = await to_a_question(pilot, app)
    for action in ("step", "next_stage", "run", "step"):  # as autoplay does
        app.walk.action_perform(action)
    await pilot.pause()
    assert app.walk.status.index == 1
    await press(pilot, *right_keys(asked))
    app.walk.action_perform("step")
    await pilot.pause()
    assert app.walk.status.index == 2
    assert is_told(app)


async def test_what_plays_by_itself_waits_for_the_answer_and_plays_on() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "p", "t")
        presenting = next(
            part for part in app.walk.controllers if isinstance(part, PresentationController)
        )
        assert presenting.playing
        for _ in range(4):
            presenting._play_on()
        await pilot.pause()
        asked = asked_now(app)
        assert app.walk.status.index == asked.index == 1
        await press(pilot, *right_keys(asked))
        presenting._play_on()
        await pilot.pause()
        assert is_told(app)
        assert app.walk.status.index == 2
        await press(pilot, "enter")
        presenting._play_on()
        await pilot.pause()
        assert is_asking(app)
        assert presenting.playing


async def test_it_asks_while_presenting() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "P", "B", "p")
        asked = await to_a_question(pilot, app)
        shown = [
            pane
            for pane in ("source", "kernel", "sequence", "calls", "path")
            if app.walk.query_one(f"#{pane}").region.area
        ]
        assert len(shown) == 2
        assert not app.walk.query_one("#caption").display
        assert app.walk.query_one("#predict-box").size.height >= 5
        await press(pilot, *right_keys(asked), "enter")
        assert app.walk.query_one("#caption").display
        await to_a_question(pilot, app)
        await press(pilot, "P")
        await until(pilot, lambda: app.walk.has_class("-giving-way"))
        assert app.walk.query_one("#path").region.area


async def test_next_stage_and_run_stop_at_the_next_question() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "p", "n")
        assert asked_now(app).index == app.walk.status.index == 1
        await press(pilot, "escape", "n")
        assert asked_now(app).index == 2
        await press(pilot, "escape")
        course = QuestionGenerator(history_of(EVENTS), plan=planned())
        course.read_to(len(EVENTS), len(EVENTS))
        for expected in [*course.settled_between(3, len(EVENTS))]:
            await press(pilot, "r")
            assert asked_now(app).id == expected.id
            assert app.walk.history is not None
            assert app.walk.status.index == app.walk.history.step_end(expected.index)
            await press(pilot, "1", "enter", "enter")
        await press(pilot, "r")
        assert app.walk.status.at_edge


@scene
async def jumping_passes_questions_over_and_does_not_ask(
    pilot: Pilot[Any], app: WalkthroughApp
) -> None:
    await press(pilot, "p")
    asked = await to_a_question(pilot, app)
    await press(pilot, *right_keys(asked), "enter", "end")
    assert app.walk.status.at_edge
    await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
    view = app.screen.query_one(ClickableList)
    shown = "\n".join(
        "".join(piece.text for piece in view.row(n)) for n in range(view.virtual_size.height)
    )
    course = QuestionGenerator(history_of(EVENTS), plan=planned())
    course.read_to(len(EVENTS), len(EVENTS))
    count = len([*course.settled_between(-1, len(EVENTS))])
    assert f"passed over unasked: {count - 1}" in shown
    assert "1 of 1 right" in shown


async def test_the_review_lists_what_to_look_at_again_and_goes_there() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "p")
        first = await to_a_question(pilot, app)
        await press(pilot, *wrong_keys(first), "enter")
        second = await to_a_question(pilot, app)
        await press(pilot, "escape")
        third = await to_a_question(pilot, app)
        await press(pilot, *right_keys(third), "enter", "R")
        view = app.screen.query_one(ClickableList)
        shown = "\n".join(
            "".join(piece.text for piece in view.row(n)) for n in range(view.virtual_size.height)
        )
        assert "1 of 2 right" in shown
        assert "next stage: 1 of 2" in shown
        assert "skipped: 1" in shown
        assert shown.index(str(first.ask)[:30]) < shown.index(str(second.ask)[:30])
        assert str(third.ask)[:30] not in shown
        await press(pilot, "down", "enter")
        assert app.screen is app.walk
        assert app.walk.status.index == second.sight
        await press(pilot, "R")
        view = app.screen.query_one(ClickableList)
        lines = [view.render_line(y).text for y in range(view.size.height)]
        line = next((y for y, text in enumerate(lines) if str(first.ask)[:30] in text), -1)
        await pilot.click(ClickableList, offset=(8, line + 1))
        await pilot.pause()
        assert app.walk.status.index == first.sight
        await press(pilot, "R", "escape")
        assert app.walk.status.index == first.sight


@scene
async def leaving_with_answers_shows_the_review_once(
    pilot: Pilot[Any], app: WalkthroughApp
) -> None:
    await press(pilot, "p", "p")
    assert app.screen is app.walk
    assert app.walk.query_one("#timeline").display
    await press(pilot, "p")
    asked = await to_a_question(pilot, app)
    await press(pilot, *right_keys(asked), "enter", "p")
    assert isinstance(app.screen, ReviewScreen)
    await press(pilot, "escape")
    assert not app.walk.has_class("-predicting")
    await press(pilot, "p", "p")
    assert app.screen is app.walk
    await press(pilot, "p", "left", "space")  # what was answered stays answered
    assert not is_asking(app)
    assert session_of(app).score.total() == (1, 1)


@scene
async def an_audience_calls_out_and_nobody_is_scored(
    pilot: Pilot[Any], app: WalkthroughApp
) -> None:
    await press(pilot, "p")
    first = await to_a_question(pilot, app)
    await press(pilot, "h")
    assert "classroom" in (app.walk.query_one("#predict-box").border_title or "")
    assert "> " not in box_of(app)
    await press(pilot, "enter")
    assert f"✓ It is: {str(first.came) if first.came else ''}" in box_of(app)
    second = await to_a_question(pilot, app)
    await press(pilot, wrong_keys(second)[0])  # what most of them called
    assert is_asking(app)
    await press(pilot, "enter")
    assert "The audience said: " in box_of(app)
    await press(pilot, "enter")
    score = session_of(app).score
    assert score.total() == (0, 0)
    assert score.count(AnswerOutcome.CLASSROOM) == 2
    third = await to_a_question(pilot, app)
    await press(pilot, "h", *right_keys(third))
    assert score.total() == (1, 1)


@scene
async def by_mouse(pilot: Pilot[Any], app: WalkthroughApp) -> None:
    await press(pilot, "p")
    asked = await to_a_question(pilot, app)
    box = app.walk.query_one(QuizBox)
    assert asked.right is not None
    line = next(
        y for y in range(box.size.height) if f" {asked.right + 1}) " in box.render_line(y).text
    )
    await pilot.click(box, offset=(8, line + 1), times=2)
    await pilot.pause()
    assert session_of(app).score.total() == (1, 1)
    assert is_told(app), "nobody has read it by the second of two clicks"
    await pilot.click(box, offset=(12, 2))
    await pilot.pause()
    assert not app.walk.has_class("-asking")
    await pilot.click("#predict-bar")
    await pilot.pause()
    assert isinstance(app.screen, ReviewScreen)
    await press(pilot, "escape")
    bar = text_of(app, "keys")
    await pilot.click("#keys", offset=(bar.index("predict"), 0))
    await pilot.pause()
    assert not app.walk.has_class("-predicting")


async def test_an_audience_is_shown_what_came_by_a_second_click() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "p")
        await to_a_question(pilot, app)
        await press(pilot, "h")
        mouse = Mouse(pilot)
        await mouse.click_text("  2) ", nth=0)
        assert is_asking(app)
        assert "> 2" in box_of(app)
        await mouse.click_text("> 2) ")
        assert "The audience said: " in box_of(app) or "✓" in box_of(app)
        assert session_of(app).score.total() == (0, 0)


def test_the_keys_on_its_border_fit_the_smallest_terminal() -> None:
    for hint in HINTS.values():
        for tr in (EN, ZH):
            assert cell_width(tr(hint, count=5)) <= 60 - 2 * BORDER - 2


async def test_the_keys_on_its_border_can_be_clicked() -> None:
    app = replay()
    async with app.run_test(size=(60, 16)) as pilot:
        for size, language in (((60, 16), "en"), ((80, 24), "zh")):
            await resize(pilot, size)
            await speak(pilot, language)
            part_of(app)._session, part_of(app)._reviewed = None, 0
            app.preferences.classroom = app.preferences.own_only = False
            app.walk.move_to(0)
            tr = catalogue(language)
            await press(pilot, "p")
            _, skip, classroom, own, off = tr(HINTS[QuizModes()]).split(" · ")
            show, _, alone, _ = tr(HINTS[QuizModes(classroom=True)]).split(" · ")
            asked, mouse = await to_a_question(pilot, app), Mouse(pilot)
            await mouse.click_text(classroom)
            assert session_of(app).modes.classroom
            await mouse.click_text(alone)
            assert not session_of(app).modes.classroom
            await mouse.click_text(skip)
            assert session_of(app).score.count(AnswerOutcome.SKIPPED) == 1
            assert app.walk.status.index > asked.index
            await to_a_question(pilot, app)
            await press(pilot, "h", "1")
            await mouse.click_text(show)
            assert not is_asking(app)
            await press(pilot, "enter")
            await to_a_question(pilot, app)
            await press(pilot, "h")
            await mouse.click_text(own)
            assert session_of(app).modes.own_only
            assert not is_asking(app)
            await press(pilot, "p")
            await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
            await press(pilot, "escape", "p")
            session_of(app).modes = QuizModes()
            await to_a_question(pilot, app)
            await mouse.click_text(off)
            assert not app.walk.has_class("-predicting")


async def test_on_the_smallest_screens_all_choices_and_some_source_are_in_sight() -> None:
    app = replay()
    sizes = [(60, 16), (80, 18), (99, 22), (60, 23), (80, 24)]
    async with app.run_test(size=sizes[0]) as pilot:
        for size, language in zip(sizes, cycle(["en", "zh"]), strict=False):
            await resize(pilot, size)
            await speak(pilot, language)
            part_of(app)._session, part_of(app)._reviewed = None, 0
            app.walk.move_to(0)
            await press(pilot, "p")
            asked = await to_a_question(pilot, app)
            await pilot.pause()
            box, panes = app.walk.query_one(QuizBox), app.walk.query_one("#panes").region
            assert box.virtual_size.height == box.size.height
            assert box_of(app).count("> 1) ") == 1
            assert f" {len(asked.options)}) " in box_of(app)
            lines = app.walk.query_one("#source-lines")
            assert lines.size.height >= 3
            for pane in app.walk.query("#panes > *"):
                assert not pane.display or panes.contains_region(pane.region), pane.id
            await press(pilot, "escape")
            assert app.walk.query_one("#kernel").region.height > 3
            assert app.walk.query_one("#keys").region.height == 1
            part_of(app)._reviewed = len(session_of(app).score)
            await press(pilot, "p")


async def test_only_the_scenarios_own_questions_are_asked_where_that_is_wanted() -> None:
    app = replay(recorded("accept-parks"), own=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "p")
        first = await to_a_question(pilot, app)
        assert first.kind is not QuestionKind.SCENARIO
        at = app.walk.status.index
        await press(pilot, "o")
        assert not is_asking(app)
        assert session_of(app).score.of(first.id) is None
        assert app.walk.status.index > at  # the step that was held back
        assert "· own questions only" in text_of(app, "predict-bar")
        asked = [(await to_a_question(pilot, app, "r")).id]
        await press(pilot, "h")
        assert EN(HINTS[QuizModes(classroom=True, own_only=True)]) in str(
            app.walk.query_one("#predict-box").border_subtitle
        )
        await press(pilot, "h", "escape", "r")
        asked.append(asked_now(app).id)
        assert asked == ["accept-parks.returns", "accept-parks.who"]
        await press(pilot, "o", "escape")
        third = await to_a_question(pilot, app, "r")
        assert third.kind is not QuestionKind.SCENARIO


async def test_a_click_that_brings_the_keys_back_presses_none_of_them() -> None:
    app = replay()
    async with app.run_test(size=(60, 16)) as pilot:
        await press(pilot, "p")
        await to_a_question(pilot, app)
        box, mouse = app.walk.query_one(QuizBox), Mouse(pilot)
        await press(pilot, "tab")
        assert app.focused is not box
        for x in range(box.region.x, box.region.right - 1, 3):
            await mouse.click(x, box.region.bottom - 1)
            assert app.focused is box
            assert is_asking(app)
            await press(pilot, "tab")


async def test_a_click_that_closes_the_box_leaves_no_keys_in_it() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "p")
        asked = await to_a_question(pilot, app)
        box, mouse = app.walk.query_one(QuizBox), Mouse(pilot)
        await press(pilot, *right_keys(asked), "tab")
        assert is_told(app)
        assert app.focused is not box
        await mouse.click(*box.region.center)
        await pilot.pause()
        assert not is_told(app)
        assert app.focused is not box


async def test_the_keys_can_be_lent_to_a_pane_and_come_back() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "p")
        asked = await to_a_question(pilot, app)
        await press(pilot, "tab")
        assert EN("Space comes back to the question") in str(
            app.walk.query_one("#predict-box").border_subtitle
        )
        await press(pilot, "3")
        assert app.walk.query_one("#calls").has_focus
        assert is_asking(app)
        await press(pilot, "space")
        assert app.walk.query_one("#predict-box").has_focus
        assert app.walk.status.index == asked.index
        await press(pilot, *right_keys(asked), "enter")
        assert app.walk.query_one("#calls").has_focus


async def test_the_language_changes_in_the_middle_of_a_question() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "p")
        asked = await to_a_question(pilot, app)
        await press(pilot, "l")
        assert "八个阶段里" in box_of(app)
        assert ZH(KINDS[QuestionKind.STAGE]) in (
            app.walk.query_one("#predict-box").border_title or ""
        )
        await press(pilot, *right_keys(asked))
        assert "✓ 答对了：resolveAddrList" in box_of(app)
        await press(pilot, "l")
        assert "✓ Right: resolveAddrList" in box_of(app)
        await press(pilot, "enter", "l")
        assert "答对 1" in text_of(app, "predict-bar")


async def test_notes_and_the_timeline_wait_until_predict_mode_is_left() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        app.walk.move_to(index_of(EVENTS, FunctionEntered, "net.setDefaultSockopts"))
        await pilot.pause()
        noted = "accept queue, whose length"
        before = " ".join("".join(rows_of(app, "source-lines")).replace("│", "").split())
        assert noted in before
        await press(pilot, "p")
        assert "accept queue" not in "".join(rows_of(app, "source-lines"))
        await press(pilot, "7")
        assert [note.message for note in app._notifications] == [
            EN("The timeline shows what is to come: leave predict mode (p) to see it.")
        ]
        await press(pilot, "p")
        after = " ".join("".join(rows_of(app, "source-lines")).replace("│", "").split())
        assert after == before


async def test_zoomed_shrunk_and_grown_it_still_asks() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "p", "2", "z")
        asked = await to_a_question(pilot, app)
        assert app.walk.query_one("#source").size.width > 100
        assert app.walk.query_one("#predict-box").size.height > 5
        for size in ((80, 24), (60, 16), (40, 10), (250, 70), (100, 26), (120, 40)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            if size[0] >= 60:
                box = app.walk.query_one(QuizBox)
                assert box.size.height >= 4
                widths = {box.render_line(y).cell_length for y in range(box.size.height)}
                assert widths == {box.size.width}
        await press(pilot, *right_keys(asked))
        assert session_of(app).score.total() == (1, 1)


async def test_nothing_to_ask_is_no_harm() -> None:
    app = replay(History(HEADER))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "p", "space", "n", "r", "R", "escape", "p")
        assert app.screen is app.walk
