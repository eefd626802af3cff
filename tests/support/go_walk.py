"""Walks a Go program under the tracer, released at once, for tests that ask what happened."""

import select
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.support.time_limits import limit
from walkthrough.capture.environment.go_build import ProgramSource, source_in
from walkthrough.capture.environment.go_toolchain import build_server, find_go
from walkthrough.capture.ptrace.go_target import GoTarget
from walkthrough.capture.session.run_config import RunConfig
from walkthrough.formatting import strace_lines as notation
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    Header,
    OutputWritten,
    ProcessExited,
    begins_stage,
)
from walkthrough.scenario.loader import server_folder
from walkthrough.scenario.schema import Fault, Limits, Program, ServerOptions

SECONDS = limit(30.0)
"""After which a walk is given up; none takes more than two."""

LISTENING = "listening on "
Ends = Callable[[AnyEvent], bool]


class Walk(NamedTuple):
    """What was seen of one run."""

    header: Header
    events: list[AnyEvent]

    @property
    def lines(self) -> list[str]:
        """What the server printed, whichever stream it took."""
        found = [each for each in self.events if isinstance(each, OutputWritten)]
        return b"".join(each.data for each in found).decode().splitlines()

    @property
    def exit_code(self) -> int | None:
        """The status it ended with, None if it was still running."""
        ends = [each.code for each in self.events if isinstance(each, ProcessExited)]
        return ends[0] if ends else None

    @property
    def calls(self) -> list[str]:
        """The system calls on the path as strace spells them, without what it adds in brackets."""
        entered = {e.span: e for e in self.events if isinstance(e, CallEntered)}
        return [
            notation.line(entered[e.span], e)
            for e in self.events
            if isinstance(e, CallReturned) and not e.quiet
        ]

    def calls_of(self, name: str) -> list[str]:
        """Those of one kind."""
        return [line for line in self.calls if line.startswith(f"{name}(")]

    @property
    def stages(self) -> list[str]:
        """The stages in the order in which they were begun."""
        return [str(each.stage) for each in self.events if begins_stage(each)]

    def entered(self, function: str) -> list[FunctionEntered]:
        """The entries of one function."""
        found = [e for e in self.events if isinstance(e, FunctionEntered)]
        return [each for each in found if each.function == function]


def run(
    options: ServerOptions | None = None,
    *faults: Fault,
    nofile: int | None = None,
    network: str = "tcp",
    addresses: tuple[str, ...] = ("127.0.0.1:0",),
) -> RunConfig:
    """Return the plan of a run."""
    given = options or ServerOptions()
    return RunConfig("x", network, addresses, given, Limits(nofile=nofile), faults)


def build(program: Program = Program.ACCEPT, go: str = "") -> Path:
    """Build one of the shared programs, or take it from the cache."""
    shared = source_in(server_folder())._replace(language=go)
    if program is not Program.ACCEPT:
        name = program.value
        module = f"walkthrough.example/scenarios/server/{name}"
        shared = shared._replace(folder=shared.folder / name, module=module)
    return build_source(shared)


def build_source(source: ProgramSource) -> Path:
    """Build any program, or take it from the cache."""
    return build_server(find_go(), source, lambda line: None)


def parked(event: AnyEvent) -> bool:
    """Return whether a goroutine parks on the path: nobody is about, so the walk is over."""
    return isinstance(event, FunctionEntered) and event.function == "runtime.gopark"


def printed(text: str) -> Ends:
    """Return what tells that the server has printed ``text``."""

    def tell(event: AnyEvent) -> bool:
        return isinstance(event, OutputWritten) and text.encode() in event.data

    return tell


def never(_event: AnyEvent) -> bool:
    """Let the server end by itself."""
    return False


def walk(
    program: Path,
    config: RunConfig,
    ends: Ends = parked,
    at_address: Callable[[str], object] = lambda address: None,
    own: bool = False,
) -> Walk:
    """Walk until the server has ended, or ``ends`` says so of an event.

    Args:
        program: The executable.
        config: What it does.
        ends: Tells the last event of interest.
        at_address: Called with each address that the server says it listens on, while the thread
            that printed it stands still: a client may connect and send.
        own: Whether the program is the scenario's own.
    """
    target = GoTarget(program, config, own)
    events: list[AnyEvent] = []
    until = time.monotonic() + SECONDS
    try:
        header = target.start()
        over = False
        while not over:
            assert time.monotonic() < until, "the walk never came to its end"
            alive = target.alive()
            if alive:
                select.select(target.descriptors(), (), (), 1.0)
            for arrival in target.arrivals():
                event = arrival.event
                events.append(event)
                over = over or ends(event)
                for line in _lines(event):
                    if line.startswith(LISTENING):
                        at_address(line.removeprefix(LISTENING))
                if arrival.token is not None:
                    target.release(arrival.token)
            over = over or not alive
    finally:
        target.close()
    return Walk(header, events)


def _lines(event: AnyEvent) -> list[str]:
    return event.data.decode().splitlines() if isinstance(event, OutputWritten) else []


class Client:
    """A client that says one thing when it can, and closes its half."""

    def __init__(self, data: bytes = b"hello\n") -> None:
        self.data = data
        self.sockets: list[socket.socket] = []

    def __call__(self, address: str) -> None:
        """Connect and send; on loopback neither waits for the server."""
        if address.startswith("/"):
            there = socket.socket(socket.AF_UNIX)
            there.settimeout(SECONDS)
            there.connect(address)
        else:
            there = socket.create_connection(
                ("127.0.0.1", int(address.rpartition(":")[2])), SECONDS
            )
        self.sockets.append(there)
        there.sendall(self.data)
        there.shutdown(socket.SHUT_WR)

    def answers(self) -> list[bytes]:
        """Return what each connection brought, once the server has closed it or ended."""
        found = []
        for there in self.sockets:
            with there, there.makefile("rb") as stream:
                found.append(stream.read())
        return found
