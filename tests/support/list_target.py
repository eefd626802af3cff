"""A target made of a list, and scenarios for it: a session without a server."""

import os
import time
from collections.abc import Iterator, Sequence

from walkthrough.capture.session.target import Arrival
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    Event,
    FunctionEntered,
    FunctionReturned,
    Header,
    ProcessExited,
)
from walkthrough.model.protocol import Line
from walkthrough.model.stages import Stage
from walkthrough.scenario.loader import parse_scenario
from walkthrough.scenario.schema import Scenario

SCENARIO = """
name = "test"
network = "tcp"
address = "127.0.0.1:0"
timeout_s = 1
[title]
en = "t"
zh = "t"
[summary]
en = "s"
zh = "s"
{script}
[end]
when = "{end}"
"""


def scenario(end: str = "after listen", script: str = "") -> Scenario:
    return parse_scenario(SCENARIO.format(end=end, script=script), "test")


def enter(name: Stage, span: int) -> FunctionEntered:
    return FunctionEntered(
        seq=-1,
        time_ns=span,
        thread=7,
        goroutine=1,
        stage=name,
        function=f"net.{name}",
        span=span,
        mark=name.value,
    )


def leave(name: Stage, span: int) -> FunctionReturned:
    return FunctionReturned(
        seq=-1,
        time_ns=span,
        thread=7,
        goroutine=1,
        stage=name,
        function=f"net.{name}",
        span=span,
        mark=name.value,
    )


class ListTarget:
    """A target whose thread reaches one event after another, each only once it was released."""

    def __init__(self, events: Sequence[AnyEvent]) -> None:
        self._events: Iterator[AnyEvent] = iter(events)
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        self._halted = False
        self._over = False
        self.released = 0
        self.let_gone = False
        self.closed = False
        self.pid = os.getpid()
        self.origin_ns = 0

    def start(self) -> Header:
        os.write(self._write, b".")
        self.origin_ns = time.monotonic_ns()
        return Header(server="go", scenario="test")

    def descriptors(self) -> Sequence[int]:
        return (self._read,)

    def arrivals(self) -> list[Arrival]:
        try:
            os.read(self._read, 64)
        except BlockingIOError:
            return []
        event = next(self._events, None)
        if event is None:
            self._over = True
            return []
        held = not isinstance(event, ProcessExited)
        return [Arrival(event, 7 if held else None)]

    def release(self, token: int) -> None:
        assert token == 7
        self.released += 1
        os.write(self._write, b".")

    def let_go(self) -> None:
        self.let_gone = True

    def halt(self) -> bool:
        return False

    def go_on(self) -> None:
        pass

    def private(self) -> frozenset[str]:
        return frozenset()

    def alive(self) -> bool:
        return not self._over

    def unlisted(self) -> dict[str, int]:
        return {"things": 2}

    def close(self) -> None:
        if not self.closed:
            os.close(self._read)
            os.close(self._write)
        self.closed = True


LISTENING: list[AnyEvent] = [
    enter(Stage.BIND, 1),
    CallEntered(
        seq=-1, time_ns=1, thread=7, goroutine=1, stage=Stage.BIND, span=2, parent=1, call="bind"
    ),
    CallReturned(
        seq=-1, time_ns=2, thread=7, goroutine=1, stage=Stage.BIND, span=2, parent=1, call="bind"
    ),
    leave(Stage.BIND, 1),
    enter(Stage.LISTEN, 3),
    leave(Stage.LISTEN, 3),
    enter(Stage.ACCEPT, 4),
]


def events_of(lines: list[Line]) -> list[Event]:
    return [line for line in lines if isinstance(line, Event)]


def described(lines: list[Line]) -> list[str]:
    """Name the lines, the kernel's views left out: this process has sockets of its own."""
    return [type(line).__name__ for line in lines if type(line).__name__ != "KernelObserved"]
