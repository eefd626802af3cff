"""A script that is offered to whoever steps the server: when, by whom, and what is told of it."""

import os
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from tests.support.list_target import LISTENING, ListTarget, enter, leave, scenario
from walkthrough.capture.clients.client import Clients
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.session import session
from walkthrough.capture.session.offered_script import OfferedScript
from walkthrough.capture.session.script import SLICE, Script
from walkthrough.capture.session.script_runner import ScriptRunner
from walkthrough.capture.session.session import CaptureSession
from walkthrough.i18n.messages import message
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    ProcessExited,
)
from walkthrough.model.protocol import (
    ActionOffered,
    ActionSkipped,
    CommandRefused,
    Line,
    ServerGone,
    ServerHalted,
    ServerRunning,
)
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.model.values import Argument
from walkthrough.scenario.schema import ActionKind, End, ScriptAction
from walkthrough.state.world import OpenSpan, World


def act(when: str, do: str = "connect", **more: Any) -> ScriptAction:
    return ScriptAction(when=when, do=ActionKind(do), **more)


def walked(
    script: Sequence[ScriptAction],
    commands: Sequence[str],
    events: Sequence[AnyEvent] = LISTENING,
    make: Callable[[Sequence[AnyEvent]], ListTarget] = ListTarget,
) -> list[Line]:
    """Walk ``events``; a command is sent each time it is known what the last one has led to."""
    read, write = os.pipe()
    left, lines = [*commands], []

    def receive(line: Line) -> None:
        nonlocal write
        lines.append(line)
        answered = isinstance(
            line, ServerHalted | ServerRunning | ServerGone | CommandRefused | ClientActed
        )
        if answered and left:
            command = left.pop(0)
            line_of = command if command.startswith("{") else f'{{"do":"{command}"}}'
            os.write(write, line_of.encode() + b"\n")
        elif answered and write >= 0:
            os.close(write)
            write = -1

    about = msgspec.structs.replace(scenario(), script=tuple(script))
    CaptureSession(make(events), receive, about, commands=read).run()
    os.close(read)
    if write >= 0:
        os.close(write)
    return lines


def offers(lines: list[Line]) -> list[tuple[str, int, bool, str]]:
    return [
        (line.action, line.client, line.due, line.when)
        for line in lines
        if isinstance(line, ActionOffered)
    ]


def refusals(lines: list[Line]) -> list[str]:
    return [str(line.message) for line in lines if isinstance(line, CommandRefused)]


def acts(lines: list[Line]) -> list[tuple[int, str]]:
    return [(line.client, line.action) for line in lines if isinstance(line, ClientActed)]


CONNECT = '{"do":"act","action":"connect"}'


def test_it_is_told_before_the_first_halt_and_again_once_it_is_due() -> None:
    lines = walked([act("after bind"), act("at once", client=2)], ["step"] * 4)
    assert offers(lines) == [("connect", 1, False, "after bind"), ("connect", 1, True, "")]
    kinds = [type(line).__name__ for line in lines]
    assert kinds.index("ActionOffered") < kinds.index("ServerHalted")


@pytest.mark.parametrize("goes", ["run", "next-stage", "next-change"])
def test_the_server_halts_where_it_becomes_due_whatever_it_was_released_with(goes: str) -> None:
    lines = walked([act("after bind")], [goes])
    at = [number for number, line in enumerate(lines) if isinstance(line, ServerHalted)][1]
    halted = next(line for line in reversed(lines[:at]) if isinstance(line, FunctionReturned))
    assert halted.stage is Stage.BIND
    assert offers(lines)[-1] == ("connect", 1, True, "")


def test_what_is_due_and_not_done_does_not_halt_the_server_again() -> None:
    lines = walked([act("after bind")], ["run", "run"])
    assert sum(isinstance(line, ServerHalted) for line in lines) == 2
    assert acts(lines) == []


def test_the_next_act_is_done_once_it_is_due_and_refused_before() -> None:
    script = [act("after bind"), act("after listen", client=2)]
    lines = walked(script, ["next-act", "run", "next-act", "next-act"])
    assert refusals(lines) == ["What the scenario's client does next is not due yet."] * 2
    assert acts(lines) == [(1, "connect")]
    assert offers(lines)[-1] == ("connect", 2, False, "after listen")


def test_what_was_passed_before_the_act_ahead_of_it_was_done_is_due_at_once() -> None:
    script = [
        act("before bind"),
        act("at once", client=2),
        act("after bind", client=3),
        act("after listen", client=4),
        act("after bind", client=5),
    ]
    lines = walked(script, ["step"] * 6 + ["next-act"] * 4)
    assert acts(lines) == [(1, "connect"), (2, "connect"), (3, "connect"), (4, "connect")]
    assert offers(lines)[-1] == ("connect", 5, False, "after bind")  # that was before


def test_each_return_counts_once_however_late_the_acts_are() -> None:
    events = [
        *LISTENING[:-1],
        *(leave(Stage.ACCEPT, 90 + number) for number in range(2)),
        LISTENING[-1],
    ]
    script = [act("after accept", client=number) for number in (1, 2, 3)]
    lines = walked(script, ["step"] * 7 + ["next-act"] * 3, events)
    assert acts(lines) == [(1, "connect"), (2, "connect")]
    assert offers(lines)[-1] == ("connect", 3, False, "after accept")


def test_a_skipped_act_does_not_take_along_what_comes_after_it() -> None:
    script = [act("after accept", "send", data="x"), act("after bind", client=2)]
    lines = walked(script, ["run", "next-act"])
    assert [line.count for line in lines if isinstance(line, ActionSkipped)] == [1]
    assert acts(lines) == [(2, "connect")]


def test_what_only_waits_for_rest_says_so() -> None:
    span = OpenSpan(1, "accept", Place(Stage.ACCEPT), 0, "accept")
    world = World(spans={1: (span,)}, parked=frozenset({1}))
    end = End(when="server idle")
    script = Script(
        [act("while accept is parked")], end, Clients(lambda number: None), offered=True
    )
    told: list[ActionOffered | ActionSkipped] = []
    runner = cast("ScriptRunner", SimpleNamespace(script=script))
    offered = OfferedScript(runner, lambda: world, told.append)
    offered.tell(resting=False)  # another thread is halted, about to wait in a call of its own
    waited = offered.only_waits_for_rest
    offered.tell(resting=True)
    assert (waited, offered.only_waits_for_rest) == (True, False)
    first, second = (each for each in told if isinstance(each, ActionOffered))
    assert (first.due, first.when, first.rests) == (False, "while accept is parked", True)
    assert (second.due, second.when, second.rests) == (True, "", False)
    assert not first.stalled
    assert not second.stalled


PARK = FunctionEntered(
    seq=-1,
    time_ns=90,
    thread=7,
    goroutine=1,
    stage=Stage.ACCEPT,
    step=Step.POLL_WAIT,
    function="internal/poll.runtime_pollWait",
    span=90,
    mark="pollWait",
)
PARKED = (enter(Stage.ACCEPT, 89), PARK)


def waits(timeout: int = -1, call: str = "epoll_pwait") -> AnyEvent:
    given = (Argument("epfd", 5), Argument("timeout", timeout))
    return CallEntered(seq=-1, time_ns=91, thread=8, span=91, call=call, arguments=given)


@pytest.mark.parametrize(
    ("event", "asleep", "due"),
    [
        (waits(), True, True),
        (waits(timeout=30), True, True),
        (waits(timeout=0), True, False),  # it only looks
        (waits(call="close"), True, False),
        (waits(), False, False),  # another thread is on its way
    ],
)
def test_what_waits_for_rest_is_due_where_the_call_begins_in_which_the_server_rests(
    monkeypatch: pytest.MonkeyPatch, event: AnyEvent, asleep: bool, due: bool
) -> None:
    """The thread that is halted there is not asleep yet, and all others are."""
    states = iter([False, asleep])
    seen: list[int | None] = []

    def is_asleep(pid: int, besides: int | None = None) -> bool:
        seen.append(besides)
        return next(states, asleep)

    monkeypatch.setattr(session, "is_asleep", is_asleep)
    script = [act("while accept is parked", fails="EDESTADDRREQ")]
    commands = ["step"] * 3
    lines: list[Line] = []
    read, write = os.pipe()

    def receive(line: Line) -> None:
        lines.append(line)
        stands = isinstance(line, ServerHalted)
        if stands and commands:
            os.write(write, f'{{"do":"{commands.pop(0)}"}}\n'.encode())
        elif line.due if isinstance(line, ActionOffered) else stands and not due:
            os.write(write, b'{"do":"next-act"}\n{"do":"stop"}\n')

    about = msgspec.structs.replace(scenario(), script=tuple(script))
    events = [LISTENING[0], *PARKED, event]
    CaptureSession(ListTarget(events), receive, about, commands=read).run()
    for end in (read, write):
        os.close(end)
    assert [client for client, _ in acts(lines)] == [1] * due
    assert bool(refusals(lines)) is not due
    assert set(seen) <= {7, 8}
    assert not any(line.stalled for line in lines if isinstance(line, ActionOffered))


class Lasting(ListTarget):
    """A server that rests after its last event."""

    def alive(self) -> bool:
        return True


def rested(
    monkeypatch: pytest.MonkeyPatch, script: Sequence[ScriptAction], commands: Sequence[str]
) -> list[Line]:
    """Run a server until it rests; then send a command for each offer that is stalled."""
    monkeypatch.setattr(session, "is_asleep", lambda pid, besides=None: True)
    read, write = os.pipe()
    left, lines = [*commands, "stop"], []

    def receive(line: Line) -> None:
        lines.append(line)
        if isinstance(line, ServerHalted):
            os.write(write, b'{"do":"run"}\n')
        elif isinstance(line, ActionOffered) and (line.stalled or line.due or not line.action):
            command = left.pop(0) if line.stalled else "stop"
            whole = command if command.startswith("{") else f'{{"do":"{command}"}}'
            os.write(write, whole.encode() + b"\n")

    about = msgspec.structs.replace(scenario(), script=tuple(script))
    CaptureSession(Lasting(LISTENING), receive, about, commands=read).run()
    for end in (read, write):
        os.close(end)
    return lines


EARLY = '{"do":"next-act","early":true}'


def test_at_rest_an_act_that_is_not_due_is_said_to_be_stalled_and_can_be_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = [act("after close", fails="EDESTADDRREQ"), act("after bind", client=2)]
    lines = rested(monkeypatch, script, [EARLY])
    told = [line for line in lines if isinstance(line, ActionOffered)]
    stalled = [(line.client, line.when) for line in told if line.stalled]
    assert stalled == [(1, "after close"), (2, "after bind")]  # that was before
    assert acts(lines) == [(1, "connect")]
    assert refusals(lines) == []


def test_at_rest_an_act_can_be_left_out_and_what_has_happened_counts_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = rested(monkeypatch, [act("after close"), act("after bind", client=2)], ["skip-act"])
    assert acts(lines) == []
    assert offers(lines)[-1] == ("connect", 2, True, "")


def test_it_is_not_done_early_while_the_server_can_go_on() -> None:
    lines = walked([act("after listen")], [EARLY])
    assert refusals(lines) == ["What the scenario's client does next is not due yet."]
    assert acts(lines) == []


def test_with_nothing_left_there_is_nothing_to_leave_out() -> None:
    lines = walked([], ['{"do":"skip-act"}\n{"do":"run"}'])
    assert refusals(lines) == []
    assert type(lines[-1]).__name__ == "CaptureFinished"


def test_when_all_is_done_that_is_said() -> None:
    lines = walked([act("at once")], ["next-act", "next-act"])
    assert offers(lines) == [("connect", 1, True, ""), ("", 0, False, "")]
    assert refusals(lines) == ["The scenario's clients have done all that its script says."]


def test_a_client_of_the_users_own_counts_if_it_does_what_the_script_would() -> None:
    script = [act("after bind", fails="EDESTADDRREQ"), act("after listen", client=2)]
    lines = walked(script, [CONNECT])
    assert offers(lines)[-1] == ("connect", 2, False, "after listen")


def test_an_action_whose_client_is_gone_is_left_out_and_that_is_said() -> None:
    gone = [act("at once", "send", data="x"), act("at once", "close")]
    lines = walked([*gone, act("after bind", client=2)], ["step"])
    (skipped,) = [line for line in lines if isinstance(line, ActionSkipped)]
    assert skipped == ActionSkipped(action="send", client=1, count=2)
    assert offers(lines) == [("connect", 2, False, "after bind")]


def test_what_cannot_be_done_at_all_is_said_and_passed_over() -> None:
    class Whole(ListTarget):
        def let_go(self) -> None:
            raise CaptureError(message("It cannot."))

    script = [act("at once", "let-go"), act("after bind")]
    lines = walked(script, ["next-act"], make=Whole)
    assert refusals(lines) == ["It cannot."]
    assert offers(lines)[-1] == ("connect", 1, False, "after bind")


def test_too_many_at_once_are_refused_in_a_sentence() -> None:
    lines = walked((), ['{"do":"act","action":"connect","clients":1001}'])
    assert refusals(lines) == ["At most 1000 clients can act at once: ask for fewer."]
    assert acts(lines) == []
    lines = walked((), ['{"do":"act","action":"connect","clients":0}'])
    assert len(refusals(lines)) == 1


def test_several_act_one_after_the_other() -> None:
    lines = walked((), ['{"do":"act","action":"close","client":3,"clients":2}'])
    assert acts(lines) == [(3, "close"), (4, "close")]
    errors = [line.error.name for line in lines if isinstance(line, ClientActed) and line.error]
    assert errors == ["ENOTCONN"] * 2


EXIT: AnyEvent = ProcessExited(seq=-1, time_ns=9, pid=7, code=1)


def test_clients_can_act_after_the_servers_end_if_the_script_says_so() -> None:
    script = [act("server exited", "connect", fails="EDESTADDRREQ"), act("at once", client=2)]
    lines = walked(script, ["run", "next-act", "next-act"], events=[LISTENING[0], EXIT])
    kinds = [type(line).__name__ for line in lines]
    assert kinds[kinds.index("ServerGone") - 1] == "ActionOffered"
    assert acts(lines) == [(1, "connect"), (2, "connect")]
    assert kinds[-1] == "CaptureFinished"
    ended = lines[-2]
    assert getattr(ended, "reason", "") == "exited"


@pytest.mark.parametrize("when", ["after bind", "at once", "server idle"])
def test_otherwise_the_end_of_the_server_is_the_end(when: str) -> None:
    lines = walked([act(when)], ["run"], events=[LISTENING[0], EXIT])
    assert not any(isinstance(line, ServerGone) for line in lines)
    assert type(lines[-1]).__name__ == "CaptureFinished"


def test_the_screen_may_go_after_the_servers_end() -> None:
    script = [act("server exited")]
    lines = walked(script, ["run"], events=[LISTENING[0], EXIT])
    assert any(isinstance(line, ServerGone) for line in lines)
    assert getattr(lines[-2], "reason", "") == "stopped"


def test_the_rest_of_very_many_clients_follows_by_itself_once_the_server_is_at_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "is_asleep", lambda *pids: True)

    read, write = os.pipe()
    lines: list[Line] = []
    commands = ['{"do":"run"}', '{"do":"next-act"}']

    def receive(line: Line) -> None:
        lines.append(line)
        if isinstance(line, ServerHalted | ServerRunning) and commands:
            os.write(write, commands.pop(0).encode() + b"\n")
        elif isinstance(line, ActionOffered) and line.left == 1 and line.client == 700:
            os.write(write, b'{"do":"stop"}\n')

    many = act("at once", clients=SLICE + 50, fails="EDESTADDRREQ")
    about = msgspec.structs.replace(scenario(), script=(many, act("after bind", client=700)))
    CaptureSession(Lasting(LISTENING), receive, about, commands=read).run()
    for end in (read, write):
        os.close(end)
    assert acts(lines) == [(number, "connect") for number in range(1, SLICE + 51)]
    told = [line for line in lines if isinstance(line, ActionOffered)]
    (between,) = [each for each in told if each.clients == 50]  # the first part is done
    assert not between.due
    assert between.when == ""


def test_what_was_begun_by_hand_is_finished_by_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "is_asleep", lambda *pids: True)
    three = act("after bind", clients=3, fails="EDESTADDRREQ")
    lines = walked([three], [CONNECT, "run", "next-act"])
    assert [client for client, _ in acts(lines)] == [1, 2, 3]
    assert offers(lines) == [
        ("connect", 1, False, "after bind"),
        ("connect", 2, False, "after bind"),
        ("connect", 2, True, ""),
        ("", 0, False, ""),
    ]
