"""The strace pane: draws `StraceRows` and says where a click leads."""

from textual import events

from walkthrough.compare.follow_lines import AlignedLog
from walkthrough.tui.panes.path.pane import GoTo
from walkthrough.tui.widgets.rows_view import RowsView, set_title
from walkthrough.view.step import StepContext
from walkthrough.view.strace import StraceRows
from walkthrough.view.text import Row

_CONTEXT = 3
"""Rows that stay visible around the line that the walk has come to."""


class StracePane(RowsView):
    """All lines of the log; the one that the walk has come to is visible."""

    key = ""

    def __init__(self) -> None:
        super().__init__(id="strace")
        self._step: StepContext | None = None
        self._aligned: AlignedLog | None = None
        self._ended = False
        self._lines: StraceRows | None = None

    def lay(self, aligned: AlignedLog, *, ended: bool) -> None:
        """Take the log's lines as they are aligned with the walk now; `show` draws them.

        Args:
            aligned: The log's lines beside the walk's events.
            ended: No more events will come: what is missing in the walk will stay missing.
        """
        self._aligned, self._ended = aligned, ended

    def show(self, step: StepContext) -> None:
        """Draw the lines at ``step``."""
        self._step = step
        self._draw()

    def on_resize(self) -> None:
        """The line that the walk has come to is wrapped to the width."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Go to the event of the line that was clicked."""
        number = self.row_at(event)
        if self._lines is None or number is None:
            return
        seq = self._lines.event_at(number)
        if seq is not None:
            self.post_message(GoTo(seq))

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        assert self._lines is not None
        return self._lines.row(number)

    def row_kind(self, number: int) -> str:
        """Mark the line that the walk has come to."""
        return self._lines.row_kind(number) if self._lines is not None else ""

    def _draw(self) -> None:
        if self._step is None or self._aligned is None:
            return
        lines = StraceRows(self._step, self._aligned, self.columns, ended=self._ended)
        self._lines = lines
        set_title(self, f"{self.key} {lines.title()}")
        self.resize_rows(len(lines))
        if lines.here:
            self.show_row(lines.here.start, lines.here.stop - 1, _CONTEXT)
        else:
            self.scroll_row(0)
        self.refresh()
