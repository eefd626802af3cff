"""Prints what a command has to say, for a terminal of any width, and uncut for a file."""

import sys
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

_GAP = 3
_INDENT = 2
_FILE_COLUMNS = 10_000
"""Where nobody looks at a screen, nothing need be cut or wrapped."""


class Printer(Console):
    """A console on standard output; it breaks lines at words, and in a file not at all."""

    def __init__(self) -> None:
        screen = sys.stdout.isatty()
        super().__init__(
            highlight=False, soft_wrap=not screen, width=None if screen else _FILE_COLUMNS
        )

    def on_broken_pipe(self) -> None:
        """Leave it to the command line what a reader who has gone means."""
        raise BrokenPipeError

    def sentences(self, text: str) -> None:
        """Print lines; one that is indented stays so where it goes on below."""
        for line in text.splitlines() or [""]:
            said = line.lstrip(" ")
            self.print(Padding.indent(Text(said), len(line) - len(said)))

    def table(
        self,
        titles: Sequence[str],
        rows: Sequence[Sequence[Text]],
        headings: Mapping[int, str] | None = None,
    ) -> None:
        """Print rows of cells: side by side, or one below the other if there is no room for that.

        Args:
            titles: The heads of the columns; none for a table without.
            rows: Their cells, all rows as many.
            headings: What to print above a row, by the row's number from 0.
        """
        headings = headings or {}
        head = [[Text(title, "bold") for title in titles]] if titles else []
        lines = [*head, *rows]
        widths = [max(cell.cell_len for cell in column) for column in zip(*lines, strict=True)]
        if sum(widths) + _GAP * (len(widths) - 1) <= self.width:
            for number, line in enumerate(lines, -len(head)):
                self._heading(headings, number)
                self.print(_side_by_side(line, widths))
            return
        for number, (name, *cells) in enumerate(rows):
            self._heading(headings, number)
            self.print(name)
            for title, cell in zip(titles[1:] or [""] * len(cells), cells, strict=True):
                said = Text.assemble(f"{title}  " if title else "", cell)
                self.print(Padding.indent(said, _INDENT))

    def _heading(self, headings: Mapping[int, str], number: int) -> None:
        if number in headings:
            if number:
                self.print()
            self.print(Text(headings[number], "bold"))


def _side_by_side(cells: Sequence[Text], widths: Sequence[int]) -> Text:
    line = Text()
    for cell, width in zip(cells, widths, strict=True):
        line.append(cell)
        line.append(" " * (width - cell.cell_len + _GAP))
    line.rstrip()
    return line
