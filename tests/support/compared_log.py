"""An strace log of the first connection, aligned with it, with what only one side has."""

from tests.support.records import first_connection
from walkthrough.compare.follow_lines import AlignedLog
from walkthrough.compare.model import Comparison, Pair, PairVerdict, Row, Side
from walkthrough.formatting import strace_lines as notation
from walkthrough.model.events import CallEntered, CallReturned
from walkthrough.state.history import History
from walkthrough.strace_log.model import LineKind, OtherLine

EVENTS = first_connection()
ENDS = {event.span: event for event in EVENTS if isinstance(event, CallReturned)}
BEGINS = [event for event in EVENTS if isinstance(event, CallEntered)]
OTHERS = (
    OtherLine(2, 8, LineKind.SIGNAL, "--- SIGURG {si_signo=SIGURG} ---"),
    OtherLine(99, 8, LineKind.UNKNOWN, "\x1b[31mred\x1b[0m"),
)


def rows() -> list[Row]:
    """Spell the walk's calls as rows."""
    spelled = []
    for event in BEGINS:
        call = notation.call(event, ENDS.get(event.span))
        name, _, rest = call.partition("(")
        result = notation.result(event, ENDS.get(event.span))
        spelled.append(Row(event.seq, 7, name, rest[:-1], result))
    return spelled


class Log:
    """A log of the same walk that lacks its second call, has another backlog, and two lines more.

    Stands for a `Following`: what is compared with what is settled from the start.
    """

    def __init__(self) -> None:
        ours = rows()
        theirs = [Row(1, 7, "mmap", "NULL, 4096", "0x7f0000000000")]
        theirs += [row for row in ours if row is not ours[1]]
        lines = [
            Row(at, 8, row.name, row.arguments.replace("3, 4096", "3, 128"), row.result)
            for at, row in enumerate(theirs, 1)
        ]
        pairs = [Pair(None, 0, PairVerdict.BEYOND), Pair(0, 1, PairVerdict.SAME)]
        pairs.append(Pair(1, None, PairVerdict.MISSING))
        for at, row in enumerate(ours[2:], 2):
            pairs.append(
                Pair(at, at, PairVerdict.ARGUMENTS if row.name == "listen" else PairVerdict.SAME)
            )
        self.lines = lines
        left, right = Side("walkthrough", tuple(ours)), Side("strace", tuple(lines))
        self._beside = AlignedLog(Comparison(left, right, tuple(pairs)), OTHERS)

    def align(self, history: History, *, ended: bool) -> AlignedLog:
        return self._beside
