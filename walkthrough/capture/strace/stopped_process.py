"""A program to be traced by another process: stopped before execve(2), then continued."""

import contextlib
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from walkthrough.capture import processes
from walkthrough.capture.environment.resource_limits import not_started
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.parent_death import die_with_parent
from walkthrough.capture.strace.ptrace_permission import allow
from walkthrough.i18n.messages import message


class StoppedProcess:
    """A child that has stopped itself, and executes ``program`` when it is continued.

    The kernel kills it when the thread that made it ends.

    Args:
        program: The executable.
        command: Its argument vector, ``argv[0]`` first.
        before_exec: Called in the new process first: redirect, limit.

    Raises:
        CaptureError: It cannot be started.
    """

    def __init__(
        self, program: Path, command: Sequence[str], before_exec: Callable[[], None]
    ) -> None:
        parent = os.getpid()
        try:
            self.pid = processes.fork_child()
        except OSError as error:
            raise not_started(message("The server"), error) from error
        if self.pid == 0:
            try:
                before_exec()
                allow(parent)
                if die_with_parent(parent):
                    os.kill(os.getpid(), signal.SIGSTOP)
                    processes.exec_program(program, command)
            finally:
                os._exit(126)
        self._ended = False
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            self._ended = True
            raise CaptureError(message("The server ended before it began: close other programs."))

    def go(self) -> None:
        """Let it execute its program."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Kill it; `reap` waits until that has happened."""
        if not self._ended:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def reap(self) -> None:
        """Wait for its end. Idempotent."""
        if not self._ended:
            self._ended = True
            os.waitpid(self.pid, 0)
