"""Where a server that was released halts again, and since when it stands."""

from collections.abc import Callable, Collection
from enum import Enum, auto

from walkthrough.capture.session.offered_script import OfferedScript
from walkthrough.capture.session.recorder import SessionRecorder
from walkthrough.model.events import AnyEvent, begins_stage
from walkthrough.model.protocol import (
    AnyCommand,
    NextChangeCommand,
    NextStageCommand,
    PauseCommand,
    ReleasingCommand,
    RunCommand,
    StepCommand,
)


class ReleaseMode(Enum):
    """Until when arrivals are released automatically."""

    HALT = auto()
    NEXT_STAGE = auto()
    NEXT_CHANGE = auto()
    RUN = auto()


_MODES = {
    StepCommand: ReleaseMode.HALT,
    PauseCommand: ReleaseMode.HALT,
    NextStageCommand: ReleaseMode.NEXT_STAGE,
    NextChangeCommand: ReleaseMode.NEXT_CHANGE,
    RunCommand: ReleaseMode.RUN,
}


class Halting:
    """Decides at which event the server of an interactive session halts.

    Args:
        recorder: Looks at the kernel, counts changes and goals, tells the time.
        offered: Tells whether something becomes due for a client.
        limit_s: For how long the server may be kept halted at a time; None for ever.
        mode: Until when arrivals are released at first.
        server: Returns the id of the first process.
        living: The processes that have arrived and not ended.

    Attributes:
        mode: Until when arrivals are released.
        limit_s: As above.
    """

    def __init__(
        self,
        recorder: SessionRecorder,
        offered: OfferedScript,
        limit_s: float | None,
        mode: ReleaseMode,
        server: Callable[[], int],
        living: Collection[int],
    ) -> None:
        self._recorder = recorder
        self._offered = offered
        self.limit_s = limit_s
        self.mode = mode
        self._server = server
        self._living = living
        self._halted_ns: int | None = None  # since when it is kept halted
        self._only: int | None = None  # the process at whose events it halts, None for all
        self._changes = 0  # how many there were when the server was last released
        self._goals_reached = 0  # likewise

    def take(self, command: AnyCommand) -> None:
        """Do from now on what a command says of until when, and of which process to halt."""
        self._only = command.process if isinstance(command, ReleasingCommand) else None
        self.mode = _MODES.get(type(command), self.mode)

    def begin(self) -> None:
        """Note that the server is halted from now on."""
        self._halted_ns = self._recorder.elapsed()

    def end(self) -> None:
        """Note that it is not halted any more."""
        self._halted_ns = None

    def release(self) -> None:
        """Note what there is when the server is released: what comes on top of it halts."""
        self._changes = self._recorder.changes
        self._goals_reached = self._recorder.goals_reached()

    @property
    def is_over(self) -> bool:
        """Whether the server has been kept halted for as long as it may be."""
        if self.limit_s is None or self._halted_ns is None:
            return False
        return self._recorder.elapsed() - self._halted_ns > self.limit_s * 1e9

    def halts_at(self, event: AnyEvent) -> bool:
        """Observe the kernel; return whether the server halts here."""
        becomes_due = self._offered.becomes_due()
        if not becomes_due and self._passes_over(event):
            self._recorder.observe(must=False)
            self._changes = self._recorder.changes
            return False
        if not self._recorder.world.detailed:  # let go: what is left of a call stops nobody
            self._recorder.observe(must=False)
            return False
        halts = (
            becomes_due
            or self.mode is ReleaseMode.HALT
            or (self.mode is ReleaseMode.NEXT_STAGE and begins_stage(event))
        )
        by_change = self.mode is ReleaseMode.NEXT_CHANGE
        self._recorder.observe(must=halts or by_change)
        if halts or (by_change and self._recorder.changes > self._changes):
            return True
        # Whoever goes on by stages or changes shall see what the walk is for when it happens.
        steps = by_change or self.mode is ReleaseMode.NEXT_STAGE
        return steps and self._recorder.goals_reached() > self._goals_reached

    def _passes_over(self, event: AnyEvent) -> bool:
        """Return whether it is another process's than the one that is stepped, which lives."""
        only = self._only
        return only in self._living and (event.process or self._server()) != only
