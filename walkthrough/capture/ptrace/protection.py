"""What keeps a process alive whose tracer is killed while breakpoints stand in it: the interface.

A process that was attached to does not end with its tracer; a breakpoint that nobody answers would
kill it. So whoever attaches may give the tracer a `Protection`, which puts something into the
process that answers in its place. `PtraceTracer` calls it when all threads of the process stand.
"""

from typing import Protocol

from walkthrough.capture.ptrace.traced_process import TracedProcess, TracedThread


class Protection(Protocol):
    """Puts itself into processes and takes itself out again."""

    def put_back(self, pid: int) -> None:
        """Put a process back that is to be attached to, if a killed tracer has changed it."""

    def install(self, process: TracedProcess) -> None:
        """Protect a process before its breakpoints are inserted.

        ``process.originals`` says where they will stand. What sets ``process.thunks`` has the
        tracer send threads there instead of carrying out instructions itself; it does so before it
        takes their stops from the kernel, see waitid(2), WNOWAIT.

        Raises:
            CaptureError: It cannot be protected: it is left as it was.
        """

    def inherited(self, process: TracedProcess) -> None:
        """Remember a process that was forked by a protected one, and has copies of all."""

    def leave_thunk(self, thread: TracedThread) -> None:
        """Take a thread out of a thunk, if it is in one, before a signal is delivered to it."""

    def remove(self, process: TracedProcess) -> None:
        """Take all out of a process whose breakpoints have been removed; clear ``thunks``."""

    def settle(self) -> None:
        """Wait until all is out that could not be taken out before its threads ran on."""
