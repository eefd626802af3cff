"""Rows of styled text: made safe, measured in cells, cut and wrapped.

A row is made of pieces, each of one style, which is a name (`walkthrough.view.text_styles`) and no
colour. How wide a character is, `walkthrough.formatting.cells` knows.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from walkthrough.formatting.cells import cell_width, elide
from walkthrough.formatting.escaping import printable
from walkthrough.formatting.line_breaks import breaks

__all__ = [
    "MOST_CHARACTERS",
    "Piece",
    "Row",
    "cell_width",
    "elide",
    "safe",
    "slice_row",
    "width_of",
    "wrap",
]


class Piece(NamedTuple):
    """Some text of one kind."""

    text: str
    kind: str = ""


Row = tuple[Piece, ...]


# What joins its neighbours into one glyph, and is counted differently by different
# terminals: variation selectors, the key's frame, letters of flags, colours of skin.
_JOINING = re.compile(
    "[\ufe00-\ufe0f\u20e3\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)
MOST_CHARACTERS = 10_000
"""How many characters of a text are looked at: more than any pane has room for."""


def safe(text: str) -> str:
    """Return ``text`` with all that a terminal would obey escaped, cut if it is very long."""
    if len(text) > MOST_CHARACTERS:
        text = text[:MOST_CHARACTERS] + "…"
    if not text.isprintable():
        text = printable(text)
    return text if text.isascii() else _JOINING.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def width_of(row: Iterable[Piece]) -> int:
    """Cells that a row takes."""
    width = 0
    for text, _ in row:
        width += cell_width(text)
    return width


def slice_row(row: Row, start: int, end: int) -> list[Piece]:
    """Return the pieces of ``row`` between two character offsets."""
    found: list[Piece] = []
    if end <= start:
        return found
    at = 0
    for piece in row:
        after = at + len(piece.text)
        if at < after and start < after:
            if at >= end:
                break
            if start <= at and after <= end:
                found.append(piece)
            else:
                found.append(Piece(piece.text[max(start - at, 0) : end - at], piece.kind))
        at = after
    return found


def wrap(row: Row, width: int, hang: int = 0) -> list[Row]:
    """Wrap a row to ``width`` cells; lines after the first are indented by ``hang``."""
    plain = "".join([text for text, _ in row])
    if len(plain) <= width and plain.isascii():
        return [row]
    lines = breaks(plain, width, width - hang)
    if len(lines) == 1:
        return [row]
    indent = (Piece(" " * hang),) if hang else ()
    return [
        (*(indent if number else ()), *slice_row(row, start, end))
        for number, (start, end) in enumerate(lines)
    ]
