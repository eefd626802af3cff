"""What a mouse meets everywhere: borders, other buttons, double clicks."""

from functools import partial
from typing import Any

import pytest
from rich.cells import cell_len
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.pilot import Pilot

from tests.support.mouse import DOWN, DRAG, LEFT, MIDDLE, RIGHT, UP, Mouse, picture_of
from tests.support.records import first_connection
from tests.support.screen import (
    PATIENCE,
    halted_at,
    live,
    press,
    replay,
    resize,
    speak,
    text_of,
    travel,
    until,
)
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import ClientActed
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.panes.kernel.pane import KernelPane
from walkthrough.tui.panes.path.pane import PathPane
from walkthrough.tui.screens.help import HelpView
from walkthrough.tui.widgets.prompt import Prompt
from walkthrough.tui.widgets.rows_view import RowsView

FIND = catalogue("en")
EN = catalogue("en")
ZH = catalogue("zh")


EVENTS = first_connection()
CONNECTED = next(event.seq for event in EVENTS if isinstance(event, ClientActed))


async def only_the_left_button_does_anything(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(CONNECTED)
    await pilot.pause()
    stood, before = app.walk.status.index, text_of(app, "path")
    path = app.walk.query_one(PathPane).region
    row = next(y for y, line in enumerate(before.splitlines()) if "listen" in line)
    mouse = Mouse(pilot)
    for button in (MIDDLE, RIGHT):
        await mouse.click_text("n next stage", button=button)
        await mouse.click(path.x + 6, path.y + 1 + row, button=button)
        assert app.walk.status.index == stood, button
        assert text_of(app, "path") == before, button
    await mouse.click(path.x + 6, path.y + 1 + row)
    assert text_of(app, "path") != before
    await mouse.click(path.x + 6, path.y + 1 + row)
    assert text_of(app, "path") == before


async def all_rows_of_what_changed_last_lead_there(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (100, 30))
    walk = app.walk
    walk.move_to(CONNECTED - 1)
    pane = walk.query_one(KernelPane)
    for _ in range(len(walk.history or ())):
        if pane._rows_of_last_change > 1:
            break
        await press(pilot, "left")
    said = text_of(app, "kernel").splitlines()[0]
    assert pane._rows_of_last_change > 1, said
    stood = walk.status.index
    await Mouse(pilot).click(pane.region.x + 3, pane.region.y + 2)
    assert walk.status.index < stood


async def names_on_a_border_are_whole_before_there_is_a_call(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await resize(pilot, (80, 24))
    for tr in (EN, ZH):
        await speak(pilot, tr.language)
        kernel = app.walk.query_one(KernelPane)
        assert str(kernel.border_subtitle).endswith(tr("Client–kernel–server"))
        assert cell_len(str(kernel.border_subtitle)) < kernel.region.width - 4


async def the_ladder_s_name_is_whole_in_front_and_behind(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    app.walk.move_to_end()
    for size in ((100, 30), (80, 24)):
        await resize(pilot, size)
        for tr in (EN, ZH):
            await speak(pilot, tr.language)
            assert ("6 " + tr("Client–kernel–server") + " ─") in picture_of(app), size
            await press(pilot, "6")
            assert ("6 " + tr("Client–kernel–server") + " ━") in picture_of(app), size
            await press(pilot, "4")
            app.walk.set_focus(None)
            await pilot.pause()


async def a_name_on_a_border_brings_its_pane(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    mouse = Mouse(pilot)
    app.walk.move_to_end()
    for size in ((60, 16), (80, 24), (100, 30)):
        await resize(pilot, size)
        for tr in (EN, ZH):
            await speak(pilot, tr.language)
            for number, names, pane in (
                (6, ("Client–kernel–server", "ladder"), "sequence"),
                (4, ("Kernel now", "kernel"), "kernel"),
            ):
                await pilot.pause()
                shown = picture_of(app)
                name = next(each for said in names if (each := f"{number} {tr(said)}") in shown)
                assert not app.walk.arrangement.in_sight(pane), (size, name)
                await mouse.click_text(name)
                assert current(app) == pane, (size, name)
                assert app.walk.arrangement.in_sight(pane), (size, name)


async def a_click_on_a_border_is_no_click_on_a_row(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (60, 16))
    for name, key in (("path", "1"), ("calls", "3"), ("sequence", "6")):
        app.walk.move_to_end()
        pane = app.walk.query_one(f"#{name}", RowsView)
        await press(pilot, key)
        pane.scroll_row(2)
        await pilot.pause()
        assert pane.scroll_offset.y == 2, f"rows are hidden above in {name}"
        stood, top = app.walk.status.index, text_of(app, name)
        region = pane.region
        for y in (region.y, region.bottom - 1):
            await Mouse(pilot).click(region.x + 1, y)
        await Mouse(pilot).click(region.x, region.y + 3)
        assert app.walk.status.index == stood, name
        assert text_of(app, name) == top


async def test_dragging_over_panes_selects_nothing_and_scrolls_nothing() -> None:
    app = replay()
    async with app.run_test(size=(60, 16)) as pilot:
        app.walk.move_to_end()
        await press(pilot, "1")
        path, mouse = app.walk.query_one(PathPane), Mouse(pilot)
        path.scroll_row(2)
        await pilot.pause()
        x, y = path.region.x + 4, path.region.y + 4
        await mouse.report(LEFT, x, y)
        for to in (y - 1, y - 2, y - 3, y - 3):
            await mouse.report(LEFT + DRAG, x, to)
        assert not app.walk.selections
        assert path.scroll_offset.y == 2
        await mouse.click(*path.region.center, times=2)
        assert not app.walk.selections


async def test_the_panes() -> None:
    await travel(
        replay(),
        (120, 40),
        only_the_left_button_does_anything,
        all_rows_of_what_changed_last_lead_there,
        names_on_a_border_are_whole_before_there_is_a_call,
        the_ladder_s_name_is_whole_in_front_and_behind,
        a_name_on_a_border_brings_its_pane,
        a_click_on_a_border_is_no_click_on_a_row,
    )


def current(app: WalkthroughApp) -> str:
    return app.walk.arrangement.current()


async def test_a_title_clicked_twice_zooms_and_once_more_gives_the_screen_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # However long the machine takes between two clicks, they belong together.
    monkeypatch.setattr(App, "CLICK_CHAIN_TIME_THRESHOLD", PATIENCE)
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for pane in ("source", "kernel"):
            mouse, widget = Mouse(pilot), app.walk.query_one(f"#{pane}")

            def is_so(zoomed: str, pane: str = pane) -> bool:
                return (current(app), app.walk.arrangement.zoomed) == (pane, zoomed)

            await mouse.click(widget.region.x + 4, widget.region.y)
            await until(pilot, lambda: is_so(""))
            await mouse.click(widget.region.x + 4, widget.region.y)
            await until(pilot, partial(is_so, pane))
            await mouse.click(widget.region.x + 6, widget.region.y, times=2)
            await until(pilot, lambda: is_so(""))


# The bars, and what lies over the panes


async def position_and_language_of_the_header_can_be_clicked(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    for size in ((80, 24), (250, 70)):
        await resize(pilot, size)
        mouse = Mouse(pilot)
        await mouse.click_text("EN")
        assert app.walk.language == "zh", size
        await mouse.click_text("中文")
        assert app.walk.language == "en", size
        await mouse.click_text("event ")
        assert app.walk.query_one(Prompt).asking, size
        await mouse.click(*app.walk.query_one(PathPane).region.center)
        await until(pilot, lambda: not app.walk.query_one(Prompt).asking)


async def what_is_wrong_with_an_answer_is_said_even_if_all_was_typed_at_once(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await press(pilot, "g")
    driver = app._driver
    assert driver is not None
    for event in XTermParser().feed("nowhere\r"):
        driver.process_message(event)
    await until(pilot, lambda: "✗" in picture_of(app))
    await press(pilot, "x")
    assert "✗" not in picture_of(app)


async def a_click_on_a_line_of_the_help_box_does_what_it_says(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    stood = app.walk.status.index
    mouse = Mouse(pilot)
    await mouse.click_text("? keys")
    assert app.screen.query(HelpView)
    await mouse.click_text("Go to the next event; at the")
    assert not app.screen.query(HelpView)
    assert app.walk.status.index > stood


async def a_box_that_is_clicked_away_thrice_takes_no_screen_with_it(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    driver = app._driver
    assert driver is not None
    for key in ("question_mark", "M", "O", "ctrl+p"):
        await press(pilot, key)
        assert app.screen is not app.walk, key
        for event in XTermParser().feed("\x1b[<0;1;1M\x1b[<0;1;1m" * 3):  # all at once
            driver.process_message(event)
        await until(pilot, lambda: app.screen is app.walk)
        at = app.walk.status.index
        await press(pilot, "right")
        assert app.walk.status.index > at, key


async def test_bars_and_boxes() -> None:
    await travel(
        replay(),
        (80, 24),
        position_and_language_of_the_header_can_be_clicked,
        what_is_wrong_with_an_answer_is_said_even_if_all_was_typed_at_once,
        a_click_on_a_line_of_the_help_box_does_what_it_says,
        a_box_that_is_clicked_away_thrice_takes_no_screen_with_it,
    )


async def test_a_message_does_not_lie_over_the_help_box() -> None:
    app = replay()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        app.walk.say("something to be read")
        await until(pilot, lambda: "something to be read" in picture_of(app))
        await press(pilot, "question_mark")
        assert "something to be read" not in picture_of(app)
        await press(pilot, "escape")
        await until(pilot, lambda: "something to be read" in picture_of(app))


async def on_the_timeline_a_filter_is_kept_to(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await press(pilot, "F", *"call:epoll_ctl", "enter")
    passing = {e.seq for e in EVENTS if getattr(e, "call", "") == "epoll_ctl"}
    await pilot.pause()
    region, mouse = app.walk.query_one("#timeline").region, Mouse(pilot)
    history = app.walk.history
    assert history is not None
    met = set()
    for x in range(0, 120, 5):
        await mouse.click(x, region.y + 1)
        met.add(history.step_start(app.walk.status.index))
    assert met == passing, "each is the nearest to some place"
    await mouse.wheel(60, region.y + 1, UP)
    assert history.step_start(app.walk.status.index) == sorted(passing)[-2]


async def a_row_is_gone_to_whether_a_filter_lets_it_through_or_not(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    app.walk.move_to(CONNECTED)
    await press(pilot, "F", *"call:epoll_ctl", "enter")
    await Mouse(pilot).click_text("bind(3, 127")
    assert getattr(EVENTS[app.walk.status.index], "call", "") == "bind"
    assert FIND("this one does not") in picture_of(app)


async def a_click_beside_a_box_closes_it(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    mouse = Mouse(pilot)
    for key in ("question_mark", "M", "O", "ctrl+p", "R"):
        await press(pilot, *(("p",) if key == "R" else ()), key)
        box = app.screen
        assert box is not app.walk, key
        await mouse.click(60, 20, button=RIGHT)
        assert app.screen is box, key
        await mouse.click(0, 0)
        assert app.screen is app.walk, key


async def test_on_a_larger_screen() -> None:
    await travel(
        replay(),
        (120, 40),
        on_the_timeline_a_filter_is_kept_to,
        a_row_is_gone_to_whether_a_filter_lets_it_through_or_not,
        a_click_beside_a_box_closes_it,
    )


# Going somewhere


async def test_every_notch_of_the_wheel_is_a_step_and_none_releases_the_server() -> None:
    feed = halted_at(30)
    app = live(feed)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.walk.status.index == 30)
        mouse = Mouse(pilot)
        for size in ((80, 24), (250, 70)):
            await resize(pilot, size)
            where = app.walk.query_one("#timeline").region.center
            steps = [30]
            for _ in range(4):
                await press(pilot, "left")
                steps.append(app.walk.status.index)
            await press(pilot, "end")
            await mouse.wheel(*where, UP, times=4)
            await until(pilot, partial(stands_at, app, steps[4]))
            await mouse.wheel(*where, DOWN, times=9)
            await until(pilot, partial(stands_at, app, 30))
            assert feed.sent == []


def stands_at(app: WalkthroughApp, index: int) -> bool:
    return app.walk.status.index == index
