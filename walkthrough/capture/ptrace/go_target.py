"""A scenario's Go server as a `Target`: built, told what to do, limited, and made to fail."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from walkthrough import __version__
from walkthrough.capture.command_line import arguments
from walkthrough.capture.decode.calls import calls_of
from walkthrough.capture.environment.system import kernel_name
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.architecture.selection import native
from walkthrough.capture.ptrace.binary import ABSENT, BinaryAnalysis
from walkthrough.capture.ptrace.event_builder import EventBuilder
from walkthrough.capture.ptrace.program_analysis import analyse_program
from walkthrough.capture.ptrace.stops import StopKind, ThreadStop
from walkthrough.capture.ptrace.traced_functions import (
    TracedFunction,
    parse_version,
    traced_functions,
)
from walkthrough.capture.ptrace.traced_target import TracedTarget
from walkthrough.capture.ptrace.tracer import MOST_PROCESSES, PtraceTracer
from walkthrough.capture.session.faults import FaultInjector
from walkthrough.capture.session.rlimits import impose, refuse_beyond
from walkthrough.capture.session.run_config import RunConfig
from walkthrough.i18n.messages import message
from walkthrough.model.events import AnyEvent, CallEntered, Header, Unobserved


class GoTarget(TracedTarget):
    """A Go program under ptrace, halted at each watched function and system call.

    Args:
        program: The executable.
        config: What it is told to do, within which limits, and what is to fail.
        own: Whether it is the scenario's own program.

    Raises:
        CaptureError: The program cannot be analysed, or cannot do what the configuration says.
    """

    def __init__(self, program: Path, config: RunConfig, own: bool = False) -> None:
        analysis = analyse_program(program, traced_functions)
        if analysis is None:
            raise CaptureError(
                message("{binary} was not made by Go; trace a Go program.", binary=str(program))
            )
        self._analysis: BinaryAnalysis = analysis
        watched = traced_functions(parse_version(analysis.go_version), native())
        self._unobserved = _worth_telling(self._analysis, watched, config, own)
        self._program = program
        self._command = ("server", *arguments(config, own))
        self._config = config
        self._faults = FaultInjector(config.faults)
        most = 0 if config.exposure.guarded else MOST_PROCESSES  # only its own binds are checked
        super().__init__(PtraceTracer(self._analysis, watched, most_processes=most))

    def start(self) -> Header:
        """Start the server, halted before its first instruction.

        Raises:
            CaptureError: It cannot be started or traced here.
        """
        refuse_beyond(self._config.limits)
        return super().start()

    def _begin(self) -> None:
        self._tracer.start(self._program, list(self._command), self._in_the_child)

    def _builder(self, origin_ns: int) -> EventBuilder:
        return EventBuilder(self._analysis, self._command, origin_ns)

    def _header(self) -> Header:
        return Header(
            program_version=__version__,
            server="go",
            scenario=self._config.scenario,
            go_version=self._analysis.go_version,
            pid=self.pid,
            command=self._command,
            started=datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            system=kernel_name(),
            architecture=self._analysis.architecture,
            unobserved=self._unobserved,
            calls=tuple(spec.name for spec in calls_of(self._analysis.architecture).values()),
            network_namespace=self._config.exposure.namespace,
            exposed=self._config.exposure.exposed,
        )

    def _in_the_child(self) -> None:
        self._output.redirect(self._config.inherited)
        impose(self._config.limits)  # last: from here on there may be no descriptor left for us

    def _taken(self, stop: ThreadStop, events: Sequence[AnyEvent]) -> Sequence[AnyEvent]:
        """Return all events; make the call fail whose entry a stop is, if a fault is meant for it.

        What the runtime does before main is not on the path, and no fault is.
        """
        if self._faults and stop.what is StopKind.CALL_ENTERED and events:
            entered = events[-1]
            if isinstance(entered, CallEntered) and not entered.quiet:
                number = self._faults.strikes(entered.call, entered.place)
                if number:
                    self._tracer.fail_call(stop.thread, number)
        return events


def _worth_telling(
    analysis: BinaryAnalysis, watched: Sequence[TracedFunction], config: RunConfig, own: bool
) -> tuple[Unobserved, ...]:
    """Leave out the functions that only other programs have; a scenario's own may lack any."""
    program = "" if own else config.options.program.value
    expected = {each.name for each in watched if not own and each.expected_in(program)}
    return tuple(
        each for each in analysis.unobserved if each.reason != ABSENT or each.function in expected
    )
