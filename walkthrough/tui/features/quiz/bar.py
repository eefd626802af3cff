"""The bar of predict mode, which is where the box is while something is asked."""

from collections.abc import Callable, Sequence

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.quiz.score import GivenAnswer, QuizScore
from walkthrough.tui.widgets.rows_view import ListedRows
from walkthrough.view.quiz import bar_rows

_BarContent = tuple[QuizScore, list[GivenAnswer], GivenAnswer | None, Catalogue, str, Sequence[str]]


class QuizBar(ListedRows, can_focus=False):
    """The score while nothing is asked, and what was asked at this step; a click shows all."""

    thumb = 0

    def __init__(self, clicked: Callable[[], None]) -> None:
        super().__init__(id="predict-bar")
        self._clicked = clicked
        self._inputs: _BarContent | None = None

    def tell(
        self,
        score: QuizScore,
        here: list[GivenAnswer],
        waiting: GivenAnswer | None,
        tr: Catalogue,
        said: str,
        modes: Sequence[str] = (),
    ) -> None:
        """Draw where predicting stands."""
        self._inputs = (score, here, waiting, tr, said, modes)
        self._draw()

    def on_resize(self) -> None:
        """What does not fit is cut."""
        self._draw()

    def on_click(self) -> None:
        """Show the review."""
        self._clicked()

    def _draw(self) -> None:
        if self._inputs is not None:
            score, here, waiting, tr, said, modes = self._inputs
            rows = bar_rows(score, here, waiting, tr, self.columns, said=said, modes=modes)
            self.show_rows(rows[: max(self.size.height, 1)])
