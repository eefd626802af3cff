"""What is to be traced, and how: the first line that a tracing process reads, as JSON.

Names, arguments and environment are bytes, as Linux has them, and no text.
"""

import os
from collections.abc import Sequence

import msgspec

from walkthrough.capture.session.session_plan import BeginMode, TracePlan

LISTEN, ALL = "listen", "all"
"""What is followed: the listening path and its connections, or every call that is known."""
HALT_LIMIT_S = 60.0
"""For how many seconds somebody may keep a program halted that others need: one attached to."""


class TraceRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A program to be launched, or processes to attach to.

    Attributes:
        arguments: The argument vector of a program to launch, its name as it was typed first.
        environment: Its environment; names and values in turn.
        pids: Processes to attach to, instead.
        begin: ``halt`` or ``run``.
        only: What is followed: `LISTEN`, `ALL`, or a stage or step.
        timeout_s: After how many seconds it ends; None for never.
        halt_limit_s: For how many seconds it may be kept halted; None for ever.
        limit: After how many bytes of recording it ends; None for never.
        payload: Whether what is read and written is captured, and not its length alone.
    """

    arguments: tuple[bytes, ...] = ()
    environment: tuple[bytes, ...] = ()
    pids: tuple[int, ...] = ()
    begin: str = "halt"
    only: str = LISTEN
    timeout_s: float | None = None
    halt_limit_s: float | None = None
    limit: int | None = None
    payload: bool = True

    @property
    def attaches(self) -> bool:
        """Whether the program runs already."""
        return bool(self.pids)

    @property
    def name(self) -> str:
        """The program's name as it was typed, or the process ids."""
        if self.pids:
            return ", ".join(map(str, self.pids))
        return os.fsdecode(self.arguments[0]) if self.arguments else ""

    def plan(self) -> TracePlan:
        """Return what the session has to do."""
        begin = BeginMode.RUN if self.begin == "run" else BeginMode.HALT
        return TracePlan(self.name, self.timeout_s, begin, self.halt_limit_s, self.attaches)

    def environment_map(self) -> dict[bytes, bytes]:
        """Return the environment as execve(2) takes it."""
        return dict(zip(self.environment[::2], self.environment[1::2], strict=True))


def launch(words: Sequence[str], **how: object) -> TraceRequest:
    """Return the request to launch a program with this process's environment.

    Args:
        words: Its name and arguments.
        how: Other attributes of the request.
    """
    environment = tuple(word for pair in os.environb.items() for word in pair)
    return TraceRequest(
        arguments=tuple(map(os.fsencode, words)),
        environment=environment,
        **how,  # type: ignore[arg-type]
    )
