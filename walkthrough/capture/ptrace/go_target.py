"""The Go server as a `Target`: a traced process whose stops arrive as events.

Joins the tracer (ptrace), the event builder (events), the faults and the server's output pipes.
Knows nothing of commands or the order in which others release what arrives.
"""

import contextlib
import os
import platform
import signal
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from walkthrough import __version__
from walkthrough.capture.command_line import arguments
from walkthrough.capture.decode.calls import CALLS
from walkthrough.capture.environment.system import kernel_name
from walkthrough.capture.ptrace.binary import ABSENT, BinaryAnalysis, analyse_cached
from walkthrough.capture.ptrace.build_info import go_version
from walkthrough.capture.ptrace.event_builder import EventBuilder
from walkthrough.capture.ptrace.stops import StopKind, ThreadStop
from walkthrough.capture.ptrace.traced_functions import (
    TracedFunction,
    goid_offset,
    parse_version,
    traced_functions,
)
from walkthrough.capture.ptrace.tracer import MOST_PROCESSES, PtraceTracer
from walkthrough.capture.session.faults import FaultInjector
from walkthrough.capture.session.output import OutputPipes
from walkthrough.capture.session.rlimits import impose, refuse_beyond
from walkthrough.capture.session.run_config import RunConfig
from walkthrough.capture.session.target import Arrival
from walkthrough.model.events import AnyEvent, CallEntered, Header, Unobserved


class GoTarget:
    """A Go program under ptrace, halted at each watched function and system call.

    Args:
        program: The executable.
        config: What it is told to do, within which limits, and what is to fail.
        own: Whether it is the scenario's own program.

    Raises:
        CaptureError: The program cannot be analysed, or cannot do what the configuration says.
    """

    def __init__(self, program: Path, config: RunConfig, own: bool = False) -> None:
        version = parse_version(go_version(program))
        watched = traced_functions(version)
        names = [each.name for each in watched]
        self._analysis: BinaryAnalysis = analyse_cached(program, names, goid_offset(version))
        self._unobserved = _worth_telling(self._analysis, watched, config, own)
        self._program = program
        self._command = ("server", *arguments(config, own))
        self._config = config
        self._faults = FaultInjector(config.faults)
        most = 0 if config.exposure.guarded else MOST_PROCESSES  # only its own binds are checked
        self._tracer = PtraceTracer(self._analysis, watched, most_processes=most)
        self._output = OutputPipes()
        self._event_builder: EventBuilder | None = None
        self._origin_ns = 0
        self._wake: tuple[int, int] = (-1, -1)
        self._old_wakeup = -1
        self._old_handler: object = None
        self._old_mask: set[int | signal.Signals] = set()

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._tracer.pid

    @property
    def origin_ns(self) -> int:
        """The moment of the monotonic clock from which its events count time, once started."""
        return self._origin_ns

    def start(self) -> Header:
        """Start the server, halted before its first instruction.

        Raises:
            CaptureError: It cannot be started or traced here.
        """
        refuse_beyond(self._config.limits)
        self._watch_children()
        self._tracer.start(self._program, list(self._command), self._in_the_child)
        self._output.parent_side()
        self._origin_ns = time.monotonic_ns()
        self._event_builder = EventBuilder(self._analysis, self._command, self._origin_ns)
        return Header(
            program_version=__version__,
            server="go",
            scenario=self._config.scenario,
            go_version=self._analysis.go_version,
            pid=self.pid,
            command=self._command,
            started=datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            system=kernel_name(),
            architecture=platform.machine(),
            unobserved=self._unobserved,
            calls=tuple(spec.name for spec in CALLS.values()),
            network_namespace=self._config.exposure.namespace,
            exposed=self._config.exposure.exposed,
        )

    def _in_the_child(self) -> None:
        self._output.redirect(self._config.inherited)
        impose(self._config.limits)  # last: from here on there may be no descriptor left for us

    def _watch_children(self) -> None:
        """Make every stop of the tracee write a byte into a pipe, so that one select sees all.

        A stop sends SIGCHLD; the wake-up descriptor turns it into something to select on,
        without the race of a signal that comes just before a blocking wait.
        """
        self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._old_wakeup = signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        self._old_handler = signal.signal(signal.SIGCHLD, _ignore)
        # Whoever started us may have blocked it, and a mask is inherited.
        self._old_mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})

    def descriptors(self) -> Sequence[int]:
        """Descriptors that become readable when something may have arrived."""
        return (self._wake[0], *self._output.descriptors())

    def arrivals(self) -> list[Arrival]:
        """Return what has arrived; threads without an event have been resumed."""
        assert self._event_builder is not None
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake[0], 4096):
                pass
        arrived: list[Arrival] = []
        for stop in self._tracer.stops(os.WNOHANG):
            events = self._event_builder.build(stop)
            if self._faults and stop.what is StopKind.CALL_ENTERED:
                self._let_fail(stop, events)
            if not events:
                if stop.held:
                    self._tracer.resume(stop.thread)
                continue
            arrived.extend(Arrival(event, None) for event in events[:-1])
            arrived.append(Arrival(events[-1], stop.thread if stop.held else None))
        arrived.extend(
            Arrival(event, None) for event in self._output.read(self._event_builder.elapsed_ns())
        )
        return arrived

    def _let_fail(self, stop: ThreadStop, events: Sequence[AnyEvent]) -> None:
        """Make the call fail whose entry a stop is, if a fault is meant for it.

        What the runtime does before main is not on the path, and no fault is.
        """
        entered = events[-1] if events else None
        if not isinstance(entered, CallEntered) or entered.quiet:
            return
        if number := self._faults.strikes(entered.call, entered.place):
            self._tracer.fail_call(stop.thread, number)

    def release(self, token: int) -> None:
        """Let a held thread go on."""
        self._tracer.resume(token)

    def let_go(self) -> None:
        """Let the server run at full speed; its functions and calls are no longer captured."""
        self._tracer.let_go()

    def private(self) -> frozenset[str]:
        """Nothing: a tracer needs no descriptor in the server."""
        return frozenset()

    def alive(self) -> bool:
        """Return whether the server still runs."""
        return self._tracer.alive

    def unlisted(self) -> dict[str, int]:
        """Return the signals by which Go preempts its own threads, counted."""
        hidden = self._tracer.hidden_signals
        return {"SIGURG": hidden} if hidden else {}

    def close(self) -> None:
        """Kill the server and release everything. Idempotent."""
        self._tracer.kill()
        self._output.close()
        if self._wake[0] >= 0:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._old_mask)
            signal.set_wakeup_fd(self._old_wakeup)
            signal.signal(signal.SIGCHLD, self._old_handler)  # type: ignore[arg-type]
            for descriptor in self._wake:
                os.close(descriptor)
            self._wake = (-1, -1)


def _worth_telling(
    analysis: BinaryAnalysis, watched: Sequence[TracedFunction], config: RunConfig, own: bool
) -> tuple[Unobserved, ...]:
    """Leave out the functions that only other programs have; a scenario's own may lack any."""
    program = "" if own else config.options.program.value
    expected = {each.name for each in watched if not own and each.expected_in(program)}
    return tuple(
        each for each in analysis.unobserved if each.reason != ABSENT or each.function in expected
    )


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """A handler that does nothing: only a handled signal wakes the wake-up descriptor."""
