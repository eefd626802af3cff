"""Waits for threads that end while the tracer's own thread is held up in PTRACE_SEIZE.

A process that executes a program lets none of its threads be seized until all but one are gone;
those that are traced are gone when they have been waited for, which who is held up cannot do:
ptrace(2), BUGS. Any thread of a process may wait for what another one traces.
"""

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Self

from walkthrough.capture.kernel.thread_status import thread_status, threads_of
from walkthrough.capture.ptrace import ptrace_api as pt

_PAUSE_S = 0.02
_WAIT = os.WEXITED | os.WNOHANG | pt.WALL


class ZombieReaper:
    """A thread that does so while threads are being seized.

    Args:
        processes: Returns the ids of the processes whose threads are being seized.

    Attributes:
        ended: Those that it has waited for.
    """

    def __init__(self, processes: Callable[[], Iterable[int]]) -> None:
        self._processes = processes
        self._since: float | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.ended: deque[int] = deque()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def seizing(self) -> None:
        """Note that a thread is about to be seized."""
        self._since = time.monotonic()

    def seized(self) -> None:
        """Note that it was, or could not be."""
        self._since = None

    def _run(self) -> None:
        while not self._over.wait(_PAUSE_S):
            since = self._since
            if since is not None and time.monotonic() - since > _PAUSE_S:
                self._reap()

    def _reap(self) -> None:
        for process in self._processes():
            for thread in threads_of(process):
                # The first thread's end is its process's, and hinders nobody. Others may have been
                # made by one that is traced, and are not known yet.
                if thread == process or thread_status(thread).state != b"Z":
                    continue
                with contextlib.suppress(ChildProcessError):
                    if os.waitid(os.P_PID, thread, _WAIT) is not None:
                        self.ended.append(thread)
