"""Draws a row of the sequence diagram in three forms: wide, medium, narrow.

Knows neither the widget nor the history. What is written on it is in labels.py.
"""

from collections.abc import Iterator
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Field, message
from walkthrough.model.outcomes import NO_FAILURES
from walkthrough.state.sequence.model import (
    DiagramRow,
    Direction,
    Fact,
    GoroutineParked,
    GoroutineUnparked,
    LifecycleEvent,
    LifecycleKind,
    PacketKind,
    PathPosition,
    PollerWake,
    QueueLength,
    UnreadBytes,
)
from walkthrough.view.sequence import labels
from walkthrough.view.sequence.columns import SequenceColumns, arrow, filled, padded
from walkthrough.view.sequence.labels import named
from walkthrough.view.text import Piece, Row, cell_width, width_of

_ACTS = {
    "connect": message("connect"),
    "accept": message("accept"),
    "send": message("send"),
    "receive": message("receive"),
    "half-close": message("half-close"),
    "allow-replies": message("allow replies"),
    "close": message("close"),
    "reset": message("reset"),
}


_COLOURS = ("type", "keyword", "number", "string", "function", "note")
"""The kinds of text that tell connections apart, one after the other; numbers tell them as well."""
_LINE, _NOT_YET, _END = "│", "┊", "╳"


class DiagramDrawing(NamedTuple):
    """What all rows of one picture have in common.

    Attributes:
        lanes: Where the lifelines stand.
        tr: The catalogue of the language to say it in.
        several: More than one client is in it, so that each needs its number.
        begins: The event at which a client is first heard of, -1 if none is.
        ended: The event with which the server ended, -1 if it has not.
        dialled: The server has dialled: the client is the other end of that.
        from_log: It is made from an strace log, so there are no clients.
        unseen: The kernel has not been looked at.
        goroutines: Waiting goroutines are visible, so that it can be said that none waits.
    """

    lanes: SequenceColumns
    tr: Catalogue
    several: bool = False
    begins: int = -1
    ended: int = -1
    dialled: bool = False
    from_log: bool = False
    unseen: bool = False
    goroutines: bool = True


def colour(connection: int) -> str:
    """Return the kind of text for a connection."""
    return _COLOURS[(connection - 1) % len(_COLOURS)] if connection > 0 else ""


def header_row(picture: DiagramDrawing) -> Row:
    """Name the lanes, each name over its lifeline, as far as there is room."""
    row = _names(picture)
    if width_of(row) <= picture.lanes.width:
        return row
    return _names(picture._replace(from_log=False, unseen=False))


def _names(picture: DiagramDrawing) -> Row:
    lanes, tr = picture.lanes, picture.tr
    client = tr("other end") if picture.dialled else tr("client")
    if picture.several and not picture.dialled:
        client = tr("clients")
    if picture.from_log:
        client = tr("client: not in a log")
    names = [
        client,
        tr("kernel: not observed yet") if picture.unseen else tr("kernel"),
        tr("server"),
    ]
    if lanes.is_narrow:
        apart = sum(map(cell_width, names)) + 6 <= lanes.width
        return (Piece((" · " if apart else "·").join(names), "heading"),)
    at = [lanes.indent + lanes.left]
    at.append(at[0] + 1 + lanes.client_gap)
    at.append(at[1] + 1 + lanes.server_gap)
    if not lanes.right:  # the last lifeline is at the edge
        at[2] -= cell_width(names[2]) // 2
    text = ""
    for name, column in zip(names, at, strict=True):
        start = max(column - cell_width(name) // 2, cell_width(text) + 1 if text else 0)
        text += " " * (start - cell_width(text)) + name
    return (Piece(text, "heading"),)


def drawn_row(row: DiagramRow, picture: DiagramDrawing) -> Row:
    """Draw one row of the diagram."""
    lanes = picture.lanes
    client = Piece(_LINE if 0 <= picture.begins <= row.index else _NOT_YET, "gutter")
    kernel = Piece(_LINE, "gutter")
    server = Piece(_LINE, "gutter")
    if 0 <= picture.ended <= row.index:
        server = Piece(_END if row.index == picture.ended else " ", "failed")
    if lanes.is_narrow:
        left = _arrow("", row, lanes.client_gap)
        right = _call_arrow("", row, lanes.server_gap)
        text = filled([Piece(" "), *_narrow_text(row, picture)], lanes.right)
        return (client, *left, kernel, *right, server, *text)
    margin = Piece(padded(_who(row, picture), lanes.left, right=True), colour(row.connection))
    crossing = _crossing(row, picture)
    middle = _middle(row, picture)
    outcome = filled([Piece(" "), *_outcome(row, picture)], lanes.right) if lanes.right else []
    indent = [Piece(" " * lanes.indent)] if lanes.indent else []
    return (*indent, margin, client, *crossing, kernel, *middle, server, *outcome)


def lifelines_row(picture: DiagramDrawing, index: int) -> Row:
    """Draw the lifelines alone, as they go on below the last row."""
    return drawn_row(DiagramRow(index + 1, index + 1), picture)


# From left to right: the client's margin, packets, calls and the kernel's facts, outcomes


def _who(row: DiagramRow, picture: DiagramDrawing) -> str:
    """Say which client a row is about, and what it does; a single one needs no number."""
    who = ""
    if row.clients > 1:
        who = f"{row.client}–{row.client + row.clients - 1}"
    elif row.client and picture.several:
        who = str(row.client)
    elif not row.client and row.packet is not None and row.port:
        who = f":{row.port}"
    if row.act is None:
        return who
    act = picture.tr.text(_ACTS.get(row.act.action, named(row.act.action)))
    said = f"{who} {act}".strip()
    too_long = picture.lanes.left and cell_width(said) >= picture.lanes.left
    return who if too_long and who else said


def _crossing(row: DiagramRow, picture: DiagramDrawing) -> list[Piece]:
    """Draw what crosses between client and kernel, or why nothing does."""
    lanes, tr, act = picture.lanes, picture.tr, row.act
    if row.packet is not None:
        label = labels.label(row.packet, tr, short=not lanes.is_wide)
        return _arrow(label, row, lanes.client_gap)
    if act is not None and act.error:
        kind = "dim" if act.error in NO_FAILURES else "failed"
        said = labels.error(act, tr)
        if cell_width(said) >= lanes.client_gap:
            said = named(act.error)
        return [Piece(padded(said, lanes.client_gap), kind)]
    if act is not None and act.action == "receive":
        return [Piece(padded(tr("the end"), lanes.client_gap), "dim")]
    return [Piece(" " * lanes.client_gap)]


def _middle(row: DiagramRow, picture: DiagramDrawing) -> list[Piece]:
    """Draw what passes between kernel and server, or say what the kernel shows."""
    lanes, tr, call, note = picture.lanes, picture.tr, row.call, row.note
    width = lanes.server_gap
    if call is not None:
        label = (
            labels.spelled(call)
            if lanes.is_wide
            else labels.spelled_shortly(call, row.fact, tr, width - 3)
        )
        return _call_arrow(label, row, width)
    if isinstance(note, PollerWake):
        form = message("epoll: fd {fd} {events}") if lanes.is_wide else message("fd {fd} {events}")
        label = tr(form, fd=note.fd, events=labels.events(note))
        if not lanes.is_wide and note.goroutine is not None:
            fields: dict[str, Field] = {
                "fd": note.fd,
                "events": labels.events(note),
                "goroutine": note.goroutine,
            }
            forms = (
                tr("fd {fd} {events}, wakes g{goroutine}", **fields),
                tr("fd {fd}, wakes g{goroutine}", **fields),
            )
            label = next((form for form in forms if cell_width(form) < width - 2), forms[-1])
        return arrow(label, Direction.TO_SERVER, width, "current")
    if note is not None and not lanes.is_wide:
        text = labels.note(note, tr, short=True)
        return [Piece(padded(text, width, right=True), _note_kind(note))]
    return filled([Piece(" "), *_shown(row, picture)], width)


def _outcome(row: DiagramRow, picture: DiagramDrawing) -> Iterator[Piece]:
    """Say what a call returned, or what happened in the server."""
    tr, call, note = picture.tr, row.call, row.note
    if isinstance(note, PollerWake):
        if note.goroutine is not None:
            yield Piece(tr("wakes goroutine {goroutine}", goroutine=note.goroutine), "current")
        elif picture.goroutines:
            yield Piece(tr("nobody waits for it"), "dim")
    elif note is not None:
        said = labels.note(note, tr, short=False)
        if cell_width(said) >= picture.lanes.right:
            said = labels.note(note, tr, short=True)
        yield Piece(said, _note_kind(note))
    if call is None:
        return
    came = labels.result(call)
    marked = tr("{result} (injected)", result=came) if call.injected else came
    yield Piece(marked, _call_kind(row) or "result")
    if row.fact is not None:
        fact = _fact(row.fact, picture, short=True)
        if isinstance(row.fact, UnreadBytes):
            fact = tr("{count} B wait there", count=row.fact.count)
        yield Piece(f"  {fact}", "note")
        return
    meaning = labels.meaning(call, tr) if call.returned else ""
    if meaning and cell_width(f" {marked}  {meaning}") <= picture.lanes.right:  # or not at all
        yield Piece(f"  {meaning}", "dim")


def _shown(row: DiagramRow, picture: DiagramDrawing) -> Iterator[Piece]:
    """Say what the kernel's view shows beside a packet or by itself."""
    tr, short = picture.tr, not picture.lanes.is_wide
    packet, act = row.packet, row.act
    if row.fact is not None:
        said = _fact(row.fact, picture, short=short)
        if cell_width(said) >= picture.lanes.server_gap > 0:
            said = _fact(row.fact, picture, short=True)
        yield Piece(said, "note")
    if packet is not None and not packet.answered:
        gap = tr(", ") if row.fact is not None else ""
        yield Piece(gap + tr("no answer yet"), "current")
    elif act is not None and act.error and packet is not None:
        gap = tr(", ") if row.fact is not None else ""
        yield Piece(gap + named(act.error), "dim" if act.error in NO_FAILURES else "failed")
    elif act is not None and act.action == "connect" and act.datagrams and packet is None:
        text = tr("nothing is sent: an address is noted")
        if short or cell_width(text) >= picture.lanes.server_gap:
            text = tr("nothing is sent")
        yield Piece(text, "dim")


def _narrow_text(row: DiagramRow, picture: DiagramDrawing) -> Iterator[Piece]:
    """Say all of a row in one line: there is no room between the lifelines."""
    tr, call, note = picture.tr, row.call, row.note
    if who := _who(row, picture):
        yield Piece(f"{who} ", colour(row.connection))
    if row.packet is not None:
        yield Piece(labels.label(row.packet, tr, short=True) + " ", _packet_kind(row))
    if call is not None:
        fd = f"({call.fd})" if call.fd is not None else ""
        yield Piece(f"{named(call.name)}{fd} ", colour(row.connection))
        yield Piece(labels.result(call) + " ", _call_kind(row) or "result")
    if isinstance(note, PollerWake):
        yield Piece(tr("fd {fd} {events}", fd=note.fd, events=labels.events(note)), "current")
    elif note is not None:
        yield Piece(labels.note(note, tr, short=True), _note_kind(note))
    if call is not None and isinstance(row.fact, QueueLength):
        yield Piece(tr("queue {now}", now=row.fact.now), "note")
    elif row.packet is not None and not row.packet.answered:
        yield Piece(tr("no answer yet"), "current")
    elif call is None and not isinstance(row.fact, UnreadBytes):
        yield from _shown(row, picture)


def _fact(shown: Fact, picture: DiagramDrawing, *, short: bool) -> str:
    tr = picture.tr
    who = tr("other end") if picture.dialled else tr("client")
    return labels.fact(shown, tr, who, short=short)


# Packets and calls


def _arrow(label: str, row: DiagramRow, width: int) -> list[Piece]:
    packet, kind = row.packet, _packet_kind(row)
    if packet is None:
        return [Piece(" " * width)]
    line = "═" if packet.sign is PacketKind.HANDSHAKE else "─"
    if packet.answered:
        return arrow(label, packet.way, width, kind, line=line)
    # It is on its way, and it is not known to have come to anything.
    tail = max(width // 5, 1)
    if packet.way is Direction.TO_SERVER:
        return [
            *arrow(label, packet.way, width - tail, kind, head="╌"),
            Piece("╌" * (tail - 1) + "▷", kind),
        ]
    return [
        Piece("◁" + "╌" * (tail - 1), kind),
        *arrow(label, packet.way, width - tail, kind, head="╌"),
    ]


def _packet_kind(row: DiagramRow) -> str:
    if row.packet is not None and row.packet.sign is PacketKind.RST:
        return "failed"
    return colour(row.connection)


def _call_arrow(label: str, row: DiagramRow, width: int) -> list[Piece]:
    if row.call is not None:
        call, kind = row.call, _call_kind(row) or colour(row.connection)
        if call.way is Direction.TO_SERVER and call.error in NO_FAILURES:  # it has brought nothing
            return arrow(label, call.way, width, kind, line="╌", head="▷")
        return arrow(label, call.way, width, kind)
    if isinstance(row.note, PollerWake):
        return arrow(label, Direction.TO_SERVER, width, "current")
    return [Piece(" " * width)]


def _call_kind(row: DiagramRow) -> str:
    """Return the kind of a call that went wrong or goes on, "" for any other."""
    call = row.call
    if call is None or (call.error in NO_FAILURES and not call.injected):
        return ""
    if not call.returned:
        return "current"
    return "failed" if call.error else ""


def _note_kind(note: labels.Said) -> str:
    match note:
        case GoroutineParked():
            return "dim"
        case LifecycleEvent(life=LifecycleKind.KILLED):
            return "failed"
        case LifecycleEvent(life=LifecycleKind.EXITED, code=code):
            return "failed" if code else "done"
        case GoroutineUnparked() | PathPosition():
            return "current"
        case _:
            return "dim"
