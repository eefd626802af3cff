"""A line of keys and what they do, as it stands in a box: a click on one does the same.

It lays the line out and finds what was clicked; doing it is the box's.
"""

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.widget import Widget

from walkthrough.tui.widgets.rows_view import RowsView, subtitle_column
from walkthrough.view.text import Piece, Row


class KeyHints:
    """Keys and what they do, with a gap between each two.

    Args:
        text: The line.
        gap: What stands between two of them.
        actions: What a click on each asks for, in their order; "" for nothing.
        width: Cells of a row; it is broken only between two of them. None for one row.
    """

    def __init__(
        self, text: str, gap: str, actions: Sequence[str], width: int | None = None
    ) -> None:
        self._rows = [""]
        self._spans: list[tuple[int, int, int, str]] = []
        for part, action in zip(text.split(gap), actions, strict=True):
            cells, begins = cell_len(part), cell_len(self._rows[-1])
            if begins and width is not None and begins + cell_len(gap) + cells > width:
                self._rows.append("")
            elif begins:
                self._rows[-1] += gap
            begins = cell_len(self._rows[-1])
            self._rows[-1] += part
            self._spans.append((len(self._rows) - 1, begins, begins + cells, action))

    def rows(self, kind: str) -> list[Row]:
        """Return its rows."""
        return [(Piece(row, kind),) for row in self._rows]

    def at_foot(self, event: events.Click, view: RowsView) -> str:
        """Return what a click on a view asks for whose last rows these are, "" if for nothing."""
        number = view.row_at(event)
        if number is None:
            return ""
        above = view.virtual_size.height - len(self._rows)
        return self._at(number - above, event.x - view.gutter.left)

    def on_border(self, event: events.Click, box: Widget) -> str:
        """Return what a click on a box asks for whose subtitle this is, "" if for nothing."""
        return self._at(0, subtitle_column(event, box, self._rows[0]))

    def _at(self, row: int, column: int) -> str:
        for at, begins, ends, action in self._spans:
            if at == row and begins <= column < ends:
                return action
        return ""
