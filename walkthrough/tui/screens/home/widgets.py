"""The widgets of home: the line above, the list with its cursor, what is told beside it.

They draw what they are told, and say up what was chosen; deciding is the screen's.
"""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from walkthrough.i18n.catalogue import ENGLISH, Catalogue, catalogue
from walkthrough.i18n.messages import message
from walkthrough.tui.screens.home.catalogue import HomeEntry
from walkthrough.tui.screens.home.course_marks import CourseMark
from walkthrough.tui.screens.home.list_rows import (
    Item,
    can_be_chosen,
    first_of,
    moved,
    row_of,
    same,
    section,
)
from walkthrough.tui.screens.home.run_modes import RunMode
from walkthrough.tui.widgets.bars import Headline
from walkthrough.tui.widgets.rows_view import ListedRows, RowsView
from walkthrough.view.text import Row

_SERVERS = {
    "auto": message("auto"),
    "go": message("Go"),
    "python": message("Python"),
}


_LEAST_ABOUT = 8
"""Cells; with no more of them what the program is for is not said."""


class HomeBar(Headline, can_focus=False):
    """The line above: the program, what it is for, the server chosen, the language.

    A click on the server chooses the next one, one on the language switches it.
    """

    def __init__(self) -> None:
        super().__init__(id="home-bar")
        self._inputs: tuple[Catalogue, str, str] | None = None

    def tell(self, tr: Catalogue, server: str, code: str) -> None:
        """Draw it.

        Args:
            tr: The catalogue of the language to say it in.
            server: ``auto``, ``go`` or ``python``.
            code: What the language is called.
        """
        self._inputs = (tr, server, code)
        self.on_resize()

    def on_resize(self) -> None:
        """It is cut to the width."""
        if self._inputs is None:
            return
        tr, server, code = self._inputs
        chosen = tr("server: {server}", server=tr.text(_SERVERS.get(server, server)))
        row = self.headline(
            tr,
            tr("step through what net.Listen and Accept do"),
            chosen,
            code,
            "server",
            _LEAST_ABOUT,
        )
        self.show_rows([row])


class RowFacts(NamedTuple):
    """What the rows of scenarios need to know besides the items.

    Attributes:
        way: Tells what Enter does with a scenario.
        mark: Tells how far one is in it; None where nothing was learned, and no row has a mark.
        column: Cells of the titles.
    """

    way: Callable[[HomeEntry], RunMode]
    mark: Callable[[HomeEntry], CourseMark] | None
    column: int


class ScenarioList(RowsView):
    """The list; its cursor is on one item."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "move(-1000000)", show=False),
        Binding("end,G", "move(1000000)", show=False),
    ]

    class Moved(Message):
        """The cursor is on another item."""

    class Pressed(Message):
        """What the cursor is on should be opened."""

    def __init__(self) -> None:
        super().__init__(id="scenario-list")
        self._items: list[Item] = []
        self._at = -1
        self._facts: RowFacts | None = None
        self._tr = catalogue(ENGLISH)

    @property
    def item(self) -> Item | None:
        """What the cursor is on; None if there is nothing."""
        return self._items[self._at] if self._at >= 0 else None

    def tell(
        self, items: list[Item], facts: RowFacts, tr: Catalogue, first: Item | None = None
    ) -> None:
        """List these items; the cursor stays on its own, if that is still among them.

        Args:
            items: The rows.
            facts: What the rows of scenarios need to know.
            tr: The catalogue of the language to say it in.
            first: Where the cursor is at first; None for the first item.
        """
        before = self.item or first
        self._items, self._facts, self._tr = items, facts, tr
        self._at = first_of(items)
        self.resize_rows(len(items))
        if before is not None:
            self.stand_on(before)
        self._in_sight()
        self.refresh()
        self.post_message(self.Moved())

    def stand_on(self, wanted: Item) -> None:
        """Put the cursor on an item, if it is listed."""
        found = next((at for at, item in enumerate(self._items) if same(item, wanted)), None)
        if found is not None:
            self._go(found)

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        item, chosen, facts = self._items[number], number == self._at, self._facts
        if facts is None or not isinstance(item, HomeEntry):
            return row_of(item, self.columns, self._tr, chosen=chosen)
        return row_of(
            item,
            self.columns,
            self._tr,
            title=facts.column,
            way=facts.way(item),
            mark=facts.mark(item) if facts.mark is not None else None,
            chosen=chosen,
        )

    def row_kind(self, number: int) -> str:
        """Light the row of the cursor."""
        return "here" if number == self._at else ""

    def stand_first(self) -> None:
        """Put the cursor on the first item."""
        self._go(first_of(self._items))

    def turn(self, by: int) -> None:
        """Go to the next chapter, or by -1 to the one before."""
        self._go(section(self._items, self._at, by))

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self._go(moved(self._items, self._at, by))

    def action_page(self, by: int) -> None:
        """Move the cursor by what is visible."""
        self.action_move(by * max(self.size.height - 1, 1))

    def on_resize(self) -> None:
        """Keep the cursor visible."""
        self._in_sight()

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked; open what had been chosen already."""
        number = self.row_at(event)
        if number is None or not can_be_chosen(self._items[number]):
            return
        if number == self._at:
            self.post_message(self.Pressed())
        else:
            self._go(number)

    def _go(self, at: int) -> None:
        if at == self._at:
            self._in_sight()
            return
        before, self._at = self._at, at
        self.refresh_row(before)
        self.refresh_row(at)
        self._in_sight()
        self.post_message(self.Moved())

    def _in_sight(self) -> None:
        if self._at >= 0:
            # With the heading above it, if that is the row before.
            above = self._at - 1
            first = above if above >= 0 and not can_be_chosen(self._items[above]) else self._at
            self.show_row(first, self._at, context=1)


class DetailView(ListedRows):
    """What is shown about the item under the cursor."""

    def __init__(self) -> None:
        super().__init__(id="about")
        self._rows_for: Callable[[int], list[Row]] | None = None

    def tell(self, rows_for: Callable[[int], list[Row]]) -> None:
        """Draw this from the top.

        Args:
            rows_for: Returns the rows for a width.
        """
        self._rows_for = rows_for
        self.on_resize()
        self.scroll_row(0)

    def on_resize(self) -> None:
        """Sentences are wrapped to the width."""
        if self._rows_for is not None:
            self.show_rows(self._rows_for(self.columns))
