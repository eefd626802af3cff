"""Lays a text out as rows: its lines wrapped, with notes and what is folded away between them.

Pure: the same text, width and folds give the same rows. It draws nothing.
"""

from collections.abc import Iterable, Set
from typing import NamedTuple

from walkthrough.formatting.line_breaks import breaks
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import plural
from walkthrough.source.alignment import LineMark, MissingLines
from walkthrough.view.source.column import SourceColumn
from walkthrough.view.source.folding import Span, gaps, names_in
from walkthrough.view.text import Piece, Row, cell_width, elide, safe, wrap

MOST_SHOWN = 2
"""How many lines that only the running Go has are shown; more are counted."""


class CodeLine(NamedTuple):
    """A row that holds characters ``start`` to ``end`` of a line."""

    line: int
    start: int
    end: int


class NoteText(NamedTuple):
    """A row that holds text: a note on the line above, or why there is no source."""

    row: Row


class FoldedLines(NamedTuple):
    """A row that stands for lines, which a click on it shows.

    Attributes:
        opens: The first of them; -1 minus a line for what the running Go has below that.
        row: What it says.
    """

    opens: int
    row: Row


class SourceLayout(NamedTuple):
    """A text as rows.

    Attributes:
        rows: All rows; a line that fits into one row is there by its number alone.
        first_row: For each line its first row, from line 1; then the number of rows.
    """

    rows: list[CodeLine | NoteText | FoldedLines | int]
    first_row: list[int]

    def rows_of(self, first: int, last: int) -> tuple[int, int]:
        """Return the first row of one line and the last row of another, notes included."""
        return self.first_row[first], self.first_row[last + 1] - 1

    def has(self, line: int) -> bool:
        """Return whether there is such a line."""
        return 0 < line < len(self.first_row) - 1


def digits(column: SourceColumn) -> int:
    """Cells of a line number."""
    return max(3, len(str(len(column.lines))))


def gutter(column: SourceColumn) -> int:
    """Cells left of the code: the mark, the number, a blank; in a document its own mark."""
    return 3 + digits(column) + (2 if column.code is not None else 0)


def hang(text: str, columns: int) -> int:
    """Cells by which the rest of a wrapped line is indented."""
    return min(len(text) - len(text.lstrip(" ")) + 4, max(4, columns // 4))


def note_rows(note: str, column: SourceColumn, columns: int) -> list[Row]:
    """Write a note below a line."""
    bar = Piece(" " * gutter(column) + "│ ", "note")
    return [
        (bar, *row)
        for paragraph in note.splitlines()
        for row in wrap((Piece(safe(paragraph), "note"),), columns - gutter(column) - 2)
    ]


def lay_out(
    column: SourceColumn,
    drawn: tuple[str, ...],
    columns: int,
    tr: Catalogue,
    *,
    folded: bool,
    opened: Set[int] = frozenset(),
) -> SourceLayout:
    """Lay a text out.

    Args:
        column: The text.
        drawn: Its lines as they are drawn.
        columns: Cells of a row.
        tr: The catalogue of the language to say it in.
        folded: Whether it is folded, as far as it can be.
        opened: What of it has been opened by hand (`FoldedLines.opens`).
    """
    return _Layout(column, drawn, columns, tr, opened).made(folded=folded)


class _Layout:
    def __init__(
        self,
        column: SourceColumn,
        drawn: tuple[str, ...],
        columns: int,
        tr: Catalogue,
        opened: Set[int],
    ) -> None:
        self._column, self._drawn, self._columns = column, drawn, columns
        self.tr, self._opened = tr, opened
        self._gutter = gutter(column)
        self._room = columns - self._gutter
        self._rows: list[CodeLine | NoteText | FoldedLines | int] = []
        self._first_row = [0]

    def made(self, *, folded: bool) -> SourceLayout:
        column, rows, first_row = self._column, self._rows, self._first_row
        hidden = gaps(column.keep, len(column.lines), self._opened) if folded else []
        extra = set(_extra_lines(column))
        begin = 1
        for first, last in (*hidden, (len(column.lines) + 1, 0)):
            for line in range(begin, first):
                text = self._drawn[line - 1]
                first_row.append(len(rows))
                if len(text) <= self._room and text.isascii():
                    rows.append(line)
                else:
                    rest = self._room - hang(text, self._columns)
                    rows += [CodeLine(line, *ends) for ends in _broken(text, self._room, rest)]
                if line in column.notes:
                    rows += map(NoteText, note_rows(column.notes[line], column, self._columns))
                if line in extra:
                    self._say_below(line)
            if last:
                first_row.extend([len(rows)] * (last - first + 1))
                rows.append(FoldedLines(first, self._folded((first, last))))
            begin = last + 1
        first_row.append(len(rows))
        return SourceLayout(rows, first_row)

    def _say_below(self, line: int) -> None:
        """Say below a line of a document what only the running Go has there."""
        column, aligned = self._column, self._column.aligned
        if line in column.remarks:
            lead = Piece(" " * (self._gutter - 2) + "✗ ", "failed")
            row = (lead, Piece(safe(column.remarks[line]), "dim"))
            self._rows += map(NoteText, wrap(row, self._columns, self._gutter))
        if aligned is None:
            return
        if aligned.marks.get(line) is LineMark.DIFFERS:
            self._rows.append(NoteText(self._running(aligned.there[line])))
        for gap in aligned.gaps:
            if gap.after == line:
                self._say_gap(gap)

    def _say_gap(self, gap: MissingLines) -> None:
        if gap.said or len(gap.lines) > MOST_SHOWN:
            opens = -1 - gap.after
            opened = opens in self._opened
            pattern = (
                plural(
                    "the document leaves out {count} line here, {first} of the running Go",
                    "the document leaves out {count} lines here, {first} to {last} of the running "
                    "Go",
                    len(gap.lines),
                )
                if gap.said
                else plural(
                    "{count} more line in the running Go, {first}",
                    "{count} more lines in the running Go, {first} to {last}",
                    len(gap.lines),
                )
            )
            text = self.tr(pattern, first=gap.lines[0], last=gap.lines[-1])
            lead = " " * (self._gutter - 2) + ("▾ " if opened else "⋯ ")
            row = (Piece(lead, "gutter"), Piece(elide(text, self._room), "dim"))
            self._rows.append(FoldedLines(opens, row))
            if not opened:
                return
        self._rows += [NoteText(self._running(number)) for number in gap.lines]

    def _running(self, number: int) -> Row:
        """Write a line of the running Go, in one row."""
        text = safe(self._column.running[number - 1].expandtabs(4))
        lead = Piece(" " * (self._gutter - 2) + "− ", "gutter")
        return (lead, Piece(elide(text, self._room), "dim"))

    def _folded(self, gap: Span) -> Row:
        """Say what a row stands for: how many lines, and which functions."""
        lines = self._column.lines[gap[0] - 1 : gap[1]]
        comment = all(line.lstrip().startswith("//") or not line.strip() for line in lines)
        said = (
            self.tr.plural("{count} line of comment", "{count} lines of comment", len(lines))
            if comment
            else self.tr.plural("{count} line", "{count} lines", len(lines))
        )
        names = self.tr.listed(map(safe, names_in(self._column.functions, gap)))
        said = self.tr.beside((said, names))
        at = digits(self._column) + 1
        lead = Piece(" " * at + "⋯ ", "gutter")
        return (lead, Piece(elide(said, self._columns - at - 2), "dim"))


def _broken(text: str, first: int, rest: int) -> list[tuple[int, int]]:
    """Wrap a line of code (`breaks`), but never leave its indentation alone on a row."""
    found = breaks(text, first, rest)
    if len(found) == 1 or text[slice(*found[0])].strip():
        return found
    indent = len(text) - len(text.lstrip(" "))
    cut = indent
    while cut < len(text) and cell_width(text[: cut + 1]) <= first:
        cut += 1
    if cut <= indent:  # no room for anything but the indentation
        return found
    bracket = max(text.rfind(mark, indent, cut) for mark in "(,.")
    cut = bracket + 1 if bracket > indent else cut
    return [(0, cut), *((cut + start, cut + end) for start, end in breaks(text[cut:], rest, rest))]


def _extra_lines(column: SourceColumn) -> Iterable[int]:
    """Yield the lines of a document below which something is said."""
    yield from column.remarks
    if column.aligned is not None:
        yield from (gap.after for gap in column.aligned.gaps)
        yield from (n for n, mark in column.aligned.marks.items() if mark is LineMark.DIFFERS)
