"""Whether a moved call has changed its order with others that it must not pass."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from walkthrough.compare.anchors import matches
from walkthrough.compare.optional_calls import ACCEPTS, CONNECTION, SHARED, WAITS, is_optional
from walkthrough.compare.shapes import WRITES, RowKey
from walkthrough.compare.vocabulary import SideKeys

Threads = Sequence[int | None]
_REST = "rest"


class _Lane:
    """The ordered pairs of one lane, and which of their neighbours are equal.

    Equal calls might as well have been matched the other way round: two of them that cross
    do not prove another order.
    """

    def __init__(self) -> None:
        self._ones: list[int] = []
        self._others: list[int] = []
        self._keys: list[int] = []
        self._begins: list[int] = []  # the run of equal calls that each is in
        self._ends: list[int] = []

    def add(self, one: int, other: int, key: int) -> None:
        at = len(self._keys)
        alike = at > 0 and self._keys[-1] == key
        self._begins.append(self._begins[-1] if alike else at)
        self._ones.append(one)
        self._others.append(other)
        self._keys.append(key)

    def crosses(self, one: int, other: int, key: int) -> bool:
        """Return whether a pair crosses one of these that is not equal to it."""
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

    def pairs(self) -> Iterator[tuple[int, int]]:
        return zip(self._ones, self._others, strict=True)

    def _find_ends(self) -> None:
        end = len(self._keys)
        self._ends = [end] * end
        for at in reversed(range(end)):
            self._ends[at] = end
            if self._begins[at] == at:
                end = at


class Order:
    """What keeps calls in order, on both sides.

    Args:
        keys: Of both sides.
        threads: The thread of every row, of both sides.
        in_order: Pairs that are in order.
        moved: The pairs to be checked.
        spared: Rows of the left, and of the right, whose order is up to the scheduler.
    """

    def __init__(
        self,
        keys: tuple[SideKeys, SideKeys],
        threads: tuple[Threads, Threads],
        in_order: Iterable[tuple[int, int]],
        moved: Sequence[tuple[int, int]],
        spared: tuple[frozenset[int], frozenset[int]],
    ) -> None:
        self._spared = spared
        self._keys = keys
        self._threads = threads
        in_order = list(in_order)
        self._again = keys[0].again() | keys[1].again()
        self._counterpart = self._counterparts(in_order)
        wanted = {lane for one, other in moved for lane in self._lanes_of(one, other)}
        self._lanes: defaultdict[object, _Lane] = defaultdict(_Lane)
        for one, other in in_order if wanted else ():
            for lane in self._lanes_of(one, other):
                if lane in wanted:
                    self._lanes[lane].add(one, other, keys[0].numbers[one])

    def is_broken(self, one: int, other: int) -> bool:
        """Return whether a pair crosses one that is in order, in one of its lanes."""
        key = self._keys[0][one]
        if one in self._spared[0] or other in self._spared[1]:
            return False
        if (
            is_optional(key)
            or key.name in WAITS
            or (key.about in SHARED and not self._sole(one, other))
        ):
            return False
        number = self._keys[0].numbers[one]
        return any(self._lanes[at].crosses(one, other, number) for at in self._lanes_of(one, other))

    def out_of_order(
        self, crossing: Sequence[tuple[int, int]], moved: Sequence[tuple[int, int]]
    ) -> set[int]:
        """Return the left rows of crossing pairs that really are in another order.

        Where equal calls repeat, other ones may have been matched than those that
        belong together. So a whole lane is considered, from its beginning to its end.

        Args:
            crossing: The pairs to be checked.
            moved: All pairs that are not in order, including these.
        """
        lanes = {lane for one, other in crossing for lane in self._lanes_of(one, other)}
        members: defaultdict[object, list[tuple[int, int]]] = defaultdict(list)
        for one, other in moved if lanes else ():
            for lane in self._lanes_of(one, other):
                if lane in lanes:
                    members[lane].append((one, other))
        numbers = self._keys[0].numbers
        out: set[int] = set()
        for lane in lanes:
            both = [*members[lane], *self._lanes[lane].pairs()]
            ones = sorted(one for one, _ in both)
            partners = {other: one for one, other in both}
            left = [numbers[one] for one in ones]
            right = [numbers[partners[other]] for other in sorted(partners)]
            kept = {ones[at + n] for at, _, length in matches(left, right) for n in range(length)}
            out.update(one for one, _ in members[lane] if one not in kept)
        return out.intersection(one for one, _ in crossing)

    def _counterparts(self, in_order: Iterable[tuple[int, int]]) -> dict[int | None, int | None]:
        """Return which thread of the right does what a thread of the left does, by most calls."""
        ours, theirs = self._threads
        both = Counter((ours[one], theirs[other]) for one, other in in_order)
        found: dict[int | None, int | None] = {}
        taken = set[int | None]()
        for (one, other), _ in both.most_common():
            if one not in found and other not in taken:
                found[one] = other
                taken.add(other)
        return found

    def _sole(self, one: int, other: int) -> bool:
        ours, theirs = self._threads
        return ours[one] in self._keys[0].sole and theirs[other] in self._keys[1].sole

    def _lanes_of(self, one: int, other: int) -> Iterator[object]:
        """Yield the lanes within which a call must keep its order.

        A thread of a Go program runs one goroutine after another, so a thread alone proves nothing:
        the descriptor must be the same, too. In a process with one thread it does; but when each of
        several connections is ready, and when there is one more to accept, depends on its clients;
        and when a log file is written, on a timer.
        """
        thread, counterpart = self._threads[0][one], self._threads[1][other]
        if thread not in self._counterpart or self._counterpart[thread] != counterpart:
            return
        key: RowKey = self._keys[0][one]
        if not self._sole(one, other):
            # Which of several threads makes a call on no descriptor is unknown.
            if key.about or self._keys[0].numbers[one] not in self._again:
                yield thread, key.about
            return
        subject = key.about.rpartition(" ")[2] if key.name == "epoll_ctl" else key.about
        yield thread, subject
        written = key.name in WRITES and key.about.startswith('"')
        if not (subject.startswith(CONNECTION) or key.name in ACCEPTS or written):
            yield thread, _REST, None
