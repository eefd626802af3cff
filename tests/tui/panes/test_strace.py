"""strace's lines beside the walk: in step with it, unmatched ones marked, never out of the way."""

from typing import Any, cast

from textual.pilot import Pilot

from tests.support.compared_log import BEGINS, ENDS, Log
from tests.support.pictures import Picture, compare, drawn, styles_of
from tests.support.records import HEADER, FakeLesson, first_connection, history_of
from tests.support.screen import begin_again, press, resize, travel
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


async def pictures(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    listen = next(event for event in BEGINS if event.call == "listen")
    for size in ((120, 40), (80, 24), (140, 20)):
        await resize(pilot, size)
        await begin_again(pilot)
        app.walk.move_to(ENDS[listen.span].seq)
        await pilot.pause()
        shown = Picture(drawn(app), styles_of(app))
        compare(f"strace-{size[0]}x{size[1]}", shown, colours=size[0] == 120)


async def the_line_of_the_event_is_in_sight(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    pane = app.walk.query_one(StracePane)
    for size in ((120, 40), (80, 24)):
        await resize(pilot, size)
        for event in BEGINS:
            app.walk.move_to(event.seq)
            await pilot.pause()
            here = [n for n in range(pane.virtual_size.height) if pane.row_kind(n) == "here"]
            top, height = pane.scroll_offset.y, pane.size.height
            assert here, (size, event)
            assert top <= here[0] <= here[-1] < top + height, (size, event)
            assert f"{event.call}(" in pane.row(here[0])[1].text, (size, event)


async def what_only_one_side_has_is_marked(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(len(EVENTS) - 1)
    await pilot.pause()
    pane = app.walk.query_one(StracePane)
    marks = [pane.row(n)[0].text for n in range(pane.virtual_size.height)]
    assert {"= ", "- ", "? "} <= set(marks)
    assert "\x1b" not in drawn(app)


async def a_click_goes_to_the_event(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    app.walk.move_to(len(EVENTS) - 1)
    await pilot.pause()
    pane = app.walk.query_one(StracePane)
    y = next(y for y in range(9) if pane.row(pane.scroll_offset.y + y)[0].text == "= ")
    clicked = pane.row(pane.scroll_offset.y + y)[1].text.partition("(")[0]
    await pilot.click(pane, offset=(3, y + 1))
    await pilot.pause()
    event = EVENTS[app.walk.history.step_start(app.walk.status.index)] if app.walk.history else None
    assert isinstance(event, CallEntered)
    assert event.call == clicked


async def the_key_brings_the_pane_and_zooms_it(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await resize(pilot, (80, 24))
    await press(pilot, "3")
    assert not app.walk.query_one(StracePane).display
    await press(pilot, "5")
    assert app.walk.query_one(StracePane).display
    await press(pilot, "5")
    assert app.walk.query_one(StracePane).size.width > 70


async def test_beside_the_walk() -> None:
    await travel(
        app_with_log(),
        (120, 40),
        pictures,
        the_line_of_the_event_is_in_sight,
        what_only_one_side_has_is_marked,
        a_click_goes_to_the_event,
        the_key_brings_the_pane_and_zooms_it,
    )


async def test_without_a_log_the_key_says_how_to_get_one() -> None:
    app = WalkthroughApp(
        history=history_of(EVENTS, HEADER), lesson_factory=FakeLesson, language="en"
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("5")
        await pilot.pause()
        assert not app.walk.query(StracePane)
        assert "--strace LOG" in str([note.message for note in app._notifications])
