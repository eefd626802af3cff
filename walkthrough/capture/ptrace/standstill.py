"""Bringing every thread to a stop, then and there, and letting them run again.

PTRACE_INTERRUPT stops a thread wherever it is, but one that stops for another reason first reports
that. New threads may come while the others are waited for. A thread that sleeps in vfork(2) cannot
stop before its child executes a program or ends.
"""

import contextlib
import os
import time
from collections.abc import Callable

from walkthrough.capture.ptrace import attach_requests
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.process_table import ProcessTable
from walkthrough.capture.ptrace.traced_process import TracedThread

PATIENCE_S = 5.0
"""How long threads are waited for that do not stop: they wait in the kernel, in state D."""
_NAP_S = 0.0002

Take = Callable[[int], bool]
"""Takes one stop or end if there is any, as waitpid(2) with these flags; returns whether it did."""


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
        self._lets_vforks_run = False

    def lets_run(self, state: TracedThread) -> bool:
        """Return whether a thread runs although all others stand."""
        return state.released or (self._lets_vforks_run and state.process.borrows_memory)

    def reach(
        self,
        take: Take,
        let_run: Callable[[TracedThread], None],
        through_vforks: bool,
        seconds: float = PATIENCE_S,
    ) -> list[TracedThread]:
        """Stop every thread of every process that is followed.

        Args:
            take: Takes the next stop.
            let_run: Resumes a thread.
            through_vforks: Whether those that share their maker's memory run on until they do not,
                since nothing may be changed in that memory before; otherwise their makers, which
                cannot stop, are left out.
            seconds: How long to wait.

        Returns:
            Those that did not stop.
        """
        self.holds, self._lets_vforks_run = True, through_vforks
        for state in self._table.threads.values():
            state.released = False
        interrupted: set[int] = set()
        until = time.monotonic() + seconds
        while True:
            running = {
                each.id: each
                for each in self._table.threads.values()
                if self._is_awaited(each, through_vforks)
            }
            if not running and not self._table.expects:
                break
            for thread in running.keys() - interrupted:
                with contextlib.suppress(pt.PtraceError):
                    attach_requests.interrupt(thread)
            interrupted |= running.keys()
            if through_vforks:
                self._let_vforks_run(let_run)
            taken = False
            while take(os.WNOHANG):
                taken = True
            if taken:
                continue  # there may be new ones
            if time.monotonic() > until:
                break
            time.sleep(_NAP_S)
        self._lets_vforks_run = False
        threads = self._table.threads.values()
        return [each for each in threads if self._is_awaited(each, through_vforks)]

    def _is_awaited(self, state: TracedThread, through_vforks: bool) -> bool:
        if state.stopped or not state.process.followed:
            return False
        if through_vforks:
            return not state.process.borrows_memory
        return not state.vfork

    def _let_vforks_run(self, let_run: Callable[[TracedThread], None]) -> None:
        for state in list(self._table.threads.values()):
            if state.stopped and state.process.borrows_memory:
                let_run(state)

    def end(self, let_run: Callable[[TracedThread], None]) -> None:
        """Let all run that stand only because all had to."""
        self.holds = False
        for state in list(self._table.threads.values()):
            state.released = False
            if state.halted and state.stopped:
                let_run(state)
