"""Keeps the search for garbage out of steps: it happens when nobody presses a key.

Knows the collector and one timer; not what is drawn.
"""

import gc

from textual.dom import DOMNode
from textual.timer import Timer

IDLE_SECONDS = 0.5
MOST_OBJECTS = 500_000
"""So many new objects may wait, some 50 MB: hundreds of steps without half a second's rest."""


def hand_back() -> None:
    """Give the collector back, with all that was loaded: a walk has been left."""
    gc.unfreeze()
    gc.enable()


class Tidier:
    """Looks for old garbage once nothing has been drawn for a while.

    What is loaded when it begins stays anyway: looking through that would cost some steps 0.1 s.
    A walk that never rests is tidied all the same, now and then. Without a terminal (in tests,
    which run many screens in one process) it leaves the collector alone.
    """

    def __init__(self, owner: DOMNode) -> None:
        self._owner = owner
        self._timer: Timer | None = None
        self._on = False

    def begin(self) -> None:
        """Take over, once everything is loaded."""
        self._on = not self._owner.app.is_headless
        if self._on:
            gc.freeze()
            gc.disable()

    def later(self) -> None:
        """Something was drawn: put it off."""
        if not self._on:
            return
        if self._timer is not None:
            self._timer.stop()
        if gc.get_count()[0] > MOST_OBJECTS:
            gc.collect(1)
        self._timer = self._owner.set_timer(IDLE_SECONDS, gc.collect)
