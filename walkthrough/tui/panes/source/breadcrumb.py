"""The breadcrumb of the source pane, as a widget: each name leads to where that call is."""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from walkthrough.tui.widgets.rows_view import ListedRows
from walkthrough.view.source.breadcrumb import breadcrumb


class BreadcrumbBar(ListedRows, can_focus=False):
    """One row; a click on a name posts which frame it stands for."""

    thumb = 0

    class Chosen(Message):
        """Someone wants to see where frame ``number`` of the call chain stands."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._spans: list[tuple[int, int, int]] = []

    def show(self, names: Sequence[str], numbers: Sequence[int]) -> None:
        """Draw a call chain.

        Args:
            names: The names, outermost first.
            numbers: For each the number of its frame, -1 for none; may be empty.
        """
        row, spans = breadcrumb(names, numbers, self.columns)
        self._spans = spans
        self.show_rows([row])

    def on_click(self, event: events.Click) -> None:
        """Say what was clicked."""
        for start, end, number in self._spans:
            if start <= event.x < end:
                self.post_message(self.Chosen(number))
