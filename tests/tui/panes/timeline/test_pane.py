"""The timeline on the screen: pictures, mouse, going somewhere, bookmarks that are kept."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.text import Text
from textual.color import Color
from textual.events import Key, MouseScrollDown, MouseScrollUp
from textual.pilot import Pilot

from tests.support.feeds import FakeFeed
from tests.support.mouse import DOWN, UP, Mouse
from tests.support.pictures import Picture, compare
from tests.support.records import (
    CLIENT,
    HEADER,
    FakeLesson,
    Recorder,
    first_connection,
    history_of,
    many_calls,
)
from tests.support.screen import (
    halted_at,
    live,
    press,
    resize,
    speak,
    text_of,
    travel,
    type_at_once,
    until,
)
from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.model.events import (
    AnyEvent,
    CallReturned,
    CaptureEnded,
    ClientActed,
    Header,
    KernelObserved,
    ProcessExited,
    ThreadStarted,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.protocol import ServerHalted
from walkthrough.state.timeline.timeline import SLICE, EventTimeline
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.navigation.bookmark_list import BookmarkList, BookmarkRows
from walkthrough.tui.panes.timeline.pane import TimelinePane
from walkthrough.tui.widgets.prompt import Prompt, PromptLine
from walkthrough.tui.widgets.safe_input import SafeInput
from walkthrough.tui.widgets.theme import THEMES
from walkthrough.user_data.bookmarks import Bookmarks, RecordingIdentity
from walkthrough.view.text_styles import TIMELINE_KINDS
from walkthrough.view.timeline.status_line import FOCUSED

EN = catalogue("en")
ZH = catalogue("zh")


SIZES = [(80, 24), (120, 40), (180, 50)]


def served() -> list[AnyEvent]:
    """Return a walk with all that a timeline can show: three goroutines, errors, an end."""
    walk = Recorder()
    walk.events = first_connection()[:-3]
    walk._spans = 500
    for goroutine, thread, error in ((18, 4243, ""), (19, 4244, "ECONNRESET")):
        walk.note(ThreadStarted, thread=thread)
        begin = len(walk.events)
        walk.goroutine = goroutine
        walk.enter("main.serve")
        walk.enter("internal/poll.(*FD).Read", "read", fd=4)
        walk.call("read", error="EAGAIN", fd=4)
        walk.enter("internal/poll.runtime_pollWait", "pollWait")
        walk.note(ClientActed, client=1, action="send", local=CLIENT, data=b"hello")
        walk.leave()
        walk.call("read", 5, error, fd=4)
        walk.leave(failed=bool(error))
        walk.enter("internal/poll.(*FD).Close", "close", fd=4)
        walk.call("close", error="EIO" if error else "", fd=4)
        walk.leave()
        walk.leave()
        walk.events[begin:] = [
            msgspec.structs.replace(event, thread=thread) if event.thread else event
            for event in walk.events[begin:]
        ]
    failed = max(event.seq for event in walk.events if isinstance(event, CallReturned))
    walk.events[failed] = msgspec.structs.replace(walk.events[failed], injected=True)
    walk.note(ProcessExited, pid=4242, code=1)
    walk.note(CaptureEnded, reason="exited")
    return walk.events


EVENTS = served()
NOTES = {30: "here the poller begins", 90: "", 100: "注意 accept 队列 \x1b[31m"}


def opened(
    language: str = "en",
    events: list[AnyEvent] | None = None,
    bookmarks: Callable[[Header], Bookmarks] | None = None,
) -> WalkthroughApp:
    return WalkthroughApp(
        history=history_of(EVENTS if events is None else events),
        lesson_factory=FakeLesson,
        language=language,
        bookmarks=bookmarks,
    )


def kept_in(path: Path) -> Callable[[Header], Bookmarks]:
    return lambda header: Bookmarks((path,), RecordingIdentity.of(header))


def marked(_header: Header) -> Bookmarks:
    marks = Bookmarks()
    for seq, note in NOTES.items():
        marks.put(seq, note)
    return marks


def pane_of(app: WalkthroughApp) -> TimelinePane:
    return app.walk.query_one(TimelinePane)


def rows_of(app: WalkthroughApp) -> list[str]:
    return text_of(app, "timeline").split("\n")


def asking(app: WalkthroughApp) -> bool:
    return app.walk.query_one(Prompt).display


def listing(app: WalkthroughApp) -> bool:
    return isinstance(app.screen, BookmarkList)


def said_by(app: WalkthroughApp) -> list[str]:
    return [note.message for note in app._notifications]


def screen_of(app: WalkthroughApp) -> str:
    lines = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    return "\n".join(lines) + "\n"


async def write(pilot: Pilot[None], text: str) -> None:
    """Type a text and Enter."""
    await press(pilot, *("space" if one == " " else one for one in text), "enter")


# Pictures


PICTURES: list[tuple[str, int, tuple[str, ...], tuple[str, ...], list[tuple[int, int]]]] = [
    # Name, event, the keys that lead there and those that lead back, sizes.
    ("line", 60, (), (), SIZES),
    ("bookmark", 90, ("left_square_bracket",), (), SIZES),
    ("zoomed", 70, ("7", "7"), ("z",), SIZES),
    ("go-to", 60, ("g", "z", "enter"), ("escape",), SIZES[:2]),
    ("note", 72, ("m",), ("escape",), SIZES[:2]),
    ("list", 60, ("M",), ("escape",), SIZES[:2]),
]


@pytest.mark.parametrize("size", SIZES)
async def test_pictures(size: tuple[int, int]) -> None:
    app = opened(bookmarks=marked)
    async with app.run_test(size=size) as pilot:
        for language in ("en", "zh"):
            await speak(pilot, language)
            for name, at, keys, back, sizes in PICTURES:
                if size not in sizes:
                    continue
                app.walk.move_to(at)
                await press(pilot, *keys)
                shown = "\n".join(drawn(app)) + "\n"
                compare(f"timeline-{name}-{size[0]}x{size[1]}-{language}", Picture(shown, ""))
                await press(pilot, *back)
                app.walk.set_focus(None)
                app.clear_notifications()


def drawn(app: WalkthroughApp) -> list[str]:
    """Return what is drawn of the timeline's own: the list over all, else line and prompt."""
    found = app.screen.query(BookmarkRows)
    if found:
        view = found.first()
        title = Text.from_markup(str(view.border_title)).plain
        return [title, *(view.render_line(y).text.rstrip() for y in range(view.size.height))]
    region = pane_of(app).region
    bottom = region.bottom + (app.walk.query_one(Prompt).region.height if asking(app) else 0)
    return screen_of(app).split("\n")[region.y : bottom]


async def everything_has_a_colour_of_its_own_in_every_theme(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    for theme in THEMES:
        app.theme = theme.name
        await pilot.pause()
        pane = pane_of(app)
        styles = {kind: pane.ink(kind) for kind in TIMELINE_KINDS}
        bands = [str(style) for kind, style in styles.items() if kind.startswith("band")]
        assert all(one != other for one, other in pairwise(bands)), (
            f"neighbours can be told apart in {theme.name}"
        )
        assert str(styles["running"]) != str(styles["calling"]), theme.name
        assert styles["playhead"].bgcolor != pane.rich_style.bgcolor, theme.name


async def that_an_event_is_part_of_a_step_is_said(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    history = history_of(EVENTS)
    rides = next(seq for seq in range(1, len(EVENTS)) if history.step_start(seq) != seq)
    alone = next(seq for seq in range(1, len(EVENTS)) if history.step_end(seq) == seq)
    for tr in (EN, ZH):
        await speak(pilot, tr.language)
        for asked in (alone, rides, history.step_start(rides)):
            await press(pilot, "g")
            await write(pilot, f"{asked + 1}")
            landed = app.walk.status.index
            assert landed == history.step_end(asked)
            first = history.step_start(asked) + 1
            expected = tr(
                "{asked} is in the step {first}–{last}",
                asked=asked + 1,
                first=first,
                last=landed + 1,
            )
            position = text_of(app, "header").split("\n")[0]
            assert (expected in position) == (landed != asked)
        assert expected in position
        await press(pilot, "left", "right")
        assert expected not in text_of(app, "header")
        await press(pilot, "g")
        await write(pilot, "listen")
        assert tr("{asked} is in the step {first}–{last}").partition("}")[2].partition("{")[
            0
        ] not in text_of(app, "header")


async def go_to_a_time_and_a_stage(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "g")
    await write(pilot, "0.05ms")
    assert app.walk.status.index == app.walk._history.step_end(50)  # type: ignore[union-attr]
    await press(pilot, "g")
    await write(pilot, "listen")
    step = app.walk._step()
    assert step is not None
    assert step.world.place.stage == "listen"


async def what_is_typed_behind_an_answer_is_not_lost(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await press(pilot, "g")
    for key in ("4", "1", "enter", "m"):
        app.post_message(Key(key, key if len(key) == 1 else None))
    await until(pilot, lambda: app.walk.status.index > 0)
    await pilot.pause()
    assert app.walk.status.index == app.walk._history.step_end(40)  # type: ignore[union-attr]
    assert EN.in_context("a bookmark", "Note") in screen_of(app)
    assert app.walk.query_one(PromptLine).value == ""


async def the_mark_of_the_keys_comes_and_goes_with_them(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    for size in ((120, 40), (80, 24)):
        await resize(pilot, size)
        await press(pilot, "7")
        if size == (80, 24):  # a single row has no room for it
            await press(pilot, "z")
        assert FOCUSED in text_of(app, "timeline"), size
        await press(pilot, "g")
        assert FOCUSED not in text_of(app, "timeline"), size
        await write(pilot, "41")
        assert FOCUSED in text_of(app, "timeline"), size
        await press(pilot, "2")
        assert FOCUSED not in text_of(app, "timeline"), size


async def what_is_typed_at_once_behind_g_is_where_to_go(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await resize(pilot, (100, 30))
    history = app.walk.history
    assert history is not None
    for before in ("", "P"):
        for number in (90, 12, 101):
            type_at_once(app, f"{before}g{number}\r")
            await until(pilot, stands_at(app, history.step_end(number - 1)))
        type_at_once(app, "gg")
        await until(pilot, stands_at(app, history.beginning()))
        assert not asking(app)
    await press(pilot, "P")
    assert not app.walk.query_one("#caption").display, "presenting has ended"


async def a_line_is_opened_written_and_entered_at_once(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await resize(pilot, (100, 30))
    for keys, where, value in (
        ("/bind\r", "#find-search SearchInput", "bind"),
        ("Fstage:bind\r", "#find-filter SearchInput", "stage:bind"),
        ("F\x15\r", "#find-filter SearchInput", ""),
    ):
        type_at_once(app, keys)
        await pilot.pause()
        line = app.walk.query_one(where, SafeInput)
        await until(pilot, lambda line=line, value=value: holds(line, value) and is_left(line))  # type: ignore[misc]
        await press(pilot, "escape")


async def test_going_somewhere() -> None:
    await travel(
        opened(),
        (120, 40),
        everything_has_a_colour_of_its_own_in_every_theme,
        that_an_event_is_part_of_a_step_is_said,
        go_to_a_time_and_a_stage,
        what_is_typed_behind_an_answer_is_not_lost,
        the_mark_of_the_keys_comes_and_goes_with_them,
        what_is_typed_at_once_behind_g_is_where_to_go,
        a_line_is_opened_written_and_entered_at_once,
    )


async def test_without_colour_the_cursor_is_reversed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = opened()
    async with app.run_test(size=(180, 50)) as pilot:
        app.walk.move_to(60)
        await pilot.pause()
        first = app.screen._compositor.render_strips()[pane_of(app).region.y]
        plain = first.apply_filter(app.get_line_filters()[-1], Color(0, 0, 0))
        reversed_ = [one.text for one in plain if one.style is not None and one.style.reverse]
        assert [len(text) for text in reversed_] == [2], "the event is two columns wide here"


async def test_every_height_has_a_line_and_the_cursor_on_it_while_a_terminal_changes() -> None:
    app = opened(bookmarks=marked)
    async with app.run_test(size=(180, 50)) as pilot:
        await pilot.pause()
        before = rows_of(app)
        for height in (16, 24, 30, 36, 50):
            await resize(pilot, (170, height))
            for keys in ((), ("7", "7")):
                await press(pilot, *keys)
                rows = rows_of(app)
                assert any("┃" in row for row in rows), (height, keys)
                assert all(len(row) >= 169 or not row.strip() for row in rows[:1]), (height, keys)
            await press(pilot, "z")
            app.walk.set_focus(None)
        for size in ((60, 16), (80, 24), (20, 5), (120, 40), (180, 50)):
            await resize(pilot, size)
        assert rows_of(app) == before


# The mouse


async def a_click_goes_to_the_event_under_it(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await pilot.pause()
    for x in (0, 1, 33, 64, 100, 119):
        await pilot.click("#timeline", offset=(x, 1))
        await pilot.pause()
        history = app.walk.history
        assert history is not None
        wanted = history.step_end(-(-x * len(EVENTS) // 120))
        assert app.walk.status.index == wanted
        assert "┃" in rows_of(app)[1] or "▼" in rows_of(app)[1]


async def a_drag_takes_the_walk_along_and_out_of_the_pane(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await pilot.pause()
    await pilot.mouse_down("#timeline", offset=(20, 1))
    await pilot.pause()
    begun = app.walk.status.index
    assert 0 < begun < 40
    await pilot.hover("#timeline", offset=(60, 1))
    await until(pilot, lambda: app.walk.status.index > begun)
    await pilot.hover("#timeline", offset=(80, 1))
    await pilot.hover("#path", offset=(4, 4))
    await pilot.mouse_up("#path", offset=(4, 4))
    await until(pilot, lambda: app.walk.status.index < begun)
    let_go = app.walk.status.index
    await pilot.hover("#timeline", offset=(110, 1))
    await pilot.pause()
    assert app.walk.status.index == let_go, "the button is up"


async def the_wheel_steps(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(50)
    at = app.walk.status.index
    pane = pane_of(app)
    where = (pane, 5, 1, 0, 0, 0, False, False, False)
    pane.post_message(MouseScrollDown(*where))
    await pilot.pause()
    ahead = app.walk.status.index
    assert ahead > at
    for _ in range(2):
        pane.post_message(MouseScrollUp(*where))
        await pilot.pause()
    assert app.walk.status.index < at


async def what_stands_left_of_the_line_leads_nowhere(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await resize(pilot, (180, 50))
    app.walk.move_to(50)
    await pilot.click("#timeline", offset=(3, 3))
    await pilot.pause()
    assert app.walk.status.index == app.walk._history.step_end(50)  # type: ignore[union-attr]
    await pilot.click("#timeline", offset=(18, 3))
    await pilot.pause()
    assert app.walk.status.index == app.walk._history.step_end(0)  # type: ignore[union-attr]


async def test_by_mouse() -> None:
    await travel(
        opened(),
        (120, 40),
        a_click_goes_to_the_event_under_it,
        a_drag_takes_the_walk_along_and_out_of_the_pane,
        the_wheel_steps,
        what_stands_left_of_the_line_leads_nowhere,
    )


async def test_lanes_that_there_is_no_room_for_can_be_scrolled_to() -> None:
    events = served()
    walk = Recorder()
    walk.events = events[:-2]
    for goroutine in range(100, 160):
        walk.goroutine = goroutine
        walk._chain.clear()
        walk.enter("main.serve")
    app = opened(events=walk.events)
    async with app.run_test(size=(180, 50)) as pilot:
        await press(pilot, "home", "7")
        assert "g19 serve" in text_of(app, "timeline")
        assert "g101" not in text_of(app, "timeline")
        assert "+59 goroutines" in text_of(app, "timeline")
        await press(pilot, "pagedown")
        assert "g101 serve" in text_of(app, "timeline")
        await press(pilot, "down", "up", "pageup")
        assert "g19 serve" in text_of(app, "timeline")
        for _ in range(16):
            await press(pilot, "pagedown")
        assert "g159 serve" in text_of(app, "timeline")
        await press(pilot, *["pageup"] * 16)
        stood, names = app.walk.status.index, pane_of(app).region
        await Mouse(pilot).wheel(names.x + 3, names.y + 4, DOWN, times=2)
        assert "g101 serve" in text_of(app, "timeline")
        await Mouse(pilot).wheel(names.x + 3, names.y + 4, UP, times=2)
        assert "g101" not in text_of(app, "timeline")
        assert app.walk.status.index == stood


# Going somewhere


async def go_to_an_event_and_the_panes_stay_in_sight(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await press(pilot, "2", "g")
    assert app.walk.query_one("#path").display
    assert not app.walk.query_one("#keys").display
    assert f"event 1–{len(EVENTS)}" in screen_of(app)
    await write(pilot, "41")
    assert app.walk.status.index == app.walk._history.step_end(40)  # type: ignore[union-attr]
    assert app.walk.query_one("#keys").display
    assert not asking(app)
    assert app.walk.focused is app.walk.query_one("#source-lines"), "who had the keys before"


async def what_is_wrong_is_said_and_can_be_mended(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "g")
    await write(pilot, "9999")
    assert "✗ " + EN("Events are 1 to {last}.", last=len(EVENTS)) in screen_of(app)
    await press(pilot, "backspace")
    assert "✗ Events" not in screen_of(app)
    await press(pilot, *["backspace"] * 3, "5", "enter")
    assert app.walk.status.index == app.walk._history.step_end(4)  # type: ignore[union-attr]


async def what_is_wrong_stays_said_however_quickly_it_was_typed(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await press(pilot, "g")
    for key in ("9", "9", "9", "9", "enter"):
        app.post_message(Key(key, key if len(key) == 1 else None))
    await pilot.pause()
    await until(pilot, lambda: app.walk.query_one(PromptLine).value == "9999")
    await pilot.pause()
    assert "✗ " + EN("Events are 1 to {last}.", last=len(EVENTS)) in screen_of(app)


async def go_to_the_first_event(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    for keys in (("g", "g"), ("g", "enter")):
        app.walk.move_to(60)
        await press(pilot, *keys)
        assert app.walk.status.index == 0, keys
        assert not asking(app), keys


async def leaving_the_prompt_changes_nothing(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(60)
    at = app.walk.status.index
    await press(pilot, "g", "1", "escape")
    assert not asking(app)
    await press(pilot, "g", "1")
    await pilot.click("#path", offset=(2, 18))
    await pilot.pause()
    assert not asking(app), "whoever goes elsewhere has left"
    await press(pilot, "g", "tab")
    assert not asking(app)
    assert app.walk.status.index == at
    await press(pilot, "g", "m")
    assert app.walk.query_one(PromptLine).value == "m", "a letter is no action while one types"


async def test_the_prompt() -> None:
    await travel(
        opened(),
        (80, 24),
        go_to_an_event_and_the_panes_stay_in_sight,
        what_is_wrong_is_said_and_can_be_mended,
        what_is_wrong_stays_said_however_quickly_it_was_typed,
        go_to_the_first_event,
        leaving_the_prompt_changes_nothing,
    )


def stands_at(app: WalkthroughApp, index: int) -> Callable[[], bool]:
    return lambda: app.walk.status.index == index


async def test_what_is_typed_at_once_behind_the_key_that_opens_a_line_is_in_it() -> None:
    feed = halted_at(30)
    app = live(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 30)
        for before, keys, where in (
            ((), "mabc", "#prompt-line"),
            ((), "/bind", "#find-search SearchInput"),
            ((), "Fcall:q", "#find-filter SearchInput"),
            (("question_mark",), "/quit", "#help-search SearchInput"),
        ):
            await press(pilot, *before)
            type_at_once(app, keys)
            line = app.screen.query_one(where, SafeInput)
            await until(pilot, partial(holds, line, keys[1:]))
            type_at_once(app, "x\r")
            await until(pilot, partial(is_left, line))
            assert line.value == keys[1:] + "x"
            assert feed.sent == []
            assert app.walk.language == "en"
            await press(pilot, "escape")


def holds(line: SafeInput, text: str) -> bool:
    return line.value == text


def is_left(line: SafeInput) -> bool:
    return line.app.focused is not line


async def test_an_empty_recording_has_nowhere_to_go() -> None:
    app = opened(events=[])
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("g", "m", "M", "left_square_bracket", "right_square_bracket"):
            await press(pilot, key)
            assert not asking(app)
            assert not listing(app)


# Bookmarks


async def test_a_bookmark_is_there_when_the_recording_is_opened_again(tmp_path: Path) -> None:
    file = tmp_path / "walk.bookmarks.json"
    app = opened(bookmarks=kept_in(file))
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "g")
        await write(pilot, "listen")
        listening = app.walk.status.index
        await press(pilot, "m")
        await write(pilot, "now it listens")
        assert "▼ now it listens" in rows_of(app)[2]
        assert "▼" in rows_of(app)[0]
        await press(pilot, "q")
    again = opened(bookmarks=kept_in(file))
    async with again.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "▼" in rows_of(again)[0]
        assert "now it listens" not in screen_of(again)
        await press(pilot, "right_square_bracket")
        assert again.walk.status.index == listening
        assert "▼ now it listens" in rows_of(again)[2]


async def test_a_note_is_edited_and_a_bookmark_removed(tmp_path: Path) -> None:
    file = tmp_path / "walk.bookmarks.json"
    app = opened(bookmarks=kept_in(file))
    async with app.run_test(size=(120, 40)) as pilot:
        app.walk.move_to(60)
        await press(pilot, "m", "enter")
        assert "▼" in rows_of(app)[0], "a bookmark needs no note"
        await press(pilot, "m")
        await write(pilot, "ab")
        await press(pilot, "m")
        await write(pilot, "c")
        assert "▼ abc" in rows_of(app)[2]
        await press(pilot, "m")
        assert "Ctrl+D removes" in screen_of(app)
        await press(pilot, *["backspace"] * 3, "enter")
        assert "▼" in rows_of(app)[0], "without its note it is kept"
        await press(pilot, "m", "ctrl+d")
        assert "▼" not in screen_of(app)
        assert len(kept_in(file)(HEADER)) == 0
        await press(pilot, "m", "x", "ctrl+d")
        assert app.walk.query_one(PromptLine).value == "x", "there is nothing to remove"
        await press(pilot, "escape")
        assert "▼" not in screen_of(app)


async def from_bookmark_to_bookmark(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    history = app.walk.history
    assert history is not None
    places = [history.step_end(seq) for seq in NOTES]
    await press(pilot, "left_square_bracket")
    assert said_by(app) == [EN("There is no bookmark before this event.")]
    for place in places:
        await press(pilot, "right_square_bracket")
        assert app.walk.status.index == place
    assert "注意 accept 队列 \\x1b[31m" in rows_of(app)[0], "over the line's other end"
    app.clear_notifications()
    await press(pilot, "right_square_bracket")
    assert said_by(app) == [EN("There is no bookmark after this event.")]
    for place in reversed(places[:-1]):
        await press(pilot, "left_square_bracket")
        assert app.walk.status.index == place


async def a_click_in_the_list_chooses_and_another_goes_there(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    history = app.walk.history
    assert history is not None
    await press(pilot, "M")
    for _ in range(2):
        assert listing(app)
        await pilot.click("#bookmark-rows", offset=(20, 2))
        await pilot.pause()
    assert not listing(app)
    assert app.walk.status.index == history.step_end(90)


async def the_list_of_bookmarks(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    history = app.walk.history
    assert history is not None
    app.walk.move_to(100)
    await press(pilot, "M")
    assert listing(app)
    assert "here the poller begins" in screen_of(app)
    assert EN("no note") in screen_of(app)
    await press(pilot, "up", "up", "up", "enter")
    assert not listing(app)
    assert app.walk.status.index == history.step_end(30)
    await press(pilot, "M", "down", "e")
    assert app.walk.status.index == history.step_end(90)
    await write(pilot, "now with a note")
    await press(pilot, "M", "d")
    assert "now with a note" not in screen_of(app)
    await press(pilot, "end", "delete", "d", "d")
    assert EN("There is no bookmark yet; m sets one here.") in screen_of(app)
    await press(pilot, "enter")
    assert listing(app), "there is nowhere to go"
    await press(pilot, "escape")
    assert not listing(app)


async def test_bookmarks() -> None:
    await travel(
        opened(bookmarks=marked),
        (80, 24),
        from_bookmark_to_bookmark,
        a_click_in_the_list_chooses_and_another_goes_there,
        the_list_of_bookmarks,
    )


@pytest.mark.parametrize("tr", [EN, ZH], ids=["en", "zh"])
async def test_the_keys_of_the_list_can_be_clicked(tr: Catalogue) -> None:
    app = opened("zh" if tr is ZH else "en", bookmarks=marked)
    go, edit, remove, close = tr("Enter go · e edit · d remove · Esc close").split(" · ")
    async with app.run_test(size=(80, 24)) as pilot:
        history, mouse = app.walk.history, Mouse(pilot)
        assert history is not None
        await press(pilot, "M")
        await mouse.click_text(close)
        assert not listing(app)
        await press(pilot, "M")
        await mouse.click_text("注意")
        await mouse.click_text(edit)
        assert not listing(app)
        assert asking(app)
        assert app.walk.status.index == history.step_end(100)
        await press(pilot, "escape", "M")
        await mouse.click_text("here the")
        await mouse.click_text(remove)
        assert listing(app)
        assert "here the" not in screen_of(app)
        for text in ("注意", tr("no note"), go):
            await mouse.click_text(text)
        assert not listing(app)
        assert app.walk.status.index == history.step_end(90)


async def test_bookmarks_of_events_that_are_not_there_do_no_harm(tmp_path: Path) -> None:
    marks = Bookmarks()
    marks.put(5, "there")
    marks.put(2**53, "far beyond")
    app = opened("zh", bookmarks=lambda header: marks)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "end", "right_square_bracket")
        assert said_by(app) == [ZH("There is no bookmark after this event.")]
        await press(pilot, "M", "end", "enter")
        assert listing(app)
        assert ZH("not there yet") in screen_of(app)


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_broken_file_is_said_to_be_so_and_left_alone(tmp_path: Path, language: str) -> None:
    file = tmp_path / "walk.bookmarks.json"
    file.write_bytes(b"\x00{")
    app = opened(language, bookmarks=kept_in(file))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        broken = catalogue(language)(
            "{name} holds no bookmarks that can be read; it is left as it is, and new bookmarks "
            "are kept elsewhere.",
            name=file.name,
        )
        assert said_by(app) == [broken]
        app.walk.move_to(40)
        await press(pilot, "m", "x", "enter")
        assert "▼ x" in rows_of(app)[2]
        app.clear_notifications()
        await press(pilot, "M")
        assert broken[:20] in screen_of(app), "the list says it as well"
    assert file.read_bytes() == b"\x00{"


# Live


async def test_a_bookmark_at_the_live_edge_stays_with_its_event() -> None:
    feed = halted_at(40)
    app = WalkthroughApp(feed=feed, lesson_factory=FakeLesson, language="en")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 40)
        await press(pilot, "m")
        await write(pilot, "at the edge")
        rider = KernelObserved(seq=41, time_ns=41_000, state=KernelState())
        feed.say(rider, ServerHalted(seq=41))
        await until(pilot, lambda: app.walk.status.index == 41)
        assert "▼ at the edge" in rows_of(app)[2]


async def test_the_line_of_a_growing_walk_does_not_jitter() -> None:
    events = many_calls(420)
    feed = FakeFeed(HEADER, *events[:20], ServerHalted(seq=19))
    app = WalkthroughApp(feed=feed, lesson_factory=FakeLesson, language="en")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.walk.status.index >= 19)
        seen: list[tuple[int, str]] = []
        for last in range(29, 420, 10):
            feed.say(*events[last - 9 : last + 1], ServerHalted(seq=last))
            await until(pilot, lambda last=last: app.walk.status.last == last)  # type: ignore[misc]
            page = pane_of(app)._page
            assert page is not None
            seen.append((page.scale.capacity, rows_of(app)[1].rstrip()))
    assert sorted({capacity for capacity, _ in seen}) == [120, 180, 240, 360, 480]
    for (before, shorter), (after, longer) in pairwise(seen):
        if before == after:
            # The cursor moves on; where it was, a band may just have grown long enough to be told.
            assert longer[: len(shorter) - 3] == shorter[:-3]


async def test_a_long_history_is_taken_in_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    real = EventTimeline.take

    def take(self: EventTimeline, most: int = SLICE) -> bool:
        before = self.taken
        more = real(self, most)
        taken.append(self.taken - before)
        return more

    monkeypatch.setattr(EventTimeline, "take", take)
    events = many_calls(SLICE * 3)
    app = opened(events=events)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        pane = pane_of(app)
        assert pane.timeline is not None
        await press(pilot, "end")
        assert app.walk.status.index == len(events) - 1, "keys are not kept waiting"
        timeline = pane.timeline
        await until_slow(pilot, lambda: timeline.taken == len(events))
        await pilot.pause()
        assert "░" not in rows_of(app)[1]
        assert EN("reading {percent} %").partition(" ")[0] not in rows_of(app)[2]
    assert max(taken) <= SLICE


async def until_slow(pilot: Pilot[Any], condition: Callable[[], bool]) -> None:
    """Wait for something that a timer does."""
    for _ in range(400):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError("it never came about")


async def test_what_was_not_taken_in_yet_is_shown_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    real = EventTimeline.take
    monkeypatch.setattr(EventTimeline, "take", lambda self: real(self, 40) or True)
    monkeypatch.setattr(TimelinePane, "set_interval", lambda *_: object())
    app = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "░" in rows_of(app)[1]
        assert EN("reading {percent} %", percent=4000 // len(EVENTS)) in rows_of(app)[2]
