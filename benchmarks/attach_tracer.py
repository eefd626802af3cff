"""Attaches to a process, traces it for a moment and leaves it again, once for each line it is sent.

It is a process of its own, so that it can be killed, and so that the load has an interpreter of its
own. For each round it prints a line of JSON.

    python benchmarks/attach_tracer.py PID SECONDS
"""

import gc
import json
import os
import sys
import time
from typing import Any

from walkthrough.capture.ptrace.handler_protection import HandlerProtection
from walkthrough.capture.ptrace.program_target import KnownPrograms
from walkthrough.capture.ptrace.tracer import PtraceTracer


def one_round(
    pid: int, seconds: float, programs: KnownPrograms, protection: HandlerProtection
) -> dict[str, Any]:
    """Attach, trace and detach; return what it took."""
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
        print("ready", protection.guardian_pid, flush=True)
        for _ in sys.stdin:
            print(json.dumps(one_round(pid, seconds, programs, protection)), flush=True)


if __name__ == "__main__":
    main()
