"""Follows a walk and says which of its scenario's goals were reached, and at which event.

Pure: events in, numbers out. It may be a recording, a run that is checked or one that goes on: each
event is folded once, when it comes, so the answer costs nothing when a step is drawn.

A view of the kernel belongs to the event before it, so a moment is complete only with the next
event. Where none will come, because the server is halted or has ended, call `GoalTracker.settle`.
"""

from collections.abc import Callable, Iterator, Sequence

from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    Header,
    KernelObserved,
    MemoryMeasured,
    OutputWritten,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.scenario.checks.applicability import holds_in
from walkthrough.scenario.checks.kernel_values import comparable, spell, values_of
from walkthrough.scenario.checks.patterns import TextPattern
from walkthrough.scenario.checks.printed_lines import PrintedLines
from walkthrough.scenario.checks.spelled_calls import SpelledCall
from walkthrough.scenario.schema import ActionKind, Goal
from walkthrough.state.builder import WorldBuilder
from walkthrough.state.history import History
from walkthrough.state.reducer import fold
from walkthrough.state.triggers import PlacedWorld, Point, PointKind, PointWatcher, stands_for
from walkthrough.state.world import World


def goals_of(goals: Sequence[Goal], header: Header) -> tuple[Goal, ...]:
    """Return the goals that hold for the server and the Go version of a capture."""
    return tuple(goal for goal in goals if holds_in(goal, header))


class GoalTracker:
    """All goals of one walk; `fold` each event.

    Args:
        goals: The goals.
        header: The capture's first line: some goals hold for one server only.
        fill: Fills in ``{neighbour}`` and ``{dir}``; what it leaves matches any text.

    Attributes:
        goals: Those that hold here.
    """

    def __init__(
        self, goals: Sequence[Goal], header: Header, fill: Callable[[str], str] = str
    ) -> None:
        self.goals = goals_of(goals, header)
        self._watched = [_WatchedGoal(goal, fill) for goal in self.goals]
        self._by_id = {goal.id: each for goal, each in zip(self.goals, self._watched, strict=True)}
        self._open = tuple(self._watched)
        self._world = WorldBuilder(World())
        self._state: KernelState | None = None
        self._pending: _Moment | None = None
        self._omitted = header.payload_omitted
        self._printed = PrintedLines()
        self._begun: dict[int, CallEntered] = {}
        self._in_main = False
        self._sort_open()

    @property
    def reached(self) -> tuple[int | None, ...]:
        """For each goal the number of the event at which it was reached, None if it was not."""
        return tuple(each.reached for each in self._watched)

    @property
    def count(self) -> int:
        """How many goals have been reached."""
        return sum(each.reached is not None for each in self._watched)

    def reached_by(self, index: int) -> tuple[int | None, ...]:
        """Return the same as it was known at event ``index``."""
        return tuple(
            each.reached if each.reached is not None and each.reached <= index else None
            for each in self._watched
        )

    def missed_by(self, index: int) -> tuple[bool, ...]:
        """Return which goals could not be reached any more at event ``index``."""
        return tuple(each.missed is not None and each.missed <= index for each in self._watched)

    def follow(self, history: History) -> None:
        """Record the events of a history: those that are there, then each as it comes."""
        for event in history.between(0, len(history)):
            self.fold(event)
        history.watch(self.take)

    def fold(self, event: AnyEvent) -> None:
        """Record the next event."""
        if self._needs_world:
            fold(self._world, event)
        self.take(event, self._world)

    def take(self, event: AnyEvent, world: PlacedWorld) -> None:
        """Record the next event, whose world somebody else has folded."""
        if not self._open:
            return
        if isinstance(event, KernelObserved):
            self._state = event.state
            moment, self._pending = self._pending or _Moment(None, event.seq), None
            self._place(moment, world)
            self._look(moment)
            return
        self.settle()
        self._pending = self._moment(event)
        self._place(self._pending, world)

    def settle(self) -> None:
        """Judge the newest event although a view of the kernel may still follow it.

        Where one does, the event is judged once more with that.
        """
        if self._pending is not None:
            self._look(self._pending)

    def misses(self) -> Iterator[Message]:
        """Yield a sentence for each goal that was not reached, once all events are folded."""
        self.settle()
        for each in self._watched:
            if each.reached is None:
                yield each.miss() if self._is_its_turn(each) else each.miss_before_its_turn()

    def _moment(self, event: AnyEvent) -> "_Moment":
        moment = _Moment(event, event.seq)
        if isinstance(event, FunctionEntered | CallEntered):
            # What Go's runtime asks the machine before main is not a part of the walk.
            self._in_main = self._in_main or not event.quiet
        if isinstance(event, CallEntered):
            if self._needs_calls and event.span is not None:
                self._begun[event.span] = event
        elif isinstance(event, CallReturned):
            begun = self._begun.pop(event.span, None) if event.span is not None else None
            if self._needs_calls and self._in_main:
                moment.call = SpelledCall(begun, event)
        elif isinstance(event, OutputWritten):
            moment.printed = None if self._omitted else self._printed.add(event)
        return moment

    def _place(self, moment: "_Moment", world: PlacedWorld) -> None:
        """Note which points that are states hold: the world goes on before the moment is judged."""
        if self._needs_world:
            moment.holding = tuple(
                each for each in self._open if each.needs_world and each.stands(world)
            )

    def _look(self, moment: "_Moment") -> None:
        moment.state = self._state
        found = [each for each in self._open if self._is_its_turn(each) and each.look(moment)]
        if found:
            self._open = tuple(each for each in self._open if each not in found)
            self._sort_open()

    def _is_its_turn(self, each: "_WatchedGoal") -> bool:
        """Return whether the goal that has to be reached before it was, if there is one here."""
        before = self._by_id.get(each.after)
        return before is None or before.reached is not None

    def _sort_open(self) -> None:
        self._needs_world = any(each.needs_world for each in self._open)
        self._needs_calls = any(each.call is not None for each in self._open)


class _Moment:
    """An event, and the kernel as it was after it.

    Attributes:
        event: The event; None for a view of the kernel that belongs to none.
        seq: Its number, or the view's.
        call: The system call that it ends.
        printed: The lines that it completes; None if they were left out of the recording.
        state: The kernel, None if it is not known.
        holding: The goals whose point is a state that holds: somebody is parked, say.
    """

    def __init__(self, event: AnyEvent | None, seq: int) -> None:
        self.event = event
        self.seq = seq
        self.call: SpelledCall | None = None
        self.printed: list[str] | None = []
        self.state: KernelState | None = None
        self.holding: tuple[_WatchedGoal, ...] = ()


class _WatchedGoal:
    """One goal, and what kept it from being reached.

    Attributes:
        reached: The number of the event at which it was reached, None while it was not.
        missed: The number of the event from which on it could not be, None while it can.
        after: The id of the goal that has to be reached before it, "" for none.
        call: The pattern of the call that it asks for.
        needs_world: Whether it is about who is parked, or whether the server has ended.
    """

    def __init__(self, goal: Goal, fill: Callable[[str], str]) -> None:
        self.reached: int | None = None
        self.missed: int | None = None
        self.after = goal.after
        self.call = TextPattern(fill(goal.call)) if goal.call else None
        self._goal = goal
        self._point, self._end = goal.point, goal.end
        self._printed = TextPattern(fill(goal.printed)) if goal.printed else None
        self._wanted = {key: comparable(value) for key, value in goal.asked().items()}
        self._emptied = {  # of states, those of which there are to be none
            key: [state for state, count in value.items() if not count]
            for key, value in goal.asked().items()
            if isinstance(value, dict)
        }
        self._watcher = PointWatcher()
        self._happens = self._point is not None and self._point.kind in (
            PointKind.AFTER,
            PointKind.BEFORE,
        )
        self.needs_world = self._point is not None and not self._happens
        self._only_kernel = not (
            self._point or self.call or goal.function or self._printed or goal.did
        )
        self._state: KernelState | None = None
        self._held = False
        self._due = False

    def stands(self, world: PlacedWorld) -> bool:
        """Return whether its point, which is a state, holds in ``world``."""
        assert self._point is not None
        return self._watcher.due(self._point, world)

    def look(self, moment: _Moment) -> bool:
        """Return whether it is reached or missed at ``moment``, and keep that."""
        if self._is_reached(moment):
            self.reached = moment.seq
        elif self._end is not None and self._happened(self._end, moment.event):
            self.missed = moment.seq
        return self.reached is not None or self.missed is not None

    def _is_reached(self, moment: _Moment) -> bool:
        if self._only_kernel and moment.state is self._state:
            return False  # what did not hold then does not hold now
        if not self._is_due(moment):
            return False
        self._due = True
        return self._holds(moment.state)

    def _is_due(self, moment: _Moment) -> bool:
        """Return whether the event is one that it asks for."""
        event = moment.event
        if self.call is not None and (moment.call is None or not moment.call.fits(self.call)):
            return False
        if self._goal.function and not self._is_called(event):
            return False
        if self._printed is not None and not self._is_printed(moment):
            return False
        if self._goal.did is not None and not self._is_done(event):
            return False
        if self._point is None:
            return True
        if not self._happens:
            return self in moment.holding
        return self._happened(self._point, event)

    def _happened(self, point: Point, event: AnyEvent | None) -> bool:
        kind = FunctionReturned if point.kind is PointKind.AFTER else FunctionEntered
        if not isinstance(event, kind) or event.quiet:
            return False
        return stands_for(point.place, event.place, event.mark)

    def _is_called(self, event: AnyEvent | None) -> bool:
        return isinstance(event, FunctionEntered) and event.function == self._goal.function

    def _is_printed(self, moment: _Moment) -> bool:
        assert self._printed is not None
        if moment.printed is None:
            return True  # what it said was left out of the recording
        return any(self._printed.fits(line) for line in moment.printed)

    def _is_done(self, event: AnyEvent | None) -> bool:
        if isinstance(event, MemoryMeasured):
            return self._goal.did is ActionKind.MEASURE
        if not isinstance(event, ClientActed) or event.action != self._goal.did:
            return False
        return (event.error.name if event.error is not None else "") == self._goal.fails

    def _holds(self, state: KernelState | None) -> bool:
        """Return whether the kernel holds what is asked for, at least."""
        if not self._wanted:
            return True
        if state is not self._state:
            self._state = state
            found = values_of(state, self._wanted) if state is not None else {}
            self._held = state is not None and all(
                self._is_there(key, wanted, found[key]) for key, wanted in self._wanted.items()
            )
        return self._held

    def _is_there(self, key: str, wanted: object, found: object) -> bool:
        match wanted, found:
            case (dict(), dict()) | (tuple(), tuple()) if not wanted and not self._emptied.get(key):
                return not found
            case dict(), dict():
                none = any(found.get(state) for state in self._emptied[key])
                return not none and all(
                    found.get(state, 0) >= count for state, count in wanted.items()
                )
            case tuple(), tuple():
                return set(wanted) <= set(found)
            case int(), int() if key == "backlog":
                return found == wanted  # a number that was asked for, and counts nothing
            case int(), int():
                return found >= wanted if wanted else not found
            case str(), str():
                return found == wanted
            case _:
                return False

    def miss_before_its_turn(self) -> Message:
        """Say that it was not reached, since the one before it was not."""
        said = message("Goal {id} was not reached: before it comes {other}, which was not.")
        return said.with_fields(id=ascii(self._goal.id), other=ascii(self.after))

    def miss(self) -> Message:
        """Say that it was not reached."""
        asked: list[str | int | float | Message] = []
        goal = self._goal
        asked += [f"'{goal.when}'"] if goal.when else []
        asked += [f"`{text}`" for text in (goal.call, goal.function, goal.printed) if text]
        if goal.did is not None:
            asked.append(f"{goal.did.value} {goal.fails}".rstrip())
        kernel = spell(goal.asked())
        if self.missed is not None:
            said = message("Goal {id} was not reached before it was '{point}'.")
        elif not self._due or not kernel:
            said = message("Goal {id} was not reached: {asked} never came.")
        elif not asked:
            said = message("Goal {id} was not reached: the kernel never held {kernel}.")
        else:
            said = message(
                "Goal {id} was not reached: at {asked} the kernel did not hold {kernel}."
            )
        return said.with_fields(id=ascii(goal.id), asked=asked, kernel=kernel, point=goal.until)
