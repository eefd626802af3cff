"""A box over a screen, until something is chosen in it or it is closed."""

from typing import ClassVar

from textual import events
from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette
from textual.screen import ModalScreen, ScreenResultType

from walkthrough.tui.widgets.error_handling import ErrorBoundary, is_ready


class Box(ErrorBoundary, ModalScreen[ScreenResultType]):
    """A box that closes once.

    A key or a click may be on its way to it when it closes: the base class would take away the
    screen below, whatever that is.
    """

    points_at_keys: ClassVar[bool] = False
    """Whether the key bar of the screen below is what it speaks of, and keeps its keys."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Ignore keys before the box has been made, and while it is being removed."""
        return is_ready(self) and super().check_action(action, parameters)

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close, with what was chosen."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Dialog(Box[ScreenResultType]):
    """A click beside the box closes it with nothing chosen, as Esc does."""

    def on_click(self, event: events.Click) -> None:
        """Close, unless it was the box that was clicked, or something in it."""
        if event.widget is self:
            self.dismiss(None)


class Palette(CommandPalette, Box[None]):
    """The command palette, which closes once as well."""

    def _action_command_list(self, action: str) -> None:
        """Pass an action on to the list, unless it is to turn pages and has no room for a line.

        So it is before the list has been opened; the base class would look for a line in nothing.
        """
        room = self.query_one(CommandList).scrollable_content_region
        if room or not action.startswith("page"):
            super()._action_command_list(action)
