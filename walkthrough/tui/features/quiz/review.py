"""The review: the score, and what to look at again. It knows nothing of the walk."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.quiz.score import QuizScore
from walkthrough.tui.widgets.clickable_list import ClickableList
from walkthrough.tui.widgets.dialogs import Dialog
from walkthrough.tui.widgets.rows_view import set_title
from walkthrough.view.quiz import ClickableRow, review_rows
from walkthrough.view.text import safe


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

        def rows_for(width: int) -> list[ClickableRow]:
            return review_rows(self._score, self._passed, self._tr, width)

        yield ClickableList(rows_for, id="review-rows", cursor=True)

    def on_mount(self) -> None:
        """Name the box and what its keys do."""
        tr = self._tr
        view = self.query_one(ClickableList)
        set_title(view, tr("Predicted"))
        view.border_subtitle = safe(tr("↑ ↓ Enter goes there · Esc closes"))
        view.focus()

    def action_leave(self) -> None:
        """Close without going anywhere."""
        self.dismiss(None)
