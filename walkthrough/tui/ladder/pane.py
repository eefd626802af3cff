"""The ladder pane: who sent what to whom, down to the moment."""

from walkthrough.tui.moment import Moment
from walkthrough.tui.rows import ListedRows, set_title


class LadderPane(ListedRows):
    """Client, kernel and server, and what passed between them."""

    def __init__(self) -> None:
        super().__init__(id="ladder")

    def show(self, moment: Moment) -> None:
        """Draw the ladder up to ``moment``."""
        set_title(self, f"6 {moment.words.ladder}")
