"""One text of the source pane, drawn: `SourceRows` in a view that folds, picks and scrolls."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.tui.widgets.rows_view import RowsView
from walkthrough.view.source.column import SourceColumn
from walkthrough.view.source.layout import CodeLine, FoldedLines
from walkthrough.view.source.rows import SourceRows
from walkthrough.view.text import Row


class SourceView(RowsView):
    """The lines of one text with notes between them; only what is visible is drawn."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "define", show=False)]

    class Defined(Message):
        """Someone asks for the definition of what is called on the line that was clicked."""

    def __init__(self, *, id: str, can_focus: bool = True) -> None:
        super().__init__(id=id)
        self.can_focus = can_focus
        self.tr: Catalogue | None = None
        self._empty = ""
        self._text = SourceRows()

    @property
    def column(self) -> SourceColumn:
        """What is shown."""
        return self._text.column

    @property
    def folded(self) -> bool:
        """Whether texts are folded, as far as they can be."""
        return self._text.folded

    @property
    def picked(self) -> int:
        """The line that was clicked, 0 for none."""
        return self._text.picked

    def show(self, column: SourceColumn, tr: Catalogue, empty: str = "") -> None:
        """Mark the line of ``column``; the text is laid out again only when it is another one.

        Args:
            column: What to show.
            tr: The catalogue of the language to say it in.
            empty: What to say where it has no lines and does not say why.
        """
        before = self._text.column
        self.tr, self._empty = tr, empty
        if column.name != before.name or column.line != before.line:
            self._pick(0)
        laid_out = self._text.lay_out(column, tr, empty, self.columns)
        moved = self._set_inset()
        if laid_out:
            self.refresh()
            self._centre()
        elif moved:
            self.refresh()
            self._follow()
        elif (column.line, column.marker) != (before.line, before.marker):
            self._refresh_line(before.line)
            self._refresh_line(column.line)
            self._follow()

    def fold(self, folded: bool) -> None:
        """Fold the text or show all of it; the marked line stays where it is on the screen."""
        self._text.fold(folded)
        self._lay_out_in_place()

    def reveal(self, line: int) -> None:
        """Scroll to a line, unfolding it; the next step goes back to the marked one.

        Args:
            line: From 1. Of a document: a line of what it is aligned with.
        """
        text = self._text
        if text.column.aligned is not None:
            line, _ = text.column.aligned.at(line)
        if not text.has(line):
            return
        if (opens := text.fold_of(line)) is not None:
            self._open(opens)
        self._pick(line)
        self.show_row(*text.rows_of(line), context=3)

    def _open(self, opens: int) -> None:
        """Open what a row stands for, or close it."""
        self._text.open(opens)
        self._lay_out_in_place()

    def on_resize(self) -> None:
        """Lines and notes are wrapped to the width."""
        laid_out = self._lay_out()
        # With another height, a note may have become visible or hidden.
        if self._set_inset() or laid_out:
            self.refresh()
        self._follow()

    def on_click(self, event: events.Click) -> None:
        """Open what is folded; pick a line, and a second time go to what is called there."""
        number = self.row_at(event)
        if number is None:
            return
        part = self._text.part(number)
        if isinstance(part, FoldedLines):
            self._open(part.opens)
        elif isinstance(part, CodeLine):
            again = part.line == self.picked and event.chain > 1
            self._pick(part.line)
            if again:
                self.post_message(self.Defined())

    def action_define(self) -> None:
        """Go to the definition of what is called on the line that was clicked."""
        self.post_message(self.Defined())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the key to others as long as no line has been clicked."""
        return self.picked > 0 if action == "define" else True

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        return self._text.row(number)

    def row_kind(self, number: int) -> str:
        """Colour the marked line, underline the one that was clicked."""
        return self._text.row_kind(number)

    def _lay_out_in_place(self) -> None:
        """Lay the text out again with the marked line where it is on the screen."""
        y = self._text.marked_row() - self.scroll_offset.y
        if not self._lay_out():
            return
        self._set_inset()
        self.refresh()
        if self._text.has_marked_line and 0 <= y < self.size.height:
            self.scroll_row(self._text.marked_row() - y)
            self._follow()
        else:
            self._centre()

    def _lay_out(self) -> bool:
        """Make the rows; return whether there was anything to do."""
        if self.tr is None:
            return False
        return self._text.lay_out(self._text.column, self.tr, self._empty, self.columns)

    def _set_inset(self) -> bool:
        """Put the caption where it belongs; return whether it was elsewhere."""
        changed = self._text.set_inset(self.size.height)
        self.resize_rows(len(self._text))
        return changed

    def _pick(self, line: int) -> None:
        if line != self._text.picked:
            before, self._text.picked = self._text.picked, line
            self._refresh_line(before)
            self._refresh_line(line)

    def _refresh_line(self, line: int) -> None:
        if self._text.has(line):
            first, last = self._text.rows_of(line)
            for row in range(first, last + 1):
                self.refresh_row(row)

    def _centre(self) -> None:
        """Scroll so that what should be visible is a third down, if possible."""
        if not self._text.has_marked_line:
            self.scroll_row(0)
            return
        first, last = self._text.sight
        height = self.size.height
        above = max(0, min(height // 3, height - (last - first + 1)))
        self.scroll_row(first - above)
        self.show_row(*self._text.around)

    def _follow(self) -> None:
        if self._text.has_marked_line:
            self.show_row(*self._text.sight, context=2)
            self.show_row(*self._text.around)  # or a note on the next lines might be cut off below
