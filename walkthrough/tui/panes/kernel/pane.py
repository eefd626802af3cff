"""The kernel pane: draws `kernel_rows` and says where a click leads."""

from textual import events

from walkthrough.tui.panes.path.pane import GoTo
from walkthrough.tui.widgets.rows_view import ListedRows, set_title
from walkthrough.view.kernel_pane import (
    is_low,
    kernel_rows,
    last_change,
    parts,
    parts_before,
    same,
)
from walkthrough.view.step import StepContext


class KernelPane(ListedRows):
    """What the step changed, and what the kernel holds."""

    key = ""

    def __init__(self) -> None:
        super().__init__(id="kernel")
        self._step: StepContext | None = None
        # What was drawn last, held and compared by identity: worlds share what did not change.
        self._drawn: tuple[object, ...] = ()
        self._drawn_size = (0, False, -1)
        self._last_change = -1
        self._rows_of_last_change = 0
        self.changed = False

    def show(self, step: StepContext) -> None:
        """Draw the kernel's view at ``step``."""
        self._step = step
        self._draw()

    def on_resize(self) -> None:
        """Entries are wrapped to the width."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Where it is said which event changed something last, go there."""
        row = self.row_at(event)
        if row is not None and row < self._rows_of_last_change:
            self.post_message(GoTo(self._last_change))

    def _draw(self) -> None:
        if self._step is None:
            return
        step = self._step
        drawn = (*parts(step), *parts_before(step), step.tr)
        size = (self.columns, is_low(self.size.height), last_change(step))
        if size == self._drawn_size and same(drawn, self._drawn):
            return
        self._drawn, self._drawn_size, self._last_change = drawn, size, size[2]
        kernel = kernel_rows(step, self.columns, low=size[1])
        self.changed, self._rows_of_last_change = kernel.changed, kernel.rows_of_last_change
        set_title(self, f"{self.key} {kernel.title(step)}")
        self.show_rows(kernel.rows)
        if self.changed or not self.has_focus:  # else someone is reading here
            # From the top, so that a step looks the same from whichever side it is reached.
            self.scroll_row(0)
