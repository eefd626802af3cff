"""What a session has to do beside stepping: a script, an end, goals, and how long it may take.

A scenario is one; a traced program of the user's own has none of it, but limits.
"""

from enum import Enum, auto
from typing import NamedTuple, Protocol

from walkthrough.scenario.schema import End, Goal, ScriptAction


class SessionPlan(Protocol):
    """What a session is told. `walkthrough.scenario.schema.Scenario` says all of it.

    Attributes:
        name: Of what is captured, for messages.
        timeout_s: After how many seconds an unattended session ends; None for never.
        script: What clients do, in order.
        end: When the script is over; None if nothing but the server's end is its end.
        goal: What somebody who steps is to see.
    """

    @property
    def name(self) -> str:
        """See above."""

    @property
    def timeout_s(self) -> float | None:
        """See above."""

    @property
    def script(self) -> tuple[ScriptAction, ...]:
        """See above."""

    @property
    def end(self) -> End | None:
        """See above."""

    @property
    def goal(self) -> tuple[Goal, ...]:
        """See above."""


class BeginMode(Enum):
    """How an attended session of a traced program begins."""

    HALT = auto()
    """The program runs until the first stage of the path begins, and is halted there."""
    RUN = auto()
    """It runs on until somebody halts it."""


class TracePlan(NamedTuple):
    """The plan of a session that traces a program: nobody of ours connects to it.

    Attributes:
        name: The program's name.
        timeout_s: After how many seconds the session ends; None for never.
        begin: How it begins, if it is attended.
        halt_limit_s: For how many seconds somebody may keep the program halted; None for ever.
        attached: Whether the program ran before, and runs on when the session ends.
        script: None: the clients are not ours.
        end: Likewise.
        goal: Likewise.
    """

    name: str
    timeout_s: float | None = None
    begin: BeginMode = BeginMode.HALT
    halt_limit_s: float | None = None
    attached: bool = False
    script: tuple[ScriptAction, ...] = ()
    end: End | None = None
    goal: tuple[Goal, ...] = ()
