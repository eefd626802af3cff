"""Where a box goes that explains a pane: beside it, never over it if that can be helped. Pure."""

from textual.geometry import Offset, Region, Size


def popover_offset(target: Region, box: Size, screen: Size) -> Offset:
    """Return where to put the upper left corner of a box.

    Args:
        target: What it explains.
        box: Its size, at most the screen's.
        screen: The size of the screen.
    """
    places = (
        (target.right, target.y),
        (target.x - box.width, target.y),
        (target.x, target.y - box.height),
        (target.x, target.bottom),
    )
    whole = screen.region
    for x, y in places:
        # Along the side it may be moved; away from the target it may not.
        x = _within(x, box.width, screen.width) if y != target.y else x
        y = _within(y, box.height, screen.height) if y == target.y else y
        here = Region(x, y, box.width, box.height)
        if whole.contains_region(here) and not here.overlaps(target):
            return here.offset
    # No room on any side: at the edge, over the least of it.
    return Offset(
        max(screen.width - box.width, 0),
        max(min(target.bottom, screen.height) - box.height, 0),
    )


def _within(at: int, length: int, whole: int) -> int:
    return max(min(at, whole - length), 0)


def around(regions: list[Region]) -> Region:
    """Return the smallest region that holds all of them; an empty one for none."""
    seen = [region for region in regions if region.area]
    return Region.from_union(seen) if seen else Region()
