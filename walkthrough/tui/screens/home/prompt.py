"""The prompt for a file: a line with completion over the list of what may follow.

What is typed stays until something has been opened; a refusal is said below it.
"""

import asyncio
import os
from collections.abc import Callable
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.tui.screens.home.catalogue import CannotOpenError
from walkthrough.tui.screens.home.paths import (
    PathListing,
    PathMatch,
    can_be_typed,
    completed,
    is_only_folder,
    listing_of,
    opened_found,
    opened_path,
    path_of,
)
from walkthrough.tui.screens.session_source import SessionSource
from walkthrough.tui.widgets.dialogs import Dialog
from walkthrough.tui.widgets.rows_view import ListedRows, RowsView, set_title
from walkthrough.tui.widgets.safe_input import SafeInput
from walkthrough.view.text import Piece, Row, elide, safe, wrap


class PathList(RowsView, can_focus=False):
    """The names that go on from what is typed; one may be chosen."""

    class Chosen(Message):
        """A name was clicked."""

    def __init__(self, tr: Catalogue) -> None:
        super().__init__(id="found")
        self.tr = tr
        self.listing = PathListing("")
        self.at = -1

    def tell(self, listing: PathListing) -> None:
        """List these; none is chosen."""
        self.listing, self.at = listing, -1
        self.resize_rows(len(listing.found) + (not listing.found or bool(listing.more)))
        self.scroll_row(0)
        self.refresh()

    def move(self, by: int) -> None:
        """Choose another; before the first is what was typed."""
        self.at = min(max(self.at + by, -1), len(self.listing.found) - 1)
        if self.at >= 0:
            self.show_row(self.at, self.at, context=1)
        self.refresh()

    @property
    def chosen(self) -> PathMatch | None:
        """The name that is chosen, None if none is."""
        return self.listing.found[self.at] if self.at >= 0 else None

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        found = self.listing.found
        if number < len(found):
            name = safe(found[number].name) + "/" * found[number].folder
            here = Piece("> " if number == self.at else "  ", "current")
            kind = "function" if found[number].folder else ""
            return (here, Piece(elide(name, self.columns - 2), kind))
        if self.listing.trouble:
            said = self.tr(
                "This folder cannot be read: {why}.",
                why=self.listing.trouble,
            )
        elif self.listing.more:
            said = self.tr("… {count} more: type on", count=self.listing.more)
        else:
            said = self.tr("Nothing here begins like that.")
        return (Piece("  "), Piece(elide(said, self.columns - 2), "dim"))

    def row_kind(self, number: int) -> str:
        """Light what is chosen."""
        return "here" if number == self.at else ""

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked, and go there."""
        number = self.row_at(event)
        if number is not None and number < len(self.listing.found):
            self.at = number
            self.post_message(self.Chosen())


_MOST_SAID = 4
"""How many rows, about, of what is said of a file are shown."""


class FilePromptScreen(Dialog[SessionSource | None]):
    """Asks for a file; ends with what was opened, or None.

    Args:
        tr: The catalogue of the language to say it in.
        opening: Opens a path, beside the screen's thread; raises CannotOpenError.
        typed: The text in the line at first.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False, priority=True),
        Binding("tab", "complete", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", "move(-8)", show=False, priority=True),
        Binding("pagedown", "move(8)", show=False, priority=True),
    ]

    def __init__(
        self, tr: Catalogue, opening: Callable[[str], SessionSource], typed: str = ""
    ) -> None:
        super().__init__()
        self.tr = tr
        self._opening = opening
        self._typed = typed

    def compose(self) -> ComposeResult:
        """Lay out line, names, and what is said of them."""
        with Vertical(id="prompt"):
            yield SafeInput(self._typed, id="typed", select_on_focus=False)
            yield PathList(self.tr)
            yield ListedRows(id="prompt-said")

    def on_mount(self) -> None:
        """Name the box, and list what there is."""
        box = self.query_one("#prompt", Vertical)
        set_title(box, self.tr("Open a recording, an strace log or a scenario's folder"))
        line = self.query_one(SafeInput)
        line.focus()
        line.cursor_position = len(self._typed)
        self._list()
        self._say("")

    @property
    def typed(self) -> str:
        """The text in the line."""
        return self.query_one(SafeInput).value

    @property
    def folder(self) -> str:
        """The folder that was looked into last."""
        return self.query_one(PathList).listing.folder

    def on_resize(self) -> None:
        """What is said is wrapped to the width."""
        self._say("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what goes on from what is typed now."""
        event.stop()
        self._list()
        self._say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Open what is chosen or typed."""
        event.stop()
        self._take()

    def on_path_list_chosen(self) -> None:
        """Open what was clicked."""
        self._take()

    def action_close(self) -> None:
        """Open nothing."""
        self.dismiss(None)

    def action_move(self, by: int) -> None:
        """Choose another name."""
        self.query_one(PathList).move(by)

    def action_complete(self) -> None:
        """Type what is chosen, or what all names have in common."""
        listing, chosen = self._choice()
        self._type(path_of(listing, chosen) if chosen else completed(self.typed, listing))

    def _type(self, text: str) -> None:
        if can_be_typed(text):
            line = self.query_one(SafeInput)
            line.value = text
            line.cursor_position = len(text)

    def _list(self) -> None:
        self.query_one(PathList).tell(listing_of(self.typed))

    def _choice(self) -> tuple[PathListing, PathMatch | None]:
        view = self.query_one(PathList)
        return view.listing, view.chosen

    def _take(self) -> None:
        """Go into a folder; open a file, or a folder that holds a scenario."""
        listing, chosen = self._choice()
        typed = opened_path(self.typed)
        if chosen is not None and chosen.folder:
            self._type(path_of(listing, chosen))
        elif chosen is not None:
            self._open(opened_found(listing, chosen))
        elif is_only_folder(typed) and not typed.endswith(os.sep):
            self._type(self.typed + os.sep)
        elif typed and not is_only_folder(typed):
            self._open(typed)

    @work(exclusive=True, group="open")
    async def _open(self, path: str) -> None:
        self._say(self.tr("Opening {what} …", what=path), "dim")
        try:
            opened = await asyncio.to_thread(self._opening, path)
        except CannotOpenError as error:
            self._say("✗ " + self.tr.text(error.message), "failed")
            return
        self.dismiss(opened)

    def _say(self, text: str, kind: str = "") -> None:
        said = self.query_one("#prompt-said", ListedRows)
        part = said.columns * _MOST_SAID // 2
        if len(text) > 2 * part:  # a path may be long, and the reason stands behind it
            text = f"{text[:part]}…{text[-part:]}"
        row = (
            Piece(
                safe(text) or self.tr("Tab completes   ↓ ↑ choose   Enter opens   Esc closes"),
                kind or "dim",
            ),
        )
        rows = wrap(row, said.columns, 2)[: _MOST_SAID + 2]
        said.show_rows(rows)
        said.styles.height = len(rows)
