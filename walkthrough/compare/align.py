"""Aligns two sides: which call matches which, and what became of the others."""

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest

from msgspec.structs import replace

from walkthrough.call_stages.calls import CLONES
from walkthrough.compare.anchors import matches
from walkthrough.compare.model import DIFFERENCES, Comparison, Pairs, PairVerdict, Side
from walkthrough.compare.normalize import calls_of, keys_of, longest_shown
from walkthrough.compare.optional_calls import (
    ACCEPTS,
    POLLS,
    empty_accepts,
    found_none,
    found_nothing,
    is_injected,
    is_of_interpreter,
    never_ended,
    rearmed_after_read,
    shared_empty_accepts,
    was_restarted,
)
from walkthrough.compare.order import Order, Threads
from walkthrough.compare.vocabulary import KeyNumbers
from walkthrough.strace_log.model import LogCall

_AHEAD = 60
"""How many calls of the finished side are searched for the next call of the growing one."""
_LOOKED_AT = 16
"""How many equal calls are searched for one that is in order."""
_NONE = -1
_VERDICTS = tuple(PairVerdict)
_NUMBER_OF = {verdict: number for number, verdict in enumerate(_VERDICTS)}


def compare_so_far(left: Side, right: Side) -> Comparison:
    """Align a left side that still grows: what the right has further on has not happened yet."""
    return Comparison(left, right, _LiveAlignment(left, right).pairs())


def compare(left: Side, right: Side) -> Comparison:
    """Align the calls of two sides and classify every difference.

    What one side cannot hold is set aside first. Equal calls in order match, the
    program's own calls before its polls; of the rest equal calls elsewhere match, then the same
    call on the same descriptor.
    """
    return Comparison(left, right, _Alignment(left, right).pairs())


class _Alignment:
    def __init__(self, left: Side, right: Side) -> None:
        self._sides = (left, right)
        self._calls = ours, theirs = (calls_of(left), calls_of(right))
        # Compared with a run of one process, a log that shows no second one is of one process, too.
        if left.one_process or right.one_process:
            left, right = _as_one(left, ours), _as_one(right, theirs)
            self._sides = (left, right)
        longest = min(longest_shown(ours[left.main :]), longest_shown(theirs[right.main :]))
        unmade = (_rows_not_made(left, ours, theirs), _rows_not_made(right, theirs, ours))
        vocabulary = KeyNumbers()
        self._keys = (
            keys_of(left, ours, longest, vocabulary, unmade[0]),
            keys_of(right, theirs, longest, vocabulary, unmade[1]),
        )
        self._compared = (
            _compared(left, ours, right, unmade[0]),
            _compared(right, theirs, left, unmade[1]),
        )
        # Each row's match, and the verdict of a left one.
        self._partners = (_nothing(len(ours)), _nothing(len(theirs)))
        self._verdicts = bytearray(len(ours))
        self._in_vain: list[dict[int, list[int]] | None] = [None, None]
        self._waits: list[frozenset[int] | None] = [None, None]
        self._shared: list[frozenset[int] | None] = [None, None]
        self._mains: dict[int, int] = {}

    def pairs(self) -> Pairs:
        self._in_order()
        in_order = array("i", self._partners[0])
        if self._has_left_over():
            self._elsewhere(in_order)
            self._among_open()
            self._alike()
        return self._merged(in_order)

    def _in_order(self) -> None:
        """Pair what is equal in order; polls, and what found nothing, only within what is paired.

        There are many equal ones, and their number is chance: a series of them must not decide
        which of two equal calls is which.
        """
        own: list[array[int]] = []
        spare: list[array[int]] = []
        both = zip(self._keys, self._calls, self._compared, strict=True)
        for keys, calls, compared in both:
            own.append(array("i"))
            spare.append(array("i"))
            for at, call in zip(compared, _each(calls, compared), strict=True):
                weak = keys.is_optional(at) or found_none(call) or was_restarted(call)
                (spare if weak else own)[-1].append(at)
        self._match(own[0], own[1])
        self._match_between(own, spare)

    def _match(self, left: Sequence[int], right: Sequence[int]) -> None:
        numbers: dict[int, int] = {}
        ours, theirs = self._keys[0].numbers, self._keys[1].numbers
        one = array("i", (numbers.setdefault(ours[at], len(numbers)) for at in left))
        other = array("i", (numbers.setdefault(theirs[at], len(numbers)) for at in right))
        del numbers
        for begin, there, length in matches(one, other):
            for offset in range(length):
                self._pair(left[begin + offset], right[there + offset], PairVerdict.SAME)

    def _match_between(self, own: Sequence[Sequence[int]], spare: Sequence[Sequence[int]]) -> None:
        left, right = spare
        begin, there = 0, 0
        partners = self._partners[0]
        for at in own[0]:
            if partners[at] == _NONE:
                continue
            end = bisect_left(left, at, begin)
            here = bisect_left(right, partners[at], there)
            if end > begin and here > there:
                self._match(left[begin:end], right[there:here])
            begin, there = end, here
        if begin < len(left) and there < len(right):
            self._match(left[begin:], right[there:])

    def _pair(self, one: int, other: int, verdict: PairVerdict) -> None:
        self._partners[0][one] = other
        self._partners[1][other] = one
        self._verdicts[one] = _NUMBER_OF[verdict]

    def _has_left_over(self) -> bool:
        return all(any(True for _ in islice(self._left_of(side), 1)) for side in (0, 1))

    def _left_of(self, side: int) -> Iterator[int]:
        partners = self._partners[side]
        return (at for at in self._compared[side] if partners[at] == _NONE)

    def _left_over(self) -> tuple[list[int], list[int]]:
        """Return the compared rows without a match."""
        return list(self._left_of(0)), list(self._left_of(1))

    def _elsewhere(self, in_order: "array[int]") -> None:
        """Match equal rows at different positions; where there is a choice, in order."""
        left, right = self._left_over()
        waiting: dict[int, deque[int]] = defaultdict(deque)
        for other in right:
            waiting[self._keys[1].numbers[other]].append(other)
        ours = self._keys[0].numbers
        asked = [
            (one, other) for one in left for other in islice(waiting.get(ours[one], ()), _LOOKED_AT)
        ]
        if not asked:
            return
        paired = [(one, other) for one, other in enumerate(in_order) if other != _NONE]
        threads = (self._threads(0), self._threads(1))
        spared = (self._waiting_for_bytes(0), self._waiting_for_bytes(1))
        order = Order(self._keys, threads, paired, asked, spared)
        moved: list[tuple[int, int]] = []
        for broken in (False, True):
            straight = len(moved)
            for one in left:
                there = waiting.get(ours[one])
                if self._partners[0][one] != _NONE or not there:
                    continue
                found = next(
                    (o for o in islice(there, _LOOKED_AT) if broken or not order.is_broken(one, o)),
                    None,
                )
                if found is not None:
                    there.remove(found)
                    self._pair(one, found, PairVerdict.MOVED)
                    moved.append((one, found))
        for one in order.out_of_order(moved[straight:], moved):
            self._verdicts[one] = _NUMBER_OF[PairVerdict.ORDER]

    def _threads(self, number: int) -> Threads:
        # Calls of a recording may be given as those of one thread, and belong to its process.
        side = self._sides[number]
        rows = side.rows if side.one_process else self._calls[number]
        return [call.thread for call in rows]

    def _among_open(self) -> None:
        """Match rows that differ only in the ordinal of a descriptor."""
        numbers: dict[object, int] = {}
        left, right = self._left_over()
        one = [numbers.setdefault(self._keys[0].loose(at), len(numbers)) for at in left]
        other = [numbers.setdefault(self._keys[1].loose(at), len(numbers)) for at in right]
        for begin, there, length in matches(one, other):
            for offset in range(length):
                self._pair(left[begin + offset], right[there + offset], PairVerdict.MOVED)

    def _alike(self) -> None:
        """Match the same call on the same object, with other arguments or another result."""
        for exact in (True, False):
            left, right = self._left_over()
            waiting: dict[object, deque[int]] = defaultdict(deque)
            for other in right:
                if not was_restarted(self._calls[1][other]):
                    waiting[self._likeness(1, other, exact)].append(other)
            for one in left:
                if self._keys[0].is_optional(one) or was_restarted(self._calls[0][one]):
                    continue
                if there := waiting.get(self._likeness(0, one, exact)):
                    other = there.popleft()
                    self._pair(one, other, self._difference(one, other))

    def _difference(self, one: int, other: int) -> PairVerdict:
        rows = (self._calls[0][one], self._calls[1][other])
        if all(map(found_nothing, rows)) and any(map(never_ended, rows)):
            return PairVerdict.POLL
        if rows[0].arguments == rows[1].arguments and rows[0].result == rows[1].result:
            return PairVerdict.MOVED  # a number in it equals a process id by chance
        same = self._keys[0][one].arguments == self._keys[1][other].arguments
        return PairVerdict.RESULT if same else PairVerdict.ARGUMENTS

    def _likeness(self, side: int, at: int, exact: bool) -> object:
        key, row = self._keys[side][at], self._sides[side].rows[at]
        if exact:
            return (key.name, key.about, row.place.shown_under, key.arguments)
        return (key.name, key.about, row.place.shown_under)

    def _merged(self, in_order: "array[int]") -> Pairs:
        """Return all pairs in the order of the left, what only the right has fitted in.

        A right row without a match comes before the next right row that is matched in order.
        """
        after = _nothing(len(self._partners[1]) + 1)  # of a right row: the next left one in order
        for one, other in enumerate(in_order):
            if other != _NONE:
                after[other] = one
        following = _NONE
        before: dict[int, list[int]] = defaultdict(list)
        for other in range(len(self._partners[1]) - 1, -1, -1):
            if after[other] != _NONE:
                following = after[other]
            if self._partners[1][other] == _NONE:
                before[following].append(other)
        pairs = Pairs()
        for one, other in enumerate(self._partners[0]):
            for alone in reversed(before.pop(one, ())):
                pairs.add(_NONE, alone, self._alone(1, alone))
            if other == _NONE:
                pairs.add(one, _NONE, self._alone(0, one))
                continue
            verdict = _VERDICTS[self._verdicts[one]]
            if verdict in DIFFERENCES and self._before_main(0, one):
                verdict = PairVerdict.BEYOND
            pairs.add(one, other, verdict, self._unlike(one, other))
        for alone in reversed(before.pop(_NONE, ())):
            pairs.add(_NONE, alone, self._alone(1, alone))
        return pairs

    def _unlike(self, one: int, other: int) -> tuple[int, ...]:
        if self._keys[0].numbers[one] == self._keys[1].numbers[other]:
            return ()
        if _VERDICTS[self._verdicts[one]] is PairVerdict.MOVED:
            return ()
        ours, theirs = self._keys[0][one].arguments, self._keys[1][other].arguments
        both = zip_longest(ours, theirs)
        return tuple(at for at, (mine, yours) in enumerate(both) if mine != yours)

    def _alone(self, number: int, at: int) -> PairVerdict:
        """Classify a row without a match."""
        beyond, keys = self._sides[1 - number], self._keys[number]
        compared = self._compared[number]
        place = bisect_left(compared, at)
        if place == len(compared) or compared[place] != at:
            return PairVerdict.BEYOND
        call = self._calls[number][at]
        if keys.is_optional(at) or found_nothing(call) or was_restarted(call):
            return PairVerdict.POLL
        if self._was_tried_again(number, at) or at in self._waiting_for_bytes(number):
            return PairVerdict.POLL
        if call.name in ACCEPTS and at in self._shared_in_vain(number):
            return PairVerdict.POLL
        if self._before_main(number, at) or (beyond.selective and is_of_interpreter(keys[at])):
            return PairVerdict.BEYOND
        return PairVerdict.EXTRA if number else PairVerdict.MISSING

    def _was_tried_again(self, number: int, at: int) -> bool:
        """Return whether an accept found nothing, as did one that remains in the same series."""
        found = self._in_vain[number]
        if found is None:
            found = self._in_vain[number] = empty_accepts(self._calls[number], self._keys[number])
        in_a_row = found.get(at, [at])
        partners = self._partners[number]
        return at != in_a_row[0] or any(partners[other] != _NONE for other in in_a_row)

    def _shared_in_vain(self, number: int) -> frozenset[int]:
        found = self._shared[number]
        if found is None:
            keys = self._keys[number]
            found = self._shared[number] = shared_empty_accepts(
                self._calls[number], keys, keys.sole
            )
        return found

    def _waiting_for_bytes(self, number: int) -> frozenset[int]:
        found = self._waits[number]
        if found is None:
            found = rearmed_after_read(self._calls[number], self._keys[number])
            self._waits[number] = found
        return found

    def _before_main(self, number: int, at: int) -> bool:
        """Return whether a row belongs to the start of a language, which differs by itself.

        Where only one side knows its main, the other's begins with the match of that row.
        """
        if not any(side.main for side in self._sides):
            return False
        return at < self._main(number)

    def _main(self, number: int) -> int:
        if number not in self._mains:
            main = self._sides[number].main
            if not main:
                first = self._sides[1 - number].main
                theirs = self._partners[1 - number]
                found = (at for at in islice(theirs, first, None) if at != _NONE)
                main = next(found, 0) if number else min(found, default=0)
            self._mains[number] = main
        return self._mains[number]


class _LiveAlignment(_Alignment):
    """Matches each call of the left as early as possible on the right, within a limited range."""

    def _in_order(self) -> None:
        places: dict[int, list[int]] = defaultdict(list)
        for other in self._compared[1]:
            places[self._keys[1].numbers[other]].append(other)
        frontier = -1
        for one in self._compared[0]:
            if self._calls[0][one].name in POLLS:
                continue  # there are many equal ones: the next may be far ahead of everything else
            there = places.get(self._keys[0].numbers[one], [])
            at = bisect_right(there, frontier)
            if at < len(there) and there[at] <= frontier + _AHEAD:
                frontier = there[at]
                self._pair(one, frontier, PairVerdict.SAME)
        self._frontier = frontier

    def _left_of(self, side: int) -> Iterator[int]:
        left = super()._left_of(side)
        return (at for at in left if at <= self._frontier + 1) if side else left


def _as_one(side: Side, made: Sequence[LogCall]) -> Side:
    if side.one_process or any(call.name in CLONES for call in made):
        return side
    return replace(side, one_process=True)


def _each(calls: Sequence[LogCall], at: Sequence[int]) -> Iterator[LogCall]:
    return (calls[number] for number in at)


def _nothing(length: int) -> "array[int]":
    return array("i", [_NONE]) * length


def _rows_not_made(
    side: Side, ours: Sequence[LogCall], theirs: Sequence[LogCall]
) -> frozenset[int]:
    """Return the rows of calls that were not made, where the other side has only real ones.

    A server that injects its own faults does not make these calls.
    """
    if not side.selective or any(is_injected(call) for call in theirs):
        return frozenset()
    return frozenset(at for at, call in enumerate(ours) if is_injected(call))


def _compared(
    side: Side, ours: Sequence[LogCall], beyond: Side, unmade: frozenset[int]
) -> Sequence[int]:
    """Return the rows that the other side could hold at all."""
    first = side.main if beyond.selective else 0
    if beyond.covers is None and not side.foreign and not unmade:
        return range(first, len(ours))
    return [
        at
        for at, call in enumerate(ours)
        if at >= first
        and at not in side.foreign
        and (beyond.covers is None or call.name in beyond.covers)
        and at not in unmade
    ]
