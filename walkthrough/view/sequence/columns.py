"""Where the three lifelines stand, for every width, and arrows and texts between them. Pure."""

from typing import NamedTuple

from walkthrough.state.sequence.model import Direction
from walkthrough.view.text import Piece, cell_width, elide

WIDE = 92
"""From this many cells on there is a margin on the right, for the results of calls."""
NARROW = 46
"""Below this many cells all text is to the right of three lifelines side by side."""
_BARE = 3
"""Cells between the lifelines in that form."""


class SequenceColumns(NamedTuple):
    """Cells from left to right: margin, (lifeline,) gap, (lifeline,) gap, (lifeline,) margin.

    Attributes:
        indent: Blank cells before everything, where there is more room than needed.
        left: The client's margin: what it does.
        client_gap: Between client and kernel: packets.
        server_gap: Between kernel and server: calls.
        right: The server's margin: results of calls. 0 in a pane of medium width.
    """

    indent: int
    left: int
    client_gap: int
    server_gap: int
    right: int

    @property
    def width(self) -> int:
        """The total in cells, including the three lifelines."""
        return sum(self) + 3

    @property
    def is_wide(self) -> bool:
        """Whether there is room for words."""
        return self.left > 0 and self.right > 0

    @property
    def is_narrow(self) -> bool:
        """Whether there is no room for words between the lifelines."""
        return self.left == 0


def lanes_of(width: int) -> SequenceColumns:
    """Divide a width."""
    if width < NARROW:
        return SequenceColumns(0, 0, _BARE, _BARE, max(width - 2 * _BARE - 3, 0))
    if width < WIDE:
        left = 13 + (width - 51) // 8 if width > 51 else 13
        gaps = width - left - 3
        client_gap = max(11, gaps * 11 // 35)
        return SequenceColumns(0, left, client_gap, gaps - client_gap, 0)
    extra = width - WIDE
    left = 17 + min(extra // 10, 3)
    right = min(24 + extra // 3, 44)
    gaps = width - left - right - 3
    client_gap = min(gaps * 43 // 100, 46)
    server_gap = min(gaps - client_gap, 56)
    spare = gaps - client_gap - server_gap
    return SequenceColumns(spare // 2, left, client_gap, server_gap, right + spare - spare // 2)


def arrow(
    label: str, way: Direction, width: int, kind: str, *, line: str = "─", head: str = ""
) -> list[Piece]:
    """Draw an arrow with its label in the middle: ``─── SYN ──▶``; shaft, label and head apart.

    The label is in the same place whichever way the arrow points.
    """
    room = width - 1
    label = elide(label, room - 1)
    # A space on either side of the label; where there is room for one only, at the head.
    spaces = min(room - cell_width(label), 2) if label else 0
    front, behind = " " * (spaces > 0), " " * (spaces > 1)
    shaft = max(room - cell_width(label) - spaces, 0)
    start = max((width - cell_width(label) - spaces) // 2, 0)
    if way is Direction.TO_SERVER:
        start = min(start, shaft)
        ends = (line * start + behind, front + line * (shaft - start) + (head or "▶"))
    else:
        start = min(max(start - 1, 0), shaft)
        ends = ((head or "◀") + line * start + front, behind + line * (shaft - start))
    return [Piece(text, kind) for text in (ends[0], label, ends[1]) if text]


def padded(text: str, width: int, *, right: bool = False) -> str:
    """Fit a text into a width, next to the lifeline on its left, or on its right."""
    if width <= 0:
        return ""
    text = elide(text, width - 1)
    pad = " " * (width - 1 - cell_width(text))
    return f"{pad}{text} " if right else f" {text}{pad}"


def filled(pieces: list[Piece], width: int) -> list[Piece]:
    """Cut or fill pieces to a width."""
    fitted, room = list[Piece](), width
    for text, kind in pieces:
        text = elide(text, room)
        if text:
            fitted.append(Piece(text, kind))
            room -= cell_width(text)
    if room > 0:
        fitted.append(Piece(" " * room))
    return fitted
