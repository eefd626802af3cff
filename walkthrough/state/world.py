"""The world: everything known after event n, as one immutable value.

Worlds share all that did not change, so keeping many is cheap. `reducer.advance` makes the next.
Nothing here can form a cycle, so the garbage collector skips it (``gc=False``): its
passes would otherwise be most of the cost of a step.
"""

from enum import StrEnum

import msgspec

from walkthrough.model.events import (
    KernelObserved,
    MemoryMeasured,
    OutputWritten,
    PacketCaptured,
    SourcePlace,
    StagesRevised,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import Place, Stage
from walkthrough.model.values import Argument, Constant, Data, SocketAddress

MOST_VISITS = 512
"""How many of the newest visits a world keeps: their list takes at most 4 KiB."""
MOST_OUTPUT = 200
"""How many of the newest chunks of output a world keeps."""
MOST_CLIENTS = 256
"""How many of the newest clients a world keeps."""

MOST_PROCESSES = 256
"""How many processes a world keeps: those that live, then the newest of those that have ended."""

PROCESS_SHIFT = 32
"""Of several processes, a key holds the process above this bit; nothing for the first."""

RIDERS = (
    KernelObserved,
    OutputWritten,
    PacketCaptured,
    StagesRevised,
    ThreadStarted,
    ThreadExited,
)
"""Events that belong to the step of the event before: they leave the server where it is."""


class VisitProgress(StrEnum):
    """How far a stage or a finer step has come."""

    AHEAD = "ahead"
    CURRENT = "current"
    DONE = "done"
    FAILED = "failed"


class Visit(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One visit to a place on the path: a row of the path pane.

    `checkpoints` keeps many, encoded without the names of their fields (``array_like``).

    Attributes:
        place: Where.
        span: The span of the function that stands for it.
        goroutine: Who was there, as a key into `World.spans`; 0 for a scheduler, None if unknown.
        progress: CURRENT while the span is open, then DONE or FAILED.
        entered: Sequence number of the event that began it.
        returned: Sequence number of the event that ended it, None while it lasts.
        results: What the function returned.
    """

    place: Place
    span: int
    goroutine: int | None
    progress: VisitProgress
    entered: int
    returned: int | None = None
    results: tuple[Argument, ...] = ()
    process: int = 0
    """Whose visit it is, as `World.process` has it."""


class ProcessView(msgspec.Struct, frozen=True, gc=False):
    """One process of the server.

    Attributes:
        pid: Its process id.
        parent: The process that made it; 0 if that is not known, and for the first.
        origin: How it came to run its program, as `ProcessStarted.origin` has it.
        command: Its program's name and arguments; of one that was forked, its parent's.
        alive: Whether it has not ended.
        threads: Its kernel threads, of any but the first: `World.threads` has all.
        code: The status with which it exited.
        signal: What it was killed by.
    """

    pid: int
    parent: int = 0
    origin: str = ""
    command: tuple[str, ...] = ()
    alive: bool = True
    threads: frozenset[int] = frozenset()
    code: int | None = None
    signal: Constant | None = None


class OpenSpan(msgspec.Struct, frozen=True, gc=False):
    """A function or system call that has begun and not ended; ``call`` tells which of the two.

    ``caller`` is the line from which a function was called, if known.
    """

    span: int
    name: str
    place: Place
    entered: int
    mark: str | None = None
    arguments: tuple[Argument, ...] = ()
    source: SourcePlace | None = None
    call: bool = False
    caller: SourcePlace | None = None


class OptionSet(msgspec.Struct, frozen=True, gc=False):
    """A socket option that the server has set on ``fd``: level, name, value as given."""

    fd: int
    level: str
    name: str
    value: Argument


class ClientView(msgspec.Struct, frozen=True, gc=False):
    """What a client has done so far.

    Attributes:
        client: Its number: clients are numbered as they come to exist, from 1.
        state: ``connecting`` (its connect is under way), ``connected``, ``half-closed``,
            ``reset`` (by the server's end, as the kernel's view shows), ``closed`` or ``failed``.
        local: Its own address.
        remote: The address it talks to.
        sent: Bytes it has sent.
        received: Bytes it has received.
        error: The error that it has failed with, as errno(3) names it; "" where none is known.
    """

    client: int
    state: str
    local: SocketAddress | None = None
    remote: SocketAddress | None = None
    sent: int = 0
    received: int = 0
    error: str = ""


class World(msgspec.Struct, frozen=True, gc=False):
    """Everything known after event ``seq`` (-1: before the first).

    Attributes:
        seq: Number of the last event folded in.
        time_ns: Its time.
        place: Where on the path the current event is. Riders and clients leave it where it was.
        visits: Visits to places so far, in the order they began (bounded: the newest
            `MOST_VISITS`, since every kept world holds a list of them).
        order: The stages begun so far, in the order they first began.
        spans: Open spans by goroutine (key -thread where the goroutine is unknown or 0), outermost
            first: the call chain. Every process counts its own goroutines: of any but the first
            one the key has the process above `PROCESS_SHIFT`.
            A key is there only while it has open spans.
        source: The line that was last seen executing.
        focus: Key into ``spans`` of the goroutine that the current event belongs to, or None; the
            key may be absent there. Riders and clients leave it as it was.
        kernel: The kernel's last observed view, None before the first; of several processes, that
            of the one whose event is the current one.
        changed_kernel: True if this event, or one of the same step, brought a new view.
        options: Options set, by descriptor; forgotten when the descriptor is closed. See
            `options_of` for those of the process that the kernel's view is of.
        clients: Clients by number (bounded: the newest `MOST_CLIENTS`).
        output: What the server printed, newest last (bounded: the newest `MOST_OUTPUT` chunks);
            `Data` where it was left out of the recording.
        parked: Keys of ``spans`` that are in, or about to enter, a park.
        threads: Kernel threads alive, of all processes.
        calls: How many system calls have been entered.
        exit_code: Set once the server has exited: the last of its processes.
        exit_signal: Set once it was killed.
        ended: Why the capture ended, "" while it goes on.
        lost: What was not captured, counted.
        latest: The latest visit to each stage itself (its finer steps aside).
        begun: Sequence number of the event with which each stage first began.
        detailed: Whether functions and system calls are being captured.
        memory: What was last measured of the memory in use, None before the first time.
        processes: The server's processes by process id, as they began (bounded: `MOST_PROCESSES`).
        first: The process id of the first one, 0 before it has begun.
        process: Whose event is the current one: a process id, 0 for the first process.
        kernels: Of several processes, the last view of each by `KernelState.process`; empty while
            there is only one.
    """

    seq: int = -1
    time_ns: int = 0
    place: Place = Place()
    visits: tuple[Visit, ...] = ()
    order: tuple[Stage, ...] = ()
    spans: dict[int, tuple[OpenSpan, ...]] = {}
    focus: int | None = None
    source: SourcePlace | None = None
    kernel: KernelState | None = None
    changed_kernel: bool = False
    options: dict[int, tuple[OptionSet, ...]] = {}
    clients: dict[int, ClientView] = {}
    output: tuple[tuple[int, bytes | Data], ...] = ()
    parked: frozenset[int] = frozenset()
    threads: frozenset[int] = frozenset()
    calls: int = 0
    exit_code: int | None = None
    exit_signal: Constant | None = None
    ended: str = ""
    lost: dict[str, int] = {}
    latest: dict[Stage, Visit] = {}
    begun: dict[Stage, int] = {}
    detailed: bool = True
    memory: MemoryMeasured | None = None
    processes: dict[int, ProcessView] = {}
    first: int = 0
    process: int = 0
    kernels: dict[int, KernelState] = {}

    @property
    def several(self) -> bool:
        """Whether there has been more than one process."""
        return len(self.processes) > 1

    @property
    def pid(self) -> int:
        """The process id of the process whose event is the current one, 0 if it is not known."""
        return self.process or self.first

    def kernel_of(self, pid: int) -> KernelState | None:
        """Return the last view of a process of several, by its process id, if there is one."""
        seen = self.kernels.get(pid)
        return self.kernels.get(0) if seen is None and pid == self.first else seen

    def options_of(self) -> dict[int, tuple[OptionSet, ...]]:
        """Return the options set by descriptor, of the process that the kernel's view is of."""
        process = self.kernel.process if self.kernel is not None else 0
        return {
            key - (process << PROCESS_SHIFT): options
            for key, options in self.options.items()
            if key >> PROCESS_SHIFT == process
        }

    def progress(self, stage: Stage) -> VisitProgress:
        """Return how far ``stage`` has come: of several visits the latest counts."""
        visit = self.latest.get(stage)
        return visit.progress if visit is not None else VisitProgress.AHEAD
