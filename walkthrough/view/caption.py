"""The caption under the panes while presenting: what has happened, and the note of the step."""

from rich.cells import cell_len

from walkthrough.tui.event_text import sentence
from walkthrough.tui.step import Moment
from walkthrough.tui.widgets.bars import ClickedBar
from walkthrough.tui.widgets.rows_view import Piece, Row, elide, safe, width_of, wrap


def caption_rows(moment: Moment, state: str, width: int, height: int) -> list[Row]:
    """Write the caption.

    Args:
        moment: Where the walk is.
        state: Whether it plays, at the right of the first row.
        width: Cells of a row.
        height: Rows there are; of a longer note the end is left out, with an ellipsis.
    """
    said = ""
    if moment.event is not None:
        said = sentence(moment.event, moment.words, kernel=moment.world.kernel)
    state = elide(state, width // 2)
    head = Piece(elide(safe(said), width - width_of((Piece(state),)) - 2), "strong")
    gap = " " * (width - width_of((head, Piece(state))))
    rows: list[Row] = [(head, Piece(gap), Piece(state, "dim"))]
    note = _note(moment)
    told = [row for line in note.splitlines() for row in wrap((Piece(safe(line), "note"),), width)]
    room = height - len(rows)
    if len(told) > room > 0:
        last = "".join(piece.text for piece in told[room - 1])
        told = [*told[: room - 1], (Piece(elide(last, width - 1) + "…", "note"),)]
    return [*rows, *told[: max(room, 0)]]


def _note(moment: Moment) -> str:
    """Return what is said of the step: of its place on the path, else beside its line."""
    view = moment.view
    if view is None:
        return ""
    return view.caption or view.notes.get(view.line, "")


class Caption(ClickedBar, can_focus=False):
    """Draws `caption_rows`; it keeps its height, so that a step moves nothing.

    A click on what says whether it plays begins to, or pauses.
    """

    def __init__(self) -> None:
        super().__init__(id="caption")
        self._told: tuple[Moment, str] | None = None

    def tell(self, moment: Moment, state: str) -> None:
        """Draw the caption of ``moment``; ``state`` says whether it plays."""
        self._told = (moment, state)
        self._draw()

    def on_resize(self) -> None:
        """The note is wrapped to the width."""
        self._draw()

    def _draw(self) -> None:
        if self._told is not None:
            moment, state = self._told
            begins = self.columns - min(cell_len(state), self.columns // 2)
            self._spans = [(begins, self.columns, "play")]
            self.show_rows(caption_rows(moment, state, self.columns, self.size.height))
