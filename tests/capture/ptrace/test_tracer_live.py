"""Letting go of a traced Go server in the middle: it runs on, and its end is still seen."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.time_limits import limit
from walkthrough.capture.ptrace.go_target import GoTarget
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.capture.session.run_config import configure_run
from walkthrough.capture.session.session import CaptureSession
from walkthrough.i18n.texts import Texts
from walkthrough.model.events import (
    CallEntered,
    CallReturned,
    CaptureEnded,
    ClientActed,
    DetailEnded,
    FunctionEntered,
    FunctionReturned,
    KernelObserved,
    OutputWritten,
    ProcessExited,
)
from walkthrough.model.protocol import Line
from walkthrough.scenario.schema import (
    ActionKind,
    End,
    Scenario,
    ScriptAction,
    ServerOptions,
)

pytestmark = pytest.mark.live

CLIENTS = 20


def do(what: ActionKind, when: str, client: int = 1, clients: int = 1, **more: Any) -> ScriptAction:
    return ScriptAction(when=when, do=what, client=client, clients=clients, **more)


def run(program: Path, *script: ScriptAction) -> tuple[str, list[Line]]:
    words = Texts({"en": "t", "zh": "t"})
    scenario = Scenario(
        name="let-go",
        title=words,
        summary=words,
        network="tcp",
        address="127.0.0.1:0",
        end=End(when="server exited"),
        server=ServerOptions(reply="answer", close_on="bye"),
        script=script,
        timeout_s=limit(150),
    )
    lines: list[Line] = []
    with Fixtures(scenario) as around:
        target = GoTarget(program, configure_run(scenario, around))
        reason = CaptureSession(target, lines.append, scenario, fixtures=around).run()
    return reason, lines


# All clients speak, and the last has the listener closed; then the server ends by itself.
SPEAK = (
    do(ActionKind.SEND, "at once", clients=CLIENTS - 1, data="hello"),
    do(ActionKind.HALF_CLOSE, "at once", clients=CLIENTS - 1),
    do(ActionKind.RECEIVE, "at once", clients=CLIENTS - 1, receives="answer"),
    do(ActionKind.SEND, "at once", client=CLIENTS, data="bye"),
    do(ActionKind.HALF_CLOSE, "at once", client=CLIENTS),
    do(ActionKind.RECEIVE, "at once", client=CLIENTS, receives="answer"),
)


@pytest.mark.parametrize("when", ["server idle", "after accept4", "before accept/pollOpen"])
def test_a_server_that_is_let_go_serves_everybody_to_its_end(go_server: Path, when: str) -> None:
    # At rest, and in the middle of accepting, where threads stand at breakpoints or run into them.
    reason, lines = run(
        go_server,
        do(ActionKind.CONNECT, "while accept is parked", clients=CLIENTS),
        do(ActionKind.LET_GO, when),
        *SPEAK,
    )
    assert reason == "finished"
    answers = [
        line.data for line in lines if isinstance(line, ClientActed) and line.action == "receive"
    ]
    assert answers == [b"answer"] * CLIENTS
    ended = next(line for line in lines if isinstance(line, ProcessExited))
    assert ended.code == 0
    printed = b"".join(line.data for line in lines if isinstance(line, OutputWritten))
    assert printed.count(b'sent "hello"') == CLIENTS - 1


@pytest.mark.parametrize(
    "script",
    [
        (
            do(ActionKind.CONNECT, "while accept is parked", clients=CLIENTS),
            do(ActionKind.LET_GO, "after accept4"),
            do(ActionKind.MEASURE, "server idle"),
        ),
        (
            do(ActionKind.LET_GO, "after sysSocket"),
            do(ActionKind.CONNECT, "server idle", clients=CLIENTS),
        ),
    ],
    ids=["accepting", "opening"],
)
def test_one_that_is_let_go_amid_work_is_idle_once_it_sleeps(
    go_server: Path, script: tuple[ScriptAction, ...]
) -> None:
    reason, _ = run(go_server, *script, *SPEAK)
    assert reason == "finished"


def test_a_server_that_has_ended_can_be_let_go_of(go_server: Path) -> None:
    reason, lines = run(
        go_server,
        do(ActionKind.CONNECT, "while accept is parked"),
        do(ActionKind.SEND, "at once", data="bye"),
        do(ActionKind.HALF_CLOSE, "at once"),
        do(ActionKind.LET_GO, "server exited"),
    )
    assert reason == "finished"
    assert any(isinstance(line, DetailEnded) for line in lines)


def test_after_it_nothing_begins_and_what_had_begun_may_end(go_server: Path) -> None:
    _, lines = run(
        go_server,
        do(ActionKind.CONNECT, "while accept is parked", clients=CLIENTS),
        do(ActionKind.LET_GO, "server idle"),
        *SPEAK,
    )
    at = next(n for n, line in enumerate(lines) if isinstance(line, DetailEnded))
    before, after = lines[:at], lines[at:]
    begins = (FunctionEntered, FunctionReturned, CallEntered)
    assert not any(isinstance(line, begins) for line in after)
    open_calls = {line.span for line in before if isinstance(line, CallEntered)} - {
        line.span for line in before if isinstance(line, CallReturned)
    }
    assert {line.span for line in after if isinstance(line, CallReturned)} <= open_calls
    assert any(isinstance(line, KernelObserved) for line in after)


def test_who_connects_after_it_is_counted(go_server: Path) -> None:
    reason, lines = run(
        go_server,
        do(ActionKind.CONNECT, "while accept is parked"),
        do(ActionKind.LET_GO, "server idle"),
        do(ActionKind.CONNECT, "at once", client=2, clients=CLIENTS - 1),
        *SPEAK,
    )
    ended = lines[-1]
    assert isinstance(ended, CaptureEnded)
    assert (reason, ended.unlisted["connections"]) == ("finished", CLIENTS - 1)
    connected = [line for line in lines if isinstance(line, ClientActed)][1]
    assert (connected.client, connected.clients) == (2, CLIENTS - 1)
