"""Keys pressed before the server has said that it stands: none is lost, and not too many wait."""

import sys
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.feeds import FakeFeed
from tests.support.need import need
from tests.support.quiz_screen import Server, is_asking, part_of
from tests.support.quiz_screen import live as predicted
from tests.support.records import HEADER, first_connection, index_of
from tests.support.screen import (
    come_to,
    halted_at,
    live,
    presenting,
    press,
    speak,
    text_of,
    type_at_once,
    until,
)
from tests.support.screen import until as until_live
from walkthrough.capture.workers.live_feed import LiveFeed
from walkthrough.i18n.catalogue import catalogue
from walkthrough.lesson.lesson import lesson_for
from walkthrough.model.events import CallReturned
from walkthrough.model.protocol import (
    ActCommand,
    ActionOffered,
    AnyCommand,
    CaptureFailed,
    CaptureFinished,
    Line,
    NextActCommand,
    NextChangeCommand,
    NextStageCommand,
    PauseCommand,
    RunCommand,
    ServerHalted,
    ServerRunning,
    StepCommand,
)
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.panes.timeline.pane import TimelinePane
from walkthrough.tui.screens import walk as walk_module
from walkthrough.tui.screens.help import HelpScreen
from walkthrough.tui.screens.live_session import GREETING
from walkthrough.tui.screens.status import WalkMode
from walkthrough.tui.screens.typeahead import MOST

EN = catalogue("en")
ZH = catalogue("zh")


EVENTS = first_connection()
START = 9
LISTENING = index_of(EVENTS, CallReturned, "listen") + 1


async def stands(pilot: Pilot[None], app: WalkthroughApp, index: int) -> None:
    await until(
        pilot,
        lambda: app.walk.status.index == index and app.walk.status.mode is WalkMode.HALTED,
    )


async def halt(pilot: Pilot[None], app: WalkthroughApp, feed: FakeFeed) -> None:
    """Let the server come to its next event and stand there."""
    history = app.walk.history
    assert history is not None
    at = len(history)
    feed.say(EVENTS[at], ServerHalted(seq=at))
    await until(pilot, lambda: feed.heard and app.walk.status.index == at)


def said(app: WalkthroughApp) -> list[str]:
    return [note.message for note in app._notifications]


async def test_each_space_typed_at_one_go_is_one_step_but_not_of_a_key_that_is_held_down() -> None:
    feed = halted_at(START)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await stands(pilot, app, START)
        type_at_once(app, "    ")
        await pilot.pause()
        for count in (1, 2, 3, 4):
            assert feed.sent == [StepCommand()] * count, "the next only once it stands"
            await halt(pilot, app, feed)
        assert feed.sent == [StepCommand()] * 4
        assert app.walk.status.index == START + 4
        assert said(app) == []
        type_at_once(app, " " * 100)
        await pilot.pause()
        for _ in range(MOST + 5):
            await halt(pilot, app, feed)
        assert feed.sent == [StepCommand()] * (4 + 1 + MOST), "no more than a few wait"


async def who_turns_back_or_halts_has_the_steps_forgotten(
    app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed
) -> None:
    await come_to(pilot, feed, app.walk.status.last + 1)
    for key in ("escape", "left", "b", "home", "end", "full_stop"):
        feed.sent.clear()
        await press(pilot, "space", "space", "space", key, "end")
        await halt(pilot, app, feed)
        sent = [each for each in feed.sent if each != PauseCommand()]
        assert sent == [StepCommand()], key
        assert app.walk.status.at_edge, key
        await press(pilot, "space")
        assert feed.sent[-1] == StepCommand(), f"it can be stepped as before {key}"
        assert len(feed.sent) == (3 if key == "full_stop" else 2), key
        await halt(pilot, app, feed)


async def what_waits_is_forgotten_once_an_earlier_event_was_clicked(
    app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed
) -> None:
    await come_to(pilot, feed, app.walk.status.last + 1)
    await press(pilot, "space", "space")
    app.walk.move_to(3)
    assert app.walk.status.index == 3
    at = app.walk.status.last + 1
    feed.say(EVENTS[at], ServerHalted(seq=at))
    await until(pilot, lambda: app.walk.status.last == at)
    await press(pilot, "end")
    assert feed.sent == [StepCommand()]


async def different_keys_are_carried_out_in_their_order(
    app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed
) -> None:
    await come_to(pilot, feed, LISTENING - 3)
    await press(pilot, "space", "n", "space", "c", "r")
    assert feed.sent == [StepCommand()]
    await halt(pilot, app, feed)
    assert feed.sent == [StepCommand(), NextStageCommand()]
    await halt(pilot, app, feed)
    assert feed.sent == [StepCommand(), NextStageCommand(), StepCommand()]
    await halt(pilot, app, feed)
    assert feed.sent[3:] == [ActCommand(action="connect"), RunCommand()]
    assert app.walk.status.mode is WalkMode.RUNNING
    await press(pilot, "space")
    assert said(app) == [EN("The server is running; . halts it at the next event.")]
    await press(pilot, "r")
    assert feed.sent[5:] == [PauseCommand()]
    assert app.walk.status.index == LISTENING


async def run_pressed_twice_before_the_server_stands_halts_it_there(
    app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed
) -> None:
    await come_to(pilot, feed, app.walk.status.last + 1)
    await press(pilot, "space", "r")
    await press(pilot, "r")
    await halt(pilot, app, feed)
    assert feed.sent == [StepCommand()]
    await press(pilot, "space", "r")
    await halt(pilot, app, feed)
    assert feed.sent == [StepCommand(), StepCommand(), RunCommand()]


async def a_slow_server_is_waited_for_and_that_is_said(
    app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed
) -> None:
    await come_to(pilot, feed, app.walk.status.last + 1)
    for tr in (EN, ZH):
        await speak(pilot, tr.language)
        feed.sent.clear()
        await press(pilot, "space")
        feed.say(ServerRunning())
        await until(pilot, lambda: app.walk.status.mode is WalkMode.RUNNING)
        await press(pilot, "space")
        assert said(app) == [
            tr("The server is on its way: this waits until it halts. Esc forgets it.")
        ]
        assert feed.sent == [StepCommand()]
        await halt(pilot, app, feed)
        assert feed.sent == [StepCommand(), StepCommand()]
        await halt(pilot, app, feed)


async def run_halts_a_slow_server_and_what_waited_is_forgotten(
    app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed
) -> None:
    await come_to(pilot, feed, app.walk.status.last + 1)
    await press(pilot, "space", "space")
    feed.say(ServerRunning())
    await until(pilot, lambda: "LIVE, running" in text_of(app, "header"))
    await press(pilot, "r")
    assert feed.sent == [StepCommand(), PauseCommand()]
    await halt(pilot, app, feed)
    assert feed.sent == [StepCommand(), PauseCommand()]


async def a_parked_server_ends_the_waiting_and_a_client_does_not_bring_it_back(
    app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed
) -> None:
    await come_to(pilot, feed, LISTENING)
    await press(pilot, "space", "space", "space")
    feed.say(ServerRunning(waiting=True))
    await until(pilot, lambda: app.walk.status.mode is WalkMode.WAITING)
    assert said(app) == [
        EN("The server is parked, nothing to release: let a client act ({keys}).", keys="c")
    ]
    await press(pilot, "c")
    feed.say(*EVENTS[LISTENING + 1 : LISTENING + 3], ServerHalted(seq=LISTENING + 2))
    await stands(pilot, app, LISTENING + 2)
    assert feed.sent == [StepCommand(), ActCommand(action="connect")]


async def test_a_server_on_its_way() -> None:
    """It goes on from where the journey before has left it."""
    feed = halted_at(START)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await stands(pilot, app, START)
        for journey in (
            what_waits_is_forgotten_once_an_earlier_event_was_clicked,
            run_pressed_twice_before_the_server_stands_halts_it_there,
            a_slow_server_is_waited_for_and_that_is_said,
            run_halts_a_slow_server_and_what_waited_is_forgotten,
            different_keys_are_carried_out_in_their_order,
            a_parked_server_ends_the_waiting_and_a_client_does_not_bring_it_back,
            who_turns_back_or_halts_has_the_steps_forgotten,
        ):
            await speak(pilot, "en")
            await journey(app, pilot, feed)


async def keys_of_the_start(
    app: WalkthroughApp, pilot: Pilot[Any], feed: FakeFeed, *keys: str
) -> list[AnyCommand]:
    """Press keys at one go before the server halts first, and let it halt after each step."""
    type_at_once(app, "".join(keys))
    await pilot.pause()
    assert feed.sent == []
    assert set(said(app)) == {
        EN("The server has not started yet: this waits until it halts. Esc forgets it.")
    }
    feed.say(HEADER, *EVENTS[: START + 1], ServerHalted(seq=START))
    await stands(pilot, app, START)
    while isinstance(feed.sent[-1], StepCommand | NextStageCommand | NextChangeCommand):
        before = len(feed.sent)
        await halt(pilot, app, feed)
        if len(feed.sent) == before:
            break
    return feed.sent


CONNECT = ActCommand(action="connect")
CLIENTS_ACTS = ("receive", "half-close", "close", "reset")


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        (
            "nwcsefxX",
            [
                NextStageCommand(),
                NextChangeCommand(),
                CONNECT,
                ActCommand(action="send", data=GREETING),
                *(ActCommand(action=each) for each in CLIENTS_ACTS),
            ],
        ),
        (" cr", [StepCommand(), CONNECT, RunCommand()]),
        ("c" * (MOST + 3), [CONNECT] * MOST),
    ],
)
async def test_keys_pressed_before_the_server_has_started_wait_for_it(
    keys: str, sent: list[AnyCommand]
) -> None:
    feed = FakeFeed()
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.STARTING)
        assert await keys_of_the_start(app, pilot, feed, keys) == sent


async def test_the_scripts_act_pressed_before_the_server_has_started_is_done_or_refused() -> None:
    for due in (True, False):
        feed = FakeFeed()
        app = live(feed)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda app=app: app.walk.status.mode is WalkMode.STARTING)  # type: ignore[misc]
            await press(pilot, "A")
            offer = ActionOffered(action="connect", client=1, due=due, when="after listen")
            feed.say(HEADER, *EVENTS[: START + 1], offer, ServerHalted(seq=START))
            await stands(pilot, app, START)
            assert feed.sent == [NextActCommand()] * due
            refused = [each for each in said(app) if each.startswith("Not due yet")]
            assert len(refused) == (not due)


async def test_what_is_typed_for_the_line_for_clients_is_no_key_of_the_walks() -> None:
    feed = FakeFeed()
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.STARTING)
        await press(pilot, "c", "space", "escape")  # forgotten
        type_at_once(app, "Ccn")
        await pilot.pause()
        assert said(app)[-1] == EN("The line for clients opens once the server is halted.")
        await press(pilot, "question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await press(pilot, "question_mark")
        await until(pilot, lambda: app.screen is app.walk)
        feed.say(HEADER, *EVENTS[: START + 1], ServerHalted(seq=START))
        await stands(pilot, app, START)
        await until(pilot, lambda: isinstance(app.focused, Input))
        assert feed.sent == []


async def test_what_waits_for_a_start_that_fails_is_dropped_and_that_is_said() -> None:
    feed = FakeFeed()
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.STARTING)
        await press(pilot, "c", "space")
        feed.say(CaptureFailed(message="There is no Go."))
        await until(pilot, lambda: app.walk.status.mode is WalkMode.FAILED)
        assert feed.sent == []


async def test_what_a_server_at_rest_waits_for_is_not_kept_waiting_for_its_halt() -> None:
    """It runs and is not parked: one goroutine waits for another, and that one for a client."""
    feed = halted_at(START)
    app = live(feed)
    due = ActionOffered(action="connect", client=1, due=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await stands(pilot, app, START)
        feed.say(due)
        await until(pilot, lambda: app.walk.status.offered == due)
        await press(pilot, "n", "A")
        assert feed.sent == [NextStageCommand()]  # it is on its way, and may not be due any more
        await press(pilot, "escape")
        feed.say(ServerRunning())
        await until(pilot, lambda: app.walk.status.mode is WalkMode.RUNNING)
        assert "LIVE, at rest: a client's act is due (A)" in text_of(app, "header")
        await press(pilot, "n")  # what it would wait for is the user
        assert said(app) == ["Nothing comes from the server: let a client act (A)."]
        await press(pilot, "A")
        assert feed.sent == [NextStageCommand(), NextActCommand()]


@pytest.mark.parametrize(
    ("key", "sent"), [("A", NextActCommand()), ("c", ActCommand(action="connect"))]
)
async def test_an_act_is_not_kept_waiting_behind_a_step_for_which_nothing_comes(
    key: str, sent: AnyCommand
) -> None:
    feed = halted_at(START)
    app = live(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        await stands(pilot, app, START)
        await press(pilot, "n", "n")
        feed.say(ServerRunning(), ActionOffered(action="connect", client=1, due=True))
        await until(pilot, lambda: app.walk.status.act_is_due)
        await press(pilot, key)
        assert feed.sent == [NextStageCommand(), sent]
        await halt(pilot, app, feed)  # and the step that waited is forgotten
        assert feed.sent == [NextStageCommand(), sent]


@pytest.mark.parametrize(
    "end", [CaptureFinished(), CaptureFailed(message="The server was killed.")]
)
async def test_what_waits_for_a_server_that_ends_is_dropped_and_that_is_said(end: Line) -> None:
    feed = halted_at(START)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await stands(pilot, app, START)
        await press(pilot, "space", "space", "space")
        feed.say(EVENTS[START + 1], end)
        await until(pilot, lambda: not app.walk.status.mode.live)
        assert said(app) == [EN("The capture has ended; step back to look at what happened.")]
        assert feed.sent == [StepCommand()]


async def test_a_step_between_an_event_and_its_halt_is_one_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(walk_module, "FRAME", 3600)  # nothing is drawn until it stands
    feed = halted_at(START)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await stands(pilot, app, START)
        await press(pilot, "space")
        feed.say(EVENTS[START + 1])
        await until(pilot, lambda: app.walk.status.last == START + 1)
        assert app.walk.status.index == START
        await press(pilot, "space")
        assert app.walk.status.index == START + 1
        feed.say(ServerHalted(seq=START + 1))
        await until(pilot, lambda: feed.sent == [StepCommand(), StepCommand()])
        assert "event 11/11" in text_of(app, "header")


async def test_a_wheel_turned_before_the_server_stands_releases_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(walk_module, "FRAME", 3600)
    feed = halted_at(START)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await stands(pilot, app, START)
        await press(pilot, "space")
        feed.say(EVENTS[START + 1])
        await until(pilot, lambda: app.walk.status.last == START + 1)
        app.walk.on_timeline_pane_turned(TimelinePane.Turned(1))
        feed.say(ServerHalted(seq=START + 1))
        await stands(pilot, app, START + 1)
        await pilot.pause()
        assert feed.sent == [StepCommand()]


async def test_what_plays_by_itself_lets_no_steps_wait() -> None:
    feed = halted_at(START)
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await stands(pilot, app, START)
        part = presenting(app)
        for _ in range(3):
            part._play_on()
        await halt(pilot, app, feed)
        assert feed.sent == [StepCommand()]
        part._play_on()
        assert feed.sent == [StepCommand(), StepCommand()]


async def test_a_question_comes_before_a_step_that_waited_and_ends_the_waiting() -> None:
    server = Server(upto=3)
    app = predicted(server.feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "p")
        await press(pilot, *["space"] * (1 + MOST))
        if is_asking(app):
            await press(pilot, "escape")
            await press(pilot, *["space"] * MOST)
        released = 0
        while not is_asking(app):
            at = app.walk.status.index
            assert server.obey() == 1, "a step that waited went on to the question"
            released += 1
            await until(pilot, lambda at=at: app.walk.status.index > at)  # type: ignore[misc]
            await pilot.pause()
        assert released < 1 + MOST, "some were left when the question came"
        assert server.obey() == 0
        assert part_of(app)._held == "step"
        await press(pilot, "escape")
        assert server.obey() == 1, "what was held for the question"
        await pilot.pause()
        assert server.obey() == 0, "nothing else waits any more"


@pytest.mark.parametrize("key", ["r", "full_stop"])
async def test_what_predict_mode_runs_is_halted_on_a_slow_machine_too(key: str) -> None:
    server = Server(upto=3)
    app = predicted(server.feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "p", "r")
        while is_asking(app):
            await press(pilot, "escape", "r")
        assert server.feed.sent[-1] == StepCommand()
        before = len(server.feed.sent)
        server.feed.say(ServerRunning())
        await until(pilot, lambda: app.walk.status.mode is WalkMode.RUNNING)
        await press(pilot, key)
        assert server.feed.sent[before:] == [PauseCommand()]
        at = app.walk.status.last
        server.feed.say(EVENTS[at + 1], ServerHalted(seq=at + 1))
        await stands(pilot, app, at + 1)
        await pilot.pause()
        assert server.feed.sent[before:] == [PauseCommand()]


class Overheard(LiveFeed):
    """A live capture that writes down what it is told."""

    def __init__(self) -> None:
        super().__init__("first-connection", "python")
        self.sent: list[AnyCommand] = []

    def send(self, command: AnyCommand) -> None:
        self.sent.append(command)
        super().send(command)


@pytest.mark.live
async def test_a_real_server_makes_as_many_steps_as_were_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need(sys.platform == "linux", "the instrumented server needs Linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    feed = Overheard()
    app = WalkthroughApp(feed=feed, lesson_factory=lesson_for, language="en")
    async with app.run_test(size=(120, 40)) as pilot:
        await until_live(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        history, live = app.walk.history, app.walk.live
        assert history is not None
        assert live is not None
        begun = history.step_start(len(history) - 1)
        type_at_once(app, "     ")
        await until_live(pilot, lambda: len(feed.sent) == 5 and live.ready)
        expected = begun
        for _ in range(5):
            expected = history.step_start(history.next_step(expected))
        assert history.step_start(len(history) - 1) == expected
        assert app.walk.status.at_edge
