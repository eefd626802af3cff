"""Turns stops into events: spans, places on the path, source lines. Knows no process and no ptrace.

It keeps, for each goroutine, the watched functions that are open; what a stop means depends on
nothing else, so events may be built at once or long after the stops were saved.
"""

import bisect
import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from walkthrough.capture.decode import calls
from walkthrough.capture.ptrace.binary import BinaryAnalysis, TraceableFunction
from walkthrough.capture.ptrace.stops import Origin, Probe, StopKind, ThreadStop, callers
from walkthrough.capture.ptrace.traced_functions import TracedFunction
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    ProcessExited,
    ProcessStarted,
    SignalDelivered,
    SourcePlace,
    SpanCutOff,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.linux import constants as k
from walkthrough.model.stages import NOWHERE, Place, descend, place_of
from walkthrough.model.values import Argument, Data, GoError

POLL = "runtime.netpoll"


class _OpenFunction(NamedTuple):
    """A watched function that has been entered and has not returned."""

    span: int
    name: str
    mark: str | None
    place: Place
    parent: int | None


class _OpenCall(NamedTuple):
    """What the entry and the return of a system call share."""

    span: int
    goroutine: int | None
    place: Place
    function: str | None
    source: SourcePlace | None
    parent: int | None
    quiet: bool


class _PendingPoll(NamedTuple):
    """A poll that does not wait: it is still unknown whether it is worth an event."""

    events: list[AnyEvent]
    found: bool = False


class EventBuilder:
    """Builds events from the stops of one traced program.

    Args:
        analysis: What is known of the binary, None if it is not a Go program.
        command: Program and arguments, for `ProcessStarted`.
        origin_ns: The monotonic time that counts as 0.
        spans: Numbers for spans; by default from 1 on.
        lines: Tells the line of an address that is in no watched function; None if that is not
            told.
        from_start: Whether it is seen from its first instruction on: then what Go's runtime does
            before main is quiet.
        unseen: As in `ProcessStarted`.
        entered: The functions that goroutines may have entered before they were seen; none of a
            program that is seen from its start.
    """

    def __init__(
        self,
        analysis: BinaryAnalysis | None,
        command: tuple[str, ...],
        origin_ns: int,
        *,
        spans: Iterator[int] | None = None,
        from_start: bool = True,
        lines: Callable[[int], SourcePlace | None] | None = None,
        unseen: str = "",
        entered: Sequence[TracedFunction] = (),
    ) -> None:
        self._analysis = analysis
        self._unseen = unseen
        self._entered = {each.name: each for each in entered}
        self._within: dict[int, str] = {}
        self._lines = lines
        self._command = command
        self._origin = origin_ns
        self._functions = analysis.functions if analysis is not None else ()
        self._lows = [function.low for function in self._functions]
        self._stacks: dict[int, list[_OpenFunction]] = {}
        self._calls: dict[int, _OpenCall] = {}
        self._polls: dict[int, _PendingPoll] = {}
        self._spans = spans if spans is not None else itertools.count(1)
        self._before_main = analysis is not None and from_start

    def elapsed_ns(self) -> int:
        """Return the time since the capture began, for events without a stop."""
        return time.monotonic_ns() - self._origin

    def build(self, stop: ThreadStop) -> list[AnyEvent]:
        """Return the events that a stop makes, with ``seq`` -1; often one, perhaps none."""
        match stop.what:
            case StopKind.FUNCTION_ENTERED:
                return self._function_entered(stop)
            case StopKind.FUNCTION_RETURNED:
                return self._function_returned(stop)
            case StopKind.CALL_ENTERED:
                return self._call_entered(stop)
            case StopKind.CALL_RETURNED:
                return self._call_returned(stop)
        return [self._other(stop)]

    def _other(self, stop: ThreadStop) -> AnyEvent:
        now = stop.time_ns - self._origin
        match stop.what:
            case StopKind.PROCESS_STARTED:
                return ProcessStarted(
                    seq=-1,
                    time_ns=max(now, 0),
                    thread=stop.thread,
                    pid=stop.thread,
                    command=self._command,
                    parent_pid=stop.parent or None,
                    origin="" if stop.origin is Origin.LAUNCHED else stop.origin.value,
                    unseen=self._unseen,
                    # The first view is main, with its source; another program is a step.
                    quiet=self._before_main and stop.origin is Origin.LAUNCHED,
                )
            case StopKind.PROCESS_EXITED:
                killed = os.WIFSIGNALED(stop.result)
                return ProcessExited(
                    seq=-1,
                    time_ns=now,
                    pid=stop.thread,
                    code=None if killed else os.WEXITSTATUS(stop.result),
                    signal=k.constant(k.SIGNAL, os.WTERMSIG(stop.result)) if killed else None,
                )
            case StopKind.THREAD_STARTED:
                return ThreadStarted(seq=-1, time_ns=now, thread=stop.thread, quiet=True)
            case StopKind.THREAD_EXITED:
                return ThreadExited(seq=-1, time_ns=now, thread=stop.thread, quiet=True)
            case _:
                return SignalDelivered(
                    seq=-1,
                    time_ns=now,
                    thread=stop.thread,
                    signal=k.constant(k.SIGNAL, stop.result),
                )

    # functions

    def _function_entered(self, stop: ThreadStop) -> list[AnyEvent]:
        probe = stop.probe
        assert probe is not None
        watched = probe.watched
        stack = self._stacks.setdefault(_key(stop), [])
        if watched.inside and not any(each.mark in watched.inside for each in stack):
            return []
        if not watched.name.startswith("runtime."):
            self._before_main = False  # main, or the first that it calls if main was inlined
        around = stack[-1] if stack else None
        outside = around.place if around else self._unseen_place(stop, watched.name)
        place = descend(outside, watched.mark)
        span = self._span()
        parent = around.span if around else None
        stack.append(_OpenFunction(span, watched.name, watched.mark, place, parent))
        event = FunctionEntered(
            seq=-1,
            time_ns=stop.time_ns - self._origin,
            thread=stop.thread,
            goroutine=stop.goroutine,
            stage=place.stage,
            step=place.step,
            function=watched.name,
            span=span,
            parent=parent,
            source=self._first_line(probe.function),
            mark=watched.mark,
            arguments=_arguments(probe, stop),
            caller=self._line_at(stop.return_address - 1),
            quiet=self._before_main,
        )
        # runtime/netpoll_epoll.go netpoll(): delay 0 looks and returns; others wait
        if watched.name == POLL and event.arguments == (Argument("delay", 0),):
            self._polls[stop.thread] = _PendingPoll([event])
            return []
        return [event]

    def _function_returned(self, stop: ThreadStop) -> list[AnyEvent]:
        probe = stop.probe
        assert probe is not None
        key = _key(stop)
        stack = self._stacks.get(key, [])
        if all(each.name != probe.watched.name for each in stack):
            # entered before we watched, or filtered out at entry
            if probe.watched.mark is not None and self._within.get(key) == probe.watched.mark:
                del self._within[key]
            return []
        now = stop.time_ns - self._origin
        events: list[AnyEvent] = []
        while (top := stack.pop()).name != probe.watched.name:
            # a panic that was recovered further out passes no return
            events.append(
                SpanCutOff(
                    seq=-1,
                    time_ns=now,
                    thread=stop.thread,
                    goroutine=stop.goroutine,
                    function=top.name,
                    span=top.span,
                    parent=top.parent,
                    reason="unwound",
                )
            )
        if not stack:
            del self._stacks[key]
        results = _arguments(probe, stop)
        event = FunctionReturned(
            seq=-1,
            time_ns=now,
            thread=stop.thread,
            goroutine=stop.goroutine,
            stage=top.place.stage,
            step=top.place.step,
            function=top.name,
            span=top.span,
            parent=top.parent,
            # where it continues; if we do not watch that, the return itself
            source=self._line_at(stop.return_address - 1) or self._line_at(stop.address),
            mark=top.mark,
            results=results,
            failed=any(_is_failure(result) for result in results),
            quiet=self._before_main,
        )
        poll = self._polls.get(stop.thread)
        if poll is None or top.name != POLL:
            return [*events, event]
        del self._polls[stop.thread]
        if poll.found:
            return [*events, event]
        return [*events, *(_quiet(each) for each in (*poll.events, event))]

    # system calls

    def _call_entered(self, stop: ThreadStop) -> list[AnyEvent]:
        call = stop.call
        assert call is not None
        stack = self._stacks.get(_key(stop), [])
        around = stack[-1] if stack else None
        function, source = self._innermost(stop)
        place = around.place if around else self._unseen_place(stop, function)
        poll = self._polls.get(stop.thread)
        shared = _OpenCall(
            span=self._span(),
            goroutine=stop.goroutine,
            place=place,
            function=function or (around.name if around else None),
            source=source,
            parent=around.span if around else None,
            quiet=self._before_main,
        )
        self._calls[stop.thread] = shared
        event = CallEntered(
            seq=-1,
            time_ns=stop.time_ns - self._origin,
            thread=stop.thread,
            goroutine=shared.goroutine,
            stage=place.stage,
            step=place.step,
            function=shared.function,
            span=shared.span,
            parent=shared.parent,
            source=source,
            call=call.name,
            number=stop.number,
            arguments=calls.arguments(call, stop.words, stop.at_entry),
            quiet=shared.quiet,
        )
        if poll is not None and not poll.found:
            poll.events.append(event)
            return []
        return [event]

    def _call_returned(self, stop: ThreadStop) -> list[AnyEvent]:
        call, shared = stop.call, self._calls.pop(stop.thread, None)
        assert call is not None
        if shared is None:
            return []
        decoded = calls.arguments(call, stop.words, stop.at_entry, stop.at_exit, stop.result)
        event = CallReturned(
            seq=-1,
            time_ns=stop.time_ns - self._origin,
            thread=stop.thread,
            goroutine=shared.goroutine,
            stage=shared.place.stage,
            step=shared.place.step,
            function=shared.function,
            span=shared.span,
            parent=shared.parent,
            source=shared.source,
            call=call.name,
            arguments=_withheld(decoded) if shared.quiet else decoded,
            result=-1 if stop.failed else stop.result,
            error=calls.errno(-stop.result) if stop.failed else None,
            injected=stop.injected,
            flags=calls.result_flags(call, stop.words, stop.result),
            quiet=shared.quiet,
        )
        poll = self._polls.get(stop.thread)
        if poll is None or poll.found:
            return [event]
        if stop.result > 0:
            self._polls[stop.thread] = poll._replace(found=True)
            return [*poll.events, event]
        poll.events.append(event)
        return []

    def _unseen_place(self, stop: ThreadStop, function: str | None) -> Place:
        """Return where a goroutine is whose open functions were entered before they were seen.

        What is always part of a stage says so of all that follows, until what began it returns.

        Args:
            stop: Of the goroutine; where a function is entered, its caller is known, too.
            function: The innermost that is known to be open.
        """
        if not self._entered:
            return NOWHERE
        key, caller = _key(stop), self._function_at(stop.return_address - 1)
        names = (caller.name if caller is not None else "", function or "")
        known = [self._entered[name] for name in names if name in self._entered]
        for each in known:
            if each.within is not None:
                self._within[key] = each.within
            elif each.mark == self._within.get(key):
                self._within.pop(key, None)  # it has returned unseen, and begins again
        return place_of((self._within.get(key), *(each.mark for each in known)))

    # source

    def _span(self) -> int:
        return next(self._spans)

    def _function_at(self, address: int) -> TraceableFunction | None:
        row = bisect.bisect_right(self._lows, address) - 1
        if row >= 0 and address < self._functions[row].high:
            return self._functions[row]
        return None

    def _first_line(self, function: TraceableFunction) -> SourcePlace | None:
        return self._analysis.line(function, function.low) if self._analysis else None

    def _line_at(self, address: int) -> SourcePlace | None:
        function = self._function_at(address)
        if function is None or self._analysis is None:
            return self._lines(address) if self._lines is not None else None
        return self._analysis.own_line(function, address)

    def _innermost(self, stop: ThreadStop) -> tuple[str | None, SourcePlace | None]:
        """Find the innermost watched function on the saved stack, and the line it executes."""
        if stop.stack is not None:
            for address in callers(stop.stack):
                if (function := self._function_at(address - 1)) is not None:
                    return function.name, self._line_at(address - 1)
        return None, None


def _key(stop: ThreadStop) -> int:
    """Goroutines keep their stacks wherever they run; scheduler stacks belong to a thread."""
    return stop.goroutine or -stop.thread


def _quiet(event: AnyEvent) -> AnyEvent:
    return msgspec.structs.replace(event, quiet=True)


def _arguments(probe: Probe, stop: ThreadStop) -> tuple[Argument, ...]:
    taken = probe.watched.results if probe.is_return else probe.watched.arguments
    values = taken.values(stop.registers, stop.read)
    return tuple(
        Argument(slot.name, value) for slot, value in zip(taken.slots, values, strict=True)
    )


def _withheld(arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
    """Leave out what was read: before main the runtime reads files that describe the machine."""
    return tuple(
        Argument(each.name, Data(b"", each.value.length)) if isinstance(each.value, Data) else each
        for each in arguments
    )


def _is_failure(result: Argument) -> bool:
    """Return whether a result says that the function failed; the end of a stream is none."""
    value = result.value
    if isinstance(value, GoError):
        return value.text != "EOF"
    return result.name == "errno" and value not in (0, None)
