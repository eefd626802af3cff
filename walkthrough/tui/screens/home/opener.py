"""Opens what was chosen on home, beside the screen's thread, and hands the app what was opened.

What cannot be opened is said on home.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from textual.screen import Screen
from textual.worker import Worker

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.tui.app_context import AppContext
from walkthrough.tui.screens.home.catalogue import CannotOpenError, HomeEntry, RecordingEntry
from walkthrough.tui.screens.home.list_rows import Item, OpenFileItem
from walkthrough.tui.screens.home.model import HomeModel
from walkthrough.tui.screens.home.prompt import FilePromptScreen
from walkthrough.tui.screens.session_source import SessionSource

TOURED = "first-connection"
"""The scenario whose recording the tour is given over."""


class OpenerContext(Protocol):
    """What the opener sees of home."""

    language: str

    @property
    def tr(self) -> Catalogue:
        """The catalogue of that language."""

    @property
    def program(self) -> AppContext:
        """The program."""

    def say(self, text: str) -> None:
        """Say something for some seconds."""

    def warn(self, *lines: str) -> None:
        """Say what must not be overlooked; nothing takes it away."""

    def ask(
        self, dialog: Screen[SessionSource | None], answered: Callable[[SessionSource | None], None]
    ) -> None:
        """Show a dialog, and pass its answer on."""

    def run_worker(self, work: Any, *, group: str, exclusive: bool) -> Worker[Any]:
        """Do something while keys are still handled."""


class SessionOpener:
    """What home opens things with, one at a time."""

    def __init__(self, home: OpenerContext, stock: HomeModel) -> None:
        self._home = home
        self._stock = stock

    @property
    def _app(self) -> AppContext:
        return self._home.program

    def open(self, item: Item | None, *, replay: bool = False) -> None:
        """Open an item: a scenario live where it can run, or else, or with ``replay``, recorded."""
        opening = self._stock.opening(item, replay=replay)
        match item:
            case HomeEntry() if opening is None:
                self._home.warn(self._home.tr.text(item.broken))
            case HomeEntry() if opening is not None:
                self._begin_opening(opening, item.title.says(self._home.language))
            case RecordingEntry() if opening is not None:
                self._begin_opening(opening, item.path.name)
            case OpenFileItem():
                self.ask_for_file()

    def tour(self) -> None:
        """Replay the first connection, and give the tour over it."""
        self._begin_opening(self._stock.replay(TOURED), TOURED, tour=True)

    def ask_for_file(self) -> None:
        """Ask for a file, and open it."""
        tr = self._home.tr
        prompt = FilePromptScreen(tr, self._stock.open_path, self._app.last_folder)

        def take(opened: SessionSource | None) -> None:
            self._app.last_folder = prompt.folder
            if opened is not None:
                self._begin(opened)

        self._home.ask(prompt, take)

    def _begin_opening(
        self, opening: Callable[[], SessionSource], what: str, *, tour: bool = False
    ) -> None:
        opens = self._open(opening, what, tour=tour)
        self._home.run_worker(opens, exclusive=True, group="open")

    async def _open(self, opening: Callable[[], SessionSource], what: str, *, tour: bool) -> None:
        self._home.say(self._home.tr("Opening {what} …", what=what))
        try:
            opened = await asyncio.to_thread(opening)
        except CannotOpenError as error:
            self._app.clear_notifications()
            self._home.warn(self._home.tr.text(error.message))
            return
        self._app.tour_due = self._app.tour_due or tour
        self._begin(opened)

    def _begin(self, opened: SessionSource) -> None:
        self._app.clear_notifications()
        self._home.warn()
        self._app.begin_walk(opened)
