"""The system calls so far, under their stages, in strace's notation; any number of them.

Quiet ones (before main, polls that found nothing) are counted in the title and not listed.
Rows are found by number, from where the history says that headings stand; only what is in sight
is decoded and formatted.
"""

from bisect import bisect_right
from collections.abc import Callable

from rich.cells import cell_len
from textual import events

from walkthrough.formatting import strace_lines
from walkthrough.model.stages import NOWHERE, Place, Stage
from walkthrough.recording.payload import left_out
from walkthrough.state.history import History
from walkthrough.tui.panes.path.pane import GoTo
from walkthrough.tui.widgets.rows_view import RowsView, set_title
from walkthrough.view.step import Moment
from walkthrough.view.text import Piece, Row, elide, safe, width_of, wrap

_INJECTED = " (INJECTED)"  # in strace's notation
_MOST_LINES = 8
"""The newest call is written out over at most so many rows."""

_CORNERS = 4
"""Cells of a border that its title leaves to the corners and the spaces beside them."""
_GLYPHS = {"": "  ", "failed": "✗ ", "current": "> "}


class CallsPane(RowsView):
    """All system calls up to the moment, the newest in sight and written out whole."""

    def __init__(self) -> None:
        super().__init__(id="calls")
        self._moment: Moment | None = None
        self._history: History | None = None
        self._count = 0
        self._newest: list[Row] = []
        self._dims: Callable[[int], bool] | None = None

    def dim(self, dims: Callable[[int], bool] | None) -> None:
        """Draw those calls dimly, by their number in the history, of which ``dims`` is true."""
        self._dims = dims
        self.refresh()

    def show(self, moment: Moment) -> None:
        """Draw the calls up to ``moment``."""
        self._history = moment.history
        self._moment = moment
        self._count = moment.history.loud_calls_until(moment.index)
        self._draw()

    def on_resize(self) -> None:
        """The newest call is wrapped to the width."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Go to the call that was clicked."""
        number = self.row_at(event)
        if self._history is None or not self._count or number is None:
            return
        call, _ = self._entry(min(number, self._row_of(self._count - 1)))
        self.post_message(GoTo(self._seq(call)[0]))

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        if not self._count:
            return self._newest[number]
        last = self._row_of(self._count - 1)
        if number >= last:
            return self._newest[number - last]
        call, heads = self._entry(number)
        return self._heading(call) if heads else self._call(call)

    def row_kind(self, number: int) -> str:
        """Mark the call that the current event is part of."""
        if not self._count or self._moment is None or self._history is None:
            return ""
        entered, returned = self._seq(self._count - 1)
        newest = self._row_of(self._count - 1)
        part = self._moment.event is not None and self._moment.index in (entered, returned)
        return "here" if part and number >= newest else ""

    def _row_of(self, call: int) -> int:
        """Return the row of a call: above it stand the calls before, and the headings."""
        assert self._history is not None
        return call + self._history.call_groups_until(call + 1)

    def _entry(self, row: int) -> tuple[int, bool]:
        """Return the call in a row, and whether it is rather the heading above that call."""
        history = self._history
        assert history is not None
        groups = range(history.call_groups_until(self._count))
        group = bisect_right(groups, row, key=lambda each: history.call_group(each) + each) - 1
        first = history.call_group(group)
        heads = row == first + group
        return (first if heads else row - group - 1), heads

    # A call's number here is its number among those that are not quiet.

    def _place(self, number: int) -> Place:
        assert self._history is not None
        return self._history.call_place(self._history.loud_call(number))

    def _seq(self, number: int) -> tuple[int, int | None]:
        assert self._history is not None
        return self._history.call_seq(self._history.loud_call(number))

    def _draw(self) -> None:
        if self._moment is None:
            return
        self._entitle(self._moment)
        if self._count:
            self._newest = self._whole(self._count - 1)
            last = self._row_of(self._count - 1)
        else:
            self._newest = wrap((Piece(self._moment.words.no_calls, "dim"),), self.columns)
            last = 0
        self.resize_rows(last + len(self._newest))
        self.scroll_row(last + len(self._newest))
        self.refresh()

    def _entitle(self, moment: Moment) -> None:
        """Count the calls in the title; those that are quiet only where there is room for it."""
        title = f"3 {moment.words.calls}"
        if self._count:
            title += f" · {self._count}"
        if quiet := moment.history.calls_until(moment.index) - self._count:
            whole = f"{title} {moment.words.quiet_calls.format(count=quiet)}"
            if cell_len(whole) <= self.outer_size.width - _CORNERS:
                title = whole
        set_title(self, title)

    def _heading(self, number: int) -> Row:
        assert self._moment is not None
        name = heading_of(self._place(number)) or self._moment.words.elsewhere
        return (Piece(elide(name, self.columns), "heading"),)

    def _parts(self, number: int) -> tuple[str, str, str]:
        """Return a call's kind, its text, and its result apart; no result while it lasts."""
        assert self._history is not None
        assert self._moment is not None
        entered, returned = self._history.call(self._history.loud_call(number))
        ended = self._seq(number)[1]
        if returned is None or ended is None or ended > self._moment.index:
            return "current", safe(strace_lines.call(entered, None)), ""
        kind = "failed" if returned.error is not None else ""
        text = safe(strace_lines.call(entered, returned))
        return kind, text, f" = {safe(strace_lines.result(entered, returned))}"

    def _call(self, number: int) -> Row:
        """Write a call on one row: its end is cut before its result is."""
        kind, text, result = self._parts(number)
        glyph = _GLYPHS[kind]
        # The error's name stays, and that nobody but we made it; strace's explanation of it is for
        # the row written out whole.
        mark = _INJECTED if result.endswith(_INJECTED) else ""
        left = 5 if mark else 12
        result = elide(result.partition(" (")[0] + mark, self.columns - left)
        room = self.columns - width_of((Piece(glyph), Piece(result)))
        assert self._history is not None
        if self._dims is not None and self._dims(self._history.loud_call(number)):
            return (Piece(glyph + elide(text, room) + result, "dim"),)
        return (
            Piece(glyph, kind),
            Piece(elide(text, room)),
            Piece(result, "failed" if kind == "failed" else "result"),
        )

    def _left_out(self, number: int) -> int:
        """Return how many bytes of a call's arguments the recording does not hold."""
        assert self._history is not None
        entered, returned = self._history.call(self._history.loud_call(number))
        return left_out((returned if returned is not None else entered).arguments)

    def _whole(self, number: int) -> list[Row]:
        """Write a call out over as many rows as it needs."""
        assert self._moment is not None
        kind, text, result = self._parts(number)
        glyph = _GLYPHS[kind]
        if kind == "current":
            result = f" … {self._moment.words.unfinished}"
        row: Row = (
            Piece(glyph, kind),
            Piece(text, "strong"),
            Piece(result, kind or "result"),
        )
        if omitted := self._left_out(number):
            row = (*row, Piece(f" {self._moment.words.left_out.format(count=omitted)}", "dim"))
        rows = wrap(row, self.columns, 4)
        return rows if len(rows) <= _MOST_LINES else [*rows[: _MOST_LINES - 1], rows[-1]]


def heading_of(place: Place) -> str:
    """Name the stage that a call at ``place`` serves, and the finer step where it is outside it."""
    if place == NOWHERE:
        return ""
    stage = place.shown_under
    if place.stage is None and place.step is not None:
        # Polls may come, and the server prints its address, before anyone accepts; and reading
        # from a connection is no accepting: such steps bear their own name alone.
        if stage is None or stage is Stage.ACCEPT:
            return place.step.value
        return f"{stage.value} › {place.step.value}"
    return stage.value if stage is not None else ""
