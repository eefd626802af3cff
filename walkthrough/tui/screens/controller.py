"""A controller of a walk: carries out actions, and reacts to every step.

It carries out the actions of its own table, a method each. It may also keep an action from being
done (a question is to be answered first), and is told when the screen has been drawn. It works
through a `WalkContext`; controllers do not know each other.
"""

from collections.abc import Callable

from textual.widget import Widget

from walkthrough.tui.screens.walk_context import Panes, WalkContext
from walkthrough.view.step import StepContext

Commands = dict[str, Callable[[], None]]
"""The functions that carry out actions, by the action's id."""


class Controller:
    """One controller; what it does not override does nothing."""

    def __init__(self, walk: WalkContext, panes: Panes) -> None:
        self._walk = walk
        self._panes = panes

    def commands(self) -> Commands:
        """Return the function that carries out each action of its table."""
        return {}

    def above(self, id: str) -> tuple[Widget, ...]:
        """Return what to place above the widget ``id`` of the screen: panes, timeline or keys."""
        return ()

    def mounted(self) -> None:
        """Begin: the screen exists, with nothing drawn yet."""

    def before(self, id: str) -> bool:
        """Take an action over before it is carried out; True if it must not be carried out now."""
        return False

    def refused(self, id: str) -> bool:
        """Note that an action cannot be carried out now; True if something better is said of it."""
        return False

    def clicked(self, index: int, *, roughly: bool) -> int:
        """Note that event ``index`` was clicked, or one near it; return where that leads."""
        return index

    def shown(self, step: StepContext) -> None:
        """Record what has just been drawn."""

    def also_see(self) -> tuple[str, ...]:
        """List where more can be read about what it shows: pages of manuals, Go's functions."""
        return ()

    def translated(self) -> None:
        """Draw texts again, since the language has changed."""
