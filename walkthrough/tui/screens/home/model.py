"""What home knows: the catalogue's answers, the server chosen, and the words that are typed.

It derives what is listed, what is shown about an item and how it is opened; it knows no widget.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message
from walkthrough.scenario.course import CourseProposal, CourseScenario, next_in, standing_of
from walkthrough.scenario.misconceptions import MISCONCEPTIONS, Misconception
from walkthrough.scenario.routes import ROUTES, Route, next_route
from walkthrough.tui.screens.home.bindings import HOME_ACTIONS
from walkthrough.tui.screens.home.catalogue import (
    SERVERS,
    Capabilities,
    HomeCatalogue,
    HomeEntry,
    RecordingEntry,
    ScenarioDetail,
)
from walkthrough.tui.screens.home.course_marks import CourseMark
from walkthrough.tui.screens.home.detail_rows import about_rows
from walkthrough.tui.screens.home.list_rows import Item, OpenFileItem, items_of, title_column
from walkthrough.tui.screens.home.run_modes import RunMark, RunMode, way_of
from walkthrough.tui.screens.session_source import SessionSource
from walkthrough.user_data.progress import Progress
from walkthrough.view.text import Row


class ItemDetail(NamedTuple):
    """What is shown about an item.

    Attributes:
        title: What it is called, not yet safe to draw.
        rows: Returns the rows for a width.
    """

    title: str
    rows: Callable[[int], list[Row]]


class HomeModel:
    """What there is, as far as it is known.

    Args:
        catalogue: Where it is asked for.
        server: What scenarios are run under at first: ``auto``, ``go`` or ``python``.
        progress: What was learned; None for nothing.
        route: The name of the route that is listed; all chapters if there is none of that name.

    Attributes:
        server: What scenarios are run under.
        route: The route that is listed; None for all chapters.
        typed: Words all of which an item has to hold.
        abilities: What can be run here; None while that is not known.
        begun: Whether anything was learned: before that, what comes first needs no mark.
    """

    def __init__(
        self,
        catalogue: HomeCatalogue,
        server: str,
        progress: Progress | None = None,
        route: str = "",
    ) -> None:
        self._catalogue = catalogue
        self._progress = progress if progress is not None else Progress()
        self._next: CourseProposal | None = None
        self._believed: list[Misconception] = []
        self.begun = False
        self.server = server
        self.route = ROUTES.get(route)
        self.typed = ""
        self.abilities: Capabilities | None = None
        self._entries: tuple[HomeEntry, ...] = ()
        self._recents: tuple[RecordingEntry, ...] = ()
        self._details: dict[str, ScenarioDetail] = {}

    def look_again(self) -> tuple[Message | str, ...]:
        """Ask what there is now; return what is to be said of that."""
        self._entries = self._catalogue.entries()
        self._recents = self._catalogue.recents()
        self._details.clear()
        self._progress.refresh()
        known = self._progress.known
        self.begun = bool(known.scenarios())
        self._propose()
        self._believed = [
            MISCONCEPTIONS[number] for number in known.still_believed() if number in MISCONCEPTIONS
        ]
        return self._catalogue.remarks()

    def _propose(self) -> None:
        """Find out what comes next."""
        course = [
            CourseScenario(one.name, one.goals, one.after)
            for one in self._entries
            if not one.broken
        ]
        self._next = next_in(course, self._progress.known, route=self.route)

    async def find_out(self) -> None:
        """Ask what can be run now; until that is known, what was known stays."""
        self.abilities = await self._catalogue.abilities()

    def next_server(self) -> str:
        """Take the next of the servers, and return it."""
        self.server = SERVERS[(SERVERS.index(self.server) + 1) % len(SERVERS)]
        return self.server

    def next_route(self) -> Route | None:
        """List the next of the routes, after the last all chapters; return it."""
        self.route = next_route(self.route.name if self.route is not None else None)
        self._propose()
        return self.route

    def items(self, tr: Catalogue) -> list[Item]:
        """Return what is listed."""
        return items_of(self._entries, self._recents, tr, self.typed, self.route)

    def column(self, tr: Catalogue) -> int:
        """Return how many cells the titles of scenarios are given, whatever is typed."""
        return title_column(self._entries, tr)

    def way(self, entry: HomeEntry) -> RunMode:
        """Return what Enter does with a scenario."""
        return way_of(entry, self.abilities, self.server)

    def mark(self, entry: HomeEntry) -> CourseMark:
        """Return how far one is in a scenario, whether it comes next, and what comes before it."""
        known = (self.entry(name) for name in entry.after)
        titles = tuple(one.title for one in known if one is not None)
        return self._standing_mark(entry)._replace(before=titles)

    def _standing_mark(self, entry: HomeEntry) -> CourseMark:
        progress = self._progress.known.scenario(entry.name)
        standing = standing_of(CourseScenario(entry.name, entry.goals), progress)
        beliefs = tuple(one.belief for one in self._believed if entry.name in one.scenarios)
        if self._next is None or not self.begun:
            return CourseMark(standing, beliefs=beliefs)
        if self._next.scenario != entry.name:
            after = self.next_entry() if standing.done else None
            title = after.title if after is not None else None
            return CourseMark(standing, beliefs=beliefs, after=title)
        wrong = MISCONCEPTIONS.get(self._next.belief)
        return CourseMark(standing, True, beliefs, wrong.belief if wrong is not None else None)

    def next_entry(self) -> HomeEntry | None:
        """Return the scenario that comes next; None if all are done."""
        return self.entry(self._next.scenario) if self._next is not None else None

    def entry(self, name: str) -> HomeEntry | None:
        """Return the scenario of that name; None if there is none."""
        return next((entry for entry in self._entries if entry.name == name), None)

    def story(self, item: Item | None, tr: Catalogue) -> ItemDetail:
        """Return what is shown about an item."""
        if item is None:
            return ItemDetail("", lambda width: [])
        detail = way = mark = None
        title = {OpenFileItem: tr("A file of yours"), RecordingEntry: tr("Your recordings")}.get(
            type(item), ""
        )
        if isinstance(item, HomeEntry):
            way, detail, title = self.way(item), self._detail(item), item.name
            mark = self.mark(item)
        return ItemDetail(title, lambda width: about_rows(item, detail, way, tr, width, mark))

    def opening(self, item: Item | None, *, replay: bool) -> Callable[[], SessionSource] | None:
        """Return what opens an item, beside the screen's thread; None if nothing does.

        Args:
            item: What.
            replay: Whether a scenario's recording is meant, even if it can be run.
        """
        match item:
            case RecordingEntry(path=path):
                return partial(self._catalogue.open_path, str(path))
            case HomeEntry(broken=""):
                way = self.way(item)
                if replay or not way.server:
                    return self.replay(item.name)
                return partial(self._catalogue.open_live, item.name, way.server)
        return None

    def works(self, item: Item | None, *, typing: bool) -> frozenset[str]:
        """Return the ids of the actions whose keys do something.

        Args:
            item: What the cursor is on.
            typing: Whether letters are typed into the filter.
        """
        opens = {"open"} if self._can_open(item) else set()
        if typing:
            return frozenset({*opens, "unfilter"})
        known = {action.id for action in HOME_ACTIONS} - {"unfilter", "open", "replay"}
        if isinstance(item, HomeEntry):
            opens |= {"replay"} if item.recording and not item.broken else set()
        return frozenset({*known, *opens})

    def _can_open(self, item: Item | None) -> bool:
        if isinstance(item, HomeEntry):
            return self.way(item).mark is not RunMark.NOTHING
        return isinstance(item, RecordingEntry | OpenFileItem)

    def replay(self, name: str) -> Callable[[], SessionSource]:
        """Return what opens a scenario's own recording."""
        return partial(self._catalogue.open_replay, name)

    def open_path(self, path: str) -> SessionSource:
        """Open a path that was typed."""
        return self._catalogue.open_path(path)

    def _detail(self, entry: HomeEntry) -> ScenarioDetail:
        if entry.broken:
            return ScenarioDetail()
        if entry.name not in self._details:
            self._details[entry.name] = self._catalogue.detail(entry.name)
        return self._details[entry.name]
