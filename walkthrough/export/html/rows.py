"""Rows stored once: a table of all rows that any pane shows, and lists of their numbers.

What a pane shows at a step is a list of numbers, told as the difference from the step before. So
a page holds each sentence once, however often it is seen.
"""

from collections.abc import Hashable, Sequence
from typing import Any, Generic, TypeVar

Entry = TypeVar("Entry", bound=Hashable)

Difference = list[int] | int
"""0 for no change; else ``[start, deleted, …]`` and the numbers that are put there."""


class EntryTable(Generic[Entry]):
    """Numbers for entries, the same for the same entry."""

    def __init__(self) -> None:
        self._numbers: dict[Entry, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, entry: Entry) -> int:
        """Return the number of an entry, which is stored unless it was."""
        return self._numbers.setdefault(entry, len(self._numbers))

    def entries(self) -> list[Entry]:
        """Return all entries by number."""
        return [*self._numbers]


def difference(before: Sequence[int], now: Sequence[int]) -> Difference:
    """Return how one list of numbers becomes another: one stretch is replaced."""
    if before == now:
        return 0
    start, most = 0, min(len(before), len(now))
    while start < most and before[start] == now[start]:
        start += 1
    end = 0
    while end < most - start and before[-1 - end] == now[-1 - end]:
        end += 1
    return [start, len(before) - start - end, *runs(now[start : len(now) - end])]


def runs(numbers: Sequence[int]) -> list[int]:
    """Shorten numbers that count upwards: ``7, 8, 9, 10`` is ``7, -3``."""
    found: list[int] = []
    last, more = -1, 0
    for number in numbers:
        if found and number == last + 1:
            more += 1
        else:
            if more:
                found.append(-more)
            found.append(number)
            more = 0
        last = number
    return [*found, -more] if more else found


def unfolded(numbers: Sequence[int]) -> list[int]:
    """Return what `runs` has shortened."""
    found: list[int] = []
    for number in numbers:
        if number < 0:
            last = found[-1]
            found.extend(range(last + 1, last + 1 - number))
        else:
            found.append(number)
    return found


def applied(before: Sequence[int], changed: Difference) -> list[int]:
    """Return the list after a difference."""
    if isinstance(changed, int):
        return [*before]
    start, deleted, *put = changed
    return [*before[:start], *unfolded(put), *before[start + deleted :]]


class PaneTrack:
    """What one pane shows at each step, as differences."""

    def __init__(self) -> None:
        self._last: list[int] = []
        self.steps: list[Difference] = []

    def add(self, numbers: list[int]) -> None:
        """Add the next step."""
        self.steps.append(difference(self._last, numbers))
        self._last = numbers

    def again(self) -> None:
        """Add a step at which the pane shows what it did."""
        self.steps.append(0)


Json = Any
"""What the page's script reads: lists, texts and numbers."""
