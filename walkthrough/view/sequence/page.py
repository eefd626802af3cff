"""All rows of the sequence diagram up to a step; only those that are asked for are drawn.

Row 0 names the lanes; from row 1 on come the diagram's rows, and below them the call that
goes on, if one does. A long history is processed piece by piece.
"""

from collections.abc import Iterator

from walkthrough.state.sequence.diagram import SequenceDiagram
from walkthrough.state.sequence.model import DiagramRow, PathPosition
from walkthrough.state.sequence.server import pending_call
from walkthrough.state.world import VisitProgress, World
from walkthrough.view.sequence.columns import lanes_of
from walkthrough.view.sequence.diagram import drawn_row, header_row, lifelines_row
from walkthrough.view.sequence.ladder import UNCUT, LadderRow, ladder_row
from walkthrough.view.sequence.row_parts import DiagramDrawing, lane_names, packets_from
from walkthrough.view.step import StepContext
from walkthrough.view.text import Piece, Row

_MOST_ROWS = 2048
"""How many rows are kept as they were drawn."""
_TELL = ("go", "python")
"""The servers of which it is seen who waits."""


class SequencePage:
    """Client, kernel and server, and what passed between them.

    Attributes:
        header: The row that names the lanes.
        lifelines: A row with nothing but the lifelines, as they are at the step.
        reached: Whether the history is read as far as the step; if not, `show` reads on.
        lit: The diagram's rows of the step, by their number from 0.
    """

    def __init__(self) -> None:
        self.header: Row = ()
        self.lifelines: Row = ()
        self.reached = True
        self.lit = range(0)
        self._diagram: SequenceDiagram | None = None
        self._picture: DiagramDrawing | None = None
        self._drawn: dict[int, Row] = {}
        self._recorded: dict[int, LadderRow] = {}
        self._count = 0
        self._below: list[DiagramRow | Row] = []
        self._going_on: DiagramRow | None = None
        self._is_below_lit = False

    def __len__(self) -> int:
        return 1 + self._count + len(self._below)

    @property
    def last_row(self) -> int:
        """The last row that belongs to the diagram, 0 if there is none."""
        return self._count + (self._going_on is not None)

    @property
    def lit_rows(self) -> set[int]:
        """The rows of the step, and all below the diagram."""
        return {*(at + 1 for at in self.lit), *range(self._count + 1, len(self))}

    @property
    def first_lit_row(self) -> int:
        """The row to show first if the step does not fit."""
        at_end = bool(self.lit) and self.lit[-1] + 1 == self._count
        return self.lit[0] + 1 if at_end else self._count + len(self._below)

    def show(self, step: StepContext, width: int) -> bool:
        """Make the page for a step, ``width`` cells wide; return whether rows above are new."""
        diagram = self._diagram_of(step)
        settled = diagram.settled
        self.reached = reached = diagram.extend(step.index)
        for at in range(settled, diagram.count(diagram.until)):
            self._drawn.pop(at, None)  # it may have been added to since it was drawn
            self._recorded.pop(at, None)
        picture = _picture_of(step, diagram, width)
        same = picture == self._picture and settled == diagram.settled
        if picture != self._picture:
            self._picture, self.header = picture, header_row(picture)
            self._drawn.clear()
            self._recorded.clear()
        self.lifelines = lifelines_row(picture, step.index)
        self._count = diagram.count(step.index)
        first = step.history.step_start(step.index) if step.index >= 0 else 0
        self.lit = diagram.between(first, step.index) if step.index >= 0 else range(0)
        self._going_on = _going_on(step) if reached else None
        self._is_below_lit = reached and not self.lit
        self._below = self._rows_below(step)
        return not same

    def row(self, number: int) -> Row:
        """Return row ``number``, from 0."""
        if number == 0:
            return self.header
        at = number - 1
        if at >= self._count:
            below = self._below[at - self._count]
            if not isinstance(below, DiagramRow):
                return below
            assert self._picture is not None
            return drawn_row(below, self._picture)
        row = self._drawn.get(at)
        if row is None:
            assert self._diagram is not None
            assert self._picture is not None
            if len(self._drawn) >= _MOST_ROWS:
                self._drawn.clear()
            row = self._drawn[at] = drawn_row(self._diagram.row(at), self._picture)
        return row

    def row_with_options(self, number: int) -> Row:
        """Return row ``number`` with the options of its packet, if it has one that was captured."""
        shown = self.diagram_row(number)
        if shown is None or shown.packet is None or shown.packet.seen is None:
            return self.row(number)
        assert self._picture is not None
        return drawn_row(shown, self._picture, options=True)

    def row_kind(self, number: int) -> str:
        """Mark the rows of the step."""
        at = number - 1
        lit = at in self.lit or (self._is_below_lit and at == self._count)
        return "here" if lit else ""

    def diagram_row(self, row: int) -> DiagramRow | None:
        """Return what a row shows of the diagram, None for another row."""
        at = row - 1
        if self._diagram is None or at < 0 or row > self.last_row:
            return None
        return self._diagram.row(at) if at < self._count else self._going_on

    def ladder(self) -> Iterator[LadderRow | Row]:
        """Yield the rows below the one that names the lanes, for who draws lines himself."""
        assert self._diagram is not None
        assert self._picture is not None
        picture = self._picture._replace(lanes=UNCUT)
        for at in range(self._count):
            row = self._recorded.get(at)
            if row is None:
                row = self._recorded[at] = ladder_row(self._diagram.row(at), picture)
            yield row
        for below in self._below:
            yield ladder_row(below, picture) if isinstance(below, DiagramRow) else below

    def lanes(self) -> list[str]:
        """Return the names of the lanes, client, kernel, server, and where packets are from."""
        assert self._picture is not None
        return [*lane_names(self._picture), packets_from(self._picture, UNCUT.client_gap)]

    def _rows_below(self, step: StepContext) -> list[DiagramRow | Row]:
        """Return what is below the diagram: what goes on, or why there is nothing."""
        tr = step.tr
        if not self.reached:
            assert self._diagram is not None
            percent = 100 * (self._diagram.until + 1) // (step.index + 1)
            return [(Piece(tr("… {percent} % of the way to this event", percent=percent), "dim"),)]
        if self._going_on is not None:
            return [self._going_on]
        place = step.world.place
        name = place.step or place.stage
        if not self.lit and name is not None and _lasts(step.world):
            note = PathPosition(name.value)
            return [DiagramRow(step.index, step.index, note=note, process=step.world.process)]
        return (
            []
            if self._count
            else [(Piece(tr("Nothing has passed between client and server yet."), "dim"),)]
        )

    def _diagram_of(self, step: StepContext) -> SequenceDiagram:
        if self._diagram is None or self._diagram.history is not step.history:
            self._diagram = SequenceDiagram(step.history)
            self._drawn.clear()
            self._recorded.clear()
        return self._diagram


def _picture_of(step: StepContext, diagram: SequenceDiagram, width: int) -> DiagramDrawing:
    index = step.index
    return DiagramDrawing(
        lanes_of(width),
        step.tr,
        several=diagram.clients(index) > 1,
        begins=diagram.begun(index),
        ended=diagram.ended(index),
        dialled=diagram.dialled(index) >= 0,
        from_log=diagram.from_log,
        unseen=step.world.kernel is None and index >= 0,
        goroutines=step.history.header.server in _TELL,
        captured=step.history.header.packets is not None,
        processes=len(step.world.processes),
        first=step.world.first,
    )


def _lasts(world: World) -> bool:
    """Return whether the visit to the place of the step goes on: its end has been told above."""
    newest = next((visit for visit in reversed(world.visits) if visit.place == world.place), None)
    return newest is None or newest.progress is VisitProgress.CURRENT


def _going_on(step: StepContext) -> DiagramRow | None:
    """Return the call on a socket that the server is making, as a row."""
    found = pending_call(step.world)
    if found is None:
        return None
    index, call = found
    return DiagramRow(index, index, call=call, process=step.world.process)
