"""One run of a lab: somebody's program is built, run with the lab's clients, and checked.

It is not ours, so it gets limits that no other server has: memory, computing time, descriptors, the
size of files, processes; a network namespace of its own where there is one; and nothing that it
has started outlives the run.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from walkthrough.capture.environment import leftovers
from walkthrough.capture.environment.backends import choose, prepare
from walkthrough.capture.environment.exposure import isolated
from walkthrough.capture.environment.go_toolchain import HOW_TO_GET_GO, find_go
from walkthrough.capture.environment.requirements import why_not_runnable
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.capture.session.run_config import configure_run
from walkthrough.capture.session.session import CaptureSession
from walkthrough.cli.lab_files import run_folder
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import AnyEvent, Header
from walkthrough.model.protocol import Line
from walkthrough.recording.output import OutputTarget
from walkthrough.recording.sink import RecordingSink
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.checks.checker import RunChecker
from walkthrough.scenario.checks.promise_miss import PromiseMiss
from walkthrough.scenario.labs import CPU_S, DESCRIPTORS, FILE_MB, MEMORY_MB, ScenarioLab
from walkthrough.scenario.loader import RECORDING
from walkthrough.scenario.schema import Fault, Limits, Scenario


class LabOutcome(NamedTuple):
    """What came of a run.

    Attributes:
        misses: What was promised and not seen; none if the lab is passed.
        recording: The recording of the run.
        remarks: What a reader should know about the run, in sentences.
    """

    misses: tuple[PromiseMiss, ...]
    recording: Path
    remarks: tuple[Message, ...] = ()


def run_lab(
    lab: ScenarioLab, program: bytes, progress: Callable[[Message | str], None]
) -> LabOutcome:
    """Run somebody's program.

    Args:
        lab: The lab.
        program: The Go program, the text of its only file.
        progress: Receives a message now and then while a build lasts.

    Raises:
        CaptureError: It cannot be built or run here.
        UsageError: The run cannot be kept.
        RecordingError: Likewise.
        ScenarioError: Likewise.
        OutputError: Likewise.
    """
    _refuse_without_go()
    scenario = limited(lab.scenario)
    with run_folder(lab, program) as folder:
        scenarios.add_folder(folder)
        recording = folder / RECORDING
        with isolated(scenario) as exposure:
            choose(ServerKind.GO)
            if (lacking := why_not_runnable(scenario, ServerKind.GO)) is not None:
                raise CaptureError(lacking)
            leftovers.remove()
            with (
                Fixtures(scenario, exposure) as fixtures,
                RecordingSink(OutputTarget(str(recording), force=True)) as sink,
            ):
                target = prepare(scenario, ServerKind.GO, progress, fixtures)
                in_force = configure_run(scenario, fixtures).faults
                judge = _LabJudge(scenario, fixtures.fill, in_force, sink)
                CaptureSession(target, judge.hear, scenario, fixtures=fixtures).run()
        return LabOutcome(judge.misses(), recording, exposure.remarks())


def limited(scenario: Scenario) -> Scenario:
    """Return a lab's scenario with the limits that a program gets which is not ours."""
    given = scenario.limits
    limits = Limits(
        nofile=given.nofile or DESCRIPTORS,
        memory_mb=given.memory_mb or MEMORY_MB,
        cpu_s=given.cpu_s or CPU_S,
        file_mb=FILE_MB if given.file_mb is None else given.file_mb,
    )
    return msgspec.structs.replace(scenario, limits=limits)


def _refuse_without_go() -> None:
    """Refuse to go on where there is no Go: what `find_go` advises besides, a lab cannot do.

    Raises:
        CaptureError: There is none.
    """
    try:
        find_go()
    except CaptureError:
        if os.environ.get("WALKTHROUGH_GO"):
            raise
        raise CaptureError(
            message(
                "A lab is written in Go, and there is no Go toolchain here: get one with "
                "{command}.",
                command=HOW_TO_GET_GO,
            )
        ) from None


class _LabJudge:
    """Receives a session's lines, records them, and checks each event."""

    def __init__(
        self,
        scenario: Scenario,
        fill: Callable[[str], str],
        in_force: tuple[Fault, ...],
        sink: RecordingSink,
    ) -> None:
        self._scenario = scenario
        self._fill = fill
        self._in_force = in_force
        self._sink = sink
        self._checker: RunChecker | None = None

    def hear(self, line: Line) -> None:
        self._sink.put(line)
        if isinstance(line, Header):
            self._checker = RunChecker(self._scenario, line, self._fill, self._in_force)
        elif isinstance(line, AnyEvent) and self._checker is not None:
            self._checker.fold(line)

    def misses(self) -> tuple[PromiseMiss, ...]:
        if self._checker is None:
            return (PromiseMiss(message("The server did not start.")),)
        return self._checker.located_misses()
