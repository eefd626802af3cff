"""Draws a row of the sequence diagram in three forms: wide, medium, narrow.

Knows neither the widget nor the history. What is said in it is in row_parts.py.
"""

from collections.abc import Iterator

from walkthrough.i18n.messages import Field, message
from walkthrough.model.outcomes import NO_FAILURES
from walkthrough.state.sequence.model import (
    DiagramRow,
    Direction,
    PacketKind,
    PollerWake,
    QueueLength,
    UnreadBytes,
)
from walkthrough.view.sequence import labels
from walkthrough.view.sequence.columns import arrow, filled, padded
from walkthrough.view.sequence.labels import named
from walkthrough.view.sequence.row_parts import (
    DiagramDrawing,
    call_kind,
    colour,
    kernel_shows,
    lane_names,
    note_kind,
    options_of,
    outcome,
    packet_kind,
    packets_from,
    received,
    who_acts,
    whose,
)
from walkthrough.view.text import Piece, Row, cell_width, width_of

_SHAFT = 6
"""Cells of an arrow that a label leaves at least, if it has a choice."""
_LINE, _NOT_YET, _END = "│", "┊", "╳"


def header_row(picture: DiagramDrawing) -> Row:
    """Name the lanes, each name over its lifeline, as far as there is room."""
    row = _names(picture)
    if width_of(row) <= picture.lanes.width:
        return row
    return _names(picture._replace(from_log=False, unseen=False))


def _names(picture: DiagramDrawing) -> Row:
    lanes, names = picture.lanes, lane_names(picture)
    if lanes.is_narrow:
        apart = sum(map(cell_width, names)) + 6 <= lanes.width
        return (Piece((" · " if apart else "·").join(names), "heading"),)
    at = [lanes.indent + lanes.left]
    at.append(at[0] + 1 + lanes.client_gap)
    at.append(at[1] + 1 + lanes.server_gap)
    if not lanes.right:  # the last lifeline is at the edge
        at[2] -= cell_width(names[2]) // 2
    text, ends = "", list[int]()
    for name, column in zip(names, at, strict=True):
        start = max(column - cell_width(name) // 2, cell_width(text) + 1 if text else 0)
        ends += [start, start + cell_width(name)]
        text += " " * (start - cell_width(text)) + name
    gap = ends[2] - ends[1]  # between the names of client and kernel
    packets = packets_from(picture, gap - 4)
    if not packets:
        return (Piece(text, "heading"),)
    before = (gap - cell_width(packets)) // 2
    after = gap - cell_width(packets) - before
    return (
        Piece(f"{' ' * ends[0]}{names[0]}{' ' * before}", "heading"),
        Piece(packets, "dim"),
        Piece(f"{' ' * after}{names[1]}{' ' * (ends[4] - ends[3])}{names[2]}", "heading"),
    )


def drawn_row(row: DiagramRow, picture: DiagramDrawing, *, options: bool = False) -> Row:
    """Draw one row of the diagram.

    Args:
        row: What it shows.
        picture: What it is a part of.
        options: Whether a captured packet's options are shown in the place of what the kernel has
            made of it.
    """
    lanes = picture.lanes
    client = Piece(_LINE if 0 <= picture.begins <= row.index else _NOT_YET, "gutter")
    kernel = Piece(_LINE, "gutter")
    server = Piece(_LINE, "gutter")
    if 0 <= picture.ended <= row.index:
        server = Piece(_END if row.index == picture.ended else " ", "failed")
    shown = options_of(row) if options else ""
    if lanes.is_narrow:
        left = _arrow("", row, lanes.client_gap)
        right = _call_arrow("", row, lanes.server_gap)
        said = [Piece(f" {shown}")] if shown else []
        text = filled(said or [Piece(" "), *_narrow_text(row, picture)], lanes.right)
        return (client, *left, kernel, *right, server, *text)
    margin = Piece(padded(who_acts(row, picture), lanes.left, right=True), colour(row.connection))
    crossing = _crossing(row, picture)
    middle = _middle(row, picture)
    came = filled([Piece(" "), *outcome(row, picture)], lanes.right) if lanes.right else []
    if shown and row.call is None:
        first, rest = _divided(shown, lanes.server_gap - 1 if lanes.right else cell_width(shown))
        middle = filled([Piece(f" {first}")], lanes.server_gap)
        came = filled([Piece(f" {rest}")], lanes.right) if lanes.right else []
    indent = [Piece(" " * lanes.indent)] if lanes.indent else []
    return (*indent, margin, client, *crossing, kernel, *middle, server, *came)


def lifelines_row(picture: DiagramDrawing, index: int) -> Row:
    """Draw the lifelines alone, as they go on below the last row."""
    return drawn_row(DiagramRow(index + 1, index + 1), picture)


def _divided(text: str, room: int) -> tuple[str, str]:
    """Divide a list of options after the last comma before which all fits into a width."""
    if cell_width(text) <= room:
        return text, ""
    parts = text.split(", ")
    count = len(parts) - 1
    while count > 1 and cell_width(", ".join(parts[:count])) >= room:
        count -= 1
    return ", ".join(parts[:count]) + ",", ", ".join(parts[count:])


# From left to right: the client's margin, packets, calls and the kernel's facts, outcomes


def _crossing(row: DiagramRow, picture: DiagramDrawing) -> list[Piece]:
    """Draw what crosses between client and kernel, or why nothing does."""
    lanes, tr, act = picture.lanes, picture.tr, row.act
    if row.packet is not None:
        tail = 0 if row.packet.answered else _tail(lanes.client_gap)
        room = lanes.client_gap - _SHAFT - tail
        label = labels.label(row.packet, tr, short=not lanes.is_wide, room=room)
        return _arrow(label, row, lanes.client_gap)
    if act is not None and act.error:
        kind = "dim" if act.error in NO_FAILURES else "failed"
        said = labels.error(act, tr)
        if cell_width(said) >= lanes.client_gap:
            said = named(act.error)
        return [Piece(padded(said, lanes.client_gap), kind)]
    if act is not None and act.action == "receive":
        return [Piece(padded(received(act, tr), lanes.client_gap), "dim")]
    return [Piece(" " * lanes.client_gap)]


def _middle(row: DiagramRow, picture: DiagramDrawing) -> list[Piece]:
    """Draw what passes between kernel and server, or say what the kernel shows."""
    lanes, tr, call, note = picture.lanes, picture.tr, row.call, row.note
    width = lanes.server_gap
    if call is not None:
        if lanes.is_wide:
            return _call_arrow(labels.spelled(call), row, width)
        who = whose(row, picture)
        label = who + labels.spelled_shortly(call, row.fact, tr, width - 3 - cell_width(who))
        return _call_arrow(label, row, width)
    if isinstance(note, PollerWake):
        form = message("epoll: fd {fd} {events}") if lanes.is_wide else message("fd {fd} {events}")
        who = "" if lanes.is_wide else whose(row, picture)
        label = who + tr(form, fd=note.fd, events=labels.events(note))
        if not lanes.is_wide and note.goroutine is not None:
            fields: dict[str, Field] = {
                "fd": note.fd,
                "events": labels.events(note),
                "goroutine": note.goroutine,
            }
            forms = (
                who + tr("fd {fd} {events}, wakes g{goroutine}", **fields),
                who + tr("fd {fd}, wakes g{goroutine}", **fields),
            )
            label = next((form for form in forms if cell_width(form) < width - 2), forms[-1])
        return arrow(label, Direction.TO_SERVER, width, "current")
    if note is not None and not lanes.is_wide:
        text = whose(row, picture) + labels.note(note, tr, short=True)
        return [Piece(padded(text, width, right=True), note_kind(note))]
    return filled([Piece(" "), *kernel_shows(row, picture)], width)


def _narrow_text(row: DiagramRow, picture: DiagramDrawing) -> Iterator[Piece]:
    """Say all of a row in one line: there is no room between the lifelines."""
    tr, call, note = picture.tr, row.call, row.note
    if who := who_acts(row, picture):
        yield Piece(f"{who} ", colour(row.connection))
    if row.packet is not None:
        yield Piece(labels.label(row.packet, tr, short=True) + " ", packet_kind(row))
    if owner := whose(row, picture):
        yield Piece(owner, "key")
    if call is not None:
        fd = f"({call.fd})" if call.fd is not None else ""
        yield Piece(f"{named(call.name)}{fd} ", colour(row.connection))
        yield Piece(labels.result(call) + " ", call_kind(row) or "result")
    if isinstance(note, PollerWake):
        yield Piece(tr("fd {fd} {events}", fd=note.fd, events=labels.events(note)), "current")
    elif note is not None:
        yield Piece(labels.note(note, tr, short=True), note_kind(note))
    if call is not None and isinstance(row.fact, QueueLength):
        yield Piece(tr("queue {now}", now=row.fact.now), "note")
    elif row.packet is not None and not row.packet.answered:
        yield Piece(tr("no answer yet"), "current")
    elif call is None and not isinstance(row.fact, UnreadBytes):
        yield from kernel_shows(row, picture)


# Packets and calls


def _arrow(label: str, row: DiagramRow, width: int) -> list[Piece]:
    packet, kind = row.packet, packet_kind(row)
    if packet is None:
        return [Piece(" " * width)]
    line = "═" if packet.sign is PacketKind.HANDSHAKE else "─"
    if packet.answered:
        return arrow(label, packet.way, width, kind, line=line)
    # It is on its way, and it is not known to have come to anything.
    tail = _tail(width)
    if packet.way is Direction.TO_SERVER:
        return [
            *arrow(label, packet.way, width - tail, kind, head="╌"),
            Piece("╌" * (tail - 1) + "▷", kind),
        ]
    return [
        Piece("◁" + "╌" * (tail - 1), kind),
        *arrow(label, packet.way, width - tail, kind, head="╌"),
    ]


def _tail(width: int) -> int:
    """Return how many cells at the head of an arrow say that nothing has come of it yet."""
    return max(width // 5, 1)


def _call_arrow(label: str, row: DiagramRow, width: int) -> list[Piece]:
    if row.call is not None:
        call, kind = row.call, call_kind(row) or colour(row.connection)
        if call.way is Direction.TO_SERVER and call.error in NO_FAILURES:  # it has brought nothing
            return arrow(label, call.way, width, kind, line="╌", head="▷")
        return arrow(label, call.way, width, kind)
    if isinstance(row.note, PollerWake):
        return arrow(label, Direction.TO_SERVER, width, "current")
    return [Piece(" " * width)]
