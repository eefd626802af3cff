"""strace's lines beside the walk: in step with it, unmatched ones marked, never out of the way."""

from typing import Any, cast

import pytest

from tests.support.compared_log import BEGINS, ENDS, Log
from tests.support.pictures import Picture, compare, styles_of
from tests.support.records import HEADER, FakeLesson, first_connection, history_of
from walkthrough.model.events import CallEntered
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.panes.strace import StracePane

EVENTS = first_connection()


def app_with_log() -> WalkthroughApp:
    return WalkthroughApp(
        history=history_of(EVENTS, HEADER),
        lesson_factory=FakeLesson,
        language="en",
        strace=cast("Any", Log()),
    )


def drawn(app: WalkthroughApp) -> str:
    lines = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_line_of_the_event_is_in_sight(size: tuple[int, int]) -> None:
    app = app_with_log()
    async with app.run_test(size=size) as pilot:
        pane = app.walk.query_one(StracePane)
        for event in BEGINS:
            app.walk.move_to(event.seq)
            await pilot.pause()
            here = [n for n in range(pane.virtual_size.height) if pane.row_kind(n) == "here"]
            top, height = pane.scroll_offset.y, pane.size.height
            assert here
            assert top <= here[0] <= here[-1] < top + height
            assert f"{event.call}(" in pane.row(here[0])[1].text


@pytest.mark.parametrize(("columns", "lines"), [(120, 40), (80, 24), (140, 20)])
async def test_pictures(columns: int, lines: int) -> None:
    app = app_with_log()
    async with app.run_test(size=(columns, lines)) as pilot:
        bind = next(event for event in BEGINS if event.call == "listen")
        app.walk.move_to(ENDS[bind.span].seq)
        await pilot.pause()
        shown = Picture(drawn(app), styles_of(app))
        compare(f"strace-{columns}x{lines}", shown, colours=columns == 120)


async def test_what_only_one_side_has_is_marked() -> None:
    app = app_with_log()
    async with app.run_test(size=(120, 40)) as pilot:
        app.walk.move_to(len(EVENTS) - 1)
        await pilot.pause()
        pane = app.walk.query_one(StracePane)
        marks = [pane.row(n)[0].text for n in range(pane.virtual_size.height)]
        assert {"= ", "- ", "? "} <= set(marks)
        assert "\x1b" not in drawn(app)


async def test_a_click_goes_to_the_event() -> None:
    app = app_with_log()
    async with app.run_test(size=(120, 40)) as pilot:
        app.walk.move_to(len(EVENTS) - 1)
        await pilot.pause()
        pane = app.walk.query_one(StracePane)
        y = next(y for y in range(9) if pane.row(pane.scroll_offset.y + y)[0].text == "= ")
        clicked = pane.row(pane.scroll_offset.y + y)[1].text.partition("(")[0]
        await pilot.click(pane, offset=(3, y + 1))
        await pilot.pause()
        event = (
            EVENTS[app.walk.history.step_start(app.walk.status.index)] if app.walk.history else None
        )
        assert isinstance(event, CallEntered)
        assert event.call == clicked


async def test_the_key_brings_the_pane_and_zooms_it() -> None:
    app = app_with_log()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        assert not app.walk.query_one(StracePane).display
        await pilot.press("5")
        assert app.walk.query_one(StracePane).display
        await pilot.press("5")
        await pilot.pause()
        assert app.walk.query_one(StracePane).size.width > 70


async def test_without_a_log_the_key_says_how_to_get_one() -> None:
    app = WalkthroughApp(
        history=history_of(EVENTS, HEADER), lesson_factory=FakeLesson, language="en"
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("5")
        await pilot.pause()
        assert not app.walk.query(StracePane)
        assert "--strace LOG" in str([note.message for note in app._notifications])
