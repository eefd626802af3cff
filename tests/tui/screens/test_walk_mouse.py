"""What a mouse meets everywhere: borders, other buttons, double clicks."""

from functools import partial

import pytest
from rich.cells import cell_len
from textual._xterm_parser import XTermParser
from textual.app import App

from tests.support.mouse import DOWN, DRAG, LEFT, MIDDLE, RIGHT, UP, Mouse, picture_of
from tests.support.records import first_connection
from tests.support.screen import PATIENCE, halted_at, live, press, replay, text_of, until
from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.model.events import ClientActed
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.navigation.prompt import Prompt
from walkthrough.tui.panes.kernel.pane import KernelPane
from walkthrough.tui.panes.path.pane import PathPane
from walkthrough.tui.screens.help import HelpView
from walkthrough.tui.widgets.rows_view import RowsView

FIND = catalogue("en")
EN = catalogue("en")
ZH = catalogue("zh")


EVENTS = first_connection()
CONNECTED = next(event.seq for event in EVENTS if isinstance(event, ClientActed))


@pytest.mark.parametrize("name", ["path", "calls", "sequence"])
async def test_a_click_on_a_border_is_no_click_on_a_row(name: str) -> None:
    app = replay()
    async with app.run_test(size=(60, 16)) as pilot:
        app.walk.move_to_end()
        pane = app.walk.query_one(f"#{name}", RowsView)
        await press(pilot, {"path": "1", "calls": "3", "sequence": "6"}[name])
        pane.scroll_row(2)
        await pilot.pause()
        assert pane.scroll_offset.y == 2, "rows are hidden above"
        stood, top = app.walk.status.index, text_of(app, name)
        region = pane.region
        for y in (region.y, region.bottom - 1):
            await Mouse(pilot).click(region.x + 1, y)
        await Mouse(pilot).click(region.x, region.y + 3)
        assert app.walk.status.index == stood
        assert text_of(app, name) == top


@pytest.mark.parametrize("button", [MIDDLE, RIGHT])
async def test_only_the_left_button_does_anything(button: int) -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        app.walk.move_to(CONNECTED)
        await pilot.pause()
        stood, before = app.walk.status.index, text_of(app, "path")
        path = app.walk.query_one(PathPane).region
        row = next(y for y, line in enumerate(before.splitlines()) if "listen" in line)
        mouse = Mouse(pilot)
        await mouse.click_text("n next stage", button=button)
        await mouse.click(path.x + 6, path.y + 1 + row, button=button)
        assert app.walk.status.index == stood
        assert text_of(app, "path") == before
        await mouse.click(path.x + 6, path.y + 1 + row)
        assert text_of(app, "path") != before


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


async def test_all_rows_of_what_changed_last_lead_there() -> None:
    app = replay()
    async with app.run_test(size=(100, 30)) as pilot:
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


def current(app: WalkthroughApp) -> str:
    return app.walk.arrangement.current()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(60, 16), (80, 24), (100, 30)])
async def test_a_name_on_a_border_brings_its_pane(size: tuple[int, int], language: str) -> None:
    app = replay(language=language)
    tr = EN if language == "en" else ZH
    async with app.run_test(size=size) as pilot:
        app.walk.move_to_end()
        mouse = Mouse(pilot)
        for name, pane in (
            (("6 " + tr("Client–kernel–server")[:3]), "sequence"),
            (("4 " + tr("Kernel now")), "kernel"),
        ):
            await pilot.pause()
            assert not app.walk.arrangement.in_sight(pane) or pane == "kernel"
            await mouse.click_text(name)
            assert current(app) == pane
            assert app.walk.arrangement.in_sight(pane)


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


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_names_on_a_border_are_whole_before_there_is_a_call(language: str) -> None:
    app = replay(language=language)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        kernel = app.walk.query_one(KernelPane)
        diagram = catalogue(language)("Client–kernel–server")
        assert str(kernel.border_subtitle).endswith(diagram)
        assert cell_len(str(kernel.border_subtitle)) < kernel.region.width - 4


@pytest.mark.parametrize("tr", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("size", [(100, 30), (80, 24)])
async def test_the_ladder_s_name_is_whole_in_front_and_behind(
    size: tuple[int, int], tr: Catalogue
) -> None:
    app = replay(language=tr.language)
    async with app.run_test(size=size) as pilot:
        app.walk.move_to_end()
        await pilot.pause()
        assert ("6 " + tr("Client–kernel–server") + " ─") in picture_of(app)
        await press(pilot, "6")
        assert ("6 " + tr("Client–kernel–server") + " ━") in picture_of(app)


# The bars, and what lies over the panes


@pytest.mark.parametrize("size", [(80, 24), (250, 70)])
async def test_position_and_language_of_the_header_can_be_clicked(size: tuple[int, int]) -> None:
    app = replay()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        mouse = Mouse(pilot)
        await mouse.click_text("EN")
        assert app.walk.language == "zh"
        await mouse.click_text("中文")
        assert app.walk.language == "en"
        await mouse.click_text("event ")
        assert app.walk.query_one(Prompt).asking
        await mouse.click(*app.walk.query_one(PathPane).region.center)
        await until(pilot, lambda: not app.walk.query_one(Prompt).asking)


async def test_what_is_wrong_with_an_answer_is_said_even_if_all_was_typed_at_once() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "g")
        driver = app._driver
        assert driver is not None
        for event in XTermParser().feed("nowhere\r"):
            driver.process_message(event)
        await until(pilot, lambda: "✗" in picture_of(app))
        await press(pilot, "x")
        assert "✗" not in picture_of(app)


async def test_a_click_on_a_line_of_the_help_box_does_what_it_says() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        stood = app.walk.status.index
        mouse = Mouse(pilot)
        await mouse.click_text("? keys")
        assert app.screen.query(HelpView)
        await mouse.click_text("Go to the next event; at the")
        assert not app.screen.query(HelpView)
        assert app.walk.status.index > stood


async def test_a_message_does_not_lie_over_the_help_box() -> None:
    app = replay()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        app.walk.say("something to be read")
        await until(pilot, lambda: "something to be read" in picture_of(app))
        await press(pilot, "question_mark")
        assert "something to be read" not in picture_of(app)
        await press(pilot, "escape")
        await until(pilot, lambda: "something to be read" in picture_of(app))


@pytest.mark.parametrize("key", ["question_mark", "M", "O", "R", "ctrl+p"])
async def test_a_click_beside_a_box_closes_it(key: str) -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, *(("p",) if key == "R" else ()), key)
        box = app.screen
        assert box is not app.walk
        mouse = Mouse(pilot)
        await mouse.click(60, 20, button=RIGHT)
        assert app.screen is box
        await mouse.click(0, 0)
        assert app.screen is app.walk


@pytest.mark.parametrize("key", ["question_mark", "M", "O", "ctrl+p"])
async def test_a_box_that_is_clicked_away_thrice_takes_no_screen_with_it(key: str) -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, key)
        assert app.screen is not app.walk
        driver = app._driver
        assert driver is not None
        for event in XTermParser().feed("\x1b[<0;1;1M\x1b[<0;1;1m" * 3):  # all at once
            driver.process_message(event)
        await until(pilot, lambda: app.screen is app.walk)
        await press(pilot, "right")
        assert app.walk.status.index > 0


# Going somewhere


@pytest.mark.parametrize("size", [(80, 24), (250, 70)])
async def test_every_notch_of_the_wheel_is_a_step_and_none_releases_the_server(
    size: tuple[int, int],
) -> None:
    feed = halted_at(30)
    app = live(feed)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.walk.status.index == 30)
        where, mouse = app.walk.query_one("#timeline").region.center, Mouse(pilot)
        steps = [30]
        for _ in range(4):
            await press(pilot, "left")
            steps.append(app.walk.status.index)
        await press(pilot, "end")
        await mouse.wheel(*where, UP, times=4)
        await until(pilot, lambda: app.walk.status.index == steps[4])
        await mouse.wheel(*where, DOWN, times=9)
        await until(pilot, lambda: app.walk.status.index == 30)
        assert feed.sent == []


async def test_on_the_timeline_a_filter_is_kept_to() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
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


async def test_a_row_is_gone_to_whether_a_filter_lets_it_through_or_not() -> None:
    app = replay()
    async with app.run_test(size=(120, 40)) as pilot:
        app.walk.move_to(CONNECTED)
        await press(pilot, "F", *"call:epoll_ctl", "enter")
        await Mouse(pilot).click_text("bind(3, 127")
        assert getattr(EVENTS[app.walk.status.index], "call", "") == "bind"
        assert FIND("this one does not") in picture_of(app)
