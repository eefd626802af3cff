"""Keys that move on, pressed before the server is halted: each is carried out in turn.

Knows the walk and what the actions are called, no server and no pane.
"""

from collections import deque

from walkthrough.tui.screens.status import WalkMode
from walkthrough.tui.screens.walk_context import WalkContext
from walkthrough.tui.widgets.action import Group
from walkthrough.tui.widgets.actions import BY_ID

MOST = 8
"""How many keys wait, and no more: what a key that is held down has sent ends soon after it is let
go, on a slow machine too."""

_MOVES = frozenset(("step", "next_stage", "next_change", "run"))
_ACT = "next_act"
_LINE = "client_line"
"""Opens a line: what is typed behind it is for that line, and no key of the walk's."""
_TURNS = frozenset(
    ("back", "previous_stage", "previous_change", "first", "edge", "pause", "unzoom")
)
"""Actions of somebody who does not want to go on: they clear what waits."""


class Typeahead:
    """The actions that wait until the server is halted, oldest first."""

    def __init__(self, walk: WalkContext) -> None:
        self._walk = walk
        self._waiting: deque[str] = deque()
        self._going_on = False

    def queues(self, id: str) -> bool:
        """Append an action to those that wait; False if none waits, or it ends the waiting."""
        if not self._waiting or self._going_on:
            return False
        status = self._walk.status
        leaves = id in _TURNS or BY_ID[id].group is Group.PROGRAM  # the way out and help answer
        if _LINE in self._waiting and not leaves:
            self._walk.say(self._walk.tr("The line for clients opens once the server is halted."))
            return True
        acts = BY_ID[id].group is Group.CLIENT and status.mode is WalkMode.RUNNING and status.quiet
        if acts or status.at_rest:  # behind what waits for a halt, an act would never be done
            self._waiting.clear()
            return False
        if id == "run" and "run" in self._waiting:  # pressed again it halts, as when it runs
            self._waiting.clear()
            return True
        if id in _TURNS or (id == "run" and self._walk.status.mode is WalkMode.RUNNING):
            self._waiting.clear()
            return False
        return (id in _MOVES or BY_ID[id].group is Group.CLIENT) and self._put(id)

    def waits_for_the_start(self, id: str) -> bool:
        """Let an action wait that needs a server, and there is none yet; False for any other."""
        starts = self._walk.status.mode is WalkMode.STARTING
        return starts and (id in _MOVES or BY_ID[id].group is Group.CLIENT) and self._put(id)

    def waits(self, id: str) -> bool:
        """Let an action wait if the server is on its way to a halt; False if it can be done now.

        Where the server is known to run, `run` halts it, and need not wait.
        """
        halts = id == "run" and self._walk.status.mode is WalkMode.RUNNING
        waits = id in _MOVES or id == _ACT
        return waits and not halts and self._has_to_wait(id) and self._put(id)

    def _has_to_wait(self, id: str) -> bool:
        """Return whether the server is on its way to a halt, without which ``id`` is not done."""
        status = self._walk.status
        starts = status.mode is WalkMode.STARTING
        return starts or (status.coming and not (id == _ACT and status.at_rest))

    def go_on(self) -> None:
        """Carry out what waited, as far as it can be; the first that cannot be ends it."""
        if self._going_on:
            return
        self._going_on = True
        try:
            while self._waiting and not self._has_to_wait(self._waiting[0]):
                id = self._waiting.popleft()
                if not self._walk.following or not self._walk.perform(id):
                    self._waiting.clear()
        finally:
            self._going_on = False

    def _put(self, id: str) -> bool:
        if len(self._waiting) < MOST:
            self._waiting.append(id)
        if self._walk.status.mode is WalkMode.STARTING:
            self._walk.say(
                self._walk.tr(
                    "The server has not started yet: this waits until it halts. Esc forgets it."
                )
            )
        elif self._walk.status.mode is WalkMode.RUNNING:
            self._walk.say(
                self._walk.tr(
                    "The server is on its way: this waits until it halts. Esc forgets it."
                )
            )
        return True
