"""The source pane: the file that is executing, its line marked, notes under the lines they mean.

It draws a `StepView`; where source and notes come from it does not know.
"""

from collections import OrderedDict
from typing import NamedTuple

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical

from walkthrough.lesson.steps import SKIPPED, StepView
from walkthrough.tui.highlighting import Highlighted
from walkthrough.tui.moment import Moment
from walkthrough.tui.rows import (
    ListedRows,
    Piece,
    Row,
    RowsView,
    breaks,
    elide,
    safe,
    set_title,
    slice_row,
    width_of,
    wrap,
)
from walkthrough.tui.translation import spoken
from walkthrough.tui.words import Words

_KEPT_FILES = 64
_NOTHING = StepView()


class _Code(NamedTuple):
    """A row that holds characters ``start`` to ``end`` of a line."""

    line: int
    start: int
    end: int


class _Said(NamedTuple):
    """A row that holds something said: a note on the line above, or why there is no source."""

    row: Row


class _Kept(NamedTuple):
    """The rows of a file that was shown before, and what they were made for."""

    made_for: tuple[object, ...]
    file: Highlighted | None
    layout: list[_Code | _Said | int]
    first_row: list[int]


def _same(some: tuple[object, ...], others: tuple[object, ...]) -> bool:
    """Compare what is long by identity: the lesson hands out the same objects again."""
    return (
        len(some) == len(others)
        and some[3:] == others[3:]
        and all(one is other for one, other in zip(some[:3], others[:3], strict=True))
    )


class SourceView(RowsView):
    """The lines of one file with notes between them; only what is in sight is drawn."""

    def __init__(self) -> None:
        super().__init__(id="source-lines")
        self._view = _NOTHING
        self._words: Words | None = None
        self._files: OrderedDict[str, Highlighted] = OrderedDict()
        self._file: Highlighted | None = None
        # What the rows were made for; the rows; and for each line its first row.
        self._made_for: tuple[object, ...] = ()
        self._layout: list[_Code | _Said | int] = []
        self._layouts: OrderedDict[str, _Kept] = OrderedDict()
        self._first_row: list[int] = []
        # The caption of the place, drawn under the executing line where no note there says it.
        self._inset: list[Row] = []
        self._inset_at = 0
        self._sight = (0, 0)

    def show(self, view: StepView | None, words: Words) -> None:
        """Mark the line of ``view``; the file is laid out anew only when it is another one."""
        before = self._view
        self._view = view if view is not None else _NOTHING
        self._words = words
        laid_out = self._lay_out()
        moved = self._set_inset()
        if laid_out:
            self.refresh()
            self._centre()
        elif moved:
            self.refresh()
            self._follow()
        elif self._view.line != before.line:
            self._refresh_line(before.line)
            self._refresh_line(self._view.line)
            self._follow()

    def reveal(self, line: int) -> None:
        """Bring a line into sight; the next step goes back to the one that executes."""
        if 0 < line < len(self._first_row) - 1:
            first, last = self._rows_between(line, line)
            shift = len(self._inset) if first >= self._inset_at else 0
            self.show_row(first + shift, last + shift, context=3)

    def on_resize(self) -> None:
        """Lines and notes are wrapped to the width."""
        if self._lay_out():
            self._inset = []
            self._set_inset()
            self.refresh()
        self._follow()

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        part = self._part(number)
        if isinstance(part, _Said):
            return part.row
        assert self._file is not None
        line, start, end = part
        code = tuple(slice_row(self._file.row(line), start, end))
        if start:
            return (Piece(" " * self._gutter), Piece(" " * self._hang(line, self.columns)), *code)
        here = line == self._view.line
        lead = Piece("> " if here else "  ", "current")
        digits = self._gutter - 3
        number_kind = "current" if here else "gutter"
        return (lead, Piece(f"{line:>{digits}} ", number_kind), *code)

    def row_kind(self, number: int) -> str:
        """Colour the executing line."""
        part = self._part(number)
        return "here" if isinstance(part, _Code) and part.line == self._view.line else ""

    def _part(self, number: int) -> _Code | _Said:
        inset = number - self._inset_at
        if 0 <= inset < len(self._inset):
            return _Said(self._inset[inset])
        part = self._layout[number if inset < 0 else number - len(self._inset)]
        if isinstance(part, int):  # a line that fits: most do, and need no more than their number
            assert self._file is not None
            return _Code(part, 0, len(self._file.lines[part - 1]))
        return part

    @property
    def _gutter(self) -> int:
        """Cells left of the code: the mark, the number, a blank."""
        return 3 + max(3, len(str(len(self._view.lines))))

    def _hang(self, line: int, columns: int) -> int:
        assert self._file is not None
        text = self._file.lines[line - 1]
        return min(len(text) - len(text.lstrip(" ")) + 4, max(4, columns // 4))

    def _lay_out(self) -> bool:
        """Make the rows; tell whether there was anything to do."""
        view, width = self._view, self.columns
        if self._words is None:
            return False
        made_for = (view.lines, view.notes, self._words, view.file, view.missing, width)
        if _same(made_for, self._made_for):
            return False
        self._made_for = made_for
        kept = self._layouts.get(view.file)
        if kept is not None and _same(made_for, kept.made_for):
            _, self._file, self._layout, self._first_row = kept
            return True
        self._layout, self._first_row = [], [0]
        if not view.lines:
            nothing = self._words.no_step if view is _NOTHING else self._words.no_source
            said = safe(spoken(view.missing, self._words.code)) or nothing
            self._file = None
            self._layout = [_Said(row) for row in wrap((Piece(said, "dim"),), width)]
        else:
            self._file = self._highlighted(view)
            room = width - self._gutter
            layout, first_row, notes = self._layout, self._first_row, view.notes
            for line, text in enumerate(self._file.lines, 1):
                first_row.append(len(layout))
                if len(text) <= room and text.isascii():
                    layout.append(line)
                else:
                    for start, end in breaks(text, room, room - self._hang(line, width)):
                        layout.append(_Code(line, start, end))
                if line in notes:
                    layout.extend(_Said(row) for row in self._note(notes[line], room))
        self._first_row.append(len(self._layout))
        self._layouts[view.file] = _Kept(made_for, self._file, self._layout, self._first_row)
        if len(self._layouts) > _KEPT_FILES:
            self._layouts.popitem(last=False)
        return True

    def _set_inset(self) -> bool:
        """Put the caption under the executing line unless a note in sight of it says the same.

        Sets what is to be kept in sight: the executing line, and the note that goes with it.
        """
        view = self._view
        rows: list[Row] = []
        at = 0
        self._sight = (0, 0)
        if self._on_line():
            self._sight = self._rows_between(view.line, view.line)
            beside = self._note_in_sight()
            if beside is not None:
                self._sight = self._rows_between(min(view.line, beside), max(view.line, beside))
            elif view.caption:
                rows = self._note(view.caption, self.columns - self._gutter)
                at = self._first_row[view.line + 1]
                self._sight = (self._sight[0], self._sight[1] + len(rows))
        elif view.caption and not view.lines:
            at = len(self._layout)
            rows = [(), *wrap((Piece(safe(view.caption), "note"),), self.columns)]
        changed = rows != self._inset or (bool(rows) and at != self._inset_at)
        self._inset, self._inset_at = rows, at
        self.resize_rows(len(self._layout) + len(rows))
        return changed

    def _note_in_sight(self) -> int | None:
        """Return the line whose note is the caption, if both fit on the screen together."""
        view, height = self._view, self.size.height
        for line, note in view.notes.items():
            if view.caption and view.caption in note and line < len(self._first_row) - 1:
                first, last = self._rows_between(min(view.line, line), max(view.line, line))
                if last - first < height:
                    return line
        return None

    def _on_line(self) -> bool:
        return 0 < self._view.line < len(self._first_row) - 1

    def _note(self, note: str, room: int) -> list[Row]:
        bar = Piece(" " * self._gutter + "│ ", "note")
        return [
            (bar, *row)
            for paragraph in note.splitlines()
            for row in wrap((Piece(safe(paragraph), "note"),), room - 2)
        ]

    def _highlighted(self, view: StepView) -> Highlighted:
        found = self._files.get(view.file)
        if found is None or found.source is not view.lines:
            found = self._files[view.file] = Highlighted(view.file, view.lines)
            if len(self._files) > _KEPT_FILES:
                self._files.popitem(last=False)
        return found

    def _rows_between(self, first: int, last: int) -> tuple[int, int]:
        """Return the first row of one line and the last of another's notes, the inset aside."""
        return self._first_row[first], self._first_row[last + 1] - 1

    def _refresh_line(self, line: int) -> None:
        if 0 < line < len(self._first_row) - 1:
            first, last = self._rows_between(line, line)
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


class SourcePane(Vertical):
    """Breadcrumb, source, and what the function was given and gave."""

    def __init__(self) -> None:
        super().__init__(id="source")
        self._moment: Moment | None = None

    def compose(self) -> ComposeResult:
        """Lay out the breadcrumb, the lines and the foot."""
        yield ListedRows(id="crumbs")
        yield SourceView()
        yield ListedRows(id="values")

    def show(self, moment: Moment) -> None:
        """Draw the step of ``moment``."""
        self._moment = moment
        self._draw_ends()
        words = moment.words
        if moment.history.header.server == "strace":
            words = words._replace(no_source=words.no_source_in_log)
        self.query_one(SourceView).show(moment.view, words)

    def on_resize(self) -> None:
        """Breadcrumb and foot are cut to the width."""
        self._draw_ends()

    def _draw_ends(self) -> None:
        if self._moment is None:
            return
        view, words = self._moment.view or _NOTHING, self._moment.words
        title = f"2 {words.source} · "
        room = self.size.width - cell_len(title) - 4
        name = safe(view.file)
        if cell_len(name) > room:  # the end of a path says more than its beginning
            name = "…" + name[len(name) - max(room - 1, 1) :]
        set_title(self, title + name if name else f"2 {words.source}")
        crumbs = self.query_one("#crumbs", ListedRows)
        crumbs.show_rows([_breadcrumb(view.breadcrumb, crumbs.columns)])
        foot = self.query_one("#values", ListedRows)
        if foot.size.height == 1:
            foot.show_rows([_in_one_row(view, words, foot.columns)])
            return
        given = _labelled(words.arguments, view.arguments, foot.columns)
        gave = _labelled(words.results, view.results, foot.columns)
        height = max(foot.size.height, 1)
        for_results = min(len(gave), max(1, height - 1)) if given else min(len(gave), height)
        rows = [
            *_at_most(given, height - for_results, foot.columns),
            *_at_most(gave, for_results, foot.columns),
        ]
        foot.show_rows(rows)


def _in_one_row(view: StepView, words: Words, width: int) -> Row:
    """Write what was given and what came of it on one row; of the results more is kept."""
    gave: Row = ()
    if view.results:
        label = f"{words.results} "
        text = elide(safe(view.results), max(width // 2 - cell_len(label), 8))
        gave = (Piece(label, "key"), Piece(text))
    if not view.arguments:
        return gave
    label = f"{words.arguments} "
    room = width - width_of(gave) - cell_len(label) - 2
    return (Piece(label, "key"), Piece(elide(safe(view.arguments), room)), Piece("  "), *gave)


def _labelled(label: str, text: str, width: int) -> list[Row]:
    return wrap((Piece(f"{label} ", "key"), Piece(safe(text))), width, 4) if text else []


def _at_most(rows: list[Row], most: int, width: int) -> list[Row]:
    """Keep ``most`` rows; the last says by an ellipsis that there was more."""
    if len(rows) <= most or most <= 0:
        return rows[: max(most, 0)]
    last = "".join(piece.text for piece in rows[most - 1])
    return [*rows[: most - 1], (Piece(elide(last, width - 1) + "…", rows[most - 1][-1].kind),)]


def _breadcrumb(crumbs: tuple[str, ...], width: int) -> Row:
    """Join a call chain; when it is too long, its middle goes first."""
    names = [safe(crumb) for crumb in crumbs]
    shown = " > ".join(names)
    while len(shown) > width and len(names) > 2:
        middle = 1 if names[1] != SKIPPED else 2
        if middle >= len(names) - 1:
            break
        names[1 : middle + 1] = [SKIPPED]
        if names[2] == SKIPPED:
            del names[2]
        shown = " > ".join(names)
    head, arrow, last = elide(shown, width).rpartition(" > ")
    return (Piece(head + arrow, "dim"), Piece(last, "strong"))
