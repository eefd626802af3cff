"""A line to type into, which takes nothing that would act on a terminal."""

from collections import deque

from textual import events
from textual.widgets import Input

from walkthrough.formatting.escaping import printable
from walkthrough.tui.widgets.error_handling import ErrorBoundary

_MOST_PASSED = 64
"""How many keys can be on their way from a line to the app."""


class SafeInput(ErrorBoundary, Input):
    """An `Input` whose text is always safe to draw."""

    _passed: deque[events.Key]

    def on_mount(self) -> None:
        """Begin with none."""
        self._passed = deque(maxlen=_MOST_PASSED)

    def on_key(self, event: events.Key) -> None:
        """Record what goes on from here to the app, where bindings are looked for."""
        if not event.is_printable:
            self._passed.append(event)

    def has_passed(self, event: events.Key) -> bool:
        """Return whether a key has come this way, a while ago at most."""
        return any(one is event for one in self._passed)

    def replace(self, text: str, start: int, end: int) -> None:
        """Replace a part, with as much of the new as there is room for; `Input` would take none."""
        if self.max_length:
            kept = len(self.value) - abs(end - start)
            text = text[: max(self.max_length - kept, 0)]
        super().replace(text, start, end)

    def validate_value(self, value: str) -> str:
        """Leave out what no keyboard gives: a paste may hold escapes and undecodable bytes."""
        if printable(value) == value:
            return value
        return "".join(each for each in value if printable(each) == each)
