"""Where what is said for some seconds stands: above the last rows, over nothing that is read."""

from collections.abc import Callable
from typing import Any

from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widgets._toast import ToastRack


def place_messages(screen: Screen[Any], below: Callable[[], int]) -> None:
    """Let what is said end above row ``below()``, wherever the screen's layout moves that.

    Style sheets cannot: what stands in the last rows has the height of its text.

    Args:
        screen: The screen, once it has been made.
        below: Returns the first row, from 0, that has to stay free.
    """

    def place(_: object) -> None:
        try:
            rack = screen.get_child_by_type(ToastRack)
        except NoMatches:  # nothing is said where notifications are switched off
            return
        free = max(screen.size.height - below(), 0)
        if rack.display and rack.styles.margin.bottom != free:
            rack.styles.margin = (0, 0, free, 0)

    screen.screen_layout_refresh_signal.subscribe(screen, place, immediate=True)
