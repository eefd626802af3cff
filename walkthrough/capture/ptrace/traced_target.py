"""A program under ptrace as a `Target`: its stops arrive as events.

Joins the tracer (ptrace), the event builder (events) and the program's output pipes. What is
traced, and how it begins, says a subclass: a scenario's Go server (`go_target`), or any program
(`program_target`). It knows nothing of commands, or of the order in which others release what
arrives.
"""

import contextlib
import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import FrameType
from typing import Protocol

from walkthrough.capture.ptrace.stops import ThreadStop
from walkthrough.capture.ptrace.tracer import PtraceTracer
from walkthrough.capture.session.output import OutputPipes
from walkthrough.capture.session.target import Arrival
from walkthrough.model.events import AnyEvent, Header, OutputWritten, StagesRevised


class EventSource(Protocol):
    """What makes events of stops: of one process, or of several."""

    def build(self, stop: ThreadStop) -> list[AnyEvent]:
        """Return the events that a stop makes."""

    def elapsed_ns(self) -> int:
        """Return the time since the capture began."""


class TracedTarget(ABC):
    """A program under ptrace, halted at each event until it is released.

    Args:
        tracer: What traces it, with nothing started yet.
    """

    def __init__(self, tracer: PtraceTracer) -> None:
        self._tracer = tracer
        self._output = OutputPipes()
        self._event_builder: EventSource | None = None
        self._origin_ns = 0
        self._wake: tuple[int, int] = (-1, -1)
        self._old_wakeup = -1
        self._old_handler: object = None
        self._old_mask: set[int | signal.Signals] = set()

    @property
    def pid(self) -> int:
        """Process id of the program."""
        return self._tracer.pid

    @property
    def origin_ns(self) -> int:
        """The moment of the monotonic clock from which its events count time, once started."""
        return self._origin_ns

    def start(self) -> Header:
        """Begin to trace the program, which is halted.

        Raises:
            CaptureError: It cannot be started or traced here.
        """
        self._watch_children()
        self._begin()
        self._output.parent_side()
        self._origin_ns = time.monotonic_ns()
        self._event_builder = self._builder(self._origin_ns)
        return self._header()

    @abstractmethod
    def _begin(self) -> None:
        """Let the tracer start the program, or attach to it."""

    @abstractmethod
    def _builder(self, origin_ns: int) -> EventSource:
        """Return what makes events of stops; time counts from ``origin_ns``."""

    @abstractmethod
    def _header(self) -> Header:
        """Describe the capture, once it has begun."""

    @abstractmethod
    def _taken(self, stop: ThreadStop, events: Sequence[AnyEvent]) -> Sequence[AnyEvent]:
        """Return those events of a stop that are captured; the thread is still held."""

    def _watch_children(self) -> None:
        """Make every stop of the tracee write a byte into a pipe, so that one select sees all.

        A stop sends SIGCHLD; the wake-up descriptor turns it into something to select on,
        without the race of a signal that comes just before a blocking wait.
        """
        self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._old_wakeup = signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        self._old_handler = signal.signal(signal.SIGCHLD, _ignore)
        # Whoever started us may have blocked it, and a mask is inherited.
        self._old_mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})

    def descriptors(self) -> Sequence[int]:
        """Descriptors that become readable when something may have arrived."""
        return (self._wake[0], *self._output.descriptors())

    def arrivals(self) -> list[Arrival]:
        """Return what has arrived; threads without an event have been resumed."""
        assert self._event_builder is not None
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake[0], 4096):
                pass
        arrived = [
            arrival
            for stop in self._tracer.stops(os.WNOHANG)
            for arrival in self._arrivals_of(stop)
        ]
        for written in self._output.read(self._event_builder.elapsed_ns()):
            arrived.extend(self._arrivals_of_output(written))
        return arrived

    def _arrivals_of(self, stop: ThreadStop) -> list[Arrival]:
        """Return what a stop shows; a thread without an event is resumed."""
        assert self._event_builder is not None
        events = self._taken(stop, self._event_builder.build(stop))
        if not events and stop.held:
            self._tracer.resume(stop.thread)
        return _arrivals(events, stop.thread if stop.held else None)

    def _arrivals_of_output(self, written: OutputWritten) -> list[Arrival]:
        """Return what was printed as it arrives."""
        return [Arrival(written, None)]

    def release(self, token: int) -> None:
        """Let a held thread go on."""
        self._tracer.resume(token)

    def let_go(self) -> None:
        """Let the program run at full speed; its functions and calls are no longer captured."""
        self._tracer.let_go()

    def halt(self) -> bool:
        """Halt every thread where it is."""
        self._tracer.halt()
        return True

    def go_on(self) -> None:
        """Let the threads go on that `halt` has halted."""
        self._tracer.carry_on()

    def private(self) -> frozenset[str]:
        """Nothing: a tracer needs no descriptor in the program."""
        return frozenset()

    def alive(self) -> bool:
        """Return whether the program still runs."""
        return self._tracer.alive

    def unlisted(self) -> dict[str, int]:
        """Return the signals by which Go preempts its own threads, counted."""
        hidden = self._tracer.hidden_signals
        return {"SIGURG": hidden} if hidden else {}

    def close(self) -> None:
        """Kill the program and release everything. Idempotent."""
        self._tracer.kill()
        self._output.close()
        if self._wake[0] >= 0:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._old_mask)
            signal.set_wakeup_fd(self._old_wakeup)
            signal.signal(signal.SIGCHLD, self._old_handler)  # type: ignore[arg-type]
            for descriptor in self._wake:
                os.close(descriptor)
            self._wake = (-1, -1)


def _arrivals(events: Sequence[AnyEvent], token: int | None) -> list[Arrival]:
    """Return the events of one stop, of which one holds up its thread, if that is held."""
    # What an event has shown of others comes behind it, and holds up nobody.
    holds = [n for n, each in enumerate(events) if not isinstance(each, StagesRevised)][-1:]
    return [Arrival(event, token if n in holds else None) for n, event in enumerate(events)]


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """A handler that does nothing: only a handled signal wakes the wake-up descriptor."""
