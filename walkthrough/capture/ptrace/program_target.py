"""A program of the user's own as a `Target`: no scenario, nothing that it is told to do.

It is launched in the folder and the environment that it was asked for in, with its arguments byte
for byte; or it runs, and is attached to. Nothing of it is built, limited or made to fail; what is
captured of it says a `TraceScope`. All processes that it starts are followed.
"""

import contextlib
import os
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from walkthrough import __version__
from walkthrough.capture.decode.calls import calls_of_programs
from walkthrough.capture.environment.program_file import ProgramFile, name_of_process
from walkthrough.capture.environment.system import kernel_name
from walkthrough.capture.kernel.observe import KernelObserver
from walkthrough.capture.ptrace.architecture.selection import ThirtyTwoBitError, native
from walkthrough.capture.ptrace.binary import ABSENT, BinaryAnalysis, UnreadableGoError
from walkthrough.capture.ptrace.handler_protection import HandlerProtection
from walkthrough.capture.ptrace.placed_calls import PlacedCalls
from walkthrough.capture.ptrace.process_events import ProcessEvents, RunningProgram
from walkthrough.capture.ptrace.program_analysis import analyse_program
from walkthrough.capture.ptrace.program_lines import ProgramLines
from walkthrough.capture.ptrace.seccomp_filter import filters_are_available
from walkthrough.capture.ptrace.stop_backlog import KeptStop, StopBacklog
from walkthrough.capture.ptrace.stops import Origin, StopKind, ThreadStop
from walkthrough.capture.ptrace.traced_functions import parse_version, program_functions
from walkthrough.capture.ptrace.traced_process import WatchedProgram
from walkthrough.capture.ptrace.traced_target import TracedTarget
from walkthrough.capture.ptrace.tracer import PtraceTracer
from walkthrough.capture.session.target import Arrival
from walkthrough.capture.session.trace_request import ALL, TraceRequest
from walkthrough.capture.session.trace_scope import TraceScope
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import error_number_text
from walkthrough.model.events import (
    FORMAT_OF_REVISIONS,
    AnyEvent,
    CallEntered,
    CallReturned,
    Header,
    OutputWritten,
    SourcePlace,
    StagesRevised,
    TracedProgram,
)

MOST_COMMAND = 4096
"""Bytes of a process's command line that are kept."""


class ProgramTarget(TracedTarget):
    """Programs under ptrace, and all that they start.

    Args:
        request: What is traced, and how.
        tracer: What traces it, with nothing started yet.
        programs: Says what their programs are.
    """

    def __init__(
        self, request: TraceRequest, tracer: PtraceTracer, programs: "KnownPrograms"
    ) -> None:
        self._request = request
        self._programs = programs
        self._placed: PlacedCalls | None = None
        self._scope = TraceScope(request.only, lambda call: self._places().is_of_path(call))
        self._later: list[StagesRevised] = []
        self._architecture = native()
        self._backlog: StopBacklog | None = None
        self._begins: RunningProgram | None = None
        super().__init__(tracer)

    def _builder(self, origin_ns: int) -> ProcessEvents:
        return ProcessEvents(self.pid, origin_ns, self._running)

    def _running(self, pid: int) -> RunningProgram:
        """Return what a process runs now, or ran at the stop that is taken from the backlog."""
        if self._begins is not None:
            return self._begins
        process = self._tracer.process(pid)
        analysis = process.analysis if process is not None else None
        error = process.analysis_error if process is not None else None
        unseen = "calls" if isinstance(error, ThirtyTwoBitError) else "functions" if error else ""
        known = watched(analysis).watched if analysis is not None else ()
        return RunningProgram(
            analysis,
            command_of(pid),
            self._programs.lines_of(analysis),
            unseen,
            known,
        )

    def _header(self) -> Header:
        process = self._tracer.process(self.pid)
        analysis = process.analysis if process is not None else None
        return Header(
            # Any process may execute a program without watched functions.
            format=FORMAT_OF_REVISIONS,
            program_version=__version__,
            server="go" if analysis is not None else "program",
            go_version=analysis.go_version if analysis is not None else "",
            pid=self.pid,
            command=command_of(self.pid),
            started=datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            system=kernel_name(),
            architecture=self._architecture.name,
            unobserved=tuple(
                each
                for each in (analysis.unobserved if analysis is not None else ())
                if each.reason != ABSENT  # no program has all of them
            ),
            calls=tuple(spec.name for spec in calls_of_programs(self._architecture.name).values()),
            program=TracedProgram(
                path=executable_of(self.pid),
                origin="attached" if self._request.attaches else "launched",
                language="go" if analysis is not None else "",
                attached=self._request.pids,
                only=self._request.only,
            ),
        )

    def complaints(self) -> list[Message | str]:
        """Return what is not seen of the processes that are traced now, or costs more, and why."""
        said: list[Message | str] = []
        for process in self._tracer.processes():
            if isinstance(process.analysis_error, ThirtyTwoBitError):
                said.append(
                    message(
                        "{program} is a 32-bit program, and nothing of it is shown: build it for "
                        "{machine}.",
                        program=_name_of(process.pid),
                        machine=self._architecture.name,
                    )
                )
            elif process.analysis_error is not None:
                said.append(process.analysis_error.message)
        if refused := self._tracer.filter_refused:
            said.append(
                message(
                    "No seccomp filter can be installed here ({why}): the program is stopped at "
                    "all of its system calls, and is slower.",
                    why=error_number_text(refused),
                )
            )
        return said

    def _taken(self, stop: ThreadStop, events: Sequence[AnyEvent]) -> Sequence[AnyEvent]:
        if stop.what is StopKind.PROCESS_STARTED and stop.origin is Origin.ATTACHED:
            with KernelObserver(stop.process) as observer:
                self._places().hold(stop.process, observer.observe())
        return self._sifted(events, self._is_watched(stop.process))

    def _is_watched(self, pid: int) -> bool:
        process = self._tracer.process(pid)
        return process is not None and process.analysis is not None

    def _sifted(self, events: Sequence[AnyEvent], watched: bool) -> list[AnyEvent]:
        """Return those events of a stop that are captured, with their places on the path."""
        return [taken for event in events for taken in self._told(event, watched)]

    def _told(self, event: AnyEvent, watched: bool) -> Iterator[AnyEvent]:
        """Yield what is captured of an event.

        Args:
            event: It.
            watched: The functions of its program are watched, and say where it is.
        """
        placed = self._places()
        event = placed.place(event, watched=watched)
        taken = self._scope.sift(event)
        if not taken and isinstance(event, CallEntered) and not self._scope.may_bring(event):
            placed.leave_out(event)
        revised = placed.revision(event)
        shown = self._scope.revise(revised) if revised is not None else ()
        self._later += (each for each in shown if isinstance(each, StagesRevised))
        brought = [each for each in shown if not isinstance(each, StagesRevised)]
        # Between the two ends of a call of its own thread it would be taken for one inside of that.
        yield from (*taken, *brought) if isinstance(event, CallReturned) else (*brought, *taken)
        if taken or brought:  # not alone: it comes behind the next event that is captured
            yield from self._later
            self._later.clear()

    def _places(self) -> PlacedCalls:
        """Return what follows descriptors and puts calls on the path."""
        if self._placed is None:
            self._placed = PlacedCalls(self.pid, quiet_elsewhere=self._request.only != ALL)
        return self._placed

    # running ahead

    def run_ahead(self, pauses: Callable[[], bool]) -> None:
        """Let threads go on before their events are made, see `DeferringTarget`."""
        self._backlog = StopBacklog(pauses)

    @property
    def behind(self) -> bool:
        """Whether there is something of which no events have been made yet."""
        return bool(self._backlog)

    def arrivals(self) -> list[Arrival]:
        """Return what has arrived; events are made of what was kept when the program pauses."""
        backlog = self._backlog
        if backlog and backlog.is_full:  # the program waits
            return self._arrivals_of_kept(backlog.take())
        arrived = super().arrivals()
        if arrived or not backlog:
            return arrived
        if backlog.is_amid(self._take_stops):
            return []
        return self._arrivals_of_kept(backlog.take())

    def _take_stops(self) -> bool:
        """Keep all stops that wait; return whether there was one."""
        several = False
        for stop in self._tracer.stops(os.WNOHANG):
            self._keep(stop)
            several = True
        return several

    def _arrivals_of(self, stop: ThreadStop) -> list[Arrival]:
        if self._backlog is None or not self._backlog.keeps(stop):
            return super()._arrivals_of(stop)
        self._keep(stop)
        return []

    def _arrivals_of_output(self, written: OutputWritten) -> list[Arrival]:
        if not self._backlog:
            return super()._arrivals_of_output(written)
        self._backlog.append(KeptStop(written))
        return []

    def _keep(self, stop: ThreadStop) -> None:
        """Keep a stop, with what can be asked of its process only now, and let its thread go on."""
        assert self._backlog is not None
        begins = stop.what is StopKind.PROCESS_STARTED
        program = self._running(stop.process) if begins else None
        self._backlog.append(KeptStop(stop, self._is_watched(stop.process), program))
        if stop.held:
            self._tracer.resume(stop.thread)

    def _arrivals_of_kept(self, kept: KeptStop) -> list[Arrival]:
        if isinstance(kept.what, OutputWritten):
            return [Arrival(kept.what, None)]
        assert self._event_builder is not None
        self._begins = kept.program
        events = self._event_builder.build(kept.what)
        self._begins = None
        return [Arrival(event, None) for event in self._sifted(events, kept.watched)]

    def rest(self) -> Iterator[Arrival]:
        """Leave the program, and yield what was kept; see `DeferringTarget`."""
        self._leave()
        while self._backlog:
            yield from self._arrivals_of_kept(self._backlog.take())

    @abstractmethod
    def _leave(self) -> None:
        """End what was launched, or detach from what runs on. Idempotent."""

    def alive(self) -> bool:
        """Return whether something may still arrive."""
        return self.behind or super().alive()

    def unlisted(self) -> dict[str, int]:
        """Return what was seen and passed on without an event, counted."""
        idle = {"polls": self._scope.idle_polls}
        return super().unlisted() | {kind: count for kind, count in idle.items() if count}


class LaunchedProgram(ProgramTarget):
    """A program that is launched, and ends with the capture.

    Args:
        request: What is traced, and how.
        program: The file of its program.
        programs: Says what its programs are.
        stdin: The descriptor that becomes its standard input; None for an empty one.
    """

    def __init__(
        self,
        request: TraceRequest,
        program: ProgramFile,
        programs: "KnownPrograms",
        stdin: int | None = None,
    ) -> None:
        tracer = PtraceTracer(
            follow=calls_of_programs(native().name),
            follow_children=True,
            analyse=programs.watch,
            filtered=filters_are_available(),
        )
        super().__init__(request, tracer, programs)
        self._program = program
        self._stdin = stdin

    def _begin(self) -> None:
        self._tracer.start(
            self._program.path,
            self._request.arguments,
            self._in_the_child,
            self._request.environment_map(),
        )

    def _in_the_child(self) -> None:
        self._output.redirect(stdin=self._stdin)

    def _leave(self) -> None:
        self._tracer.kill()


class AttachedProgram(ProgramTarget):
    """Processes that run, with all that they have started; they run on when the capture ends.

    They stand when it begins, until `go_on`.

    Args:
        request: What is traced, and how.
        programs: Says what their programs are.
    """

    def __init__(self, request: TraceRequest, programs: "KnownPrograms") -> None:
        self._protection = HandlerProtection(request.halt_limit_s or 0)
        tracer = PtraceTracer(
            follow=calls_of_programs(native().name),
            follow_children=True,
            analyse=programs.watch,
            protection=self._protection,
        )
        super().__init__(request, tracer, programs)

    def _begin(self) -> None:
        self._output.close()  # what it prints goes where it did
        self._protection.begin()  # nothing is to stand and wait for it
        self._tracer.attach(self._request.pids, with_children=True)

    def _leave(self) -> None:
        self._tracer.detach()

    def close(self) -> None:
        """Leave the processes as they were, and release everything. Idempotent."""
        self._leave()
        self._protection.close()
        super().close()


class KnownPrograms:
    """What is known of the programs that processes run, each analysed once.

    Attributes:
        remarks: Why the functions of one are not seen, in sentences.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int], WatchedProgram | None] = {}
        self._lines: dict[str, ProgramLines] = {}
        self.remarks: list[Message | str] = []

    def watch(self, pid: int) -> WatchedProgram | None:
        """Say what to watch in the program that a process runs; None for no functions.

        Raises:
            CaptureError: Nothing of it can be traced.
            OSError: The process is gone.
        """
        return self.of(Path(f"/proc/{pid}/exe"))

    def of(self, program: Path) -> WatchedProgram | None:
        """Say what to watch in a program; None for no functions.

        Raises:
            CaptureError: Nothing of it can be traced.
            OSError: It cannot be read.
        """
        status = program.stat()
        key = status.st_dev, status.st_ino, status.st_mtime_ns
        if key not in self._known:
            self._known[key] = self._watched(program)
        return self._known[key]

    def _watched(self, program: Path) -> WatchedProgram | None:
        try:
            analysis = analyse_program(program)
        except UnreadableGoError as error:
            self.remarks.append(error.message)
            return None
        if analysis is None:
            return None
        self._lines[analysis.code] = ProgramLines(program)
        return watched(analysis)

    def lines_of(
        self, analysis: BinaryAnalysis | None
    ) -> Callable[[int], SourcePlace | None] | None:
        """Return what tells the line of any address of a program that was analysed here."""
        lines = self._lines.get(analysis.code) if analysis is not None else None
        return lines.own_line if lines is not None else None


def watched(analysis: BinaryAnalysis) -> WatchedProgram:
    """Return what to watch in any Go program: the path, and what its own package main has."""
    version = parse_version(analysis.go_version)
    return WatchedProgram(analysis, program_functions(version, native()))


def command_of(pid: int) -> tuple[str, ...]:
    """Return the command line of a process, as far as it fits; nothing if it is gone."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            # Where a program has set another title there, zeros follow: proc(5).
            words = file.read(MOST_COMMAND).rstrip(b"\0").split(b"\0")
    except OSError:
        return ()
    return tuple(map(_text, words))


def executable_of(pid: int) -> str:
    """Return the file that a process runs, "" if it is gone."""
    with contextlib.suppress(OSError):
        return _text(os.fsencode(os.readlink(f"/proc/{pid}/exe")))
    return ""


def _name_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return printable(name_of_process(pid))
    return ""


def _text(data: bytes) -> str:
    """Return a name or an argument as text that any file can hold."""
    return data.decode("utf-8", "backslashreplace")
