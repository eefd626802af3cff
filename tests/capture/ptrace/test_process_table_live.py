"""Programs of several processes under the tracer: forks, threads, other programs, daemons."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from walkthrough.capture.decode.calls import CallSpec, calls_here
from walkthrough.capture.ptrace.stops import Origin, StopKind, ThreadStop
from walkthrough.capture.ptrace.tracer import PtraceTracer

pytestmark = pytest.mark.live

PYTHON = (sys.executable, "-I", "-S", "-c")
MARKS = {number: call for number, call in calls_here().items() if call.name == "eventfd2"}
"""Programs say where they are by the number that they give to eventfd(2)."""


def traced(
    script: str, follow: dict[int, CallSpec] = MARKS, filtered: bool = False
) -> tuple[PtraceTracer, list[ThreadStop]]:
    """Run a Python program to the end of all its processes; return what stopped."""
    tracer = PtraceTracer(follow=follow, follow_children=True, filtered=filtered)
    seen = []
    try:
        tracer.start(Path(sys.executable), [*PYTHON, script])
        for stop in tracer.stops():
            seen.append(stop)
            if stop.held:
                tracer.resume(stop.thread)
    finally:
        tracer.kill()
    return tracer, seen


def marks(stops: list[ThreadStop], process: int) -> list[int]:
    """Return the numbers that a process gave to eventfd(2)."""
    entered = (each for each in stops if each.what is StopKind.CALL_ENTERED)
    return [each.words[0] for each in entered if each.process == process]


def of(stops: list[ThreadStop], what: StopKind) -> list[ThreadStop]:
    return [each for each in stops if each.what is what]


@pytest.mark.parametrize("filtered", [False, True])
def test_a_fork_is_a_process_of_its_own(filtered: bool) -> None:
    tracer, stops = traced(
        "import os\n"
        "os.eventfd(1)\n"
        "if os.fork() == 0:\n"
        "    os.eventfd(2)\n"
        "    os._exit(3)\n"
        "os.wait()\n"
        "os.eventfd(4)\n",
        filtered=filtered,
    )
    first, child = of(stops, StopKind.PROCESS_STARTED)
    assert (first.process, first.parent, first.origin) == (tracer.pid, 0, Origin.LAUNCHED)
    assert (child.thread, child.parent, child.origin) == (child.process, tracer.pid, Origin.FORK)
    assert marks(stops, first.process) == [1, 4]
    assert marks(stops, child.process) == [2]
    ends = [(each.process, each.result) for each in of(stops, StopKind.PROCESS_EXITED)]
    assert ends == [(child.process, 3 << 8), (first.process, 0)]
    assert not tracer.alive


def test_a_program_that_is_executed_is_a_beginning() -> None:
    tracer, stops = traced(
        "import os, subprocess, sys\n"
        f"subprocess.run([*{PYTHON!r}, 'import os; os.eventfd(5)'])\n"
        "os.eventfd(6)\n"
    )
    (_, forked, executed) = of(stops, StopKind.PROCESS_STARTED)
    assert (forked.process, forked.origin) == (executed.process, Origin.FORK)
    assert (executed.origin, executed.parent) == (Origin.EXEC, tracer.pid)
    assert marks(stops, executed.process) == [5]
    assert marks(stops, tracer.pid) == [6]


def test_a_thread_that_executes_a_program_becomes_the_process() -> None:
    tracer, stops = traced(
        "import os, signal, threading\n"
        f"again = lambda: os.execv({sys.executable!r}, [*{PYTHON!r}, 'import os; os.eventfd(7)'])\n"
        "threading.Thread(target=again).start()\n"
        "signal.pause()\n"
    )
    assert [each.origin for each in of(stops, StopKind.PROCESS_STARTED)] == ["launched", "exec"]
    (marked,) = of(stops, StopKind.CALL_ENTERED)
    assert (marked.thread, marked.process, marked.words[0]) == (tracer.pid, tracer.pid, 7)
    (ended,) = of(stops, StopKind.PROCESS_EXITED)
    assert ended.process == tracer.pid


def test_a_daemon_goes_on_when_the_first_process_has_ended() -> None:
    tracer, stops = traced(
        "import os\n"
        "first = os.getpid()\n"
        "if os.fork():\n"
        "    os._exit(0)\n"
        "os.setsid()\n"
        # Its files are closed before its end is told, so a pipe would say too soon that it has
        # ended; its children have another parent when it is told.
        "while os.getppid() == first:\n"
        "    os.sched_yield()\n"
        "os.eventfd(8)\n"
    )
    kinds = [each.what for each in stops]
    assert kinds.index(StopKind.PROCESS_EXITED) < kinds.index(StopKind.CALL_ENTERED)
    daemon = of(stops, StopKind.PROCESS_STARTED)[1].process
    assert marks(stops, daemon) == [8]
    assert [each.process for each in of(stops, StopKind.PROCESS_EXITED)] == [tracer.pid, daemon]


def test_threads_that_end_at_once_are_not_waited_for() -> None:
    _, stops = traced(
        "import threading\nfor _ in range(100):\n    threading.Thread(target=int).start()\n"
    )
    begun = [each.thread for each in of(stops, StopKind.THREAD_STARTED)]
    assert len(begun) == 100
    assert sorted(begun) == sorted(each.thread for each in of(stops, StopKind.THREAD_EXITED))


def test_a_stopped_process_stays_stopped_until_it_is_continued() -> None:
    _, stops = traced(
        "import os, signal\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    os.kill(os.getpid(), signal.SIGSTOP)\n"
        "    os.eventfd(2)\n"
        "    os._exit(0)\n"
        "os.waitpid(child, os.WUNTRACED)\n"
        "os.eventfd(1)\n"
        "os.kill(child, signal.SIGCONT)\n"
        "os.wait()\n"
    )
    assert [each.words[0] for each in of(stops, StopKind.CALL_ENTERED)] == [1, 2]
    child = of(stops, StopKind.PROCESS_STARTED)[1].process
    signals = [each.result for each in of(stops, StopKind.SIGNAL) if each.process == child]
    assert signals == [signal.SIGSTOP, signal.SIGCONT]


def test_processes_that_share_descriptors_are_told() -> None:
    # clone(2) with CLONE_FILES and SIGCHLD; the child ends at once, by the interpreter's own exit.
    tracer = PtraceTracer(follow=MARKS, follow_children=True)
    script = (
        "import ctypes, os\n"
        "call = ctypes.CDLL(None).syscall\n"
        f"number = {56 if os.uname().machine == 'x86_64' else 220}\n"
        "if call(number, 0x400 | 17, 0, 0, 0, 0) == 0:\n"
        "    os._exit(0)\n"
        "os.wait()\n"
    )
    shared = []
    try:
        tracer.start(Path(sys.executable), [*PYTHON, script])
        for stop in tracer.stops():
            process = tracer.process(stop.process)
            if stop.what is StopKind.PROCESS_STARTED and process is not None:
                shared.append(process.descriptors)
            if stop.held:
                tracer.resume(stop.thread)
    finally:
        tracer.kill()
    assert shared == [tracer.pid, tracer.pid]


@pytest.fixture
def halting() -> Iterator[PtraceTracer]:
    tracer = PtraceTracer(follow=MARKS, follow_children=True)
    yield tracer
    tracer.kill()


def test_halting_stops_all_threads_then_and_there(halting: PtraceTracer) -> None:
    halting.start(
        Path(sys.executable),
        [
            *PYTHON,
            "import os, signal, threading\n"
            "go = lambda: [None for _ in iter(int, 1)]\n"
            "threading.Thread(target=go, daemon=True).start()\n"
            "if os.fork():\n"
            "    os.wait()\n"
            "os.eventfd(1)\n"
            "signal.pause()\n",
        ],
    )
    for stop in halting.stops():
        if stop.held:
            halting.resume(stop.thread)
        if stop.what is StopKind.CALL_RETURNED:
            break
    assert halting.halt() == []
    threads = [each for process in halting.processes() for each in process.threads.values()]
    assert len(threads) == 3
    assert all(each.stopped for each in threads)
    states = {Path(f"/proc/{each.id}/stat").read_text().rsplit(")", 1)[1][1] for each in threads}
    assert states == {"t"}
    os.kill(halting.pid, signal.SIGTERM)
    halting.carry_on()
    for stop in halting.stops():
        if stop.what is StopKind.SIGNAL:
            assert stop.result == signal.SIGTERM
            break
