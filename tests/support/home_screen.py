"""Home, driven by a test: what is drawn on it, what is chosen, and what it opens."""

from typing import cast

from textual.pilot import Pilot

from tests.support.home_catalogue import FakeCatalogue
from tests.support.records import FakeLesson
from tests.support.screen import Journey, press, resize, until
from walkthrough.tui.app import WalkthroughApp
from walkthrough.tui.screens.home.catalogue import HomeEntry
from walkthrough.tui.screens.home.screen import HomeScreen
from walkthrough.tui.screens.home.widgets import DetailView, ScenarioList
from walkthrough.tui.screens.walk import WalkScreen
from walkthrough.tui.widgets.rows_view import RowsView
from walkthrough.user_data.preferences import Preferences
from walkthrough.user_data.progress import Progress


def app_of(
    catalogue: FakeCatalogue | None = None,
    language: str = "en",
    preferences: Preferences | None = None,
    server: str | None = None,
    progress: Progress | None = None,
) -> WalkthroughApp:
    return WalkthroughApp(
        lesson_factory=FakeLesson,
        language=language,
        catalogue=catalogue if catalogue is not None else FakeCatalogue(),
        server=server,
        preferences=preferences,
        progress=progress,
    )


async def browse(app: WalkthroughApp, size: tuple[int, int], *journeys: Journey) -> None:
    """Make journeys over one home: each begins at the first entry, in English, nothing said."""
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        home = home_of(app)
        for number, journey in enumerate(journeys):
            if number:
                await resize(pilot, size)
                while home.language != "en":
                    await press(pilot, "l")
                home.query_one(ScenarioList).focus()
                await press(pilot, "home")
                app.clear_notifications()
            assert app.screen is home
            assert chosen(app) == "first-connection"
            await journey(app, pilot)


def home_of(app: WalkthroughApp) -> HomeScreen:
    return next(one for one in app.screen_stack if isinstance(one, HomeScreen))


def rows_of(view: RowsView) -> str:
    count = view.virtual_size.height
    rows = (view.row(number) for number in range(count))
    return "\n".join("".join(piece.text for piece in row) for row in rows)


def listed(app: WalkthroughApp) -> str:
    return rows_of(home_of(app).query_one(ScenarioList))


def about(app: WalkthroughApp) -> str:
    return rows_of(home_of(app).query_one(DetailView))


def banner(app: WalkthroughApp) -> str:
    return rows_of(home_of(app).query_one("#banner", RowsView))


def chosen(app: WalkthroughApp) -> str:
    item = home_of(app).query_one(ScenarioList).item
    return item.name if isinstance(item, HomeEntry) else type(item).__name__


def said(app: WalkthroughApp) -> list[str]:
    return [note.message for note in app._notifications]


async def walking(pilot: Pilot[None]) -> WalkScreen:
    """Wait for a walk to be in front."""
    await until(pilot, lambda: isinstance(pilot.app.screen, WalkScreen))
    return cast("WalkScreen", pilot.app.screen)
