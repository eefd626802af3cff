"""The foot of the source pane, as a widget."""

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.lesson.lesson import StepView
from walkthrough.tui.widgets.rows_view import ListedRows
from walkthrough.view.source.values import value_rows


class ValuesBar(ListedRows, can_focus=False):
    """Draws `value_rows`."""

    def show(self, view: StepView, tr: Catalogue) -> None:
        """Draw those of a step."""
        self.show_rows(value_rows(view, tr, self.columns, self.size.height))
