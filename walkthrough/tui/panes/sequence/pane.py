"""The ladder pane: who sent what to whom, down to the moment; draws only the rungs in sight.

It knows nothing of other panes; going to an event is asked for by a message.
"""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.timer import Timer

from walkthrough.state.sequence.diagram import Ladder
from walkthrough.state.sequence.model import Here, Rung
from walkthrough.state.sequence.server import going_on
from walkthrough.tui.panes.path.pane import GoTo
from walkthrough.tui.widgets.rows_view import RowsView, set_title
from walkthrough.view.sequence.columns import lanes_of
from walkthrough.view.sequence.diagram import Picture, header_row, lifelines_row, rung_row
from walkthrough.view.sequence.words import ladder_words
from walkthrough.view.step import Moment
from walkthrough.view.text import Piece, Row

_PAUSE = 0.02
"""Seconds between two slices of a long history that has yet to be looked at."""
_MOST_ROWS = 2048
"""So many rows are kept as they were drawn."""
_TELL = ("go", "python")
"""The servers of which it is seen who waits."""


class LadderPane(RowsView):
    """Client, kernel and server, and what passed between them.

    Row 0 names the lanes and stays in sight; from row 1 on come the rungs up to the moment, and
    below them the call that goes on, if one does.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="ladder")
        self._moment: Moment | None = None
        self._ladder: Ladder | None = None
        self._picture: Picture | None = None
        self._header: Row = ()
        self._lifelines: Row = ()
        self._drawn: dict[int, Row] = {}
        self._count = 0
        self._below: list[Row] = []
        self._going_on: Rung | None = None
        self._lit = range(0)
        self._is_below_lit = False
        self._cursor = 0
        self._drawn_at = -1
        self._timer: Timer | None = None

    @property
    def reached(self) -> bool:
        """Whether it is drawn as far as the walk stands, in a history however long."""
        return self._timer is None

    def show(self, moment: Moment) -> None:
        """Draw the ladder up to ``moment``."""
        self._moment = moment
        set_title(self, f"6 {moment.words.ladder}")
        self._draw()

    def on_show(self) -> None:
        """What is hidden is not drawn; now it is in sight."""
        self._draw()

    def on_resize(self) -> None:
        """The lanes are made for the width."""
        self._draw()

    def on_focus(self) -> None:
        """Show the cursor, which stands where the walk does."""
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Go to the event of the rung that was clicked."""
        number = self.row_at(event)
        if number is not None and number > self.scroll_offset.y:  # the lanes' names stay above
            self._cursor = number
            self.action_choose()

    def action_move(self, by: int) -> None:
        """Move the row cursor."""
        self._cursor = min(max(self._cursor + by, 1), max(self._last_row(), 1))
        self._bring_into_sight(self._cursor, self._cursor)
        self.refresh()

    def action_choose(self) -> None:
        """Go to the event of the rung at the cursor."""
        rung = self._rung(self._cursor)
        if rung is not None:
            self.post_message(GoTo(rung.index))

    # Rows

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        assert self._picture is not None
        if number == 0:
            return self._header
        at = number - 1
        if at >= self._count:
            return self._below[at - self._count]
        row = self._drawn.get(at)
        if row is None:
            assert self._ladder is not None
            if len(self._drawn) >= _MOST_ROWS:
                self._drawn.clear()
            row = self._drawn[at] = rung_row(self._ladder.rung(at), self._picture)
        return row

    def row_kind(self, number: int) -> str:
        """Light the rungs of the current step."""
        at = number - 1
        if at in self._lit or (self._is_below_lit and at == self._count):
            return "here"
        return "cursor" if self.has_focus and number == self._cursor else ""

    def render_line(self, y: int) -> Strip:
        """Draw one line: the names of the lanes stay on the first, the lifelines go on below."""
        top = self.scroll_offset.y
        if y == 0 and top and self._header:
            return self._strip_of(self._header)
        if y + top >= self.virtual_size.height and self._lifelines:
            return self._strip_of(self._lifelines)
        return super().render_line(y)

    def _strip_of(self, row: Row) -> Strip:
        own = self.own_style()
        key = (row, "", False, self.size.width, own)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._strip(*key)
        return strip

    def _rung(self, row: int) -> Rung | None:
        """Return the rung in a row, None for a row without one."""
        at = row - 1
        if self._ladder is None or at < 0 or row > self._last_row():
            return None
        return self._ladder.rung(at) if at < self._count else self._going_on

    def _last_row(self) -> int:
        return self._count + (self._going_on is not None)

    # Drawing

    def _draw(self) -> None:
        moment = self._moment
        if moment is None or not self.display or self.size.area == 0:
            return
        ladder = self._ladder_of(moment)
        settled = ladder.settled
        reached = ladder.extend(moment.index)
        for at in range(settled, ladder.count(ladder.until)):
            self._drawn.pop(at, None)  # it may have been added to since it was drawn
        self._later(more=not reached)
        picture = self._picture_of(moment, ladder)
        same = picture == self._picture and settled == ladder.settled
        if picture != self._picture:
            self._picture, self._header = picture, header_row(picture)
            self._drawn.clear()
        were = {*self._lit, *range(self._count, self._count + len(self._below))}
        self._lifelines = lifelines_row(picture, moment.index)
        self._count = ladder.count(moment.index)
        first = moment.history.lead(moment.index) if moment.index >= 0 else 0
        self._lit = ladder.between(first, moment.index) if moment.index >= 0 else range(0)
        self._going_on = _going_on(moment) if reached else None
        self._is_below_lit = reached and not self._lit
        self._below = self._rows_below(moment, ladder, picture, reached=reached)
        self.resize_rows(1 + self._count + len(self._below))
        if moment.index != self._drawn_at:
            self._drawn_at = moment.index
            self._cursor = self._lit[-1] + 1 if self._lit else self._last_row()
        last = self._count + len(self._below)
        first_lit = self._lit[0] + 1 if self._lit and self._lit[-1] + 1 == self._count else last
        self.scroll_row(last)
        self._bring_into_sight(first_lit, first_lit)
        are = {*self._lit, *range(self._count, last)}
        if not same or self.has_focus or len(were | are) > self.size.height:
            self.refresh()
            return
        for at in were | are:  # the rest is as it was, but where it is scrolled, which draws it
            self.refresh_row(at + 1)

    def _rows_below(
        self, moment: Moment, ladder: Ladder, picture: Picture, *, reached: bool
    ) -> list[Row]:
        """Return what stands below the rungs: what goes on, or why there is nothing."""
        words = picture.words
        if not reached:
            percent = 100 * (ladder.until + 1) // (moment.index + 1)
            return [(Piece(words.reading.format(percent=percent), "dim"),)]
        if self._going_on is not None:
            return [rung_row(self._going_on, picture)]
        place = moment.world.place
        name = place.step or place.stage
        if not self._lit and name is not None:
            return [rung_row(Rung(moment.index, moment.index, note=Here(name.value)), picture)]
        return [] if self._count else [(Piece(words.nothing, "dim"),)]

    def _ladder_of(self, moment: Moment) -> Ladder:
        if self._ladder is None or self._ladder.history is not moment.history:
            self._ladder = Ladder(moment.history)
            self._drawn.clear()
        return self._ladder

    def _picture_of(self, moment: Moment, ladder: Ladder) -> Picture:
        index = moment.index
        return Picture(
            lanes_of(self.columns),
            ladder_words(moment.words.code),
            several=ladder.clients(index) > 1,
            begins=ladder.begun(index),
            ended=ladder.ended(index),
            dialled=ladder.dialled(index) >= 0,
            from_log=ladder.from_log,
            unseen=moment.world.kernel is None and index >= 0,
            goroutines=moment.history.header.server in _TELL,
        )

    def _bring_into_sight(self, first: int, last: int) -> None:
        """Scroll as little as is needed; the first line of the view is the lanes' names."""
        self.show_row(max(first - 1, 0), last)

    def _later(self, *, more: bool) -> None:
        """Look at what is left of a long history when there is time."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if more:
            self._timer = self.set_timer(_PAUSE, self._draw)


def _going_on(moment: Moment) -> Rung | None:
    """Return the call on a socket that the server is making, as a rung."""
    found = going_on(moment.world)
    if found is None:
        return None
    index, call = found
    return Rung(index, index, call=call)
