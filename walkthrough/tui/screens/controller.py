"""A part of a walk's screen: the deeds of its actions, and what it does around every step.

A part carries out the actions of its own table: one method each, under the action's id. It may
also keep an action from being done (a question is to be answered first), and is told when the
screen has been drawn. It works through the screen; parts do not know each other.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.widget import Widget

from walkthrough.view.step import Moment

if TYPE_CHECKING:
    from walkthrough.tui.screens.walk import WalkScreen


class Part:
    """One part; what it does not override does nothing."""

    def __init__(self, walk: "WalkScreen") -> None:
        self._walk = walk

    def above(self, id: str) -> tuple[Widget, ...]:
        """Return what is to lie above the widget ``id`` of the screen, "timeline" or "keys"."""
        return ()

    def mounted(self) -> None:
        """Begin: the screen is there, with nothing drawn yet."""

    def before(self, id: str) -> bool:
        """Take an action over, before it is done; True if it is not to be done now."""
        return False

    def clicked(self, index: int, *, roughly: bool) -> int:
        """Take note that event ``index`` was clicked, or about there; return where that leads."""
        return index

    def shown(self, moment: Moment) -> None:
        """Take note of what has just been drawn."""

    def translated(self) -> None:
        """Draw anew what is said in words: the language is another one."""

    def deed(self, id: str) -> Callable[[], None] | None:
        """Return what carries out the action ``id``, None if it is not this part's."""
        return getattr(self, id, None) if id in type(self).__dict__ else None
