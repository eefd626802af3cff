"""The foot of the source pane, as a widget."""

from walkthrough.lesson.lesson import StepView
from walkthrough.tui.widgets.rows_view import ListedRows
from walkthrough.view.source.values import value_rows
from walkthrough.view.words import ScreenWords


class Values(ListedRows, can_focus=False):
    """Draws `value_rows`."""

    def show(self, view: StepView, words: ScreenWords) -> None:
        """Draw those of a step."""
        self.show_rows(value_rows(view, words, self.columns, self.size.height))
