"""What is searched for: plain text, in which capitals count only if it has some itself.

Knows texts alone; `step_text` says what an event's text is.
"""

import re

from walkthrough.view.text import Piece, Row, slice_row


class SearchTerm:
    """A text to find in others; it is not a pattern.

    Attributes:
        text: As it was typed; never empty.
        exact: Capitals count, since it has some.
    """

    def __init__(self, text: str) -> None:
        if not text:
            raise ValueError("an empty text is everywhere")
        self.text = text
        self.exact = text != text.lower()
        self._pattern = re.compile(re.escape(text), re.NOFLAG if self.exact else re.IGNORECASE)

    def found_in(self, text: str, beyond: int = 0) -> bool:
        """Return whether it is in ``text`` at a place that ends beyond character ``beyond``."""
        low = max(beyond - len(self.text) + 1, 0)
        if self.exact:
            return text.find(self.text, low) >= 0
        if text.isascii():  # a search in two steps is much faster than the pattern
            return text.lower().find(self.text, low) >= 0
        return self._pattern.search(text, low) is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where it begins and ends in ``text``, from left to right."""
        return [match.span() for match in self._pattern.finditer(text)]

    def first(self, text: str) -> tuple[int, int] | None:
        """Return where it begins and ends first."""
        match = self._pattern.search(text)
        return match.span() if match is not None else None

    def mark(self, row: Row, kind: str) -> Row:
        """Return ``row`` with every place where it is found of ``kind``."""
        plain = "".join(piece.text for piece in row)
        if not self.found_in(plain):
            return row
        marked: list[Piece] = []
        at = 0
        for start, end in self.spans(plain):
            marked += slice_row(row, at, start)
            marked.append(Piece(plain[start:end], kind))
            at = end
        return (*marked, *slice_row(row, at, len(plain)))
