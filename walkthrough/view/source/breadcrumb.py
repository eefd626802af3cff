"""The breadcrumb of the source pane: the call chain; each name leads to where that call is."""

from collections.abc import Sequence

from walkthrough.source.call_stack import SKIPPED
from walkthrough.view.text import Piece, Row, cell_width, elide, safe

_ARROW = " > "


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
    while cell_width(_ARROW.join(name for name, _ in crumbs)) > width and len(crumbs) > 2:
        middle = 1 if crumbs[1][0] != SKIPPED else 2
        if middle >= len(crumbs) - 1:
            break
        crumbs[1 : middle + 1] = [(SKIPPED, -1)]
        if crumbs[2][0] == SKIPPED:
            del crumbs[2]
    spans, at = [], 0
    for name, number in crumbs:
        end = at + cell_width(name)
        if number >= 0 and at < width:
            spans.append((at, min(end, width), number))
        at = end + len(_ARROW)
    shown = elide(_ARROW.join(name for name, _ in crumbs), width)
    head, arrow, last = shown.rpartition(_ARROW)
    return (Piece(head + arrow, "dim"), Piece(last, "strong")), spans
