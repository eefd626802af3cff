"""A box over a screen, until something is chosen in it or it is closed."""

from textual import events
from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    """A click beside the box closes it with nothing chosen, as Esc does."""

    def on_click(self, event: events.Click) -> None:
        """Close, unless it was the box that was clicked, or something in it."""
        if event.widget is self:
            self.dismiss(None)
