"""The kernel pane: what the kernel holds at the moment, and what of it this step changed."""

from walkthrough.tui.kernel_rows import Entry, kernel_entries
from walkthrough.tui.moment import Moment
from walkthrough.tui.rows import ListedRows, Piece, Row, set_title, wrap


class KernelPane(ListedRows):
    """Draws `kernel_entries`; an entry that this step brought or changed is marked with ``*``."""

    def __init__(self) -> None:
        super().__init__(id="kernel")
        self._moment: Moment | None = None
        # What was drawn last, held and compared by identity: worlds share what did not change.
        self._drawn: tuple[object, ...] = ()
        self._drawn_width = 0
        self.changed = False

    def show(self, moment: Moment) -> None:
        """Draw the kernel's view at ``moment``."""
        self._moment = moment
        self._draw()

    def on_resize(self) -> None:
        """Entries are wrapped to the width."""
        self._draw()

    def _draw(self) -> None:
        if self._moment is None:
            return
        moment, width = self._moment, self.columns
        world, before = moment.world, moment.before
        parts = (world.kernel, world.options, world.clients, world.output)
        parts_before = (before.kernel, before.options, before.clients, before.output)
        drawn = (*parts, *parts_before, moment.words)
        if width == self._drawn_width and _same(drawn, self._drawn):
            return
        self._drawn, self._drawn_width = drawn, width
        entries = kernel_entries(world, moment.words)
        fresh: set[str] = set()
        if not _same(parts, parts_before):
            fresh = changed_keys(kernel_entries(before, moment.words), entries)
        self.changed = bool(fresh)
        star = " *" if self.changed else ""
        set_title(self, f"4 {moment.words.kernel}{star}")
        self._draw_entries(entries, fresh, width)

    def _draw_entries(self, entries: list[Entry], fresh: set[str], width: int) -> None:
        rows: list[Row] = []
        first_fresh: tuple[int, int] | None = None
        for entry in entries:
            if entry.heading:
                rows.extend(wrap(entry.row, width))
                continue
            mark = Piece("* ", "changed") if entry.key in fresh else Piece("  ")
            start = len(rows)
            rows.extend(wrap((mark, *entry.row), width, 2))
            if entry.key in fresh and first_fresh is None:
                first_fresh = (start, len(rows) - 1)
        self.show_rows(rows)
        if self.has_focus and first_fresh is None:
            return  # someone is reading here
        # From the top, so that a moment looks the same from whichever side it is reached.
        self.scroll_row(0)
        if first_fresh is not None:
            self.show_row(*first_fresh, context=1)


def changed_keys(before: list[Entry], now: list[Entry]) -> set[str]:
    """Return the keys of entries that are new in ``now`` or read otherwise than ``before``."""
    known = {entry.key: entry.row for entry in before}
    return {entry.key for entry in now if not entry.heading and known.get(entry.key) != entry.row}


def _same(some: tuple[object, ...], others: tuple[object, ...]) -> bool:
    return len(some) == len(others) and all(
        one is other for one, other in zip(some, others, strict=True)
    )
