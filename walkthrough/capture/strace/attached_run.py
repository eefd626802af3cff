"""The instrumented server with strace attached to it: both watch the same run."""

import os
import select
import signal
import subprocess
from pathlib import Path

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.instrumented.target import InstrumentedTarget
from walkthrough.capture.session.run_config import RunConfig
from walkthrough.capture.strace.ptrace_permission import allow
from walkthrough.capture.strace.strace_program import Strace, await_attached, torn
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import Header

_START_SECONDS = 30.0
_END_SECONDS = 5.0
END_CALLS = ("exit_group",)
"""Traced in addition to the server's events: they make the end of a log readable."""


class StracedTarget(InstrumentedTarget):
    """A `Target` like its parent, with strace attached before the program's first step.

    strace attaches when the server is halted at its first event: so the log begins where the
    program does, strace is not subject to the server's limits, and the server stays our child.

    Args:
        config: What the server is told to do.
        strace: The program.
        log: Where its log goes.

    Attributes:
        ours: The server's descriptors that serve us; calls on them are not part of the program.
    """

    def __init__(self, config: RunConfig, strace: Strace, log: Path) -> None:
        me = os.getpid()
        super().__init__(config, before_exec=lambda: allow(me))
        self._program = strace
        self._log = log
        self._strace: subprocess.Popen[bytes] | None = None
        self._stderr = -1
        self._ended_well = True
        self._status: int | None = None
        self.ours: frozenset[int] = frozenset()

    def start(self) -> Header:
        """Start the server, and strace on it.

        Raises:
            CaptureError: One of them cannot be started.
        """
        header = super().start()
        try:
            select.select(self.descriptors()[:1], [], [], _START_SECONDS)
            self.ours = _descriptors(self.pid, self.private())
            self._attach((*header.calls, *END_CALLS))
        except BaseException:
            self.close()
            raise
        return header

    def close(self) -> None:
        """End the server, and wait until strace has written everything. Idempotent."""
        if self._strace is not None:
            self._ended_well = self._strace.poll() is None or not self._runs()
        super().close()
        if self._strace is not None:
            try:
                self._strace.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._strace.kill()
                self._strace.wait()
                self._ended_well = False
            self._status = self._strace.returncode
            if self._status == -signal.SIGXFSZ:  # its last lines were still to be written
                self._ended_well = False
            self._strace = None
        if self._stderr >= 0:
            os.close(self._stderr)
            self._stderr = -1

    def check(self) -> None:
        """Check, after the end, that strace saw everything.

        Raises:
            CaptureError: It ended before the server did.
        """
        if not self._ended_well:
            raise torn(self._status)

    def _attach(self, calls: tuple[str, ...]) -> None:
        self._stderr, stderr = os.pipe2(os.O_CLOEXEC)
        try:
            options = ("-o", str(self._log))
            self._strace = self._program.attach(self.pid, calls, stderr, *options)
        finally:
            os.close(stderr)
        try:
            await_attached(self._stderr)
        except CaptureError as error:
            if self._runs():
                raise
            raise CaptureError(self._early_end()) from error

    def _early_end(self) -> Message:
        """Return the message about a server that ended, with its last line on standard error."""
        written = self._output.read(0) if self._output is not None else []
        lines = b"".join(event.data for event in written if event.stream == 2).split(b"\n")
        last = next((line for line in reversed(lines) if line.strip()), b"")
        if not last:
            return message("The server ended before its first step.")
        return message(
            "The server ended before its first step ({why}).",
            why=printable(last.decode("utf-8", "replace")),
        )

    def _runs(self) -> bool:
        return self._process is not None and self._process.poll() is None


def _descriptors(pid: int, links: frozenset[str]) -> frozenset[int]:
    """Return the numbers of the descriptors of ``pid`` that link to one of ``links``."""
    folder = f"/proc/{pid}/fd"
    try:
        return frozenset(
            int(fd) for fd in os.listdir(folder) if os.readlink(f"{folder}/{fd}") in links
        )
    except OSError:
        return frozenset()  # it has ended already: there will be no calls on them
