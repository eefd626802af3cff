"""The screen, driven by a test: applications to run, keys to press, and what is drawn."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual._xterm_parser import XTermParser
from textual.app import App
from textual.pilot import Pilot

from tests.support.feeds import FakeFeed
from tests.support.records import HEADER, FakeLesson, first_connection, history_of
from tests.support.time_limits import limit
from walkthrough.model.protocol import ServerHalted
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.features.presentation.commands import PresentationController
from walkthrough.tui.screens.status import WalkMode
from walkthrough.tui.widgets.rows_view import RowsView

Journey = Callable[[WalkthroughApp, Pilot[Any]], Awaitable[None]]
PATIENCE = limit(60.0)
"""Seconds. What is waited for may be another thread's work, on a machine that may be busy."""
EVENTS = first_connection()


def replay(history: History | None = None, language: str = "en") -> WalkthroughApp:
    return WalkthroughApp(
        history=history if history is not None else history_of(EVENTS),
        lesson_factory=FakeLesson,
        language=language,
    )


def live(feed: FakeFeed) -> WalkthroughApp:
    return WalkthroughApp(feed=feed, lesson_factory=FakeLesson, language="en")


def halted_at(index: int) -> FakeFeed:
    """Return a feed that has come to a halt at event ``index``."""
    return FakeFeed(HEADER, *EVENTS[: index + 1], ServerHalted(seq=index))


async def come_to(pilot: Pilot[Any], feed: FakeFeed, index: int) -> None:
    """Let the server halt at an event, and forget what was asked of it and said before."""
    app = pilot.app
    assert isinstance(app, WalkthroughApp)
    feed.say(*EVENTS[app.walk.status.last + 1 : index + 1], ServerHalted(seq=index))
    await until(pilot, lambda: feed.heard and app.walk.status.last == index)
    app.walk.move_to_end()
    await until(pilot, lambda: app.walk.status.mode is WalkMode.HALTED)
    feed.sent.clear()
    app.clear_notifications()


async def press(pilot: Pilot[Any], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


async def resize(pilot: Pilot[Any], size: tuple[int, int]) -> None:
    """Give the terminal another size, unless it has that."""
    if pilot.app.size != size:
        await pilot.resize_terminal(*size)
        await pilot.pause()


async def speak(pilot: Pilot[Any], language: str) -> None:
    """Let a walk speak a language from now on, as its key does."""
    app = pilot.app
    assert isinstance(app, WalkthroughApp)
    if app.walk.language != language:
        app.walk.speak(language)
        await pilot.pause()


async def begin_again(pilot: Pilot[Any], language: str = "en") -> None:
    """Bring a walk back to where it began: first event, nothing zoomed, said or in focus."""
    app = pilot.app
    assert isinstance(app, WalkthroughApp)
    await speak(pilot, language)
    app.clear_notifications()
    if app.walk.arrangement.zoomed:
        app.walk.action_perform("zoom")
    app.walk.set_focus(None)
    app.walk.move_to(0)
    await pilot.pause()


async def travel(app: WalkthroughApp, size: tuple[int, int], *journeys: Journey) -> None:
    """Make journeys one after another over one screen: to start one is most of a short test."""
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        language = app.walk.language
        for number, journey in enumerate(journeys):
            if number:
                await resize(pilot, size)
                await begin_again(pilot, language)
            await journey(app, pilot)


def type_at_once(app: App[None], keys: str) -> None:
    """Send keys as a terminal does that has got all of them before the first was looked at."""
    driver = app._driver
    assert driver is not None
    for event in XTermParser().feed(keys):
        driver.process_message(event)


async def act(pilot: Pilot[Any], *actions: str) -> None:
    """Let a walk act as its keys do; the pilot waits thrice as long for each key."""
    app = pilot.app
    assert isinstance(app, WalkthroughApp)
    for action in actions:
        app.walk.action_perform(action)
        await pilot.pause()


async def until(pilot: Pilot[Any], condition: Callable[[], bool]) -> None:
    """Let the application work until something is so, and until all that follows is drawn."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await pilot.pause(0.01)
    await pilot.pause()


def text_of(app: WalkthroughApp, name: str) -> str:
    """Return the text that a pane shows, row by row."""
    view = app.walk.query_one(f"#{name}", RowsView)
    return "\n".join(view.render_line(y).text for y in range(view.size.height))


def rows_of(app: WalkthroughApp, name: str) -> list[str]:
    """Return all rows of a pane, in sight or not."""
    view = app.walk.query_one(f"#{name}", RowsView)
    count = view.virtual_size.height
    return ["".join(piece.text for piece in view.row(number)) for number in range(count)]


def source_text_of(app: WalkthroughApp, id: str = "source-lines") -> str:
    """Return the text of a source pane, without what fills its lines up."""
    return "\n".join(line.rstrip() for line in text_of(app, id).split("\n"))


def presenting(app: WalkthroughApp) -> PresentationController:
    return next(part for part in app.walk.controllers if isinstance(part, PresentationController))
