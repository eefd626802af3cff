"""The kernel pane: what this step changed, and below it what the kernel holds at the moment."""

from rich.cells import cell_len
from textual import events

from walkthrough.state.change import Change
from walkthrough.state.diff import changes, comparable
from walkthrough.tui.panes.path.pane import GoTo
from walkthrough.tui.widgets.rows_view import ListedRows, set_title
from walkthrough.view.kernel import Entry, kernel_entries
from walkthrough.view.kernel_changes import change_rows
from walkthrough.view.kernel_words import kernel_words
from walkthrough.view.step import Moment
from walkthrough.view.text import Piece, Row, wrap

_LOW = 8
"""In a pane with fewer rows than this, what changed needs no heading: its marks say what it is."""
_UNCHANGED = "  "
"""What stands before an entry that is not new."""


class KernelPane(ListedRows):
    """Draws what `changes` tells, then `kernel_entries`; what of these is new bears a ``*``."""

    def __init__(self) -> None:
        super().__init__(id="kernel")
        self._moment: Moment | None = None
        # What was drawn last, held and compared by identity: worlds share what did not change.
        self._drawn: tuple[object, ...] = ()
        self._drawn_size = (0, False, -1)
        self._last_change = -1
        self._rows_of_last_change = 0
        self.changed = False

    def show(self, moment: Moment) -> None:
        """Draw the kernel's view at ``moment``."""
        self._moment = moment
        self._draw()

    def on_resize(self) -> None:
        """Entries are wrapped to the width."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Where it is said which event changed something last, go there."""
        row = self.row_at(event)
        if row is not None and row < self._rows_of_last_change:
            self.post_message(GoTo(self._last_change))

    def _draw(self) -> None:
        if self._moment is None:
            return
        moment, width = self._moment, self.columns
        world, before = moment.world, moment.before
        parts = (world.kernel, world.options, world.clients, world.output, world.memory)
        parts_before = (before.kernel, before.options, before.clients, before.output, before.memory)
        drawn = (*parts, *parts_before, moment.words)
        last = moment.history.last_view(moment.history.previous_step(moment.index))
        size = (width, self.size.height < _LOW, last)
        if size == self._drawn_size and _same(drawn, self._drawn):
            return
        self._drawn, self._drawn_size, self._last_change = drawn, size, last
        told: tuple[Change, ...] = ()
        fresh: set[str] = set()
        room = width - cell_len(_UNCHANGED)
        entries = kernel_entries(world, moment.words, room)
        if moment.event is not None and not _same(parts, parts_before):
            compared = comparable(moment.history, before, world)
            told = changes(compared, world)
            if told:
                fresh = changed_keys(kernel_entries(compared, moment.words, room), entries)
        self.changed = bool(fresh or told)
        star = " *" if self.changed else ""
        set_title(self, f"4 {moment.words.kernel}{star}")
        rows = self._rows_of_changes(told, moment, width)
        rows += _rows_of_entries(entries, fresh, width)
        self.show_rows(rows)
        if self.changed or not self.has_focus:  # else someone is reading here
            # From the top, so that a moment looks the same from whichever side it is reached.
            self.scroll_row(0)

    def _rows_of_changes(self, told: tuple[Change, ...], moment: Moment, width: int) -> list[Row]:
        """Say what the step changed; or that it changed nothing, and which step did last."""
        words = kernel_words(moment.words.code)
        self._rows_of_last_change = 0
        if moment.world.kernel is None and not told:
            return []
        if not told:
            said = words.nothing
            linked = moment.before.kernel is not None and self._last_change >= 0
            if moment.before.kernel is None:
                said = words.first_look
            elif (process := _turned_to(moment)) is not None:
                said, linked = words.turned.format(process=process), False
            elif linked:
                said = words.nothing_since.format(number=self._last_change + 1)
            found = wrap((Piece(f"{words.this_step} ", "heading"), Piece(said, "dim")), width)
            self._rows_of_last_change = len(found) if linked else 0
            return found
        rows: list[Row] = []
        if self.size.height >= _LOW:
            rows.append((Piece(words.this_step, "heading"),))
        for row in change_rows(told, words):
            rows.extend(wrap(row, width, 2))
        return rows


def _turned_to(moment: Moment) -> int | None:
    """Return the process that a log tells of now, if it is another than before."""
    before, now = moment.before.kernel, moment.world.kernel
    if before is None or now is None or before.process == now.process:
        return None
    return now.process or None


def _rows_of_entries(entries: list[Entry], fresh: set[str], width: int) -> list[Row]:
    rows: list[Row] = []
    for entry in entries:
        if entry.heading:
            rows.extend(wrap(entry.row, width))
            continue
        mark = Piece("* ", "changed") if entry.key in fresh else Piece(_UNCHANGED)
        rows.extend(wrap((mark, *entry.row), width, 2))
    return rows


def changed_keys(before: list[Entry], now: list[Entry]) -> set[str]:
    """Return the keys of entries that are new in ``now`` or read otherwise than ``before``."""
    known = {entry.key: entry.row for entry in before}
    return {entry.key for entry in now if not entry.heading and known.get(entry.key) != entry.row}


def _same(some: tuple[object, ...], others: tuple[object, ...]) -> bool:
    return len(some) == len(others) and all(
        one is other for one, other in zip(some, others, strict=True)
    )
