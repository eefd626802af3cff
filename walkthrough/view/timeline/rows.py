"""Rows of the timeline from codes of columns: names, bands, lanes, and the cursor over them.

Pure, and every character of a row's body takes one cell, so that a column is a character.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.state.timeline.lanes import Activity, ActivityLane
from walkthrough.state.timeline.timeline import PLACES, Incident
from walkthrough.view.process_text import process_name
from walkthrough.view.text import Piece, Row, cell_width, elide, safe
from walkthrough.view.timeline.columns import BEYOND, UNREAD

BOOKMARK = "▼"
CURSOR = "┃"
GLYPHS: Mapping[Incident, tuple[str, str]] = {
    Incident.INJECTED: ("!", "failed"),
    Incident.FAILED: ("✗", "failed"),
    Incident.EXITED: ("■", "strong"),
    Incident.CLIENT: ("↓", "note"),
}
"""How an incident is drawn: glyph and kind. Of several in a column the first is."""
MOST_CLIENTS = 0.4
"""If clients act in a larger share of the columns, their actions are counted and not drawn."""
DOINGS: Mapping[int, tuple[str, str]] = {
    Activity.ABSENT: (" ", ""),
    Activity.RUN: ("━", "running"),
    Activity.CALL: ("▒", "calling"),
    Activity.PARKED: ("·", "dim"),
    Activity.GONE: (" ", ""),
    UNREAD: ("░", "dim"),
    BEYOND: (" ", ""),
}
PLAYHEAD = "playhead"

_TICKS = {"━": "┣", "─": "├"}
_SAYING = (BOOKMARK, *(glyph for glyph, _ in GLYPHS.values()))
_STAGES = tuple(place.stage for place in PLACES)


class Band(NamedTuple):
    """Columns ``first`` to ``after - 1``, which all show band ``code``."""

    code: int
    first: int
    after: int

    @property
    def name(self) -> str:
        """The stage or the finer step, as Go spells it; "" where there is none."""
        if not 0 < self.code < len(PLACES):
            return ""
        stage, step = PLACES[self.code]
        return str(stage if stage is not None else step)

    @property
    def kind(self) -> str:
        """The kind of its colour: each stage has one, and finer steps that of their stage."""
        if not 0 < self.code < len(PLACES):
            return "dim"
        stage = PLACES[self.code].shown_under
        return f"band{_STAGES.index(stage)}" if stage is not None else "dim"

    @property
    def glyph(self) -> str:
        """What its line is made of: a stage's is heavy."""
        if self.code == UNREAD:
            return "░"
        if self.code == BEYOND:
            return " "
        if not self.code:
            return "·"
        return "━" if PLACES[self.code].stage is not None else "─"


def bands_of(codes: Iterable[int]) -> list[Band]:
    """Join columns of the same band."""
    found, at = [], 0
    for code, columns in groupby(codes):
        after = at + sum(1 for _ in columns)
        found.append(Band(code, at, after))
        at = after
    return found


def name_in(name: str, room: int) -> str:
    """Return as much of a name as fits ``room`` cells, "" if that would say nothing."""
    if cell_width(name) <= room:
        return name
    return elide(name, room) if room >= 4 else ""


def _name_place(band: Band, taken: Sequence[int], width: int) -> tuple[int, str]:
    """Find where a band's name goes: the first stretch free of ``taken`` that has room for it."""
    edges = [band.first - 1, *(one for one in taken if band.first <= one < band.after), band.after]
    best = (band.first, "")
    for before, after in pairwise(edges):
        room = after - before - 1 - (after == band.after < width)
        name = name_in(band.name, room)
        if name == band.name:
            return before + 1, name
        if len(name) > len(best[1]):
            best = (before + 1, name)
    return best


class Canvas:
    """A row of single cells, each with a kind, that is written on and then joined to pieces."""

    def __init__(self, width: int) -> None:
        self._texts = [" "] * width
        self._kinds = [""] * width

    def write(self, at: int, text: str, kind: str) -> None:
        """Write ``text``, of characters one cell wide, from column ``at`` on."""
        for column, character in enumerate(text[: len(self._texts) - at], at):
            self._texts[column] = character
            self._kinds[column] = kind

    def row(self) -> Row:
        """Return it in as few pieces as there can be."""
        pieces, at = [], 0
        for kind, columns in groupby(self._kinds):
            after = at + sum(1 for _ in columns)
            pieces.append(Piece("".join(self._texts[at:after]), kind))
            at = after
        return tuple(pieces)


def names_row(bands: Sequence[Band], bookmarks: Sequence[int], here: int, width: int) -> Row:
    """Write each band's name over it, that of the band at column ``here`` as the current one.

    Args:
        bands: The bands.
        bookmarks: Columns that have one, ascending.
        here: The cursor's column, -1 if there is none.
        width: Columns.
    """
    canvas = Canvas(width)
    for band in bands:
        kind = "current" if band.first <= here < band.after else band.kind
        if band.name:
            canvas.write(*_name_place(band, bookmarks, width), kind)
    for column in bookmarks:
        canvas.write(column, BOOKMARK, "key")
    return canvas.row()


def band_row(
    bands: Sequence[Band],
    incidents: Sequence[Incident],
    width: int,
    *,
    named: bool = False,
    bookmarks: Sequence[int] = (),
) -> Row:
    """Draw the bands as one line, with what happened on it.

    Args:
        bands: The bands.
        incidents: Those of each column.
        width: Columns.
        named: Write the names into the line, as there is no row for them.
        bookmarks: Columns that have one, drawn over all else.
    """
    canvas = Canvas(width)
    incidents = _without_crowd(incidents, width)
    taken = sorted({*bookmarks, *(column for column, found in enumerate(incidents) if found)})
    for band in bands:
        length = band.after - band.first
        canvas.write(band.first, band.glyph * length, band.kind)
        if length >= 3 and band.name:  # where it begins can be told without its colour
            canvas.write(band.first, _TICKS[band.glyph], band.kind)
        if named and band.name:
            at, name = _name_place(band, taken, width)
            if name == band.name or len(name) >= 6:
                canvas.write(at, name, band.kind)
    for column, found in enumerate(incidents):
        if found:
            canvas.write(column, *GLYPHS[first_of(found)])
    for column in bookmarks:
        canvas.write(column, BOOKMARK, "key")
    return canvas.row()


def _without_crowd(incidents: Sequence[Incident], width: int) -> Sequence[Incident]:
    """Leave out what clients did where it is nearly everywhere: it would hide the bands."""
    crowd = sum(Incident.CLIENT in found for found in incidents)
    if crowd <= width * MOST_CLIENTS:
        return incidents
    return [found & ~Incident.CLIENT for found in incidents]


def first_of(incidents: Incident) -> Incident:
    """Return the most telling of some incidents, of which there is one at least."""
    return next(one for one in Incident if one in incidents)


def lane_row(codes: Iterable[int]) -> Row:
    """Draw what a lane's owner does."""
    pieces = []
    for code, columns in groupby(codes):
        glyph, kind = DOINGS[code]
        pieces.append(Piece(glyph * sum(1 for _ in columns), kind))
    return tuple(pieces)


def lane_label(
    lane: ActivityLane, tr: Catalogue, width: int, programs: Mapping[int, str] | None = None
) -> str:
    """Name a lane in ``width`` cells: ``g5 serve``, ``thread 4243``; of several processes whose.

    Args:
        lane: The lane.
        tr: The catalogue of the language to say it in.
        width: Cells.
        programs: What each process runs, by process id, the first one first.
    """
    process = 0
    if programs is not None and len(programs) > 1:
        process = lane.process or next(iter(programs))
        if lane.thread and lane.number == process:
            return elide(process_name(process, programs.get(process, "")), width)
    if lane.thread:
        return elide(tr("thread {number}", number=lane.number), width)
    name = safe(lane.name[:200]).rpartition("/")[2].partition(".")[2]
    whose = f"{process} " if process else ""
    return elide(f"{whose}g{lane.number} {name}".rstrip(), width)


def under_cursor(row: Row, first: int, after: int, glyph: str = "") -> Row:
    """Return ``row`` with the cursor on columns ``first`` to ``after - 1``.

    Args:
        row: The row, one cell a character.
        first: The cursor's first column.
        after: The one after its last.
        glyph: What to draw there where nothing else is said; "" keeps what is there.
    """
    before: list[Piece] = []
    behind: list[Piece] = []
    there, at = "", 0
    for piece in row:
        text, kind = piece
        begins, at = at, at + len(text)
        if at <= first:
            if text:
                before.append(piece)
        elif begins >= after:
            if text:
                behind.append(piece)
        else:
            start, end = max(first - begins, 0), max(after - begins, 0)
            if start:
                before.append(Piece(text[:start], kind))
            there += text[start:end]
            if end < len(text):
                behind.append(Piece(text[end:], kind))
    if glyph and not any(said in there for said in _SAYING):
        there = glyph * (after - first)
    return (*before, Piece(there, PLAYHEAD), *behind)


def clock(time_ns: int) -> str:
    """Say how long after the beginning something happened: ``12.345 ms``, ``1.234 s``."""
    if time_ns < 1_000_000:
        return f"{time_ns / 1_000:.1f} µs"
    if time_ns < 1_000_000_000:
        return f"{time_ns / 1_000_000:.3f} ms"
    if time_ns < 600_000_000_000:
        return f"{time_ns / 1_000_000_000:.3f} s"
    minutes, seconds = divmod(time_ns // 1_000_000_000, 60)
    return f"{minutes} min {seconds:02} s"
