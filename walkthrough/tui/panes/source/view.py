"""One text of the source pane: lines, what is said between them, and what is folded away.

It draws a `Sheet`; where that comes from it does not know. A text is laid out when it, the width
or what is folded changes; a step within it draws two rows anew.
"""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from walkthrough.source.alignment import Mark
from walkthrough.tui.widgets.rows_view import RowsView
from walkthrough.view.source.column import NOTHING, Sheet
from walkthrough.view.source.layout import Code, Fold, Said, digits, gutter, hang, note_rows
from walkthrough.view.source.layout_cache import NOTHING_LAID, Shelf
from walkthrough.view.source.words import SourceWords
from walkthrough.view.text import Piece, Row, safe, slice_row, wrap

_GLYPHS = {Mark.DIFFERS: Piece("≠ ", "changed"), Mark.ADDED: Piece("+ ", "done")}
_NO_GLYPH = Piece("  ")


class SourceView(RowsView):
    """The lines of one text with notes between them; only what is in sight is drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "define", show=False)]

    class Defined(Message):
        """Someone asks for the definition of what is called on the line that was clicked."""

    def __init__(self, *, id: str, can_focus: bool = True) -> None:
        super().__init__(id=id)
        self.can_focus = can_focus
        self._sheet = NOTHING
        self._words: SourceWords | None = None
        self._empty = ""
        self.folded = True
        self._shelf = Shelf()
        self._laid = NOTHING_LAID
        self._opened: dict[str, frozenset[int]] = {}
        self._picked = 0
        # The caption of the place, drawn under the executing line where no note there says it.
        self._inset: list[Row] = []
        self._inset_at = 0
        self._sight = (0, 0)

    @property
    def sheet(self) -> Sheet:
        """What is shown."""
        return self._sheet

    @property
    def picked(self) -> int:
        """The line that was clicked, 0 for none."""
        return self._picked

    def show(self, sheet: Sheet, words: SourceWords, empty: str = "") -> None:
        """Mark the line of ``sheet``; the text is laid out anew only when it is another one.

        Args:
            sheet: What to show.
            words: In which language.
            empty: What to say where it has no lines and does not say why.
        """
        before, self._sheet = self._sheet, sheet
        self._words, self._empty = words, empty
        if sheet.name != before.name or sheet.line != before.line:
            self._pick(0)
        laid_out = self._lay_out()
        moved = self._set_inset()
        if laid_out:
            self.refresh()
            self._centre()
        elif moved:
            self.refresh()
            self._follow()
        elif (sheet.line, sheet.marker) != (before.line, before.marker):
            self._refresh_line(before.line)
            self._refresh_line(sheet.line)
            self._follow()

    def fold(self, folded: bool) -> None:
        """Fold the text or show all of it; the marked line stays where it is on the screen."""
        self.folded = folded
        self._opened.clear()
        self._lay_out_in_place()

    def reveal(self, line: int) -> None:
        """Bring a line into sight, unfolding it; the next step goes back to the marked one.

        Args:
            line: From 1. Of a document: a line of what it is laid beside.
        """
        aligned = self._sheet.aligned
        if aligned is not None:
            line, _ = aligned.at(line)
        if not self._laid.rows.has(line):
            return
        row = self._laid.rows.rows[self._laid.rows.first_row[line]]
        if isinstance(row, Fold):
            self._open(row.opens)
        self._pick(line)
        first, last = self._laid.rows.rows_of(line, line)
        shift = len(self._inset) if first >= self._inset_at else 0
        self.show_row(first + shift, last + shift, context=3)

    def _open(self, opens: int) -> None:
        """Open what a row stands for, or close it."""
        opened = self._opened.get(self._sheet.name, frozenset())
        self._opened[self._sheet.name] = opened ^ {opens}
        self._lay_out_in_place()

    def on_resize(self) -> None:
        """Lines and notes are wrapped to the width."""
        laid_out = self._lay_out()
        # A note may have come into sight, or gone out of it, with the height alone.
        if self._set_inset() or laid_out:
            self.refresh()
        self._follow()

    def on_click(self, event: events.Click) -> None:
        """Open what is folded; pick a line, and a second time go to what is called there."""
        number = self.row_at(event)
        if number is None:
            return
        part = self._part(number)
        if isinstance(part, Fold):
            self._open(part.opens)
        elif isinstance(part, Code):
            again = part.line == self._picked and event.chain > 1
            self._pick(part.line)
            if again:
                self.post_message(self.Defined())

    def action_define(self) -> None:
        """Go to the definition of what is called on the line that was clicked."""
        self.post_message(self.Defined())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the key to others as long as no line has been clicked."""
        return self._picked > 0 if action == "define" else True

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        part = self._part(number)
        if isinstance(part, Said | Fold):
            return part.row
        assert self._laid.file is not None
        line, start, end = part
        code = tuple(slice_row(self._laid.file.row(line), start, end))
        if start:
            indent = gutter(self._sheet) + hang(self._laid.file.lines[line - 1], self.columns)
            return (Piece(" " * indent), *code)
        here = line == self._sheet.line
        lead = Piece(f"{self._sheet.marker} " if here else "  ", "current")
        number_kind = "current" if here else "gutter"
        return (
            lead,
            Piece(f"{line:>{digits(self._sheet)}} ", number_kind),
            *self._glyph(line),
            *code,
        )

    def row_kind(self, number: int) -> str:
        """Colour the marked line, underline the one that was clicked."""
        part = self._part(number)
        if not isinstance(part, Code):
            return ""
        if part.line == self._sheet.line:
            return "here"
        return "cursor" if part.line == self._picked else ""

    def _glyph(self, line: int) -> tuple[Piece, ...]:
        """Say how a line of a document compares with the running Go."""
        sheet = self._sheet
        if sheet.code is None:
            return ()
        mark = sheet.aligned.marks.get(line) if sheet.aligned is not None else None
        return (_GLYPHS.get(mark, _NO_GLYPH) if mark is not None else _NO_GLYPH,)

    def _part(self, number: int) -> Code | Said | Fold:
        inset = number - self._inset_at
        if 0 <= inset < len(self._inset):
            return Said(self._inset[inset])
        part = self._laid.rows.rows[number if inset < 0 else number - len(self._inset)]
        if isinstance(part, int):  # a line that fits: most do, and need no more than their number
            assert self._laid.file is not None
            return Code(part, 0, len(self._laid.file.lines[part - 1]))
        return part

    def _lay_out_in_place(self) -> None:
        """Lay the text out anew with the marked line where it is on the screen."""
        row = self._laid.rows.first_row[self._sheet.line] if self._on_line() else 0
        y = row - self.scroll_offset.y
        if not self._lay_out():
            return
        self._set_inset()
        self.refresh()
        if self._on_line() and 0 <= y < self.size.height:
            self.scroll_row(self._laid.rows.first_row[self._sheet.line] - y)
            self._follow()
        else:
            self._centre()

    def _lay_out(self) -> bool:
        """Make the rows; tell whether there was anything to do."""
        if self._words is None:
            return False
        before, self._laid = (
            self._laid,
            self._shelf.laid(
                self._sheet,
                self.columns,
                self._words,
                self._empty,
                folded=self.folded,
                opened=self._opened.get(self._sheet.name, frozenset()),
            ),
        )
        return self._laid is not before

    def _set_inset(self) -> bool:
        """Put the caption under the executing line unless a note in sight of it says the same.

        Sets what is to be kept in sight: the executing line, and the note that goes with it.
        """
        sheet = self._sheet
        rows: list[Row] = []
        at = 0
        self._sight = (0, 0)
        if self._on_line():
            self._sight = self._laid.rows.rows_of(sheet.line, sheet.line)
            beside = self._note_in_sight()
            if beside is not None:
                self._sight = self._laid.rows.rows_of(
                    min(sheet.line, beside), max(sheet.line, beside)
                )
            elif sheet.caption:
                rows = note_rows(sheet.caption, sheet, self.columns)
                at = self._laid.rows.first_row[sheet.line + 1]
                self._sight = (self._sight[0], self._sight[1] + len(rows))
        elif sheet.caption and not sheet.lines:
            at = len(self._laid.rows.rows)
            rows = [(), *wrap((Piece(safe(sheet.caption), "note"),), self.columns)]
        changed = rows != self._inset or (bool(rows) and at != self._inset_at)
        self._inset, self._inset_at = rows, at
        self.resize_rows(len(self._laid.rows.rows) + len(rows))
        return changed

    def _note_in_sight(self) -> int | None:
        """Return the line whose note is the caption, if both fit on the screen together."""
        sheet, height = self._sheet, self.size.height
        for line, note in sheet.notes.items():
            if sheet.caption and sheet.caption in note and self._laid.rows.has(line):
                first, last = self._laid.rows.rows_of(min(sheet.line, line), max(sheet.line, line))
                if last - first < height:
                    return line
        return None

    def _on_line(self) -> bool:
        return self._laid.rows.has(self._sheet.line)

    def _pick(self, line: int) -> None:
        if line != self._picked:
            before, self._picked = self._picked, line
            self._refresh_line(before)
            self._refresh_line(line)

    def _refresh_line(self, line: int) -> None:
        if self._laid.rows.has(line):
            first, last = self._laid.rows.rows_of(line, line)
            shift = len(self._inset) if first >= self._inset_at else 0
            for row in range(first, last + 1):
                self.refresh_row(row + shift)

    def _centre(self) -> None:
        """Put what is to be seen a third down, as far as it leaves room."""
        if not self._on_line():
            self.scroll_row(0)
            return
        first, last = self._sight
        height = self.size.height
        above = max(0, min(height // 3, height - (last - first + 1)))
        self.scroll_row(first - above)

    def _follow(self) -> None:
        if self._on_line():
            self.show_row(*self._sight, context=2)
