"""The list of bookmarks, over the panes: go to one, give it another note, remove it."""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.tui.widgets.dialogs import Dialog
from walkthrough.tui.widgets.key_hints import KeyHints
from walkthrough.tui.widgets.rows_view import RowsView, set_title
from walkthrough.user_data.bookmarks import Bookmark
from walkthrough.view.text import Piece, Row, elide, safe, width_of, wrap
from walkthrough.view.timeline.rows import BOOKMARK

_MOST_ROWS = 16
_CLICKS = ("choose(False)", "choose(True)", "remove", "screen.dismiss(None)")
"""What a click on each key named below the list does."""


class BookmarkChoice(NamedTuple):
    """What to do with the bookmark at event ``seq``: to go there, or to edit its note."""

    seq: int
    edit: bool


class BookmarkListing(NamedTuple):
    """What the list is made from.

    Attributes:
        bookmarks: Lists them.
        about: Says when and where an event is, None if it is not there (yet).
        number: Says which number a step has.
        remove: Removes the one at an event.
        here: The event that the walk is at.
        remarks: What to say about where they are kept.
    """

    bookmarks: Callable[[], list[Bookmark]]
    about: Callable[[int], str | None]
    number: Callable[[int], int]
    remove: Callable[[int], None]
    here: int
    remarks: tuple[str, ...] = ()


class BookmarkRows(RowsView):
    """The rows of the list, one of them chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "move(-10)", show=False),
        Binding("pagedown", "move(10)", show=False),
        Binding("home", "move(-1000000)", show=False),
        Binding("end", "move(1000000)", show=False),
        Binding("enter,space", "choose(False)", show=False),
        Binding("e", "choose(True)", show=False),
        Binding("d,delete,ctrl+d", "remove", show=False),
    ]

    def __init__(self, listed: BookmarkListing, tr: Catalogue) -> None:
        super().__init__(id="bookmark-rows")
        self._listed, self.tr = listed, tr
        self._marks = listed.bookmarks()
        seqs = [mark.seq for mark in self._marks]
        self._cursor = max((at for at, seq in enumerate(seqs) if seq <= listed.here), default=0)
        self._foot: list[Row] = []
        self._keys = self._key_line()

    def on_mount(self) -> None:
        """Name the box, and be as high as the list is."""
        set_title(self, f"{BOOKMARK} " + self.tr("Bookmarks"))
        self._fit()

    def on_resize(self) -> None:
        """Wrap what is said below the list."""
        self._fit()

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        if number >= len(self._marks):
            return self._foot[number - len(self._marks)]
        mark = self._marks[number]
        about = self._listed.about(mark.seq)
        head = (
            Piece("> " if number == self._cursor else "  ", "current"),
            Piece(f"{self._listed.number(mark.seq):>6}  ", "key"),
            Piece((self.tr("not there yet") if about is None else about) + "  ", "dim"),
        )
        note = safe(mark.note) or self.tr("no note")
        room = max(self.columns - width_of(head), 8)
        return (*head, Piece(elide(note, room), "" if mark.note else "dim"))

    def row_kind(self, number: int) -> str:
        """Mark the row that is chosen."""
        return "here" if number == self._cursor and self._marks else ""

    async def on_click(self, event: events.Click) -> None:
        """Choose what was clicked, go to it if it is chosen, or do what the clicked key does."""
        number = self.row_at(event)
        if action := self._keys.at_foot(event, self):
            await self.run_action(action)
        elif number is not None and number < len(self._marks):
            if number == self._cursor:
                self.action_choose(False)
            else:
                self.action_move(number - self._cursor)

    def action_move(self, by: int) -> None:
        """Choose another row."""
        if self._marks:
            self._cursor = min(max(self._cursor + by, 0), len(self._marks) - 1)
            self.show_row(self._cursor, self._cursor)
            self.refresh()

    def action_choose(self, edit: bool) -> None:
        """Go to the bookmark chosen, or edit its note."""
        if self._marks:
            seq = self._marks[self._cursor].seq
            if self._listed.about(seq) is not None:
                self.screen.dismiss(BookmarkChoice(seq, edit))

    def action_remove(self) -> None:
        """Remove the bookmark chosen."""
        if self._marks:
            self._listed.remove(self._marks[self._cursor].seq)
            self._marks = self._listed.bookmarks()
            self._cursor = max(min(self._cursor, len(self._marks) - 1), 0)
            self._fit()
            self.refresh()

    def _fit(self) -> None:
        said = (
            self._listed.remarks
            if self._marks
            else (self.tr("There is no bookmark yet; m sets one here."),)
        )
        rows: list[Row] = [()] if self._marks and said else []
        for text in said:
            rows += wrap((Piece(safe(text), "dim"),), self.columns)
        self._keys = self._key_line()
        self._foot = [*rows, (), *self._keys.rows("dim")]
        count = len(self._marks) + len(self._foot)
        self.resize_rows(count)
        self.styles.height = min(count, _MOST_ROWS) + self.gutter.height
        self.show_row(self._cursor, self._cursor)

    def _key_line(self) -> KeyHints:
        return KeyHints(
            self.tr("Enter go · e edit · d remove · Esc close"), " · ", _CLICKS, self.columns
        )


class BookmarkList(Dialog[BookmarkChoice | None]):
    """The list, until something is chosen or it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,M", "dismiss", show=False)]

    def __init__(self, listed: BookmarkListing, tr: Catalogue) -> None:
        super().__init__()
        self._rows = BookmarkRows(listed, tr)

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        yield self._rows

    def on_mount(self) -> None:
        """Let the keys go to the list."""
        self._rows.focus()
