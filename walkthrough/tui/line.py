"""A line to type into, which takes nothing that would act on a terminal."""

from textual import events
from textual.widgets import Input

from walkthrough.notation.safe import printable


class Line(Input):
    """An `Input` whose text is always safe to draw.

    Attributes:
        passed: The key that it was given last; what it has no use for goes on to the app.
    """

    passed: events.Key | None = None

    def on_key(self, event: events.Key) -> None:
        """Take note of what comes this way."""
        self.passed = event

    def validate_value(self, value: str) -> str:
        """Leave out what no keyboard gives: a paste may hold escapes and undecodable bytes."""
        if printable(value) == value:
            return value
        return "".join(each for each in value if printable(each) == each)
