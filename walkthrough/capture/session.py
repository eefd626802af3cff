"""One capture from start to end: numbers what a target brings, halts it, lets the client act.

The session decides when a thread that has arrived is released: on a command (`interactive`) or at
once (`unattended`, where the scenario's script lets the client act). It writes lines; where they
go, and how the server is observed, is for others to know.
"""

import contextlib
import os
import select
import time
from collections import deque
from collections.abc import Callable
from enum import Enum, auto

import msgspec

from walkthrough.capture.client import Clients
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.kernel.observe import Observer
from walkthrough.capture.target import Arrival, Target
from walkthrough.lesson.format import Scenario, ScriptAction
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    KernelObserved,
    OutputWritten,
    ProcessExited,
    SpanCutOff,
    begins_stage,
)
from walkthrough.model.kernel import KernelState
from walkthrough.model.protocol import (
    Act,
    AnyCommand,
    Ended,
    Failed,
    Halted,
    Line,
    NextStage,
    Pause,
    Run,
    Running,
    StepEvent,
    Stop,
)
from walkthrough.model.values import SocketAddress
from walkthrough.notation.safe import printable
from walkthrough.replay.advance import advance
from walkthrough.replay.points import Point, Watcher
from walkthrough.replay.world import World

Emit = Callable[[Line], None]

QUIET_SECONDS = 0.05
"""How long nothing must arrive before the server is said to be running (or waiting)."""


class Mode(Enum):
    """Until when arrivals are released by themselves."""

    HALT = auto()
    NEXT_STAGE = auto()
    RUN = auto()


class Session:
    """A capture of one target.

    Args:
        target: The server, not yet started.
        emit: Receives the header, the events and, in an interactive session, messages.
        scenario: Whose script an unattended session follows.
        commands: Descriptor from which an interactive session reads commands, a JSON line each;
            its end ends the session. None makes the session unattended.
    """

    def __init__(
        self, target: Target, emit: Emit, scenario: Scenario, commands: int | None = None
    ) -> None:
        self._target = target
        self._emit = emit
        self._scenario = scenario
        self._commands = commands
        self._mode = Mode.RUN if commands is None else Mode.HALT
        self._inbox = b""
        self._queue: deque[Arrival] = deque()
        self._held: Arrival | None = None
        self._world = World()
        self._next_seq = 0
        self._open: dict[int, AnyEvent] = {}
        self._kernel: KernelState | None = None
        self._observer: Observer | None = None
        self._clients = Clients(self._address)
        self._watcher = Watcher()
        self._script: deque[ScriptAction] = deque(scenario.script if commands is None else ())
        self._failed: ClientActed | None = None
        self._reason = ""
        self._said_running = False
        self._origin_ns = time.monotonic_ns()

    def run(self) -> str:
        """Run to the end and give everything back.

        Returns:
            Why it ended: the reason in `CaptureEnded`.

        Raises:
            CaptureError: The server cannot be started, or the script cannot go on.
        """
        try:
            try:
                header = self._target.start()
            except OSError as error:  # descriptors, processes or memory have run out
                raise CaptureError(
                    f"The server could not be started ({error.strerror}): close other programs "
                    f"and try again."
                ) from error
            self._origin_ns = time.monotonic_ns()
            self._emit(header)
            self._observer = Observer(self._target.pid, self._target.private())
            while not self._reason:
                self._turn()
            self._finish()
        finally:
            self._clients.close()
            if self._observer is not None:
                self._observer.close()
            self._target.close()
        if self._commands is not None:
            self._emit(Ended())
        return self._reason

    def _turn(self) -> None:
        """Do the next thing there is to do, waiting for one if there is none."""
        arrived = self._target.arrivals()
        self._queue.extend(arrived)
        if any(isinstance(each.event, ProcessExited) for each in arrived):
            # Nobody is left to halt; what had arrived before is told, then the end.
            self._held, self._mode = None, Mode.RUN
        if self._commands is None and self._elapsed() > self._scenario.timeout_s * 1e9:
            self._reason = "timed out"  # also where a server never rests
        elif self._held is None and self._queue:
            self._present(self._queue.popleft())
        elif self._held is None and not self._target.alive():
            self._reason = self._reason or "exited"
        else:
            self._wait()

    # what arrives

    def _present(self, arrival: Arrival) -> None:
        """Make an arrival the newest event, and halt there or let it go on."""
        self._said_running = False
        event = self._write(arrival.event)
        if isinstance(event, ProcessExited):
            self._reason = "exited" if event.code is not None else "killed"
            return
        if arrival.token is None:
            return
        if event.quiet:
            self._target.release(arrival.token)
            return
        self._observe()
        if self._commands is None:
            self._follow_script(resting=False)
        elif self._halts_at(event):
            self._held = arrival
            self._mode = Mode.HALT
            self._emit(Halted(seq=self._next_seq - 1))
            return
        self._target.release(arrival.token)

    def _halts_at(self, event: AnyEvent) -> bool:
        match self._mode:
            case Mode.HALT:
                return True
            case Mode.NEXT_STAGE:
                return begins_stage(event)
            case Mode.RUN:
                return False

    def _write(self, event: AnyEvent) -> AnyEvent:
        event = msgspec.structs.replace(event, seq=self._next_seq)
        self._next_seq += 1
        match event:
            case FunctionEntered() | CallEntered() if event.span is not None:
                self._open[event.span] = event
            case FunctionReturned() | CallReturned() | SpanCutOff() if event.span is not None:
                self._open.pop(event.span, None)
        self._world = advance(self._world, event)
        self._watcher.fold(event)
        self._emit(event)
        return event

    def _observe(self) -> None:
        """Write the kernel's view if it has changed."""
        if self._observer is None:
            return
        state = self._observer.observe()
        if state != self._kernel:
            self._kernel = state
            self._write(KernelObserved(seq=-1, time_ns=self._elapsed(), state=state))

    def _elapsed(self) -> int:
        return max(time.monotonic_ns() - self._origin_ns, self._world.time_ns)

    # waiting

    def _wait(self) -> None:
        """Wait for the target, a command, or long enough to say that nothing comes."""
        descriptors: list[int] = [*self._target.descriptors()]
        if self._commands is not None:
            descriptors.append(self._commands)
        seconds = QUIET_SECONDS if self._held is None and not self._said_running else None
        if self._commands is None:
            seconds = QUIET_SECONDS
        ready, _, _ = select.select(descriptors, (), (), seconds)
        if not ready:
            self._nothing_arrives()
        elif self._commands in ready:
            self._read_commands()

    def _nothing_arrives(self) -> None:
        self._observe()
        if self._commands is None:
            self._follow_script(resting=True)
            return
        if not self._said_running:
            self._said_running = True
            self._emit(Running(waiting=self._waiting()))

    def _waiting(self) -> bool:
        """Tell whether every goroutine on the path is parked."""
        spans = self._world.spans
        return bool(self._world.parked) and all(
            key < 0 or key in self._world.parked for key in spans
        )

    # the client

    def _address(self) -> SocketAddress | None:
        """Return where the server listens, as the kernel sees it."""
        self._observe()
        if self._kernel is None:
            return None
        bound = [s for s in self._kernel.sockets if s.owner == "server" and s.remote is None]
        listening = [s for s in bound if s.state == "LISTEN"]
        # Before listen the port may be bound already: to be refused there is worth seeing too.
        return next((s.local for s in (*listening, *bound) if s.local.port or s.local.path), None)

    def _act(self, act: Act) -> None:
        acted = self._clients.act(act)
        if acted.error is not None:
            self._failed = acted
        self._write(msgspec.structs.replace(acted, time_ns=self._elapsed()))
        self._observe()

    def _follow_script(self, resting: bool) -> None:
        """Let the client do all that is due, and end the session when the script says so.

        Args:
            resting: Whether nothing has arrived for a while. Only then is a point due that is about
                rest: a goroutine counts as parked a little before it really stands still.
        """
        while self._script and self._due(self._script[0].point, resting):
            action = self._script.popleft()
            self._act(Act(action=action.do.value, client=action.client, data=action.payload))
            self._watcher.restart()
            resting = False  # what the client did is yet to have its effect
        if not self._script and self._due(self._scenario.end.point, resting):
            self._reason = "finished"

    def _due(self, point: Point, resting: bool) -> bool:
        return (resting or not point.is_about_rest) and self._watcher.due(point, self._world)

    @property
    def complaint(self) -> str:
        """What went wrong, if a client failed or the server printed an error; "" otherwise."""
        printed = [data for stream, data in self._world.output if stream == 2 and data.strip()]
        if printed:
            return "the server said: " + printable(printed[-1].strip().splitlines()[-1])
        if self._failed is not None and self._failed.error is not None:
            error = self._failed.error
            return f"client {self._failed.client} could not {self._failed.action} ({error.name})"
        return ""

    @property
    def unfinished(self) -> ScriptAction | None:
        """The first action of the script that never became due."""
        return self._script[0] if self._script else None

    # commands

    def _read_commands(self) -> None:
        assert self._commands is not None
        data = os.read(self._commands, 1 << 16)
        if not data:  # the screen is gone; nothing may stay behind
            self._reason = "stopped"
            return
        *lines, self._inbox = (self._inbox + data).split(b"\n")
        for line in lines:
            if self._reason:
                return
            try:
                self._obey(_COMMANDS.decode(line))
            except (msgspec.MsgspecError, RecursionError) as error:
                self._emit(Failed(message=f"A command was not understood: {error}."))

    def _obey(self, command: AnyCommand) -> None:
        match command:
            case StepEvent() | Pause():
                self._mode = Mode.HALT
                go_on = isinstance(command, StepEvent)
            case NextStage():
                self._mode, go_on = Mode.NEXT_STAGE, True
            case Run():
                self._mode, go_on = Mode.RUN, True
            case Act():
                self._act(command)
                go_on = False
            case Stop():
                self._reason, go_on = "stopped", False
        if go_on and self._held is not None:
            held, self._held = self._held, None
            if held.token is not None:
                self._target.release(held.token)
        if not isinstance(command, Act):
            self._said_running = False

    # ending

    def _finish(self) -> None:
        """Close every span that is still open, and the recording."""
        with contextlib.suppress(OSError):
            for arrival in (*self._queue, *self._target.arrivals()):
                if isinstance(arrival.event, OutputWritten):  # others may lack what was before them
                    self._write(arrival.event)
        reason = "stopped" if self._reason in ("finished", "timed out") else self._reason
        for event in sorted(self._open.values(), key=lambda each: -each.seq):
            self._write(
                SpanCutOff(
                    seq=-1,
                    time_ns=self._elapsed(),
                    thread=event.thread,
                    goroutine=event.goroutine,
                    stage=event.stage,
                    step=event.step,
                    function=event.function,
                    span=event.span,
                    parent=event.parent,
                    reason=reason,
                    quiet=True,
                )
            )
        self._write(
            CaptureEnded(
                seq=-1,
                time_ns=self._elapsed(),
                reason=self._reason,
                unlisted=self._target.unlisted(),
            )
        )


_COMMANDS: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
