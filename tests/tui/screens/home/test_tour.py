"""The tour over a walk: when it is given, what its keys do, that it touches nothing; pictures."""

from pathlib import Path
from typing import Any

import pytest
from textual.geometry import Region
from textual.pilot import Pilot

from tests.support.feeds import FakeFeed
from tests.support.home_catalogue import FakeCatalogue
from tests.support.home_screen import rows_of, walking
from tests.support.mouse import Mouse
from tests.support.pictures import Picture, compare, styles_of
from tests.support.records import HEADER, FakeLesson, first_connection, history_of
from tests.support.screen import press, resize, speak, text_of, travel, until
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.protocol import ServerChosen, ServerHalted
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.screens.home.popover import around
from walkthrough.tui.screens.home.screen import HomeScreen
from walkthrough.tui.screens.home.tour import STATIONS, TEXTS, TITLES, TourBox, TourScreen
from walkthrough.tui.screens.session_source import SessionSource
from walkthrough.tui.screens.status import WalkMode
from walkthrough.tui.screens.walk import WalkScreen
from walkthrough.tui.widgets.dialogs import Palette
from walkthrough.user_data.preferences import Preferences

EN = catalogue("en")
ZH = catalogue("zh")


EVENTS = first_connection()


def replayed(preferences: Preferences | None, language: str = "en") -> WalkthroughApp:
    return WalkthroughApp(
        lesson_factory=FakeLesson,
        history=history_of(EVENTS, HEADER),
        catalogue=FakeCatalogue(),
        language=language,
        preferences=preferences,
    )


async def touring(pilot: Pilot[None]) -> TourScreen:
    await until(pilot, lambda: isinstance(pilot.app.screen, TourScreen))
    assert isinstance(pilot.app.screen, TourScreen)
    return pilot.app.screen


async def begin(pilot: Pilot[Any], language: str = "en") -> None:
    """Give the tour once more, over a walk that speaks a language."""
    app = pilot.app
    assert isinstance(app, WalkthroughApp)
    await speak(pilot, language)
    app.walk.action_perform("tour")
    await touring(pilot)


def title(app: WalkthroughApp) -> str:
    return str(app.screen.query_one(TourBox).border_title)


def marked(app: WalkthroughApp) -> set[str]:
    return {f"#{widget.id}" for widget in app.walk.query(".-toured")}


async def test_five_steps_over_the_first_walk_ever_and_never_again(tmp_path: Path) -> None:
    file = tmp_path / "preferences.json"
    app = replayed(Preferences.load(file))
    async with app.run_test(size=(120, 40)) as pilot:
        await touring(pilot)
        assert Preferences.load(file).tour_seen
        index = app.walk.status.index
        for number, (station, key) in enumerate(
            zip(STATIONS, ["enter", "space", "right", "enter", "enter"], strict=True)
        ):
            assert title(app) == (f"{number + 1}/5 " + EN(TITLES[number]))
            assert marked(app) == set(station.marked)
            assert app.walk.arrangement.in_sight(station.pane)
            await press(pilot, key)
        assert isinstance(app.screen, WalkScreen)
        assert marked(app) == set()
        assert app.walk.status.index == index, "its keys are not the walk's"
        await press(pilot, "space")
        assert app.walk.status.index > index
    again = replayed(Preferences.load(file))
    async with again.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert isinstance(again.screen, WalkScreen)


async def back_and_an_early_end(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    await touring(pilot)
    await press(pilot, "left", "enter", "enter")
    assert title(app).startswith("3/5")
    assert app.walk.arrangement.in_sight("calls")
    await press(pilot, "left", "backspace")
    assert title(app).startswith("1/5")
    await press(pilot, "enter", "enter", "escape")
    assert isinstance(app.screen, WalkScreen)
    assert app.walk.arrangement.in_sight("kernel"), "as it was before"
    assert app.walk.focused is None
    assert app.walk.arrangement.zoomed == ""


async def its_keys_can_be_clicked(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    mouse = Mouse(pilot)
    for tr in (EN, ZH):
        _, back, end = tr("Enter next   ← back   Esc ends").split("   ")
        await begin(pilot, tr.language)
        for at in (2, 3):
            await mouse.click_text(tr(TEXTS[at - 2])[:8])
            assert title(app).startswith(f"{at}/5")
        await mouse.click_text(back)
        assert title(app).startswith("2/5")
        await mouse.click_text(end)
        assert isinstance(app.screen, WalkScreen)


async def at_its_last_station_a_click_goes_back_or_ends_it(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    begins, back = EN("Enter begins   ← back").split("   ")
    await resize(pilot, (120, 40))
    await begin(pilot)
    await press(pilot, *["enter"] * 4)
    mouse = Mouse(pilot)
    await mouse.click_text(back)
    assert title(app).startswith("4/5")
    await press(pilot, "enter")
    await mouse.click_text(begins)
    assert isinstance(app.screen, WalkScreen)


async def the_box_is_whole_and_beside_its_pane(app: WalkthroughApp, pilot: Pilot[Any]) -> None:
    for size in ((250, 70), (120, 40), (100, 26), (130, 22), (80, 24), (60, 16)):
        await resize(pilot, size)
        await begin(pilot)
        for station in STATIONS:
            box = app.screen.query_one(TourBox)
            here = f"{size}: {station.pane}"
            assert app.size.region.contains_region(box.region), here
            assert box.region.height == box.virtual_size.height + 2, here
            panes = [app.walk.query_one(each).region for each in station.marked]
            assert all(pane.area for pane in panes), here
            whole = around(panes)
            room = (
                app.size.width - whole.right >= box.region.width
                or whole.x >= box.region.width
                or whole.y >= box.region.height
                or app.size.height - whole.bottom >= box.region.height
            )
            assert box.region.overlaps(whole) == (not room), here
            await press(pilot, "enter")


async def test_a_live_server_stays_where_it_stands() -> None:
    feed = FakeFeed(ServerChosen(server="go", why="Here."), HEADER)
    app = WalkthroughApp(
        lesson_factory=FakeLesson,
        opened=SessionSource(feed=feed),
        catalogue=FakeCatalogue(),
        preferences=Preferences(),
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, WalkScreen), "there is nothing to show yet"
        feed.say(*EVENTS[:3], ServerHalted(seq=2))
        await touring(pilot)
        await press(pilot, "space", "right", "enter")
        assert feed.sent == []
        feed.say(*EVENTS[3:6])
        await until(pilot, lambda: app.walk.status.last == 5)
        await press(pilot, "escape", "space")
        assert app.walk.status.mode is not WalkMode.STARTING


async def test_it_can_be_left_by_quitting() -> None:
    feed = FakeFeed(HEADER, *EVENTS[:3], ServerHalted(seq=2))
    app = WalkthroughApp(
        lesson_factory=FakeLesson, opened=SessionSource(feed=feed), preferences=Preferences()
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await touring(pilot)
        await pilot.press("q")
    assert feed.closed
    assert app.return_code == 0


async def test_from_home_it_is_given_over_a_recording() -> None:
    catalogue = FakeCatalogue()
    app = WalkthroughApp(
        lesson_factory=FakeLesson, catalogue=catalogue, preferences=Preferences(tour_seen=True)
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "i")
        await touring(pilot)
        assert "step" in text_of(app, "keys"), "one of its stations points at them"
        await press(pilot, "escape", "question_mark")
        assert not text_of(app, "keys").strip(), "under another box they mean nothing"
        await press(pilot, "escape", "H", "enter")
        await walking(pilot)
        await pilot.pause()
        assert isinstance(app.screen, WalkScreen)
    assert catalogue.asked == [("replay", "first-connection"), ("live", "first-connection", "auto")]


async def test_without_preferences_there_is_none_and_the_palette_offers_it() -> None:
    app = replayed(None)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "space")
        assert isinstance(app.screen, WalkScreen)
        await press(pilot, "z", "3", "ctrl+p")
        await pilot.press(*"tour")
        await until(pilot, lambda: isinstance(app.screen, Palette))
        await pilot.press("enter")
        await touring(pilot)
        assert app.walk.arrangement.zoomed == ""


async def test_it_waits_for_a_screen_that_is_large_enough() -> None:
    app = replayed(Preferences())
    async with app.run_test(size=(40, 10)) as pilot:
        await press(pilot, "space")
        assert isinstance(app.screen, WalkScreen)
        await pilot.resize_terminal(80, 24)
        await press(pilot, "space")
        await touring(pilot)


async def it_follows_the_panes_when_the_terminal_changes(
    app: WalkthroughApp, pilot: Pilot[Any]
) -> None:
    await resize(pilot, (120, 40))
    await begin(pilot)
    await press(pilot, "enter", "enter", "enter")
    for size in ((80, 24), (250, 70), (60, 16)):
        await resize(pilot, size)
        box = app.screen.query_one(TourBox)
        assert app.size.region.contains_region(box.region)
        assert rows_of(box).count("\n") == box.region.height - 3


async def test_journeys() -> None:
    await travel(
        replayed(Preferences()),
        (80, 24),
        back_and_an_early_end,
        its_keys_can_be_clicked,
        at_its_last_station_a_click_goes_back_or_ends_it,
        the_box_is_whole_and_beside_its_pane,
        it_follows_the_panes_when_the_terminal_changes,
    )


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_pictures_of_stations(size: tuple[int, int]) -> None:
    app = replayed(Preferences())
    async with app.run_test(size=size) as pilot:
        await touring(pilot)
        await press(pilot, "escape")
        for language in ("en", "zh"):
            await begin(pilot, language)
            for station in range(1, len(STATIONS) + 1):
                # The box alone: what lies behind it is the business of other tests.
                box = app.screen.query_one(TourBox).region
                text = f"at {box.x}, {box.y}\n{boxed(app, box)}"
                if station in (1, 3, 5):
                    name = f"tour-{station}-{size[0]}x{size[1]}-{language}"
                    compare(name, Picture(text, styles_of(app)))
                await press(pilot, "enter")


def boxed(app: WalkthroughApp, box: Region) -> str:
    """Return what is drawn in the box, with its frame and all blanks."""
    strips = app.screen._compositor.render_strips()[box.y : box.bottom]
    return "".join(strip.crop(box.x, box.right).text + "\n" for strip in strips)


async def test_a_walk_that_was_left_gives_none_any_more() -> None:
    app = replayed(Preferences())
    async with app.run_test(size=(40, 10)) as pilot:
        await press(pilot, "space")
        walk = app.walk
        app.go_home()
        walk.remove_class("-tiny")  # the terminal is larger now
        walk.show()
        await until(pilot, lambda: isinstance(app.front(), HomeScreen))
        await pilot.pause()
        assert not any(isinstance(screen, TourScreen) for screen in app.screen_stack)
