"""Presenting a live server: it plays, waits for a client, goes on, and outlives the server."""

import os
import signal
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.need import need
from tests.support.screen import presenting, press, text_of, until
from walkthrough.capture.environment.doctor import can_trace_go
from walkthrough.capture.workers.live_feed import LiveFeed
from walkthrough.lesson.lesson import lesson_for
from walkthrough.model.events import CallReturned, ProcessExited
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.presentation import commands as presentation_commands
from walkthrough.tui.screens.status import WalkMode

pytestmark = pytest.mark.live


@pytest.fixture(params=["go", "python"])
def app(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> WalkthroughApp:
    """A live walk of first-connection, that plays as fast as it can."""
    if request.param == "go":
        need(*can_trace_go())
    monkeypatch.setattr(presentation_commands, "PACES", (0.01, 0.02))
    monkeypatch.setattr(presentation_commands, "USUAL_PACE", 0.01)
    monkeypatch.setattr(presentation_commands, "times_to_read", lambda step: 1)
    feed = LiveFeed("first-connection", request.param)
    return WalkthroughApp(feed=feed, lesson_factory=lesson_for, language="en")


async def plays(pilot: Pilot[None], app: WalkthroughApp) -> None:
    """Present, and play until the server waits for the script's client."""
    await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
    await press(pilot, "P", "t")
    assert presenting(app).playing
    await until(pilot, lambda: app.walk.status.mode is WalkMode.WAITING)


async def test_it_plays_waits_for_the_client_that_is_due_and_plays_on(app: WalkthroughApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await plays(pilot, app)
        assert app.walk.status.act_is_due
        assert presenting(app).playing, "it waits for the client"
        assert "▶ plays" in text_of(app, "caption")
        assert "now: A" in text_of(app, "goal")
        parked = app.walk.status.index
        await press(pilot, "A")
        assert presenting(app).playing
        history = app.walk.history
        assert history is not None

        def accepted() -> bool:
            events = history.between(parked, len(history))
            returned = (each for each in events if isinstance(each, CallReturned))
            return any(each.call == "accept4" and each.error is None for each in returned)

        await until(pilot, accepted)
        await press(pilot, "q")
    assert app.return_code == 0


async def test_a_server_that_is_killed_while_it_plays_ends_the_playing_and_nothing_else(
    app: WalkthroughApp,
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await plays(pilot, app)
        history = app.walk.history
        assert history is not None
        os.kill(history.header.pid, signal.SIGKILL)
        await until(pilot, lambda: app.walk.status.mode in (WalkMode.EXITED, WalkMode.ENDED))
        await until(pilot, lambda: not presenting(app).playing)
        (end,) = (
            each for each in history.between(0, len(history)) if isinstance(each, ProcessExited)
        )
        assert end.signal is not None
        assert end.signal.name == "SIGKILL"
        at = app.walk.status.index
        await press(pilot, "left", "P")
        assert app.walk.status.index < at
        assert not Path(f"/proc/{history.header.pid}").exists()
        await press(pilot, "q")
    assert app.return_code == 0
