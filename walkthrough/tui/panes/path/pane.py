"""The path pane: draws `path_rows`, folds, and says where a click or Enter leads.

It knows nothing of other panes; going to an event is asked for by a message.
"""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from walkthrough.model.stages import Stage
from walkthrough.tui.widgets.rows_view import RowsView, set_title
from walkthrough.view.path import PathRow, path_rows
from walkthrough.view.step import StepContext
from walkthrough.view.text import Row


class GoTo(Message):
    """Someone asks to see event ``index``; ``roughly`` if one near it may be meant as well."""

    def __init__(self, index: int, *, roughly: bool = False) -> None:
        super().__init__()
        self.index = index
        self.roughly = roughly


class PathPane(RowsView):
    """The eight stages and their finer steps, with progress and results."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    key = ""

    def __init__(self) -> None:
        super().__init__(id="path")
        self._step: StepContext | None = None
        self._rows: list[PathRow] = []
        self._folded: dict[Stage, bool] = {}
        self._cursor = 0

    def show(self, step: StepContext) -> None:
        """Draw the path at ``step``."""
        self._step = step
        set_title(self, f"{self.key} " + step.tr("Path"))
        self._draw(follow=True)

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        return self._rows[number].row

    def row_kind(self, number: int) -> str:
        """Return the kind that colours the whole of row ``number``."""
        if self._rows[number].current:
            return "here"
        return "cursor" if self.has_focus and number == self._cursor else ""

    def on_resize(self) -> None:
        """Rows are cut to the width."""
        self._draw(follow=True)

    def on_focus(self) -> None:
        """Begin where the walk is."""
        here = self._here()
        self._cursor = here if here is not None else self._cursor
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Fold a stage, or go to a step."""
        number = self.row_at(event)
        if number is not None:
            self._cursor = number
            self.action_choose()

    def action_move(self, by: int) -> None:
        """Move the row cursor."""
        if self._rows:
            self._cursor = min(max(self._cursor + by, 0), len(self._rows) - 1)
            self.show_row(self._cursor, self._cursor)
            self.refresh()

    def action_choose(self) -> None:
        """Fold or unfold the stage at the cursor, or go to the step there."""
        if not 0 <= self._cursor < len(self._rows):
            return
        chosen = self._rows[self._cursor]
        if chosen.folds:
            following = self._cursor + 1
            shown = following < len(self._rows) and self._rows[following].stage is chosen.stage
            self._folded[chosen.stage] = shown
            self._draw(follow=False)
        elif chosen.event is not None:
            self.post_message(GoTo(chosen.event))

    def _draw(self, *, follow: bool) -> None:
        if self._step is None:
            return
        step = self._step
        rows = path_rows(step.world, self._folded, step.tr, self.columns)
        before, self._rows = self._rows, rows
        self._cursor = min(self._cursor, len(rows) - 1)
        self.resize_rows(len(rows))
        here = self._here()
        if follow and here is not None:
            self.show_row(here, here, context=1)
        self.refresh_rows(before, rows)

    def _here(self) -> int | None:
        """Return the row of the current event, or else of the innermost open visit."""
        for number, row in enumerate(self._rows):
            if row.current:
                return number
        return None
