"""Who may have the keys, and how they are given back."""

from typing import Any, NamedTuple, Protocol, runtime_checkable

from textual.screen import Screen
from textual.widget import Widget


class TakenKeys(NamedTuple):
    """What becomes of keys while a widget has the focus, where that is not as usual.

    Attributes:
        own: Keys that mean something else in it.
        through: The only keys that still mean what they do elsewhere; None for all but ``own``.
    """

    own: frozenset[str] = frozenset()
    through: frozenset[str] | None = None


@runtime_checkable
class TakesKeys(Protocol):
    """A widget that keeps keys to itself which mean something else everywhere else."""

    @property
    def taken_keys(self) -> TakenKeys:
        """What becomes of keys while it has the focus."""


def taken_by(widget: Widget | None) -> TakenKeys:
    """Return what becomes of keys while a widget has the focus; None stands for no widget."""
    # Asked several times at every step, so it is not asked whether it is a `TakesKeys`: that goes
    # through all attributes of a protocol each time.
    taken = getattr(widget, "taken_keys", None)
    return taken if isinstance(taken, TakenKeys) else _AS_USUAL


_AS_USUAL = TakenKeys()


def can_have_keys(widget: Widget) -> bool:
    """Return whether a widget can be seen and takes keys.

    To Textual, one is focusable too that is not displayed, or lies in something that is not.
    """
    return widget.focusable and all(node.display for node in widget.ancestors_with_self)


def give_keys_back(screen: Screen[Any], had: Widget | None) -> None:
    """Give the keys to who had them before; to nobody, if that one cannot be seen any more."""
    seen = had is not None and can_have_keys(had)
    screen.set_focus(had if seen else None, scroll_visible=False)
