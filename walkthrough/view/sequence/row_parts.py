"""What is said in each part of a row of the sequence diagram, and of what kind of text it is.

It knows how much room there is, not how a row is drawn. The words are in labels.py.
"""

from collections.abc import Iterator
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.model.outcomes import NO_FAILURES
from walkthrough.state.sequence.model import (
    ClientAction,
    DiagramRow,
    Fact,
    GoroutineParked,
    GoroutineUnparked,
    LifecycleEvent,
    LifecycleKind,
    PacketKind,
    PathPosition,
    PollerWake,
    UnreadBytes,
)
from walkthrough.view.packet_text import packet_options
from walkthrough.view.process_text import several_processes
from walkthrough.view.sequence import labels
from walkthrough.view.sequence.columns import SequenceColumns
from walkthrough.view.sequence.labels import named
from walkthrough.view.text import Piece, cell_width

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
        captured: Its packets were captured; else they are inferred from what the kernel shows.
        processes: How many processes the server has had: of several each row says whose it is.
        first: The process id of the first one.
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
    captured: bool = False
    processes: int = 1
    first: int = 0


def colour(connection: int) -> str:
    """Return the kind of text for a connection."""
    return _COLOURS[(connection - 1) % len(_COLOURS)] if connection > 0 else ""


def lane_names(picture: DiagramDrawing) -> list[str]:
    """Name client, kernel and server, as far as each is known."""
    tr = picture.tr
    client = tr("other end") if picture.dialled else tr("client")
    if picture.several and not picture.dialled:
        client = tr("clients")
    if picture.from_log:
        client = tr("client: not in a log")
    return [
        client,
        tr("kernel: not observed yet") if picture.unseen else tr("kernel"),
        several_processes(picture.processes, tr) if picture.processes > 1 else tr("server"),
    ]


def packets_from(picture: DiagramDrawing, room: int) -> str:
    """Say where the packets are from in at most ``room`` cells; "" if that is too few."""
    if picture.from_log:
        return ""
    tr = picture.tr
    forms = (
        (tr("captured packets"), tr("captured"))
        if picture.captured
        else (tr("inferred packets"), tr("inferred"))
    )
    return next((form for form in forms if cell_width(form) <= room), "")


def options_of(row: DiagramRow) -> str:
    """Return the TCP options of a row's packet, if it has one that was captured."""
    seen = row.packet.seen if row.packet is not None else None
    return packet_options(seen.options) if seen is not None else ""


def who_acts(row: DiagramRow, picture: DiagramDrawing) -> str:
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


def received(act: ClientAction, tr: Catalogue) -> str:
    """Say what a client got that no packet of this step has brought: bytes from before, or none."""
    if act.count:
        return tr.plural("{count} byte", "{count} bytes", act.count)
    return tr("the end")


def whose(row: DiagramRow, picture: DiagramDrawing) -> str:
    """Return the process id of who does what a row shows, and a space; "" of a single one."""
    if picture.processes < 2 or (row.call is None and row.note is None):
        return ""
    return f"{row.process or picture.first} "


def outcome(row: DiagramRow, picture: DiagramDrawing) -> Iterator[Piece]:
    """Say what a call returned, or what happened in the server."""
    tr, call, note = picture.tr, row.call, row.note
    if who := whose(row, picture):
        yield Piece(who, "key")
    if isinstance(note, PollerWake):
        if note.goroutine is not None:
            yield Piece(tr("wakes goroutine {goroutine}", goroutine=note.goroutine), "current")
        elif picture.goroutines and not note.before:
            yield Piece(tr("nobody waits for it"), "dim")
    elif note is not None:
        said = labels.note(note, tr, short=False)
        if cell_width(who + said) >= picture.lanes.right:
            said = labels.note(note, tr, short=True)
        yield Piece(said, note_kind(note))
    if call is None:
        return
    came = labels.result(call)
    marked = tr("{result} (injected)", result=came) if call.injected else came
    yield Piece(marked, call_kind(row) or "result")
    if row.fact is not None:
        fact = fact_of(row.fact, picture, short=True)
        if isinstance(row.fact, UnreadBytes):
            fact = tr("{count} B wait there", count=row.fact.count)
        yield Piece(f"  {fact}", "note")
        return
    meaning = labels.meaning(call, tr) if call.returned else ""
    if meaning and cell_width(f" {who}{marked}  {meaning}") <= picture.lanes.right:  # or not at all
        yield Piece(f"  {meaning}", "dim")


def kernel_shows(row: DiagramRow, picture: DiagramDrawing) -> Iterator[Piece]:
    """Say what the kernel's view shows beside a packet or by itself."""
    tr, short = picture.tr, not picture.lanes.is_wide
    packet, act = row.packet, row.act
    if row.fact is not None:
        said = fact_of(row.fact, picture, short=short)
        if cell_width(said) >= picture.lanes.server_gap > 0:
            said = fact_of(row.fact, picture, short=True)
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


def fact_of(shown: Fact, picture: DiagramDrawing, *, short: bool) -> str:
    """Say what the kernel's view has shown."""
    tr = picture.tr
    who = tr("other end") if picture.dialled else tr("client")
    return labels.fact(shown, tr, who, short=short)


def packet_kind(row: DiagramRow) -> str:
    """Return the kind of a packet: that of its connection, unless it resets that."""
    if row.packet is not None and row.packet.sign is PacketKind.RST:
        return "failed"
    return colour(row.connection)


def call_kind(row: DiagramRow) -> str:
    """Return the kind of a call that went wrong or goes on, "" for any other."""
    call = row.call
    if call is None or (call.error in NO_FAILURES and not call.injected):
        return ""
    if not call.returned:
        return "current"
    return "failed" if call.error else ""


def note_kind(note: labels.Said) -> str:
    """Return the kind of what happened in the server."""
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
