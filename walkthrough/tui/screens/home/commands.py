"""What the actions of home do on a walk: leave it for home, and give the tour."""

from walkthrough.tui.app_context import AppContext
from walkthrough.tui.screens.controller import Commands, Controller
from walkthrough.tui.screens.home.saved_message import said_of
from walkthrough.tui.screens.home.tour import TourScreen
from walkthrough.view.step import StepContext


class HomeController(Controller):
    """Leaves a walk for home; it gives the tour over the first walk ever seen."""

    _going = False

    @property
    def _app(self) -> AppContext:
        return self._walk.program

    def commands(self) -> Commands:
        """Return what carries out each action."""
        return {
            "tour": self.tour,
            "home": self.home,
        }

    def shown(self, step: StepContext) -> None:
        """Begin the tour once there is a first event to show."""
        if self._app.tour_due and step.event is not None:
            self.tour()

    def translated(self) -> None:
        """Use the new language on home too, and at the next start."""
        self._app.speak(self._walk.language)

    def tour(self) -> None:
        """Give the tour, where there is room for it."""
        if not self._walk.has_mode("-tiny"):
            self._app.tour_due = False
            self._app.remember(tour_seen=True)
            self._walk.ask(TourScreen(self._walk.arrangement, self._walk.tr), lambda nothing: None)

    def home(self) -> None:
        """End the server, keep what was recorded, and go home."""
        tr = self._walk.tr
        if self._app.catalogue is None:
            self._walk.say(tr("There is no home to go to from here."))
        elif not self._going:
            self._going = True
            self._app.run_worker(self._go(), exclusive=True, group="home")

    async def _go(self) -> None:
        tr = self._walk.tr
        said = ""
        live = self._walk.live
        if live is not None:
            self._walk.say(tr("Ending the server …"))
            await live.feed.close()
            opened = self._app.opened
            kept = opened.kept() if opened is not None else None
            said = said_of(kept, self._walk.tr) or tr(
                "The server had not begun: there is nothing to keep."
            )
        self._app.clear_notifications()
        self._app.go_home(said)
