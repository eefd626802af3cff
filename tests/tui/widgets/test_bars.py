"""The key bar names the keys that work where one is, and no others."""

import pytest

from tests.support.feeds import FakeFeed
from tests.support.home_catalogue import FakeCatalogue
from tests.support.home_screen import app_of, home_of
from tests.support.pictures import drawn
from tests.support.records import HEADER, FakeLesson, first_connection
from tests.support.screen import halted_at, live, press, replay, resize, text_of, until
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import ClientActed
from walkthrough.model.linux.constants import ERRNO, constant
from walkthrough.model.protocol import CaptureFailed, ServerRunning
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.screens.status import WalkMode, WalkStatus
from walkthrough.tui.widgets.action import works_now
from walkthrough.tui.widgets.actions import ACTIONS, BY_ID
from walkthrough.tui.widgets.bars import KeysBar

EN = catalogue("en")
WIDE = (400, 40)
"""Wide enough for every key."""
CLIENT_KEYS = ["c connect", "s send", "x close"]


def bar(app: WalkthroughApp) -> str:
    """Return what the key bar of the walk says, as it is drawn."""
    return text_of(app, "keys")


def holds(shown: str, *keys: str) -> list[str]:
    """Return those of some keys that are named."""
    return [key for key in keys if f" {key}" in shown]


@pytest.mark.parametrize("mode", WalkMode)
@pytest.mark.parametrize("asking", [False, True])
def test_no_key_is_named_that_is_refused(mode: WalkMode, asking: bool) -> None:
    for index, last in ((-1, -1), (0, 5), (5, 5)):
        status = WalkStatus(mode, index, last, asking=asking)
        for action in ACTIONS:
            if works_now(action, status, EN):
                assert action.refusal(status, EN) is None, action.id
    nowhere = {each.id for each in ACTIONS if works_now(each, WalkStatus(mode, -1, -1), EN)}
    assert {"help", "leave", "language"} <= nowhere
    assert not nowhere & {"step", "find", "zoom", "pane_kernel", "connect"}


def test_what_the_question_takes_is_not_named() -> None:
    asked = WalkStatus(WalkMode.HALTED, 5, 5, asking=True, lent=frozenset("4o"))
    free = WalkStatus(WalkMode.HALTED, 5, 5)
    for id in ("step", "run", "connect", "pane_kernel", "fold"):
        assert works_now(BY_ID[id], free, EN)
        assert not works_now(BY_ID[id], asked, EN)
    assert works_now(BY_ID["predict"], asked, EN)


def test_where_a_key_closes_something_only_those_are_named_that_do_not() -> None:
    told = WalkStatus(WalkMode.HALTED, 5, 5, asking=True, through=frozenset({"l", "f1"}))
    assert {each.id for each in ACTIONS if works_now(each, told, EN)} == {"language", "help"}


async def test_keys_of_a_replay_and_of_its_modes() -> None:
    app = replay()
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: app.walk.status.last > 0)
        assert not holds(bar(app), *CLIENT_KEYS, ". pause", "← back")
        assert len(holds(bar(app), "space → step", "End G newest", "n next stage", "3 calls")) == 4
        await press(pilot, "end")
        assert not holds(bar(app), "space → step", "End G newest", "n next stage")
        assert holds(bar(app), "← back")
        await press(pilot, "home", "P")
        assert len(holds(bar(app), "+ faster", "- slower", "B other pane")) == 3
        await press(pilot, "P")
        assert not holds(bar(app), "+ faster", "- slower", "B other pane")
        await press(pilot, "slash", *"socket", "enter")
        assert not holds(bar(app), "n next stage")
        await press(pilot, "escape")
        assert holds(bar(app), "n next stage")
        await press(pilot, "question_mark")
        assert not bar(app).strip(), "under a dialog no key of the walk's works"
        assert "next stage" not in drawn(app).splitlines()[-1]
        await press(pilot, "escape")
        assert holds(bar(app), "n next stage")
        await press(pilot, "p")
        while not app.walk.has_mode("-asking"):
            assert not app.walk.status.at_edge, "something is asked on the way"
            await press(pilot, "space")
        assert not holds(bar(app), "space → step", "n next stage", "3 calls")
        assert holds(bar(app), "p predict")


async def test_keys_of_a_live_walk() -> None:
    app = live(FakeFeed())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert len(holds(bar(app), "q quit", "? keys")) == 2
        assert not holds(bar(app), *CLIENT_KEYS, "space → step", "z zoom", "3 calls")
    feed = halted_at(9)
    app = live(feed)
    async with app.run_test(size=WIDE) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
        halted = [*CLIENT_KEYS, "space → step", "r run"]
        assert holds(bar(app), *halted) == halted
        assert not holds(bar(app), ". pause")
        feed.say(ServerRunning())
        await press(pilot, "r")
        await until(pilot, lambda: app.walk.status.mode is WalkMode.RUNNING)
        assert holds(bar(app), ". pause", "c connect") == [". pause", "c connect"]
        assert not holds(bar(app), "space → step")
        feed.say(CaptureFailed(message="It broke."))
        await until(pilot, lambda: app.walk.status.mode is WalkMode.FAILED)
        assert not holds(bar(app), *CLIENT_KEYS, ". pause")
        assert holds(bar(app), "← back")


async def test_without_room_the_header_names_only_the_keys_that_wake_a_parked_server() -> None:
    events = first_connection()
    refused = ClientActed(
        seq=11, time_ns=events[10].time_ns, client=1, action="connect", error=constant(ERRNO, 111)
    )
    feed = FakeFeed(HEADER, *events[:11], refused, ServerRunning(waiting=True))
    app = WalkthroughApp(feed=feed, lesson_factory=FakeLesson)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.walk.status.mode is WalkMode.WAITING)
        shown = text_of(app, "header")
        assert "LIVE, parked (c)   client 1 could not connect: ECONNREFUSED" in shown
        await resize(pilot, (120, 40))
        assert "LIVE, parked: only a client can wake it (c)" in text_of(app, "header")
        assert "client 1 could not connect: ECONNREFUSED" in text_of(app, "header")


async def test_keys_of_home() -> None:
    app = app_of(FakeCatalogue())

    def shown() -> str:
        """Return what the key bar says, as it is drawn."""
        return home_of(app).query_one(KeysBar).render_line(0).text

    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        assert len(holds(shown(), "Enter open", "r replay", "s server", "q quit")) == 4
        assert not holds(shown(), "Esc all")
        await press(pilot, "slash")
        assert len(holds(shown(), "Enter open", "Esc all")) == 2
        assert not holds(shown(), "r replay", "s server", "q quit", "? keys")
        await press(pilot, "escape", "end")
        assert not holds(shown(), "r replay")
        await press(pilot, "question_mark")
        assert not shown().strip()
