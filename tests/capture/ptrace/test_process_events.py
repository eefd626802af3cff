"""Events of several processes: whose they are, spans that are unique, programs that change."""

import os

from walkthrough.capture.decode.calls import CallSpec
from walkthrough.capture.ptrace.process_events import ProcessEvents, RunningProgram
from walkthrough.capture.ptrace.stops import Origin, StopKind, ThreadStop
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ProcessExited,
    ProcessStarted,
)

GETPID = CallSpec("getpid", ())


def stop(what: StopKind, process: int, thread: int = 0, **more: object) -> ThreadStop:
    return ThreadStop(what, thread or process, 5, process=process, **more)  # type: ignore[arg-type]


def call(events: ProcessEvents, process: int) -> list[AnyEvent]:
    entered = events.build(stop(StopKind.CALL_ENTERED, process, call=GETPID))
    return entered + events.build(stop(StopKind.CALL_RETURNED, process, call=GETPID))


def test_each_process_has_its_name_and_no_span_is_shared() -> None:
    asked: list[int] = []

    def program_of(pid: int) -> RunningProgram:
        asked.append(pid)
        return RunningProgram(command=(f"program-{len(asked)}",))

    events = ProcessEvents(7, 0, program_of)
    (first,) = events.build(stop(StopKind.PROCESS_STARTED, 7))
    (child,) = events.build(stop(StopKind.PROCESS_STARTED, 8, parent=7, origin=Origin.FORK))
    (other,) = events.build(stop(StopKind.PROCESS_STARTED, 8, parent=7, origin=Origin.EXEC))
    begun = [
        (each.process, each.pid, each.parent_pid, each.origin, each.command)
        for each in (first, child, other)
        if isinstance(each, ProcessStarted)
    ]
    assert begun == [
        (None, 7, None, "", ("program-1",)),
        (8, 8, 7, "fork", ("program-2",)),
        (8, 8, 7, "exec", ("program-3",)),
    ]
    made = [*call(events, 7), *call(events, 8), *call(events, 7)]
    assert [each.process for each in made] == [None, None, 8, 8, None, None]
    spans = [each.span for each in made if isinstance(each, CallEntered)]
    assert len({*spans}) == 3
    assert [each.span for each in made if isinstance(each, CallReturned)] == spans

    (ended,) = events.build(stop(StopKind.PROCESS_EXITED, 8, result=3 << 8))
    assert isinstance(ended, ProcessExited)
    assert (ended.process, ended.pid, ended.code) == (8, 8, os.WEXITSTATUS(3 << 8))


def test_one_that_ran_before_begins_with_whatever_it_does() -> None:
    events = ProcessEvents(7, 0, lambda pid: RunningProgram())
    (begun,) = events.build(stop(StopKind.PROCESS_STARTED, 7, origin=Origin.ATTACHED))
    assert isinstance(begun, ProcessStarted)
    assert begun.origin == "attached"
    assert [each.process for each in call(events, 9)] == [9, 9]
