"""One scenario, run unattended and checked.

Run as ``python -m walkthrough.capture.workers.unattended NAME go``.

ptrace and signals belong to a process, so several scenarios are run in one process each
(`pool`). The verdict goes to standard output as one line of JSON. A third argument, `EXPOSE`,
says that others may connect; `PACKETS`, that packets are captured.
"""

import contextlib
import errno
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from walkthrough.capture.clients.dialling import HandshakeTimeout
from walkthrough.capture.environment import leftovers
from walkthrough.capture.environment.backends import choose, prepare
from walkthrough.capture.environment.exposure import Exposure, isolated
from walkthrough.capture.environment.go_toolchain import find_go
from walkthrough.capture.environment.requirements import why_not_runnable
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.parent_death import end_with_parent, unwind
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.capture.session.run_config import configure_run
from walkthrough.capture.session.session import CaptureSession
from walkthrough.i18n.messages import Message, message, plural
from walkthrough.i18n.system_errors import system_error_text
from walkthrough.model.events import AnyEvent, CallReturned, CaptureEnded, Header
from walkthrough.model.protocol import EXPOSE, PACKETS, SLOW, Line
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.checks.checker import RunChecker
from walkthrough.scenario.checks.notes import (
    mistakes_beside_go,
    mistakes_beside_python,
    mistakes_of_ids,
)
from walkthrough.scenario.checks.questions import QuestionCheck
from walkthrough.scenario.loader import ScenarioError
from walkthrough.scenario.schema import Fault, LessonFile, Need, Scenario
from walkthrough.scenario.validation.errors import Mistake
from walkthrough.source.go_tree import GoTree
from walkthrough.source.notes import Notes


class RunOutcome(StrEnum):
    """How a run ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"
    """This machine, or this server, cannot run it: neither a failure nor a success."""


class ScenarioVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one scenario under one server.

    Attributes:
        scenario: Its name.
        server: ``go`` or ``python``.
        outcome: How it ended.
        why: Sentences: what was promised and not seen, or why it was not run; empty if it passed.
        seconds: How long the run took, from the server's start.
        events: How many events were captured.
        remarks: What a reader should know about a run that passed, in sentences.
    """

    scenario: str
    server: str
    outcome: RunOutcome
    why: tuple[Message | str, ...] = ()
    seconds: float = 0.0
    events: int = 0
    remarks: tuple[Message | str, ...] = ()


def check(
    name: str,
    server: ServerKind,
    *,
    expose: bool = False,
    packets: bool = False,
    slow: float = 1.0,
) -> ScenarioVerdict:
    """Run the scenario ``name`` under ``server`` in this process, and check what was seen.

    Args:
        name: The scenario's name.
        server: ``GO`` or ``PYTHON``.
        expose: Whether it is run where others on the network can connect, if it listens there.
        packets: Whether its packets are captured, and each has to have a place.
        slow: What its limit of time is multiplied by, on a slow machine.
    """

    def verdict(outcome: RunOutcome, *why: Message | str) -> ScenarioVerdict:
        return ScenarioVerdict(scenario=name, server=server.value, outcome=outcome, why=why)

    try:
        folder = scenarios.find(name)
        scenario = scenarios.load_folder(folder).slowed(slow)
        lesson = scenarios.load_lesson(folder)
    except ScenarioError as error:
        return verdict(RunOutcome.FAILED, error.message)
    with contextlib.ExitStack() as stack:
        try:
            exposure = stack.enter_context(isolated(scenario, expose=expose, packets=packets))
            choose(server)
            lacking = why_not_runnable(scenario, server)
        except CaptureError as error:
            lacking = error.message
        if lacking is not None:
            return verdict(RunOutcome.NOT_RUN, lacking)
        try:
            questions = QuestionCheck(lesson.question)
            judged = run_and_judge(scenario, server, questions, exposure)
            wrong = [*questions.mistakes(), *_misplaced(scenario, folder, lesson, server)]
        except CaptureError as error:
            return verdict(RunOutcome.FAILED, error.message)
    if not wrong or judged.outcome is RunOutcome.NOT_RUN:
        return judged
    why = (*judged.why, *(scenarios.lesson_sentence(folder, each) for each in wrong))
    return msgspec.structs.replace(judged, outcome=RunOutcome.FAILED, why=why)


def _misplaced(
    scenario: Scenario, folder: Path, lesson: LessonFile, server: ServerKind
) -> Iterator[Mistake]:
    """Yield the scenario's own notes that find no line in ``server``'s source."""
    if not lesson.note:
        return
    yield from mistakes_of_ids(lesson.note, Notes.load())
    if server is ServerKind.PYTHON:
        yield from mistakes_beside_python(lesson.note)
        return
    try:
        programs = (scenarios.program_folder(scenario, folder),)
        tree = GoTree(find_go().root, programs, platform.machine())
        yield from mistakes_beside_go(lesson.note, tree)
    except OSError as error:
        raise CaptureError(
            message(
                "The notes cannot be checked against Go's source: "
                "{filename} cannot be read ({why}).",
                filename=error.filename,
                why=system_error_text(error),
            )
        ) from None


def run_and_judge(
    scenario: Scenario,
    server: ServerKind,
    questions: QuestionCheck | None = None,
    exposure: Exposure = Exposure(),  # noqa: B008
) -> ScenarioVerdict:
    """Run a scenario that can run here, and check what is seen while it runs.

    Args:
        scenario: What to run.
        server: ``GO`` or ``PYTHON``.
        questions: Get every event, too.
        exposure: Who can connect, as it was arranged.

    Raises:
        CaptureError: Its server cannot be built or started.
    """
    with Fixtures(scenario, exposure) as fixtures:
        target = prepare(scenario, server, lambda line: None, fixtures)
        in_force = configure_run(scenario, fixtures).faults
        witness = _RunJudge(scenario, fixtures.fill, in_force, questions)
        begun = time.monotonic()
        CaptureSession(target, witness.hear, scenario, fixtures=fixtures).run()
        seconds = time.monotonic() - begun
        why: tuple[Message | str, ...] = witness.misses()
    outcome = RunOutcome.FAILED if why else RunOutcome.PASSED
    if why and Need.PORT in scenario.needs and witness.found_it_taken:
        # It was free a moment ago: that it is taken now says nothing about the scenario.
        outcome = RunOutcome.NOT_RUN
        why = (
            message(
                "It needs {address}, which another program took before the server did.",
                address=scenario.address,
            ),
        )
    return ScenarioVerdict(
        scenario=scenario.name,
        server=server.value,
        outcome=outcome,
        why=why,
        seconds=seconds,
        events=witness.events,
        remarks=(*_exposure_remarks(exposure), *witness.remarks()),
    )


def _exposure_remarks(exposure: Exposure) -> tuple[Message, ...]:
    """Return who could connect to a run, if that was not as intended."""
    said = exposure.exposed or exposure.changed
    return exposure.remarks() if said else exposure.packet_remarks()


class _RunJudge:
    """Receives a session's lines and checks each event; keeps none, as there may be very many."""

    def __init__(
        self,
        scenario: Scenario,
        fill: Callable[[str], str],
        in_force: tuple[Fault, ...],
        questions: QuestionCheck | None,
    ) -> None:
        self._scenario = scenario
        self._fill = fill
        self._in_force = in_force
        self._questions = questions
        self._left_out = 0
        self._judge: RunChecker | None = None
        self.events = 0
        self.found_it_taken = False

    def hear(self, line: Line) -> None:
        if isinstance(line, Header):
            self._judge = RunChecker(self._scenario, line, self._fill, self._in_force)
        elif isinstance(line, AnyEvent) and self._judge is not None:
            self._judge.fold(line)
            if self._questions is not None:
                self._questions.fold(line)
            self.events += 1
            self.found_it_taken = self.found_it_taken or _found_it_taken(line)
            if isinstance(line, CaptureEnded):
                self._left_out = line.lost.get("clients", 0)

    def remarks(self) -> tuple[Message, ...]:
        if not self._left_out:
            return ()
        return (
            plural(
                "It was run with fewer clients: {count} of their actions was left out, for "
                "RLIMIT_NOFILE allows no more here (ulimit -Hn).",
                "It was run with fewer clients: {count} of their actions were left out, for "
                "RLIMIT_NOFILE allows no more here (ulimit -Hn).",
                self._left_out,
            ),
        )

    def misses(self) -> tuple[Message | str, ...]:
        if self._judge is None:
            return (message("The server did not start."),)
        return self._judge.misses()


def _found_it_taken(event: AnyEvent) -> bool:
    return (
        isinstance(event, CallReturned)
        and event.call == "bind"
        and event.error is not None
        and event.error.raw == errno.EADDRINUSE
        and not event.injected
    )


def main(arguments: list[str]) -> int:
    """Check one scenario, named with its server, and print the verdict."""
    signal.signal(signal.SIGTERM, unwind)  # the server ends with us
    if not end_with_parent(os.getppid()):
        return 2
    out = os.dup(1)
    os.dup2(2, 1)  # accidental output is not a verdict
    leftovers.remove()
    name, server, *options = arguments
    slow = [float(each.removeprefix(SLOW)) for each in options if each.startswith(SLOW)]
    HandshakeTimeout.slow = slow[0] if slow else 1.0
    verdict = check(
        name,
        ServerKind(server),
        expose=EXPOSE in options,
        packets=PACKETS in options,
        slow=slow[0] if slow else 1.0,
    )
    with os.fdopen(out, "wb") as stream:
        stream.write(msgspec.json.encode(verdict) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
