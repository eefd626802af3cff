"""The controller of goals: follows them, draws the bar, and shows the summary when a walk ends."""

import sys

from textual.widget import Widget

from walkthrough.scenario.goals import GoalTracker
from walkthrough.scenario.order import proposed_after
from walkthrough.scenario.routes import ROUTES
from walkthrough.scenario.schema import Scenario
from walkthrough.state.history import History
from walkthrough.tui.features.goals.bar import GoalBar
from walkthrough.tui.features.goals.dialog import PurposeScreen
from walkthrough.tui.screens.controller import Commands, Controller
from walkthrough.tui.screens.status import WalkMode, WalkStatus
from walkthrough.tui.screens.walk_context import Panes, WalkContext
from walkthrough.tui.widgets.action import Group, named_keys
from walkthrough.tui.widgets.actions import ACTIONS, BY_ID
from walkthrough.view.goal import WalkPurpose, purpose_rows
from walkthrough.view.next_act import next_act_row
from walkthrough.view.quiz import ClickableRow
from walkthrough.view.step import StepContext
from walkthrough.view.timeline.status_line import whose_step
from walkthrough.view.traced_program import description

_ONWARD = ("step", "next_stage", "next_change", "run")
"""Actions that lead past the last event of a recording: then what was seen is shown."""
_LONG_STEPS = ("next_stage", "next_change")
"""Steps that end where a goal is reached, so that it is seen when it happens."""
_STEPS = ("step", *_LONG_STEPS)
_OVER = (WalkMode.REPLAY, WalkMode.ENDED, WalkMode.FAILED)


class GoalController(Controller):
    """Says what the walk is for, and at its end what was seen."""

    def __init__(self, walk: WalkContext, panes: Panes) -> None:
        super().__init__(walk, panes)
        self._bar = GoalBar()
        self._tracker: GoalTracker | None = None
        self._scenario: Scenario | None = None
        self._step: StepContext | None = None
        self._summed_up = False
        self._taken: set[str] = set()
        self._seen = False
        self._since = 0
        self._left_at = sys.maxsize  # the event from which a live walk went on

    def commands(self) -> Commands:
        """Return what carries out the action."""
        return {"goals": self.open}

    def above(self, id: str) -> tuple[Widget, ...]:
        """Return the bar; it is visible once it is known what the walk is for."""
        return (self._bar,) if id == "panes" else ()

    def before(self, id: str) -> bool:
        """Note from where it goes on: what a jump passes over in a recording was not seen."""
        status = self._walk.status
        if status.mode is WalkMode.REPLAY:
            self._since = status.index + 1 if id in _STEPS else sys.maxsize
        elif status.at_edge and (id in _ONWARD or BY_ID[id].group is Group.CLIENT):
            self._left_at = status.index
        return self._stops_on_the_way(id)

    def _stops_on_the_way(self, id: str) -> bool:
        """Go to the first goal that a longer step would pass; False if there is none."""
        history, tracker = self._walk.history, self._tracker
        if id not in _LONG_STEPS or history is None or tracker is None or self._walk.hushed:
            return False
        here = self._walk.status.index
        end = history.next_stage(here) if id == "next_stage" else history.next_change(here)
        reached = (history.step_end(event) for event in tracker.reached if event is not None)
        goal = min((event for event in reached if here < event < end), default=None)
        if goal is not None:
            self._walk.move_to(goal)
        return goal is not None

    def clicked(self, index: int, *, roughly: bool) -> int:
        """Note that a click jumps."""
        self._since = sys.maxsize
        return index

    def shown(self, step: StepContext) -> None:
        """Note what this step has reached; at the end of a live walk, show what was seen."""
        self._step = step
        if self._tracker is None and not self._begin(step.history):
            self._tell_program(step)
            return
        purpose = self._purpose()
        self._tell(purpose)
        self._keep(purpose)
        if self._is_finished(purpose):
            self._summed_up = True
            self._walk.call_later(self._sum_up)

    def refused(self, id: str) -> bool:
        """Past the last event, show what was seen, once."""
        status = self._walk.status
        if id not in _ONWARD or status.reading or self._summed_up or self._walk.hushed:
            return False
        if self._tracker is None or not self._tracker.goals:
            return False
        if status.mode is not WalkMode.REPLAY and not self._is_past(self._purpose()):
            return False
        self._summed_up = True
        self._show(by_itself=True)
        return True

    def translated(self) -> None:
        """Say it in the other language."""
        if self._tracker is None and self._step is not None:
            self._tell_program(self._step)
        if self._tracker is not None and self._step is not None:
            self._tell(self._purpose())

    def _tell_program(self, step: StepContext) -> None:
        """Draw which program is traced, if no scenario is walked but one is."""
        header = step.history.header
        if header.program is not None:
            self._walk.set_modes({"-purpose": True, "-traced": self._walk.live is not None})
            self._bar.tell_program(header, self._walk.status.traced, self._walk.tr)

    def _tell(self, purpose: WalkPurpose) -> None:
        """Draw the bar; live, with what the scenario's clients do next."""
        act = BY_ID["next_act"].shown
        offered = self._walk.status.offered if purpose.live else None
        waits = bool(self._walk.status.repeats)
        due = next_act_row(offered, self._walk.tr, act, hushed=purpose.hushed, waits=waits)
        now = offered is not None and (offered.due or (offered.stalled and not waits))
        self._bar.tell(purpose, self._walk.tr, due, now)

    # The action

    def open(self) -> None:
        """Show the scenario's text, its goals, and what was seen."""
        self._show()

    def _show(self, *, by_itself: bool = False) -> None:
        tr = self._walk.tr
        if self._tracker is None and self._step is not None:
            header, live = self._step.history.header, self._walk.status.mode.live
            if header.program is not None:
                self._walk.say(description(header, tr, live=live))
                return
        if self._tracker is None:
            self._walk.say(
                tr("Nothing is known of what this walk is for: it is of no scenario that is here.")
            )
            return
        purpose = self._purpose()
        done = purpose.over or purpose.settled
        following = self._proposed(purpose.scenario.name) if done else None
        status = self._walk.status
        keys = [(action.shown, name) for action, name in named_keys(ACTIONS, status, tr)]

        def rows_for(width: int) -> list[ClickableRow]:
            return purpose_rows(purpose, tr, width, following=following, keys=keys)

        hint = tr("↑ ↓ Enter goes there · Esc closes") if purpose.count else tr("Esc closes")
        pressed = {key: action.id for action in ACTIONS for key in action.keys}
        # A key that leads on is pressed several times in a row: it may not close what it opened.
        idle = [key for id in _ONWARD for key in BY_ID[id].keys] if by_itself else []
        box = PurposeScreen(rows_for, purpose.scenario.name, hint, pressed, idle)
        self._walk.ask(box, self._answered)

    def _proposed(self, name: str) -> Scenario | None:
        """Return what home would propose now, besides what is walked."""
        program = self._walk.program
        route = ROUTES.get(program.preferences.route or "")
        return proposed_after(name, program.progress.known, route)

    def _answered(self, answer: int | str | None) -> None:
        if isinstance(answer, int):
            self._go_to(answer)
        elif answer is not None:
            self._walk.action_perform(answer)

    def _go_to(self, event: int) -> None:
        """Go to the step of an event; say so where the header will have another number."""
        self._walk.move_to(event)
        history = self._walk.history
        if history is not None and history.step_end(event) != event:
            self._walk.remark(whose_step(history, event, self._walk.tr))

    # Where it stands

    def _begin(self, history: History) -> bool:
        """Begin to follow the goals, once it is known what is walked; False if there are none."""
        scenario = getattr(self._walk.lesson, "scenario", None)
        if not isinstance(scenario, Scenario):
            return False
        self._scenario = scenario
        self._tracker = GoalTracker(scenario.goal, history.header)
        self._tracker.follow(history)
        self._walk.goals = self._tracker
        live = self._walk.live is not None
        acts = live and bool(scenario.goal or scenario.script)
        self._walk.set_modes({"-purpose": True, "-acting": acts})
        return True

    def _purpose(self) -> WalkPurpose:
        """Return what the walk is for at the step that is shown."""
        tracker, scenario, step = self._tracker, self._scenario, self._step
        assert tracker is not None and scenario is not None and step is not None  # noqa: PT018
        status, history = self._walk.status, step.history
        if status.mode is not WalkMode.RUNNING and history.whole:
            tracker.settle()
        reached = tracker.reached_by(step.index)
        start = history.step_start(step.index)
        if self._walk.live is not None and status.at_edge:
            # What the server printed, say, came before the event at which it halted.
            start = min(start, self._left_at + 1)
        return WalkPurpose(
            scenario,
            tracker.goals,
            tuple(None if at is None else at + 1 for at in reached),
            tuple(at for at, event in enumerate(reached) if event is not None and event >= start),
            tuple(at for at, is_late in enumerate(tracker.missed_by(step.index)) if is_late),
            live=status.mode.live,
            over=status.at_edge and self._is_over(status),
            hushed=self._walk.hushed,
        )

    def _is_finished(self, purpose: WalkPurpose) -> bool:
        """Return whether what was seen is to be shown now: once, and not over what is just seen."""
        if self._summed_up or not purpose.goals or self._walk.hushed or self._walk.live is None:
            return False
        leads_on = self._walk.status.mode is WalkMode.RUNNING  # no key is refused, to show it then
        return self._is_past(purpose) and (leads_on or not purpose.new)

    def _is_past(self, purpose: WalkPurpose) -> bool:
        """Return whether a live walk has come to its end."""
        status = self._walk.status
        # It may rest without being parked: where it polls with a system call of its own, say.
        rests = status.mode is WalkMode.RUNNING and status.quiet
        idle = (rests or status.mode is WalkMode.WAITING) and not _is_offered(status)
        return purpose.over or (status.at_edge and purpose.settled and idle)

    def _is_over(self, status: WalkStatus) -> bool:
        """Return whether nothing more will come."""
        gone = status.mode is WalkMode.EXITED and not _is_offered(status)
        return gone or (status.mode in _OVER and not status.reading)

    def _sum_up(self) -> None:
        if self._walk.is_attached and not self._walk.hushed:
            self._show(by_itself=True)

    def _keep(self, purpose: WalkPurpose) -> None:
        """Have remembered what was reached, and that the walk was seen to its end."""
        reached = [
            goal.id
            for at, (goal, event) in enumerate(zip(purpose.goals, purpose.reached, strict=True))
            if event is not None
            and goal.id not in self._taken
            and (event > self._since or at in purpose.new)
        ]
        taken = self._taken | {*reached}
        ids = {goal.id for goal in purpose.goals}
        seen = ids <= taken if ids else purpose.over
        if reached or (seen and not self._seen):
            self._taken, self._seen = taken, self._seen or seen
            self._walk.program.take_walk(purpose.scenario.name, seen=seen, reached=reached)


def _is_offered(status: WalkStatus) -> bool:
    """Return whether the scenario's script has something left to do."""
    return status.offered is not None and bool(status.offered.action)
