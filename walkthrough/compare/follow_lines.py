"""A log's lines aligned with the events of a walk: which line is at which event.

Pure. Texts are those of the log and may hold anything: whoever shows one makes it printable.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from walkthrough.compare.model import DIFFERENCES, Comparison, PairVerdict, Row
from walkthrough.strace_log.model import LineKind, OtherLine


class AlignedLine(NamedTuple):
    """One line.

    Attributes:
        text: The call without its result, the signal or the remark, as the log spells it; as the
            walk does where only that has it.
        number: Its number in the log, 0 if the log has none.
        seq: The event at which the call begins, -1 if the walk has none.
        verdict: What became of the call; None for a line that is not a call.
        kind: What a line that is not a call says; None for a call.
        result: What follows ``=``; "" for a line that is not a call.
        ours: How the walk spells the call where that differs; "" where the two are the same.
    """

    text: str
    number: int
    seq: int
    verdict: PairVerdict | None = None
    kind: LineKind | None = None
    result: str = ""
    ours: str = ""

    @property
    def differs(self) -> bool:
        """Return whether the log and the walk disagree here."""
        return self.verdict in DIFFERENCES or self.kind is LineKind.UNKNOWN


class AlignedLog:
    """The lines of a log in the order of the walk, and where in them an event is.

    Args:
        comparison: The walk, as the left side, and the log.
        others: The lines of the log that are not calls, in order.

    Attributes:
        lines: The lines.
        same: How many agree with the walk.
        reached: The last line that the walk has an event for, -1 if it has none. What comes
            after it is not missing in a walk that still goes on: it has not happened yet.
    """

    def __init__(self, comparison: Comparison, others: Sequence[OtherLine] = ()) -> None:
        self.lines = tuple(_lines(comparison, others))
        # Lines with an event of their own, in the order of the events.
        met = sorted((line.seq, at) for at, line in enumerate(self.lines) if line.seq >= 0)
        self._seqs = [seq for seq, _ in met]
        self._rows = [at for _, at in met]
        self.same = sum(
            line.verdict in (PairVerdict.SAME, PairVerdict.MOVED) for line in self.lines
        )
        self.reached = max(self._rows, default=-1)
        self._different = (0, *accumulate(line.differs for line in self.lines))

    def at(self, index: int) -> int:
        """Return which line the walk has reached with event ``index``; -1 before the first."""
        before = bisect_right(self._seqs, index)
        return self._rows[before - 1] if before else -1

    def different(self, end: int) -> int:
        """Count the lines before line ``end`` in which the log and the walk disagree."""
        return self._different[end]


def _lines(comparison: Comparison, others: Sequence[OtherLine]) -> Iterator[AlignedLine]:
    left, right = comparison.left.rows, comparison.right.rows
    next_other = 0
    for pair in comparison.pairs:
        if pair.right in comparison.right.foreign:
            continue
        ours = left[pair.left] if pair.left is not None else None
        theirs = right[pair.right] if pair.right is not None else None
        while theirs and next_other < len(others) and others[next_other].line < theirs.at:
            yield _other(others[next_other])
            next_other += 1
        if theirs is not None:
            yield _both(ours, theirs, pair.verdict)
        elif ours is not None:
            yield _line(ours, 0, ours.at, pair.verdict)
    yield from map(_other, others[next_other:])


def _both(ours: Row | None, theirs: Row, verdict: PairVerdict) -> AlignedLine:
    if ours is None:
        return _line(theirs, theirs.at, -1, verdict)
    if verdict is PairVerdict.RESULT and not ours.result:
        verdict = PairVerdict.SAME  # it has not returned yet: so far it is the same
    unlike = verdict in (PairVerdict.ARGUMENTS, PairVerdict.RESULT)
    return _line(theirs, theirs.at, ours.at, verdict, spelled(ours) if unlike else "")


def _line(row: Row, number: int, seq: int, verdict: PairVerdict, ours: str = "") -> AlignedLine:
    return AlignedLine(_call(row), number, seq, verdict, result=row.result or "?", ours=ours)


def _call(row: Row) -> str:
    return f"{row.name}({row.arguments})"


def _other(other: OtherLine) -> AlignedLine:
    return AlignedLine(other.text, other.line, -1, kind=other.kind)


def spelled(row: Row) -> str:
    """Return a row as one line, without the padding before ``=``."""
    return f"{_call(row)} = {row.result or '?'}"
