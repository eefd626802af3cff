"""In which order the calls of a log began and ended, and where its other lines come among them.

The order is that of lines; in the merged files of ``-ff`` it is that of times.
"""

import heapq
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from itertools import pairwise

from walkthrough.strace_log.model import LogCall, OtherLine


class LogStepKind(Enum):
    """What a step of a log is."""

    BEGINS = auto()
    """A call begins."""
    ENDS = auto()
    """A call ends, or nothing more of it is in the log."""
    OTHER = auto()
    """A line that is not a call."""


_WHATS = (LogStepKind.ENDS, LogStepKind.OTHER)
_ENDS, _OTHER = range(2)

LogStep = tuple[LogStepKind, int]
"""What it is, and the number of the call, or of the other line."""


def log_steps(calls: Sequence[LogCall], others: Sequence[OtherLine] = ()) -> Iterator[LogStep]:
    """Yield every step of a log; each call both begins and ends.

    Args:
        calls: In the order in which they began.
        others: In the order of lines.
    """
    if any(later.line < earlier.line for earlier, later in pairwise(calls)):
        return iter(_by_times(calls, others))
    return _by_lines(calls, others)


def _by_lines(calls: Sequence[LogCall], others: Sequence[OtherLine]) -> Iterator[LogStep]:
    # The pending ends of calls, and the other lines, by line: a heap.
    ahead = [(other.line, _OTHER, number) for number, other in enumerate(others)]
    for number, call in enumerate(calls):
        line = call.line
        while ahead and ahead[0][0] < line:
            _, what, which = heapq.heappop(ahead)
            yield _WHATS[what], which
        yield LogStepKind.BEGINS, number
        if call.end > line:
            heapq.heappush(ahead, (call.end, _ENDS, number))
        else:
            yield LogStepKind.ENDS, number
    while ahead:
        _, what, which = heapq.heappop(ahead)
        yield _WHATS[what], which


def _by_times(calls: Sequence[LogCall], others: Sequence[OtherLine]) -> list[LogStep]:
    found: list[tuple[int, int, LogStep]] = []
    last = 0
    for number, call in enumerate(calls):
        began = call.time_ns or 0
        last = max(last, ended := began + (call.duration_ns or 0))
        found.append((began, 2 * number, (LogStepKind.BEGINS, number)))
        found.append((ended, 2 * number + 1, (LogStepKind.ENDS, number)))
    for number, other in enumerate(others):
        time = last if other.time_ns is None else other.time_ns
        found.append((time, 2 * (len(calls) + number), (LogStepKind.OTHER, number)))
    found.sort(key=lambda each: each[:2])
    return [step for _, _, step in found]
