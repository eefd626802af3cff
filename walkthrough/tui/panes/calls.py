"""The calls pane: draws `CallRows` and says where a click leads."""

from collections.abc import Callable

from textual import events

from walkthrough.tui.panes.path.pane import GoTo
from walkthrough.tui.widgets.rows_view import RowsView, set_title
from walkthrough.view.calls import CallRows
from walkthrough.view.step import StepContext
from walkthrough.view.text import Row

_CORNERS = 6
"""Cells of a border beside its title: on each side a corner, a line and a space."""


class CallsPane(RowsView):
    """All system calls up to the step, the newest ones visible."""

    key = ""

    def __init__(self) -> None:
        super().__init__(id="calls")
        self._step: StepContext | None = None
        self._calls: CallRows | None = None
        self._dims: Callable[[int], bool] | None = None

    def dim(self, dims: Callable[[int], bool] | None) -> None:
        """Draw those calls dimly, by their number in the history, of which ``dims`` is true."""
        self._dims = dims
        self.refresh()

    def show(self, step: StepContext) -> None:
        """Draw the calls up to ``step``."""
        self._step = step
        self._draw()

    def on_resize(self) -> None:
        """The newest call is wrapped to the width."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Go to the call that was clicked."""
        number = self.row_at(event)
        if self._calls is None or number is None:
            return
        seq = self._calls.event_at(number)
        if seq is not None:
            self.post_message(GoTo(seq))

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        assert self._calls is not None
        return self._calls.row(number, self._dims)

    def row_kind(self, number: int) -> str:
        """Mark the call that the current event is part of."""
        return self._calls.row_kind(number) if self._calls is not None else ""

    def _draw(self) -> None:
        if self._step is None:
            return
        self._calls = CallRows(self._step, self.columns)
        key = f"{self.key} "
        set_title(self, key + self._calls.title(self.outer_size.width - _CORNERS - len(key)))
        self.resize_rows(len(self._calls))
        self.scroll_row(len(self._calls))
        self.refresh()
