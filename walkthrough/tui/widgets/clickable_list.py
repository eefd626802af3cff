"""A list whose rows lead somewhere, in groups: its cursor goes from one group to the next."""

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType

from walkthrough.tui.widgets.rows_view import ListedRows
from walkthrough.view.quiz import ClickableRow


class _RowGroup(NamedTuple):
    first: int
    last: int
    meant: int


class ClickableList(ListedRows):
    """Rows made for its width; a click on one, or Enter at the cursor, closes with what it means.

    A row that means something begins a group, unless it is indented: then it goes on with the one
    above.

    Args:
        rows_for: Returns the rows for a width.
        id: Its id.
        cursor: Whether the cursor is on the first group from the beginning; if not, Enter closes
            with None until it was moved.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("enter", "take", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
    ]

    def __init__(
        self, rows_for: Callable[[int], list[ClickableRow]], *, id: str, cursor: bool
    ) -> None:
        super().__init__(id=id)
        self._rows_for = rows_for
        self._listed: list[ClickableRow] = []
        self._groups: list[_RowGroup] = []
        self._at = 0 if cursor else -1

    def on_resize(self) -> None:
        """Sentences are wrapped to the width."""
        self._listed = self._rows_for(self.columns)
        self._groups = []
        for number, each in enumerate(self._listed):
            if each.meant is None:
                continue
            begins = each.row and each.row[0].text.strip()
            if begins or not self._groups:
                self._groups.append(_RowGroup(number, number, each.meant))
            else:
                self._groups[-1] = self._groups[-1]._replace(last=number)
        self.show_rows([each.row for each in self._listed])
        height = len(self._listed) + 2
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height

    def row_kind(self, number: int) -> str:
        """Mark the group at the cursor."""
        at_cursor = self._at_cursor
        return "here" if at_cursor is not None and at_cursor.first == number else ""

    @property
    def _at_cursor(self) -> _RowGroup | None:
        return self._groups[self._at] if 0 <= self._at < len(self._groups) else None

    def on_click(self, event: events.Click) -> None:
        """Go where what was clicked leads."""
        number = self.row_at(event)
        if number is not None and self._listed[number].meant is not None:
            self.screen.dismiss(self._listed[number].meant)

    def action_move(self, by: int) -> None:
        """Move the cursor; without anything to go to, scroll."""
        if not self._groups:
            self.scroll_relative(y=by, animate=False)
            return
        self._at = min(max(self._at + by, 0), len(self._groups) - 1)
        first, last, _ = self._groups[self._at]
        if self._at == 0 and by < 0:
            first = 0  # what stands above the first group is seen again
        self.show_row(first, last)
        self.refresh()

    def action_take(self) -> None:
        """Close with what the group at the cursor means; without one, with None."""
        at_cursor = self._at_cursor
        self.screen.dismiss(at_cursor.meant if at_cursor is not None else None)
