"""All rows of the timeline at one height: what the line, the lanes and the line of facts say.

Pure: columns and the cursor's position in, rows out. What only the cursor changes is laid
over rows that are kept.
"""

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.model.events import AnyEvent
from walkthrough.state.reducer import span_key
from walkthrough.state.timeline.lanes import ActivityLane, ActivityLanes
from walkthrough.state.timeline.timeline import EventTimeline
from walkthrough.state.world import PROCESS_SHIFT
from walkthrough.view.step import StepContext
from walkthrough.view.text import Piece, Row, elide, safe, slice_row, width_of
from walkthrough.view.timeline import rows as timeline_rows
from walkthrough.view.timeline import status_line
from walkthrough.view.timeline.columns import TimelineColumns
from walkthrough.view.timeline.scale import Scale
from walkthrough.view.timeline.status_line import CursorFacts

LABEL = 18
"""Cells that the names of lanes have, where there are lanes."""
_LANES_FROM = 4
"""Rows from which on there are lanes."""
_AIRY_FROM = 12
"""Rows from which on there is room for a free line."""


def label_width(height: int) -> int:
    """Return how many cells there are left of the columns."""
    return LABEL if height >= _LANES_FROM else 0


def lane_slots(height: int) -> int:
    """Return how many lanes there is room for."""
    if height >= _AIRY_FROM:
        return height - 6
    return max(height - 3, 0) if height >= _LANES_FROM else 0


def shares(lanes: ActivityLanes, slots: int) -> tuple[int, int]:
    """Divide ``slots`` rows between goroutines and threads: a third is for threads."""
    threads = min(lanes.threads, slots // 3)
    goroutines = min(lanes.goroutines, slots - threads)
    return goroutines, min(lanes.threads, slots - goroutines)


def chosen_lanes(
    lanes: ActivityLanes, slots: int, skip: int, here: CursorFacts
) -> list[ActivityLane]:
    """Choose the lanes that are shown: those that matter first, and the one that acts now."""
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


def here_of(step: StepContext, *, focused: bool = False) -> CursorFacts:
    """Return where a walk stands, at its first event or later."""
    event, history = step.event, step.history
    return CursorFacts(
        index=step.index,
        lead=history.step_start(step.index),
        count=len(history),
        time_ns=event.time_ns if event is not None else 0,
        place=step.world.place,
        goroutine=_goroutine_of(event),
        thread=event.thread if event is not None else None,
        focused=focused,
    )


def _goroutine_of(event: AnyEvent | None) -> int | None:
    if event is None or event.goroutine is None:
        return None
    return span_key(event) if event.goroutine else 0


class TimelinePage:
    """The rows of one timeline at one width and height, and in one language.

    Args:
        timeline: What is drawn.
        width: Cells of the whole.
        height: Rows.
        tr: The catalogue of the language to say it in.
    """

    def __init__(
        self, timeline: EventTimeline, width: int, height: int, scale: Scale, tr: Catalogue
    ) -> None:
        self._timeline = timeline
        self._columns = TimelineColumns(timeline, scale)
        self._width, self._height, self.scale = width, height, scale
        self.tr = tr
        self._label = label_width(height)
        # What is drawn without the cursor, and for how much of the history.
        self._drawn = (-1, -1)
        self._bands: list[timeline_rows.Band] = []
        self._names: dict[int, Row] = {}
        self._line: Row = ()
        self._lanes: dict[tuple[bool, int, int], Row] = {}
        self._marked: tuple[int, ...] = ()

    def fits(self, timeline: EventTimeline, key: tuple[object, ...]) -> bool:
        """Return whether it is still the page for these."""
        own = (self._width, self._height, self.scale, self.tr)
        return self._timeline is timeline and own == key

    def bookmark(self, columns: Sequence[int]) -> None:
        """Draw bookmarks in these columns from now on."""
        if self._marked != tuple(columns):
            self._marked = tuple(columns)
            self._drawn = (-1, -1)

    def rows(self, here: CursorFacts, skip: int, note: str | None) -> list[Row]:
        """Return all rows.

        Args:
            here: Where the cursor is.
            skip: How many goroutines are skipped.
            note: The note of the bookmark under the cursor, None if there is none.
        """
        self._draw(here.count)
        first, _ = self.scale.columns(here.index)
        lanes = chosen_lanes(self._timeline.lanes, lane_slots(self._height), skip, here)
        rows: list[Row] = []
        if self._height >= 3:
            names = self._names_row(first)
            mark, kind = (status_line.FOCUSED, "key") if here.focused else (" ", "strong")
            title = Piece(f"{mark}7 " + self.tr("Timeline"), kind)
            rows.append(self._over(names, title, here))
        rows.append(self._over(self._line, Piece(""), here, timeline_rows.CURSOR))
        if self._height == 1:
            return [self._noted(rows[0], note, first)] if note else rows
        if self._height >= _AIRY_FROM:
            rows.append(())
        rows += [self._lane(lane, here) for lane in lanes]
        return rows + self._foot(here, note, lanes, self._height - len(rows))

    def _noted(self, row: Row, note: str, here: int) -> Row:
        """Lay a note over the end of the line that is farther from the cursor's column."""
        width = self.scale.width
        text = f" {timeline_rows.BOOKMARK} {elide(safe(note), width // 2 - 5)} "
        cells = width_of((Piece(text),))
        if here < width // 2:
            return (*slice_row(row, 0, width - cells), Piece(text, "note"))
        return (Piece(text, "note"), *slice_row(row, cells, width))

    def _foot(
        self, here: CursorFacts, note: str | None, lanes: Sequence[ActivityLane], room: int
    ) -> list[Row]:
        """Return the last ``room`` rows: facts, and what else there is room for."""
        hidden = self._hidden(lanes) if self._label else None
        legend = status_line.legend(self._timeline, here, hidden, self.tr)
        known = status_line.facts(self._timeline, here, note, self.tr, self._width)
        hint = (
            Piece(
                " "
                + elide(
                    self.tr(
                        "click or drag · g go to · m bookmark · M list · [ ] bookmarks · ↑↓ lanes"
                    ),
                    self._width - 2,
                ),
                "dim",
            ),
        )
        if self._height >= _AIRY_FROM:
            line = status_line.as_fit(legend, self._width - 1)
            return [*[()] * (room - 3), known, (Piece(" "), *line[1:]), hint]
        kept = status_line.as_fit(legend, self._width - width_of(known) - 1)
        gap = self._width - width_of(known) - width_of(kept) - 1
        row = (*known, Piece(" " * max(gap, 0)), *kept)
        return [*[()] * (room - 2), row, hint] if room > 1 else [row]

    def _draw(self, count: int) -> None:
        """Draw again what is there without the cursor, if the history has grown."""
        drawn = (self._timeline.taken, count)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._bands = timeline_rows.bands_of(self._columns.bands(count))
        named = self._height < 3
        self._line = timeline_rows.band_row(
            self._bands,
            self._columns.incidents(),
            self.scale.width,
            named=named,
            bookmarks=self._marked if named else (),
        )
        self._lanes.clear()
        self._names.clear()
        self._count = count

    def _names_row(self, here: int) -> Row:
        """Return the bands' names: they are the same wherever in a band the cursor is."""
        current = bisect_right(self._bands, here, key=attrgetter("first")) - 1
        row = self._names.get(current)
        if row is None:
            row = self._names[current] = timeline_rows.names_row(
                self._bands, self._marked, here, self.scale.width
            )
        return row

    def _lane(self, lane: ActivityLane, here: CursorFacts) -> Row:
        key = (lane.thread, lane.process, lane.number)
        body = self._lanes.get(key)
        if body is None:
            codes = self._columns.lane(lane.track, here.count)
            body = self._lanes[key] = timeline_rows.lane_row(codes)
        acting = lane.number + (0 if lane.thread else lane.process << PROCESS_SHIFT) == (
            here.thread if lane.thread else here.goroutine
        )
        programs = self._timeline.lanes.programs
        name = timeline_rows.lane_label(lane, self.tr, self._label - 4, programs)
        label = Piece(f" {'>' if acting else ' '} {name}", "strong" if acting else "dim")
        return self._over(body, label, here)

    def _over(self, body: Row, label: Piece, here: CursorFacts, glyph: str = "") -> Row:
        """Put the cursor on a row, and its label before it."""
        first, after = self.scale.columns(here.index)
        row = timeline_rows.under_cursor(body, first, after, glyph)
        if not self._label:
            return row
        gap = self._label - width_of((label,))
        return (label, Piece(" " * gap), *row)

    def _hidden(self, shown: Sequence[ActivityLane]) -> tuple[int, int]:
        """Count goroutines and threads that are not shown."""
        threads = sum(lane.thread for lane in shown)
        lanes = self._timeline.lanes
        return lanes.goroutines - (len(shown) - threads), lanes.threads - threads
