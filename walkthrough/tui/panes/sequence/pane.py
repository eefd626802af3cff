"""The sequence diagram's pane: who sent what to whom, up to the step; draws only visible rows.

It knows nothing of other panes; going to an event is asked for by a message.
"""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.timer import Timer

from walkthrough.tui.panes.path.pane import GoTo
from walkthrough.tui.widgets.rows_view import RowsView, set_title
from walkthrough.view.sequence.page import SequencePage
from walkthrough.view.step import StepContext
from walkthrough.view.text import Row

_PAUSE = 0.02
"""Seconds between two slices of a long history that has yet to be looked at."""


class SequencePane(RowsView):
    """Draws a `SequencePage`, whose row 0 stays visible."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    key = ""

    def __init__(self) -> None:
        super().__init__(id="sequence")
        self._step: StepContext | None = None
        self._page = SequencePage()
        self._cursor = 0
        self._drawn_at = -1
        self._timer: Timer | None = None

    @property
    def reached(self) -> bool:
        """Whether it is drawn as far as the walk stands, in a history however long."""
        return self._timer is None

    def show(self, step: StepContext) -> None:
        """Draw the diagram up to ``step``."""
        self._step = step
        set_title(self, f"{self.key} " + step.tr("Client–kernel–server"))
        self._draw()

    def on_show(self) -> None:
        """What is hidden is not drawn; now it is visible."""
        self._draw()

    def on_resize(self) -> None:
        """The lanes are made for the width."""
        self._draw()

    def on_focus(self) -> None:
        """Show the cursor, which is where the walk is."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Go to the event of the row that was clicked."""
        number = self.row_at(event)
        if number is not None and number > self.scroll_offset.y:  # the lanes' names stay above
            self._cursor = number
            self.action_choose()

    def action_move(self, by: int) -> None:
        """Move the row cursor."""
        self._cursor = min(max(self._cursor + by, 1), max(self._page.last_row, 1))
        self._bring_into_sight(self._cursor, self._cursor)
        self.refresh()

    def action_choose(self) -> None:
        """Go to the event of the row at the cursor."""
        row = self._page.diagram_row(self._cursor)
        if row is not None:
            self.post_message(GoTo(row.index))

    # Rows

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0; at the cursor a packet shows its options."""
        if self.has_focus and number == self._cursor:
            return self._page.row_with_options(number)
        return self._page.row(number)

    def row_kind(self, number: int) -> str:
        """Highlight the rows of the current step."""
        cursor = "cursor" if self.has_focus and number == self._cursor else ""
        return self._page.row_kind(number) or cursor

    def render_line(self, y: int) -> Strip:
        """Draw one line: the names of the lanes stay on the first, the lifelines go on below."""
        top = self.scroll_offset.y
        if y == 0 and top and self._page.header:
            return self._strip_of(self._page.header)
        if y + top >= self.virtual_size.height and self._page.lifelines:
            return self._strip_of(self._page.lifelines)
        return super().render_line(y)

    def _strip_of(self, row: Row) -> Strip:
        own = self.own_style()
        key = (row, "", False, self.size.width, own)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._strip(*key)
        return strip

    # Drawing

    def _draw(self) -> None:
        step = self._step
        if step is None or not self.display or self.size.area == 0:
            return
        page = self._page
        were = page.lit_rows
        redrawn = page.show(step, self.columns)
        self._later(more=not page.reached)
        self.resize_rows(len(page))
        if step.index != self._drawn_at:
            self._drawn_at = step.index
            self._cursor = page.lit[-1] + 1 if page.lit else page.last_row
        self.scroll_row(len(page) - 1)
        self._bring_into_sight(page.first_lit_row, page.first_lit_row)
        are = page.lit_rows
        if redrawn or self.has_focus or len(were | are) > self.size.height:
            self.refresh()
            return
        for row in were | are:  # the rest is as it was, but where it is scrolled, which draws it
            self.refresh_row(row)

    def _bring_into_sight(self, first: int, last: int) -> None:
        """Scroll as little as is needed; the first line of the view is the lanes' names."""
        self.show_row(max(first - 1, 0), last)

    def _later(self, *, more: bool) -> None:
        """Look at what is left of a long history when there is time."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if more:
            self._timer = self.set_timer(_PAUSE, self._draw)
