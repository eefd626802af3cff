"""Keeps the search for garbage out of steps: it happens when nobody presses a key.

Knows the collector and one timer; not what is drawn.
"""

import gc

from textual.dom import DOMNode
from textual.timer import Timer

IDLE_SECONDS = 2.0
"""Once nothing was drawn for so long, what has outlived two looks may be looked at."""
RESTS = 20
"""One time in so many it is: 50 ms with a million events, in which a key would wait."""
PAUSE_SECONDS = 0.1
"""Once nothing was drawn for so long, the newest garbage is looked for: 1 ms after a step."""
YOUNG = 5000
"""So many new objects may wait even while there is no pause: 2 ms, every few steps."""
MOST = 20_000
"""At so many Python looks by itself: panes also draw while a recording is being read. 8 ms."""
_NEVER = 1_000_000
_AS_IT_WAS = gc.get_threshold()


def hand_back() -> None:
    """Give the collector back, with all that was loaded: a walk has been left."""
    gc.unfreeze()
    gc.set_threshold(*_AS_IT_WAS)
    gc.enable()


class Tidier:
    """Looks for new garbage in every pause, for old garbage now and then in a longer one.

    What is loaded when it begins stays anyway: looking through that would cost some steps 0.1 s.
    Without a terminal (in tests, which run many screens in one process) it leaves the collector
    alone.
    """

    def __init__(self, owner: DOMNode) -> None:
        self._owner = owner
        self._timer: Timer | None = None
        self._pause: Timer | None = None
        self._on = False
        self._rests = 0

    def begin(self) -> None:
        """Take over once everything is loaded; again, if more has been loaded since."""
        self._on = not self._owner.app.is_headless
        if self._on:
            gc.freeze()
            gc.set_threshold(MOST, _NEVER, _NEVER)
            gc.enable()

    def later(self) -> None:
        """Something was drawn: put it off."""
        if not self._on:
            return
        for timer in (self._pause, self._timer):
            if timer is not None:
                timer.stop()
        if gc.get_count()[0] > YOUNG:
            gc.collect(0)
        self._pause = self._owner.set_timer(PAUSE_SECONDS, self._look)
        self._timer = self._owner.set_timer(IDLE_SECONDS, self._tidy)

    def _look(self) -> None:
        gc.collect(1)

    def _tidy(self) -> None:
        self._rests += 1
        if self._rests % RESTS == 0:
            gc.collect()
