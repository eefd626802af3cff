"""Questions of what comes next, over every recording and over events that make no sense."""

import string
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.quiz_checks import check_against, check_form, steps_of
from tests.support.recordings import shared_history
from tests.support.revised_calls import called
from tests.support.strategies import event_lists
from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.messages import Message
from walkthrough.model.events import (
    FORMAT_OF_REVISIONS,
    AnyEvent,
    Header,
    ProcessStarted,
    RevisedCall,
    StagesRevised,
)
from walkthrough.model.stages import Stage
from walkthrough.quiz import explanations, texts, wrong_calls, wrong_results, wrong_stages
from walkthrough.quiz.base import TraceQuestion, offered, right_of
from walkthrough.quiz.generator import ROOM, QuestionGenerator
from walkthrough.quiz.question import QuestionKind, QuizQuestion
from walkthrough.quiz.wrong_choice import WrongChoice
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.checks.questions import QuestionCheck
from walkthrough.state.history import History
from walkthrough.state.triggers import PointKind, PointWatcher

NAMES = scenarios.names()
FOUND_IN_ALL = {QuestionKind.STAGE, QuestionKind.CALL}


def whole(history: History, name: str = "") -> tuple[QuestionGenerator, list[QuizQuestion]]:
    own = scenarios.load_lesson(scenarios.find(name)).question if name else ()
    course = QuestionGenerator(history, own)
    course.read_to(len(history), len(history))
    return course, list(course.settled_between(-1, len(history)))


@pytest.mark.parametrize("name", NAMES)
def test_every_question_of_a_recording_is_sound(name: str) -> None:
    history = shared_history(name)
    _, asked = whole(history, name)
    landings = set(steps_of(history))
    for each in asked:
        check_form(each)
        assert history.step_end(each.index) in landings
        if each.kind is not QuestionKind.SCENARIO:
            check_against(history, each)
    assert len({each.id for each in asked}) == len(asked)
    assert {each.kind for each in asked} >= FOUND_IN_ALL


@pytest.mark.parametrize("name", NAMES)
def test_the_scenarios_own_questions_are_all_asked_at_their_points(name: str) -> None:
    history = shared_history(name)
    own = scenarios.load_lesson(scenarios.find(name)).question
    _, asked = whole(history, name)
    at = {each.id: each.index for each in asked if each.kind is QuestionKind.SCENARIO}
    assert at.keys() == {question.id for question in own}
    for question in own:
        first = next(
            index
            for index in range(len(history))
            if PointWatcher().due(
                question.point,
                history.world(index),
                () if (event := history.event(index)).quiet else (event,),
            )
        )
        assert at[question.id] == history.step_start(first)
        if question.point.kind in (PointKind.BEFORE, PointKind.AFTER):
            assert not history.event(first).quiet
    judge = QuestionCheck(own)
    for index in range(len(history)):
        judge.fold(history.event(index))
    assert not list(judge.mistakes())


@pytest.mark.parametrize("name", NAMES)
def test_questions_leave_room_for_the_scenarios_own(name: str) -> None:
    history = shared_history(name)
    _, asked = whole(history, name)
    order = {landing: number for number, landing in enumerate(steps_of(history))}
    own = [
        order[history.step_end(each.index)] for each in asked if each.kind is QuestionKind.SCENARIO
    ]
    for each in asked:
        if each.kind not in (QuestionKind.SCENARIO, QuestionKind.STAGE):
            step = order[history.step_end(each.index)]
            assert not any(0 <= step - asks < ROOM for asks in own), each


@pytest.mark.parametrize("name", NAMES)
def test_a_question_is_the_same_whenever_it_is_read(name: str) -> None:
    history = shared_history(name)
    _, at_once = whole(history, name)
    course = QuestionGenerator(history, scenarios.load_lesson(scenarios.find(name)).question)
    seen: list[QuizQuestion] = []
    for landing in steps_of(history):
        course.read_around(landing)
        seen += course.settled_at(course.step_of(landing))
    assert seen == at_once


def test_the_right_choice_stands_anywhere() -> None:
    places: Counter[int] = Counter()
    for name in NAMES:
        for each in whole(shared_history(name), name)[1]:
            if (
                each.kind in (QuestionKind.STAGE, QuestionKind.CALL, QuestionKind.BLOCK)
                and each.right is not None
            ):
                places[each.right] += 1
    assert set(places) == {0, 1, 2, 3}
    assert max(places.values()) < 0.4 * places.total()


def test_a_long_accept_loop_is_not_asked_about_over_and_over() -> None:
    for name in ("burst", "many-connections", "control-hook"):
        _, asked = whole(shared_history(name), name)
        assert max(Counter(str(each.ask) for each in asked).values()) <= 2
        assert len(asked) <= 35


def test_a_walk_asks_about_everything_there_is() -> None:
    kinds = {each.kind for name in NAMES for each in whole(shared_history(name), name)[1]}
    assert kinds == set(QuestionKind)


@given(event_lists(40))
@settings(max_examples=150)
def test_events_that_make_no_sense_do_no_harm(events: list[AnyEvent]) -> None:
    history = History.of(Header(), events)
    course, asked = whole(history)
    for each in asked:
        assert each.right is not None
        assert len({option.key for option in each.options}) == len(each.options)
    course.before_connect()
    course.end()
    for index in range(len(history)):
        course.read_around(index)
        course.open_at(course.step_of(index))


@given(st.sampled_from(NAMES), st.data())
@settings(max_examples=60)
def test_a_walk_cut_short_asks_nothing_else(name: str, data: st.DataObject) -> None:
    history = shared_history(name)
    _, asked = whole(history, name)
    end = data.draw(st.integers(1, len(history)))
    part = History.of(history.header, [history.event(index) for index in range(end)])
    known = {each.id: each for each in asked}
    for each in whole(part, name)[1]:
        if each.kind is not QuestionKind.SCENARIO:
            assert each == known[each.id]


class _Numbers(TraceQuestion):
    kind = QuestionKind.QUEUE
    name = "numbers"
    ask = Message("?")
    numeric = True


@given(st.lists(st.integers(0, 99), min_size=1, max_size=8, unique=True), st.integers(0, 99))
def test_what_came_is_among_the_choices_and_nothing_twice(offers: list[int], came: int) -> None:
    from walkthrough.quiz.question import QuizOption

    made = _Numbers()
    made.options = tuple(QuizOption(str(n), str(n)) for n in offers)
    option = QuizOption(str(came), str(came))
    chosen = offered(made, option, "seed")
    keys = [each.key for each in chosen]
    assert right_of(chosen, str(came)) is not None
    assert len(keys) == len(set(keys)) <= 4
    assert keys == sorted(keys, key=int)
    made.numeric = False
    assert offered(made, option, "seed") == offered(made, option, "seed")


def all_words() -> list[tuple[str, Message]]:
    """Return every sentence of the made questions, with its name."""
    found: list[tuple[str, Message]] = []
    for module in (texts, explanations, wrong_calls, wrong_results, wrong_stages):
        for name, value in vars(module).items():
            several = value.items() if isinstance(value, dict) else [("", value)]
            for key, each in several:
                said = each.why if isinstance(each, WrongChoice) else each
                if isinstance(said, Message):
                    found.append((f"{name} {key}".strip(), said))
    return found


def test_the_words_are_all_there_and_take_the_same_fields() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    found = all_words()
    assert len(found) > 200
    for name, each in found:
        chinese = catalogue("zh")(each)
        assert chinese, name
        assert fields(each.id) == fields(chinese), name
        assert each.id[-1] not in ",;", name
        assert not any(mark in chinese for mark in "?!;"), name


@pytest.mark.live
@pytest.mark.skipif(sys.platform != "linux", reason="the servers need Linux")
@pytest.mark.parametrize(
    "name",
    ["first-connection", "accept-parks", "port-in-use", "burst", "udp", "dial", "backlog-full"],
)
def test_the_instrumented_server_is_asked_about_as_well(name: str, tmp_path: Path) -> None:
    file = tmp_path / "recording.jsonl"
    command = [
        sys.executable,
        "-m",
        "walkthrough",
        "record",
        name,
        "--server",
        "python",
        "-o",
        str(file),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=90)
    history = History.load(load(file))
    _, asked = whole(history, name)
    own = scenarios.load_lesson(scenarios.find(name)).question
    assert {each.id for each in asked} >= {question.id for question in own}
    assert len(asked) > 8
    for each in asked:
        check_form(each)
        if each.kind is not QuestionKind.SCENARIO:
            check_against(history, each)


def test_what_is_next_is_judged_again_where_a_call_turns_out_to_be_of_a_stage() -> None:
    history = History(Header(format=FORMAT_OF_REVISIONS))
    course = QuestionGenerator(history)
    history.append(ProcessStarted(seq=0, time_ns=0, pid=1))
    for event in called("socket", 1, Stage.SYS_SOCKET):
        history.append(event)
    course.read_to(2, 10)
    (asked,) = course.open_at(course.step_of(2))
    asked = course.freeze(asked.id, asked.index)
    keys = [option.key for option in asked.options]
    assert {"setDefaultSockopts", "bind"} <= set(keys)
    for event in (*called("setsockopt", 3, None), *called("bind", 5, Stage.BIND)):
        history.append(event)
    course.read_to(6, 10)
    judged = course.known(asked.id)
    assert judged is not None
    assert judged.right == keys.index("bind")
    revised = RevisedCall(3, Stage.SET_DEFAULT_SOCKOPTS, mark="setDefaultSockopts")
    history.append(StagesRevised(seq=7, time_ns=7, calls=(revised,)))
    course.read_to(7, 10)
    judged = course.known(asked.id)
    assert judged is not None
    assert [option.key for option in judged.options] == keys, "as they were asked"
    assert (judged.right, judged.shown) == (keys.index("setDefaultSockopts"), 3)
    names = [each.name for each in course.settled_between(0, 7)]
    names += [each.name for each in course.open_at(7)]
    whole_walk = QuestionGenerator(history)
    whole_walk.read_to(7, 10)
    assert sorted(names) == sorted(
        each.name for each in (*whole_walk.settled_between(0, 7), *whole_walk.open_at(7))
    )
