"""Capturing at full speed: nothing is halted, stops are saved, and events are built at the end.

For programs under load: what is done at a stop decides how much the program is slowed down.
"""

import contextlib
import gc
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from walkthrough.capture.decode.calls import CallSpec
from walkthrough.capture.ptrace.binary import BinaryAnalysis
from walkthrough.capture.ptrace.event_builder import EventBuilder
from walkthrough.capture.ptrace.stops import StopKind, ThreadStop
from walkthrough.capture.ptrace.traced_functions import TracedFunction
from walkthrough.capture.ptrace.tracer import PtraceTracer
from walkthrough.model.events import AnyEvent


class FullSpeedCapture:
    """A program traced from start to exit without halting.

    Args:
        program: The executable.
        arguments: What follows its name.
        analysis: Whose functions are watched; None captures system calls us.
        watched: The functions to watch.
        filtered: Whether a seccomp filter stops it at the calls that are captured alone.
        follow: The calls that are captured, by number; None for those on the path.
    """

    def __init__(
        self,
        program: Path,
        arguments: list[str],
        analysis: BinaryAnalysis | None = None,
        watched: tuple[TracedFunction, ...] = (),
        filtered: bool = False,
        follow: Mapping[int, CallSpec] | None = None,
    ) -> None:
        self._program = program
        self._command = (program.name, *arguments)
        self._analysis = analysis
        self._tracer = PtraceTracer(
            analysis, watched, follow, save_stack=analysis is not None, filtered=filtered
        )
        self._stops: list[ThreadStop] = []
        self._origin = 0

    def run(self, before_exec: Callable[[], None] | None = None) -> int:
        """Trace until the program exits.

        Returns:
            How many stops were saved.

        Raises:
            CaptureError: The program cannot be started or traced.
        """
        tracer, save = self._tracer, self._stops.append
        tracer.start(self._program, list(self._command), before_exec)
        self._origin = time.monotonic_ns()
        pinned = False
        # What is saved stays: collecting garbage again and again would only cost time.
        gc.disable()
        try:
            for stop in tracer.stops():
                save(stop)
                if not pinned and stop.what is StopKind.THREAD_STARTED:
                    pinned = True
                    _share_a_cpu(tracer.pid, stop.thread)
                if stop.held:
                    tracer.resume(stop.thread)
        finally:
            gc.enable()
            tracer.kill()
        return len(self._stops)

    @property
    def pid(self) -> int:
        """Process id of the program."""
        return self._tracer.pid

    def events(self) -> list[AnyEvent]:
        """Build the events of what was saved; ``seq`` counts from 0."""
        event_builder = EventBuilder(self._analysis, self._command, self._origin)
        events: list[AnyEvent] = []
        for stop in self._stops:
            events.extend(event_builder.build(stop))
        return events


def _share_a_cpu(*threads: int) -> None:
    """Keep the tracer and the threads of the program, and all they start, on one CPU.

    A stop is then a switch on that CPU, not a wake-up of another, which costs twice as much; and
    while one runs the others wait in any case. Go has counted the CPUs by the time it starts its
    first thread, so GOMAXPROCS is what it would have been.
    """
    with contextlib.suppress(OSError):  # it is only slower without
        cpu = {min(os.sched_getaffinity(0))}
        for thread in (0, *threads):
            os.sched_setaffinity(thread, cpu)
