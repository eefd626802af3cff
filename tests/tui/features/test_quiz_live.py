"""Predict mode with a live capture that a test plays: asked first, judged when it shows."""

from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from tests.support.feeds import FakeFeed
from tests.support.quiz_screen import (
    EVENTS,
    Server,
    asked_now,
    asking,
    box_of,
    is_asking,
    is_told,
    live,
    part_of,
    right_keys,
    session_of,
    to_a_question,
)
from tests.support.records import HEADER, history_of, index_of
from tests.support.screen import press, text_of, until
from walkthrough.model.events import CallReturned, ClientActed, FunctionEntered
from walkthrough.model.protocol import (
    ActCommand,
    ActionOffered,
    AnyCommand,
    CaptureFinished,
    NextActCommand,
    RunCommand,
    ServerHalted,
    StepCommand,
)
from walkthrough.model.values import Constant
from walkthrough.quiz.question import QuestionKind
from walkthrough.quiz.score import AnswerOutcome
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.quiz.auto_step import ANSWER, AutoStepper
from walkthrough.tui.features.quiz.review import ReviewScreen
from walkthrough.tui.screens.live_session import LiveSession
from walkthrough.tui.screens.status import WalkMode, WalkStatus

DUE = ActionOffered(action="connect", client=1, due=True, left=1)


async def let_go(pilot: Pilot[Any], app: WalkthroughApp, server: Server) -> None:
    """Let the server answer until it has nothing more to do."""

    def arrived() -> bool:
        status = app.walk.status
        return status.index == server.at and status.mode in (WalkMode.HALTED, WalkMode.WAITING)

    for _ in range(200):
        count = server.obey()
        await until(pilot, arrived)
        await pilot.pause()
        if not count:
            return


async def test_live_the_question_comes_first_and_the_server_answers_it() -> None:
    server = Server(upto=1)
    app = live(server.feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "p", "space")
        asked = asked_now(app)
        assert asked.kind is QuestionKind.STAGE
        assert asked.open
        assert server.feed.sent == []
        number = [option.key for option in asked.options].index("resolveAddrList")
        await press(pilot, str(number + 1), "enter")
        assert server.feed.sent == [StepCommand()]
        assert "checked when it happens" in text_of(app, "predict-bar")
        await let_go(pilot, app, server)
        assert "✓ Right: resolveAddrList" in box_of(app)
        assert app.walk.status.index == 2


async def test_live_the_server_is_stepped_until_the_answer_shows() -> None:
    server = Server(upto=index_of(EVENTS, FunctionEntered, "net.setDefaultSockopts") + 1)
    app = live(server.feed, learned=asking("next-stage:setDefaultSockopts"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "p", "n")
        asked = asked_now(app)
        assert str(asked.ask) == "setDefaultSockopts is done. Which stage begins next?"
        at = app.walk.status.index
        number = [option.key for option in asked.options].index("bind")
        await press(pilot, str(number + 1), "enter")
        assert "You said “bind”" in text_of(app, "predict-bar")
        await let_go(pilot, app, server)  # without a key: several events, one after the other
        assert is_told(app)
        assert len(server.feed.sent) > 2
        assert set(map(type, server.feed.sent)) == {StepCommand}
        assert "✗ Not quite: bind" in box_of(app)
        assert "one opens a file" in box_of(app)
        assert "✓ It is: pollServerInit" in box_of(app)
        assert session_of(app).score.total() == (0, 1)
        begins = EVENTS[app.walk.status.index]
        assert isinstance(begins, FunctionEntered)
        assert begins.mark == "pollServerInit"
        sent = len(server.feed.sent)
        await press(pilot, "space")  # closes the outcome, and steps no further
        await pilot.pause()
        assert len(server.feed.sent) == sent
        assert app.walk.status.index > at + 2
        await press(pilot, "space")
        assert len(server.feed.sent) == sent + 1 or is_asking(app)


async def test_live_what_was_no_choice_does_not_count() -> None:
    start = index_of(EVENTS, FunctionEntered, "syscall.Bind")
    entered, returned = EVENTS[start + 1], EVENTS[start + 2]
    assert isinstance(returned, CallReturned)
    feed = FakeFeed(HEADER, *EVENTS[: start + 2], ServerHalted(seq=start + 1))
    app = live(feed, learned=asking("result:bind"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "p", "space")
        assert str(asked_now(app).ask).startswith("bind is being called on descriptor 3")
        await press(pilot, "1", "enter")
        assert entered.seq == start + 1
        refused = CallReturned(
            seq=start + 2,
            time_ns=returned.time_ns,
            thread=returned.thread,
            goroutine=returned.goroutine,
            stage=returned.stage,
            function=returned.function,
            span=returned.span,
            call="bind",
            arguments=returned.arguments,
            result=-1,
            error=Constant("EADDRNOTAVAIL", 99),
        )
        feed.say(refused, ServerHalted(seq=start + 2))
        await until(pilot, lambda: is_told(app))
        assert "– It was -1 EADDRNOTAVAIL" in box_of(app)
        assert "does not count" in box_of(app)
        score = session_of(app).score
        assert score.total() == (0, 0)
        assert score.count(AnswerOutcome.VOID) == 1


async def test_live_next_stage_and_run_step_the_server_up_to_a_question() -> None:
    server = Server(upto=3)
    app = live(server.feed, learned=dict)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "p")
        ids = []
        for key in "nrnrnr":
            await press(pilot, key)
            await let_go(pilot, app, server)
            if not is_asking(app):  # a stage has begun, and nothing is asked there
                assert key == "n" or app.walk.status.mode is WalkMode.WAITING
                continue
            ids.append(asked_now(app).id)
            await press(pilot, "escape")
            await let_go(pilot, app, server)
        assert len(ids) == len(set(ids)) >= 3
        assert all(isinstance(command, StepCommand) for command in server.feed.sent)


async def test_live_run_is_stopped_by_a_second_press() -> None:
    server = Server(upto=3)
    app = live(server.feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "p", "space", "escape")
        await let_go(pilot, app, server)
        sent = len(server.feed.sent)
        await press(pilot, "r")
        if is_asking(app):
            await press(pilot, "escape", "r")
        assert len(server.feed.sent) > sent
        at = app.walk.status.index
        await press(pilot, "r")  # before the server has answered
        server.obey()
        await until(pilot, lambda: app.walk.status.index > at)
        await pilot.pause()
        assert server.obey() == 0
        assert RunCommand() not in server.feed.sent


def test_nothing_is_stepped_past_the_moment_at_which_a_client_is_due() -> None:
    feed, history = FakeFeed(), history_of(EVENTS[:1])
    live, stepper = LiveSession(feed), AutoStepper()
    live.receive(HEADER)

    def halts(offered: ActionOffered | None) -> int:
        """Let the server halt at its next event; return how many steps were asked for so far."""
        live.receive(ServerHalted(seq=len(history) - 1))
        at = len(history) - 1
        status = WalkStatus(WalkMode.HALTED, at, at, offered=offered)
        stepper.go_on(live, history, status, lambda index: None)
        history.append(EVENTS[len(history)])
        return len(feed.sent)

    stepper.begin("run")
    assert [halts(None), halts(replace(DUE, due=False)), halts(DUE), halts(DUE)] == [1, 2, 2, 2]
    stepper.begin("run")  # whoever goes on all the same does
    assert [halts(DUE), halts(DUE), halts(None), halts(DUE)] == [3, 4, 5, 5]


@pytest.mark.parametrize(("goal", "steps"), [("next_stage", 2), (ANSWER, 2), ("run", 4)])
def test_but_for_a_run_it_ends_where_a_goal_is_reached(goal: str, steps: int) -> None:
    feed, history = FakeFeed(), history_of(EVENTS[:1])
    live, stepper = LiveSession(feed), AutoStepper()
    live.receive(HEADER)
    stepper.begin(goal)
    for reached in (1, 1, 2, 2):  # one of the walk's goals had been reached before
        at = len(history) - 1
        live.receive(ServerHalted(seq=at))
        stepper.go_on(live, history, WalkStatus(WalkMode.HALTED, at, at), lambda _: None, reached)
        history.append(EVENTS[len(history)])
    assert len(feed.sent) == steps


@pytest.mark.parametrize(
    ("key", "command"), [("c", ActCommand(action="connect")), ("A", NextActCommand())]
)
async def test_live_the_queue_is_asked_about_before_a_client_connects(
    key: str, command: AnyCommand
) -> None:
    connect = next(event.seq for event in EVENTS if isinstance(event, ClientActed))
    server = Server(upto=connect - 1)
    app = live(server.feed, own=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        server.feed.say(DUE)
        await until(pilot, lambda: app.walk.status.act_is_due)
        await press(pilot, "p", key)
        while asked_now(app).kind is not QuestionKind.QUEUE:  # what is due here comes first
            session_of(app).answer(asked_now(app), None, skip=True)
            part_of(app)._asking.close()
            await press(pilot, key)
        assert server.feed.sent == []
        asked = asked_now(app)
        assert "accept queue holds 0" in str(asked.ask)
        number = [option.key for option in asked.options].index("1")
        await press(pilot, str(number + 1), "enter")
        assert server.feed.sent == [command]
        server.act()
        await until(pilot, lambda: is_told(app))
        assert "✓ Right: 1" in box_of(app)
        assert "from 0 to 1" in box_of(app)


@pytest.mark.parametrize("offer", [replace(DUE, to="127.0.0.1"), replace(DUE, drop_replies=True)])
async def test_live_nothing_is_asked_of_a_client_that_the_script_has_refused(
    offer: ActionOffered,
) -> None:
    connect = next(event.seq for event in EVENTS if isinstance(event, ClientActed))
    server = Server(upto=connect - 1)
    app = live(server.feed, own=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        server.feed.say(offer)
        await until(pilot, lambda: app.walk.status.act_is_due)
        await press(pilot, "p", "A")
        while is_asking(app):  # what is due here, whoever comes
            assert asked_now(app).kind is not QuestionKind.QUEUE
            session_of(app).answer(asked_now(app), None, skip=True)
            part_of(app)._asking.close()
            await press(pilot, "A")
        assert server.feed.sent == [NextActCommand()]


async def test_live_the_scenarios_questions_come_at_their_points() -> None:
    accept = index_of(EVENTS, FunctionEntered, "net.(*netFD).accept")
    server = Server(upto=accept)
    app = live(server.feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "p", "space")
        asked = asked_now(app)
        assert asked.id == "first-connection.accept4"
        assert server.feed.sent == []
        await press(pilot, *right_keys(asked))
        assert "✓ Right: It returns at once with EAGAIN" in box_of(app)
        await let_go(pilot, app, server)
        await press(pilot, "enter")
        ids = [asked.id]
        for _ in range(20):
            await press(pilot, "r")
            await let_go(pilot, app, server)
            if not is_asking(app):
                break
            ids.append(asked_now(app).id)
            await press(pilot, "escape")
            await let_go(pilot, app, server)
        assert "first-connection.handshake" in ids
        assert app.walk.status.mode is WalkMode.WAITING


async def test_live_the_end_voids_what_is_open_and_shows_the_review() -> None:
    server = Server(upto=1)
    app = live(server.feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "p", "space", "1", "enter")
        server.feed.say(CaptureFinished())
        await until(pilot, lambda: app.walk.status.mode is WalkMode.ENDED)
        await until(pilot, lambda: is_told(app))
        assert "does not count" in box_of(app)
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        assert session_of(app).score.count(AnswerOutcome.VOID) == 1


async def test_live_looking_back_asks_what_can_be_answered_by_now() -> None:
    server = Server(upto=30)
    app = live(server.feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "home", "p")
        asked = await to_a_question(pilot, app)
        assert not asked.open
        await press(pilot, *right_keys(asked))
        assert "✓ Right" in box_of(app)
        assert server.feed.sent == []
