"""Rows of styled text: made safe, measured in cells, cut and wrapped.

A row is made of pieces, each of one style, which is a name (`walkthrough.view.text_styles`) and no
colour. How wide a character is, `walkthrough.formatting.cells` knows.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from walkthrough.formatting.cells import cell_width, character_width, elide
from walkthrough.formatting.escaping import printable

__all__ = [
    "MOST_CHARACTERS",
    "Piece",
    "Row",
    "breaks",
    "cell_width",
    "elide",
    "safe",
    "slice_row",
    "width_of",
    "wrap",
]

# What may not begin a line in Chinese typesetting, and what may not end one.
_NO_START = frozenset("，。、；：！？）】》」』”’%,.;:!?)]}")
_NO_END = frozenset("（【《「『“‘([{")
_MOST_KEPT = 512
"""Where a text is broken is kept if it has no more characters."""


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


def breaks(text: str, first: int, rest: int) -> list[tuple[int, int]]:
    """Wrap ``text`` by cells.

    Breaks come after a space, or beside a wide character where Chinese typesetting allows it;
    a word longer than a line is cut.

    Args:
        text: One line, already safe.
        first: Cells of the first line.
        rest: Cells of the others.

    Returns:
        Start and end of each line in ``text``, spaces at a break left out; at least one line.
    """
    first, rest = max(first, 2), max(rest, 2)
    if text.isascii():
        return _ascii_breaks(text, first, rest)
    found = _known_breaks if len(text) <= _MOST_KEPT else _any_breaks
    return list(found(text, first, rest))


def _ascii_breaks(text: str, first: int, rest: int) -> list[tuple[int, int]]:
    """Do the same where every character is one cell: a search instead of a walk."""
    lines: list[tuple[int, int]] = []
    start, room, length = 0, first, len(text)
    while length - start > room:
        limit = over = start + room
        while over < length and text[over] == " ":  # spaces may stand over the edge
            over += 1
        if over == length:
            break
        space = text.rfind(" ", start, limit) if over == limit else over - 1
        end = space + 1 if space >= start else over
        lines.append((start, start + len(text[start:end].rstrip(" "))))
        start, room = end, rest
    if start < length or not lines:
        lines.append((start, length))
    return lines


def _any_breaks(text: str, first: int, rest: int) -> Sequence[tuple[int, int]]:
    if cell_width(text) <= first:
        return [(0, len(text))]
    lines: list[tuple[int, int]] = []
    start = 0
    room = first
    used = 0
    chance = 0  # where the line may end: a break before this character
    previous_wide = False
    index = 0
    while index < len(text):
        character = text[index]
        cells = character_width(character)
        wide = cells == 2
        if index > start:
            before = text[index - 1]
            if (before == " " and character != " ") or (
                (wide or previous_wide)
                and character not in _NO_START
                and before not in _NO_END
                and character != " "
            ):
                chance = index
        if used + cells > room and character != " ":
            end = chance if chance > start else index
            lines.append((start, start + len(text[start:end].rstrip(" "))))
            start = end
            index = start
            chance = start
            used = 0
            room = rest
            previous_wide = False
            continue
        used += cells
        previous_wide = wide
        index += 1
    if start < len(text) or not lines:
        lines.append((start, len(text)))
    return lines


_known_breaks = lru_cache(maxsize=2048)(_any_breaks)


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
    plain = "".join(piece.text for piece in row)
    lines = breaks(plain, width, width - hang)
    if len(lines) == 1:
        return [row]
    indent = (Piece(" " * hang),) if hang else ()
    return [
        (*(indent if number else ()), *slice_row(row, start, end))
        for number, (start, end) in enumerate(lines)
    ]
