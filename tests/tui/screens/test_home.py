"""Journeys over home, by keys and by mouse, with a catalogue that a test drives; its pictures."""

import asyncio
import json
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec import structs
from textual.events import MouseScrollDown
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.feeds import FakeFeed
from tests.support.home_catalogue import (
    BROKEN,
    ENTRIES,
    FIRST,
    MINE,
    PARKS,
    RECENTS,
    TODAY,
    FakeCatalogue,
    replay,
)
from tests.support.home_screen import (
    about,
    app_of,
    banner,
    browse,
    chosen,
    home_of,
    listed,
    rows_of,
    said,
    walking,
)
from tests.support.mouse import RIGHT, Mouse
from tests.support.pictures import Picture, compare, drawn, styles_of
from tests.support.records import HEADER, FakeLesson, first_connection
from tests.support.screen import PATIENCE, press, resize, text_of, type_at_once, until
from walkthrough.i18n.catalogue import catalogue as translations
from walkthrough.i18n.messages import Message, message
from walkthrough.model.protocol import ServerChosen, ServerHalted
from walkthrough.quiz.answer import QuizAnswer
from walkthrough.quiz.question import QuestionKind
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.screens.home.bindings import HOME_ACTIONS
from walkthrough.tui.screens.home.model import HomeModel
from walkthrough.tui.screens.home.prompt import FilePromptScreen
from walkthrough.tui.screens.home.screen import HomeScreen
from walkthrough.tui.screens.home.widgets import DetailView, ScenarioList
from walkthrough.tui.screens.session_source import SavedSession, SessionSource
from walkthrough.tui.screens.walk import WalkScreen
from walkthrough.tui.widgets.rows_view import RowsView
from walkthrough.user_data.preferences import Preferences
from walkthrough.user_data.progress import Progress


async def it_opens_at_the_first_scenario(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (120, 40))
    await pilot.pause()
    assert isinstance(app.screen, HomeScreen)
    assert chosen(app) == "first-connection"
    assert "> Go" not in listed(app)
    assert ">Go The first connection" in listed(app)
    assert "-- The listing and today's Go" in listed(app)
    assert "you are the client" in about(app)
    assert app.opened is None


async def moving_through_the_whole_list_and_back(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    seen = [chosen(app)]
    for _ in range(8):
        await press(pilot, "j")
        seen.append(chosen(app))
    assert seen[-2:] == ["RecordingEntry", "OpenFileItem"]
    await press(pilot, "home")
    assert chosen(app) == "first-connection"
    await press(pilot, "G", "g", "end", "b")
    assert chosen(app) == "RecordingEntry"
    await press(pilot, "tab", "tab", "up")
    assert chosen(app) == "wrong\x1b[2J"


async def while_typing_the_list_can_be_moved_in(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "slash", "e", "down")
    assert chosen(app) == "the-document-today"
    await press(pilot, "up", "pagedown", "pageup")
    assert chosen(app) == "first-connection"
    assert app.screen.query_one("#filter", Input).value == "e"
    await press(pilot, "escape")


async def what_is_told_can_be_scrolled(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "tab", "down", "down")
    view = home_of(app).query_one(DetailView)
    await until(pilot, lambda: view.scroll_offset.y == 2)
    assert chosen(app) == "first-connection"


async def a_terminal_that_shrinks_and_grows(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (120, 40))
    await pilot.pause()
    home = home_of(app)
    assert home.has_class("-wide")
    for size in ((80, 24), (60, 16), (40, 10), (250, 70), (120, 40)):
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert home.has_class("-tiny") == (size == (40, 10))
        assert home.has_class("-wide") == (size[0] >= 116)
        if size[0] >= 60:
            view = home.query_one(ScenarioList)
            assert view.size.height >= 6
            at = next(n for n in range(20) if view.row_kind(n) == "here")
            assert 0 <= at - view.scroll_offset.y < view.size.height


async def help_lists_the_keys_of_home(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "question_mark")
    found = rows_of(app.screen.query_one("#help-rows", RowsView))
    assert "Choose what scenarios run under" in found
    assert "replay only" in found
    assert "accept queue" not in found
    await press(pilot, "escape")


async def server_and_language_can_be_clicked(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    mouse = Mouse(pilot)
    for size in ((80, 24), (250, 70)):
        await resize(pilot, size)
        await press(pilot, "s")
        await mouse.click_text("server: Go")
        assert any("Python" in text for text in said(app)), size
        await mouse.click_text("EN")
        assert "全程" in listed(app), size
        assert not said(app), "it was said in the other language"
        await press(pilot, "l", "s")  # English, and whatever server there is


async def test_browsing() -> None:
    await browse(
        app_of(),
        (80, 24),
        it_opens_at_the_first_scenario,
        moving_through_the_whole_list_and_back,
        while_typing_the_list_can_be_moved_in,
        what_is_told_can_be_scrolled,
        a_terminal_that_shrinks_and_grows,
        help_lists_the_keys_of_home,
        server_and_language_can_be_clicked,
    )


def learn(progress: Progress) -> None:
    """Walk through one scenario, and answer some questions of two."""
    progress.record_walk("first-connection", seen=True)
    for right in (True, False, True):
        name = f"q{right}"
        progress.record(QuizAnswer("first-connection", name, QuestionKind.CALL, right))
    progress.record(QuizAnswer("the-document-today", "q", QuestionKind.CALL, True))


async def test_it_shows_what_was_done_and_begins_at_what_comes_next() -> None:
    progress = Progress()
    learn(progress)
    app = app_of(progress=progress)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert chosen(app) == "the-document-today"
        assert "It comes next." in about(app)
        lines = {line[4:12]: line for line in listed(app).splitlines()}
        assert " ✓ One connection" in lines["The firs"]
        assert "→~ epoll before" in lines["The list"]
        await press(pilot, "k")
        assert "So far     done; questions right: 1 of 2" in about(app)
        assert "Next       The listing and today's Go" in about(app)
        await press(pilot, "right")
        assert chosen(app) == "the-document-today"
        await press(pilot, "slash", *"no such thing", "escape")
        assert chosen(app) == "the-document-today"


async def test_what_comes_next_is_found_from_everywhere() -> None:
    progress = Progress()
    app = app_of(progress=progress)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "n", "right")
        assert chosen(app) == "first-connection", "the first, where nothing was learned yet"
        progress.record_walk("first-connection", seen=True)
        home_of(app).begin_again("")
        await press(pilot, "slash", *"accept4", "tab", "right")
        assert chosen(app) == "the-document-today"
        assert "Your recordings" in listed(app), "all are listed again"
        for entry in ENTRIES:
            progress.record_walk(entry.name, seen=True)
        home_of(app).begin_again("")
        await press(pilot, "k", "right")
        assert chosen(app) == "first-connection"
        assert said(app) == ["All scenarios are done."]


def test_what_should_be_known_before_is_named_by_its_title() -> None:
    catalogue = FakeCatalogue(listed=(FIRST, replace(PARKS, after=(FIRST.name, "elsewhere"))))
    home = HomeModel(catalogue, "auto")
    home.look_again()
    for language in ("en", "zh"):
        tr = translations(language)
        entry = home.entry(PARKS.name)
        rows = ["".join(piece.text for piece in row) for row in home.story(entry, tr).rows(80)]
        assert any(row.endswith(FIRST.title.says(language)) for row in rows), rows


async def test_what_was_believed_comes_first() -> None:
    progress = Progress()
    learn(progress)
    progress.record(QuizAnswer("first-connection", "w", QuestionKind.SCENARIO, False, 3, (3,)))
    app = app_of(progress=progress)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert chosen(app) == "accept-parks"
        assert "“Accept blocks in accept4”" in about(app).replace("\n", " ")
        await press(pilot, "g")
        assert "Believed   Accept blocks in accept4" in about(app)
        progress.record(QuizAnswer("first-connection", "w", QuestionKind.SCENARIO, True, 0, (3,)))
        home_of(app).begin_again("")
        await pilot.pause()
        assert "→~ epoll before" in listed(app)
        assert "Believed" not in about(app)


async def test_what_another_screen_has_learned_is_shown_when_home_is_in_front_again(
    tmp_path: Path,
) -> None:
    file = tmp_path / "progress.jsonl"
    app = app_of(progress=Progress.load(file))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "r")
        await walking(pilot)
        Progress.load(file).record_walk("accept-parks", seen=True)
        await press(pilot, "H")
        assert chosen(app) == "first-connection", "the cursor stays where it was"
        assert " ✓ If accept4" in listed(app)
        assert "→  One connection" in listed(app)


async def test_it_is_drawn_before_it_is_known_what_can_run() -> None:
    catalogue = FakeCatalogue()
    catalogue.known.clear()
    app = app_of(catalogue)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert ">·· The first connection" in listed(app)
        assert "is being found out" in about(app)
        catalogue.known.set()
        await pilot.pause()
        assert ">Go The first connection" in listed(app)


async def test_a_scenario_runs_live_or_is_replayed_where_it_cannot() -> None:
    catalogue = FakeCatalogue()
    app = app_of(catalogue)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter")
        await walking(pilot)
        await press(pilot, "H", "j", "enter")
        await walking(pilot)
    assert catalogue.asked == [("live", "first-connection", "auto"), ("replay", TODAY.name)]


async def test_its_recording_is_replayed_by_another_key() -> None:
    catalogue = FakeCatalogue()
    app = app_of(catalogue)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "n", "r")
        walk = await walking(pilot)
        assert walk.status.index == 0
        await press(pilot, "space")
        assert walk.status.index > 0
        assert app.opened is not None
    assert catalogue.asked == [("replay", "accept-parks")]


async def test_a_recording_and_the_palette() -> None:
    catalogue = FakeCatalogue()
    app = app_of(catalogue)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "b", "b", "j")
        assert "first-connection-1.jsonl" in about(app).replace("\n", "")
        await press(pilot, "ctrl+p", *"next chapter", "enter")
        await until(pilot, lambda: chosen(app) == "OpenFileItem")
        await press(pilot, "k", "enter")
        await walking(pilot)
    assert catalogue.asked == [("path", str(RECENTS[1].path))]


async def test_the_server_is_chosen_and_remembered(tmp_path: Path) -> None:
    file = tmp_path / "preferences.json"
    catalogue = FakeCatalogue()
    app = app_of(catalogue, preferences=Preferences(path=file, tour_seen=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "s", "s")
        assert ">Py The first connection" in listed(app)
        assert "server: Python" in rows_of(home_of(app).query_one("#home-bar", RowsView))
        assert any("Python" in text for text in said(app))
        await press(pilot, "enter")
        await walking(pilot)
    assert catalogue.asked == [("live", "first-connection", "python")]
    assert Preferences.load(file).server == "python"
    assert app_of(preferences=Preferences.load(file))._home_server == "python"
    assert app_of(preferences=Preferences.load(file), server="go")._home_server == "go"


async def test_a_route_is_chosen_and_remembered(tmp_path: Path) -> None:
    preferences = Preferences(path=tmp_path / "preferences.json")
    app = app_of(preferences=preferences)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await press(pilot, "c")
        assert "Route: 45 minutes" in listed(app)
        assert chosen(app) == "accept-parks"
        assert Preferences.load(preferences.path).route == "45-minutes"
    again = app_of(preferences=Preferences.load(preferences.path))
    async with again.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "Route: 45 minutes" in listed(again)
        await press(pilot, "c", "c")
        assert "Route: Operations\n>Go The port is taken" in listed(again)
        assert chosen(again) == "port-in-use"
        assert "The first connection" not in listed(again)
        await press(pilot, "c")
        assert "The whole way" in listed(again)
        assert Preferences.load(preferences.path).route is None


async def test_filtering_and_opening_what_is_left() -> None:
    catalogue = FakeCatalogue()
    app = app_of(catalogue)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "slash", *"quit or")
        assert "Nothing here contains all of that." in listed(app)
        assert chosen(app) == "NoneType"
        await press(pilot, "enter", "escape")
        assert chosen(app) == "first-connection"
        await press(pilot, "slash", *"accept4")
        assert "The listing" not in listed(app)
        assert chosen(app) == "accept-parks"
        await press(pilot, "tab", "j", "k", "escape")
        assert "The listing" in listed(app)
        assert chosen(app) == "accept-parks"
        assert not home_of(app).query_one("#filter").display
        await press(pilot, "slash", *"ac", "down", "up")
        assert chosen(app) == "accept-parks"
        await press(pilot, *"cept")  # first-connection has it in its text, and accept-parks here
        assert "The first connection" in listed(app)
        assert chosen(app) == "accept-parks"
        await press(pilot, "escape")
        await press(pilot, "slash", *"端口", "enter")
        await walking(pilot)
        await press(pilot, "H")  # back home its keys are keys again
        assert not home_of(app).query_one("#filter").display
        assert chosen(app) == "port-in-use"
        assert "The listing" in listed(app)
    assert catalogue.asked == [("live", "port-in-use", "auto")]


async def test_what_cannot_be_opened_is_said_and_nothing_is_lost() -> None:
    catalogue = FakeCatalogue(refused={"accept-parks": "accept-parks has no recording yet."})
    app = app_of(catalogue)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "n", "r")
        await until(pilot, lambda: "no recording yet" in banner(app))
        assert isinstance(app.screen, HomeScreen)
        assert chosen(app) == "accept-parks"
        catalogue.refused.clear()
        await press(pilot, "enter")
        await walking(pilot)
        await press(pilot, "H")
        assert banner(app) == ""


async def test_a_broken_scenario_says_what_is_wrong() -> None:
    catalogue = FakeCatalogue(listed=(FIRST, BROKEN), said=("mine is taken from here.",))
    app = app_of(catalogue)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "mine is taken" in banner(app)
        await press(pilot, "j")
        assert "netwrok" in about(app)
        assert "\x1b" not in listed(app)
        await press(pilot, "enter", "r")
        assert "netwrok" in banner(app)
    assert catalogue.asked == []


async def test_an_empty_list_still_opens_files() -> None:
    app = app_of(FakeCatalogue(listed=(), kept=(), said=("WALKTHROUGH_SCENARIOS names nothing.",)))
    async with app.run_test(size=(80, 24)) as pilot:
        assert "names nothing" in banner(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, FilePromptScreen)


# A file


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "walks").mkdir()
    for name in ("bad.jsonl", "good.jsonl"):
        (tmp_path / "walks" / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def prompt_text(app: WalkthroughApp) -> str:
    assert isinstance(app.screen, FilePromptScreen)
    names, found = (
        rows_of(app.screen.query_one(at, RowsView)) for at in ("#found", "#prompt-said")
    )
    return f"{names}\n{found}"


async def test_a_file_is_found_by_completion(files: Path) -> None:
    catalogue = FakeCatalogue(refused={"walks/bad.jsonl": "walks/bad.jsonl is damaged."})
    app = app_of(catalogue)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "o")
        assert "walks/" in prompt_text(app)
        await press(pilot, "w", "tab")
        prompt = cast("FilePromptScreen", app.screen)
        assert prompt.typed == "walks/"
        await press(pilot, "down", "enter")
        await until(pilot, lambda: "is damaged" in prompt_text(app))
        assert prompt.typed == "walks/"
        await press(pilot, "g")
        assert "is damaged" not in prompt_text(app)
        await press(pilot, "tab", "enter")
        await walking(pilot)
        await press(pilot, "H", "o")
        assert cast("FilePromptScreen", app.screen).typed == "walks/"
        await press(pilot, "escape")
        assert isinstance(app.screen, HomeScreen)
    assert catalogue.asked == [("path", "walks/bad.jsonl"), ("path", "walks/good.jsonl")]


async def test_a_folder_is_gone_into_by_keys_and_by_mouse(files: Path) -> None:
    catalogue = FakeCatalogue()
    app = app_of(catalogue)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "o", *"walks", "enter")
        assert "good.jsonl" in prompt_text(app)
        await press(pilot, *["backspace"] * 6)
        await pilot.click("#found", offset=(3, 0))
        await pilot.pause()
        assert cast("FilePromptScreen", app.screen).typed == "walks/"
        await pilot.click("#found", offset=(3, 1))
        await walking(pilot)
    assert catalogue.asked == [("path", "walks/good.jsonl")]


async def test_a_hostile_paste_reaches_no_terminal(files: Path) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "o")
        line = app.screen.query_one(Input)
        line.value = "a\x1b[2J\udcff\u202eb"
        await pilot.pause()
        assert line.value == "a[2Jb"
        assert "Nothing here begins like that." in prompt_text(app)
        await press(pilot, "escape", "slash")
        app.screen.query_one("#filter", Input).value = "\x1b]0;x\x07"
        await pilot.pause()
        assert app.screen.query_one("#filter", Input).value == "]0;x"


async def test_of_a_very_long_path_the_reason_is_in_sight(files: Path) -> None:
    path = "/nowhere/" + "x" * 10_000
    app = app_of(FakeCatalogue(refused={path: f"{path} cannot be read: its name is too long."}))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "o")
        app.screen.query_one(Input).value = path
        await press(pilot, "enter")
        await until(pilot, lambda: "/nowhere/xxx" in prompt_text(app).partition("✗")[2])
        assert "its name is too long." in " ".join(prompt_text(app).split())


# There and back


class Capture:
    """A live walk that is opened as the command line opens it: kept, and closed once."""

    def __init__(self, path: Path | None, why: Message | str = "") -> None:
        self.feed = FakeFeed(
            ServerChosen(server="go", why="It is here."),
            HEADER,
            *first_connection()[:3],
            ServerHalted(seq=2),
        )
        self.opened = SessionSource(
            feed=self.feed, kept=lambda: SavedSession(path, why) if path else None
        )


async def test_from_a_live_walk_home_the_server_ends_and_the_recording_is_named() -> None:
    made = replace(RECENTS[0], path=Path("/kept/accept-parks-9.jsonl"), events=77)
    capture = Capture(made.path)
    catalogue = FakeCatalogue(live=capture.opened)
    app = app_of(catalogue)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n", "enter")
        walk = await walking(pilot)
        await until(pilot, lambda: walk.status.mode.live)
        catalogue.kept = (made, *RECENTS)
        await press(pilot, "H")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert capture.feed.closed
        assert any(f"Session saved: {made.path}" in text for text in said(app))
        assert "77 events" in listed(app)
        assert chosen(app) == "accept-parks"
        assert app.opened is None
        await press(pilot, "q")
    assert app.return_code == 0


@pytest.mark.parametrize(("language", "named"), [("en", "q home"), ("zh", "q 主页")])
async def test_q_leads_back_to_where_the_walk_was_opened(language: str, named: str) -> None:
    app = app_of(language=language)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "r")
        walk = await walking(pilot)
        await press(pilot, "space")
        keys = text_of(app, "keys")
        assert f"  {named}  " in keys
        assert keys.count(named[2:]) == 1, "H leads there too, and needs no room beside it"
        type_at_once(app, "qq")  # the second, in a hurry, does not end the program
        await until(pilot, lambda: isinstance(app.screen, HomeScreen) and app.opened is None)
        assert not walk.is_attached
        assert app.return_code is None
        await press(pilot, "enter")
        await walking(pilot)
        await press(pilot, "ctrl+q")
    assert app.return_code == 0


async def test_where_the_walk_was_opened_by_a_command_q_ends_the_program() -> None:
    catalogue = FakeCatalogue()
    app = WalkthroughApp(lesson_factory=FakeLesson, catalogue=catalogue, opened=replay())
    async with app.run_test(size=(400, 24)) as pilot:
        await pilot.pause()
        assert "q quit  " in text_of(app, "keys")
        assert "H home" in text_of(app, "keys")
        await press(pilot, "H")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        await press(pilot, "r")
        await walking(pilot)
        assert "q home" in text_of(app, "keys")
        assert "H home" not in text_of(app, "keys")
    app = WalkthroughApp(lesson_factory=FakeLesson, catalogue=catalogue, opened=replay())
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "q")
        assert app._exit
        assert app.return_code == 0


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "This session could not be kept, since /kept cannot be written (Read-only file"),
        ("zh", "这次会话未能保存，因为无法写入 /kept（文件系统只读）：请腾出空间"),
    ],
)
async def test_why_a_session_could_not_be_kept_is_said_at_home(
    language: str, expected: str
) -> None:
    capture = Capture(Path("/kept"), message("Read-only file system"))
    app = app_of(FakeCatalogue(live=capture.opened), language=language)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "n", "enter")
        walk = await walking(pilot)
        await until(pilot, lambda: walk.status.mode.live)
        await press(pilot, "H")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert any(text.startswith(expected) for text in said(app)), said(app)


async def test_a_walk_that_was_named_has_a_home_too() -> None:
    app = WalkthroughApp(
        lesson_factory=FakeLesson,
        opened=Capture(None).opened,
        catalogue=FakeCatalogue(),
        preferences=Preferences(tour_seen=True),
    )
    async with app.run_test(size=(120, 40)) as pilot:
        walk = await walking(pilot)
        await until(pilot, lambda: walk.status.mode.live)
        await press(pilot, "l", "H")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert "全程" in listed(app)
        assert said(app) == ["服务端还没有开始：没有可保存的内容。"]
        await press(pilot, "enter")
        assert (await walking(pilot)).language == "zh"


async def test_home_begins_at_the_scenario_that_was_named_and_left(tmp_path: Path) -> None:
    progress = Progress.load(tmp_path / "progress.jsonl")
    progress.record_walk("accept-parks", seen=True)
    history = History.of(structs.replace(HEADER, scenario="accept-parks"), first_connection())
    app = WalkthroughApp(
        lesson_factory=FakeLesson,
        history=history,
        catalogue=FakeCatalogue(),
        preferences=Preferences(tour_seen=True),
        progress=progress,
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await walking(pilot)
        await press(pilot, "H")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert "→  One connection" in listed(app), "this one comes next"
        assert chosen(app) == "accept-parks", "H and Enter begin again"


async def test_help_that_was_opened_meanwhile_does_not_keep_the_walk() -> None:
    closing = asyncio.Event()

    class SlowFeed(FakeFeed):
        async def close(self) -> None:
            await closing.wait()
            await super().close()

    feed = SlowFeed(HEADER, *first_connection()[:3], ServerHalted(seq=2))
    catalogue = FakeCatalogue(live=SessionSource(feed=feed))
    app = app_of(catalogue)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "enter")
        await walking(pilot)
        await press(pilot, "H", "H", "question_mark")
        assert any("Ending the server" in text for text in said(app))
        closing.set()
        await until(pilot, lambda: isinstance(app.screen, HomeScreen))
        assert len([one for one in app.screen_stack if isinstance(one, WalkScreen)]) == 0


async def test_without_a_catalogue_there_is_no_home() -> None:
    app = WalkthroughApp(lesson_factory=FakeLesson, opened=replay())
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "H")
        assert isinstance(app.screen, WalkScreen)
        assert said(app) == ["There is no home to go to from here."]


async def test_the_latest_of_two_openings_is_shown() -> None:
    first = threading.Event()

    class SlowCatalogue(FakeCatalogue):
        def open_replay(self, name: str) -> SessionSource:
            if name == FIRST.name:
                assert first.wait(PATIENCE)
            return super().open_replay(name)

    app = app_of(SlowCatalogue())
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "r")
        assert any("Opening The first connection" in text for text in said(app))
        await press(pilot, "n", "r")
        await walking(pilot)
        first.set()
        await pilot.pause()
        assert len([one for one in app.screen_stack if isinstance(one, WalkScreen)]) == 1


# Keys, mouse, sizes, languages


def test_every_action_has_a_deed_and_every_deed_an_action() -> None:
    methods = {name.removeprefix("do_") for name in vars(HomeScreen) if name.startswith("do_")}
    assert methods == {action.id for action in HOME_ACTIONS}


def test_no_key_stands_for_two_things() -> None:
    keys = [key for action in HOME_ACTIONS for key in action.keys]
    assert len(keys) == len(set(keys))


async def test_mouse_and_wheel() -> None:
    catalogue = FakeCatalogue()
    app = app_of(catalogue)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.click("#scenario-list", offset=(5, 0))  # a heading
        await pilot.click("#scenario-list", offset=(5, 4))
        await pilot.pause()
        assert chosen(app) == "accept-parks"
        view = home_of(app).query_one(ScenarioList)
        view.post_message(
            MouseScrollDown(view, 5, 5, 0, 1, 0, False, False, False, screen_x=5, screen_y=5)
        )
        await until(pilot, lambda: view.scroll_offset.y > 0)
        assert chosen(app) == "accept-parks"
        at = 4 - view.scroll_offset.y
        await pilot.click("#scenario-list", offset=(5, at))
        await walking(pilot)
        await press(pilot, "H")
        await pilot.click("#keys", offset=(2, 0))
        await walking(pilot)
    assert catalogue.asked == [("live", "accept-parks", "auto")] * 2


async def test_a_right_click_opens_nothing_and_a_click_beside_a_box_closes_it() -> None:
    catalogue = FakeCatalogue()
    app = app_of(catalogue)
    async with app.run_test(size=(120, 40)) as pilot:
        mouse, list_at = Mouse(pilot), home_of(app).query_one("#scenario-list").region
        await mouse.click(list_at.x + 5, list_at.y + 1, button=RIGHT)
        assert catalogue.asked == []
        for key in ("o", "question_mark"):
            await press(pilot, key)
            assert app.screen is not home_of(app)
            await mouse.click(0, 0)
            assert app.screen is home_of(app)
        await mouse.click_text("? keys")
        await mouse.click_text("Ctrl+P")
        assert app.screen is not home_of(app)
        assert not app.screen.query("#help")


async def test_the_language_is_remembered(tmp_path: Path) -> None:
    file = tmp_path / "preferences.json"
    app = app_of(preferences=Preferences(path=file, tour_seen=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "l")
        assert "全程" in listed(app)
        assert "你就是客户端" in about(app).replace("\n", "")
        assert Preferences.load(file).language == "zh"
        await press(pilot, "enter")
        walk = await walking(pilot)
        assert walk.language == "zh"
        await press(pilot, "l")
        assert Preferences.load(file).language == "en"


async def test_what_cannot_be_remembered_is_said_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "config").touch()
    preferences = Preferences.load(tmp_path / "config" / "preferences.json")
    app = app_of(preferences=preferences)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "l")
        assert any("无法写入" in text for text in said(app))
        assert "全程" in listed(app)


async def test_a_broken_file_of_preferences_is_said_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "preferences.json"
    file.write_text("{")
    app = app_of(preferences=Preferences.load(file))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert any(str(file) in text and "not understood" in text for text in said(app))
        await press(pilot, "s")
    assert json.loads(file.read_text()) == {"server": "go"}


# Pictures


VIEWS = [("first", []), ("cannot", ["j"]), ("recording", ["b", "b"])]


async def shown_at_home(app: WalkthroughApp, pilot: Pilot[None], *keys: str) -> Picture:
    """Press keys, and return what is drawn then."""
    await press(pilot, *keys)
    for line in app.screen.query(Input):
        line.cursor_blink = False
    await pilot.pause()
    return Picture(drawn(app), styles_of(app))


async def test_pictures(files: Path) -> None:
    os.mkdir("walks/deeper")
    app = app_of(FakeCatalogue(listed=(FIRST, TODAY, PARKS, MINE, BROKEN)))
    async with app.run_test(size=(120, 40)) as pilot:
        for size in ((120, 40), (60, 16), (80, 24)):
            await resize(pilot, size)
            for language in ("en", "zh"):
                while home_of(app).language != language:
                    await press(pilot, "l")
                place = f"{size[0]}x{size[1]}-{language}"
                for name, keys in VIEWS:
                    shown = await shown_at_home(app, pilot, "home", *keys)
                    coloured = name == "cannot" and size == (80, 24)
                    compare(f"home-{name}-{place}", shown, colours=coloured)
                await press(pilot, "home")
                if size == (80, 24):
                    for name, keys, back in (
                        ("filter", ["slash", *"accept"], ["escape", "home"]),
                        ("prompt", ["o", "ctrl+u", "w", "tab", "down"], ["escape"]),
                        ("help", ["question_mark"], ["escape"]),
                    ):
                        shown = await shown_at_home(app, pilot, *keys)
                        compare(f"home-{name}-{place}", shown)
                        await press(pilot, *back)
        learn(app.progress)
        for size, language in (
            ((80, 24), "zh"),
            ((80, 24), "en"),
            ((60, 16), "en"),
            ((60, 16), "zh"),
        ):
            await resize(pilot, size)
            while home_of(app).language != language:
                await press(pilot, "l")
            home_of(app).begin_again("")
            shown = await shown_at_home(app, pilot, "home")
            compare(f"home-learned-{size[0]}x{size[1]}-{language}", shown)
