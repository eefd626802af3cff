"""Lays two sides beside each other: which call is which, and what became of the others."""

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from walkthrough.compare.anchors import matches
from walkthrough.compare.normal import Key, calls, keys_of, longest_shown
from walkthrough.compare.rows import DIFFERENCES, Comparison, Pair, Row, Side, Verdict

_POLLS = calls(
    "epoll_wait epoll_pwait epoll_pwait2 poll ppoll select pselect6 futex nanosleep "
    "clock_nanosleep sched_yield restart_syscall rt_sigreturn"
)
_READS = calls("read readv pread64 preadv recvfrom recvmsg recvmmsg")
_ACCEPTS = calls("accept accept4")
_SHARED = ("stdin", "stdout", "stderr")
"""What all of a program's threads may write to, each at its own time."""
_WAKERS = ("eventfd", "pipe")


_AHEAD = 60
"""So many calls of the whole side are looked through for the next call of one that goes on."""


def compare_so_far(left: Side, right: Side) -> Comparison:
    """Align a left side that still goes on: what the right has further on has not come yet."""
    return Comparison(left, right, _SoFar(left, right).pairs())


def compare(left: Side, right: Side) -> Comparison:
    """Align the calls of two sides and class every difference.

    What one side cannot hold is set aside first. What is equal in order belongs together; of the
    rest what is equal elsewhere, then what is the same call on the same descriptor.
    """
    return Comparison(left, right, _Alignment(left, right).pairs())


class _Alignment:
    def __init__(self, left: Side, right: Side) -> None:
        self._sides = (left, right)
        longest = min(longest_shown(side.rows[side.main :]) for side in self._sides)
        unmade = (_unmade(left, right), _unmade(right, left))
        self._keys = (
            keys_of(left.rows, longest, unmade[0]),
            keys_of(right.rows, longest, unmade[1]),
        )
        self._compared = (_compared(left, right, unmade[0]), _compared(right, left, unmade[1]))
        self._compared_rows = (frozenset(self._compared[0]), frozenset(self._compared[1]))
        self._in_vain = tuple(map(_in_vain, self._sides, self._keys))
        self._partner: dict[int, tuple[int, Verdict]] = {}  # of a left row
        self._taken: set[int] = set()  # right rows that have a partner
        self._mains: dict[int, int] = {}

    def pairs(self) -> tuple[Pair, ...]:
        self._in_order()
        in_order = sorted((one, other) for one, (other, _) in self._partner.items())
        self._elsewhere(in_order)
        self._alike()
        return tuple(self._merged([other for _, other in in_order], in_order))

    def _in_order(self) -> None:
        numbers: dict[Key, int] = {}
        left, right = (
            [numbers.setdefault(keys[at], len(numbers)) for at in compared]
            for keys, compared in zip(self._keys, self._compared, strict=True)
        )
        for one, other in matches(left, right):
            self._pair(self._compared[0][one], self._compared[1][other], Verdict.SAME)

    def _pair(self, one: int, other: int, verdict: Verdict) -> None:
        self._partner[one] = (other, verdict)
        self._taken.add(other)

    def _left_over(self) -> tuple[list[int], list[int]]:
        return (
            [at for at in self._compared[0] if at not in self._partner],
            [at for at in self._compared[1] if at not in self._taken],
        )

    def _elsewhere(self, in_order: Sequence[tuple[int, int]]) -> None:
        """Pair what is equal, and stands elsewhere."""
        left, right = self._left_over()
        waiting: dict[Key, deque[int]] = defaultdict(deque)
        for other in right:
            waiting[self._keys[1][other]].append(other)
        order = _Order(self._sides, self._keys, in_order)
        for one in left:
            if there := waiting.get(self._keys[0][one]):
                other = there.popleft()
                verdict = Verdict.ORDER if order.is_broken(one, other) else Verdict.MOVED
                self._pair(one, other, verdict)

    def _alike(self) -> None:
        """Pair what is the same call on the same thing, with other arguments or another result."""
        for exact in (True, False):
            left, right = self._left_over()
            waiting: dict[object, deque[int]] = defaultdict(deque)
            for other in right:
                waiting[self._likeness(1, other, exact)].append(other)
            for one in left:
                likeness = self._likeness(0, one, exact)
                if self._keys[0][one].name not in _POLLS and (there := waiting.get(likeness)):
                    other = there.popleft()
                    self._pair(one, other, self._difference(one, other))

    def _difference(self, one: int, other: int) -> Verdict:
        rows = (self._sides[0].rows[one], self._sides[1].rows[other])
        if all(map(_found_nothing, rows)) and any(map(_never_ended, rows)):
            return Verdict.POLL
        same = self._keys[0][one].arguments == self._keys[1][other].arguments
        return Verdict.RESULT if same else Verdict.ARGUMENTS

    def _likeness(self, side: int, at: int, exact: bool) -> object:
        key, row = self._keys[side][at], self._sides[side].rows[at]
        if exact:
            return (key.name, key.about, row.place.shown_under, key.arguments)
        return (key.name, key.about, row.place.shown_under)

    def _merged(self, rights: list[int], in_order: list[tuple[int, int]]) -> Iterable[Pair]:
        """Yield all pairs in the order of the left, what only the right has fitted in.

        A right row without a partner comes before the next right row that is paired in order.
        """
        before: dict[int, list[int]] = defaultdict(list)
        for other in range(len(self._sides[1].rows)):
            if other not in self._taken:
                place = bisect_left(rights, other)
                before[in_order[place][0] if place < len(in_order) else -1].append(other)
        for one in range(len(self._sides[0].rows)):
            for other in before.pop(one, ()):
                yield Pair(None, other, self._alone(1, other))
            partner = self._partner.get(one)
            if partner is None:
                yield Pair(one, None, self._alone(0, one))
            else:
                other, verdict = partner
                if verdict in DIFFERENCES and self._before_main(0, one):
                    verdict = Verdict.BEYOND
                yield Pair(one, other, verdict, self._unlike(one, other))
        for other in before.pop(-1, ()):
            yield Pair(None, other, self._alone(1, other))

    def _unlike(self, one: int, other: int) -> tuple[int, ...]:
        ours, theirs = self._keys[0][one].arguments, self._keys[1][other].arguments
        if ours == theirs:
            return ()
        both = zip_longest(ours, theirs)
        return tuple(at for at, (mine, yours) in enumerate(both) if mine != yours)

    def _alone(self, number: int, at: int) -> Verdict:
        """Class a row that has no partner."""
        side, beyond = self._sides[number], self._sides[1 - number]
        row, key = side.rows[at], self._keys[number][at]
        if at not in self._compared_rows[number]:
            return Verdict.BEYOND
        if row.name in _POLLS or key.about.startswith(_WAKERS) or _found_nothing(row):
            return Verdict.POLL
        if self._was_tried_again(number, at):
            return Verdict.POLL
        if self._before_main(number, at) or (beyond.selective and _is_interpreters(key, row)):
            return Verdict.BEYOND
        return Verdict.EXTRA if number else Verdict.MISSING

    def _was_tried_again(self, number: int, at: int) -> bool:
        """Tell whether an accept found nothing, as another of the same row has that remains."""
        in_a_row = self._in_vain[number].get(at, [at])
        partners = self._taken if number else self._partner
        return at != in_a_row[0] or any(other in partners for other in in_a_row)

    def _before_main(self, number: int, at: int) -> bool:
        """Tell whether a row belongs to the start of a language, which differs by itself.

        Where only one side knows its main, the other's begins with the partner of that row.
        """
        if not any(side.main for side in self._sides):
            return False
        return at < self._main(number)

    def _main(self, number: int) -> int:
        if number in self._mains:
            return self._mains[number]
        main = self._sides[number].main
        if not main and number == 1:
            first = self._sides[0].main
            main = next((o for one, (o, _) in sorted(self._partner.items()) if one >= first), 0)
        elif not main:
            first = self._sides[1].main
            main = min((one for one, (o, _) in self._partner.items() if o >= first), default=0)
        self._mains[number] = main
        return main


class _SoFar(_Alignment):
    """Takes each call of the left as early as the right has it, and looks only so far ahead."""

    def _in_order(self) -> None:
        places: dict[Key, list[int]] = defaultdict(list)
        for other in self._compared[1]:
            places[self._keys[1][other]].append(other)
        frontier = -1
        for one in self._compared[0]:
            key = self._keys[0][one]
            if key.name in _POLLS:
                continue  # there are many alike: the next may be far ahead of all else
            there = places.get(key, [])
            at = bisect_right(there, frontier)
            if at < len(there) and there[at] <= frontier + _AHEAD:
                frontier = there[at]
                self._pair(one, frontier, Verdict.SAME)
        self._frontier = frontier

    def _left_over(self) -> tuple[list[int], list[int]]:
        left, right = super()._left_over()
        return left, right[: bisect_right(right, self._frontier + 1)]


def _unmade(side: Side, beyond: Side) -> frozenset[int]:
    """Return the rows of calls that were not made, where the other side has only real ones.

    A server that lets its own calls fail does not make them.
    """
    if not side.selective or any(_is_injected(row) for row in beyond.rows):
        return frozenset()
    return frozenset(at for at, row in enumerate(side.rows) if _is_injected(row))


def _compared(side: Side, beyond: Side, unmade: frozenset[int]) -> list[int]:
    """Return the rows that the other side could hold at all."""
    return [
        at
        for at, row in enumerate(side.rows)
        if at not in side.foreign
        and (beyond.covers is None or row.name in beyond.covers)
        and not (beyond.selective and at < side.main)
        and at not in unmade
    ]


def _is_injected(row: Row) -> bool:
    return row.result.endswith("(INJECTED)")


def _found_nothing(row: Row) -> bool:
    """Tell whether a read came before its bytes: whether it does is a race in every run.

    So it is whether the run is ended before such a read has said so.
    """
    return row.name in _READS and (_never_ended(row) or row.result.startswith("-1 EAGAIN"))


def _in_vain(side: Side, keys: Sequence[Key]) -> dict[int, list[int]]:
    """Return, for each accept that found nothing, all that did so in a row on its listener.

    News of a listener may come late, when its connection has been accepted already: then accept is
    tried once more in vain. Whether it does is a race of two threads in every run. That accept has
    found nothing at all is none: a client was not there yet.
    """
    in_a_row: dict[str, list[int]] = {}
    found: dict[int, list[int]] = {}
    for at, row in enumerate(side.rows):
        if row.name not in _ACCEPTS:
            continue
        if not row.result.startswith("-1 EAGAIN"):
            in_a_row.pop(keys[at].about, None)
            continue
        found[at] = in_a_row.setdefault(keys[at].about, [])
        found[at].append(at)
    return found


def _never_ended(row: Row) -> bool:
    return row.result in ("", "?")


def _is_interpreters(key: Key, row: Row) -> bool:
    """Tell whether an interpreter did this for itself: it opens and reads files of its own."""
    about = key.about
    return (
        row.name in ("openat", "open", "fcntl")
        or about.startswith(('"', "copy of"))
        or about.isdigit()
    )


class _Lane:
    """The pairs in order of one thread and one descriptor, and which of their neighbours are alike.

    Calls that are equal might as well have been paired the other way round: two of them that cross
    tell of no other order.
    """

    def __init__(self) -> None:
        self._ones: list[int] = []
        self._others: list[int] = []
        self._keys: list[Key] = []
        self._begins: list[int] = []  # of the run of equal calls that each is in
        self._ends: list[int] = []

    def add(self, one: int, other: int, key: Key) -> None:
        at = len(self._keys)
        alike = at > 0 and self._keys[-1] == key
        self._begins.append(self._begins[-1] if alike else at)
        self._ones.append(one)
        self._others.append(other)
        self._keys.append(key)

    def crosses(self, one: int, other: int, key: Key) -> bool:
        """Tell whether a pair crosses one of these that is not equal to it."""
        if len(self._ends) < len(self._keys):
            self._find_ends()
        after = bisect_left(self._ones, one)
        before = after - 1
        if before >= 0 and self._keys[before] == key:
            before = self._begins[before] - 1
        if after < len(self._keys) and self._keys[after] == key:
            after = self._ends[after]
        return (before >= 0 and self._others[before] > other) or (
            after < len(self._keys) and self._others[after] < other
        )

    def _find_ends(self) -> None:
        end = len(self._keys)
        self._ends = [end] * end
        for at in reversed(range(end)):
            self._ends[at] = end
            if self._begins[at] == at:
                end = at


class _Order:
    """Whether a call that stands elsewhere has changed its order with others of its own thread."""

    def __init__(
        self,
        sides: tuple[Side, Side],
        keys: tuple[list[Key], list[Key]],
        in_order: Sequence[tuple[int, int]],
    ) -> None:
        self._sides, self._keys = sides, keys
        self._lanes: dict[object, _Lane] = defaultdict(_Lane)
        self._alone = all(len({row.thread for row in side.rows}) < 2 for side in sides)
        for one, other in in_order:
            self._lanes[self._lane(one, other)].add(one, other, keys[0][one])

    def _lane(self, one: int, other: int) -> object:
        """Return what keeps two calls in order: one thread, and one descriptor.

        A thread of Go's runs now this goroutine and now that, so a thread alone tells nothing; in a
        program of one thread it does.
        """
        if self._alone:
            return None
        threads = (self._sides[0].rows[one].thread, self._sides[1].rows[other].thread)
        return (*threads, self._keys[0][one].about)

    def is_broken(self, one: int, other: int) -> bool:
        """Tell whether a pair crosses one that is in order, in its own lane."""
        key = self._keys[0][one]
        if key.name in _POLLS or (key.about in _SHARED and not self._alone):
            return False
        return self._lanes[self._lane(one, other)].crosses(one, other, key)
