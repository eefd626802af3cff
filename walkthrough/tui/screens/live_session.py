"""The live side of a walk: what the capture's lines mean for it, and what may be sent back.

It keeps the mode and the messages, appends events to the history, and knows no widget.
"""

from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import (
    ClientActed,
    DetailEnded,
    Header,
    KernelObserved,
    MemoryMeasured,
    OutputWritten,
    PacketCaptured,
    StagesRevised,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.protocol import (
    ActCommand,
    ActionOffered,
    ActionSkipped,
    AnyCommand,
    CaptureFailed,
    CaptureFinished,
    CommandRefused,
    HaltLimitReached,
    Line,
    NextActCommand,
    NextChangeCommand,
    NextStageCommand,
    PauseCommand,
    ProgressReported,
    RunCommand,
    ServerChosen,
    ServerGone,
    ServerHalted,
    ServerRunning,
    SkipActCommand,
    StepCommand,
)
from walkthrough.state.event_source import Feed
from walkthrough.state.history import EventOrderError, History
from walkthrough.tui.screens.status import WalkMode

_BESIDE = (
    ClientActed,
    DetailEnded,
    KernelObserved,
    MemoryMeasured,
    OutputWritten,
    PacketCaptured,
    StagesRevised,
    ThreadStarted,
    ThreadExited,
)
"""Events that come while the server is halted or sleeps; they do not mean that it runs again."""
GREETING = b"hello from the client\n"
"""What a client sends when its key is pressed, unless the script sends something next."""
PATIENCE = 3
"""Seconds after which a server that was released and does not answer is said to be silent."""


_MAKES = ("connect", "accept")
"""Actions that make a client."""


class LiveSession:
    """One live capture as the screen sees it.

    Attributes:
        feed: The capture.
        history: What it has reported so far, None before its header.
        mode: What it is doing.
        chosen: Which server was taken, None until it says.
        progress: What it does before its first event.
        offered: What the scenario's script would do next, None until it says.
        failure: Why it cannot go on, "" while it can.
        quiet: Whether the server runs, and nothing has come from it for a while.
        only: The process id of the only process at whose events the server halts, None for all.
        halt_limit: For how many seconds it is kept halted without a command; 0 for ever.
        detached: That it was detached, since it had been halted for too long; None if it was not.
    """

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.history: History | None = None
        self.mode = WalkMode.STARTING
        self.chosen: ServerChosen | None = None
        self.progress: ProgressReported | None = None
        self.offered: ActionOffered | None = None
        self.failure: Message | str = ""
        self.quiet = False
        self.only: int | None = None
        self._released = False
        self._halts = False  # by itself, at the next event or stage
        self._waited = 0
        self._quiet_for = 0
        self.halt_limit = 0.0
        self.detached: HaltLimitReached | None = None
        self._halted_for = 0

    @property
    def halt_left(self) -> int | None:
        """For how many seconds more the server is kept halted; None if that has no limit."""
        if self.mode is not WalkMode.HALTED or not self.halt_limit:
            return None
        return max(0, round(self.halt_limit) - self._halted_for)

    @property
    def silent(self) -> bool:
        """Return whether a released server has not answered for a long time."""
        return self._waited >= PATIENCE

    @property
    def long_quiet(self) -> bool:
        """Return whether nothing has come for a long time from a server that runs.

        One that has just been started may need a while for its first event.
        """
        return self.quiet and self._quiet_for >= PATIENCE

    def wait_a_second(self) -> bool:
        """Note that a second has passed; True once the server's silence should be reported."""
        self._halted_for += 1
        self._waited = self._waited + 1 if self._released and self.mode.live else 0
        self._quiet_for = self._quiet_for + 1 if self.quiet and self.mode.live else 0
        return PATIENCE in (self._waited, self._quiet_for)

    @property
    def begun(self) -> bool:
        """Return whether there is an event to look at."""
        return self.history is not None and len(self.history) > 0

    @property
    def ready(self) -> bool:
        """Return whether the server is halted, and no release is under way."""
        return self.mode is WalkMode.HALTED and not self._released

    @property
    def coming(self) -> bool:
        """Return whether the server is on its way to a halt, at the next event or stage."""
        return self._halts and self.mode in (WalkMode.HALTED, WalkMode.RUNNING)

    @property
    def halts_once_woken(self) -> bool:
        """Return whether a server that waits will halt at what a client sets off."""
        return self._halts and self.mode is WalkMode.WAITING

    def receive(self, line: Line) -> None:
        """Process one line of the capture."""
        self._waited = 0
        match line:
            case Header():
                if self.history is None:
                    self.history = History(line)
            case ProgressReported():
                self.progress = line
            case ServerChosen():
                self.chosen = line
            case ServerHalted(limit_s=limit):
                self.mode = WalkMode.HALTED
                self._released = self._halts = False
                self.halt_limit, self._halted_for = limit, 0
            case ServerRunning(waiting=waiting, halts=halts):
                self.mode = WalkMode.WAITING if waiting else WalkMode.RUNNING
                self.quiet = not halts  # one that has just begun is no sign of rest
                self._released = False
                self._halts = self._halts or halts
            case ServerGone():
                self.mode = WalkMode.EXITED
                self._released = self._halts = False
            case ActionOffered():
                self.offered = line
            case HaltLimitReached():
                self.detached = line if line.detached else None
            case CommandRefused() | ActionSkipped():
                pass  # said once, by the screen; nothing has changed
            case CaptureFailed(message=why):
                self.fail(why)
            case CaptureFinished():
                if self.mode is not WalkMode.FAILED:
                    self.mode = WalkMode.ENDED
            case event:
                self._append(event)

    def fail(self, why: Message | str) -> None:
        """Say that no more will come, and why."""
        self.failure = self.failure or why
        self.mode = WalkMode.FAILED

    def step(self) -> None:
        """Release one event; nothing is released again before it has come to a halt."""
        self._release(StepCommand(process=self.only))

    def next_stage(self) -> None:
        """Release until another stage begins."""
        self._release(NextStageCommand(process=self.only))

    def next_change(self) -> None:
        """Release until something changes."""
        self._release(NextChangeCommand(process=self.only))

    def run(self) -> None:
        """Release until told otherwise."""
        self._release(RunCommand())
        self.mode = WalkMode.RUNNING

    def pause(self) -> None:
        """Halt at the next event."""
        self._halts = self._halts or not self.ready
        self.feed.send(PauseCommand())

    def act(self, action: str) -> None:
        """Let a client act: the script's, if it does that next, else the newest.

        ``connect`` and ``accept`` make a new one. What that sets off in a parked server halts at
        its first event.
        """
        next_act = self._next_act(action)
        client = next_act.client if next_act is not None else 0
        data = b""
        if action == "send":
            data = next_act.data if next_act is not None else GREETING
        self.let_act(ActCommand(action=action, client=client, data=data))

    def skip_act(self) -> None:
        """Leave out what the script would do next."""
        self.feed.send(SkipActCommand())

    def let_act(self, command: ActCommand | NextActCommand) -> None:
        """Let clients act, as somebody asks or the script would."""
        self._halts = self._halts or self.mode is WalkMode.WAITING
        self.feed.send(command)

    def _next_act(self, action: str) -> ActionOffered | None:
        """Return what the script does next, if that is ``action``, by a client that is there."""
        offered = self.offered
        is_it = offered is not None and offered.action == action and action not in _MAKES
        return offered if is_it else None

    def _release(self, command: AnyCommand) -> None:
        if not self._released and not self.coming:
            self._released = True
            self._halts = not isinstance(command, RunCommand)
            self.feed.send(command)

    def _append(self, event: Line) -> None:
        if self.history is None:
            self.fail(message("The capture sent an event before its header."))
            return
        if not isinstance(event, _BESIDE):
            self.quiet, self._quiet_for = False, 0
            if self.mode is WalkMode.WAITING:
                # A client has woken the server; if it will halt, `ServerHalted` comes next.
                self.mode = WalkMode.RUNNING
        try:
            self.history.append(event)  # type: ignore[arg-type]  # all other lines are matched
        except EventOrderError as error:
            self.fail(error.message)
