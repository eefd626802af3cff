"""The bar with the goal to come, as a widget."""

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.tui.features.goals.bindings import KEY
from walkthrough.tui.widgets.bars import ClickableBar
from walkthrough.view.goal import WalkPurpose, goal_bar_rows
from walkthrough.view.text import Row


class GoalBar(ClickableBar, can_focus=False):
    """Draws `goal_bar_rows`; it keeps its height, so that a step moves nothing.

    A click on it opens the scenario's text.
    """

    def __init__(self) -> None:
        super().__init__(id="goal")
        self._inputs: tuple[WalkPurpose, Catalogue, Row, bool] | None = None

    def tell(self, purpose: WalkPurpose, tr: Catalogue, due: Row = (), now: bool = False) -> None:
        """Draw what the walk is for; ``due`` is what a client is to do next, ``now`` or later."""
        if self._inputs != (purpose, tr, due, now):
            self._inputs = (purpose, tr, due, now)
            self._draw()

    def on_resize(self) -> None:
        """Texts are wrapped to the width."""
        self._draw()

    def _draw(self) -> None:
        if self._inputs is not None and self.size.height:
            purpose, tr, due, now = self._inputs
            width, height = self.columns, self.size.height
            self._spans = [(0, width, "goals")]
            self.show_rows(goal_bar_rows(purpose, tr, width, height, key=KEY, due=due, now=now))
