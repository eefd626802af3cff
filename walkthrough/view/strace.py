"""What the strace pane says: an strace log beside the walk, and where the two differ.

The log's lines are in step with the events. Rows are made when they are asked for, by number.
"""

from walkthrough.compare.follow_lines import AlignedLine, AlignedLog
from walkthrough.compare.model import PairVerdict
from walkthrough.strace_log.model import LineKind
from walkthrough.view.step import StepContext
from walkthrough.view.text import Piece, Row, cell_width, elide, safe, wrap

_MOST_ROWS = 8
"""The line that the walk has come to is written out over at most this many rows."""

_MARKS = {
    PairVerdict.SAME: ("= ", "done"),
    PairVerdict.MOVED: ("~ ", "done"),
    PairVerdict.ORDER: ("≠ ", "failed"),
    PairVerdict.ARGUMENTS: ("≠ ", "failed"),
    PairVerdict.RESULT: ("≠ ", "failed"),
    PairVerdict.MISSING: ("- ", "failed"),
    PairVerdict.EXTRA: ("+ ", "failed"),
}
_UNMARKED = ("  ", "dim")


class StraceRows:
    """All lines of a log; the one that the walk has come to is written out whole.

    Args:
        step: The step.
        aligned: The log's lines beside the walk's events.
        width: Cells of a row.
        ended: No more events will come: what is missing in the walk will stay missing.

    Attributes:
        here: The rows of the line that the walk has come to; none before the first.
    """

    def __init__(self, step: StepContext, aligned: AlignedLog, width: int, *, ended: bool) -> None:
        self.tr, self._aligned, self._width = step.tr, aligned, width
        self._at = aligned.at(_last_call(step))
        self._reached = len(aligned.lines) - 1 if ended else aligned.reached
        self._whole = self._written_out() if self._at >= 0 else []
        self.here = range(self._at, self._at + len(self._whole)) if self._at >= 0 else range(0)

    def __len__(self) -> int:
        return max(len(self._aligned.lines) - (self._at >= 0) + len(self._whole), 1)

    def title(self) -> str:
        """Say which line the walk has reached, and count equal and different lines."""
        aligned, tr = self._aligned, self.tr
        different = aligned.different(self._reached + 1)
        counts = tr("{same} =, {different} ≠", same=aligned.same, different=different)
        if ahead := len(aligned.lines) - 1 - self._reached:
            counts += tr(", {count} ahead", count=ahead)
        number = aligned.lines[self._at].number if self._at >= 0 else 0
        where = (" · " + tr("line {number}", number=number)) if number else ""
        return f"strace{where} · {counts}"

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        if not self._aligned.lines:
            return (Piece(self.tr("The log and the walk hold no system call."), "dim"),)
        if number in self.here:
            return self._whole[number - self.here.start]
        at = self._line_of(number)
        line = self._aligned.lines[at]
        mark, kind = self._mark(at, line)
        text_kind = "ahead" if at > self._at or kind == "dim" else ""
        # The end of the call is cut before its result is; strace's words for an error are left
        # to the line that is written out whole.
        result = safe(line.result).partition(" (")[0]
        result = elide(f" = {result}", self._width - 12) if result else ""
        text = elide(safe(line.text), self._width - 2 - cell_width(result))
        return (Piece(mark, kind), Piece(text, text_kind), Piece(result, text_kind or "result"))

    def row_kind(self, number: int) -> str:
        """Mark the line that the walk has come to."""
        return "here" if number in self.here else ""

    def event_at(self, number: int) -> int | None:
        """Return the event of the line in row ``number``, None if it has none."""
        if not self._aligned.lines:
            return None
        seq = self._aligned.lines[self._line_of(number)].seq
        return seq if seq >= 0 else None

    def _line_of(self, number: int) -> int:
        """Return which line is in row ``number``."""
        if self._at < 0 or number < self._at:
            return number
        return max(self._at, number - len(self._whole) + 1)

    def _mark(self, at: int, line: AlignedLine) -> tuple[str, str]:
        if line.kind is LineKind.UNKNOWN:
            return "? ", "failed"
        if line.verdict is None or at > self._reached:
            return _UNMARKED
        return _MARKS.get(line.verdict, _UNMARKED)

    def _written_out(self) -> list[Row]:
        line = self._aligned.lines[self._at]
        mark, kind = self._mark(self._at, line)
        result = Piece(f" = {safe(line.result)}" if line.result else "", "result")
        rows = wrap((Piece(mark, kind), Piece(safe(line.text), "strong"), result), self._width, 4)
        said = ""
        if line.ours:
            said = self.tr("the walk: {line}", line=line.ours)
        elif line.verdict is PairVerdict.MISSING:
            said = self.tr("only the walk has this call")
        if said:
            rows += wrap((Piece("  "), Piece(safe(said), "failed")), self._width, 4)
        return rows if len(rows) <= _MOST_ROWS else [*rows[: _MOST_ROWS - 1], rows[-1]]


def _last_call(step: StepContext) -> int:
    """Return the event that began the last call of the walk; idle threads' polls are not meant."""
    history = step.history
    loud = history.visible_calls_until(step.index)
    return history.call_seq(history.visible_call(loud - 1))[0] if loud else step.index
