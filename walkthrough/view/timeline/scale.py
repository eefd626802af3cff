"""Which events a column of the timeline stands for, and the other way round. Pure arithmetic."""

from typing import NamedTuple


class Scale(NamedTuple):
    """``capacity`` events on ``width`` columns; an event has one column or several, or shares one.

    Both are at least 1.
    """

    capacity: int
    width: int

    def columns(self, index: int) -> tuple[int, int]:
        """Return the first column of event ``index`` and the one after its last."""
        first = index * self.width // self.capacity
        return first, max(first + 1, (index + 1) * self.width // self.capacity)

    def events(self, column: int) -> tuple[int, int]:
        """Return the first event of a column and the one after its last."""
        after = -(-(column + 1) * self.capacity // self.width)
        return min(-(-column * self.capacity // self.width), after - 1), after


def scale_for(count: int, width: int, *, growing: bool) -> Scale:
    """Return the scale on which ``count`` events are drawn.

    A history that grows is given room ahead, so that what is drawn moves only now and then: its
    capacities are the width times 1, 1.5, 2, 3, 4, 6, 8, ...
    """
    width = max(width, 1)
    if not growing:
        return Scale(max(count, 1), width)
    whole = width
    while whole * 3 // 2 < count:
        whole *= 2
    return Scale(whole if count <= whole else whole * 3 // 2, width)
