"""Prints a command's output, for a terminal of any width, and uncut for a file.

Its colours are rich's; everything printed is escaped as by
`walkthrough.formatting.terminal`.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Self

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from walkthrough.formatting.escaping import printable

_GAP = 3
_INDENT = 2
_FILE_COLUMNS = 10_000
"""Without a terminal, nothing need be cut or wrapped."""


class Printer(Console):
    """A console on standard output; it breaks lines at words, and in a file not at all."""

    def __init__(self) -> None:
        screen = sys.stdout.isatty()
        super().__init__(
            highlight=False, soft_wrap=not screen, width=None if screen else _FILE_COLUMNS
        )

    def on_broken_pipe(self) -> None:
        """Let the command line handle a reader that is gone."""
        raise BrokenPipeError

    def sentences(self, text: str) -> None:
        """Print lines; an indented one keeps its indent when it wraps."""
        for line in text.split("\n"):
            said = line.lstrip(" ")
            self.print(Padding.indent(Text(printable(said)), len(line) - len(said)))

    def uncut(self, text: str, style: str = "") -> None:
        """Print one line, however long."""
        if not self.is_terminal:  # there may be a million of them, and no colours
            self.file.write(f"{printable(text)}\n")
            return
        self.print(Text(printable(text), style), soft_wrap=True)

    def table(
        self,
        titles: Sequence[str],
        rows: Sequence[Sequence[Text]],
        headings: Mapping[int, str] | None = None,
    ) -> None:
        """Print rows of cells: side by side, or one below the other if the line is too narrow.

        Args:
            titles: The heads of the columns; none for a table without.
            rows: Their cells, the same number in all rows.
            headings: What to print above a row, by the row's number from 0.
        """
        headings, titles = headings or {}, [printable(title) for title in titles]
        head = [[Text(title, "bold") for title in titles]] if titles else []
        rows = [[_safe(cell) for cell in row] for row in rows]
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
            self.print(Text(printable(headings[number]), "bold"))


class ProgressBar:
    """A bar on standard error that shows how much is done, if that is a terminal."""

    def __init__(self, what: str, total: int) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task(printable(what), total=total)

    def advance(self, said: str) -> None:
        """Advance by one, and show what was done last."""
        self._progress.update(self._task, advance=1, description=printable(said))

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


def _safe(cell: Text) -> Text:
    """Return a printable cell; one that has to be escaped loses its inner colours."""
    said = printable(cell.plain)
    return cell if said == cell.plain else Text(said, cell.style)


def _side_by_side(cells: Sequence[Text], widths: Sequence[int]) -> Text:
    line = Text()
    for cell, width in zip(cells, widths, strict=True):
        line.append(cell)
        line.append(" " * (width - cell.cell_len + _GAP))
    line.rstrip()
    return line
