"""A world in the making: changed in place, event by event, until a `World` is wanted.

It shares its parts with the worlds that it came from and has made, and copies a part the first time
that it changes. A single event costs what it changes; a thousand in a row cost no copies.
"""

from walkthrough.model.events import MemoryMeasured, SourcePlace
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import Place, Stage
from walkthrough.model.values import Constant, Data
from walkthrough.state.world import (
    MOST_VISITS,
    ClientView,
    OpenSpan,
    OptionSet,
    ProcessView,
    Visit,
    World,
)


class WorldBuilder:
    """The fields of a `World`, to be assigned to.

    What is a tuple or a small dictionary is replaced whole. The five parts that may be large are
    changed in place, but only as the ``mutable_`` methods return them, since they may be shared.
    """

    __slots__ = (
        *World.__struct_fields__,
        "_clients",
        "_options",
        "_parked",
        "_spans",
        "_visits",
    )

    seq: int
    time_ns: int
    place: Place
    visits: list[Visit] | tuple[Visit, ...]
    order: tuple[Stage, ...]
    spans: dict[int, tuple[OpenSpan, ...]]
    focus: int | None
    source: SourcePlace | None
    kernel: KernelState | None
    changed_kernel: bool
    options: dict[int, tuple[OptionSet, ...]]
    clients: dict[int, ClientView]
    output: tuple[tuple[int, bytes | Data], ...]
    parked: set[int] | frozenset[int]
    threads: frozenset[int]
    calls: int
    exit_code: int | None
    exit_signal: Constant | None
    ended: str
    lost: dict[str, int]
    latest: dict[Stage, Visit]
    begun: dict[Stage, int]
    detailed: bool
    memory: MemoryMeasured | None
    processes: dict[int, ProcessView]
    first: int
    process: int
    kernels: dict[int, KernelState]

    def __init__(self, world: World) -> None:
        self.seq = world.seq
        self.time_ns = world.time_ns
        self.place = world.place
        self.visits = world.visits
        self.order = world.order
        self.spans = world.spans
        self.focus = world.focus
        self.source = world.source
        self.kernel = world.kernel
        self.changed_kernel = world.changed_kernel
        self.options = world.options
        self.clients = world.clients
        self.output = world.output
        self.parked = world.parked
        self.threads = world.threads
        self.calls = world.calls
        self.exit_code = world.exit_code
        self.exit_signal = world.exit_signal
        self.ended = world.ended
        self.lost = world.lost
        self.latest = world.latest
        self.begun = world.begun
        self.detailed = world.detailed
        self.memory = world.memory
        self.processes = world.processes
        self.first = world.first
        self.process = world.process
        self.kernels = world.kernels
        self._visits: list[Visit] | None = None
        self._spans: dict[int, tuple[OpenSpan, ...]] | None = None
        self._options: dict[int, tuple[OptionSet, ...]] | None = None
        self._clients: dict[int, ClientView] | None = None
        self._parked: set[int] | None = None

    def world(self) -> World:
        """Return the world as it is now; the builder may go on from there."""
        # If nothing changed them, these two are the same objects as before.
        self.visits = visits = tuple(self.visits[-MOST_VISITS:])
        self.parked = parked = frozenset(self.parked)
        self._visits = self._spans = self._options = self._clients = self._parked = None
        return World(
            self.seq,
            self.time_ns,
            self.place,
            visits,
            self.order,
            self.spans,
            self.focus,
            self.source,
            self.kernel,
            self.changed_kernel,
            self.options,
            self.clients,
            self.output,
            parked,
            self.threads,
            self.calls,
            self.exit_code,
            self.exit_signal,
            self.ended,
            self.lost,
            self.latest,
            self.begun,
            self.detailed,
            self.memory,
            self.processes,
            self.first,
            self.process,
            self.kernels,
        )

    def mutable_visits(self) -> list[Visit]:
        """Return the visits, to be changed; only the newest `MOST_VISITS` are kept."""
        own = self._visits
        if own is None:
            own = self._visits = self.visits = list(self.visits)
        return own

    def mutable_spans(self) -> dict[int, tuple[OpenSpan, ...]]:
        """Return the open spans, to be changed."""
        own = self._spans
        if own is None:
            own = self._spans = self.spans = self.spans.copy()
        return own

    def mutable_options(self) -> dict[int, tuple[OptionSet, ...]]:
        """Return the options, to be changed."""
        own = self._options
        if own is None:
            own = self._options = self.options = self.options.copy()
        return own

    def mutable_clients(self) -> dict[int, ClientView]:
        """Return the clients, to be changed."""
        own = self._clients
        if own is None:
            own = self._clients = self.clients = self.clients.copy()
        return own

    def mutable_parked(self) -> set[int]:
        """Return the keys of parked goroutines, to be changed."""
        own = self._parked
        if own is None:
            own = self._parked = self.parked = set(self.parked)
        return own
