"""A program of the user's own as a `Target`: no scenario, nothing that it is told to do.

It runs in the folder and the environment that it was asked for in, with its arguments byte for
byte. Nothing of it is built, limited or made to fail; what is captured of it says a `TraceScope`.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime

from walkthrough import __version__
from walkthrough.capture.decode.calls import calls_of
from walkthrough.capture.environment.program_file import ProgramFile
from walkthrough.capture.environment.system import kernel_name
from walkthrough.capture.ptrace.architecture.selection import native
from walkthrough.capture.ptrace.binary import ABSENT
from walkthrough.capture.ptrace.event_builder import EventBuilder
from walkthrough.capture.ptrace.program_analysis import analyse_program
from walkthrough.capture.ptrace.stops import ThreadStop
from walkthrough.capture.ptrace.traced_functions import parse_version, program_functions
from walkthrough.capture.ptrace.traced_target import TracedTarget
from walkthrough.capture.ptrace.tracer import PtraceTracer
from walkthrough.capture.session.trace_request import TraceRequest
from walkthrough.capture.session.trace_scope import TraceScope
from walkthrough.model.events import AnyEvent, Header, TracedProgram


class ProgramTarget(TracedTarget):
    """A launched program under ptrace.

    Args:
        request: What is traced, and how.
        program: The file of its program.
        stdin: The descriptor that becomes its standard input; None for an empty one.

    Raises:
        CaptureError: The program cannot be analysed.
    """

    def __init__(
        self, request: TraceRequest, program: ProgramFile, stdin: int | None = None
    ) -> None:
        self._request = request
        self._program = program
        self._stdin = stdin
        self._command = tuple(map(_text, request.arguments))
        self._architecture = native()
        self._analysis = analyse_program(program.binary)
        self._scope = TraceScope(request.only)
        watched = (
            program_functions(parse_version(self._analysis.go_version), self._architecture)
            if self._analysis is not None
            else ()
        )
        super().__init__(PtraceTracer(self._analysis, watched))

    @property
    def language(self) -> str:
        """``go`` if its functions are watched, else ""."""
        return "go" if self._analysis is not None else ""

    def _begin(self) -> None:
        self._tracer.start(
            self._program.path,
            self._request.arguments,
            self._in_the_child,
            self._request.environment_map(),
        )

    def _in_the_child(self) -> None:
        self._output.redirect(stdin=self._stdin)

    def _builder(self, origin_ns: int) -> EventBuilder:
        return EventBuilder(self._analysis, self._command, origin_ns)

    def _header(self) -> Header:
        analysis = self._analysis
        return Header(
            program_version=__version__,
            server="go" if analysis is not None else "program",
            go_version=analysis.go_version if analysis is not None else "",
            pid=self.pid,
            command=self._command,
            started=datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            system=kernel_name(),
            architecture=self._architecture.name,
            unobserved=tuple(
                each
                for each in (analysis.unobserved if analysis is not None else ())
                if each.reason != ABSENT  # no program has all of them
            ),
            calls=tuple(spec.name for spec in calls_of(self._architecture.name).values()),
            program=TracedProgram(
                path=_text(os.fsencode(os.readlink(f"/proc/{self.pid}/exe"))),
                language=self.language,
                only=self._request.only,
            ),
        )

    def _taken(self, stop: ThreadStop, events: Sequence[AnyEvent]) -> Sequence[AnyEvent]:
        return [taken for event in events for taken in self._scope.sift(event)]

    def unlisted(self) -> dict[str, int]:
        """Return what was seen and passed on without an event, counted."""
        idle = {"polls that found nothing": self._scope.idle_polls}
        return super().unlisted() | {kind: count for kind, count in idle.items() if count}


def _text(data: bytes) -> str:
    """Return a name or an argument as text that any file can hold."""
    return data.decode("utf-8", "backslashreplace")
