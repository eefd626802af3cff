"""The sequence diagram as plain records: who, what crosses, what results, for who draws lines.

A row of text has arrows of characters and is cut to a width; whoever can draw a line gets the
arrow's label and way instead, and texts as long as they are.
"""

from enum import StrEnum
from typing import NamedTuple

from walkthrough.i18n.messages import message
from walkthrough.model.outcomes import NO_FAILURES
from walkthrough.state.sequence.model import DiagramRow, Direction, PacketKind, PollerWake
from walkthrough.view.sequence import labels
from walkthrough.view.sequence.columns import SequenceColumns
from walkthrough.view.sequence.row_parts import (
    DiagramDrawing,
    call_kind,
    colour,
    kernel_shows,
    options_of,
    outcome,
    packet_kind,
    received,
    who_acts,
)
from walkthrough.view.text import Piece, Row

_HEADS = {Direction.TO_SERVER: "→", Direction.TO_CLIENT: "←"}
UNCUT = SequenceColumns(0, 4096, 4096, 4096, 4096)
"""Lanes in which there is room for every text."""


class ArrowLine(StrEnum):
    """How an arrow's line is drawn."""

    WHOLE = "whole"
    DOUBLE = "double"
    """It stands for several packets."""
    BROKEN = "broken"
    """It is not known to have arrived, or has brought nothing."""


class LadderArrow(NamedTuple):
    """An arrow: what it says, the kind of its text and line, and its way."""

    label: str
    kind: str
    way: Direction
    line: ArrowLine = ArrowLine.WHOLE


class LadderRow(NamedTuple):
    """One row of the diagram, from left to right.

    Attributes:
        event: The event that it begins with.
        who: The client, and what it does.
        client: Whether anybody at the client's end has been heard of by then.
        crossing: What passes between client and kernel, or why nothing does.
        calls: What passes between kernel and server, or what the kernel shows.
        outcome: What the server got, or what happened there.
        server: Whether the server is there: it is not from the row on with which it ends.
        options: The TCP options of its packet, shown on demand; "" unless it was captured.
    """

    event: int
    who: Piece
    client: bool
    crossing: LadderArrow | Row
    calls: LadderArrow | Row
    outcome: Row
    server: bool
    options: str = ""


def ladder_row(row: DiagramRow, picture: DiagramDrawing) -> LadderRow:
    """Return what a row says; ``picture`` has the lanes `UNCUT`."""
    return LadderRow(
        event=row.index,
        who=Piece(who_acts(row, picture), colour(row.connection)),
        client=0 <= picture.begins <= row.index,
        crossing=_crossing(row, picture),
        calls=_calls(row, picture),
        outcome=tuple(outcome(row, picture)),
        server=not 0 <= picture.ended <= row.index,
        options=options_of(row) if row.call is None else "",
    )


def said_by(row: LadderRow) -> str:
    """Return all that a row says as one text, for who cannot see it."""
    parts = [row.who.text]
    for part in (row.crossing, row.calls):
        if isinstance(part, LadderArrow):
            parts.append(
                f"→ {part.label}" if part.way is Direction.TO_SERVER else f"← {part.label}"
            )
        else:
            parts.append("".join(piece.text for piece in part).strip())
    parts.append("".join(piece.text for piece in row.outcome).strip())
    return "  ".join(filter(None, parts))


def _crossing(row: DiagramRow, picture: DiagramDrawing) -> LadderArrow | Row:
    tr, act, packet = picture.tr, row.act, row.packet
    if packet is not None:
        line = ArrowLine.DOUBLE if packet.sign is PacketKind.HANDSHAKE else ArrowLine.WHOLE
        if not packet.answered:
            line = ArrowLine.BROKEN
        label = labels.label(packet, tr, short=False, room=UNCUT.client_gap)
        return LadderArrow(label, packet_kind(row), packet.way, line)
    if act is not None and act.error:
        kind = "dim" if act.error in NO_FAILURES else "failed"
        return (Piece(labels.error(act, tr), kind),)
    if act is not None and act.action == "receive":
        return (Piece(received(act, tr), "dim"),)
    return ()


def _calls(row: DiagramRow, picture: DiagramDrawing) -> LadderArrow | Row:
    call, note = row.call, row.note
    if call is not None:
        kind = call_kind(row) or colour(row.connection)
        brought_nothing = call.way is Direction.TO_SERVER and call.error in NO_FAILURES
        line = ArrowLine.BROKEN if brought_nothing else ArrowLine.WHOLE
        return LadderArrow(labels.spelled(call), kind, call.way, line)
    if isinstance(note, PollerWake):
        label = picture.tr(
            message("epoll: fd {fd} {events}"), fd=note.fd, events=labels.events(note)
        )
        return LadderArrow(label, "current", Direction.TO_SERVER)
    return tuple(kernel_shows(row, picture))
