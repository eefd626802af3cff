"""The breadcrumb of the source pane: the call chain, each name a way to where it stands."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.message import Message

from walkthrough.source.call_stack import SKIPPED
from walkthrough.tui.widgets.rows_view import ListedRows, Piece, Row, elide, safe

_ARROW = " > "


class Crumbs(ListedRows, can_focus=False):
    """One row; a click on a name posts which frame it stands for."""

    thumb = 0

    class Chosen(Message):
        """Someone wants to see where frame ``number`` of the call chain stands."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._spans: list[tuple[int, int, int]] = []

    def show(self, names: Sequence[str], numbers: Sequence[int]) -> None:
        """Draw a call chain.

        Args:
            names: The names, outermost first.
            numbers: For each the number of its frame, -1 for none; may be empty.
        """
        row, spans = breadcrumb(names, numbers, self.columns)
        self._spans = spans
        self.show_rows([row])

    def on_click(self, event: events.Click) -> None:
        """Say what was clicked."""
        for start, end, number in self._spans:
            if start <= event.x < end:
                self.post_message(self.Chosen(number))


def breadcrumb(
    names: Sequence[str], numbers: Sequence[int], width: int
) -> tuple[Row, list[tuple[int, int, int]]]:
    """Join a call chain; when it is too long, its middle goes first.

    Returns:
        The row; and for each name that stands for a frame its first cell, the cell after it, and
        the frame's number.
    """
    numbers = numbers if len(numbers) == len(names) else [-1] * len(names)
    crumbs = [(safe(name), number) for name, number in zip(names, numbers, strict=True)]
    while cell_len(_ARROW.join(name for name, _ in crumbs)) > width and len(crumbs) > 2:
        middle = 1 if crumbs[1][0] != SKIPPED else 2
        if middle >= len(crumbs) - 1:
            break
        crumbs[1 : middle + 1] = [(SKIPPED, -1)]
        if crumbs[2][0] == SKIPPED:
            del crumbs[2]
    spans, at = [], 0
    for name, number in crumbs:
        end = at + cell_len(name)
        if number >= 0 and at < width:
            spans.append((at, min(end, width), number))
        at = end + len(_ARROW)
    shown = elide(_ARROW.join(name for name, _ in crumbs), width)
    head, arrow, last = shown.rpartition(_ARROW)
    return (Piece(head + arrow, "dim"), Piece(last, "strong")), spans
