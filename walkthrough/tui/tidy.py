"""Keeps the search for garbage out of steps: it happens when nobody presses a key.

Knows the collector and one timer; not what is drawn.
"""

import gc

from textual.dom import DOMNode
from textual.timer import Timer

IDLE_SECONDS = 0.5
"""Once nothing was drawn for so long, all garbage is looked for: 5 ms."""
PAUSE_SECONDS = 0.1
"""Once nothing was drawn for so long, the newest: less than 1 ms after a step."""
YOUNG = 5000
"""So many new objects may wait even while there is no pause: 2 ms, every few steps."""
ROUNDS = 60
"""After so many of these looks without a rest, at what has outlived one of them as well: 10 ms."""


def hand_back() -> None:
    """Give the collector back, with all that was loaded: a walk has been left."""
    gc.unfreeze()
    gc.enable()


class Tidier:
    """Looks for old garbage once nothing has been drawn for a while, for new garbage in between.

    What is loaded when it begins stays anyway: looking through that would cost some steps 0.1 s.
    Without a terminal (in tests, which run many screens in one process) it leaves the collector
    alone.
    """

    def __init__(self, owner: DOMNode) -> None:
        self._owner = owner
        self._timer: Timer | None = None
        self._pause: Timer | None = None
        self._on = False
        self._looks = 0

    def begin(self) -> None:
        """Take over once everything is loaded; again, if more has been loaded since."""
        self._on = not self._owner.app.is_headless
        if self._on:
            gc.freeze()
            gc.disable()

    def later(self) -> None:
        """Something was drawn: put it off."""
        if not self._on:
            return
        for timer in (self._pause, self._timer):
            if timer is not None:
                timer.stop()
        if gc.get_count()[0] > YOUNG:
            self._look()
        self._pause = self._owner.set_timer(PAUSE_SECONDS, self._look)
        self._timer = self._owner.set_timer(IDLE_SECONDS, self._tidy)

    def _look(self) -> None:
        self._looks += 1
        gc.collect(1 if self._looks % ROUNDS == 0 else 0)

    def _tidy(self) -> None:
        self._looks = 0
        gc.collect()
