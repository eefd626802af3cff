"""What is compared: system calls as rows of text, and the verdict on each.

Knows neither files nor a terminal. Texts may come from a log: whoever shows one makes it
printable first.
"""

from array import array
from collections.abc import Sequence
from enum import StrEnum
from typing import overload

import msgspec

from walkthrough.i18n.messages import Message
from walkthrough.model.stages import NOWHERE, Place
from walkthrough.strace_log.model import LogCall, OtherLine


class Row(msgspec.Struct, frozen=True, gc=False):
    """One system call of one side, spelled as strace(1) spells it.

    Attributes:
        at: Its position on its side: an event's ``seq``, or a line number in a log.
        thread: Thread id, None if unknown.
        name: ``accept4``.
        arguments: The text between the parentheses.
        result: The text after ``=``; "" if the call never ended.
        place: Where on the path it was made.
        process: Of several processes the one that made it; None where there is only one, or where
            it is unknown.
    """

    at: int
    thread: int | None
    name: str
    arguments: str
    result: str
    place: Place = NOWHERE
    process: int | None = None


class Side(msgspec.Struct, frozen=True):
    """One of the two runs that are compared.

    Attributes:
        name: What to call it: ``strace``, ``walkthrough``, a file's name.
        rows: Its system calls in the order in which they began.
        covers: Names of the calls it can hold; None for all. Other calls of the other side are
            *beyond*, and no difference.
        main: Index of the first row that belongs to the program itself: what comes before is its
            language's own start. 0 if unknown.
        foreign: Indexes of rows that are not part of the program: its watcher makes them.
        selective: It holds only what the program itself asked for, and nothing that its
            interpreter did.
        remarks: What the reader should know about it, a sentence each: lines that were not
            understood, a torn end.
        calls: The same calls as a log has them, which show when each ended; None if nothing more
            is known of them.
        others: The lines of a log that are not calls.
        one_process: All threads are of one process, though nobody saw them made.
        payload: Whether it holds what was read and written.
    """

    name: str
    rows: Sequence[Row]
    covers: frozenset[str] | None = None
    main: int = 0
    foreign: frozenset[int] = frozenset()
    selective: bool = False
    remarks: tuple[Message | str, ...] = ()
    calls: Sequence[LogCall] | None = None
    others: Sequence[OtherLine] = ()
    one_process: bool = False
    payload: bool = True


class PairVerdict(StrEnum):
    """The verdict on one row, or on two that match."""

    SAME = "same"
    """Equal after normalizing."""
    MOVED = "moved"
    """Equal, but at another place among the calls of other threads: no difference."""
    ORDER = "other order"
    """Equal, but in another order on its own thread."""
    ARGUMENTS = "other arguments"
    RESULT = "other result"
    MISSING = "missing"
    """Only the first side has it."""
    EXTRA = "extra"
    """Only the second side has it."""
    BEYOND = "beyond"
    """The other side does not record calls of this name, or not at this time: no difference."""
    POLL = "poll"
    """Up to the scheduler: a poll or a read that found nothing yet, a wake-up within the program;
    or up to the allocator, or a question to the kernel about itself. No difference."""


DIFFERENCES = frozenset(
    {
        PairVerdict.ORDER,
        PairVerdict.ARGUMENTS,
        PairVerdict.RESULT,
        PairVerdict.MISSING,
        PairVerdict.EXTRA,
    }
)


_VERDICTS = tuple(PairVerdict)
_NUMBERS = {verdict: number for number, verdict in enumerate(_VERDICTS)}


class Pair(msgspec.Struct, frozen=True, gc=False):
    """A row of the first side, one of the second, or both, by their index in ``Side.rows``.

    ``unlike`` are the numbers, from 0, of the arguments that are not the same.
    """

    left: int | None
    right: int | None
    verdict: PairVerdict
    unlike: tuple[int, ...] = ()


class Pairs(Sequence[Pair]):
    """Millions of pairs: each is made on demand."""

    def __init__(self) -> None:
        self._left = array("i")
        self._right = array("i")
        self._verdicts = bytearray()
        self._unlike: dict[int, tuple[int, ...]] = {}

    def add(
        self, left: int, right: int, verdict: PairVerdict, unlike: tuple[int, ...] = ()
    ) -> None:
        """Append a pair; a row that is not there is -1."""
        if unlike:
            self._unlike[len(self._left)] = unlike
        self._left.append(left)
        self._right.append(right)
        self._verdicts.append(_NUMBERS[verdict])

    def __len__(self) -> int:
        return len(self._left)

    @overload
    def __getitem__(self, at: int) -> Pair: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Pair]: ...

    def __getitem__(self, at: int | slice) -> Pair | Sequence[Pair]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        left, right = self._left[at], self._right[at]
        return Pair(
            left if left >= 0 else None,
            right if right >= 0 else None,
            _VERDICTS[self._verdicts[at]],
            self._unlike.get(at % len(self), ()),
        )


class Comparison(msgspec.Struct, frozen=True):
    """Two sides and their pairs, in the order of the first side, with the second's inserted."""

    left: Side
    right: Side
    pairs: Sequence[Pair]

    @property
    def differs(self) -> bool:
        """Return whether anything is different that should be the same."""
        return any(pair.verdict in DIFFERENCES for pair in self.pairs)
