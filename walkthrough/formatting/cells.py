"""How many cells of a terminal a text takes, by the terminal's own tables (`wcwidth`)."""

from collections.abc import Callable
from functools import cache, lru_cache

# Characters of one cell that English texts, frames and arrows are made of: while there are no
# others, the tables of `wcwidth`, which take long to load, are not asked.
_NARROW = frozenset(
    chr(code)
    for first, last in (
        (0x20, 0x7E),
        (0xA0, 0xAC),
        (0xAE, 0x2FF),
        (0x2010, 0x2027),
        (0x2030, 0x205E),
        (0x2190, 0x22FF),
        (0x2500, 0x25FC),
        (0x2713, 0x2718),
    )
    for code in range(first, last + 1)
)
_KEPT = 512
"""The width of a text is kept if it has fewer characters."""


def cell_width(text: str) -> int:
    """Return how many cells ``text`` takes on a terminal."""
    if text.isascii() and text.isprintable():
        return len(text)
    return _known_width(text) if len(text) < _KEPT else _width(text)


def _width(text: str) -> int:
    return len(text) if _NARROW.issuperset(text) else sum(map(character_width, text))


_known_width = lru_cache(maxsize=4096)(_width)


@lru_cache(maxsize=4096)
def character_width(character: str) -> int:
    """Return the cells of one character; what controls the terminal takes none."""
    return 1 if character in _NARROW else max(_table_width()(character), 0)


@cache
def _table_width() -> Callable[[str], int]:
    from wcwidth import wcwidth

    return wcwidth


def elide(text: str, width: int) -> str:
    """Cut ``text`` to ``width`` cells, the last an ellipsis if anything was cut."""
    if cell_width(text) <= width:
        return text
    room = width - 1
    if text.isascii() and text.isprintable():
        return text[:room] + "…" if width > 0 else ""
    kept = []
    for character in text:
        room -= character_width(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + "…" if width > 0 else ""
