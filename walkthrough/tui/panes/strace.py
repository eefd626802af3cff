"""A log of strace's beside the walk: its lines in step with the events, and where the two differ.

Rows are found by number; only what is in sight is cut and drawn.
"""

from rich.cells import cell_len
from textual import events

from walkthrough.compare.follow_lines import Beside, Line
from walkthrough.compare.model import Verdict
from walkthrough.strace_log.model import Kind
from walkthrough.tui.panes.path.pane import GoTo
from walkthrough.tui.widgets.rows_view import RowsView, set_title
from walkthrough.view.step import Moment
from walkthrough.view.text import Piece, Row, elide, safe, wrap
from walkthrough.view.words import Words

_MOST_ROWS = 8
"""The line that the walk has come to is written out over at most so many rows."""
_CONTEXT = 3
"""Rows that stay in sight around it."""

_MARKS = {
    Verdict.SAME: ("= ", "done"),
    Verdict.MOVED: ("~ ", "done"),
    Verdict.ORDER: ("≠ ", "failed"),
    Verdict.ARGUMENTS: ("≠ ", "failed"),
    Verdict.RESULT: ("≠ ", "failed"),
    Verdict.MISSING: ("- ", "failed"),
    Verdict.EXTRA: ("+ ", "failed"),
}
_UNMARKED = ("  ", "dim")


class StracePane(RowsView):
    """All lines of the log; the one that the walk has come to is in sight and written out whole."""

    def __init__(self) -> None:
        super().__init__(id="strace")
        self._beside: Beside | None = None
        self._words: Words | None = None
        self._at = -1
        self._reached = -1
        self._whole: list[Row] = []

    def show(self, moment: Moment, beside: Beside, *, ended: bool) -> None:
        """Draw the lines at ``moment``.

        Args:
            moment: Where the walk is.
            beside: The log's lines beside the walk's events.
            ended: No more events will come: what the walk has not, it will not have.
        """
        self._beside, self._words = beside, moment.words
        self._at = beside.at(_last_call(moment))
        lines = len(beside.lines)
        self._reached = lines - 1 if ended else beside.reached
        different = beside.different(self._reached + 1)
        counts = moment.words.strace_counts.format(same=beside.same, different=different)
        if ahead := lines - 1 - self._reached:
            counts += moment.words.strace_ahead.format(count=ahead)
        number = beside.lines[self._at].number if self._at >= 0 else 0
        where = f" · {moment.words.strace_line.format(number=number)}" if number else ""
        set_title(self, f"5 strace{where} · {counts}")
        self._draw()

    def on_resize(self) -> None:
        """The line that the walk has come to is wrapped to the width."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Go to the event of the line that was clicked."""
        number = self.row_at(event)
        if self._beside is None or number is None:
            return
        seq = self._beside.lines[self._line_of(number)].seq
        if seq >= 0:
            self.post_message(GoTo(seq))

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        assert self._beside is not None
        assert self._words is not None
        if not self._beside.lines:
            return (Piece(self._words.strace_nothing, "dim"),)
        offset = number - self._at
        if self._at >= 0 and 0 <= offset < len(self._whole):
            return self._whole[offset]
        at = self._line_of(number)
        line = self._beside.lines[at]
        mark, kind = self._mark(at, line)
        text_kind = "ahead" if at > self._at or kind == "dim" else ""
        # The end of the call is cut before its result is; strace's words for an error are left
        # to the line that is written out whole.
        result = safe(line.result).partition(" (")[0]
        result = elide(f" = {result}", self.columns - 12) if result else ""
        text = elide(safe(line.text), self.columns - 2 - cell_len(result))
        return (Piece(mark, kind), Piece(text, text_kind), Piece(result, text_kind or "result"))

    def row_kind(self, number: int) -> str:
        """Mark the line that the walk has come to."""
        return "here" if self._at >= 0 and 0 <= number - self._at < len(self._whole) else ""

    def _line_of(self, number: int) -> int:
        """Return which line stands in row ``number``."""
        if self._at < 0 or number < self._at:
            return number
        return max(self._at, number - len(self._whole) + 1)

    def _mark(self, at: int, line: Line) -> tuple[str, str]:
        if line.kind is Kind.UNKNOWN:
            return "? ", "failed"
        if line.verdict is None or at > self._reached:
            return _UNMARKED
        return _MARKS.get(line.verdict, _UNMARKED)

    def _draw(self) -> None:
        if self._beside is None or self._words is None:
            return
        self._whole = self._written_out() if self._at >= 0 else []
        rows = len(self._beside.lines) - (self._at >= 0) + len(self._whole)
        self.resize_rows(max(rows, 1))
        if self._at >= 0:
            self.show_row(self._at, self._at + len(self._whole) - 1, _CONTEXT)
        else:
            self.scroll_row(0)
        self.refresh()

    def _written_out(self) -> list[Row]:
        assert self._beside is not None
        assert self._words is not None
        line = self._beside.lines[self._at]
        mark, kind = self._mark(self._at, line)
        result = Piece(f" = {safe(line.result)}" if line.result else "", "result")
        rows = wrap((Piece(mark, kind), Piece(safe(line.text), "strong"), result), self.columns, 4)
        said = ""
        if line.ours:
            said = self._words.strace_ours.format(line=line.ours)
        elif line.verdict is Verdict.MISSING:
            said = self._words.strace_missing
        if said:
            rows += wrap((Piece("  "), Piece(safe(said), "failed")), self.columns, 4)
        return rows if len(rows) <= _MOST_ROWS else [*rows[: _MOST_ROWS - 1], rows[-1]]


def _last_call(moment: Moment) -> int:
    """Return the event that began the last call of the walk; idle threads' polls are not meant."""
    history = moment.history
    loud = history.loud_calls_until(moment.index)
    return history.call_seq(history.loud_call(loud - 1))[0] if loud else moment.index
