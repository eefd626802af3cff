"""The caption under the panes while presenting: what has happened, and the note of the step."""

import re

from walkthrough.formatting.line_breaks import breaks
from walkthrough.model.events import CallEntered, CallReturned, FunctionEntered, FunctionReturned
from walkthrough.view.event_text import sentence
from walkthrough.view.step import StepContext
from walkthrough.view.text import Piece, Row, cell_width, elide, safe, width_of, wrap

_OF_THE_SERVER = (FunctionEntered, FunctionReturned, CallEntered, CallReturned)
_SENTENCE_END = re.compile(r"[.!?](?=\s)|[。！？]")
READ_IN_ONE = 30
"""Cells of a note that are read in the time that an event has."""
MOST_TIMES = 10
"""The longest note has this many times the time of an event."""


def caption_rows(
    step: StepContext, state: str, width: int, height: int, *, asleep: bool = False
) -> list[Row]:
    """Write the caption.

    Args:
        step: Where the walk is.
        asleep: Every thread sleeps in the kernel (see `sentence`).
        state: Whether it plays, at the right of the first row.
        width: Cells of a row.
        height: Rows there are; of a longer note the last sentences are left out, with an ellipsis.
    """
    said = ""
    if step.event is not None:
        said = sentence(
            step.event, step.tr, asleep=asleep, kernel=step.world.kernel, several=step.world.several
        )
    state = elide(state, width // 2)
    said, room = safe(said), width - width_of((Piece(state),)) - 2
    (_, end), *more = breaks(said, room, width)
    if len(more) > 1 or height <= len(more) + 1:
        end, more = len(said), []
    head = Piece(elide(said[:end], room), "strong")
    gap = " " * (width - width_of((head, Piece(state))))
    rows: list[Row] = [(head, Piece(gap), Piece(state, "dim"))]
    rows += [(Piece(said[start:stop], "strong"),) for start, stop in more]
    note = note_of(step)
    lines, room = _lines(note, width), height - len(rows)
    if len(lines) > room > 0:
        lines = _first_sentences(note, width, room) or lines
    if len(lines) > room > 0:
        last = "".join(piece.text for piece in lines[room - 1])
        lines = [*lines[: room - 1], (Piece(elide(last, width - 1) + "…", "note"),)]
    return [*rows, *lines[: max(room, 0)]]


def _lines(note: str, width: int) -> list[Row]:
    return [row for line in note.splitlines() for row in wrap((Piece(safe(line), "note"),), width)]


def _first_sentences(note: str, width: int, height: int) -> list[Row]:
    """Write as many whole sentences of a note as there is room for; none if one is too much."""
    rows: list[Row] = []
    for end in _SENTENCE_END.finditer(note):
        longer = _lines(note[: end.end()], width)
        if len(longer) > height:
            break
        if width_of(longer[-1]) + 2 <= width:
            rows = [*longer[:-1], (*longer[-1], Piece(" …", "note"))]
    return rows


def note_of(step: StepContext) -> str:
    """Return what is said of the step: of its place on the path, else beside its line.

    What a client does, a thread, the end of the server: these have no note. Where the server stands
    meanwhile, or where its path failed, is another step, and the source pane has its note.
    """
    view = step.view
    if view is None or step.failed_at >= 0 or not isinstance(step.event, _OF_THE_SERVER):
        return ""
    return view.caption or view.notes.get(view.line, "")


def times_to_read(step: StepContext) -> int:
    """Return how many times what an event has is needed to read the note of the step, from 1."""
    return min(max(1, -(-cell_width(note_of(step)) // READ_IN_ONE)), MOST_TIMES)
