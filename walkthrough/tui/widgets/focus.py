"""Who may have the keys, and how they are given back."""

from typing import Any

from textual.screen import Screen
from textual.widget import Widget


def can_have_keys(widget: Widget) -> bool:
    """Return whether a widget can be seen and takes keys.

    To Textual, one is focusable too that is not displayed, or lies in something that is not.
    """
    return widget.focusable and all(node.display for node in widget.ancestors_with_self)


def give_keys_back(screen: Screen[Any], had: Widget | None) -> None:
    """Give the keys to who had them before; to nobody, if that one cannot be seen any more."""
    seen = had is not None and can_have_keys(had)
    screen.set_focus(had if seen else None, scroll_visible=False)
