"""Leaving processes as they were: threads at breakpoints step back, signals arrive.

A thread that ran into a breakpoint may stop for something else first; its SIGTRAP then waits behind
that stop, and would kill the process once nobody traces it.
"""

import contextlib
import signal
import time
from collections.abc import Callable
from typing import NamedTuple

from walkthrough.capture.ptrace import attach_requests
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.process_table import ProcessTable
from walkthrough.capture.ptrace.standstill import PATIENCE_S, Take
from walkthrough.capture.ptrace.stops import Origin
from walkthrough.capture.ptrace.traced_process import TracedProcess, TracedThread, catches_trap

_NAP_S = 0.0002


class Detachment(NamedTuple):
    """What detaching took.

    Attributes:
        processes: How many were left.
        stepped_back: How many threads stood at a breakpoint.
        queued: How many of these had their SIGTRAP behind another stop.
        changed_bytes: Places in programs where a breakpoint could not be removed.
        sigtrap_changed: The processes in which SIGTRAP is handled otherwise than before.
        left: The processes with a thread that did not stop: they are free when this process ends.
    """

    processes: int = 0
    stepped_back: int = 0
    queued: int = 0
    changed_bytes: int = 0
    sigtrap_changed: tuple[int, ...] = ()
    left: tuple[int, ...] = ()

    def joined(self, other: "Detachment") -> "Detachment":
        """Return both as one."""
        pairs = zip(self, other, strict=True)
        return Detachment(*(mine + theirs for mine, theirs in pairs))  # type: ignore[operator]


def bring_out_traps(
    table: ProcessTable, take: Take, let_run: Callable[[TracedThread], None]
) -> int:
    """Let each SIGTRAP that waits behind another stop arrive; all threads stand before and after.

    Args:
        table: Of the threads.
        take: Takes the next stop.
        let_run: Resumes a thread.

    Returns:
        How many there were.
    """
    found = 0
    for state in list(table.threads.values()):
        kept = 0
        while state.stopped and state.probe is None and _has_trap(state):
            found += 1
            kept, state.pending = kept or state.pending, 0
            state.group_stop = False  # it stays stopped all the same
            let_run(state)
            _wait_for(state, table, take)
            if state.pending == signal.SIGTRAP:
                break  # somebody else has sent it
        state.pending = state.pending or kept
    return found


def _wait_for(state: TracedThread, table: ProcessTable, take: Take) -> None:
    until = time.monotonic() + PATIENCE_S
    while not state.stopped and state.id in table.threads and time.monotonic() < until:
        if not take(state.id):
            time.sleep(_NAP_S)


def _has_trap(state: TracedThread) -> bool:
    with contextlib.suppress(pt.PtraceError):
        return signal.SIGTRAP in attach_requests.queued_signals(state.id)
    return False


def step_back(state: TracedThread) -> bool:
    """Have a thread that stands at a breakpoint execute what is there now; return if it does."""
    if state.probe is None:
        return False
    with contextlib.suppress(pt.PtraceError):
        state.process.step_back(state)
    return True


def detach_process(process: TracedProcess) -> Detachment:
    """Detach from all threads of a process that stand; its breakpoints have been removed.

    Returns:
        What it took.
    """
    changed = process.changed_bytes()
    stepped = 0
    for state in process.threads.values():
        if not state.stopped:
            continue
        stepped += step_back(state)
        with contextlib.suppress(pt.PtraceError):
            attach_requests.detach(state.id, state.pending)
    # One that was forked meanwhile takes its own handlers away before it executes a program.
    attached = process.origin is Origin.ATTACHED
    same = not attached or catches_trap(process.pid) in (process.catches_trap, None)
    return Detachment(1, stepped, 0, changed, () if same else (process.pid,))
