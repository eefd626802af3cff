"""Runs a scenario under the walkthrough and under strace.

Both can watch the instrumented server at once. A Go program can have one tracer, so it is run
twice, with the same client acting at the same moments.
"""

from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

import msgspec

from walkthrough.capture.command_line import arguments
from walkthrough.capture.environment import leftovers
from walkthrough.capture.environment.backends import prepare
from walkthrough.capture.environment.exposure import Exposure, isolated
from walkthrough.capture.environment.go_build import has_own_program, source_of
from walkthrough.capture.environment.go_toolchain import build_server, find_go
from walkthrough.capture.environment.requirements import why_not_runnable
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.capture.session.run_config import configure_run
from walkthrough.capture.session.session import CaptureSession
from walkthrough.capture.session.target import Target
from walkthrough.capture.strace.attached_run import END_CALLS, StracedTarget
from walkthrough.capture.strace.cues import RecordedRun, record_cues
from walkthrough.capture.strace.fault_threads import ThreadOrdinals
from walkthrough.capture.strace.parallel_run import (
    PROCESSORS,
    ParallelOutcome,
    ParallelRun,
    StracedProgram,
)
from walkthrough.capture.strace.strace_program import Strace, find
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import system_error_text
from walkthrough.model.events import AnyEvent, CallReturned, CaptureEnded, Header
from walkthrough.model.protocol import Line
from walkthrough.scenario.schema import ActionKind, End, Scenario

TRIES = 20
"""Maximum of runs under strace until its faults strike where the first run's did; most need one."""


class StraceRun(NamedTuple):
    """A scenario, run under the walkthrough and under strace.

    Attributes:
        header: What the walkthrough has captured, as in a recording: its header
        events: and its events.
        log: strace's log, as strace wrote it. It belongs to the caller.
        same_run: Whether both have watched the same run.
        ours: The server's descriptors by which the walkthrough watches it: calls on them are in
            the log and not part of the program.
        main: Number of the log's first line of the program, from 1; before it is how it was
            started.
        remarks: What the reader should know, in sentences.
    """

    header: Header
    events: tuple[AnyEvent, ...]
    log: Path
    same_run: bool
    ours: frozenset[int] = frozenset()
    main: int = 1
    remarks: tuple[Message, ...] = ()


def run(
    scenario: Scenario,
    server: ServerKind,
    log: Path,
    progress: Callable[[Message], None] = lambda line: None,
    *,
    expose: bool = False,
) -> StraceRun:
    """Run ``scenario`` under ``server`` and under strace.

    Args:
        scenario: What to run.
        server: ``GO`` or ``PYTHON``.
        log: Where strace's log goes; an existing file is overwritten.
        progress: Receives a message now and then.
        expose: Run it where others on the network can connect, if it listens there.

    Raises:
        CaptureError: strace is not here or may not trace, or the scenario cannot be run here.
    """
    leftovers.remove()
    strace = find()
    with isolated(scenario, expose=expose) as exposure:
        ran = _run(scenario, exposure, server, strace, log, progress)
    return ran._replace(remarks=(*exposure.remarks(), *ran.remarks))


def _run(
    scenario: Scenario,
    exposure: Exposure,
    server: ServerKind,
    strace: Strace,
    log: Path,
    progress: Callable[[Message], None],
) -> StraceRun:
    if reason := why_not_runnable(scenario, server):
        raise CaptureError(
            message("{scenario} cannot be run here: {why}", scenario=scenario.name, why=reason)
        )
    try:
        log.write_bytes(b"")
    except OSError as error:
        raise CaptureError(
            message(
                "The log {log} cannot be written ({why}): name another file.",
                log=ascii(log.name),
                why=system_error_text(error),
            )
        ) from error
    seen, remarks = _seen(scenario)
    under = _once if server is ServerKind.PYTHON else _twice
    ran = under(seen, exposure, strace, log, progress)
    return ran._replace(remarks=(*remarks, *ran.remarks))


def _seen(scenario: Scenario) -> tuple[Scenario, tuple[Message, ...]]:
    """Return the part of a scenario that is watched call by call."""
    before = tuple(takewhile(lambda action: action.do is not ActionKind.LET_GO, scenario.script))
    if len(before) == len(scenario.script):
        return scenario, ()
    let_go = scenario.script[len(before)]
    return (
        msgspec.structs.replace(scenario, script=before, end=End(when=let_go.when)),
        (message("Only the beginning was run: from let-go on no calls are watched."),),
    )


class _SessionListener:
    """Collects the lines of a session: the header, and the events."""

    def __init__(self) -> None:
        self._header: Header | None = None
        self.events: list[AnyEvent] = []

    def hear(self, line: Line) -> None:
        if isinstance(line, Header):
            self._header = line
        elif isinstance(line, AnyEvent):
            self.events.append(line)

    @property
    def header(self) -> Header:
        if self._header is None:
            raise CaptureError(message("The server did not start: run it again."))
        return self._header

    def remarks(self) -> tuple[Message, ...]:
        ends = [event for event in self.events if isinstance(event, CaptureEnded)]
        if ends and ends[-1].reason == "finished":
            return ()
        how = ends[-1].reason if ends else "stopped"
        return (message("The walk did not come to its end ({reason}).", reason=how),)


def _walk(target: Target, scenario: Scenario, fixtures: Fixtures) -> _SessionListener:
    heard = _SessionListener()
    CaptureSession(target, heard.hear, scenario, fixtures=fixtures).run()
    return heard


# the instrumented server: one run


def _once(
    scenario: Scenario,
    exposure: Exposure,
    strace: Strace,
    log: Path,
    progress: Callable[[Message], None],
) -> StraceRun:
    progress(message("Running it, with strace attached."))
    with Fixtures(scenario, exposure) as fixtures:
        target = StracedTarget(configure_run(scenario, fixtures), strace, log)
        heard = _walk(target, scenario, fixtures)
    target.check()
    remarks = heard.remarks()
    if any(isinstance(event, CallReturned) and event.injected for event in heard.events):
        remarks += (
            message(
                "Calls that a fault makes fail are not in strace's log: the instrumented "
                "server does not make them.",
            ),
        )
    return StraceRun(
        heard.header, tuple(heard.events), log, same_run=True, ours=target.ours, remarks=remarks
    )


# a Go program: two runs


def _twice(
    scenario: Scenario,
    exposure: Exposure,
    strace: Strace,
    log: Path,
    progress: Callable[[Message], None],
) -> StraceRun:
    with Fixtures(scenario, exposure) as fixtures:
        heard = _walk(prepare(scenario, ServerKind.GO, progress, fixtures), scenario, fixtures)
    progress(message("Running it once more, under strace."))
    first = record_cues(scenario, heard.events)
    calls = ("execve", *heard.header.calls, *END_CALLS)
    remarks: tuple[Message, ...] = ()
    if "SO_REUSEPORT" in scenario.server.control:
        remarks += (
            message(
                "Which of two listeners on one port gets a client is the kernel's choice, by the "
                "client's port: there the two runs may differ.",
            ),
        )
    if any(action.fails == "EINPROGRESS" for action in scenario.script):
        remarks += (
            message(
                "A client whose SYN was dropped is let in when its kernel sends the SYN again, "
                "about a second later: the two runs may differ in whether the server has tried "
                "to accept it before.",
            ),
        )
    on_thread = ThreadOrdinals(first)
    for attempt in range(TRIES):
        insists = attempt < TRIES - 1
        outcome = _again(scenario, exposure, first, strace, calls, on_thread.rules(), insists, log)
        if outcome.struck:
            break
        on_thread.missed(outcome.on_thread)
    if first.faults and outcome.struck:
        remarks += (
            message(
                "Under strace the program ran with GOMAXPROCS={processors}, for strace, which "
                "counts "
                "calls thread by thread, to let the same ones fail.",
                processors=PROCESSORS,
            ),
        )
    elif first.faults:
        remarks += (
            message(
                "strace counts calls thread by thread, and has let other calls fail than the "
                "scenario's faults: what differs there says nothing.",
            ),
        )
    return StraceRun(
        heard.header,
        tuple(heard.events),
        log,
        same_run=False,
        main=outcome.main,
        remarks=(*heard.remarks(), *remarks, *outcome.remarks),
    )


def _again(
    scenario: Scenario,
    exposure: Exposure,
    first: RecordedRun,
    strace: Strace,
    calls: tuple[str, ...],
    rules: tuple[str, ...],
    insists: bool,
    log: Path,
) -> ParallelOutcome:
    program = build_server(find_go(), source_of(scenario), lambda line: None)
    with Fixtures(scenario, exposure) as fixtures, log.open("wb", buffering=0) as file:
        planned = configure_run(scenario, fixtures)
        command = ("server", *arguments(planned, has_own_program(scenario)))
        ran = StracedProgram(program, command, planned, fixtures)
        return ParallelRun(ran, scenario, first, insists=insists).run(strace, calls, rules, file)
