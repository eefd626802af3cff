"""Waits for a time or a stage that has not been read from a recording yet.

What was typed is looked up repeatedly; its owner decides what it means.
"""

from collections.abc import Callable
from typing import NamedTuple

from textual.timer import Timer

from walkthrough.tui.panes.timeline.pane import TimelinePane
from walkthrough.tui.screens.walk_context import WalkContext
from walkthrough.view.text import elide, safe

_TICK = 0.05
"""Seconds from one look to the next."""
_MOST_SAID = 16
"""Cells of what was typed that the header has room for."""


class _GotoTarget(NamedTuple):
    """What was typed, and the event that the walk stood at."""

    typed: str
    at: int


class PendingGoto:
    """At most one thing is looked for; going anywhere else ends it.

    Args:
        walk: The walk.
        pane: The timeline.
        find: Returns where what was typed leads, what is wrong with it, or None while that is open.
        arrive: Goes there.
    """

    def __init__(
        self,
        walk: WalkContext,
        pane: TimelinePane,
        find: Callable[[str], int | str | None],
        arrive: Callable[[str, int], None],
    ) -> None:
        self._walk, self._pane = walk, pane
        self._find, self._arrive = find, arrive
        self._sought: _GotoTarget | None = None
        self._timer: Timer | None = None

    def mounted(self) -> None:
        """Get ready."""
        self._timer = self._walk.set_interval(_TICK, self._look, pause=True)

    def begin(self, typed: str) -> None:
        """Look for this instead of what was waited for."""
        self._walk.reader.forget()
        self._sought = _GotoTarget(typed, self._walk.status.index)
        self._say()
        if self._timer is not None:
            self._timer.resume()

    def shown(self, index: int) -> None:
        """Give up if the walk has gone elsewhere; else say it again, in the current language."""
        if self._sought is not None:
            if self._sought.at == index:
                self._say()
            else:
                self._end()

    def give_up(self) -> bool:
        """Stop looking; return whether something was looked for."""
        if self._sought is None:
            return False
        self._end()
        self._walk.remark("")
        return True

    def _look(self) -> None:
        sought = self._sought
        if sought is None or not self._pane.is_attached:  # it goes before the walk does
            return
        if self._walk.reader.waits:  # for something that was asked for meanwhile
            self.give_up()
            return
        facts = self._pane.timeline
        if facts is not None:
            facts.take()
        found = self._find(sought.typed)
        if found is None:
            return
        self.give_up()
        if isinstance(found, str):
            self._walk.say(found)
        else:
            self._arrive(sought.typed, found)

    def _say(self) -> None:
        assert self._sought is not None
        what = elide(safe(self._sought.typed.strip()), _MOST_SAID)
        self._walk.remark(self._walk.tr("looking for {what}", what=what))

    def _end(self) -> None:
        self._sought = None
        if self._timer is not None:
            self._timer.pause()
