"""The box with the scenario's text, its goals, and at the end what was seen."""

from collections.abc import Callable, Collection, Mapping
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from walkthrough.tui.widgets.dialogs import Dialog
from walkthrough.tui.widgets.rows_view import ListedRows, set_title
from walkthrough.view.quiz import ClickableRow
from walkthrough.view.text import safe


class PurposeView(ListedRows):
    """The list; its cursor goes from one goal that was reached to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("enter", "take", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
    ]

    def __init__(self, rows_for: Callable[[int], list[ClickableRow]]) -> None:
        super().__init__(id="purpose-rows")
        self._rows_for = rows_for
        self._listed: list[ClickableRow] = []
        self._reached: list[tuple[int, int]] = []  # first row, event
        self._at = -1

    def on_resize(self) -> None:
        """Sentences are wrapped to the width."""
        self._listed = self._rows_for(self.columns)
        self._reached = []
        for number, each in enumerate(self._listed):
            if each.meant is not None and each.row[0].text.strip():
                self._reached.append((number, each.meant))
        self.show_rows([each.row for each in self._listed])
        height = len(self._listed) + 2
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height

    def row_kind(self, number: int) -> str:
        """Mark the goal at the cursor."""
        here = self._reached and self._at >= 0 and self._reached[self._at][0] == number
        return "here" if here else ""

    def on_click(self, event: events.Click) -> None:
        """Go where what was clicked leads."""
        number = self.row_at(event)
        if number is not None and self._listed[number].meant is not None:
            self.screen.dismiss(self._listed[number].meant)

    def action_move(self, by: int) -> None:
        """Move the cursor; without anything to go to, scroll."""
        if not self._reached:
            self.scroll_relative(y=by, animate=False)
            return
        self._at = min(max(self._at + by, 0), len(self._reached) - 1)
        first = self._reached[self._at][0]
        self.show_row(first, first)
        self.refresh()

    def action_take(self) -> None:
        """Go where the goal at the cursor was reached; without one, close."""
        self.screen.dismiss(self._reached[self._at][1] if self._at >= 0 else None)


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
        yield PurposeView(self._rows_for)

    def on_mount(self) -> None:
        """Name the box and what its keys do."""
        view = self.query_one(PurposeView)
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
