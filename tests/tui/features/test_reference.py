"""What can be read up, on the screen: the list of a step, and the glossary."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.support.screen import press
from walkthrough.lesson.lesson import lesson_for
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.reference.dialog import ReferenceScreen, ReferenceView
from walkthrough.tui.panes.path.pane import GoTo


def rows_of(app: WalkthroughApp) -> list[str]:
    view = app.screen.query_one(ReferenceView)
    count = view.virtual_size.height
    return ["".join(piece.text for piece in view.row(at)).rstrip() for at in range(count)]


def chosen(app: WalkthroughApp) -> str:
    (row,) = (row for row in rows_of(app) if row.startswith("> "))
    return row.removeprefix("> ")


def is_open(app: WalkthroughApp) -> bool:
    """Return whether the box is open; nothing else may be in front of the walk."""
    opened = isinstance(app.screen, ReferenceScreen)
    assert opened or app.screen is app.walk
    return opened


async def go_to(pilot: Pilot[Any], app: WalkthroughApp, event: int) -> None:
    app.walk.on_go_to(GoTo(event))
    await pilot.pause()


async def test_what_can_be_read_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    history = History.load(load(scenarios.find("accept-parks") / scenarios.RECORDING))
    app = WalkthroughApp(history=history, lesson_factory=lesson_for)
    copied: list[str] = []
    monkeypatch.setattr(WalkthroughApp, "copy_to_clipboard", lambda self, text: copied.append(text))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    call = next(
        at
        for at in range(len(history))
        if getattr(history.event(at), "call", "") == "accept4"
        and getattr(history.event(at), "error", None) is not None
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await go_to(pilot, app, call)

        await press(pilot, "K")
        assert is_open(app)
        assert "  accept(2)" in [row.replace("> ", "  ") for row in rows_of(app)]
        while chosen(app) != "accept(2)":
            await press(pilot, "down")
        await press(pilot, "enter")
        assert not is_open(app)
        assert copied == ["man 2 accept"]
        assert [file.read_text() for file in tmp_path.rglob("copied.txt")] == ["man 2 accept"]
        await press(pilot, "K", "slash", "s", "o", "c", "k")
        assert all("sock" in row for row in rows_of(app))
        await press(pilot, "escape", "K")
        assert not is_open(app), "the key that opened it closes it"

        await press(pilot, "V")
        assert chosen(app).startswith("EAGAIN  ")
        await press(pilot, "up")
        assert chosen(app).startswith("non-blocking  ")
        await press(pilot, "slash", *"eventfd", "enter")
        assert rows_of(app)[0] == "Words of the kernel"
        assert chosen(app).startswith("eventfd  ")
        assert len([row for row in rows_of(app) if row[:2] in {"> ", "  "} and row[2] != " "]) == 1
        await press(pilot, "escape", "escape")
        assert not is_open(app)
        await press(pilot, "l", "V")
        assert chosen(app).startswith("EAGAIN  ")
        assert "现在不行" in "\n".join(rows_of(app))
        await press(pilot, "q")
        assert not is_open(app)
