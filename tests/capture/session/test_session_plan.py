"""A session that traces a program: how it begins, how it is halted, and for how long."""

import os
from collections.abc import Callable

import pytest

from tests.support.list_target import LISTENING, ListTarget, described
from walkthrough.capture.session.session import CaptureSession
from walkthrough.capture.session.session_plan import BeginMode, TracePlan
from walkthrough.model.events import CallEntered, CaptureEnded, FunctionEntered, ProcessExited
from walkthrough.model.protocol import (
    CommandRefused,
    HaltLimitReached,
    Line,
    ServerHalted,
    ServerRunning,
)

CALL = CallEntered(seq=-1, time_ns=1, thread=7, call="openat")


class Program(ListTarget):
    """A program that can be halted where it is, and that runs for ever once its events are over."""

    stands = False

    def halt(self) -> bool:
        self.stands = True
        return True

    def go_on(self) -> None:
        assert self.stands
        self.stands = False

    def alive(self) -> bool:
        return True


class Watcher:
    """Answers each line with commands, until it has none left: then it closes its end."""

    def __init__(self, answer: Callable[[Line], str | None]) -> None:
        self.read, self._write = os.pipe()
        self.lines: list[Line] = []
        self._answer = answer

    def receive(self, line: Line) -> None:
        self.lines.append(line)
        said = self._answer(line)
        if said is not None:
            os.write(self._write, said.encode() + b"\n")

    def watch(self, target: ListTarget, plan: TracePlan) -> str:
        try:
            return CaptureSession(target, self.receive, plan, commands=self.read).run()
        finally:
            os.close(self.read)
            os.close(self._write)


def kinds(lines: list[Line]) -> list[str]:
    return [name for name in described(lines) if name not in ("SpanCutOff", "CaptureFinished")]


def test_a_launched_program_is_halted_where_the_first_stage_begins() -> None:
    watcher = Watcher(lambda line: '{"do":"stop"}' if isinstance(line, ServerHalted) else None)
    reason = watcher.watch(Program([CALL, *LISTENING]), TracePlan("a.out"))
    assert reason == "stopped"
    assert kinds(watcher.lines) == [
        "Header",
        "ServerRunning",
        "CallEntered",
        "FunctionEntered",
        "ServerHalted",
        "CaptureEnded",
    ]
    running = watcher.lines[1]
    assert running == ServerRunning(halts=True)


def test_one_that_runs_is_halted_where_it_is_and_goes_on() -> None:
    """``.`` halts it at no event; a step then releases it, and it halts at the next event."""
    state = {"pauses": 0}
    target = Program([CALL])

    def answer(line: Line) -> str | None:
        match line:
            case ServerRunning(halts=False) if not state["pauses"] and not target.stands:
                if sum(isinstance(each, ServerRunning) for each in watcher.lines) == 2:
                    state["pauses"] = 1
                    return '{"do":"pause"}'
            case ServerHalted():
                assert target.stands
                state["pauses"] += 1
                return '{"do":"run"}' if state["pauses"] == 2 else None
            case ServerRunning() if state["pauses"] == 2:
                assert not target.stands
                return '{"do":"stop"}'
        return None

    watcher = Watcher(answer)
    plan = TracePlan("a.out", begin=BeginMode.RUN, halt_limit_s=60)
    assert watcher.watch(target, plan) == "stopped"
    halted = [line for line in watcher.lines if isinstance(line, ServerHalted)]
    assert [each.limit_s for each in halted] == [60]
    assert target.released == 1


@pytest.mark.parametrize("attached", [True, False])
def test_a_halt_ends_after_its_limit(attached: bool) -> None:
    def answer(line: Line) -> str | None:
        went_on = isinstance(line, FunctionEntered) and len(target_events) > 1
        return '{"do":"stop"}' if went_on and HaltLimitReached in map(type, seen) else None

    target_events = [*LISTENING]
    watcher = Watcher(answer)
    seen = watcher.lines
    plan = TracePlan("a.out", halt_limit_s=0.01, attached=attached)
    reason = watcher.watch(Program(target_events), plan)
    assert HaltLimitReached(limit_s=0.01, detached=attached) in seen
    assert reason == ("detached" if attached else "stopped")
    at = seen.index(HaltLimitReached(limit_s=0.01, detached=attached))
    assert ("FunctionReturned" in described(seen[at:])) is not attached


def test_its_clients_are_not_ours() -> None:
    def answer(line: Line) -> str | None:
        if isinstance(line, ServerHalted):
            return '{"do":"act","action":"connect"}\n{"do":"next-act"}'
        refused = [each for each in watcher.lines if isinstance(each, CommandRefused)]
        return '{"do":"stop"}' if len(refused) == 2 else None

    watcher = Watcher(answer)
    assert watcher.watch(Program(LISTENING), TracePlan("a.out")) == "stopped"
    assert "ClientActed" not in described(watcher.lines)


def test_unattended_it_ends_with_the_program_at_its_time_or_when_told() -> None:
    lines: list[Line] = []
    life = [*LISTENING, ProcessExited(seq=-1, time_ns=9, pid=7, code=3)]
    assert CaptureSession(ListTarget(life), lines.append, TracePlan("a.out")).run() == "exited"
    plan = TracePlan("a.out", timeout_s=0.01)
    assert CaptureSession(Program(LISTENING), lines.append, plan).run() == "timed out"

    def full(line: Line) -> None:
        lines.append(line)
        if isinstance(line, CallEntered):
            session.end("full")

    session = CaptureSession(Program(LISTENING), full, TracePlan("a.out"))
    assert session.run() == "full"
    end = lines[-1]
    assert isinstance(end, CaptureEnded)
    assert end.reason == "full"
