"""Attaches to a process, traces it for a moment and leaves it again, once for each line it is sent.

It is a process of its own, so that it can be killed, and so that the load has an interpreter of its
own. For each round it prints a line of JSON.

    python benchmarks/attach_tracer.py PID SECONDS [STEP]

With STEP it kills itself, by SIGKILL, at that of its steps: a step is a request of ptrace(2), a
wait for a stop, or writing into the program's memory.
"""

import gc
import json
import os
import signal
import sys
import time
from types import ModuleType
from typing import Any

from walkthrough.capture.ptrace import attach_requests, ptrace_api
from walkthrough.capture.ptrace.handler_protection import HandlerProtection
from walkthrough.capture.ptrace.program_target import KnownPrograms
from walkthrough.capture.ptrace.tracer import PtraceTracer


class _Steps:
    """Counts what a tracer does to a program, and ends it at one of these steps.

    Args:
        last: The step that is not done any more; 0 for none.
    """

    def __init__(self, last: int) -> None:
        self.count = 0
        self._last = last
        for module in (attach_requests, ptrace_api):
            self._counted(module, "_request")
        for name in ("waitid", "waitpid", "pwrite"):
            self._counted(os, name)

    def _counted(self, module: ModuleType, name: str) -> None:
        real = getattr(module, name)

        def counting(*arguments: Any) -> Any:
            self.count += 1
            if self.count == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments)

        setattr(module, name, counting)


class _Pause:
    """Notes when the first thread of a round was stopped."""

    def __init__(self) -> None:
        self.began = 0.0
        self._real = attach_requests.interrupt
        attach_requests.interrupt = self._interrupt

    def _interrupt(self, thread: int) -> None:
        self.began = self.began or time.perf_counter()
        self._real(thread)


def one_round(
    pid: int,
    seconds: float,
    programs: KnownPrograms,
    protection: HandlerProtection,
    pause: _Pause,
) -> dict[str, Any]:
    """Attach, trace and detach; return what it took."""
    pause.began = 0.0
    tracer = PtraceTracer(follow_children=True, analyse=programs.watch, protection=protection)
    began = time.perf_counter()
    tracer.attach([pid])
    tracer.carry_on()
    attached = time.perf_counter()
    process = tracer.process(pid)
    breakpoints = len(process.originals) if process is not None else 0
    stops = 0
    while time.perf_counter() < attached + seconds:
        for stop in tracer.stops(os.WNOHANG):
            stops += 1
            if stop.held:
                tracer.resume(stop.thread)
            if time.perf_counter() >= attached + seconds:
                break
        time.sleep(0.0002)
    leaves = time.perf_counter()
    done = tracer.detach()
    return {
        "attach_ms": 1e3 * (attached - began),
        "pause_ms": 1e3 * (attached - pause.began),
        "detach_ms": 1e3 * (time.perf_counter() - leaves),
        "breakpoints": breakpoints,
        "stops": stops,
        "unprotected": protection.unprotected_calls,
        "left_behind": protection.left_behind,
        **done._asdict(),
    }


def main() -> None:
    """Do a round for each line of standard input."""
    pid, seconds = int(sys.argv[1]), float(sys.argv[2])
    programs = KnownPrograms()
    programs.watch(pid)  # what is known of it is known before
    with HandlerProtection() as protection:
        gc.freeze()
        pause = _Pause()
        steps = _Steps(int(sys.argv[3])) if len(sys.argv) > 3 else None
        print("ready", protection.guardian_pid, flush=True)
        for _ in sys.stdin:
            done = one_round(pid, seconds, programs, protection, pause)
            if steps is not None:
                done["steps"] = steps.count
            print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main()
