"""Keeps a process beside a tracer that has attached, which puts all back if the tracer is killed.

The tracer tells it, line by line, what it is about to change (`report`); what was written is read
even if the tracer is dead by then. The process is `walkthrough.capture.workers.guardian`.
"""

import contextlib
import os
import socket
import subprocess
from typing import Self

import msgspec

from walkthrough.capture import processes
from walkthrough.capture.environment.resource_limits import not_started
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.handler_page import HandlerPage
from walkthrough.i18n.messages import message

_START_SECONDS = 20.0
_END_SECONDS = 5.0
READY = b"ready\n"
PUT_BACK = b"."
"""What the guardian says: that it listens, and that it is done with a process left behind."""


class CallsBegin(msgspec.Struct, frozen=True, tag="calls"):
    """A thread is about to make system calls for the tracer; what signals it blocks."""

    pid: int
    thread: int
    mask: int


class MemoryMapped(msgspec.Struct, frozen=True, tag="mapped"):
    """Memory was mapped for a handler page."""

    pid: int
    address: int
    length: int


class PageReady(msgspec.Struct, frozen=True, tag="page"):
    """A handler page is about to be made the handler, and breakpoints to be written."""

    pid: int
    page: HandlerPage


class LeftBehind(msgspec.Struct, frozen=True, tag="behind"):
    """The tracer leaves a process, whose text is restored, but not its page: it was in use."""

    pid: int


class ProcessLeft(msgspec.Struct, frozen=True, tag="left"):
    """Nothing of the tracer's is left in a process, or it has ended."""

    pid: int


class TracingEnded(msgspec.Struct, frozen=True, tag="ended"):
    """The tracer has left all its processes: there is nothing to guard."""


Report = CallsBegin | MemoryMapped | PageReady | LeftBehind | ProcessLeft | TracingEnded
"""What a tracer tells its guardian, a line of JSON each."""


class Guardian:
    """Such a process; a context manager. It ends once it is told that tracing has ended.

    It is no descendant that ends with us: it outlives us, if need be, and then ends by itself.
    Starting it takes a tenth of a second, so start it early.

    Args:
        stopped_limit_s: For how many seconds we may be stopped (SIGSTOP, or Ctrl-Z) while processes
            wait for us; then it kills us, and puts them back. 0: for ever.

    Raises:
        CaptureError: It cannot be started.
    """

    def __init__(self, stopped_limit_s: float = 0) -> None:
        self._control, theirs = socket.socketpair()
        self._is_ready = False
        own = os.pidfd_open(os.getpid())
        ours = (str(theirs.fileno()), str(own), str(os.getpid()), str(stopped_limit_s))
        command = processes.python("walkthrough.capture.workers.guardian", *ours)
        try:
            self._process = processes.popen_outliving(command, (theirs.fileno(), own))
        except OSError as error:
            self._control.close()
            raise not_started(message("The guardian"), error) from error
        finally:
            theirs.close()
            os.close(own)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Wait until it listens; call this before anything is changed. Idempotent.

        Raises:
            CaptureError: It has ended, or does not begin.
        """
        if self._is_ready:
            return
        self._control.settimeout(_START_SECONDS)
        said = b""
        with contextlib.suppress(OSError):
            while said != READY and (more := self._control.recv(len(READY))):
                said += more
        self._control.settimeout(None)
        self._is_ready = said == READY
        if not self._is_ready:
            self.close()
            raise CaptureError(
                message(
                    "The process that would put a program back as it was did not start, so nothing "
                    "was attached to: close other programs and try again."
                )
            )

    def report(self, what: Report) -> None:
        """Tell it; when this returns, it will know even if we die.

        A guardian that has been killed by somebody is told nothing: the handler page alone has to
        do then.
        """
        with contextlib.suppress(OSError):
            self._control.sendall(msgspec.json.encode(what) + b"\n")

    def wait_until_put_back(self, count: int) -> None:
        """Wait until ``count`` processes that were left behind are as they were, or it gives up."""
        self._control.settimeout(_END_SECONDS)
        with contextlib.suppress(OSError):
            while count > 0 and (said := self._control.recv(count)):
                count -= len(said)

    def close(self) -> None:
        """Tell it that tracing has ended, and wait for its end. Idempotent."""
        self.report(TracingEnded())
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
