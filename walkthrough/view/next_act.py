"""What the scenario's script would do next, in words: who does what, and when it is due."""

from enum import IntEnum

from walkthrough.formatting.c_strings import quoted
from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message, plural
from walkthrough.model.protocol import ActionOffered, ActionSkipped
from walkthrough.state.triggers import PointError, PointKind, parse_point
from walkthrough.view.quiz import ClickableRow
from walkthrough.view.text import Piece, Row, safe, wrap

_SHOWN = 24
"""Bytes of what is sent that are shown."""

_DOES = {
    "connect": message("client {client} connects"),
    "connect to": message("client {client} connects to {to}"),
    "connect by": message("client {client} connects to listener {listener}"),
    "connect, drop": message("client {client} connects and drops the replies"),
    "accept": message("the dialled side accepts, as client {client}"),
    "send": message("client {client} sends {data}"),
    "receive": message("client {client} reads what has come"),
    "half-close": message("client {client} closes its sending half"),
    "allow-replies": message("client {client} stops dropping replies"),
    "close": message("client {client} closes its connection"),
    "reset": message("client {client} resets its connection"),
    "measure": message("the memory in use is measured"),
    "let-go": message("the server is let go: it runs at full speed, without details"),
}
_DO_SO = plural("{said} (and so does {count} more)", "{said} (and so do {count} more)", 0, said="")
_WHEN = {
    PointKind.START: message("at once"),
    PointKind.AFTER: message("after {place} returns"),
    PointKind.BEFORE: message("when {place} begins"),
    PointKind.PARKED: message("while {place} is parked"),
    PointKind.IDLE: message("once the server is idle"),
    PointKind.EXITED: message("once the server has ended"),
}
_WAITS = {
    "receive": message("once there is something to read"),
    "accept": message("once the server has dialled"),
}


def does(offered: ActionOffered, tr: Catalogue) -> str:
    """Say what the script would do: ``client 3 connects``."""
    kind = offered.action
    if kind == "connect":
        if offered.to:
            kind = "connect to"
        elif offered.listener > 1:
            kind = "connect by"
        elif offered.drop_replies:
            kind = "connect, drop"
    known = _DOES.get(kind)
    if known is None:  # what a newer capture offers
        return safe(f"{offered.client}: {offered.action}")
    said = tr(
        known,
        client=offered.client,
        to=safe(offered.to),
        listener=offered.listener,
        data=safe(quoted(offered.data, shown=_SHOWN)),
    )
    if offered.clients <= 1:
        return said
    return tr(_DO_SO.with_count(offered.clients - 1), said=said)


def due(offered: ActionOffered, tr: Catalogue) -> str:
    """Say when it is due, which it is not yet: ``after listen returns``."""
    at_rest = message("once the server has come to rest")
    if offered.rests:
        return tr(at_rest)
    if not offered.when:
        return tr(_WAITS.get(offered.action, at_rest))
    try:
        point = parse_point(offered.when)
    except PointError:  # of a newer capture
        return safe(offered.when)
    name = "/".join(part.value for part in point.place if part is not None)
    return tr(_WHEN[point.kind], place=name)


def next_act_row(
    offered: ActionOffered | None,
    tr: Catalogue,
    key: str,
    *,
    hushed: bool = False,
    waits: bool = False,
) -> Row:
    """Return the line that says what comes next and when; empty where nothing is offered.

    Args:
        offered: What the script would do next, None while that is unknown.
        tr: The catalogue of the language to say it in.
        key: The key that does it, as it is written on the screen.
        hushed: Whether there may be questions about what comes: then the moment is kept back.
        waits: Whether a kernel will send something by itself: then there is time to wait for that.
    """
    if offered is None or not offered.action:
        return ()
    if offered.due:
        when = Piece(tr("now: {key}", key=key), "key")
    elif offered.stalled and waits:
        waiting = message("not due yet: wait") if hushed else message("due {when}: wait")
        when = Piece(tr(waiting, when=due(offered, tr)), "dim")
    elif offered.stalled and hushed:
        when = Piece(tr("not due, and the server rests: {key}", key=key), "key")
    elif offered.stalled:
        when = Piece(
            tr("due {when}; the server rests: {key}", when=due(offered, tr), key=key), "key"
        )
    elif hushed:
        when = Piece(tr("not due yet"), "dim")
    else:
        when = Piece(tr("due {when}", when=due(offered, tr)), "dim")
    said = Piece(does(offered, tr), "strong" if offered.due else "")
    return Piece(tr("next act: "), "dim"), said, Piece(" · ", "dim"), when


class StalledAct(IntEnum):
    """What can be done with an act that nothing makes due any more."""

    DO = 0
    LEAVE_OUT = 1


def stalled_rows(
    offered: ActionOffered, tr: Catalogue, width: int, *, hushed: bool = False
) -> list[ClickableRow]:
    """Say why the script's next act waits, and what can be done with it.

    What a click on a row means is a `StalledAct`. Whoever may be asked about what comes is not
    told the moment (``hushed``).
    """
    act = does(offered, tr)
    when = (
        tr("{act}; that is not due yet.", act=act)
        if hushed
        else tr("{act}; that is due {when}.", act=act, when=due(offered, tr))
    )
    rests = tr(
        "The server rests, so that comes with time (a deadline, a SYN that is sent again), by "
        "what you let a client do, or not at all in this walk."
    )
    said = tr.sentences((when, rests))
    rows = [ClickableRow(row) for row in wrap((Piece(said),), width)]
    rows.append(ClickableRow(()))
    for answer, key, does_it in (
        (StalledAct.DO, "A", tr("do it now, early as it is")),
        (StalledAct.LEAVE_OUT, "s", tr("leave it out, and go on with what comes after it")),
    ):
        row = (Piece(f"{key} ", "key"), Piece(does_it))
        rows += [ClickableRow(each, answer.value) for each in wrap(row, width, 2)]
    return rows


def script_done(tr: Catalogue) -> str:
    """Say that the script has come to its end."""
    return tr("The scenario's clients have done all that its script says.")


def not_due(offered: ActionOffered, tr: Catalogue) -> str:
    """Say why what comes next cannot be done yet."""
    return tr(
        "Not due yet: {act}, {when}. Go on until then (n, w or r).",
        act=does(offered, tr),
        when=due(offered, tr),
    )


def skipped(gone: ActionSkipped, tr: Catalogue) -> str:
    """Say that the script's next action was left out, or several."""
    offered = ActionOffered(action=gone.action, client=gone.client, data=b"")
    said = does(offered, tr) if gone.action != "send" else tr(_SENDS, client=gone.client)
    return tr.plural(
        "The script's next act is left out, since its client is gone: {act}.",
        "The script's next {count} acts are left out, since their clients are gone; the first: "
        "{act}.",
        gone.count,
        act=said,
    )


_SENDS: Message = message("client {client} sends a line")
