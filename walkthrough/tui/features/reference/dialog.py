"""The box with a list to read: its cursor goes from entry to entry, and / searches it."""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from walkthrough.tui.features.search.bars import EntryBar
from walkthrough.tui.features.search.matching import SearchTerm
from walkthrough.tui.features.search.searchable_dialog import SearchableDialog, SearchableRows
from walkthrough.tui.widgets.rows_view import set_title
from walkthrough.view.quiz import ClickableRow
from walkthrough.view.text import Piece, Row, safe

ReferenceRows = Callable[[int, SearchTerm | None], list[ClickableRow]]
"""Returns the rows for a width, those that hold what is searched for; a row means its entry."""


class ReferenceListing(NamedTuple):
    """What the box is made from.

    Attributes:
        title: What it is called.
        hint: What its keys do.
        rows_for: Returns its rows.
        key: The key that opened it closes it.
        at: The entry that the cursor is on at first.
    """

    title: str
    hint: str
    rows_for: ReferenceRows
    key: str
    at: int = 0


class ReferenceView(SearchableRows):
    """The list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "move(-8)", show=False),
        Binding("pagedown", "move(8)", show=False),
        Binding("home,g", "move(-1000000)", show=False),
        Binding("end,G", "move(1000000)", show=False),
        Binding("enter", "take", show=False),
    ]

    def __init__(self, listing: ReferenceListing) -> None:
        super().__init__(id="reference-rows")
        self._rows_for = listing.rows_for
        self._at = listing.at
        self._needle: SearchTerm | None = None
        self._listed: list[ClickableRow] = []
        self._entries: dict[int, tuple[int, int]] = {}  # first and last row of each

    def look_for(self, text: str) -> None:
        """List what holds ``text``; all for ""."""
        self._needle = SearchTerm(text) if text else None
        self.mark(self._needle.mark if self._needle is not None else None)
        self.on_resize()

    def on_resize(self) -> None:
        """Texts are wrapped to the width; the cursor stays where it is, or goes to the first."""
        self._listed = self._rows_for(self.columns, self._needle)
        self._entries = {}
        for number, each in enumerate(self._listed):
            if each.meant is not None:
                first, _ = self._entries.get(each.meant, (number, number))
                self._entries[each.meant] = (first, number)
        self.show_rows([each.row for each in self._listed])
        if self._needle is None:  # a search makes no box smaller
            self.screen.query_one("#reference").styles.height = len(self._listed) + 3
        if self._at not in self._entries and self._entries:
            self._at = next(iter(self._entries))
        first, _ = self._entries.get(self._at, (0, 0))
        self.scroll_row(max(first - 2, 0))  # with its heading, if that is right above it

    def row(self, number: int) -> Row:
        """Return row ``number``, the first one of the entry at the cursor with a mark."""
        row = super().row(number)
        if number == self._entries.get(self._at, (-1, -1))[0]:
            return (Piece("> ", "current"), *row[1:])
        return row

    def row_kind(self, number: int) -> str:
        """Mark the entry at the cursor."""
        return "here" if self._listed[number].meant == self._at else ""

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on what was clicked; a click on the cursor takes it."""
        number = self.row_at(event)
        meant = self._listed[number].meant if number is not None else None
        if meant is None:
            return
        if meant == self._at:
            self.action_take()
            return
        self._at = meant
        self.refresh()

    def action_move(self, by: int) -> None:
        """Move the cursor by entries."""
        known = [*self._entries]
        if known:
            at = known.index(self._at) if self._at in known else 0
            self._at = known[min(max(at + by, 0), len(known) - 1)]
            self._show_cursor()

    def action_take(self) -> None:
        """Close with the entry at the cursor."""
        self.screen.dismiss(self._at if self._at in self._entries else None)

    def _show_cursor(self) -> None:
        if self._at in self._entries:
            first, last = self._entries[self._at]
            heading = first == min(each for each, _ in self._entries.values())
            self.show_row(last, last)
            self.show_row(0 if heading else first, 0 if heading else first)
        self.refresh()


class ReferenceScreen(SearchableDialog[int]):
    """The box; returns the number of the entry that was taken, None for none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "dismiss(None)", show=False),
    ]

    def __init__(self, listing: ReferenceListing) -> None:
        super().__init__()
        self._listing = listing

    def compose(self) -> ComposeResult:
        """Lay out the list and, below it, the line to search it with."""
        with Vertical(id="reference"):
            yield ReferenceView(self._listing)
            yield self.search_line("reference-search")

    def on_mount(self) -> None:
        """Name the box and what its keys do."""
        box = self.query_one("#reference")
        set_title(box, self._listing.title)
        box.border_subtitle = safe(self._listing.hint)
        self.listed.focus()

    def on_key(self, event: events.Key) -> None:
        """Close by the key that opened it, unless a text is typed."""
        if event.key == self._listing.key and not self.query_one(EntryBar).editing:
            event.stop()
            self.dismiss(None)
