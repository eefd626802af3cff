"""Runs the instrumented server and turns what it tells into arrivals; the other end of `halting`.

The server tells one event at a time and stands still until it is released.
"""

import contextlib
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

import walkthrough
from walkthrough.capture import processes
from walkthrough.capture.environment.resource_limits import not_started
from walkthrough.capture.environment.system import kernel_name
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.instrumented.command_line import command_line
from walkthrough.capture.instrumented.syscall.numbers import CALLS, NOT_HERE, NUMBERS
from walkthrough.capture.session.output import OutputPipes
from walkthrough.capture.session.rlimits import refuse_beyond
from walkthrough.capture.session.run_config import RunConfig
from walkthrough.capture.session.target import Arrival
from walkthrough.i18n.messages import message
from walkthrough.model.events import (
    AnyEvent,
    Header,
    ProcessExited,
    ProcessStarted,
)
from walkthrough.model.linux import constants as k

_CHUNK = 1 << 16
_EXIT_SECONDS = 5.0


class InstrumentedTarget:
    """A `Target`: the instrumented server, told to do what a plan says.

    The kernel kills the server when the thread that called `start` ends (prctl(2),
    PR_SET_PDEATHSIG), so nothing stays behind.

    Args:
        config: What it is told to do, within which limits, and what is to fail.
        before_exec: Called in the new process before its program begins.

    Raises:
        CaptureError: It cannot do what the plan says.
    """

    def __init__(self, config: RunConfig, before_exec: Callable[[], None] | None = None) -> None:
        self._config = config
        self._before_exec = before_exec
        self._command = command_line(config)
        self._process: subprocess.Popen[bytes] | None = None
        self._origin = 0
        self._lines: int | None = None
        self._release: int | None = None
        self._output: OutputPipes | None = None
        self._rest = b""
        self._token = 0
        self._waiting: int | None = None
        self._early: list[Arrival] = []
        self._decoder = msgspec.json.Decoder(AnyEvent)

    @property
    def pid(self) -> int:
        """Process id of the server, 0 before it is started."""
        return self._process.pid if self._process else 0

    @property
    def origin_ns(self) -> int:
        """The moment of the monotonic clock from which its events count time, once started."""
        return self._origin

    def start(self) -> Header:
        """Start the server and describe the capture; it stops at its first event by itself.

        Raises:
            CaptureError: It cannot be started.
        """
        if self._process is not None:
            raise CaptureError(message("The server has been started already: make another target."))
        if sys.platform != "linux":
            raise CaptureError(
                message("The server runs on Linux only: replay a recording instead.")
            )
        if not NUMBERS:
            raise CaptureError(NOT_HERE)
        refuse_beyond(self._config.limits)
        self._origin = time.monotonic_ns()
        started = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        try:
            self._spawn(self._command)
        except OSError as error:
            self.close()
            raise not_started(message("The instrumented server"), error) from error
        except ValueError:
            self.close()
            raise CaptureError(
                message("No program can be handed a NUL byte: take it out of the scenario's texts.")
            ) from None
        shown = ("walkthrough.capture.instrumented", *self._command)
        event = ProcessStarted(seq=-1, time_ns=self._now(), thread=self.pid, pid=self.pid)
        self._early = [Arrival(msgspec.structs.replace(event, command=shown), None)]
        return Header(
            program_version=walkthrough.__version__,
            server="python",
            scenario=self._config.scenario,
            server_version=f"{platform.python_implementation()} {platform.python_version()}",
            pid=self.pid,
            command=shown,
            started=started,
            system=kernel_name(),
            architecture=platform.machine(),
            calls=CALLS,
            network_namespace=self._config.exposure.namespace,
            exposed=self._config.exposure.exposed,
        )

    def descriptors(self) -> Sequence[int]:
        """Descriptors to wait on."""
        lines = () if self._lines is None else (self._lines,)
        return (*lines, *(self._output.descriptors() if self._output is not None else ()))

    def arrivals(self) -> list[Arrival]:
        """Return what has arrived.

        Output comes first: what was written before an event was told is in its pipe by then.
        """
        arrived, self._early = self._early, []
        arrived += self._printed()
        if self._lines is None:
            return arrived
        data = _read(self._lines)
        if data is None:
            return arrived
        if not data:
            return arrived + self._exit()
        self._rest += data
        return _in_time(arrived, self._decode())

    def release(self, token: int) -> None:
        """Let the server go on from the event ``token`` came with."""
        if token != self._waiting or self._release is None:
            return
        self._waiting = None
        with contextlib.suppress(BrokenPipeError):  # it has died meanwhile; arrivals will tell
            os.write(self._release, b".")

    def let_go(self) -> None:
        """Not possible: this server takes part in being observed.

        Raises:
            CaptureError: Always.
        """
        raise CaptureError(
            message("The action let-go needs --server go: the Python server always reports.")
        )

    def halt(self) -> bool:
        """Return that it halts at its events only."""
        return False

    def go_on(self) -> None:
        """Do nothing: `halt` has not halted it."""

    def private(self) -> frozenset[str]:
        """The two pipes by which the server tells its events and is let go on."""
        ends = (end for end in (self._lines, self._release) if end is not None)
        return frozenset(f"pipe:[{os.fstat(end).st_ino}]" for end in ends)

    def alive(self) -> bool:
        """Return whether more may arrive."""
        return bool(self._early) or self._lines is not None

    def unlisted(self) -> dict[str, int]:
        """Return what was left out: never anything, for the server waits to be heard."""
        return {}

    def close(self) -> None:
        """Kill the server, if it runs, and give everything back."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            self._process.wait()
        for fd in (self._lines, self._release):
            if fd is not None:
                os.close(fd)
        if self._output is not None:
            self._output.close()
        self._lines = self._release = self._waiting = self._output = None
        self._early = []

    def _spawn(self, command: Sequence[str]) -> None:
        ours: list[int] = []
        theirs: list[int] = []
        try:
            for reading in (True, False):  # events, releases
                ends = os.pipe()
                ours.append(ends[0] if reading else ends[1])
                theirs.append(ends[1] if reading else ends[0])
            events, release = theirs
            self._output = OutputPipes()
            fds = ("--events-fd", str(events), "--release-fd", str(release))
            self._process = processes.popen(
                processes.python("walkthrough.capture.instrumented", *command, *fds),
                stdout=self._output.writing(1),
                stderr=self._output.writing(2),
                pass_fds=(events, release),
                before_exec=self._before_exec,
            )
        except (OSError, ValueError):
            for fd in ours:
                os.close(fd)
            raise
        finally:
            for fd in theirs:
                os.close(fd)
            if self._output is not None:
                self._output.parent_side()
        self._lines, self._release = ours
        os.set_blocking(self._lines, False)

    def _now(self) -> int:
        return time.monotonic_ns() - self._origin

    def _printed(self) -> list[Arrival]:
        printed = self._output.read(self._now()) if self._output is not None else []
        return [Arrival(event, None) for event in printed]

    def _decode(self) -> list[Arrival]:
        *lines, self._rest = self._rest.split(b"\n")
        arrived = []
        for line in lines:
            event = self._decoder.decode(line)
            event = msgspec.structs.replace(event, time_ns=event.time_ns - self._origin)
            self._token += 1
            self._waiting = self._token
            arrived.append(Arrival(event, self._token))
        return arrived

    def _exit(self) -> list[Arrival]:
        """The server's end of the pipe is closed: it is exiting, or is gone."""
        assert self._process is not None
        assert self._lines is not None
        try:
            status = self._process.wait(_EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        os.close(self._lines)
        self._lines = self._waiting = None
        arrived = self._printed()  # nobody else holds the other ends: to their end
        exited = ProcessExited(
            seq=-1,
            time_ns=self._now(),
            thread=self.pid,
            pid=self.pid,
            code=status if status >= 0 else None,
            signal=k.constant(k.SIGNAL, -status) if status < 0 else None,
        )
        return [*arrived, Arrival(exited, None)]


def _read(fd: int) -> bytes | None:
    """Read what there is; b"" at the end, None if there is nothing yet."""
    try:
        return os.read(fd, _CHUNK)
    except BlockingIOError:
        return None


def _in_time(output: list[Arrival], events: list[Arrival]) -> list[Arrival]:
    """Return output, then events; output read late was written before the event anyway."""
    latest = events[0].event.time_ns if events else sys.maxsize
    earlier = [
        Arrival(msgspec.structs.replace(event, time_ns=min(event.time_ns, latest)), token)
        for event, token in output
    ]
    return earlier + events
