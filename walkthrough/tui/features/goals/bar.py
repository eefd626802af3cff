"""The bar with the goal to come, as a widget."""

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.model.events import Header
from walkthrough.tui.features.goals.bindings import KEY
from walkthrough.tui.widgets.bars import ClickableBar
from walkthrough.view.goal import WalkPurpose, goal_bar_rows
from walkthrough.view.text import Row
from walkthrough.view.traced_program import TracedWalk, program_bar_rows


class GoalBar(ClickableBar, can_focus=False):
    """Draws `goal_bar_rows`; it keeps its height, so that a step moves nothing.

    A click on it opens the scenario's text.
    """

    def __init__(self) -> None:
        super().__init__(id="goal")
        self._inputs: tuple[WalkPurpose, Catalogue, Row, bool] | None = None
        self._program: tuple[Header, TracedWalk | None, Catalogue] | None = None

    def tell(self, purpose: WalkPurpose, tr: Catalogue, due: Row = (), now: bool = False) -> None:
        """Draw what the walk is for; ``due`` is what a client is to do next, ``now`` or later."""
        if self._inputs != (purpose, tr, due, now):
            self._inputs = (purpose, tr, due, now)
            self._draw()

    def tell_program(self, header: Header, traced: TracedWalk | None, tr: Catalogue) -> None:
        """Draw which program is traced; ``traced`` is what there is to say while it is live."""
        # How long it is still kept halted is said in the header.
        facts = traced._replace(halt_left=None) if traced is not None else None
        if self._program != (header, facts, tr):
            self._program = (header, facts, tr)
            self._draw()

    def on_resize(self) -> None:
        """Texts are wrapped to the width."""
        self._draw()

    def _draw(self) -> None:
        width, height = self.columns, self.size.height
        if self._program is not None and height:
            header, traced, tr = self._program
            self._spans = [(0, width, "goals")]
            self.show_rows(program_bar_rows(header, traced, tr, width, height))
        elif self._inputs is not None and height:
            purpose, tr, due, now = self._inputs
            self._spans = [(0, width, "goals")]
            self.show_rows(goal_bar_rows(purpose, tr, width, height, key=KEY, due=due, now=now))
