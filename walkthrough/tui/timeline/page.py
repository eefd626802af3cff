"""All rows of the timeline at one height: what the line, the lanes and the line of facts say.

Pure: a sheet of columns and where the cursor is in, rows out. What only the cursor changes is laid
over rows that are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from walkthrough.model.path import NOWHERE, Place
from walkthrough.replay.lanes import Doing, Lane, Lanes
from walkthrough.replay.timeline import Mark, Timeline
from walkthrough.tui.rows import Piece, Row, elide, safe, slice_row, width_of
from walkthrough.tui.timeline import drawing
from walkthrough.tui.timeline.scale import Scale
from walkthrough.tui.timeline.sheet import Sheet
from walkthrough.tui.timeline.words import TimelineWords

LABEL = 18
"""Cells that the names of lanes have, where there are lanes."""
_LANES_FROM = 4
"""Rows from which on there are lanes."""
_AIRY_FROM = 12
"""Rows from which on there is room for a free line."""
_VEIL = "┄"


@dataclass(frozen=True, slots=True)
class Here:
    """Where the walk stands.

    Attributes:
        index: The event shown, from 0.
        lead: The event that it is about, which may have others riding with it.
        count: How many events there are.
        time_ns: When it was.
        place: Where on the path.
        goroutine: Whose event it is, None if nobody's.
        thread: Which thread's.
        focused: The keys go to the timeline.
        veiled: What comes after the cursor is not to be seen.
    """

    index: int
    lead: int
    count: int
    time_ns: int = 0
    place: Place = NOWHERE
    goroutine: int | None = None
    thread: int | None = None
    focused: bool = False
    veiled: bool = False


def label_width(height: int) -> int:
    """Return how many cells stand left of the columns."""
    return LABEL if height >= _LANES_FROM else 0


def lane_slots(height: int) -> int:
    """Return how many lanes there is room for."""
    if height >= _AIRY_FROM:
        return height - 5
    return max(height - 3, 0) if height >= _LANES_FROM else 0


def shares(lanes: Lanes, slots: int) -> tuple[int, int]:
    """Share ``slots`` rows out between goroutines and threads: a third is for threads."""
    threads = min(lanes.threads, slots // 3)
    goroutines = min(lanes.goroutines, slots - threads)
    return goroutines, min(lanes.threads, slots - goroutines)


def chosen_lanes(lanes: Lanes, slots: int, skip: int, here: Here) -> list[Lane]:
    """Choose the lanes that are shown: those that matter first, and whoever acts now."""
    goroutines, threads = shares(lanes, slots)
    found = lanes.first_goroutines(skip, goroutines)
    acting = lanes.goroutine(here.goroutine) if here.goroutine else None
    if found and acting is not None and acting not in found:
        found[-1] = acting
    more = lanes.first_threads(threads)
    carrying = lanes.thread(here.thread) if here.thread else None
    if more and carrying is not None and carrying not in more:
        more[-1] = carrying
    return found + more


class Page:
    """The rows of one timeline at one width and height, and in one language.

    Args:
        timeline: What is drawn.
        width: Cells of the whole.
        height: Rows.
        words: The language.
    """

    def __init__(
        self, timeline: Timeline, width: int, height: int, scale: Scale, words: TimelineWords
    ) -> None:
        self._timeline = timeline
        self._sheet = Sheet(timeline, scale)
        self._width, self._height, self.scale = width, height, scale
        self._words = words
        self._label = label_width(height)
        # What is drawn without the cursor, and for how much of the history.
        self._drawn = (-1, -1)
        self._bands: list[drawing.Band] = []
        self._line: Row = ()
        self._lanes: dict[tuple[bool, int], Row] = {}
        self._marked: tuple[int, ...] = ()

    def fits(self, timeline: Timeline, key: tuple[object, ...]) -> bool:
        """Tell whether it is still the page for these."""
        own = (self._width, self._height, self.scale, self._words)
        return self._timeline is timeline and own == key

    def bookmark(self, columns: Sequence[int]) -> None:
        """Draw bookmarks in these columns from now on."""
        if self._marked != tuple(columns):
            self._marked = tuple(columns)
            self._drawn = (-1, -1)

    def rows(self, here: Here, skip: int, note: str | None) -> list[Row]:
        """Return all rows.

        Args:
            here: Where the cursor is.
            skip: So many goroutines are passed over.
            note: The note of the bookmark under the cursor, None if there is none.
        """
        self._draw(here.count)
        first, _ = self.scale.columns(here.index)
        lanes = chosen_lanes(self._timeline.lanes, lane_slots(self._height), skip, here)
        rows: list[Row] = []
        columns = self.scale.width
        if self._height >= 3:
            names = drawing.names_row(self._bands, self._marked, first, columns)
            title = Piece(f" 7 {self._words.title}", "key" if here.focused else "strong")
            rows.append(self._over(names, title, here))
        rows.append(self._over(self._line, Piece(""), here, drawing.CURSOR))
        if self._height == 1:
            return rows
        if self._height >= _AIRY_FROM:
            rows.append(())
        rows += [self._lane(lane, here) for lane in lanes]
        hidden = self._hidden(lanes) if self._label else None
        foot = [facts_row(self._timeline, here, note, hidden, self._width, self._words)]
        spare = self._height - len(rows) - 1
        if spare and self._label:
            foot.append((Piece(f" {elide(self._words.hint, self._width - 2)}", "dim"),))
            rows += [()] * (spare - 1)
        return rows + foot

    def _draw(self, count: int) -> None:
        """Draw anew what is there without the cursor, if the history has grown."""
        drawn = (self._timeline.taken, count)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._bands = drawing.bands_of(self._sheet.bands(count))
        named = self._height < 3
        self._line = drawing.band_row(
            self._bands,
            self._sheet.marks(),
            self.scale.width,
            named=named,
            bookmarks=self._marked if named else (),
        )
        self._lanes.clear()
        self._count = count

    def _lane(self, lane: Lane, here: Here) -> Row:
        key = (lane.thread, lane.number)
        body = self._lanes.get(key)
        if body is None:
            codes = self._sheet.lane(lane.track, here.count)
            body = self._lanes[key] = drawing.lane_row(codes)
        acting = lane.number == (here.thread if lane.thread else here.goroutine)
        name = drawing.lane_label(lane, self._words, self._label - 4)
        label = Piece(f" {'>' if acting else ' '} {name}", "strong" if acting else "dim")
        return self._over(body, label, here)

    def _over(self, body: Row, label: Piece, here: Here, glyph: str = "") -> Row:
        """Put the cursor on a row, and its label before it."""
        first, after = self.scale.columns(here.index)
        row = drawing.under_cursor(body, first, after, glyph)
        if here.veiled:
            rest = self.scale.width - after
            row = (*slice_row(row, 0, after), Piece(_VEIL * rest, "dim"))
        if not self._label:
            return row
        gap = self._label - width_of((label,))
        return (label, Piece(" " * gap), *row)

    def _hidden(self, shown: Sequence[Lane]) -> tuple[int, int]:
        """Count goroutines and threads that are not shown."""
        threads = sum(lane.thread for lane in shown)
        lanes = self._timeline.lanes
        return lanes.goroutines - (len(shown) - threads), lanes.threads - threads


def facts_row(
    timeline: Timeline,
    here: Here,
    note: str | None,
    hidden: tuple[int, int] | None,
    width: int,
    words: TimelineWords,
) -> Row:
    """Say where the cursor is, what is marked there, and what the glyphs mean; as much as fits.

    Args:
        timeline: What is drawn.
        here: Where the cursor is.
        note: The note of the bookmark there, None if there is none.
        hidden: So many goroutines and threads are not shown; None if no lane is.
        width: Cells.
        words: The language.
    """
    place = " › ".join(str(part) for part in here.place if part is not None)
    at = words.event_at.format(at=here.index + 1, of=here.count)
    row = [Piece(f" {place}", "current"), Piece(" · ")] if place else [Piece(" ")]
    row.append(Piece(f"{drawing.clock(here.time_ns)} · {at}"))
    told = {
        Mark.INJECTED: words.injected,
        Mark.FAILED: words.failed,
        Mark.EXITED: words.exited,
        Mark.CLIENT: words.client,
    }
    for mark in timeline.marked(here.lead, here.index + 1):
        glyph, kind = drawing.GLYPHS[mark]
        row.append(Piece(f"  {glyph} {told[mark]}", kind))
    if note is not None:
        room = width - width_of(row) - 5
        if room > 4:
            row += [Piece(f"  {drawing.BOOKMARK} ", "key"), Piece(elide(safe(note), room), "note")]
    legend = _legend(timeline, here.count, hidden, told, words)
    room = width - width_of(row) - 2
    kept: list[Piece] = []
    for piece in legend:
        room -= width_of((piece,)) + 2
        if room < 0:
            break
        kept += [Piece("  "), piece]
    gap = width - width_of(row) - width_of(kept) - 1
    return (*row, Piece(" " * max(gap, 0)), *kept)


def _legend(
    timeline: Timeline,
    count: int,
    hidden: tuple[int, int] | None,
    told: Mapping[Mark, str],
    words: TimelineWords,
) -> list[Piece]:
    """List what may be said besides, the most useful first."""
    found = []
    if timeline.taken < count:
        percent = timeline.taken * 100 // count
        found.append(Piece(words.reading.format(percent=percent), "current"))
    goroutines, threads = hidden or (0, 0)
    if goroutines > 0:
        found.append(Piece(words.more_goroutines.format(count=goroutines), "dim"))
    if threads > 0:
        found.append(Piece(words.more_threads.format(count=threads), "dim"))
    for mark, indexes in timeline.marks.items():
        if indexes:
            glyph, _ = drawing.GLYPHS[mark]
            found.append(Piece(f"{glyph} {told[mark]} {len(indexes)}", "dim"))
    if hidden is not None:
        for doing, said in (
            (Doing.RUN, words.run),
            (Doing.CALL, words.call),
            (Doing.PARKED, words.parked),
        ):
            found.append(Piece(f"{drawing.DOINGS[doing][0]} {said}", "dim"))
    return found
