"""The world after every event of a history, though only some of them are kept.

Events are folded as they come, so there is always a world to continue from: one now and then (a
checkpoint), and closer ones around the last requested position. Knows no lines and no files.
"""

import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from walkthrough.model.events import AnyEvent
from walkthrough.model.kernel_state import KernelState
from walkthrough.state.builder import WorldBuilder
from walkthrough.state.reducer import fold
from walkthrough.state.world import Visit, World

CHECKPOINT = 128
"""Smallest distance between the worlds that are kept for good. Each takes about 10 KiB."""
LONGEST_WAY = 64 * CHECKPOINT
"""Largest distance: with very many open spans a world takes more room, so fewer are kept."""
WAYPOINT = 16
"""Distance between the worlds that are kept around the last requested position."""
MOST_WAYPOINTS = 64
"""How many of those are kept."""

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[Visit, ...])
# Only a hostile recording holds these: numbers beyond 64 bits, endless nesting.
_UNPACKABLE = (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError)


class _Checkpoint(NamedTuple):
    """A world without the kernel's views, and its visits apart, packed.

    The rest is mostly shared with the next world: goroutines wait, clients stay. The
    visits are nearly all new each time. ``views`` are the processes of `World.kernels`, and
    ``view`` is the one of them that is `World.kernel`.
    """

    rest: World
    visits: bytes | tuple[Visit, ...]
    views: tuple[int, ...] = ()
    view: int = 0


class Checkpoints:
    """Worlds by the index of the event they come after; -1 for the world before the first.

    Args:
        between: Returns the events from an index up to, and not including, another.
        kernel: Returns the kernel's last view at an index, None before the first; or the last of
            one process of several, if one is given.
    """

    def __init__(
        self,
        between: Callable[[int, int], Iterable[AnyEvent]],
        kernel: Callable[[int, int | None], KernelState | None],
    ) -> None:
        self._between = between
        self._kernel = kernel
        self._newest = WorldBuilder(World())
        self._newest_index = -1
        self._checkpoints = [_Checkpoint(World(), ())]
        self._indexes = array("q", [-1])  # of the checkpoints
        self._next_checkpoint = CHECKPOINT - 1
        self._waypoints: OrderedDict[int, World] = OrderedDict()
        self._last = (-1, World())

    def add(self, event: AnyEvent) -> None:
        """Fold the next event."""
        newest = self._newest
        fold(newest, event)
        index = self._newest_index = self._newest_index + 1
        if index >= self._next_checkpoint:
            self._checkpoints.append(_pack(newest.world()))
            self._indexes.append(index)
            self._set_next_checkpoint(index)

    def revise(self, index: int) -> None:
        """Fold again what has been folded, from event ``index`` on: it has changed."""
        end = self._newest_index
        kept = bisect_left(self._indexes, index)
        del self._indexes[kept:], self._checkpoints[kept:]
        for later in [at for at in self._waypoints if at >= index]:
            del self._waypoints[later]
        if self._last[0] >= index:
            self._last = (-1, World())
        at = self._indexes[-1]
        self._newest_index = at
        self._newest = WorldBuilder(self._unpack(self._checkpoints[-1], at))
        self._set_next_checkpoint(at)
        for event in self._between(at + 1, end + 1):
            self.add(event)

    def _set_next_checkpoint(self, index: int) -> None:
        apart = min(max(CHECKPOINT, len(self._newest.spans)), LONGEST_WAY)
        self._next_checkpoint = index + apart

    @property
    def newest(self) -> WorldBuilder:
        """The world after the newest event, in the making: it changes with the next one."""
        return self._newest

    def at(self, index: int) -> World:
        """Return the world after event ``index``.

        Costs at most `WAYPOINT` folds near the last requested position, none at the newest event,
        and elsewhere `CHECKPOINT`, or as many as there are goroutines with an open span if that is
        more, up to `LONGEST_WAY`.
        """
        last, world = self._last
        if index == last:
            return world
        if index == self._newest_index:
            world = self._newest.world()
        elif last < index <= last + WAYPOINT:
            world = self._forward(last, world, index)
        else:
            world = self._forward(*self._nearest(index), index)
        self._last = (index, world)
        return world

    def _forward(self, at: int, world: World, index: int) -> World:
        """Fold from the world after ``at`` to the one after ``index``; keep waypoints behind it."""
        builder = WorldBuilder(world)
        nearby = index - WAYPOINT * MOST_WAYPOINTS
        for event in self._between(at + 1, index + 1):
            at += 1
            fold(builder, event)
            if at % WAYPOINT == 0 and at > nearby:
                self._waypoints[at] = builder.world()
                self._waypoints.move_to_end(at)
                if len(self._waypoints) > MOST_WAYPOINTS:
                    self._waypoints.popitem(last=False)
        return builder.world()

    def _nearest(self, index: int) -> tuple[int, World]:
        """Find the nearest world at or before ``index`` that need not be folded."""
        number = bisect_right(self._indexes, index) - 1
        for at in range(index - index % WAYPOINT, self._indexes[number], -WAYPOINT):
            waypoint = self._waypoints.get(at)
            if waypoint is not None:
                return at, waypoint
        at = self._indexes[number]
        return at, self._unpack(self._checkpoints[number], at)

    def _unpack(self, kept: _Checkpoint, at: int) -> World:
        visits = kept.visits
        if isinstance(visits, bytes):
            visits = _DECODER.decode(zlib.decompress(visits))
        if not kept.views:
            return replace(kept.rest, kernel=self._kernel(at, None), visits=visits)
        seen = ((process, self._kernel(at, process)) for process in kept.views)
        kernels = {process: state for process, state in seen if state is not None}
        return replace(kept.rest, kernel=kernels.get(kept.view), kernels=kernels, visits=visits)


def _pack(world: World) -> _Checkpoint:
    rest = replace(world, kernel=None, visits=())
    if world.kernels:
        rest = replace(rest, kernels={})
    views = tuple(world.kernels)
    view = world.kernel.process if world.kernel is not None else 0
    try:
        packed = zlib.compress(_ENCODER.encode(world.visits), 1)
    except _UNPACKABLE:
        return _Checkpoint(rest, world.visits, views, view)
    return _Checkpoint(rest, packed, views, view)
