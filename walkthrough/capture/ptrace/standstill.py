"""Bringing every thread to a stop, then and there, and letting them run again.

PTRACE_INTERRUPT stops a thread wherever it is, but one that stops for another reason first reports
that. New threads may come while the others are waited for. A thread that sleeps in vfork(2) cannot
stop before its child executes a program or ends.
"""

import contextlib
import time
from collections.abc import Callable

from walkthrough.capture.kernel.thread_status import GONE, thread_status
from walkthrough.capture.ptrace import attach_requests
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.process_table import ProcessTable
from walkthrough.capture.ptrace.traced_process import TracedThread

PATIENCE_S = 5.0
"""How long threads are waited for that do not stop: they wait in the kernel, in state D."""
_NAP_S = 0.0002
AGAIN_S = 0.05
"""After how long those that have not stopped are interrupted again: while a process executes
another program, an interrupt may be lost."""

Take = Callable[[int], bool]
"""Takes one stop or end of a thread, -1 for any, if there is one; returns whether there was."""


class Standstill:
    """Whether all threads are to stand.

    Args:
        table: Of the threads.

    Attributes:
        holds: Whether they are: whoever stops then is not resumed if nobody asks for it.
    """

    def __init__(self, table: ProcessTable) -> None:
        self._table = table
        self.holds = False
        self._for_all = False

    def lets_run(self, state: TracedThread) -> bool:
        """Return whether a thread runs although all others stand."""
        if state.released:
            return True
        if self._for_all:
            return state.process.vforked
        return not state.process.followed

    def reach(
        self,
        take: Take,
        let_run: Callable[[TracedThread], None],
        for_all: bool,
        seconds: float = PATIENCE_S,
    ) -> list[TracedThread]:
        """Stop every thread.

        Args:
            take: Takes the next stop.
            let_run: Resumes a thread.
            for_all: Whether those of processes that are left alone are to stop, too, and makers of
                vforks, which can when these have executed a program or ended. Nothing may be
                changed in their memory before.
            seconds: How long to wait.

        Returns:
            Those that did not stop.
        """
        self.holds, self._for_all = True, for_all
        for state in self._table.threads.values():
            state.released = False
        interrupted, gone = set[int](), set[int]()
        now = time.monotonic()
        until, again = now + seconds, now + AGAIN_S
        while True:
            running = {
                each.id: each
                for each in self._table.threads.values()
                if self._is_awaited(each, for_all) and each.id not in gone
            }
            if not running and not self._table.expects:
                break
            for thread, state in running.items():
                if thread not in interrupted and not (for_all and state.process.vforked):
                    interrupted.add(thread)
                    with contextlib.suppress(pt.PtraceError):
                        attach_requests.interrupt(thread)
            if for_all:
                self._let_vforks_run(let_run)
            # One by one: to wait for any, the kernel looks through all of them each time.
            taken = sum([take(thread) for thread in running])
            while take(-1):
                taken += 1
            if taken:
                continue  # there may be new ones
            now = time.monotonic()
            if now > until:
                break
            if now > again:
                again = now + AGAIN_S
                interrupted.clear()
            time.sleep(_NAP_S)
            # The first thread of a process may have ended before the others; that is told last.
            gone |= {
                thread
                for thread, state in running.items()
                if thread == state.process.pid and thread_status(thread).state in GONE
            }
        self._for_all = False
        threads = self._table.threads.values()
        return [each for each in threads if self._is_awaited(each, for_all) and each.id not in gone]

    def _is_awaited(self, state: TracedThread, for_all: bool) -> bool:
        if state.stopped:
            return False
        return for_all or (state.process.followed and not state.vfork)

    def _let_vforks_run(self, let_run: Callable[[TracedThread], None]) -> None:
        for state in list(self._table.threads.values()):
            if state.stopped and state.process.vforked:
                let_run(state)

    def end(self, let_run: Callable[[TracedThread], None]) -> None:
        """Let all run that stand only because all had to."""
        self.holds = False
        for state in list(self._table.threads.values()):
            state.released = False
            if state.halted and state.stopped:
                let_run(state)
