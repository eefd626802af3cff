"""Longest runs of equal items in two long sequences, at near-linear cost.

Items that occur once on both sides certainly match; the longest ascending chain of
them (patience sorting) cuts the problem into gaps, which are solved in the same way with longer
pieces as items, and small ones exactly (difflib).
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_EXACT = 60_000
"""Product of two lengths up to which difflib is used."""
_PIECES = (1, 3, 8)
"""How many items are joined into one piece, where single items repeat too often."""
_WINDOW = 240


class EqualRun(NamedTuple):
    """A run of equal items, starting at an index of the left and one of the right."""

    left: int
    right: int
    length: int


class _Gap(NamedTuple):
    left: int
    left_end: int
    right: int
    right_end: int


def matches(left: Sequence[int], right: Sequence[int]) -> list[EqualRun]:
    """Return runs of equal items, ascending on both sides."""
    found: list[EqualRun] = []
    gaps = [_Gap(0, len(left), 0, len(right))]
    while gaps:
        gap = gaps.pop()
        gap = _trim(left, right, gap, found)
        if gap.left == gap.left_end or gap.right == gap.right_end:
            continue
        anchors = _anchors(left, right, gap)
        if anchors is None:
            found.extend(_exactly(left, right, gap))
            continue
        at_left, at_right = gap.left, gap.right
        for one, other in anchors:
            if one > at_left and other > at_right:
                gaps.append(_Gap(at_left, one, at_right, other))
            found.append(EqualRun(one, other, 1))
            at_left, at_right = one + 1, other + 1
        gaps.append(_Gap(at_left, gap.left_end, at_right, gap.right_end))
    found.sort()
    return found


def _trim(left: Sequence[int], right: Sequence[int], gap: _Gap, found: list[EqualRun]) -> _Gap:
    """Remove what is equal at both ends of a gap."""
    a, a_end, b, b_end = gap
    while a < a_end and b < b_end and left[a] == right[b]:
        a, b = a + 1, b + 1
    if a > gap.left:
        found.append(EqualRun(gap.left, gap.right, a - gap.left))
    while a < a_end and b < b_end and left[a_end - 1] == right[b_end - 1]:
        a_end, b_end = a_end - 1, b_end - 1
    if a_end < gap.left_end:
        found.append(EqualRun(a_end, b_end, gap.left_end - a_end))
    return _Gap(a, a_end, b, b_end)


def _anchors(left: Sequence[int], right: Sequence[int], gap: _Gap) -> list[tuple[int, int]] | None:
    """Return ascending pairs that certainly match; None where the gap is better solved exactly."""
    a, a_end, b, b_end = gap
    if (a_end - a) * (b_end - b) <= _EXACT:
        return None
    for length in _PIECES:
        here = _unique_pieces(left, a, a_end, length)
        there = _unique_pieces(right, b, b_end, length)
        both = sorted((here[item], there[item]) for item in here.keys() & there.keys())
        if both:
            return _ascending(both)
    return None


def _unique_pieces(items: Sequence[int], start: int, end: int, length: int) -> dict[object, int]:
    """Return the start of each piece that occurs once."""
    seen: dict[object, int] = {}
    again = set()
    for at in range(start, end - length + 1):
        piece: object = items[at] if length == 1 else tuple(items[at : at + length])
        if piece in seen:
            again.add(piece)
        else:
            seen[piece] = at
    for piece in again:
        del seen[piece]
    return seen


def _ascending(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest subsequence of ``pairs`` whose second numbers ascend, too."""
    tails: list[int] = []
    at_tail: list[int] = []
    before = [-1] * len(pairs)
    for number, (_, other) in enumerate(pairs):
        place = bisect_left(tails, other)
        before[number] = at_tail[place - 1] if place else -1
        if place == len(tails):
            tails.append(other)
            at_tail.append(number)
        else:
            tails[place], at_tail[place] = other, number
    chain = []
    number = at_tail[-1]
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _exactly(left: Sequence[int], right: Sequence[int], gap: _Gap) -> Iterator[EqualRun]:
    """Solve a gap exactly; one that is too large, window by window.

    A large gap comes here only if it repeats itself: then one repeat is as good as another.
    """
    a, a_end, b, b_end = gap
    while a < a_end and b < b_end:
        whole = (a_end - a) * (b_end - b) <= _EXACT
        to_a = a_end if whole else min(a + _WINDOW, a_end)
        to_b = b_end if whole else min(b + _WINDOW, b_end)
        last = (a, b)
        matcher = SequenceMatcher(None, left[a:to_a], right[b:to_b], autojunk=False)
        for one, other, size in matcher.get_matching_blocks():
            if size:
                last = (a + one + size, b + other + size)
                yield EqualRun(a + one, b + other, size)
        if whole:
            return
        a, b = last if last != (a, b) else (to_a, to_b)
