"""An error of the program's own: told in one sentence, all else goes on; or it ends in order."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.app import ComposeResult
from textual.events import Key
from textual.pilot import Pilot
from textual.worker import WorkerState

from tests.support.feeds import FakeFeed
from tests.support.home_catalogue import FakeCatalogue
from tests.support.records import HEADER, FakeLesson, first_connection, history_of
from tests.support.screen import text_of, until
from walkthrough.cli.autosave import AutosavedFeed
from walkthrough.model.protocol import ServerHalted
from walkthrough.recording.file import load
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.search.bars import EntryBar
from walkthrough.tui.panes.path.pane import PathPane
from walkthrough.tui.panes.source.document_picker import DocumentPicker
from walkthrough.tui.screens.help import HelpScreen, HelpView
from walkthrough.tui.screens.home.screen import HomeScreen
from walkthrough.tui.screens.session_source import SessionSource
from walkthrough.tui.screens.walk import WalkScreen
from walkthrough.tui.screens.walk_commands import WalkController
from walkthrough.tui.widgets import error_handling
from walkthrough.tui.widgets.dialogs import Palette
from walkthrough.view.step import StepContext

pytestmark = pytest.mark.failing
EVENTS = first_connection()


class WorseError(Exception):
    """What nobody has thought of."""


def fail(*given: object, **named: object) -> Any:
    raise WorseError("\x1b[31mnobody has thought of this")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "walkthrough" / error_handling.FILE


def replay(language: str = "en") -> WalkthroughApp:
    return WalkthroughApp(history=history_of(EVENTS), lesson_factory=FakeLesson, language=language)


def said(app: WalkthroughApp) -> str:
    return " ".join(each.message for each in app._notifications)


async def helped(pilot: Pilot[None]) -> None:
    await pilot.press("question_mark")
    await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))


async def goes_on(pilot: Pilot[None]) -> None:
    await pilot.press("escape", "question_mark")
    await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "An error in walkthrough itself (WorseError"),
        ("zh", "walkthrough 自身出错（WorseError"),
    ],
)
async def test_an_action_that_fails_is_told_and_the_walk_goes_on(
    language: str, sentence: str, monkeypatch: pytest.MonkeyPatch, state: Path
) -> None:
    monkeypatch.setattr(WalkController, "zoom", fail)
    app = replay(language)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("z")
        assert sentence in said(app)
        assert str(state) in said(app)
        before = app.walk.status.index
        await pilot.press("space")
        assert app.walk.status.index > before
        await goes_on(pilot)
        assert app.is_running
    kept = state.read_text()
    assert "Traceback" in kept
    assert "\x1b" not in kept
    assert state.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("where", "name", "keys"),
    [
        (PathPane, "on_key", ("1", "up")),
        (PathPane, "show", ("space", "space")),
        (WalkScreen, "on_perform", ("space",)),
        (WalkScreen, "fit_panes", ("l",)),
        (HelpView, "look_for", ("question_mark", "slash", "a")),
        (Palette, "_action_command_list", ("ctrl+p", "pagedown")),
    ],
)
async def test_who_fails_is_no_end(
    where: type, name: str, keys: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        with monkeypatch.context() as broken:
            broken.setattr(where, name, fail, raising=False)
            await pilot.press(*keys)
        for _ in range(3):
            await pilot.press("escape")
        await goes_on(pilot)


async def test_home_goes_on_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    app = WalkthroughApp(lesson_factory=FakeLesson, catalogue=FakeCatalogue())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        monkeypatch.setattr(HomeScreen, "do_server", fail)
        await pilot.press("s")
        assert "WorseError" in said(app)
        await goes_on(pilot)


async def test_what_is_taken_away_while_it_is_made_is_no_error() -> None:
    app = WalkthroughApp(
        history=history_of(EVENTS), lesson_factory=FakeLesson, catalogue=FakeCatalogue()
    )
    async with app.run_test(size=(120, 40)) as pilot:
        app.walk.action_perform("help")
        app.go_home()
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
    assert app.failures == []


@pytest.mark.parametrize(
    ("where", "name", "keys"),
    [
        (HelpScreen, "compose", ("question_mark",)),
        (HelpScreen, "on_mount", ("question_mark",)),
        (HelpView, "on_mount", ("question_mark",)),
        (PathPane, "row", ("1", "down", "space")),
    ],
)
async def test_what_cannot_be_made_or_drawn_ends_it_in_order(
    where: type,
    name: str,
    keys: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        monkeypatch.setattr(where, name, fail, raising=False)
        await pilot.press(*keys)
        await until(pilot, lambda: not app.is_running)
    assert app.return_code == 2
    found = capsys.readouterr().err
    assert found.startswith("An error in walkthrough itself (WorseError")
    assert "Traceback" not in found


async def test_one_that_fails_at_every_turn_comes_to_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(WalkController, "zoom", fail)
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(error_handling.MOST):
            await pilot.press("z")
        assert app.is_running
        await pilot.press("z")
        await until(pilot, lambda: not app.is_running)
    assert app.return_code == 2


async def test_live_the_server_ends_and_what_was_seen_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    feed = FakeFeed(HEADER, *EVENTS[:10], ServerHalted(seq=9))
    kept = AutosavedFeed(feed, "first-connection")
    app = WalkthroughApp(
        opened=SessionSource(feed=kept, kept=lambda: kept.kept), lesson_factory=FakeLesson
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 9)
        assert "event" in text_of(app, "header")

        def worse(self: WalkScreen, step: StepContext) -> None:
            raise WorseError

        assert app.walk.live is not None
        monkeypatch.setattr(app.walk.live, "receive", fail)  # by the worker that reads
        feed.say(EVENTS[10])
        await until(pilot, lambda: not app.is_running)
    assert app.return_code == 2
    assert feed.closed
    assert kept.path is not None
    assert len(list(load(kept.path))) >= 10
    found = capsys.readouterr()
    assert "Traceback" not in found.out + found.err


async def test_a_worker_of_what_was_taken_away_may_fail() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, Palette))
        palette = app.screen

        async def fails_late() -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:  # which taking the palette away brings
                fail()

        worker = palette.run_worker(fails_late())
        await pilot.pause()
        palette.dismiss()
        await until(pilot, lambda: worker.is_finished)
        assert worker.state is WorkerState.ERROR
        await goes_on(pilot)
    assert app.failures == []


async def test_what_is_asked_before_a_walk_is_laid_out_is_done_then() -> None:
    app = WalkthroughApp(lesson_factory=FakeLesson, catalogue=FakeCatalogue())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        app.begin_walk(SessionSource(history=history_of(EVENTS)))
        for action in ("next_pane", "step", "help"):
            app.walk.action_perform(action)
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
    assert app.failures == []


async def test_keys_that_come_when_it_has_ended_are_nobodys() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.walk.leave()
        for key in ("space", "question_mark", "tab") * 5:
            app.post_message(Key(key, None))
        await until(pilot, lambda: not app.is_running)
        await app.on_event(Key("space", " "))
        app.walk.action_perform("next_pane")
    assert app.failures == []
    assert app.return_code == 0


async def test_a_walk_that_opens_behind_a_box_takes_its_place() -> None:
    app = WalkthroughApp(lesson_factory=FakeLesson, catalogue=FakeCatalogue())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        home = app.screen
        await helped(pilot)
        for _ in range(2):  # the second one in the place of the first
            app.begin_walk(SessionSource(history=history_of(EVENTS)))
            await until(pilot, lambda: app.screen is app.walk)
            assert app.screen_stack[-2] is home
        app.go_home()
        await until(pilot, lambda: app.screen is home)
        assert app.front() is home
        await helped(pilot)


async def test_a_second_palette_while_the_first_is_being_taken_away() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, Palette))
        first = app.screen
        first.dismiss()
        app.action_command_palette()
        await until(pilot, lambda: isinstance(app.screen, Palette) and app.screen is not first)
        app.action_command_palette()
        assert sum(isinstance(one, Palette) for one in app.screen_stack) == 1
    assert app.failures == []


@pytest.mark.parametrize(
    "key", ["up", "pagedown", "tab", "slash", "n", "enter", "escape", "question_mark", "f1"]
)
async def test_keys_that_come_before_home_or_a_box_has_been_made(key: str) -> None:
    app = WalkthroughApp(
        history=history_of(EVENTS), lesson_factory=FakeLesson, catalogue=FakeCatalogue()
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for opens in (app.walk.action_perform, lambda id: app.go_home()):
            opens("help")
            await app._check_bindings(key)
            await pilot.pause()
        await until(pilot, lambda: key == "enter" or isinstance(app.front(), HomeScreen))
    assert app.failures == []


async def test_a_key_that_comes_while_the_lines_of_a_walk_are_being_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = replay()
    compose = EntryBar.compose

    def and_a_key(bar: EntryBar) -> ComposeResult:
        app.walk.action_perform("search")
        yield from compose(bar)

    monkeypatch.setattr(EntryBar, "compose", and_a_key)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.walk.query_one("#find-search", EntryBar).editing)
    assert app.failures == []


async def test_a_key_waits_until_the_box_in_front_has_been_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = replay()
    gate = asyncio.Event()
    begin = HelpScreen._pre_process

    async def held(screen: HelpScreen) -> bool:
        await gate.wait()
        return await begin(screen)

    monkeypatch.setattr(HelpScreen, "_pre_process", held)
    async with app.run_test(size=(80, 24)) as pilot:
        app.walk.action_perform("help")
        assert isinstance(app.screen, HelpScreen)
        assert not app.screen.is_mounted
        with app._context():
            done = asyncio.create_task(app._check_bindings("escape"))
        gate.set()
        assert await done
        await until(pilot, lambda: app.screen is app.walk)
    assert app.failures == []


async def test_a_document_of_a_user_who_is_not_there() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("O", *"~nobody-of-this-name/x.md", "enter")
        assert isinstance(app.screen, DocumentPicker)
        await pilot.press("escape")
        await goes_on(pilot)
    assert app.failures == []
