"""Home: the scenarios by chapter, recordings, a file; and what is shown about the chosen one.

It owns what is chosen and the filter, and asks the catalogue; `opener` opens.
"""

import gc
from collections.abc import Callable
from typing import ClassVar, TypeVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.i18n.messages import message
from walkthrough.tui.app_context import AppContext, app_of
from walkthrough.tui.screens.help import HelpScreen
from walkthrough.tui.screens.home.bindings import HOME_ACTIONS
from walkthrough.tui.screens.home.catalogue import HomeCatalogue
from walkthrough.tui.screens.home.list_rows import Item
from walkthrough.tui.screens.home.model import HomeModel
from walkthrough.tui.screens.home.opener import SessionOpener
from walkthrough.tui.screens.home.widgets import DetailView, HomeBar, RowFacts, ScenarioList
from walkthrough.tui.screens.status import WalkMode, WalkStatus
from walkthrough.tui.screens.walk_layout import LEAST_COLUMNS, LEAST_ROWS
from walkthrough.tui.widgets.action import next_catalogue
from walkthrough.tui.widgets.bars import Banner, KeysBar
from walkthrough.tui.widgets.error_handling import ErrorBoundary, is_ready
from walkthrough.tui.widgets.messages import place_messages
from walkthrough.tui.widgets.perform import Perform
from walkthrough.tui.widgets.rows_view import ListedRows, set_title
from walkthrough.tui.widgets.safe_input import SafeInput
from walkthrough.user_data.progress import Progress
from walkthrough.view.text import Piece, safe, wrap

_CHOSEN_SERVER = {
    "auto": message("Scenarios run under Go where it can be traced, else under Python."),
    "go": message("Scenarios run under the Go server."),
    "python": message("Scenarios run under the instrumented Python server."),
}


_Answer = TypeVar("_Answer")

_WIDE = (116, 24)
"""From this size on, what is shown about an entry is beside the list, and not below it."""
_STATUS = WalkStatus(WalkMode.REPLAY, -1, -1)


class HomeScreen(ErrorBoundary, Screen[None]):
    """The list of what there is to walk through.

    Args:
        catalogue: What there is.
        language: ``en`` or ``zh``.
        server: What scenarios are run under at first: ``auto``, ``go`` or ``python``.
        said: What to say at once, "" for nothing.
        progress: What was learned; None for nothing.
        route: The name of the route that is listed at first; "" for all chapters.
        left: The scenario whose walk was left for home: the cursor is on it at first; "" for none.
    """

    AUTO_FOCUS = "#scenario-list"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(",".join(action.keys), f"perform('{action.id}')", action.label.id, show=False)
            for action in HOME_ACTIONS
        ),
        # While something is typed the list can be moved in all the same.
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]
    actions = HOME_ACTIONS

    def __init__(
        self,
        catalogue: HomeCatalogue,
        language: str,
        server: str,
        said: str = "",
        progress: Progress | None = None,
        route: str = "",
        left: str = "",
    ) -> None:
        super().__init__()
        self._stock = HomeModel(catalogue, server, progress, route)
        self._opener = SessionOpener(self, self._stock)
        self.language = language
        self._said = said
        self._left = left
        self._under_dialog = False

    # What is on the screen, top to bottom

    def compose(self) -> ComposeResult:
        """Lay out the line above, what must be said, list and story, filter, and key bar."""
        self._arrange()  # now: once there are widgets, each class costs a look at all of them
        yield HomeBar()
        yield Banner()
        with Container(id="home-body"):
            yield ScenarioList()
            yield DetailView()
        line = SafeInput(id="filter")
        line.display = False
        yield line
        yield KeysBar(HOME_ACTIONS)
        yield ListedRows(id="too-small")

    def on_mount(self) -> None:
        """Begin: list what there is, and find out what can be run."""
        place_messages(self, lambda: self.query_one("#home-body").region.bottom)
        self._look_again()
        if self._said:
            self.say(self._said)
        # The command line puts the search for garbage off until there is something to see.
        self.call_after_refresh(gc.enable)

    def begin_again(self, said: str) -> None:
        """Be in front once more: there may be a new recording, and other ports may be free.

        Args:
            said: What to say at once, "" for nothing.
        """
        self.language = self.program.language
        self._look_again()
        if said:
            self.say(said)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let keys do nothing before home has been made, and when it is being left."""
        return is_ready(self) and super().check_action(action, parameters)

    def on_resize(self) -> None:
        """Put the story beside the list, or below it."""
        self._fit()

    @property
    def status(self) -> WalkStatus:
        """Where home stands: nowhere on a walk."""
        return _STATUS

    @property
    def program(self) -> AppContext:
        """The program."""
        return app_of(self)

    @property
    def tr(self) -> Catalogue:
        """What says it in the language of the screen."""
        return catalogue(self.language)

    def _arrange(self) -> None:
        """Choose the arrangement for the terminal's size; home.tcss says what each means."""
        width, height = self.app.size
        self.set_class(width >= _WIDE[0] and height >= _WIDE[1], "-wide")
        self.set_class(height < 20, "-low")
        self.set_class(width < LEAST_COLUMNS or height < LEAST_ROWS, "-tiny")

    def _fit(self) -> None:
        self._arrange()
        if self.has_class("-tiny"):
            width, height = self.app.size
            text = self.tr(
                "Terminal too small: needs {columns}x{rows}, is {width}x{height}.",
                columns=LEAST_COLUMNS,
                rows=LEAST_ROWS,
                width=width,
                height=height,
            )
            rows = wrap((Piece(text, "strong"),), max(width, 1))
            self.query_one("#too-small", ListedRows).show_rows(rows)

    def _look_again(self) -> None:
        """List what there is now."""
        remarks = self._stock.look_again()
        self.call_after_refresh(self._find_out)
        self._draw()
        self.warn(*(self.tr.text(remark) for remark in remarks))

    @work(exclusive=True, group="abilities")
    async def _find_out(self) -> None:
        """Find out what can be run; until then each scenario may be tried."""
        await self._stock.find_out()
        self._draw()

    def _draw(self) -> None:
        tr, stock = self.tr, self._stock
        self.query_one(HomeBar).tell(
            self.tr, stock.server, tr.in_context("the language, in the header", "EN")
        )
        self.query_one(ScenarioList).tell(
            stock.items(tr),
            RowFacts(stock.way, stock.mark if stock.begun else None, stock.column(tr)),
            tr,
            stock.entry(self._left) or (stock.next_entry() if stock.begun else None),
        )
        self.query_one("#filter", SafeInput).placeholder = self.tr(
            "Type to filter; Enter opens, Esc shows all again"
        )

    def on_scenario_list_moved(self) -> None:
        """Show the item that the cursor is on now."""
        story = self._stock.story(self._item, self.tr)
        about = self.query_one(DetailView)
        set_title(about, story.title)
        about.tell(story.rows)
        self._tell_keys()

    def _tell_keys(self) -> None:
        """Draw the key bar: under a dialog, or while a filter is typed, few keys mean anything."""
        typing = self.query_one("#filter", SafeInput).display
        works = self._stock.works(self._item, typing=typing)
        keys = frozenset() if self._under_dialog else works
        self.query_one(KeysBar).tell(_STATUS, self.tr, keys)

    def on_screen_suspend(self) -> None:
        """Another screen is in front; if it is no dialog, the filter has done its work."""
        self._under_dialog = True
        if is_ready(self):
            if not isinstance(self.app.screen, ModalScreen):
                self.do_unfilter()
            self._tell_keys()

    def on_screen_resume(self) -> None:
        """The keys are home's again."""
        self._under_dialog = False
        if is_ready(self):
            self._tell_keys()

    @property
    def _item(self) -> Item | None:
        return self.query_one(ScenarioList).item

    def say(self, text: str) -> None:
        """Say something for some seconds, in the place of what was said before."""
        self.app.clear_notifications()
        self.notify(safe(text), markup=False, timeout=8)

    def warn(self, *lines: str) -> None:
        """Say what must not be overlooked, until something is opened."""
        self.query_one(Banner).tell(tuple(line for line in lines if line))

    def ask(self, dialog: Screen[_Answer], answered: Callable[[_Answer | None], None]) -> None:
        """Show a dialog, and pass its answer on."""
        self.app.push_screen(dialog, answered)

    # Actions

    def action_perform(self, id: str) -> None:
        """Carry out an action of the table."""
        self._commands()[id]()

    def _commands(self) -> dict[str, Callable[[], None]]:
        return {
            "open": self.do_open,
            "replay": self.do_replay,
            "tour": self.do_tour,
            "server": self.do_server,
            "route": self.do_route,
            "open_file": self.do_open_file,
            "filter": self.do_filter,
            "unfilter": self.do_unfilter,
            "go_next": self.do_go_next,
            "next_pane": self.do_next_pane,
            "next_chapter": self.do_next_chapter,
            "previous_chapter": self.do_previous_chapter,
            "language": self.do_language,
            "help": self.do_help,
            "palette": self.do_palette,
            "quit": self.do_quit,
        }

    def on_perform(self, message: Perform) -> None:
        """Carry out what was clicked."""
        self.action_perform(message.id)

    def action_move(self, by: int) -> None:
        """Move the cursor of the list."""
        self.query_one(ScenarioList).action_move(by)

    def action_page(self, by: int) -> None:
        """Move the cursor of the list by what is visible."""
        self.query_one(ScenarioList).action_page(by)

    def on_scenario_list_pressed(self) -> None:
        """Open what was clicked again."""
        self.do_open()

    def do_open(self) -> None:
        """Open what the cursor is on: live where it can run, else its recording."""
        self._opener.open(self._item)

    def do_replay(self) -> None:
        """Replay the scenario's own recording."""
        self._opener.open(self._item, replay=True)

    def do_tour(self) -> None:
        """Replay the first connection, and give the tour over it."""
        self._opener.tour()

    def do_server(self) -> None:
        """Run scenarios under another server from now on."""
        server = self._stock.next_server()
        self.program.remember(server=server)
        self._draw()
        self.say(self.tr(_CHOSEN_SERVER[server]))

    def do_route(self) -> None:
        """List the next route, or all chapters again; it is remembered."""
        route = self._stock.next_route()
        self.program.remember(route=route.name if route is not None else None)
        self._draw()
        self.query_one(ScenarioList).stand_first()
        if route is not None:
            said = self.tr("Route: {route}. It is listed alone, in its order.", route=route.title)
        else:
            said = self.tr("All chapters are listed.")
        self.say(said)

    def do_open_file(self) -> None:
        """Ask for a file."""
        self._opener.ask_for_file()

    def do_filter(self) -> None:
        """Let words be typed that an item has to hold."""
        line = self.query_one("#filter", SafeInput)
        line.display = True
        self.set_focus(line)
        self._tell_keys()

    def do_unfilter(self) -> None:
        """List everything again."""
        line = self.query_one("#filter", SafeInput)
        line.value = ""
        line.display = False
        self.query_one(ScenarioList).focus()
        self._tell_keys()

    def do_go_next(self) -> None:
        """Go to the scenario that comes next, in the whole list."""
        entry = self._stock.next_entry()
        if entry is None:
            self.say(self.tr("All scenarios are done."))
            return
        self.do_unfilter()
        self._stock.typed = ""  # the line tells of its change later
        self._draw()
        self.query_one(ScenarioList).stand_on(entry)

    def do_next_pane(self) -> None:
        """Go from the list to the story, and back."""
        listed, about = self.query_one(ScenarioList), self.query_one(DetailView)
        (about if self.focused is listed else listed).focus()

    def do_next_chapter(self) -> None:
        """Go to the next chapter."""
        self.query_one(ScenarioList).turn(1)

    def do_previous_chapter(self) -> None:
        """Go to the chapter before."""
        self.query_one(ScenarioList).turn(-1)

    def do_language(self) -> None:
        """Switch the language."""
        self.language = next_catalogue(self.language).language
        self.app.clear_notifications()  # they are in the other one
        self.program.speak(self.language)
        self._fit()
        self._draw()

    def do_help(self) -> None:
        """Show the keys."""
        tr = self.tr
        foot = (
            tr("Marks: Go Py  live here   -- replay only   ·· not known yet   ✗ neither"),
            tr("→ comes next   ✓ done   ~ begun"),
            tr(
                "Up and down or j and k go through the list, n and b from chapter to chapter. "
                "A click chooses, another one opens. Here a click on a line does what it says."
            ),
        )
        box = HelpScreen(self.tr, HOME_ACTIONS, foot)
        self.app.push_screen(box, lambda id: self.action_perform(id) if id else None)

    def do_palette(self) -> None:
        """Search the actions."""
        self.app.action_command_palette()

    def do_quit(self) -> None:
        """Leave."""
        self.leave()

    def leave(self) -> None:
        """Leave."""
        self.app.exit()

    # Typing

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what holds what is typed now; what fits best comes first, and Enter opens it."""
        self._stock.typed = event.value
        self._draw()
        if event.value:
            self.query_one(ScenarioList).stand_first()

    def on_input_submitted(self) -> None:
        """Open what the cursor is on."""
        self.do_open()
