"""The events of a capture, with the stages that follow from their calls alone.

What a watched function says of its calls stays; all others have the places that an strace(1) log
of the same calls would give them. Where later calls show more, `StagesRevised` follows.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from walkthrough.call_stages.event_calls import EventCall, call_begun, call_ended
from walkthrough.call_stages.stages import REVISABLE, CallStages, ToldPlace
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ProcessExited,
    ProcessStarted,
    RevisedCall,
    SpanCutOff,
    StagesRevised,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.stages import NOWHERE


class EventStages:
    """Follows the events of a capture, in the order in which they happen.

    A recording of what comes out has format `FORMAT_OF_REVISIONS`.

    Args:
        pid: The process that is meant where an event names none (`Header.pid`).
        hides: Whether calls that are nowhere on the path are quiet.
    """

    def __init__(self, pid: int, *, hides: bool = True) -> None:
        self.stages = CallStages()
        self._pid = pid
        self._hides = hides
        self._threads: dict[int, set[int]] = {}  # by process
        self._open: dict[int, tuple[int, EventCall, bool]] = {}  # by span: calls that go on
        self._last: dict[int, ToldPlace] = {}  # by number where those were told to belong
        self._told: dict[int, tuple[int, bool]] = {}  # by number: span, and if it was quiet before

    def follow(self, event: AnyEvent) -> Iterator[AnyEvent]:
        """Yield an event as it is with its place, and what it revises."""
        match event:
            case CallEntered():
                self._meet(event)
                yield self._enter(event)
            case CallReturned():
                self._meet(event)
                yield self._return(event)
            case ProcessStarted():
                self._begin(event)
                yield event
            case ThreadStarted():
                self._meet(event)
                yield event
            case ThreadExited():
                if event.thread is not None:
                    self._threads.get(event.process or self._pid, set()).discard(event.thread)
                    self.stages.exits(event.thread)
                yield event
            case ProcessExited():
                for thread in sorted(self._threads.pop(event.pid, set())):
                    self.stages.exits(thread)
                yield event
            case SpanCutOff():
                if event.span is not None and (cut := self._open.pop(event.span, None)):
                    self._last.pop(cut[0], None)
                yield event
            case _:
                yield event
        if revised := self._revised():
            yield StagesRevised(seq=-1, time_ns=event.time_ns, process=event.process, calls=revised)

    def _begin(self, event: ProcessStarted) -> None:
        if event.origin == "exec":
            self.stages.executed(event.pid)
            return
        if event.origin == "fork":
            maker = event.parent_pid if event.parent_pid is not None else self._pid
            self.stages.made(maker, event.pid, shares=False)
        self._threads.setdefault(event.pid, {event.pid})

    def _meet(self, event: CallEntered | CallReturned | ThreadStarted) -> None:
        """Take a thread that is seen for the first time: it shares its process's descriptors."""
        process, thread = event.process or self._pid, event.thread
        if thread is None:
            return
        threads = self._threads.setdefault(process, {process})
        if thread not in threads:
            threads.add(thread)
            self.stages.made(process, thread, shares=True)

    def _enter(self, event: CallEntered) -> CallEntered:
        call = call_begun(event)
        number = self.stages.begins(call)
        if event.span is not None:
            self._open[event.span] = number, call, event.quiet
        if not _is_untold(event) or event.span is None:
            return event
        self._told[number] = event.span, event.quiet
        self._told.pop(number - REVISABLE, None)
        told = self._last[number] = self.stages.told(number)
        return replace(
            event,
            stage=told.place.stage,
            step=told.place.step,
            mark=told.mark,
            quiet=self._is_quiet(told, event.quiet),
        )

    def _return(self, event: CallReturned) -> CallReturned:
        opened = self._open.pop(event.span, None) if event.span is not None else None
        if opened is None:  # it had begun before the capture did
            entered = CallEntered(
                seq=-1,
                time_ns=event.time_ns,
                thread=event.thread,
                call=event.call,
                arguments=event.arguments,
            )
            call = call_begun(entered)
            self.stages.ends(self.stages.begins(call), call_ended(call, event))
            return event
        number, begun, before = opened
        self.stages.ends(number, call_ended(begun, event))
        told = self._last.pop(number, None)
        if told is None:
            return event
        quiet = self._is_quiet(told, before)
        return replace(event, stage=told.place.stage, step=told.place.step, quiet=quiet)

    def _is_quiet(self, told: ToldPlace, before: bool) -> bool:
        return before or (self._hides and told.place == NOWHERE)

    def _revised(self) -> tuple[RevisedCall, ...]:
        revised = []
        for number, told in self.stages.revised():
            if number not in self._told:
                continue
            if number in self._last:
                self._last[number] = told
            span, quiet = self._told[number]
            revised.append(
                RevisedCall(
                    span=span,
                    stage=told.place.stage,
                    step=told.place.step,
                    mark=told.mark,
                    quiet=self._is_quiet(told, quiet),
                )
            )
        return tuple(revised)


def _is_untold(event: CallEntered) -> bool:
    """Return whether no watched function says where a call belongs."""
    return event.stage is None and event.step is None and event.function is None
