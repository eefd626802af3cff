"""The recorder of one capture: numbers its events, keeps the world, observes the kernel.

What it writes is the recording. The session decides what happens when.
"""

import time
from collections.abc import Callable, Sequence

import msgspec

from walkthrough.capture.clients.endpoints import Endpoint, Endpoints
from walkthrough.capture.kernel.observe import KernelObserver
from walkthrough.capture.kernel.pace import ObservationPace
from walkthrough.capture.packets.reader import PacketReader
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    DetailEnded,
    FunctionEntered,
    FunctionReturned,
    Header,
    KernelObserved,
    ProcessExited,
    ProcessStarted,
    SpanCutOff,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.scenario.goals import GoalTracker
from walkthrough.scenario.schema import Goal
from walkthrough.state.change_detector import ChangeDetector
from walkthrough.state.reducer import advance
from walkthrough.state.world import World

_EXECUTES = ("execve", "execveat")


class SessionRecorder:
    """Everything recorded of one server so far.

    Args:
        emit: Receives the header and the events.
        goals: What somebody who steps is to see; empty if nobody does.
        packets: What captures packets; None if nothing does.
        pace: How often the kernel is observed; None for always, while that is cheap.

    Attributes:
        world: The world after the newest event.
        kernel: The last view of the kernel, None before the first.
        size: How many events there are.
        changes: How many of them changed something.
    """

    def __init__(
        self,
        emit: Callable[[Header | AnyEvent], None],
        goals: Sequence[Goal] = (),
        packets: PacketReader | None = None,
        pace: ObservationPace | None = None,
    ) -> None:
        self._emit = emit
        self._packets = packets
        self._goals = goals
        self._goal_tracker: GoalTracker | None = None
        self.world = World()
        self.kernel: KernelState | None = None
        self._views: dict[int, KernelState] = {}  # of several processes, the last of each
        self.size = 0
        self.changes = 0
        self._detector = ChangeDetector()
        self._open: dict[int, AnyEvent] = {}
        self._observer: KernelObserver | None = None
        self._pace = pace if pace is not None else ObservationPace()
        self._endpoints = Endpoints()
        self._origin_ns = time.monotonic_ns()

    def begin(self, header: Header, observer: KernelObserver, origin_ns: int) -> None:
        """Write the header; from now on the kernel is observed.

        Args:
            header: What is captured.
            observer: What looks at the kernel.
            origin_ns: The moment of the monotonic clock from which time is counted.
        """
        self._origin_ns = origin_ns
        self._observer = observer
        if self._goals:
            self._goal_tracker = GoalTracker(self._goals, header)
        if self._packets is not None:
            self._packets.begin(self._origin_ns)
        self._emit(header)

    def goals_reached(self) -> int:
        """Return how many goals have been reached, the newest event and its view included."""
        if self._goal_tracker is None:
            return 0
        self._goal_tracker.settle()
        return self._goal_tracker.count

    def elapsed(self) -> int:
        """Return the nanoseconds since the beginning, never fewer than the newest event's."""
        return max(time.monotonic_ns() - self._origin_ns, self.world.time_ns)

    def write(self, event: AnyEvent) -> AnyEvent:
        """Number an event, fold it into the world and emit it."""
        if isinstance(event, ProcessStarted | ProcessExited):
            self._follow(event)
        event = msgspec.structs.replace(event, seq=self.size)
        self.size += 1
        match event:
            case FunctionEntered() | CallEntered() if event.span is not None:
                self._open[event.span] = event
            case FunctionReturned() | CallReturned() | SpanCutOff() if event.span is not None:
                self._open.pop(event.span, None)
        self.world = advance(self.world, event)
        self.changes += self._detector.fold(event)
        if self._goal_tracker is not None:
            self._goal_tracker.take(event, self.world)
        if self._packets is not None:
            self._packets.fold(event)
        self._emit(event)
        return event

    def write_now(self, event: AnyEvent) -> AnyEvent:
        """Write an event that happens at this moment."""
        return self.write(msgspec.structs.replace(event, time_ns=self.elapsed()))

    # packets

    def write_packets(self, until: int | None = None) -> None:
        """Write the packets that were sent; see `PacketReader.next` for ``until``."""
        packets = self._packets
        if packets is None:
            return
        packets.read()
        while (event := packets.next(self.size, until)) is not None:
            self.write(event)

    def act_begins(self) -> None:
        """Note that a client is about to act: what is sent from here on may be its doing."""
        if self._packets is not None:
            self.write_packets()
            self._packets.act_begins(self.elapsed())

    def end_detail(self) -> None:
        """Write that functions and calls are not captured from here on, nor single packets."""
        self.write_packets()
        if self._packets is not None:
            self._packets.end_detail()
        self.write_now(DetailEnded(seq=-1, time_ns=0))

    # the kernel

    def is_view_due(self) -> bool:
        """Return whether the kernel would be observed now."""
        return self._observer is not None and self._pace.is_due(time.monotonic_ns())

    def pass_view_over(self, event: AnyEvent) -> None:
        """Count that an event has no view of its own, if it is one that would have one."""
        seen = isinstance(event, CallEntered | CallReturned | FunctionEntered | FunctionReturned)
        self._pace.skipped += seen and not event.quiet

    def observe(self, must: bool = True) -> None:
        """Write the kernel's view if it has changed.

        Args:
            must: Whether it has to be current; if not, a server with very many connections is
                observed only now and then.
        """
        begun = time.monotonic_ns()
        if self._observer is None or not (must or self._pace.due(begun)):
            return
        if self._observer.several:
            self._observe_each(self._observer, begun)
            return
        state = self._observer.observe()
        self._pace.looked(state.count_descriptors(), begun, time.monotonic_ns())
        self._endpoints.see(state)
        if state != self.kernel:
            self.kernel = state
            self.write_now(KernelObserved(seq=-1, time_ns=0, state=state))

    def _observe_each(self, observer: KernelObserver, begun: int) -> None:
        """Write the views of several processes that have changed, that of the current one last."""
        if not self._views and self.kernel is not None:
            self._views[self.kernel.process] = self.kernel
        states = observer.observe_each(self.world.pid)
        held = sum(state.count_descriptors() for state in states)
        self._pace.looked(held, begun, time.monotonic_ns())
        for state in states:
            self._endpoints.see(state)
            if state != self._views.get(state.process):
                self._views[state.process] = self.kernel = state
                self.write_now(KernelObserved(seq=-1, time_ns=0, state=state))

    def _follow(self, event: ProcessStarted | ProcessExited) -> None:
        """Follow which processes there are; spans of one that ends or executes another are over."""
        before = self.world.processes.get(event.pid)
        others = any(each.alive for each in self.world.processes.values() if each.pid != event.pid)
        if isinstance(event, ProcessStarted):
            if event.origin == "exec" and before is not None:
                self._cut_off_process(event.pid, "exec")
            if self._observer is not None:
                self._observer.watch(event.pid)
        elif others:
            self._cut_off_process(event.pid, "killed" if event.code is None else "exited")
            if self._observer is not None:
                self._observer.forget(event.pid)

    def _cut_off_process(self, pid: int, reason: str) -> None:
        """Close the open spans of a process, but for the call by which it executes a program."""
        for event in sorted(self._open.values(), key=lambda each: -each.seq):
            executes = isinstance(event, CallEntered) and event.call in _EXECUTES
            mine = (event.process or self.world.first) == pid
            if mine and not (executes and reason == "exec"):
                self._cut_off(event, reason)

    def endpoint(self, number: int) -> Endpoint | None:
        """Return where the server's listener ``number`` is, or was; None if nowhere yet."""
        return self._endpoints.find(number)

    def buffers(self) -> int | None:
        """Return the bytes in the buffers of the server's sockets and of those at the far ends."""
        return self._observer.buffers() if self._observer is not None else None

    def close(self) -> None:
        """Stop observing the kernel: the server has ended, or will. Idempotent."""
        if self._observer is not None:
            self._observer.close()
            self._observer = None

    # the end

    def cut_off(self, reason: str) -> None:
        """Close every span that is still open, the innermost first."""
        for event in sorted(self._open.values(), key=lambda each: -each.seq):
            self._cut_off(event, reason)

    def _cut_off(self, event: AnyEvent, reason: str) -> None:
        self.write_now(
            SpanCutOff(
                seq=-1,
                time_ns=0,
                thread=event.thread,
                process=event.process,
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

    def end(self, reason: str, unfinished: int, cut: int, unlisted: dict[str, int]) -> None:
        """Write the last event.

        Args:
            reason: Why the capture ended, see `CaptureEnded`.
            unfinished: Actions of the script that never became due.
            cut: Actions of clients for whom no descriptor was left.
            unlisted: What was seen and passed on without an event.
        """
        counts = {"kernel views": self._pace.skipped, "clients": cut}
        if self._packets is not None:
            self.write_packets()
            counts["packets"] = self._packets.lost()
            if uncaptured := self._packets.uncaptured():
                unlisted = {**unlisted, "packets": uncaptured}
        self.write_now(
            CaptureEnded(
                seq=-1,
                time_ns=0,
                reason=reason,
                unfinished=unfinished,
                lost={kind: count for kind, count in counts.items() if count},
                unlisted=unlisted,
            )
        )
