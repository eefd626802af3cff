"""Where a text breaks into lines, by the cells that it takes on a terminal."""

from collections.abc import Sequence
from functools import lru_cache

from walkthrough.formatting.cells import cell_width, character_width

# What may not begin a line in Chinese typesetting, and what may not end one.
_NO_START = frozenset("，。、；：！？）】》」』”’%,.;:!?)]}")
_NO_END = frozenset("（【《「『“‘([{")
_MOST_KEPT = 512
"""Where a text is broken is kept if it has no more characters."""


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
