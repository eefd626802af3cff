"""The caption under the panes while presenting, as a widget."""

from walkthrough.tui.widgets.bars import ClickableBar
from walkthrough.view.caption import caption_rows
from walkthrough.view.step import StepContext
from walkthrough.view.text import cell_width


class Caption(ClickableBar, can_focus=False):
    """Draws `caption_rows`; it keeps its height, so that a step moves nothing.

    A click on what says whether it plays begins to, or pauses.
    """

    def __init__(self) -> None:
        super().__init__(id="caption")
        self._inputs: tuple[StepContext, str, bool] | None = None

    def tell(self, step: StepContext, state: str, *, asleep: bool) -> None:
        """Draw the caption.

        Args:
            step: Where the walk is.
            state: Whether it plays.
            asleep: Every thread of the server sleeps, as the headline says.
        """
        self._inputs = (step, state, asleep)
        self._draw()

    def on_resize(self) -> None:
        """The note is wrapped to the width."""
        self._draw()

    def _draw(self) -> None:
        if self._inputs is not None:
            step, state, asleep = self._inputs
            begins = self.columns - min(cell_width(state), self.columns // 2)
            self._spans = [(begins, self.columns, "play")]
            height = self.size.height
            self.show_rows(caption_rows(step, state, self.columns, height, asleep=asleep))
