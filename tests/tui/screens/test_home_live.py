"""From home into a live server and back, with nothing replaced; what was seen is kept."""

import sys
from pathlib import Path

import pytest

from tests.support.home_screen import chosen, home_of, listed, said, walking
from tests.support.need import need
from tests.support.screen import press, until
from walkthrough.cli.autosave import folder
from walkthrough.cli.catalogue import ScenarioCatalogue
from walkthrough.lesson.lesson import lesson_for
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.screens.home.screen import HomeScreen
from walkthrough.tui.screens.status import WalkMode


@pytest.mark.live
async def test_a_session_is_kept_and_can_be_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need(sys.platform == "linux", "the instrumented server needs Linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    app = WalkthroughApp(lesson_factory=lesson_for, catalogue=ScenarioCatalogue(), server="python")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: ">Py The first connection" in listed(app))
        assert "-- Multipath TCP" in listed(app)
        await press(pilot, "enter")
        walk = await walking(pilot)
        await until(pilot, lambda: walk.status.mode is WalkMode.HALTED)
        await press(pilot, "n")
        await until(pilot, lambda: walk.status.mode is WalkMode.HALTED and walk.status.last > 3)
        await press(pilot, "H")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        (kept,) = folder().iterdir()
        assert said(app) == [f"Session saved: {kept}"]
        await press(pilot, "b", "b")
        assert chosen(app) == "RecordingEntry"
        assert home_of(app) is app.screen
        await press(pilot, "enter")
        again = await walking(pilot)
        assert again is not walk
        assert again.status.mode is WalkMode.REPLAY
        assert f"{again.status.last + 1} events" in listed(app)
        await pilot.press("ctrl+q")
    assert app.return_code == 0
