"""What is recorded of several processes: their spans end with them, each has its views."""

import subprocess
import time

from walkthrough.capture.kernel.observe import KernelObserver
from walkthrough.capture.session.recorder import SessionRecorder
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    Header,
    KernelObserved,
    ProcessExited,
    ProcessStarted,
    SpanCutOff,
)
from walkthrough.model.protocol import Line


def test_the_spans_of_a_process_end_with_it_or_with_its_program() -> None:
    lines: list[Line] = []
    recorder = SessionRecorder(lines.append)
    told: list[AnyEvent] = [
        ProcessStarted(seq=-1, time_ns=0, thread=7, pid=7),
        FunctionEntered(seq=-1, time_ns=0, thread=7, goroutine=1, span=1, function="main.main"),
        ProcessStarted(seq=-1, time_ns=0, thread=8, process=8, pid=8, parent_pid=7, origin="fork"),
        FunctionEntered(seq=-1, time_ns=0, thread=8, process=8, goroutine=1, span=2),
        CallEntered(seq=-1, time_ns=0, thread=8, process=8, span=3, call="execve"),
        ProcessStarted(seq=-1, time_ns=0, thread=8, process=8, pid=8, origin="exec"),
        CallReturned(seq=-1, time_ns=0, thread=8, process=8, span=3, call="execve"),
        CallEntered(seq=-1, time_ns=0, thread=8, process=8, span=4, call="exit_group"),
        ProcessExited(seq=-1, time_ns=0, process=8, pid=8, code=0),
    ]
    for event in told:
        recorder.write(event)
    cut = [line for line in lines if isinstance(line, SpanCutOff)]
    assert [(each.span, each.process, each.reason) for each in cut] == [
        (2, 8, "exec"),
        (4, 8, "exited"),
    ]
    assert [*recorder.world.spans] == [1]
    assert recorder.world.threads == {7}
    recorder.cut_off("stopped")
    assert [line.span for line in lines if isinstance(line, SpanCutOff)] == [2, 4, 1]


def test_a_view_of_each_process_is_written_when_it_changes() -> None:
    lines: list[Line] = []
    recorder = SessionRecorder(lines.append)

    def views() -> list[int]:
        recorder.observe()
        seen = [line.state.process for line in lines if isinstance(line, KernelObserved)]
        del lines[:]
        return seen

    sleep = ["sleep", "60"]
    with subprocess.Popen(sleep) as one, subprocess.Popen(sleep, stdin=subprocess.PIPE) as other:
        try:
            first, pid = one.pid, other.pid
            recorder.begin(Header(pid=first), KernelObserver(first), time.monotonic_ns())
            recorder.write(ProcessStarted(seq=-1, time_ns=0, thread=first, pid=first))
            assert views() == [0]
            recorder.write(
                ProcessStarted(
                    seq=-1,
                    time_ns=0,
                    thread=pid,
                    process=pid,
                    pid=pid,
                    parent_pid=first,
                    origin="fork",
                )
            )
            assert views() == [pid]
            assert views() == []
            world = recorder.world
            assert world.kernel is world.kernels[pid]
            assert world.kernels[0] != world.kernels[pid]
            recorder.write(ProcessExited(seq=-1, time_ns=0, process=pid, pid=pid, code=0))
            assert views() == []
        finally:
            one.kill()
            other.kill()
    recorder.close()
