"""A run-length encoded track: one state for every event, counted over any range.

Grows at its end only. Knows only numbers; its owner knows what a state means.
"""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

_STRIDE = 16
"""The counts of all states are kept once per this many runs; a query walks the runs between."""
_FAR = 2**62


class RunLengthTrack:
    """States by event index, from 0 on; before anything is added all are state 0.

    A state, once added, holds until the next one is.

    Args:
        states: How many states there are; they are 0 to ``states - 1``.
    """

    __slots__ = ("_counts", "_starts", "_states", "_width")

    def __init__(self, states: int) -> None:
        self._width = states
        # Run r begins at _starts[r] and ends where the next begins. Two neighbours differ.
        self._starts = array("I", (0,))
        self._states = bytearray(1)
        # How often each state comes before run _STRIDE * n, by n from 1 on.
        self._counts = array("I")

    def add(self, index: int, state: int) -> None:
        """Set the state from event ``index`` on.

        ``index`` may not be less than in the call before; the last call for an event counts.
        """
        if self._states[-1] == state:
            return
        if self._starts[-1] == index:
            self._states[-1] = state
            if len(self._states) > 1 and self._states[-2] == state:
                self._drop()
            return
        if len(self._starts) % _STRIDE == 0:
            self._counts.extend(self.counts(index))
        self._starts.append(index)
        self._states.append(state)

    def cut(self, index: int) -> None:
        """Forget the states from event ``index`` on: the one before holds until one is added."""
        while len(self._starts) > 1 and self._starts[-1] >= index:
            self._drop()
        if index <= 0:
            self._states[0] = 0

    def _drop(self) -> None:
        self._starts.pop()
        self._states.pop()
        if len(self._starts) % _STRIDE == 0:
            del self._counts[-self._width :]

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self._starts)

    @property
    def last(self) -> int:
        """The state that holds at the end."""
        return self._states[-1]

    def at(self, index: int) -> int:
        """Return the state at event ``index``."""
        return self._states[bisect_right(self._starts, index) - 1]

    def counts(self, index: int) -> list[int]:
        """Return how often each state occurs before event ``index``. O(log of the runs)."""
        run = max(bisect_right(self._starts, index) - 1, 0)
        block = run // _STRIDE
        counts = (
            self._counts[(block - 1) * self._width : block * self._width].tolist()
            if block
            else [0] * self._width
        )
        starts, states = self._starts, self._states
        for at in range(block * _STRIDE, run):
            counts[states[at]] += starts[at + 1] - starts[at]
        counts[states[run]] += index - starts[run]
        return counts

    def spread(self, edges: Sequence[int]) -> list[list[int] | int]:
        """Return, for each interval between neighbours in ``edges``, which states it holds.

        Args:
            edges: Event indexes, ascending.

        Returns:
            One item per interval: the state if there is only one, else how often each occurs.
        """
        found: list[list[int] | int] = []
        starts, states = self._starts, self._states
        known, known_at = [0] * self._width, -1
        run, end = -1, -1
        for low, high in pairwise(edges):
            if high > end:
                run = bisect_right(starts, low) - 1
                end = starts[run + 1] if run + 1 < len(starts) else high + _FAR
            if high <= end:
                found.append(states[run])
                continue
            before = known if known_at == low else self.counts(low)
            known, known_at = self.counts(high), high
            found.append([after - earlier for after, earlier in zip(known, before, strict=True)])
        return found
