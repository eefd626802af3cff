"""The timeline: all events on one line, stages as bands."""

from walkthrough.tui.moment import Moment
from walkthrough.tui.rows import ListedRows


class TimelinePane(ListedRows):
    """All events, whatever their number, on the width there is."""

    def __init__(self) -> None:
        super().__init__(id="timeline")

    def show(self, moment: Moment) -> None:
        """Draw the timeline with the cursor at ``moment``."""
