"""Keeps the search for garbage out of steps: it happens when nobody presses a key.

Knows the collector and the clock; not what is drawn.
"""

import asyncio
import gc

from textual.dom import DOMNode

IDLE_SECONDS = 2.0
"""Once nothing was drawn for so long, what has outlived two looks may be looked at."""
RESTS = 20
"""One time in this many it is: 50 ms with a million events, in which a key would wait."""
PAUSE_SECONDS = 0.1
"""Once nothing was drawn for so long, the newest garbage is looked for: 1 ms after a step."""
YOUNG = 5000
"""How many new objects may wait even while there is no pause: 2 ms, every few steps."""
MOST = 20_000
"""At this many Python looks by itself: panes also draw while a recording is being read. 8 ms."""
_NEVER = 1_000_000
_AS_IT_WAS = gc.get_threshold()


def hand_back() -> None:
    """Give the collector back, with all that was loaded: a walk has been left."""
    gc.unfreeze()
    gc.set_threshold(*_AS_IT_WAS)
    gc.enable()


class GcScheduler:
    """Looks for new garbage in every pause, for old garbage now and then in a longer one.

    What is loaded when it begins stays anyway: looking through that would cost some steps 0.1 s.
    Without a terminal (in tests, which run many screens in one process) it leaves the collector
    alone.
    """

    def __init__(self, owner: DOMNode) -> None:
        self._owner = owner
        # Handles of the loop's: a timer of the screen's is a task, made and ended for each step.
        self._due: list[asyncio.TimerHandle] = []
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
        self._put_off()
        if gc.get_count()[0] > YOUNG:
            gc.collect(0)
        loop = asyncio.get_running_loop()
        self._due.append(loop.call_later(PAUSE_SECONDS, self._look))
        self._due.append(loop.call_later(IDLE_SECONDS, self._tidy))

    def end(self) -> None:
        """Look no more: the walk has been left."""
        self._on = False
        self._put_off()

    def _put_off(self) -> None:
        for handle in self._due:
            handle.cancel()
        self._due.clear()

    def _look(self) -> None:
        gc.collect(1)

    def _tidy(self) -> None:
        self._rests += 1
        if self._rests % RESTS == 0:
            gc.collect()
