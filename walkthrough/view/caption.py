"""The caption under the panes while presenting: what has happened, and the note of the step."""

from walkthrough.view.event_text import sentence
from walkthrough.view.step import StepContext
from walkthrough.view.text import Piece, Row, breaks, elide, safe, width_of, wrap


def caption_rows(step: StepContext, state: str, width: int, height: int) -> list[Row]:
    """Write the caption.

    Args:
        step: Where the walk is.
        state: Whether it plays, at the right of the first row.
        width: Cells of a row.
        height: Rows there are; of a longer note the end is left out, with an ellipsis.
    """
    said = ""
    if step.event is not None:
        said = sentence(step.event, step.tr, kernel=step.world.kernel)
    state = elide(state, width // 2)
    said, room = safe(said), width - width_of((Piece(state),)) - 2
    (_, end), *more = breaks(said, room, width)
    if len(more) > 1 or height <= len(more) + 1:
        end, more = len(said), []
    head = Piece(elide(said[:end], room), "strong")
    gap = " " * (width - width_of((head, Piece(state))))
    rows: list[Row] = [(head, Piece(gap), Piece(state, "dim"))]
    rows += [(Piece(said[start:stop], "strong"),) for start, stop in more]
    note = _note(step)
    lines = [row for line in note.splitlines() for row in wrap((Piece(safe(line), "note"),), width)]
    room = height - len(rows)
    if len(lines) > room > 0:
        last = "".join(piece.text for piece in lines[room - 1])
        lines = [*lines[: room - 1], (Piece(elide(last, width - 1) + "…", "note"),)]
    return [*rows, *lines[: max(room, 0)]]


def _note(step: StepContext) -> str:
    """Return what is said of the step: of its place on the path, else beside its line."""
    view = step.view
    if view is None:
        return ""
    return view.caption or view.notes.get(view.line, "")
