"""The rows of one text of the source pane: lines, what is said between them, what is folded away.

A text is laid out when it, the width or what is folded changes; a step within it makes two rows
again. The caption of the step's place on the path is put under the marked line, unless a note in
sight of that line says the same.
"""

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.source.alignment import LineMark
from walkthrough.view.source.column import NOTHING, SourceColumn
from walkthrough.view.source.layout import (
    CodeLine,
    FoldedLines,
    NoteText,
    digits,
    gutter,
    hang,
    note_rows,
)
from walkthrough.view.source.layout_cache import NOTHING_LAID, LayoutCache
from walkthrough.view.text import Piece, Row, safe, slice_row, wrap

_GLYPHS = {LineMark.DIFFERS: Piece("≠ ", "changed"), LineMark.ADDED: Piece("+ ", "done")}
_NO_GLYPH = Piece("  ")
NEAR = 8
"""A note on a line at most so far from the marked one is to be seen with it."""


class SourceRows:
    """The rows of the text that is shown, and of those shown before.

    Attributes:
        column: What is shown.
        folded: Whether texts are folded, as far as they can be.
        picked: The line that was chosen, 0 for none.
        sight: The rows to keep visible: of the marked line and the note that goes with it.
        around: The same with the notes on lines near it, as far as all that fits on the screen.
    """

    def __init__(self) -> None:
        self.column = NOTHING
        self.folded = True
        self.picked = 0
        self.sight = self.around = (0, 0)
        self._width = 0
        self._layouts = LayoutCache()
        self._laid = NOTHING_LAID
        self._unmarked: dict[CodeLine, Row] = {}  # of what is laid: a step moves only the mark
        self._opened: dict[str, frozenset[int]] = {}
        self._inset: list[Row] = []
        self._inset_at = 0

    def __len__(self) -> int:
        return len(self._laid.rows.rows) + len(self._inset)

    def lay_out(self, column: SourceColumn, tr: Catalogue, empty: str, width: int) -> bool:
        """Make the rows of a text; return whether they differ from before.

        Args:
            column: What to show.
            tr: The catalogue of the language to say it in.
            empty: What to say where it has no lines and does not say why.
            width: Cells of a row.
        """
        before, code = self._laid, self.column.code
        self.column, self._width = column, width
        opened = self._opened.get(column.name, frozenset())
        self._laid = self._layouts.laid(column, width, tr, empty, folded=self.folded, opened=opened)
        if self._laid is not before or column.code is not code:
            self._unmarked = {}
        return self._laid is not before

    def set_inset(self, height: int) -> bool:
        """Put the caption where it belongs, in ``height`` rows; return whether it was elsewhere."""
        column = self.column
        rows: list[Row] = []
        at = 0
        self.sight = (0, 0)
        if self.has_marked_line:
            self.sight = self._laid.rows.rows_of(column.line, column.line)
            beside = self._note_in_sight(height)
            if beside is not None:
                ends = min(column.line, beside), max(column.line, beside)
                self.sight = self._laid.rows.rows_of(*ends)
            elif column.caption:
                rows = note_rows(column.caption, column, self._width)
                at = self._laid.rows.first_row[column.line + 1]
                self.sight = (self.sight[0], self.sight[1] + len(rows))
        elif column.caption and not column.lines:
            at = len(self._laid.rows.rows)
            rows = [(), *wrap((Piece(safe(column.caption), "note"),), self._width)]
        changed = rows != self._inset or (bool(rows) and at != self._inset_at)
        self._inset, self._inset_at = rows, at
        self.around = self._with_notes_near(height)
        return changed

    def fold(self, folded: bool) -> None:
        """Fold texts or show all of them, from the next `lay_out` on."""
        self.folded = folded
        self._opened.clear()

    def open(self, opens: int) -> None:
        """Open or close what a row stands for (`FoldedLines.opens`), at the next `lay_out`."""
        opened = self._opened.get(self.column.name, frozenset())
        self._opened[self.column.name] = opened ^ {opens}

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        part = self.part(number)
        if isinstance(part, NoteText | FoldedLines):
            return part.row
        if part.line == self.column.line:
            return self._row_of_code(part)
        row = self._unmarked.get(part)
        if row is None:
            row = self._unmarked[part] = self._row_of_code(part)
        return row

    def _row_of_code(self, part: CodeLine) -> Row:
        assert self._laid.file is not None
        line, start, end = part
        code = self._laid.file.row(line)
        if start or end < len(self._laid.file.lines[line - 1]):
            code = tuple(slice_row(code, start, end))
        if start:
            indent = gutter(self.column) + hang(self._laid.file.lines[line - 1], self._width)
            return (Piece(" " * indent), *code)
        here = line == self.column.line
        lead = Piece(f"{self.column.marker} " if here else "  ", "current")
        number_kind = "current" if here else "gutter"
        return (
            lead,
            Piece(f"{line:>{digits(self.column)}} ", number_kind),
            *self._glyph(line),
            *code,
        )

    def row_kind(self, number: int) -> str:
        """Colour the marked line, underline the one that was chosen."""
        part = self.part(number)
        if not isinstance(part, CodeLine):
            return ""
        if part.line == self.column.line:
            return "here"
        return "cursor" if part.line == self.picked else ""

    def part(self, number: int) -> CodeLine | NoteText | FoldedLines:
        """Return what is in row ``number``."""
        inset = number - self._inset_at
        if 0 <= inset < len(self._inset):
            return NoteText(self._inset[inset])
        part = self._laid.rows.rows[number if inset < 0 else number - len(self._inset)]
        if isinstance(part, int):  # a line that fits, as most do, is given by its number alone
            assert self._laid.file is not None
            return CodeLine(part, 0, len(self._laid.file.lines[part - 1]))
        return part

    def has(self, line: int) -> bool:
        """Return whether there is such a line."""
        return self._laid.rows.has(line)

    @property
    def has_marked_line(self) -> bool:
        """Whether there is a marked line."""
        return self.has(self.column.line)

    def rows_of(self, line: int) -> tuple[int, int]:
        """Return the first and the last row of a line, its note included."""
        first, last = self._laid.rows.rows_of(line, line)
        shift = len(self._inset) if first >= self._inset_at else 0
        return first + shift, last + shift

    def marked_row(self) -> int:
        """Return the first row of the marked line, 0 if there is none."""
        return self._laid.rows.first_row[self.column.line] if self.has_marked_line else 0

    def fold_of(self, line: int) -> int | None:
        """Return what opens a line (`FoldedLines.opens`), None if it is not folded away."""
        row = self._laid.rows.rows[self._laid.rows.first_row[line]]
        return row.opens if isinstance(row, FoldedLines) else None

    def _glyph(self, line: int) -> tuple[Piece, ...]:
        """Say how a line of a document compares with the running Go."""
        column = self.column
        if column.code is None:
            return ()
        mark = column.aligned.marks.get(line) if column.aligned is not None else None
        return (_GLYPHS.get(mark, _NO_GLYPH) if mark is not None else _NO_GLYPH,)

    def _with_notes_near(self, height: int) -> tuple[int, int]:
        """Return `sight` with the notes on lines near the marked one, the nearest first."""
        first, last = self.sight
        here = self.column.line
        if not self.has_marked_line:
            return first, last
        near = [line for line in self.column.notes if self.has(line) and abs(line - here) <= NEAR]
        for line in sorted(near, key=lambda line: abs(line - here)):
            begins, ends = self.rows_of(line)
            low, high = min(first, begins), max(last, ends)
            if high - low < height:
                first, last = low, high
        return first, last

    def _note_in_sight(self, height: int) -> int | None:
        """Return the line whose note is the caption, if both fit on the screen together."""
        column = self.column
        for line, note in column.notes.items():
            if column.caption and column.caption in note and self._laid.rows.has(line):
                first, last = self._laid.rows.rows_of(
                    min(column.line, line), max(column.line, line)
                )
                if last - first < height:
                    return line
        return None
