"""The timeline's lines of words: where the cursor is, what happened there, what glyphs mean.

Pure: facts in, pieces of a row out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import plural
from walkthrough.model.stages import NOWHERE, Place
from walkthrough.state.history import History
from walkthrough.state.timeline.lanes import Activity
from walkthrough.state.timeline.timeline import EventTimeline, Incident
from walkthrough.view.text import Piece, Row, cell_width, elide, safe, width_of
from walkthrough.view.timeline import rows

FOCUSED = "▸"
"""Stands at the beginning of a line while the keys go to the timeline, which has no border."""


_COUNTED = {
    Incident.INJECTED: plural("{count} injected", "{count} injected", 0),
    Incident.FAILED: plural("{count} failed", "{count} failed", 0),
    Incident.EXITED: plural("{count} exit", "{count} exits", 0),
    Incident.CLIENT: plural("{count} client action", "{count} client actions", 0),
}
"""The incidents of a walk: how many there are; clients may have acted more often than they are."""


@dataclass(frozen=True, slots=True)
class CursorFacts:
    """Where the walk stands.

    Attributes:
        index: The event shown, from 0.
        lead: The event that the step is about; others may belong to it.
        count: How many events there are.
        time_ns: When it was.
        place: Where on the path.
        goroutine: The goroutine of the event by its key in `World.spans`, None if it has none.
        thread: Which thread's.
        focused: The keys go to the timeline.
    """

    index: int
    lead: int
    count: int
    time_ns: int = 0
    place: Place = NOWHERE
    goroutine: int | None = None
    thread: int | None = None
    focused: bool = False


def whose_step(history: History, event: int, tr: Catalogue) -> str:
    """Say in which step ``event`` is, whose number the header shows in place of its own."""
    first, last = history.step_start(event) + 1, history.step_end(event) + 1
    return tr("{asked} is in the step {first}–{last}", asked=event + 1, first=first, last=last)


def facts(
    timeline: EventTimeline, here: CursorFacts, note: str | None, tr: Catalogue, width: int
) -> Row:
    """Say where the cursor is and what happened there, in ``width`` cells.

    Args:
        timeline: What is drawn.
        here: Where the cursor is.
        note: The note of the bookmark there, None if there is none.
        tr: The catalogue of the language to say it in.
        width: Cells.
    """
    row = [Piece(FOCUSED, "key") if here.focused else Piece(" ")]
    if place := " › ".join(str(part) for part in here.place if part is not None):
        row += [Piece(place, "current"), Piece(" · ")]
    row.append(Piece(rows.clock(here.time_ns)))
    said = _said(tr)
    incidents = [
        Piece(f"  {rows.GLYPHS[kind][0]} {said[kind]}", rows.GLYPHS[kind][1])
        for kind in timeline.incidents_in(here.lead, here.index + 1)
    ]
    at = Piece(" · " + tr("event {at}/{of}", at=here.index + 1, of=here.count))
    if note is None:
        return (*row, at, *incidents)
    bookmark = Piece(f"  {rows.BOOKMARK} ", "key")
    text = safe(note)
    room = width - width_of((*row, *incidents, bookmark)) - 1
    if cell_width(text) <= room - width_of((at,)):  # the number is in the header as well
        row.append(at)
    return (*row, *incidents, bookmark, Piece(elide(text, room), "note"))


def legend(
    timeline: EventTimeline, here: CursorFacts, hidden: tuple[int, int] | None, tr: Catalogue
) -> list[Piece]:
    """List what else may be said, the most useful first.

    Args:
        timeline: What is drawn.
        here: Where the cursor is.
        hidden: How many goroutines and threads are not shown; None if no lane is.
        tr: The catalogue of the language to say it in.
    """
    found = []
    if timeline.taken < here.count:
        percent = timeline.taken * 100 // here.count
        found.append(Piece(tr("reading {percent} %", percent=percent), "current"))
    goroutines, threads = hidden or (0, 0)
    if goroutines > 0:
        said = tr.plural("+{count} goroutine", "+{count} goroutines", goroutines)
        found.append(Piece(said, "dim"))
    if threads > 0:
        said = tr.plural("+{count} thread", "+{count} threads", threads)
        found.append(Piece(said, "dim"))
    for kind, template in _COUNTED.items():
        if count := len(timeline.incidents[kind]):
            glyph, _ = rows.GLYPHS[kind]
            found.append(Piece(f"{glyph} {tr(template.with_count(count))}", "dim"))
    if hidden is not None:
        doings = {
            Activity.RUN: tr("runs"),
            Activity.CALL: tr("in a call"),
            Activity.PARKED: tr.in_context("the timeline", "parked"),
        }
        for doing, said in doings.items():
            found.append(Piece(f"{rows.DOINGS[doing][0]} {said}", "dim"))
    return found


def as_fit(pieces: Sequence[Piece], room: int) -> list[Piece]:
    """Return as many of the first as fit ``room`` cells, with a gap before each."""
    kept: list[Piece] = []
    for piece in pieces:
        room -= width_of((piece,)) + 2
        if room < 0:
            break
        kept += [Piece("  "), piece]
    return kept


def _said(tr: Catalogue) -> dict[Incident, str]:
    return {
        Incident.INJECTED: tr("injected"),
        Incident.FAILED: tr("failed"),
        Incident.EXITED: tr("exit"),
        Incident.CLIENT: tr("client"),
    }
