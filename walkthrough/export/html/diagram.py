"""The ladder as the page draws it: who, arrows with their labels and ways, what resulted."""

from walkthrough.export.html.rows import EntryTable, Json, PaneTrack
from walkthrough.state.sequence.model import Direction
from walkthrough.view.sequence.ladder import ArrowLine, LadderArrow, LadderRow, said_by
from walkthrough.view.sequence.page import SequencePage
from walkthrough.view.step import StepContext
from walkthrough.view.text import Row
from walkthrough.view.text_styles import KINDS

WIDTH = 120
"""Cells that the screen's diagram is asked for; the page has its own."""
_LINES = tuple(ArrowLine)

DiagramEntry = tuple[LadderRow | Row, bool]
"""A row of the diagram, and whether it is the step's."""


class LadderTrack:
    """The ladder of a walk in one language, step by step.

    Args:
        ladder: Where all rows are stored.
        lanes: Where the names of the three lifelines are.
    """

    def __init__(
        self, ladder: EntryTable[DiagramEntry], lanes: EntryTable[tuple[str, ...]]
    ) -> None:
        self._ladder, self._lanes = ladder, lanes
        self._page = SequencePage()
        self.rows = PaneTrack()
        self.names = PaneTrack()

    def add(self, step: StepContext) -> None:
        """Add the next step."""
        page = self._page
        while not (page.show(step, WIDTH) is None or page.reached):
            pass
        lit = page.lit_rows
        self.rows.add(
            [self._ladder.number((row, at in lit)) for at, row in enumerate(page.ladder(), 1)]
        )
        self.names.add([self._lanes.number(tuple(page.lanes()))])


def entry_data(entry: DiagramEntry) -> Json:
    """Return a row of the diagram as the page's script reads it.

    A sentence is ``[lit, pieces]``; a row ``[lit, pieces of the client, whether it is there,
    crossing, calls, outcome, whether the server is there, event, the whole as text, the packet's
    options]``, without the last if there are none. An arrow is ``[label, kind, 1 to the server or
    -1, line]``, and anything else ``[pieces]``.
    """
    row, lit = entry
    if not isinstance(row, LadderRow):
        return [int(lit), pieces_data(row)]
    said = [
        int(lit),
        pieces_data((row.who,)),
        int(row.client),
        _part(row.crossing),
        _part(row.calls),
        pieces_data(row.outcome),
        int(row.server),
        row.event,
        said_by(row),
    ]
    return [*said, row.options] if row.options else said


def _part(part: LadderArrow | Row) -> Json:
    if isinstance(part, LadderArrow):
        way = 1 if part.way is Direction.TO_SERVER else -1
        return [part.label, _KIND[part.kind], way, _LINES.index(part.line)]
    return [pieces_data(part)]


_KIND = {kind: number for number, kind in enumerate(("", *KINDS))}


def pieces_data(row: Row) -> Json:
    """Return a row as ``[text, kind, text, kind, …]``; kinds are numbers of ``("", *KINDS)``."""
    found: list[str | int] = []
    for text, kind in row:
        if text:
            found += (text, _KIND[kind])
    return found
