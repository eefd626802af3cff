"""Where a released server halts, from an observer and a script that a test plays."""

from dataclasses import dataclass, field
from typing import cast

import pytest

from walkthrough.capture.session.halting import Halting, ReleaseMode
from walkthrough.capture.session.offered_script import OfferedScript
from walkthrough.capture.session.recorder import SessionRecorder
from walkthrough.model.events import FunctionEntered
from walkthrough.model.protocol import (
    ActCommand,
    AnyCommand,
    NextChangeCommand,
    NextStageCommand,
    PauseCommand,
    RunCommand,
    StepCommand,
)
from walkthrough.model.stages import Stage
from walkthrough.state.world import World

SERVER, CHILD = 7, 8
PLAIN = FunctionEntered(seq=1, time_ns=1, function="net.bind", span=1)
BEGINS = FunctionEntered(
    seq=2, time_ns=2, function="net.bind", span=2, stage=Stage.BIND, mark="bind"
)
OF_THE_CHILD = FunctionEntered(seq=3, time_ns=3, function="net.bind", span=3, process=CHILD)


@dataclass
class Played:
    """What the recorder and the script say."""

    changes: int = 0
    goals: int = 0
    now_ns: int = 0
    due: bool = False
    observed: list[bool] = field(default_factory=list)
    world: World = field(default_factory=World)

    def observe(self, *, must: bool) -> None:
        self.observed.append(must)

    def goals_reached(self) -> int:
        return self.goals

    def elapsed(self) -> int:
        return self.now_ns

    def becomes_due(self) -> bool:
        return self.due


def halting(
    told: Played, command: AnyCommand, limit_s: float | None = None, *living: int
) -> Halting:
    recorder, offered = cast("SessionRecorder", told), cast("OfferedScript", told)
    made = Halting(recorder, offered, limit_s, ReleaseMode.RUN, lambda: SERVER, {*living})
    made.take(command)
    made.release()
    return made


@pytest.mark.parametrize(
    ("command", "plain", "stage", "change", "goal"),
    [
        (StepCommand(), True, True, True, True),
        (PauseCommand(), True, True, True, True),
        (NextStageCommand(), False, True, False, True),
        (NextChangeCommand(), False, False, True, True),
        (RunCommand(), False, False, False, False),
    ],
)
def test_each_command_halts_at_what_it_names(
    command: AnyCommand, plain: bool, stage: bool, change: bool, goal: bool
) -> None:
    told = Played(changes=4, goals=1)
    made = halting(told, command)
    assert made.halts_at(PLAIN) is plain
    assert told.observed == [plain or made.mode is ReleaseMode.NEXT_CHANGE]
    assert made.halts_at(BEGINS) is stage
    told.changes = 5
    assert made.halts_at(PLAIN) is change
    told.changes, told.goals = 4, 2
    assert made.halts_at(PLAIN) is goal
    told.due = True
    assert made.halts_at(PLAIN), "a client that is due halts it in any case"


def test_a_server_that_was_let_go_halts_no_more() -> None:
    made = halting(Played(world=World(detailed=False), due=True), StepCommand())
    assert not made.halts_at(PLAIN)


def test_an_act_leaves_open_until_when_it_was_released() -> None:
    made = halting(Played(), NextStageCommand())
    made.take(ActCommand(action="connect"))
    assert made.mode is ReleaseMode.NEXT_STAGE


def test_another_process_is_passed_over_while_the_one_that_is_stepped_lives() -> None:
    told = Played()
    made = halting(told, StepCommand(process=SERVER), None, SERVER, CHILD)
    assert made.halts_at(PLAIN)
    assert not made.halts_at(OF_THE_CHILD)
    told.due = True
    assert made.halts_at(OF_THE_CHILD)
    gone = halting(Played(), StepCommand(process=SERVER), None, CHILD)
    assert gone.halts_at(OF_THE_CHILD)
    both = halting(Played(), StepCommand(), None, SERVER, CHILD)
    assert both.halts_at(OF_THE_CHILD)


def test_what_another_process_changes_halts_no_step_of_this_one() -> None:
    told = Played(changes=1)
    made = halting(told, NextChangeCommand(process=SERVER), None, SERVER, CHILD)
    told.changes = 2
    assert not made.halts_at(OF_THE_CHILD)
    assert not made.halts_at(PLAIN)
    told.changes = 3
    assert made.halts_at(PLAIN)


def test_a_halt_is_over_after_its_limit_and_only_while_it_lasts() -> None:
    told = Played(now_ns=10**9)
    made = halting(told, StepCommand(), 2.0)
    seen = [made.is_over]
    made.begin()
    for later_ns in (2 * 10**9, 1):
        told.now_ns += later_ns
        seen.append(made.is_over)
    made.end()
    assert [*seen, made.is_over] == [False, False, True, False]
    for_ever = halting(told, StepCommand())
    for_ever.begin()
    told.now_ns += 10**15
    assert not for_ever.is_over
