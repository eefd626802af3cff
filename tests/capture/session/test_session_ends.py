"""How a session ends: by its script, by its time, by its server; and what never ends it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, TypeVar

import pytest

from tests.support.list_target import LISTENING, ListTarget, leave
from walkthrough.capture.clients.endpoints import Endpoint
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.capture.session.script_runner import FEW
from walkthrough.capture.session.session import CaptureSession
from walkthrough.capture.session.target import Arrival
from walkthrough.i18n.texts import Texts
from walkthrough.model.events import (
    AnyEvent,
    CaptureEnded,
    ClientActed,
    DetailEnded,
    FunctionEntered,
    KernelObserved,
    MemoryMeasured,
    OutputWritten,
    ProcessExited,
    SpanCutOff,
)
from walkthrough.model.protocol import CommandRefused, Line, ServerHalted
from walkthrough.model.stages import Stage
from walkthrough.model.values import Constant, SocketAddress
from walkthrough.scenario.schema import (
    ActionKind,
    End,
    Neighbour,
    Scenario,
    ScriptAction,
    Watching,
)

EXIT = ProcessExited(seq=-1, time_ns=9, pid=7, code=1)
KILLED = ProcessExited(seq=-1, time_ns=9, pid=7, signal=Constant("SIGKILL", 9))
E = TypeVar("E")


def do(what: ActionKind, when: str = "after bind", **more: Any) -> ScriptAction:
    return ScriptAction(when=when, do=what, **more)


def scenario(end: str, *script: ScriptAction, **more: Any) -> Scenario:
    """A scenario that no file could hold: what happens is up to the list of events."""
    fields = {"network": "tcp", "address": "127.0.0.1:0", **more}
    words = Texts({"en": "t", "zh": "t"})
    return Scenario(
        name="test",
        title=words,
        summary=words,
        end=End(when=end),
        script=script,
        timeout_s=1,
        **fields,
    )


def only(lines: list[Line], kind: type[E]) -> E:
    (found,) = (line for line in lines if isinstance(line, kind))
    return found


def run(
    events: list[AnyEvent], scenario: Scenario, around: Fixtures | None = None
) -> tuple[str, list[Line], ListTarget]:
    target, lines = ListTarget(events), list[Line]()
    reason = CaptureSession(target, lines.append, scenario, fixtures=around).run()
    assert only(lines, CaptureEnded).reason == reason
    return reason, lines, target


@pytest.fixture
def sleeper() -> Iterator[int]:
    """A process that sleeps until it is told to end."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        yield process.pid
        process.kill()


@pytest.mark.parametrize("exit", [EXIT, KILLED])
def test_a_server_that_ends_as_the_script_says_has_finished(exit: ProcessExited) -> None:
    reason, lines, _ = run([*LISTENING, exit], scenario("server exited"))
    assert reason == "finished"
    cut = [line.reason for line in lines if isinstance(line, SpanCutOff)]
    assert cut == ["exited" if exit.code else "killed"]


@pytest.mark.parametrize(("exit", "reason"), [(EXIT, "exited"), (KILLED, "killed")])
def test_a_server_that_ends_too_early_has_not(exit: ProcessExited, reason: str) -> None:
    script = (do(ActionKind.CONNECT, "after pollOpen"), do(ActionKind.CLOSE, "after close"))
    found, lines, _ = run([*LISTENING, exit], scenario("server exited", *script))
    assert found == reason
    assert only(lines, CaptureEnded).unfinished == 2


def test_what_is_due_once_the_server_has_ended_is_done() -> None:
    script = do(ActionKind.CONNECT, "server exited", fails="EDESTADDRREQ")
    reason, lines, _ = run([*LISTENING, EXIT], scenario("server exited", script))
    assert reason == "finished"
    assert only(lines, ClientActed).error is not None


def test_its_time_ends_it_and_what_was_never_due_is_counted(sleeper: int) -> None:
    script = do(ActionKind.CONNECT, "after pollOpen")
    target, lines = ListTarget(LISTENING), list[Line]()
    target.alive = lambda: True  # type: ignore[method-assign]
    target.pid = sleeper
    session = CaptureSession(target, lines.append, scenario("after accept", script))
    assert session.run() == "timed out"
    assert only(lines, CaptureEnded).unfinished == 1
    assert session.unfinished is not None
    assert session.unfinished.when == "after pollOpen"


def test_at_rest_what_is_about_rest_is_due(sleeper: int) -> None:
    target, lines = ListTarget(LISTENING), list[Line]()
    target.alive = lambda: True  # type: ignore[method-assign]
    target.pid = sleeper
    reason = CaptureSession(
        target, lines.append, scenario("at once", do(ActionKind.MEASURE, "at once"))
    ).run()
    assert reason == "finished"
    assert only(lines, MemoryMeasured).resident


def test_while_a_thread_runs_the_server_is_not_at_rest() -> None:
    # This process runs: it is the one that asks.
    target = ListTarget(LISTENING)
    target.alive = lambda: True  # type: ignore[method-assign]
    text = do(ActionKind.CONNECT, "while accept is parked")
    assert CaptureSession(target, lambda _: None, scenario("at once", text)).run() == "timed out"


def test_an_expected_failure_is_no_complaint() -> None:
    for fails, complaint in (
        ("", "client 1 could not connect (EDESTADDRREQ)"),
        ("EDESTADDRREQ", ""),
    ):
        script = do(ActionKind.CONNECT, fails=fails)
        session = CaptureSession(
            ListTarget(LISTENING), lambda _: None, scenario("after bind", script)
        )
        session.run()
        assert str(session.complaint or "") == complaint


def test_a_batch_is_told_one_by_one_until_detail_ends_and_then_as_one() -> None:
    more = {"clients": 3, "fails": "EDESTADDRREQ"}
    script = (
        do(ActionKind.CONNECT, "after bind", **more),
        do(ActionKind.LET_GO, "at once"),
        do(ActionKind.CONNECT, "at once", client=4, **more),
    )
    reason, lines, target = run(LISTENING, scenario("at once", *script))
    assert (reason, target.let_gone) == ("finished", True)
    found = [
        (line.client, line.clients) if isinstance(line, ClientActed) else "detail ended"
        for line in lines
        if isinstance(line, ClientActed | DetailEnded)
    ]
    assert found == [(1, 1), (2, 1), (3, 1), "detail ended", (4, 3)]


@pytest.mark.parametrize(("clients", "views"), [(FEW, [1] * FEW), (FEW + 1, [0] * FEW + [1])])
def test_the_kernel_is_looked_at_after_each_of_a_few_and_once_after_many(
    clients: int, views: list[int]
) -> None:
    with socket.create_server(("127.0.0.1", 0)):  # this process is the server that is observed
        script = do(ActionKind.CONNECT, "after bind", clients=clients)
        _, lines, _ = run(LISTENING, scenario("after bind", script))
    acted = [at for at, line in enumerate(lines) if isinstance(line, ClientActed)]
    following = [lines[at + 1] for at in acted]
    assert [isinstance(line, KernelObserved) for line in following] == views
    queued = [
        line.state.count_sockets("queue") for line in following if isinstance(line, KernelObserved)
    ]
    assert [each["ESTABLISHED"] for each in queued] == [
        at for at, seen in enumerate(views, 1) if seen
    ]


def test_the_surroundings_are_closed_at_the_end_and_the_neighbour_is_there_until_then() -> None:
    dialled = scenario(
        "at once",
        do(ActionKind.ACCEPT, "after sysSocket"),
        do(ActionKind.RECEIVE, "at once", receives="hello"),
        neighbour=Neighbour(),
    )
    around = Fixtures(dialled)
    assert around.neighbour is not None
    host, port = around.neighbour.getsockname()
    with socket.create_connection((host, port)) as server:
        server.send(b"hello")
        events = [LISTENING[0], leave(Stage.SYS_SOCKET, 9)]
        reason, lines, _ = run(events, dialled, around)
        accepted, received = (line for line in lines if isinstance(line, ClientActed))
        mine = server.getsockname()
    assert reason == "finished"
    assert accepted.remote == SocketAddress("AF_INET", host=mine[0], port=mine[1])
    assert received.data == b"hello"
    assert around.neighbour is None


@pytest.mark.skipif(sys.platform != "linux", reason="epoll is Linux's")
def test_a_neighbour_that_was_woken_accepts_before_the_server_goes_on() -> None:
    shared = Neighbour(hands_over=True, watches=(Watching.PLAIN,))
    watched = scenario("after listen", do(ActionKind.CONNECT, "after bind"), neighbour=shared)
    around = Fixtures(watched)  # in this process, which is the server that is observed
    reason, lines, _ = run(LISTENING, watched, around)
    assert reason == "finished"
    acted = next(at for at, line in enumerate(lines) if isinstance(line, ClientActed))
    following = lines[acted + 1 : acted + 3]
    views = [line.state.neighbour for line in following if isinstance(line, KernelObserved)]
    assert [view.doing for view in views if view is not None] == ["woken", "serving"]
    assert isinstance(lines[acted + 3], FunctionEntered)
    assert around.sharing is None


class Talkative(ListTarget):
    """Prints something and lives on."""

    def arrivals(self) -> list[Arrival]:
        arrived = super().arrivals()
        if any(isinstance(each.event, OutputWritten) for each in arrived):
            os.write(self._write, b".")  # output holds up nobody
            return [Arrival(each.event, None) for each in arrived]
        return arrived


def test_what_the_server_reports_is_measured_with_it(sleeper: int) -> None:
    said = OutputWritten(seq=-1, time_ns=1, stream=1, data=b"figures: stacks=5\n")
    target, lines = Talkative([said, *LISTENING]), list[Line]()
    target.pid = sleeper
    CaptureSession(
        target, lines.append, scenario("at once", do(ActionKind.MEASURE, "after bind"))
    ).run()
    assert only(lines, MemoryMeasured).reported == {"stacks": 5}


def interactive(*commands: str) -> list[Line]:
    """Send a command at each halt or refusal; the end of them ends the session."""
    read, write = os.pipe()
    left, lines = list(commands), list[Line]()

    def receive(line: Line) -> None:
        lines.append(line)
        if isinstance(line, ServerHalted | CommandRefused):
            os.write(write, (left.pop(0) if left else '{"do":"stop"}').encode() + b"\n")

    CaptureSession(ListTarget(LISTENING), receive, scenario("at once"), commands=read).run()
    os.close(read)
    os.close(write)
    return lines


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ('{"do":"act","action":"dance"}', "is nothing a client can do"),
        ('{"do":"act","action":"\\u001b[2J"}', "\\x1b[2J"),
        ("nonsense", "was not understood"),
    ],
)
def test_what_cannot_be_done_by_key_is_refused_and_all_goes_on(command: str, says: str) -> None:
    lines = interactive(command, '{"do":"step"}')
    assert says in str(only(lines, CommandRefused).message)
    assert len([line for line in lines if isinstance(line, ServerHalted)]) == 2
    assert only(lines, CaptureEnded).reason == "stopped"
    assert only(lines, CaptureEnded).unfinished == 0


def test_so_is_a_server_that_is_not_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    away = Endpoint(SocketAddress("AF_INET", host="192.0.2.1", port=80))
    monkeypatch.setattr(
        "walkthrough.capture.session.recorder.SessionRecorder.endpoint", lambda *_: away
    )
    lines = interactive('{"do":"act","action":"connect"}')
    assert "loopback" in str(only(lines, CommandRefused).message)


@pytest.mark.parametrize(("action", "error"), [("accept", "EINVAL"), ("connect", "EDESTADDRREQ")])
def test_what_only_fails_is_an_event(action: str, error: str) -> None:
    lines = interactive(f'{{"do":"act","action":"{action}"}}\n{{"do":"step"}}')
    acted = only(lines, ClientActed)
    assert acted.error is not None
    assert acted.error.name == error
    assert len([line for line in lines if isinstance(line, ServerHalted)]) == 2
