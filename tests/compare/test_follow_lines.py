"""Where in a log an event of the walk is."""

from walkthrough.compare.align import compare
from walkthrough.compare.follow_lines import AlignedLine, AlignedLog
from walkthrough.compare.model import Comparison, Pair, PairVerdict, Row, Side
from walkthrough.strace_log.model import LineKind, OtherLine


def row(at: int, name: str, result: str = "0") -> Row:
    return Row(at, 7, name, "3", result)


WALK = Side("walkthrough", (row(4, "socket"), row(9, "bind"), row(12, "listen")))
LOG = Side("strace", (row(1, "mmap"), row(2, "socket"), row(4, "bind", "-1"), row(7, "exit_group")))
OTHERS = (
    OtherLine(3, 7, LineKind.SIGNAL, "--- SIGURG ---"),
    OtherLine(8, 7, LineKind.UNKNOWN, "?!"),
)
PAIRS = (
    Pair(None, 0, PairVerdict.BEYOND),
    Pair(0, 1, PairVerdict.SAME),
    Pair(1, 2, PairVerdict.RESULT),
    Pair(2, None, PairVerdict.MISSING),
    Pair(None, 3, PairVerdict.EXTRA),
)


def aligned_log() -> AlignedLog:
    return AlignedLog(Comparison(WALK, LOG, PAIRS), OTHERS)


def test_lines_stand_in_the_order_of_the_walk_and_nothing_of_the_log_is_left_out() -> None:
    assert aligned_log().lines == (
        AlignedLine("mmap(3)", 1, -1, PairVerdict.BEYOND, result="0"),
        AlignedLine("socket(3)", 2, 4, PairVerdict.SAME, result="0"),
        AlignedLine("--- SIGURG ---", 3, -1, kind=LineKind.SIGNAL),
        AlignedLine("bind(3)", 4, 9, PairVerdict.RESULT, result="-1", ours="bind(3) = 0"),
        AlignedLine("listen(3)", 0, 12, PairVerdict.MISSING, result="0"),
        AlignedLine("exit_group(3)", 7, -1, PairVerdict.EXTRA, result="0"),
        AlignedLine("?!", 8, -1, kind=LineKind.UNKNOWN),
    )


def test_an_event_is_at_the_newest_call_that_has_begun() -> None:
    lines = aligned_log()
    assert [lines.at(index) for index in (-1, 3, 4, 8, 9, 11, 12, 99)] == [-1, -1, 1, 1, 3, 3, 4, 4]
    assert lines.reached == 4


def test_what_differs_is_counted() -> None:
    lines = aligned_log()
    assert lines.same == 1
    assert [lines.different(end) for end in (0, len(lines.lines))] == [0, 4]


def test_nothing_beside_nothing() -> None:
    empty = AlignedLog(Comparison(Side("a", ()), Side("b", ()), ()))
    assert (empty.lines, empty.at(3), empty.reached) == ((), -1, -1)


def test_a_call_that_has_not_returned_differs_in_nothing_yet() -> None:
    walk = Side("walkthrough", (row(4, "accept4", ""),))
    log = Side("strace", (row(1, "accept4", "4"),))
    (line,) = AlignedLog(Comparison(walk, log, (Pair(0, 0, PairVerdict.RESULT),))).lines
    assert line == AlignedLine("accept4(3)", 1, 4, PairVerdict.SAME, result="4")


def test_calls_by_which_a_program_was_watched_are_left_out() -> None:
    rows = [Row(at, 7, name, arguments, "0") for at, name, arguments in WATCHED]
    comparison = compare(Side("a", ()), Side("b", tuple(rows), foreign=frozenset({0, 2})))
    assert [line.number for line in AlignedLog(comparison).lines] == [2]


WATCHED = [(1, "write", '200, "{", 1'), (2, "listen", "3, 1"), (3, "read", '201, ".", 1')]
