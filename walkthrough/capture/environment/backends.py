"""Chooses and prepares the server that a scenario runs under. Only this module knows both."""

from collections.abc import Callable
from typing import NamedTuple

from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.capture.session.run_config import configure_run
from walkthrough.capture.session.target import Target
from walkthrough.i18n.messages import Message, message
from walkthrough.scenario.schema import Scenario


class ServerChoice(NamedTuple):
    """The chosen server, and why in a sentence."""

    server: ServerKind
    why: Message | str


def choose(wanted: ServerKind) -> ServerChoice:
    """Decide between the Go server and the instrumented one.

    Raises:
        CaptureError: The requested server cannot run here.
    """
    from walkthrough.capture.environment.resource_limits import refuse_too_few_processes

    refuse_too_few_processes()
    if wanted is ServerKind.PYTHON:
        return ServerChoice(
            ServerKind.PYTHON, message("The instrumented Python server, as asked for.")
        )
    from walkthrough.capture.environment.doctor import can_trace_go

    able, why = can_trace_go()
    if able:
        return ServerChoice(ServerKind.GO, why)
    if wanted is ServerKind.GO:
        raise CaptureError(why)
    return ServerChoice(
        ServerKind.PYTHON, message("The instrumented Python server, because: {why}", why=why)
    )


def prepare(
    scenario: Scenario,
    server: ServerKind,
    progress: Callable[[Message], None],
    fixtures: Fixtures,
) -> Target:
    """Build what has to be built and return the target, not yet started.

    Args:
        scenario: What to run.
        server: ``GO`` or ``PYTHON``.
        progress: Receives a message now and then while a build lasts.
        fixtures: What the server finds when it starts, already open.

    Raises:
        CaptureError: It cannot be built, or the server cannot do what the scenario asks for.
    """
    from walkthrough.capture.environment.requirements import refuse_unsuitable

    refuse_unsuitable(scenario, server)
    run = configure_run(scenario, fixtures)
    if server is ServerKind.PYTHON:
        from walkthrough.capture.instrumented.target import InstrumentedTarget

        return InstrumentedTarget(run)
    from walkthrough.capture.environment.go_build import has_own_program, source_of
    from walkthrough.capture.environment.go_toolchain import build_server, find_go
    from walkthrough.capture.environment.resource_limits import (
        not_started,
        refuse_too_little_for_go,
    )
    from walkthrough.capture.ptrace.go_target import GoTarget

    refuse_too_little_for_go()
    program = build_server(find_go(), source_of(scenario), progress)
    try:
        return GoTarget(program, run, has_own_program(scenario))
    except OSError as error:
        raise not_started(message("The Go server"), error) from error
