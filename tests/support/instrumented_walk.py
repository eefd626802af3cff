"""Walks the instrumented server to some point, and what every walk must hold to."""

import select
import socket
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from tests.support.time_limits import limit
from walkthrough.capture.instrumented.target import InstrumentedTarget
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    OutputWritten,
)
from walkthrough.model.stages import place_of

_E = TypeVar("_E", bound=AnyEvent)
SECONDS = limit(30.0)


class Walk:
    """A target that is released event by event, and what it told so far."""

    def __init__(self, target: InstrumentedTarget) -> None:
        self.target = target
        self.events: list[AnyEvent] = []
        self.held: int | None = None

    def until(self, reached: Callable[[AnyEvent], bool]) -> AnyEvent:
        """Go on until an event is as wanted; the server stands halted there."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            self.release()
            for arrival in self.target.arrivals():
                self.events.append(arrival.event)
                if arrival.token is not None:
                    assert self.held is None, "two events at once"
                    self.held = arrival.token
                if reached(arrival.event):
                    return arrival.event
            if self.held is None and self.target.alive():
                select.select(self.target.descriptors(), (), (), SECONDS / 10)
        raise AssertionError(f"never reached; last: {self.events[-3:]}")

    def release(self) -> None:
        """Let the server go on from where it stands."""
        if self.held is not None:
            token, self.held = self.held, None
            self.target.release(token)

    def port(self) -> int:
        """Return the port that the server said it listens on."""
        line = output(self.events, 1)
        assert line.startswith(b"listening on ")
        return int(line.splitlines()[0].rpartition(b":")[2])

    def connect(self) -> socket.socket:
        """Connect to it."""
        return socket.create_connection(("127.0.0.1", self.port()), SECONDS)


def entering(call: str) -> Callable[[AnyEvent], bool]:
    """Tell when the system call begins."""
    return lambda event: isinstance(event, CallEntered) and event.call == call


def returning(call: str, error: str | None = None) -> Callable[[AnyEvent], bool]:
    """Tell when the system call returns with ``error``."""
    return lambda event: (
        isinstance(event, CallReturned)
        and event.call == call
        and (event.error.name if event.error else None) == error
    )


def in_function(function: str) -> Callable[[AnyEvent], bool]:
    """Tell when the function is entered."""
    return lambda event: isinstance(event, FunctionEntered) and event.function == function


def output(events: Iterable[AnyEvent], stream: int) -> bytes:
    """Return what was written to the stream."""
    return b"".join(e.data for e in events if isinstance(e, OutputWritten) and e.stream == stream)


def of(events: Iterable[AnyEvent], kind: type[_E]) -> list[_E]:
    """Return the events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def check_spans(events: Iterable[AnyEvent]) -> list[AnyEvent]:
    """Check that spans nest within each goroutine and that every place is that of the marks.

    Returns:
        What entered and never returned, in order.
    """
    open_: dict[int, list[FunctionEntered | CallEntered]] = {}
    for event in events:
        if isinstance(event, FunctionEntered | CallEntered):
            assert event.goroutine is not None
            stack = open_.setdefault(event.goroutine, [])
            assert event.parent == (stack[-1].span if stack else None)
            stack.append(event)
            marks = [each.mark for each in stack if isinstance(each, FunctionEntered)]
            assert event.place == place_of(marks), event
            assert event.source is not None
        elif isinstance(event, FunctionReturned | CallReturned):
            assert event.goroutine is not None
            begun = open_[event.goroutine].pop()
            assert (begun.span, begun.place) == (event.span, event.place)
            assert (begun.function, begun.thread) == (event.function, event.thread)
            if isinstance(event, CallReturned):
                assert isinstance(begun, CallEntered)
                assert (begun.call, begun.source) == (event.call, event.source)
            else:
                assert isinstance(begun, FunctionEntered)
                assert (begun.mark, begun.caller) == (event.mark, event.source)
    return [each for stack in open_.values() for each in stack]
