"""Searching, filtering, copying and saving, by keys and by mouse, from plain records."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandInput
from textual.events import Paste
from textual.pilot import Pilot

from tests.support.feeds import FakeFeed
from tests.support.mouse import Mouse, picture_of
from tests.support.pictures import Picture, compare, drawn
from tests.support.records import (
    HEADER,
    FakeLesson,
    Recorder,
    first_connection,
    history_of,
    index_of,
)
from tests.support.screen import begin_again, replay, resize, text_of, travel, type_at_once
from tests.support.screen import press as press_each
from walkthrough.i18n.catalogue import catalogue
from walkthrough.i18n.texts import Texts
from walkthrough.model.events import (
    CallEntered,
    CallReturned,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    Header,
)
from walkthrough.model.protocol import ServerHalted, StepCommand
from walkthrough.model.stages import Stage
from walkthrough.source.notes import Note, Notes
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.search.bars import EntryBar, SearchInput
from walkthrough.tui.screens.help import HelpScreen
from walkthrough.tui.screens.walk import WalkScreen
from walkthrough.tui.widgets.bars import KeysBar
from walkthrough.tui.widgets.rows_view import RowsView

EN = catalogue("en")
ZH = catalogue("zh")


EVENTS = first_connection()
BIND = index_of(EVENTS, CallEntered, "bind")
LISTEN = index_of(EVENTS, CallEntered, "listen")


def bar(app: WalkthroughApp, name: str = "find-search") -> str:
    """Return what a bar says beside the line that is typed in."""
    status = app.walk.query_one(f"#{name}", EntryBar).status
    return "".join(piece.text for piece in status.row(0)).strip()


def said(app: WalkthroughApp) -> list[str]:
    return [note.message for note in app._notifications]


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys. Words are typed at once, as a busy screen gets them: each key is waited for."""
    for is_word, some in groupby(keys, lambda key: len(key) == 1):
        these = [*some]
        if is_word and len(these) > 2:
            type_at_once(pilot.app, "".join(these))
            await pilot.pause()
        else:
            await press_each(pilot, *these)


async def until(pilot: Pilot[None], so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not so():
            await pilot.pause()


def marked(app: WalkthroughApp, pane: str) -> list[str]:
    """Return what is marked as found in a pane, as it is drawn."""
    view = app.walk.query_one(f"#{pane}", RowsView)
    colour = view.ink("found").bgcolor
    return [
        segment.text
        for y in range(view.size.height)
        for segment in view.render_line(y)
        if segment.style is not None and segment.style.bgcolor == colour
    ]


# Searching


async def n_without_a_search_says_so_from_the_palette(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    app.walk.action_perform("next_match")
    await pilot.pause()
    assert said(app) == [EN("No search is on: / begins one.")]


async def search_from_match_to_match_and_end(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "slash", *"epoll_ctl(")
    assert ">events 3" in bar(app)
    assert "epoll_ctl(5, EPOLL_CTL_ADD, 6" in bar(app)
    assert app.walk.status.index == 0, "it only looks ahead while one types"
    await press(pilot, "enter")
    places = [e.seq for e in EVENTS if isinstance(e, CallEntered) and e.call == "epoll_ctl"]
    assert app.walk.status.index == places[0]
    assert "match 1 of 3: epoll_ctl(5" in bar(app)
    assert marked(app, "calls") == ["epoll_ctl("]
    await press(pilot, "n", "n")
    assert app.walk.status.index == places[2]
    assert EN("Past the last match: on from the first.") not in said(app)
    await press(pilot, "n")
    assert app.walk.status.index == places[0]
    assert EN("Past the last match: on from the first.") in said(app)
    await press(pilot, "N")
    assert app.walk.status.index == places[2]
    assert EN("Before the first match: back from the last.") in said(app)
    await press(pilot, "space")
    assert bar(app).startswith("/epoll_ctl(  3 found")
    await press(pilot, "N")
    assert app.walk.status.index == places[2]
    await press(pilot, "escape")
    assert not app.walk.query_one("#find-search").display
    assert app.walk.query_one(KeysBar).display
    assert not marked(app, "calls")
    at = app.walk.status.index
    await press(pilot, "n")
    assert EVENTS[app.walk.status.index].stage != EVENTS[at].stage, "n is next stage again"


async def enter_stays_where_the_step_shown_is_a_match(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    app.walk.move_to(BIND)
    await press(pilot, "slash", *"sin_port=htons(7099)", "enter")
    assert app.walk.status.index == BIND
    assert "match 1 of 1: bind(3, {sa_family=AF_INET" in bar(app)
    await press(pilot, "n")
    assert app.walk.status.index == BIND


async def the_end_of_the_walk_is_passed_with_a_word(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(LISTEN)
    await press(pilot, "slash", *"sysSocket", "enter")
    assert app.walk.status.index == index_of(EVENTS, FunctionEntered, "net.sysSocket")
    assert EN("Past the last match: on from the first.") in said(app)


async def what_is_nowhere(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "slash", *"zzz")
    assert EN("nothing found") in bar(app)
    await press(pilot, "enter")
    assert app.walk.status.index == 0
    assert EN("nothing found") in said(app)
    await press(pilot, "escape", "slash", "escape", "slash", "enter")
    assert "/zzz" in bar(app), "an empty line searches for what was searched for last"


async def the_focus_comes_back(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "4", "slash", *"bind", "enter")
    assert app.walk.query_one("#kernel").has_focus
    await press(pilot, "F", "escape", "y", "escape")
    assert app.walk.query_one("#kernel").has_focus
    await press(pilot, "3", "escape")
    assert app.walk.query_one("#calls").has_focus, "ending the search moves nothing"


async def the_source_in_sight_is_searched(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(index_of(EVENTS, FunctionEntered, "net.Listen"))
    await press(pilot, "slash", *"number 5")
    assert "events 0" in bar(app)
    assert "source 11" in bar(app)
    await press(pilot, "enter")
    assert 'match 1 of 11: line 22: if err := try(fd, "number 5")' in bar(app)
    assert "number 5" in marked(app, "source-lines")
    await press(pilot, "n")
    assert "match 2 of 11: line 202" in bar(app)
    assert '"number 50"' in text_of(app, "source-lines")
    await press(pilot, "N", "N")
    assert "match 11 of 11" in bar(app)
    assert EN("Before the first match: back from the last.") in said(app)
    assert app.walk.status.index == 1, "the walk stays where it is"


async def a_step_with_several_matches_is_one_stop(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "slash", *"7099", "enter")
    first = app.walk.status.index
    await press(pilot, "n", "N")
    assert app.walk.status.index == first


async def what_is_pasted_is_cleaned(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "slash")
    line = app.walk.query_one("#find-search SearchInput")
    line.value = "a\x1b[31m\u202eb\x9b" + "c" * 500  # type: ignore[attr-defined]
    await pilot.pause()
    assert app.walk.query_one("#find-search", EntryBar).text.startswith("a[31mb")
    assert len(app.walk.query_one("#find-search", EntryBar).text) == 200


async def the_bar_can_be_clicked(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "slash", *"epoll_ctl(", "enter")
    at = app.walk.status.index
    status = app.walk.query_one("#find-search SearchStatus", RowsView)
    text = status.render_line(0).text
    await pilot.click(status, offset=(text.index("n next") + 1, 0))
    await pilot.pause()
    assert app.walk.status.index > at
    await pilot.click(status, offset=(text.index("ends"), 0))
    await pilot.pause()
    assert not app.walk.query_one("#find-search").display


async def of_a_long_paste_there_is_as_much_as_there_is_room_for(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    for key, where in (("slash", "#find-search"), ("F", "#find-filter")):
        await press(pilot, key)
        line = app.walk.query_one(f"{where} SearchInput", SearchInput)
        line.post_message(Paste("stage:bind " + "x" * 10_000))
        await pilot.pause()
        assert line.value == ("stage:bind " + "x" * 200)[:200]
        line.post_message(Paste("y"))
        await pilot.pause()
        assert "y" not in line.value
        await press(pilot, "escape")


async def test_searching() -> None:
    await travel(
        replay(),
        (120, 40),
        n_without_a_search_says_so_from_the_palette,
        search_from_match_to_match_and_end,
        enter_stays_where_the_step_shown_is_a_match,
        the_end_of_the_walk_is_passed_with_a_word,
        what_is_nowhere,
        the_focus_comes_back,
        the_source_in_sight_is_searched,
        a_step_with_several_matches_is_one_stop,
        what_is_pasted_is_cleaned,
        the_bar_can_be_clicked,
        of_a_long_paste_there_is_as_much_as_there_is_room_for,
    )


async def keys_that_are_typed_do_nothing_else(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press_each(pilot, "slash", *"l n?q1 z")
    assert app.walk.language == "en"
    assert not app._exit
    assert app.walk.status.index == 0
    assert app.walk.query_one("#find-search", EntryBar).text == "l n?q1 z"
    await press(pilot, "left", "home", "backspace")
    assert app.walk.status.index == 0
    await press(pilot, "ctrl+c")
    assert not app._exit
    assert not app.walk.query_one("#find-search").display
    await press(pilot, "space")
    assert app.walk.status.index == 1


async def a_click_elsewhere_ends_the_typing_and_a_search_goes_on(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    mouse = Mouse(pilot)
    elsewhere = app.walk.query_one("#kernel").region.center
    await press(pilot, "slash", *"epoll_ctl(")
    await mouse.click_text("Tab where")
    assert ">source" in bar(app)
    await mouse.click(*elsewhere)
    await until(pilot, lambda: not app.walk.query_one("#find-search", EntryBar).editing)
    assert app.walk.query_one("#find-search").display
    assert app.walk.status.index == 0
    await press(pilot, "escape", "slash")
    await mouse.click(*elsewhere)
    await until(pilot, lambda: not app.walk.query_one("#find-search").display)
    await press(pilot, "F", *"stage:acc")
    await mouse.click_text("Tab completes")
    assert app.walk.query_one("#find-filter", EntryBar).text == "stage:accept "
    await mouse.click(*elsewhere)
    await until(pilot, lambda: not app.walk.query_one("#find-filter").display)


async def help_is_searched(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "question_mark", "slash", *"svg")
    view = app.screen.query_one("#help-rows", RowsView)
    rows = ["".join(p.text for p in view.row(n)) for n in range(view.virtual_size.height)]
    assert rows[0] == "Find and mark"
    assert rows[1].startswith(" S ")
    assert len(rows) == 2
    await press(pilot, "enter", "escape")
    assert isinstance(app.screen, HelpScreen), "Esc ends the search first"
    assert view.virtual_size.height > 20
    await press(pilot, "end")
    assert view.scroll_offset.y > 0
    await press(pilot, "escape")
    assert isinstance(app.screen, WalkScreen)


async def test_typing_in_a_small_terminal() -> None:
    await travel(
        replay(),
        (80, 24),
        keys_that_are_typed_do_nothing_else,
        a_click_elsewhere_ends_the_typing_and_a_search_goes_on,
        help_is_searched,
    )


class NotedLesson(FakeLesson):
    """A lesson that lets its notes be looked through."""

    def __init__(self, header: Header = HEADER) -> None:
        super().__init__(header)
        common = {"text": ("",), "function": ("syscall.Listen",)}
        begins = Texts({"en": "A queue begins.", "zh": "队列开始了。"})
        other = Texts({"en": "No such word.", "zh": "没有这个词。"})
        self.notes = Notes(
            [
                Note(id="a", said=begins, stage=Stage.LISTEN, **common),  # type: ignore[arg-type]
                Note(id="b", said=other, stage=Stage.BIND, **common),  # type: ignore[arg-type]
            ]
        )


async def test_notes_are_searched_and_lead_to_their_place() -> None:
    app = WalkthroughApp(history=history_of(EVENTS), lesson_factory=NotedLesson, language="en")
    async with app.run_test(size=(120, 40)) as pilot:
        for language, word in (("en", "queue"), ("zh", "队列")):
            await begin_again(pilot, language)
            await press(pilot, "slash", *word, "tab", "tab", "enter")
            assert app.walk.status.index == index_of(EVENTS, FunctionEntered, "syscall.Listen")
            assert word in bar(app)
            await press(pilot, "shift+tab")
            assert app.focused is not None, "Tab goes from pane to pane again"
            await press(pilot, "escape")


async def the_copied_step_is_in_chinese_too(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (80, 24))
    app.walk.move_to(LISTEN + 2)
    await press(pilot, "y", "s")
    assert "位置：listen" in app.clipboard
    assert ZH("Changed in the kernel's view") in app.clipboard
    assert ": " not in app.clipboard.replace(": step", "")


async def help_that_holds_nothing_says_so(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (80, 24))
    await press(pilot, "question_mark", "slash", *"qwertz")
    view = app.screen.query_one("#help-rows", RowsView)
    assert ZH("No action has this in its keys, its name or its sentence.") in "".join(
        p.text for p in view.row(0)
    )
    await press(pilot, "escape", "escape")
    assert isinstance(app.screen, WalkScreen)


async def the_palette_in_chinese_finds_by_english_and_by_key(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await press(pilot, "ctrl+p")
    await press(pilot, *"next stage")
    await until(pilot, lambda: len(app.screen_stack) > 2)
    await pilot.pause(0.3)
    await press(pilot, "enter", "enter")
    await until(pilot, lambda: isinstance(app.screen, WalkScreen))
    await until(pilot, lambda: EVENTS[app.walk.status.index].stage == "resolveAddrList")


async def what_is_typed_at_one_go_with_the_palettes_key_is_in_its_line(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    at = app.walk.status.index
    for typed in ("x", "next stage"):
        type_at_once(app, f"\x10{typed}")
        await until(pilot, lambda: isinstance(app.focused, CommandInput))
        line = app.focused
        assert isinstance(line, CommandInput)
        await until(pilot, lambda line=line, typed=typed: line.value == typed)  # type: ignore[misc]
        await press(pilot, "escape")
        await until(pilot, lambda: isinstance(app.screen, WalkScreen))
    assert app.walk.status.index == at, "no key of it was one of the walk's"


async def the_search_speaks_the_language_and_searches_its_words(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await press(pilot, "slash", *"握手", "enter")
    client = next(event.seq for event in EVENTS if isinstance(event, ClientActed))
    assert app.walk.status.index == client + 1
    assert "第 1 处，共 1 处" in bar(app)
    await press(pilot, "l")
    assert "/握手" in bar(app)
    assert EN("nothing found") in bar(app)


async def test_in_chinese() -> None:
    await travel(
        replay(language="zh"),
        (120, 40),
        the_copied_step_is_in_chinese_too,
        what_is_typed_at_one_go_with_the_palettes_key_is_in_its_line,
        help_that_holds_nothing_says_so,
        the_palette_in_chinese_finds_by_english_and_by_key,
        the_search_speaks_the_language_and_searches_its_words,
    )


async def test_a_search_of_a_history_that_grows() -> None:
    feed = FakeFeed(HEADER, *EVENTS[: BIND + 1], ServerHalted(seq=BIND))
    app = WalkthroughApp(feed=feed, lesson_factory=FakeLesson, language="en")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.last == BIND)
        await press(pilot, "slash", *"listen(3", "enter")
        assert EN("nothing found") in bar(app)
        feed.say(*EVENTS[BIND + 1 : LISTEN + 2], ServerHalted(seq=LISTEN + 1))
        await until(pilot, lambda: "1 of 1" in bar(app) or "1 found" in bar(app))
        await press(pilot, "N")
        assert app.walk.status.index == LISTEN


# Filtering


async def filtered(pilot: Pilot[None], text: str) -> None:
    await press(pilot, "F", *text, "enter")


async def tab_completes_and_the_bar_lists_what_is_allowed(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await press(pilot, "F", *"sta", "tab")
    entry = app.walk.query_one("#find-filter", EntryBar)
    assert entry.text == "stage:"
    assert "resolveAddrList sysSocket" in bar(app, "find-filter")
    await press(pilot, "p", "tab", "O", "tab")
    assert entry.text == "stage:pollOpen "
    await press(pilot, *"err", "tab", "s", "enter")
    assert "filter stage:pollOpen error" in bar(app, "find-filter")
    await press(pilot, "F", "ctrl+u", "enter")
    assert not app.walk.query_one("#find-filter").display


async def a_wrong_word_is_answered_with_what_is_allowed(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    for text, sentence in (
        ("fd:3", "A filter does not know fd:3. It knows stage:, step:, call:, g:, thread:"),
        ("stage:", "stage: needs a value behind the colon, such as stage:accept."),
        ("stage:foo", "There is no stage foo. The stages are resolveAddrList, sysSocket"),
        ("step:foo", "There is no finer step foo. The finer steps are probe"),
        ("g:x", "x is no number"),
    ):
        await filtered(pilot, text)
        assert [note for note in said(app) if note.startswith(sentence)], text
        assert app.walk.query_one("#find-filter", EntryBar).editing, "it can be mended"
        await press(pilot, "escape")
        assert not app.walk.query_one("#find-filter").display, text
        app.clear_notifications()


async def calls_that_do_not_pass_are_dim(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(LISTEN + 2)
    await filtered(pilot, "call:bind")
    view = app.walk.query_one("#calls", RowsView)
    rows = [view.row(number) for number in range(view.virtual_size.height)]
    kinds = {
        "".join(p.text for p in row).strip().partition("(")[0]: {p.kind for p in row}
        for row in rows[:-1]
    }
    assert kinds["epoll_create1"] == {"dim"}
    assert "dim" not in kinds["bind"]
    await press(pilot, "F", "ctrl+u", "enter")
    assert {p.kind for p in view.row(1)} != {"dim"}


async def steps_go_only_to_events_that_pass(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    places = [
        e.seq for e in EVENTS if isinstance(e, CallEntered | CallReturned) and e.call == "epoll_ctl"
    ]
    history = history_of(EVENTS)
    await filtered(pilot, "call:epoll_ctl")
    assert "6 events pass" in bar(app, "find-filter")
    assert EN("this one does not") in bar(app, "find-filter")
    seen = []
    for _ in places:
        await press(pilot, "space")
        seen.append(app.walk.status.index)
    assert seen == [history.step_end(place) for place in places]
    assert EN("this one does not") not in bar(app, "find-filter")
    await press(pilot, "space")
    assert app.walk.status.index == seen[-1]
    assert EN("No event ahead passes the filter {filter}.", filter="call:epoll_ctl") in said(app)
    for index in reversed(seen[:-1]):
        await press(pilot, "left")
        assert app.walk.status.index == index
    await press(pilot, "left")
    assert EN(
        "No event before this one passes the filter {filter}.", filter="call:epoll_ctl"
    ) in said(app)
    await press(pilot, "F", "ctrl+u", "enter")
    assert EN("No filter any more: a step goes to every event again.") in said(app)
    assert not app.walk.query_one("#find-filter").display
    await press(pilot, "space")
    assert app.walk.status.index == history.next_step(seen[0])


async def test_filtering() -> None:
    await travel(
        replay(),
        (120, 40),
        tab_completes_and_the_bar_lists_what_is_allowed,
        a_wrong_word_is_answered_with_what_is_allowed,
        calls_that_do_not_pass_are_dim,
        steps_go_only_to_events_that_pass,
    )


async def test_a_step_at_the_live_edge_releases_once_and_says_that_it_does_not_pass() -> None:
    feed = FakeFeed(HEADER, *EVENTS[:BIND], ServerHalted(seq=BIND - 1))
    app = WalkthroughApp(feed=feed, lesson_factory=FakeLesson, language="en")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.last == BIND - 1)
        await filtered(pilot, "stage:sysSocket")
        await press(pilot, "space")
        assert feed.sent == [StepCommand()]
        feed.say(EVENTS[BIND], ServerHalted(seq=BIND))
        await until(pilot, lambda: app.walk.status.index == BIND)
        assert EN("this one does not") in bar(app, "find-filter")
        await press(pilot, "left")
        assert EVENTS[app.walk.status.index].stage == "sysSocket" or isinstance(
            EVENTS[app.walk.history.step_start(app.walk.status.index)],  # type: ignore[union-attr]
            FunctionReturned,
        )
        await press(pilot, "space")
        assert app.walk.status.index == BIND, "from the last that passes on to the edge"
        assert feed.sent == [StepCommand()]


async def test_a_filter_in_a_long_history_finds_what_lies_far_ahead() -> None:
    walk = Recorder()
    walk.enter("main.main")
    for _ in range(4000):
        walk.call("read", fd=3)
    walk.call("close", fd=3)
    app = replay(history_of(walk.events))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "F", *"call:close", "enter", "space")
        await until(pilot, lambda: app.walk.status.index == len(walk.events) - 2)


# Copying and saving


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test a cache of its own, and return its folder."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "walkthrough"


async def copy_a_line_a_call_a_step(app: WalkthroughApp, pilot: Pilot[Any], cache: Path) -> None:
    app.walk.move_to(LISTEN + 2)
    await press(pilot, "y")
    assert app.walk.query_one("#find-copy").display
    assert not app.walk.query_one(KeysBar).display
    await press(pilot, "l")
    assert app.clipboard.startswith(("func step", "\tif", "    if", "    return", "    }"))
    assert app.walk.language == "en", "l was the answer, not the language"
    await press(pilot, "y", "c")
    assert app.clipboard == "listen(3, 4096) = 0"
    count, file = len(app.clipboard), cache / "copied.txt"
    assert said(app) == [
        EN(
            "Copied, {count} characters. Where the terminal does not take them, they are "
            "in {file}.",
            count=count,
            file=str(file),
        )
    ]
    await press(pilot, "y", "s")
    lines = app.clipboard.splitlines()
    assert lines[0] == f"Event {LISTEN + 3} of {len(EVENTS)}: the kernel has answered: listen = 0"
    assert "Place: listen" in lines
    assert "System call: listen(3, 4096) = 0" in lines
    assert any("accept queue" in line for line in lines)
    await press(pilot, "y", "space")
    assert not app.walk.query_one("#find-copy").display
    assert app.walk.status.index > LISTEN + 2


async def a_call_that_lasts_is_copied_unfinished(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(LISTEN)
    await press(pilot, "y", "c")
    assert app.clipboard == "listen(3, 4096 <unfinished ...>"


async def what_is_to_be_copied_can_be_clicked_and_the_question_is_over(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    app.walk.move_to(BIND)
    await press(pilot, "y")
    await Mouse(pilot).click_text("c " + EN("system call"))
    assert app.clipboard.startswith("bind(")
    assert not app.walk.query_one("#find-copy").display
    assert app.walk.query_one(KeysBar).display


async def what_is_copied_is_kept_in_a_file(
    app: WalkthroughApp, pilot: Pilot[Any], cache: Path
) -> None:
    app.walk.move_to(LISTEN + 2)
    await press(pilot, "y", "s", "y", "c")
    kept = cache / "copied.txt"
    assert kept.read_text() == app.clipboard == "listen(3, 4096) = 0"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert str(kept) in said(app)[0]
    kept.unlink()
    kept.mkdir()
    await press(pilot, "y", "c")
    assert said(app) == [
        EN(
            "Sent to the terminal's clipboard: {count} characters. Not every terminal takes them.",
            count=len(app.clipboard),
        )
    ]


async def test_copying(cache: Path) -> None:
    await travel(
        replay(),
        (80, 24),
        partial(copy_a_line_a_call_a_step, cache=cache),
        a_call_that_lasts_is_copied_unfinished,
        what_is_to_be_copied_can_be_clicked_and_the_question_is_over,
        partial(what_is_copied_is_kept_in_a_file, cache=cache),
    )


async def test_nothing_to_copy_says_so() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "y", "c")
        assert said(app) == [EN("There is no system call yet to copy.")]
        await press(pilot, "y", "l")
        assert said(app) == [EN("There is no source line here to copy.")]
    app = replay(History(HEADER))
    async with app.run_test(size=(80, 24)) as pilot:
        for key in "lcs":
            await press(pilot, "y", key)
        assert said(app) == [EN("There is no event yet to copy.")]


async def test_the_screen_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        app.walk.move_to(LISTEN)
        await press(pilot, "S", "S")
        await until(pilot, lambda: len([*tmp_path.iterdir()]) == 2)
    name = f"walkthrough-first-connection-{LISTEN + 1}"
    assert {file.name for file in tmp_path.iterdir()} == {f"{name}.svg", f"{name}-2.svg"}
    svg = (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
    assert "https://cdn" not in svg
    assert "@font-face" not in svg
    assert "listen" in svg
    assert EN("The screen is saved: {file}", file=f"{name}-2.svg") in said(app)


async def test_no_message_lies_over_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = replay()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        app.walk.say("overlaid")
        await until(pilot, lambda: "overlaid" in picture_of(app))
        await press(pilot, "S")
        await until(pilot, lambda: any(tmp_path.iterdir()))
    [file] = tmp_path.iterdir()
    assert "overlaid" not in file.read_text(encoding="utf-8")


async def test_a_picture_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "S")
        await until(pilot, lambda: bool(said(app)))
        assert said(app) == [
            EN(
                "The screen could not be saved as {file}: {why}",
                file="walkthrough-first-connection-1.svg",
                why="No such file or directory",
            )
        ]


async def test_the_walk_is_saved_as_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app, given = replay(), list[tuple[Header, int]]()

    def writer(header: Header, lines: Sequence[bytes]) -> tuple[str, str]:
        given.append((header, len(lines)))
        return "<!DOCTYPE html>", "Something is left out."

    app.page_writer = writer
    async with app.run_test(size=(80, 24)) as pilot:
        for name in ("walkthrough-first-connection.html", "walkthrough-first-connection-2.html"):
            await press(pilot, "E")
            saved = EN("The page is saved: {file}", file=name)
            told = f"{saved} Something is left out."
            await until(pilot, lambda told=told: told in said(app))  # type: ignore[misc]
            assert (tmp_path / name).read_text("utf-8") == "<!DOCTYPE html>"
        assert app.walk.history is not None
        assert given == [(app.walk.history.header, len(app.walk.history))] * 2


async def test_a_page_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "E")
        assert said(app) == [EN("Pages are made by `walkthrough export` alone.")]
        app.page_writer = lambda header, lines: ("", "")
        await press(pilot, "E")
        told = EN(
            "The page could not be saved as {file}: {why}",
            file="walkthrough-first-connection.html",
            why="No such file or directory",
        )
        await until(pilot, lambda: told in said(app))


# The palette and the help


# How it looks

LOOKS = {
    "typing": ["slash", *"epoll"],
    "the source": ["tab"],
    "found": ["shift+tab", *"_ctl(", "enter"],
    "typing a filter": ["escape", "F", *"stage:"],
    "filtered": ["ctrl+u", *"call:epoll_ctl,bind g:1", "enter"],
    "filtered and found": ["slash", *"4096", "enter"],
    "copying": ["escape", "y"],
    "help": ["escape", "question_mark", "slash", *"bind"],
}


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_its_looks(size: tuple[int, int]) -> None:
    app = replay()
    async with app.run_test(size=size) as pilot:
        for language in ("en", "zh"):
            await begin_again(pilot, language)
            app.walk.move_to(LISTEN)
            parts = []
            for name, keys in LOOKS.items():
                await press(pilot, *keys)
                lines = drawn(app).splitlines()
                shown = lines if name == "help" else lines[-4:]
                parts += [f"== {name}", *shown]
            await press(pilot, "escape", "escape", "F", "ctrl+u", "enter", "escape")
            picture = Picture("\n".join(parts) + "\n", "")
            compare(f"find-{size[0]}x{size[1]}-{language}", picture)
