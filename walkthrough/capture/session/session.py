"""One capture from start to end: takes what arrives at a target, halts it, releases it.

The session decides when a thread that has arrived is released: on a command (`interactive`) or at
once (`unattended`, where the scenario's script lets the clients act). It does not know where the
lines go, or how the server is observed.
"""

import contextlib
import itertools
import select
from collections import deque
from collections.abc import Callable

import msgspec

from walkthrough.capture.clients.client import Clients
from walkthrough.capture.environment.resource_limits import not_started
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.kernel.observe import KernelObserver
from walkthrough.capture.kernel.pace import CREDIT_NS, SHORT_CREDIT_NS, ObservationPace
from walkthrough.capture.kernel.thread_status import is_asleep
from walkthrough.capture.packets.reader import PacketReader
from walkthrough.capture.session.command_reader import CommandReader
from walkthrough.capture.session.fixtures import Fixtures
from walkthrough.capture.session.guard import ListenGuard
from walkthrough.capture.session.halting import Halting, ReleaseMode
from walkthrough.capture.session.offered_script import OfferedScript
from walkthrough.capture.session.recorder import SessionRecorder
from walkthrough.capture.session.script_runner import ScriptRunner
from walkthrough.capture.session.session_plan import BeginMode, SessionPlan, TracePlan
from walkthrough.capture.session.target import Arrival, DeferringTarget, Target
from walkthrough.capture.session.trace_scope import WAITS
from walkthrough.i18n.messages import Message, message
from walkthrough.model.events import (
    FORMAT_OF_PACKETS,
    AnyEvent,
    CallEntered,
    OutputWritten,
    ProcessExited,
    ProcessStarted,
    StagesRevised,
)
from walkthrough.model.protocol import (
    ActCommand,
    AnyCommand,
    CaptureFinished,
    CommandRefused,
    HaltLimitReached,
    Line,
    NextActCommand,
    PauseCommand,
    ReleasingCommand,
    RunCommand,
    ServerGone,
    ServerHalted,
    ServerRunning,
    SkipActCommand,
    StopCommand,
)
from walkthrough.scenario.schema import ScriptAction
from walkthrough.state.triggers import holds_wakers

Emit = Callable[[Line], None]

QUIET_SECONDS = 0.05
"""How long nothing must arrive before the server counts as running (or waiting)."""
REST_SECONDS = 0.02
"""How long nothing must arrive, and then every thread sleep, for the server to be at rest."""
LOOK_SECONDS = 0.25
"""How often the kernel is looked at while a traced program rests or is halted: clients that are
not ours may connect meanwhile."""


class CaptureSession:
    """A capture of one target.

    Args:
        target: The server, not yet started.
        emit: Receives the header, the events and, in an interactive session, messages.
        plan: What there is to do: of a scenario, whose script an unattended session follows, and
            an interactive one offers; or of a program that is traced.
        commands: Descriptor from which an interactive session reads commands, a JSON line each;
            its end ends the session. None makes the session unattended.
        fixtures: What the server finds when it starts; closed at the end.
    """

    def __init__(
        self,
        target: Target,
        emit: Emit,
        plan: SessionPlan,
        commands: int | None = None,
        fixtures: Fixtures | None = None,
    ) -> None:
        self._target = target
        self._emit = emit
        self._trace = plan if isinstance(plan, TracePlan) else None
        self._timeout_ns = plan.timeout_s * 1e9 if plan.timeout_s is not None else None
        self._fixtures = fixtures
        self._neighbour = fixtures.neighbour if fixtures is not None else None
        self._sharing = fixtures.sharing if fixtures is not None else None
        guarded = fixtures is not None and fixtures.exposure.guarded
        self._guard = ListenGuard(plan.name) if guarded else None
        ring = fixtures.exposure.ring if fixtures is not None else None
        self._packets = PacketReader(ring) if ring is not None else None
        self._captured = ring.description if ring is not None else None
        goals = () if commands is None else plan.goal
        self._deferring: DeferringTarget | None = None
        if self._trace is not None and commands is None and isinstance(target, DeferringTarget):
            self._deferring = target
        pace = ObservationPace(
            None if self._trace is None else CREDIT_NS if commands is not None else SHORT_CREDIT_NS
        )
        self._recorder = SessionRecorder(emit, goals, self._packets, pace)
        self._clients = Clients(self._recorder.endpoint, self._neighbour)
        self._script_runner = ScriptRunner(
            plan, target, self._clients, self._recorder, offered=commands is not None
        )
        self._offered = OfferedScript(self._script_runner, lambda: self._recorder.world, emit)
        self._command_reader = None if commands is None else CommandReader(commands)
        self._processes: set[int] = set()  # those that have arrived and not ended
        self._halting = Halting(
            self._recorder,
            self._offered,
            self._trace.halt_limit_s if self._trace is not None else None,
            self._first_mode(),
            lambda: target.pid,
            self._processes,
        )
        self._queue: deque[Arrival] = deque()
        self._held: Arrival | None = None
        self._stands = False  # all of it was halted where it was, at no event
        self._looked_ns = 0  # when the kernel was looked at last while it was
        self._last_exit: Arrival | None = None  # of the last of them
        self._said_running = self._said_waiting = False
        self._settled = False  # the server is at rest, and what that means was told
        self._stirred_ns = 0
        self._server_ended = ""
        self._reason = ""

    def run(self) -> str:
        """Run to the end and release everything.

        Returns:
            Why it ended: the reason in `CaptureEnded`.

        Raises:
            CaptureError: The server cannot be started, the script cannot go on, or the server was
                about to listen where others could connect.
        """
        try:
            try:
                header = self._target.start()
            except OSError as error:  # descriptors, processes or memory have run out
                raise not_started(message("The server"), error) from error
            if self._captured is not None:
                header = msgspec.structs.replace(
                    header,
                    format=max(header.format, FORMAT_OF_PACKETS),
                    packets=self._captured,
                )
            sharing = self._sharing.state if self._sharing is not None else None
            observer = KernelObserver(
                self._target.pid, self._target.private(), self._neighbour, sharing
            )
            self._recorder.begin(header, observer, self._target.origin_ns)
            if self._trace is not None:
                self._begin_trace(self._trace)
            if self._deferring is not None:
                self._deferring.run_ahead(self._recorder.is_view_due)
            try:
                while not self._reason:
                    self._turn()
            except CaptureError:
                self._reason = "stopped"
                self._finish()  # what was captured until then is a whole recording
                raise
            self._finish()
        finally:
            self._clients.close()
            self._recorder.close()
            self._target.close()
            if self._fixtures is not None:
                self._fixtures.close()
        if self._command_reader is not None:
            self._emit(CaptureFinished())
        return self._reason

    def _begin_trace(self, plan: TracePlan) -> None:
        """Say how a traced program begins; one that was attached to stands until then."""
        attended = self._command_reader is not None
        if plan.attached:
            for arrival in self._target.arrivals():
                self._processes_of(arrival)
                if arrival.token is None:
                    self._recorder.write(arrival.event)
                else:
                    self._queue.append(arrival)
            self._recorder.observe()
            if attended and plan.begin is BeginMode.HALT:
                self._halting.mode, self._stands = ReleaseMode.HALT, True
                self._say_halted()
                return
            self._target.go_on()
        if attended:
            self._emit(ServerRunning(halts=self._halting.mode is not ReleaseMode.RUN))

    def end(self, reason: str) -> None:
        """Let it end soon, for ``reason``; a signal's handler may ask for that, or ``emit``."""
        self._reason = self._reason or reason

    def _first_mode(self) -> ReleaseMode:
        if self._command_reader is None:
            return ReleaseMode.RUN
        if self._trace is None:
            return ReleaseMode.HALT
        begins_halted = self._trace.begin is BeginMode.HALT
        return ReleaseMode.NEXT_STAGE if begins_halted else ReleaseMode.RUN

    @property
    def complaint(self) -> Message | None:
        """What went wrong, if a client failed or the server printed an error; None otherwise."""
        return self._script_runner.complaint

    @property
    def unfinished(self) -> ScriptAction | None:
        """The first action of the script that never became due; None if interactive."""
        return self._script_runner.unfinished if self._command_reader is None else None

    def _turn(self) -> None:
        """Do the next thing there is to do, waiting for one if there is none."""
        arrived = self._target.arrivals()
        self._queue.extend(arrived)
        if self._find_last_exit(arrived):
            # Nobody is left to halt; record what had arrived before, then the end.
            self._held, self._halting.mode, self._stands = None, ReleaseMode.RUN, False
            self._halting.end()
        if self._is_time_up():
            self._reason = "timed out"  # also where a server never rests
        elif self._halting.is_over:
            self._end_halt()
        elif self._held is None and self._queue and not self._stands:
            self._present(self._queue.popleft())
        elif self._held is None and not self._target.alive() and not self._server_ended:
            self._end_of_server("exited")
        elif not self._is_behind:
            self._wait()

    @property
    def _is_behind(self) -> bool:
        """Whether the newest event is older than what the kernel would show."""
        return self._deferring is not None and self._deferring.behind

    def _is_time_up(self) -> bool:
        if self._timeout_ns is None or (self._command_reader is not None and self._trace is None):
            return False
        return self._recorder.elapsed() > self._timeout_ns

    def _find_last_exit(self, arrived: list[Arrival]) -> bool:
        """Follow which processes there are; return whether the last has just ended."""
        last = False
        for arrival in arrived:
            last = self._processes_of(arrival) or last
        return last

    def _processes_of(self, arrival: Arrival) -> bool:
        """Note that a process has begun or ended; return whether it was the last that ended."""
        if isinstance(arrival.event, ProcessStarted):
            self._processes.add(arrival.event.pid)
        elif isinstance(arrival.event, ProcessExited):
            self._processes.discard(arrival.event.pid)
            if not self._processes:
                self._last_exit = arrival
                return True
        return False

    # arrivals

    def _present(self, arrival: Arrival) -> None:
        """Make an arrival the newest event, and halt there or release it."""
        self._said_running = self._settled = False
        self._stirred_ns = self._recorder.elapsed()
        event = self._recorder.write(arrival.event)
        while self._queue and isinstance(self._queue[0].event, StagesRevised):
            self._recorder.write(self._queue.popleft().event)
        self._script_runner.script.fold(event)
        if isinstance(event, ProcessExited) and arrival is self._last_exit:
            self._end_of_server("killed" if event.code is None else "exited")
            return
        if self._guard is not None:
            self._guard.check(event)
        if arrival.token is None:  # it goes on already; or a thread ended, or something was printed
            self._recorder.pass_view_over(event)
            return
        self._recorder.write_packets(event.time_ns)
        if event.quiet:
            self._target.release(arrival.token)
            return
        if self._halts_at(event):
            self._held = arrival
            self._halting.mode = ReleaseMode.HALT
            self._offer()
            self._recorder.write_packets()
            self._say_halted()
            return
        if self._command_reader is None:
            self._attend(resting=False)
        self._release(arrival.token)

    def _say_halted(self) -> None:
        self._halting.begin()
        limit_s = self._halting.limit_s or 0.0
        self._emit(ServerHalted(seq=self._recorder.size - 1, limit_s=limit_s))

    def _release(self, token: int) -> None:
        self._let_neighbour_go_on()
        self._target.release(token)

    def _let_neighbour_go_on(self) -> bool:
        """Let a neighbour that was woken accept; return whether there was one.

        It waits for that as a thread of the server waits for its release: what has woken it
        has woken the server, too, by then, and both can be seen.
        """
        if self._sharing is None or not self._sharing.let_go_on():
            return False
        self._recorder.observe()
        return True

    def _halts_at(self, event: AnyEvent) -> bool:
        """Observe the kernel; return whether the server halts here."""
        if self._command_reader is None:
            if not self._is_behind:
                self._recorder.observe(must=False)
            return False
        return self._halting.halts_at(event)

    def _attend(self, resting: bool) -> None:
        if self._script_runner.run_due(resting, exited=bool(self._server_ended)):
            self._reason = "finished"

    def _end_of_server(self, how: str) -> None:
        """Let the clients do what is due now: everything from the server has arrived."""
        self._recorder.write_packets()
        self._recorder.close()
        self._server_ended = how
        if self._command_reader is None:
            self._attend(resting=True)
        elif not self._reason and self._offered.outlives_the_server(begun=False):
            self._offered.tell(resting=True)
            self._emit(ServerGone())
            return
        self._reason = self._reason or how

    # waiting

    def _wait(self) -> None:
        """Wait for the target, a command, or long enough to conclude that nothing comes."""
        seconds: float | None = REST_SECONDS
        halted = self._held is not None or self._stands
        if self._command_reader is not None:
            over = halted or self._server_ended or (self._said_running and self._settled)
            seconds = None if over else QUIET_SECONDS
            if halted and self._offered.only_waits_for_rest and self._begins_to_wait():
                seconds = REST_SECONDS  # until all other threads sleep
        if self._trace is not None and (seconds is None or self._settled):
            seconds = LOOK_SECONDS
            self._look()
        ready = self._ready(seconds)
        if not ready and seconds == LOOK_SECONDS:
            return
        if seconds is None or not ready:  # what has been sent came from nothing that arrives
            self._recorder.write_packets()
        if self._packets is not None and self._packets.fileno() in ready:
            ready.discard(self._packets.fileno())
            if not ready:
                return
        if self._command_reader is not None and self._command_reader.descriptor in ready:
            self._read_commands(self._command_reader)
        elif self._command_reader is not None and self._held is not None:
            if not ready:
                self._offer()
        elif self._command_reader is not None and (not ready or self._only_busy()):
            self._say_running()
        elif not ready and self._is_at_rest() and not self._let_neighbour_go_on():
            self._settled = True
            self._recorder.observe(must=not self._script_runner.script.is_amid)
            self._attend(resting=True)

    def _look(self) -> None:
        """Look at the kernel now and then, though nothing may have come from the program."""
        if self._recorder.elapsed() - self._looked_ns > LOOK_SECONDS * 1e9:
            self._recorder.observe(must=False)
            self._looked_ns = self._recorder.elapsed()

    def _end_halt(self) -> None:
        """Let the program go on, for whom somebody else may be waiting."""
        assert self._trace is not None
        limit_s = self._halting.limit_s or 0.0
        self._emit(HaltLimitReached(limit_s=limit_s, detached=self._trace.attached))
        if self._trace.attached:
            self._reason = "detached"
        else:
            self._obey(RunCommand())

    def _only_busy(self) -> bool:
        """Return whether no event has come for long enough to report that, once.

        In a loop without calls something always arrives: the Go runtime interrupts it with
        hundreds of signals a second, which are no events.
        """
        if self._held is not None or self._stands or self._said_running:
            return False
        return self._recorder.elapsed() - self._stirred_ns > QUIET_SECONDS * 1e9

    def _ready(self, seconds: float | None, *, commands: bool = True) -> set[int]:
        """Wait until something can be read; return which descriptors, none if time is up."""
        poll = select.poll()
        for descriptor in self._target.descriptors() if not self._server_ended else ():
            poll.register(descriptor, select.POLLIN)
        if self._command_reader is not None and commands:
            poll.register(self._command_reader.descriptor, select.POLLIN)
        if self._packets is not None and seconds is None:  # the kernel may send something again
            poll.register(self._packets.fileno(), select.POLLIN)
        return {fd for fd, _ in poll.poll(None if seconds is None else seconds * 1000)}

    def _is_at_rest(self) -> bool:
        """Return whether every thread of the server sleeps, and nothing has arrived meanwhile."""
        processes = self._processes or {self._target.pid}
        return is_asleep(*processes) and not self._ready(0, commands=False)

    def _rests(self) -> bool:
        """Return whether the server stands still by itself, or for ever."""
        held = self._held is not None or self._stands or bool(self._queue)
        return bool(self._server_ended) or (not held and self._is_at_rest())

    def _begins_to_wait(self) -> bool:
        """Return whether the thread that is halted is about to wait in a call.

        It is halted where the call begins, and nothing else has arrived. What is due once the
        server rests is due now: nothing happens any more until a client acts, or time has passed.
        """
        event = self._held.event if self._held is not None else None
        if not isinstance(event, CallEntered) or event.call not in WAITS or self._queue:
            return False
        timeout = next((each.value for each in event.arguments if each.name == "timeout"), 0)
        return timeout != 0

    def _offer(self) -> None:
        """Say what the script does next, while the server is halted."""
        self._offered.tell(self._is_about_to_rest(), halted=True)

    def _is_about_to_rest(self) -> bool:
        """Return whether the server would rest if the thread that is halted went on."""
        if self._held is None or not self._begins_to_wait():
            return False
        others_sleep = is_asleep(self._target.pid, besides=self._held.event.thread)
        return others_sleep and not holds_wakers(self._recorder.kernel)

    def _say_running(self) -> None:
        rests = self._rests()
        if rests:
            self._let_neighbour_go_on()
        if rests or not self._said_running:
            self._recorder.observe()
        if rests and self._offered.is_amid:
            self._take_next_act()  # the rest of very many clients
            rests = False
        self._settled = rests
        self._offered.tell(rests)
        sleeps = rests and self._trace is not None  # of whatever program: nothing comes by itself
        if not self._said_running or (sleeps and not self._said_waiting):
            self._said_running = True
            self._said_waiting = sleeps or self._is_waiting()
            self._emit(ServerRunning(waiting=self._said_waiting))

    def _is_waiting(self) -> bool:
        """Return whether every goroutine on the path is parked."""
        world = self._recorder.world
        return bool(world.parked) and all(key < 0 or key in world.parked for key in world.spans)

    # commands

    def _read_commands(self, command_reader: CommandReader) -> None:
        commands = command_reader.read()
        if commands is None:  # the screen is gone; nothing may stay behind
            self._reason = "stopped"
            return
        for command in commands:
            if self._reason:
                return
            if isinstance(command, str):
                why = message("A command was not understood: {why}.", why=command)
                self._emit(CommandRefused(message=why))
            else:
                self._obey(command)

    def _obey(self, command: AnyCommand) -> None:
        self._halting.take(command)
        go_on = isinstance(command, ReleasingCommand | RunCommand)
        match command:
            case PauseCommand() if self._trace is not None:
                if self._held is None and not self._stands:
                    self._halt_at_once()
                    return
            case ActCommand() | NextActCommand() | SkipActCommand():
                self._act(command)
            case StopCommand():
                self._reason = "stopped"
        if go_on and self._stands:
            self._stands = False
            self._target.go_on()
        if go_on:
            self._halting.end()
        if go_on and self._held is not None:
            self._stirred_ns = self._recorder.elapsed()
            self._halting.release()
            held, self._held = self._held, None
            if held.token is not None:
                self._release(held.token)
        if not isinstance(command, ActCommand | NextActCommand | SkipActCommand):
            self._said_running = False

    def _halt_at_once(self) -> None:
        """Halt a traced program where it is; where that cannot be, it halts at its next event."""
        if self._queue or not self._target.halt():
            self._said_running = False
            return
        self._stands = True
        self._recorder.observe()
        self._say_halted()

    def _act(self, act: ActCommand | NextActCommand | SkipActCommand) -> None:
        """Let a client act; an impossible action is refused, and everything else continues.

        What it sets off halts at its first event, unless the server was told to run and is busy.
        """
        if self._trace is not None:
            why = message("This program's clients are not run here: connect from another terminal.")
            self._emit(CommandRefused(message=why))
            return
        running = self._halting.mode is ReleaseMode.RUN
        if not running or (self._said_running and self._is_waiting()):
            self._halting.mode = ReleaseMode.HALT
        self._settled = False
        if isinstance(act, SkipActCommand):
            self._offered.leave_out()
        elif isinstance(act, NextActCommand):
            self._take_next_act(early=act.early)
        else:
            try:
                self._offered.act(act)
            except CaptureError as error:
                self._emit(CommandRefused(message=error.message))
                return
        if self._held is not None:
            self._offer()
        else:
            self._offered.tell(resting=bool(self._server_ended))
        if self._server_ended and not self._offered.outlives_the_server(begun=True):
            self._reason = self._server_ended

    def _take_next_act(self, *, early: bool = False) -> None:
        """Do what the script would do next, or say why not."""
        rests = self._rests()
        refused = self._offered.take(rests or self._is_about_to_rest(), early=early and rests)
        if refused is not None:
            self._emit(CommandRefused(message=refused))

    # ending

    def _finish(self) -> None:
        """Close every span that is still open, and the recording."""
        with contextlib.suppress(OSError):
            if self._deferring is not None and self._is_behind and self._reason != "full":
                for arrival in itertools.chain(self._queue, self._deferring.rest()):
                    self._recorder.pass_view_over(self._recorder.write(arrival.event))
                self._queue.clear()
            for arrival in (*self._queue, *self._target.arrivals()):
                if isinstance(arrival.event, OutputWritten):  # others may lack their beginning
                    self._recorder.write(arrival.event)
        self._recorder.cut_off(self._server_ended or "stopped")
        script = self._script_runner.script
        unfinished = len(script.left) if self._command_reader is None else 0
        unlisted = dict(self._target.unlisted())
        if self._script_runner.unfollowed:
            unlisted["connections"] = self._script_runner.unfollowed
        self._recorder.end(self._reason, unfinished, script.cut, unlisted)
