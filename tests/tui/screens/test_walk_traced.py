"""A walk through a traced program: what it is is said, nobody is its client, a halt has a limit."""

import pytest
from msgspec.structs import replace

from tests.support.feeds import FakeFeed
from tests.support.records import HEADER, first_connection, history_of, index_of
from tests.support.screen import live, press, replay, speak, text_of, until
from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.messages import message
from walkthrough.model.events import CallReturned, TracedProgram
from walkthrough.model.protocol import (
    CaptureFinished,
    HaltLimitReached,
    NextStageCommand,
    PauseCommand,
    ProgressReported,
    RunCommand,
    ServerChosen,
    ServerHalted,
    ServerRunning,
)
from walkthrough.tui.screens.status import WalkMode, WalkStatus
from walkthrough.tui.widgets.action import Group, works_now
from walkthrough.tui.widgets.actions import ACTIONS
from walkthrough.view.traced_program import TracedWalk

EVENTS = first_connection()
LISTENING = index_of(EVENTS, CallReturned, "listen") + 2
PROGRAM = TracedProgram(path="/srv/bin/shop", origin="attached", attached=(4242,))
TRACED = replace(HEADER, scenario="", command=("./shop",), program=PROGRAM)
CHOSEN = ServerChosen(
    server="", why=message("{program} is a folder: name a program.", program="shop")
)


async def test_it_says_what_is_traced_and_that_its_clients_are_elsewhere() -> None:
    feed = FakeFeed(CHOSEN, ProgressReported(phase="start"))
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "shop is a folder" in text_of(app, "start"))
        assert "Server:" not in text_of(app, "start")
        feed.say(TRACED, ServerRunning(halts=True))
        await until(pilot, lambda: app.walk.status.mode is WalkMode.RUNNING)
        await press(pilot, "n")  # it is on its way to its first halt: this waits
        assert feed.sent == []
        feed.say(*EVENTS[:3], ServerHalted(seq=2, limit_s=60))
        await until(pilot, lambda: feed.sent == [NextStageCommand()])
        assert "walkthrough · shop · Go 1.27.3" in text_of(app, "header")
        feed.say(*EVENTS[3:LISTENING], ServerHalted(seq=LISTENING - 1, limit_s=60))
        await until(pilot, lambda: app.walk.status.last == LISTENING - 1)
        said = text_of(app, "goal")
        assert "shop (pid 4242) ran before, and runs on when you leave" in said
        assert "connect from another terminal: nc 127.0.0.1 7099" in said
        assert "halted, detached in " in text_of(app, "header")
        for key in "csxA":
            await press(pilot, key)
        assert feed.sent == [NextStageCommand()]
        assert [note.message.replace("\\", "") for note in app._notifications][-1].endswith(
            "connect from another terminal (nc 127.0.0.1 7099)."
        )
        assert "connect" not in text_of(app, "keys")

        await press(pilot, "r")
        await press(pilot, "space")
        assert feed.sent[1:] == [RunCommand()]
        feed.say(ServerRunning(waiting=True))
        await until(pilot, lambda: app.walk.status.mode is WalkMode.WAITING)
        assert "waiting: connect from another terminal" in text_of(app, "header")
        assert ". pause" in text_of(app, "keys")
        await press(pilot, "r")  # it runs already, so r halts it, as . does
        assert feed.sent[2:] == [PauseCommand()]
        feed.say(ServerRunning(waiting=True))
        await until(pilot, lambda: app.walk.status.mode is WalkMode.WAITING)
        await press(pilot, "full_stop")
        assert feed.sent[3:] == [PauseCommand()]
        feed.say(ServerHalted(seq=LISTENING - 1, limit_s=60))
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)

        feed.say(HaltLimitReached(limit_s=60, detached=True), CaptureFinished())
        await until(pilot, lambda: app.walk.status.mode is WalkMode.ENDED)
        assert (
            "It was halted for 60 s, so it was detached, and runs on: walkthrough trace -p 4242 "
            "attaches again."
        ) in text_of(app, "banner")
        await speak(pilot, "zh")
        assert "walkthrough trace -p 4242" in text_of(app, "banner")
        assert "shop（pid 4242）之前就在运行" in text_of(app, "goal").replace(" ", "") or (
            "之前就在运行" in text_of(app, "goal")
        )


async def test_r_lets_a_program_run_on_that_waits_on_its_way_to_the_next_stage() -> None:
    feed = FakeFeed()
    app = live(feed)
    async with app.run_test(size=(120, 40)) as pilot:
        feed.say(TRACED, *EVENTS[:LISTENING], ServerHalted(seq=LISTENING - 1))
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        await press(pilot, "n")
        feed.say(ServerRunning(waiting=True))
        await until(pilot, lambda: app.walk.status.mode is WalkMode.WAITING)
        await press(pilot, "r")
        assert feed.sent == [NextStageCommand(), RunCommand()]


async def test_a_recording_of_it_says_what_it_was() -> None:
    app = replay(history_of(EVENTS, TRACED))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(
            pilot, lambda: "shop (pid 4242) ran before it was traced" in text_of(app, "goal")
        )
        await press(pilot, "i")
        assert "ran before it was traced" in next(iter(app._notifications)).message
        await press(pilot, "space")
        assert app.walk.status.index > 0


@pytest.mark.parametrize("mode", [mode for mode in WalkMode if mode.live])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_client_of_ours_is_offered(mode: WalkMode, language: str) -> None:
    tr = catalogue(language)
    status = WalkStatus(mode, 5, 5, traced=TracedWalk("nc 127.0.0.1 80"))
    for action in ACTIONS:
        if action.group is Group.CLIENT:
            refusal = action.refusal(status, tr)
            assert refusal is not None
            assert "nc 127.0.0.1 80" in refusal
            assert not works_now(action, status, tr)
