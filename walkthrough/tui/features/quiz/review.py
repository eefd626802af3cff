"""The review: the score, and what to look at again. It knows nothing of the walk."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.quiz.score import QuizScore
from walkthrough.tui.widgets.dialogs import Dialog
from walkthrough.tui.widgets.rows_view import ListedRows, set_title
from walkthrough.view.quiz import ClickableRow, review_rows
from walkthrough.view.text import safe


class ReviewView(ListedRows):
    """The list; its cursor goes from one thing to look at again to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("enter", "take", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
    ]

    def __init__(self, score: QuizScore, passed: int, tr: Catalogue) -> None:
        super().__init__(id="review-rows")
        self._score, self._passed, self._tr = score, passed, tr
        self._listed: list[ClickableRow] = []
        self._groups: list[tuple[int, int, int]] = []  # first row, last row, event
        self._at = 0

    def on_resize(self) -> None:
        """Sentences are wrapped to the width."""
        self._listed = review_rows(self._score, self._passed, self._tr, self.columns)
        self._groups = []
        for number, each in enumerate(self._listed):
            if each.meant is None:
                continue
            begins = each.row and not each.row[0].text.startswith(" ")
            if begins or not self._groups:
                self._groups.append((number, number, each.meant))
            else:
                self._groups[-1] = (self._groups[-1][0], number, each.meant)
        self.show_rows([each.row for each in self._listed])
        height = len(self._listed) + 2
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height

    def row_kind(self, number: int) -> str:
        """Mark the thing at the cursor."""
        if not self._groups:
            return ""
        first = self._groups[self._at][0]
        return "here" if number == first else ""

    def on_click(self, event: events.Click) -> None:
        """Go where what was clicked leads."""
        number = self.row_at(event)
        if number is not None and self._listed[number].meant is not None:
            self.screen.dismiss(self._listed[number].meant)

    def action_move(self, by: int) -> None:
        """Move the cursor; without anything to go to, scroll."""
        if not self._groups:
            self.scroll_relative(y=by, animate=False)
            return
        self._at = min(max(self._at + by, 0), len(self._groups) - 1)
        first, last, _ = self._groups[self._at]
        if self._at == 0 and by < 0:
            first = 0
        self.show_row(first, last)
        self.refresh()

    def action_take(self) -> None:
        """Go where the thing at the cursor leads."""
        if self._groups:
            self.screen.dismiss(self._groups[self._at][2])
        else:
            self.screen.dismiss(None)


class ReviewScreen(Dialog[int | None]):
    """Score and list; returns the event to go to, None if none was chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,R,space,question_mark", "leave", show=False)
    ]

    def __init__(self, score: QuizScore, passed: int, tr: Catalogue) -> None:
        super().__init__()
        self._score, self._passed, self._tr = score, passed, tr

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        yield ReviewView(self._score, self._passed, self._tr)

    def on_mount(self) -> None:
        """Name the box and what its keys do."""
        tr = self._tr
        view = self.query_one(ReviewView)
        set_title(view, tr("Predicted"))
        view.border_subtitle = safe(tr("↑ ↓ Enter goes there · Esc closes"))
        view.focus()

    def action_leave(self) -> None:
        """Close without going anywhere."""
        self.dismiss(None)
