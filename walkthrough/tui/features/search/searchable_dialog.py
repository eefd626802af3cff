"""A box with a list that / searches: the line to type in, and what its keys do."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import ScreenResultType

from walkthrough.tui.features.search.bars import EntryBar
from walkthrough.tui.widgets.dialogs import Dialog
from walkthrough.tui.widgets.rows_view import ListedRows
from walkthrough.view.text import Piece


class SearchableRows(ListedRows):
    """The list of such a box."""

    def look_for(self, text: str) -> None:
        """List what holds ``text``; all for ""."""
        raise NotImplementedError


class SearchableDialog(Dialog[ScreenResultType]):
    """Such a box; whoever lays it out yields one `SearchableRows` and, below, a `search_line`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("slash", "search", show=False),
    ]

    def search_line(self, id: str) -> EntryBar:
        """Return the line to search the list with."""
        return EntryBar(id=id, changed=self._typed, entered=self._entered)

    @property
    def listed(self) -> SearchableRows:
        """The list."""
        return self.query_one(SearchableRows)

    def action_search(self) -> None:
        """Let a text be typed."""
        bar = self.query_one(EntryBar)
        bar.add_class("-shown")
        bar.edit("/")
        self._typed("")

    def action_leave(self) -> None:
        """End the search, or close."""
        bar = self.query_one(EntryBar)
        if not bar.has_class("-shown"):
            self.dismiss(None)
            return
        bar.rest()
        bar.remove_class("-shown")
        self._typed("")
        self.listed.focus()

    def _typed(self, text: str) -> None:
        self.listed.look_for(text)

    def _entered(self, text: str) -> None:
        """Go on with the list as it is."""
        if not text:
            self.action_leave()
            return
        bar = self.query_one(EntryBar)
        bar.rest()
        bar.status.tell((Piece(f" /{text}", "key"),))
        self.listed.focus()
