"""Panes and dialogs in which there is nothing yet, or nothing at all: any key may be pressed.

Each key comes at one go with what opens a dialog, so that it may come before there is one. Where
something has been typed that nothing is found by, it comes afterwards. There one character is typed
as any other is: `TYPED` stand for all, and all keys that are no characters are pressed.
"""

from pathlib import Path

import pytest
from key_runs.pairs import every_key
from key_runs.pilot import Session, resize
from key_runs.typing import InputAction
from textual.widgets import Input

from tests.support.feeds import FakeFeed
from tests.support.home_catalogue import FakeCatalogue
from tests.support.records import HEADER, FakeLesson, first_connection, history_of
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp

KEYS = every_key()
TYPED = ("?", "/", "1", "a", "space")
"""Two that open something where nobody types, two that choose, and one that steps."""


def app_of(what: str) -> WalkthroughApp:
    match what:
        case "home":
            return WalkthroughApp(
                lesson_factory=FakeLesson, catalogue=FakeCatalogue(listed=(), kept=())
            )
        case "capture":
            return WalkthroughApp(lesson_factory=FakeLesson, feed=FakeFeed())
        case "header":
            return WalkthroughApp(lesson_factory=FakeLesson, feed=FakeFeed(HEADER))
        case "recording":
            return WalkthroughApp(lesson_factory=FakeLesson, history=History.of(HEADER, []))
    return WalkthroughApp(lesson_factory=FakeLesson, history=history_of(first_connection()))


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("what", "opening"),
    [
        ("home", ()),
        ("home", ("o",)),
        ("home", ("/", "x")),
        ("capture", ()),
        ("header", ()),
        ("recording", ()),
        ("walk", ("M",)),
        ("walk", ("R",)),
        ("walk", ("O",)),
        ("walk", ("?", "/", "~")),
        ("walk", ("ctrl+p",)),
        ("walk", ("ctrl+p", "~")),
        ("walk", ("F",)),
        ("walk", ("/", "~")),
    ],
    ids=lambda part: "".join(part) or "-",
)
async def test_any_key_where_there_is_nothing(
    what: str,
    opening: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    typing = opening[-1:] in (("x",), ("~",))
    keys = [key for key in KEYS if len(key) > 1 or key in TYPED] if typing else KEYS
    session = Session(app_of(what))
    async with session.app.run_test(size=(60, 16)) as pilot:
        for at, key in enumerate(keys):
            if at == len(keys) // 2:
                await resize(pilot, 20, 5)  # too small for anything to be in sight
            if typing:
                for each in opening:
                    await session.do(InputAction(keys=(each,)), pilot)
                assert isinstance(session.app.focused, Input)
                await session.do(InputAction(keys=(key,)), pilot)
            else:
                await session.do(InputAction(keys=(*opening, key)), pilot)
            await session.escape(pilot)
        await session.answers(pilot)
    assert session.app.failures == []
