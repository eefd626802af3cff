"""Events of several processes: each has its program, its open functions and calls, and its id.

Span numbers are shared, so that they are unique in a recording. Knows no ptrace.
"""

import itertools
import time
from collections.abc import Callable

import msgspec

from walkthrough.capture.ptrace.binary import BinaryAnalysis
from walkthrough.capture.ptrace.event_builder import EventBuilder
from walkthrough.capture.ptrace.stops import Origin, StopKind, ThreadStop
from walkthrough.capture.ptrace.traced_functions import TracedFunction
from walkthrough.model.events import AnyEvent, SourcePlace


class RunningProgram(msgspec.Struct, frozen=True):
    """The program that a process runs now.

    Attributes:
        analysis: What is known of it, None if it is not a Go program.
        command: Its name and arguments, as far as they are known.
        lines: Tells the line of an address in it that is in no watched function.
        unseen: As in `ProcessStarted`.
        watched: The functions that are watched in it.
    """

    analysis: BinaryAnalysis | None = None
    command: tuple[str, ...] = ()
    lines: Callable[[int], SourcePlace | None] | None = None
    unseen: str = ""
    watched: tuple[TracedFunction, ...] = ()


class ProcessEvents:
    """Builds events from the stops of several processes.

    Args:
        first: The process that `Header.pid` names: its events name none.
        origin_ns: The monotonic time that counts as 0.
        program_of: Returns what a process runs, by its id; asked when one begins, and after an
            execve(2).
    """

    def __init__(
        self, first: int, origin_ns: int, program_of: Callable[[int], RunningProgram]
    ) -> None:
        self._first = first
        self._origin = origin_ns
        self._program_of = program_of
        self._spans = itertools.count(1)
        self._builders: dict[int, EventBuilder] = {}

    def elapsed_ns(self) -> int:
        """Return the time since the capture began, for events without a stop."""
        return time.monotonic_ns() - self._origin

    def build(self, stop: ThreadStop) -> list[AnyEvent]:
        """Return the events that a stop makes, with ``seq`` -1; often one, perhaps none."""
        process = stop.process
        builder = self._builders.get(process)
        if builder is None or stop.what is StopKind.PROCESS_STARTED:
            builder = self._begin(stop)
        events = builder.build(stop)
        if stop.what is StopKind.PROCESS_EXITED:
            del self._builders[process]
        if process == self._first:
            return events
        return [msgspec.structs.replace(event, process=process) for event in events]

    def _begin(self, stop: ThreadStop) -> EventBuilder:
        program = self._program_of(stop.process)
        from_start = stop.origin in (Origin.LAUNCHED, Origin.EXEC)
        builder = EventBuilder(
            program.analysis,
            program.command,
            self._origin,
            spans=self._spans,
            from_start=from_start,
            lines=program.lines,
            unseen=program.unseen,
            entered=() if from_start else program.watched,
        )
        self._builders[stop.process] = builder
        return builder
