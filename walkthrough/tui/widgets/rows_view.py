"""The scroll view that draws rows of styled text (`walkthrough.view.text`), only the visible ones.

Text is drawn as segments, never as markup, and what a terminal would obey is escaped on the way.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from walkthrough.tui.widgets.error_handling import ErrorBoundary
from walkthrough.view.text import Row, safe


def set_title(widget: Widget, title: str) -> None:
    """Put ``title`` on the border of ``widget``, as text and not as markup."""
    content = Content(safe(title))
    # Setting it draws the whole widget again, so it is set only when it is another one.
    if widget.border_title != content.markup:
        widget.border_title = content


def subtitle_column(event: events.MouseEvent, box: Widget, subtitle: str) -> int:
    """Return the cell of a box's subtitle, from 0, that the mouse is on; -1 beside it.

    It may be greater than the subtitle is long: on the border behind it.
    """
    if event.y != box.outer_size.height - 1:
        return -1
    # Behind it come a space, a cell of the border and the corner; what is too long is cut.
    begins = max(box.outer_size.width - 3 - cell_len(subtitle), 2)
    return max(event.x - begins, -1)


def class_of(kind: str) -> str:
    """Return the component class of a kind of text."""
    return f"rows--{kind}"


MOST_STRIPS = 1024
"""How many drawn rows a view keeps: some screens full."""


class _Measured(NamedTuple):
    """What all lines of one drawing share, and what is expensive to compute."""

    own: Style
    top: int
    width: int
    rows: int
    thumb: range


class RowsView(ErrorBoundary, ScrollView, can_focus=True, inherit_bindings=False):
    """Draws the visible rows, asking `row` for each; holds no text itself.

    A subclass keeps its rows, answers `row` and `row_kind`, and calls `resize_rows` when their
    number has changed.
    """

    thumb = 1
    """Cells kept free on the right to show what part of the rows is visible."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", show=False),
        Binding("down,j", "scroll_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
    ]

    _measured: "_Measured | None" = None
    _marker: Callable[[Row, str], Row] | None = None

    def __init__(self, *, id: str | None = None) -> None:
        self._strips: dict[tuple[Row, str, bool, int, Style], Strip] = {}
        self._inks: dict[str, Style] = {}
        self._own: Style | None = None
        super().__init__(id=id)

    @property
    def columns(self) -> int:
        """Cells that a row has; one more, on the right, belongs to the thumb."""
        return max(self.size.width - self.thumb, 8)

    @property
    def allow_vertical_scroll(self) -> bool:
        """Let the wheel scroll; the base class asks for a scroll bar of its own, which costs."""
        return self.virtual_size.height > self.size.height

    def mark(self, marker: Callable[[Row, str], Row] | None) -> None:
        """Draw every row as ``marker`` makes it, given the row and the kind to mark with."""
        if marker != self._marker:
            self._marker = marker
            self._strips.clear()
            self.refresh()

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        raise NotImplementedError

    def row_kind(self, number: int) -> str:
        """Return the kind that colours the whole of row ``number``, "" for none."""
        return ""

    def resize_rows(self, count: int) -> None:
        """Say how many rows there are now."""
        if count == self.virtual_size.height:
            return
        # Rows are wrapped or cut, never scrolled sideways. A new height is no reason to lay out
        # the screen, which is what the reactive would do: the size of the widget stays.
        self.set_reactive(RowsView.virtual_size, Size(0, count))
        if round(self.scroll_y) > self.max_scroll_y:
            self.scroll_row(self.max_scroll_y)
        elif self.thumb:
            self.refresh()

    def row_at(self, event: events.MouseEvent) -> int | None:
        """Return the row under the mouse; None on the border, and where there is no row."""
        at = event.offset - self.gutter.top_left
        number = at.y + self.scroll_offset.y
        inside = self.size.region.contains_point(at)
        return number if inside and number < self.virtual_size.height else None

    def show_row(self, first: int, last: int, context: int = 0) -> None:
        """Scroll as little as needed so that rows ``first`` to ``last`` are visible.

        ``context`` more rows are kept visible around them, where there is room.
        """
        height = self.size.height
        if height <= 0:
            return
        top = round(self.scroll_target_y)
        low, high = first - context, last + context
        if high - low + 1 > height:
            low, high = first, min(last, first + height - 1)
        target = top
        if high > top + height - 1:
            target = high - height + 1
        if low < target:
            target = low
        self.scroll_row(target)

    def scroll_row(self, row: int) -> None:
        """Put ``row`` at the top, as far as there are rows enough."""
        row = max(0, min(row, self.virtual_size.height - self.size.height))
        if row != round(self.scroll_target_y):
            self.scroll_to(y=row, animate=False, force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Draw the rows that are visible now.

        The base class tells the scroll bar as well; there is none to be seen, and what is not seen
        has the screen laid out when it wants to be drawn.
        """
        if round(old_value) != round(new_value):
            self.refresh()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Leave out what replaces a terminal's own colours: those of rows are all a theme's."""
        return [one for one in super().get_line_filters() if not isinstance(one, ANSIToTruecolor)]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw some lines; what they share is asked for once."""
        self._measured = self._measure()
        try:
            return super().render_lines(crop)
        finally:
            self._measured = None

    def render_line(self, y: int) -> Strip:
        """Draw one line of the view."""
        own, top, width, rows, thumb = self._measured or self._measure()
        number = y + top
        if not 0 <= number < rows:
            return Strip.blank(width, own)
        key = (self.row(number), self.row_kind(number), y in thumb, width, own)
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= MOST_STRIPS:
                self._strips.clear()
            strip = self._strips[key] = self._strip(*key)
        return strip

    def own_style(self) -> Style:
        """Return the style of what has no kind of its own.

        Expensive to compute, so it is kept until the style sheet says something else. Every view
        has a background of its own, or one below it could change what is kept.
        """
        if self._own is None:
            self._own = self.rich_style
        return self._own

    def _measure(self) -> _Measured:
        width, height = self.size
        top, rows = self.scroll_offset.y, self.virtual_size.height
        thumb = range(0)
        if self.thumb and rows > height:
            length = max(1, round(height * height / rows))
            start = round((height - length) * top / (rows - height))
            thumb = range(start, start + length)
        return _Measured(self.own_style(), top, width, rows, thumb)

    def _strip(self, row: Row, kind: str, thumb: bool, width: int, own: Style) -> Strip:
        """Draw a row; the same row comes up again and again, so what this gives is kept."""
        base = own + self.ink(kind) if kind else own
        if self._marker is not None:
            row = self._marker(row, "found")
        segments = [
            Segment(safe(text), base + self.ink(kind) if kind else base) for text, kind in row
        ]
        strip = Strip(segments).crop_extend(0, width, base)
        if thumb:
            bar = Segment("┃", own + self.ink("gutter"))
            return Strip([*strip.crop(0, width - 1), bar], width)
        return strip

    def notify_style_update(self) -> None:
        """Forget what was drawn in other colours."""
        super().notify_style_update()
        self._strips.clear()
        self._inks.clear()
        self._own = None

    def refresh_row(self, number: int) -> None:
        """Draw one row again."""
        y = number - self.scroll_offset.y
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def refresh_rows(self, before: Sequence[object], after: Sequence[object]) -> None:
        """Draw again those visible rows that differ."""
        top, width = self.scroll_offset.y, self.size.width
        end = min(top + self.size.height, max(len(before), len(after)))
        changed = [
            Region(0, number - top, width, 1)
            for number in range(top, end)
            if before[number : number + 1] != after[number : number + 1]
        ]
        if changed:
            self.refresh(*changed)

    def ink(self, kind: str) -> Style:
        """Return what text of a kind, one of `KINDS`, looks like."""
        ink = self._inks.get(kind)
        if ink is None:
            styles = self.app.get_component_styles(class_of(kind))
            ink = self._inks[kind] = styles.partial_rich_style
        return ink


class ListedRows(RowsView):
    """A `RowsView` over a short list of rows that is made again when something changes."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[Row] = []

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        return self._rows[number]

    def show_rows(self, rows: list[Row]) -> None:
        """Draw these rows from now on."""
        before, self._rows = self._rows, rows
        self.resize_rows(len(rows))
        self.refresh_rows(before, rows)
