"""What the action of staying with a process does: steps, stages and changes of others are passed.

Live, the capture is told whose event it is to halt at.
"""

from walkthrough.i18n.messages import message
from walkthrough.state.process_steps import FIRST
from walkthrough.state.process_walk import ProcessWalk
from walkthrough.state.world import World
from walkthrough.tui.screens.controller import Commands, Controller
from walkthrough.tui.screens.status import WalkMode
from walkthrough.tui.screens.walk_context import Panes, WalkContext
from walkthrough.view.process_text import name_in


class ProcessController(Controller):
    """Stays with one process, until it is told to leave it."""

    def __init__(self, walk: WalkContext, panes: Panes) -> None:
        super().__init__(walk, panes)
        self._ahead = {
            "step": ProcessWalk.next_step,
            "next_stage": ProcessWalk.next_stage,
            "next_change": ProcessWalk.next_change,
        }
        self._behind = {
            "back": ProcessWalk.previous_step,
            "previous_stage": ProcessWalk.previous_stage,
            "previous_change": ProcessWalk.previous_change,
        }

    def commands(self) -> Commands:
        """Return what carries out each action."""
        return {"one_process": self.one_process}

    def one_process(self) -> None:
        """Stay with the process of the step that is shown, or leave the one that it stays with."""
        walk, history = self._walk, self._walk.history
        if history is None:
            return
        if walk.staying is not None:
            walk.stay(None)
            walk.say(walk.tr("Steps of all processes again."))
            return
        world = history.world(walk.status.index)
        process = FIRST if world.process in (0, history.header.pid) else world.process
        walk.stay(process)
        walk.say(walk.tr("Steps of other processes are passed over: I again shows them."))

    def before(self, id: str) -> bool:
        """Take over what moves the walk, while it stays with a process."""
        walk, history, staying = self._walk, self._walk.history, self._walk.staying
        if staying is None or history is None:
            return False
        steps = ProcessWalk(history, staying)
        if id in self._behind:
            target = self._behind[id](steps, walk.status.index)
            if target is None:
                walk.say(self._none(world=history.world(walk.status.index), ahead=False))
            else:
                walk.move_to(target)
            return True
        if id in self._ahead:
            return self._go_on(id, steps)
        return False

    def _go_on(self, id: str, steps: ProcessWalk) -> bool:
        """Go to the next step of the process, if it is known; else let the capture find it."""
        walk = self._walk
        target = self._ahead[id](steps, walk.status.index)
        if target is not None:
            walk.move_to(target)
            return True
        if walk.live is not None and walk.status.mode.live:
            if not walk.status.at_edge:
                walk.move_to_end()
            return walk.live.mode is not WalkMode.HALTED
        if id != "step" and walk.reader.going_on:
            return False  # what has yet to be read is waited for there
        history = walk.history
        assert history is not None
        walk.say(self._none(world=history.world(walk.status.index), ahead=True))
        return True

    def _none(self, *, world: World, ahead: bool) -> str:
        staying = self._walk.staying
        text = (
            message("Nothing more comes from {process}: I shows the other processes again.")
            if ahead
            else message("Nothing of {process} is before this: I shows the other processes again.")
        )
        return self._walk.tr(text, process=name_in(world, staying or world.first))

    def clicked(self, index: int, *, roughly: bool) -> int:
        """Go to a step of the process, where any nearby event will do."""
        history, staying = self._walk.history, self._walk.staying
        if not roughly or history is None or staying is None:
            return index
        return ProcessWalk(history, staying).nearest(index)
