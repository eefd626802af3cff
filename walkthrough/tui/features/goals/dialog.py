"""The box with the scenario's text, its goals, and at the end what was seen."""

from collections.abc import Callable, Collection, Mapping
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from walkthrough.tui.widgets.clickable_list import ClickableList
from walkthrough.tui.widgets.dialogs import Dialog
from walkthrough.tui.widgets.rows_view import set_title
from walkthrough.view.quiz import ClickableRow
from walkthrough.view.text import safe


class PurposeScreen(Dialog[int | str | None]):
    """Text and list; returns the event to go to, or the action whose key was pressed.

    It stands in nobody's way: a key that means something in the walk closes it and does that.

    Args:
        rows_for: Returns the rows for a width.
        title: What the box is called.
        hint: What its keys do.
        actions: The walk's actions by their keys.
        idle: Keys that do nothing here: they were pressed once more than there was to see.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i", "leave", show=False),
    ]

    def __init__(
        self,
        rows_for: Callable[[int], list[ClickableRow]],
        title: str,
        hint: str,
        actions: Mapping[str, str],
        idle: Collection[str] = (),
    ) -> None:
        super().__init__()
        self._rows_for, self._title, self._hint = rows_for, title, hint
        self._actions, self._idle = actions, idle

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        # Without a cursor at first: Enter closes what has come up by itself.
        yield ClickableList(self._rows_for, id="purpose-rows", cursor=False)

    def on_mount(self) -> None:
        """Name the box and what its keys do."""
        view = self.query_one(ClickableList)
        set_title(view, self._title)
        view.border_subtitle = safe(self._hint)
        view.focus()

    def on_key(self, event: events.Key) -> None:
        """Close, and have done what the key means in the walk; the space bar only closes."""
        action = self._actions.get(event.key)
        if action is None or event.key in self._idle:
            return
        event.stop()
        self.dismiss(None if event.key == "space" else action)

    def action_leave(self) -> None:
        """Close without going anywhere."""
        self.dismiss(None)
