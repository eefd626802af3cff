"""Capturing at full speed: nothing is halted, stops are saved as they are and narrated at the end.

For programs under load: what is done at a stop decides how much the program is slowed down.
"""

import gc
import time
from collections.abc import Callable
from pathlib import Path

from walkthrough.capture.tracer.binary import Analysis
from walkthrough.capture.tracer.loop import Tracer
from walkthrough.capture.tracer.narrator import Narrator
from walkthrough.capture.tracer.stops import Stop
from walkthrough.capture.tracer.watchlist import Watched
from walkthrough.model.events import AnyEvent


class BulkCapture:
    """A program traced from start to exit without halting.

    Args:
        program: The executable.
        arguments: What follows its name.
        analysis: Whose functions are watched; None captures system calls alone.
        watched: The functions to watch.
    """

    def __init__(
        self,
        program: Path,
        arguments: list[str],
        analysis: Analysis | None = None,
        watched: tuple[Watched, ...] = (),
    ) -> None:
        self._program = program
        self._command = (program.name, *arguments)
        self._analysis = analysis
        self._tracer = Tracer(analysis, watched, save_stack=analysis is not None)
        self._stops: list[Stop] = []
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
        # What is saved stays: searching it for garbage again and again would only cost time.
        gc.disable()
        try:
            for stop in tracer.stops():
                save(stop)
                if stop.held:
                    tracer.resume(stop.thread)
        finally:
            gc.enable()
            tracer.kill()
        return len(self._stops)

    def events(self) -> list[AnyEvent]:
        """Narrate what was saved; ``seq`` counts from 0."""
        narrator = Narrator(self._analysis, self._command, self._origin)
        told: list[AnyEvent] = []
        for stop in self._stops:
            told.extend(narrator.narrate(stop))
        return told
