"""Puts the calls of programs without watched functions on the path, while they run.

What a call is for follows from what its descriptors are for, by the same rules as in an strace(1)
log (`walkthrough.call_stages`). Where later calls show that earlier ones belong elsewhere, that
becomes an event of its own, `StagesRevised`. Knows no process.
"""

import msgspec

from walkthrough.call_stages.event_calls import call_begun, call_ended
from walkthrough.call_stages.stages import CallStages, ToldPlace
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ProcessExited,
    ProcessStarted,
    RevisedCall,
    StagesRevised,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.stages import NOWHERE

_UNTOLD = 0
"""In the place of a span: a call that is not captured."""


class PlacedCalls:
    """Follows the calls of all threads of a program, in the order in which they happen.

    Args:
        first: The process that `Header.pid` names: its events name none.
        quiet_elsewhere: Whether calls that belong nowhere on the path are quiet.
    """

    def __init__(self, first: int, *, quiet_elsewhere: bool = True) -> None:
        self._first = first
        self._quiet = quiet_elsewhere
        self._stages = CallStages()
        self._under_way: dict[int | None, tuple[int, CallEntered]] = {}  # by thread
        self._spans: list[int] = []  # by the number of a call

    def place(self, event: AnyEvent) -> AnyEvent:
        """Follow an event, and return it with its place on the path if it is a call."""
        stages, thread = self._stages, event.thread
        match event:
            case CallEntered():
                number = stages.begins(call_begun(event))
                self._spans.append(event.span or _UNTOLD)
                self._under_way[thread] = number, event
                return self._placed(event, stages.told(number))
            case CallReturned():
                begun = self._under_way.pop(thread, None)
                if begun is None:
                    return event
                number, entered = begun
                stages.ends(number, call_ended(entered, event))
                return self._placed(event, stages.told(number))
            case ProcessStarted(origin="exec"):
                stages.executed(thread)
            case ProcessStarted(parent_pid=int(maker)):
                stages.made(maker, event.pid, shares=False)
            case ThreadStarted() if thread is not None:
                stages.made(event.process or self._first, thread, shares=True)
            case ThreadExited():
                stages.exits(thread)
            case ProcessExited():
                stages.exits(event.pid)
        return event

    def leave_out(self, event: CallEntered) -> None:
        """Note that a call that has just begun is not captured: nothing is told of it later."""
        begun = self._under_way.get(event.thread)
        if begun is not None:
            self._spans[begun[0]] = _UNTOLD

    def revision(self, event: AnyEvent) -> StagesRevised | None:
        """Return what ``event`` has shown of calls that are captured, None if nothing."""
        calls = tuple(
            RevisedCall(
                self._spans[number],
                told.place.stage,
                told.place.step,
                self._is_quiet(told),
                told.mark,
            )
            for number, told in self._stages.revised()
            if self._spans[number] != _UNTOLD
        )
        return StagesRevised(seq=-1, time_ns=event.time_ns, calls=calls) if calls else None

    def _placed(self, event: CallEntered | CallReturned, told: ToldPlace) -> AnyEvent:
        stage, step = told.place
        quiet = event.quiet or self._is_quiet(told)
        if isinstance(event, CallEntered):
            return msgspec.structs.replace(
                event, stage=stage, step=step, mark=told.mark, quiet=quiet
            )
        return msgspec.structs.replace(event, stage=stage, step=step, quiet=quiet)

    def _is_quiet(self, told: ToldPlace) -> bool:
        return self._quiet and told.place == NOWHERE
