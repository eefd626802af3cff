"""Checks the kernel's view against what a scenario promises of it, at the points it names.

A view belongs to the event before it, so a moment is complete only with the next event.
"""

from collections.abc import Iterator, Sequence

from walkthrough.i18n.messages import message
from walkthrough.model.events import AnyEvent, KernelObserved
from walkthrough.model.kernel_state import KernelState
from walkthrough.scenario.checks.kernel_values import comparable, fits, spell, values_of
from walkthrough.scenario.checks.promise_miss import PromiseMiss
from walkthrough.scenario.schema import KernelSeen
from walkthrough.state.reducer import advance
from walkthrough.state.triggers import Point, PointKind, PointWatcher
from walkthrough.state.world import World


class KernelCheck:
    """All promises about the kernel; `fold` each event, then call `misses`."""

    def __init__(self, promised: Sequence[KernelSeen]) -> None:
        self._open = [_KernelPromise(each) for each in promised]
        self._promised = tuple(self._open)
        # Points about rest need the whole world; those about a function only its event.
        self._needs_world = any(not each.happens for each in self._open)
        self._world = World()
        self._state: KernelState | None = None
        self._pending: AnyEvent | None = None
        self._seq: int | None = None

    def fold(self, event: AnyEvent) -> None:
        """Record an event."""
        if not self._open:
            return
        if isinstance(event, KernelObserved):
            self._state = event.state
            self._advance(event)
            self._complete()
            return
        self._complete()
        self._advance(event)
        self._pending = event

    def misses(self) -> Iterator[PromiseMiss]:
        """Yield what was promised and not seen. Call it once, after all events."""
        self._complete()
        for promise in self._promised:
            yield from promise.misses()

    def _advance(self, event: AnyEvent) -> None:
        if self._needs_world:
            self._world = advance(self._world, event)

    def _complete(self) -> None:
        """Check the moment after the pending event, or after a view without an event."""
        event, self._pending = self._pending, None
        if event is not None:
            self._seq = event.seq
        for promise in self._open:
            promise.look(event, self._world, self._state, self._seq)
        if any(promise.kept for promise in self._open):
            self._open = [promise for promise in self._open if not promise.kept]


class _KernelPromise:
    """A promise at one point, and what came closest to it."""

    def __init__(self, promised: KernelSeen) -> None:
        self._point: Point = promised.point
        self._wanted = {key: comparable(value) for key, value in promised.asked().items()}
        self._watcher = PointWatcher()
        self._state: KernelState | None = None
        self._values: dict[str, object] = {}
        self._seen_in_state = False
        self._reached = False
        self._nearest: dict[str, object] | None = None
        self._event: int | None = None
        self.kept = False

    @property
    def happens(self) -> bool:
        """Whether the point is an event, and not a state."""
        return self._point.kind in (PointKind.AFTER, PointKind.BEFORE)

    def look(
        self, event: AnyEvent | None, world: World, state: KernelState | None, seq: int | None
    ) -> None:
        if state is not self._state:
            self._state, self._seen_in_state = state, False
            self._values = values_of(state, self._wanted) if state is not None else {}
        if self._seen_in_state or not self._is_now(event, world):
            return
        self._reached = True
        if state is None:
            return
        self._seen_in_state = True  # the same view again would give the same result
        self.kept = self._agreeing(self._values) == len(self._wanted)
        if self._nearest is None or self._agreeing(self._values) > self._agreeing(self._nearest):
            self._nearest, self._event = self._values, seq

    def _is_now(self, event: AnyEvent | None, world: World) -> bool:
        if not self.happens:
            return self._watcher.due(self._point, world)
        if event is None or event.quiet:
            return False
        return self._watcher.due(self._point, world, (event,))

    def _agreeing(self, values: dict[str, object]) -> int:
        return sum(fits(key, values[key], wanted) for key, wanted in self._wanted.items())

    def misses(self) -> Iterator[PromiseMiss]:
        if self.kept:
            return
        if not self._reached:
            said = message("'{point}' was never reached, where the kernel was to hold {promised}.")
        elif self._nearest is None:
            said = message("'{point}' was reached before the kernel's view was known ({promised}).")
        else:
            wrong = {k: v for k, v in self._nearest.items() if not fits(k, v, self._wanted[k])}
            said = message(
                "At '{point}' the kernel should have held {promised}, but held {found}.",
                found=spell(wrong),
            )
        said = said.with_fields(point=str(self._point), promised=spell(self._wanted))
        yield PromiseMiss(said, self._event)
