"""The glossary as rows, and which of its terms a step is about."""

from collections.abc import Callable, Sequence
from itertools import groupby

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.lesson.glossary import GlossaryEntry
from walkthrough.model.events import CallEntered, CallReturned, ClientActed
from walkthrough.model.stages import Stage, Step
from walkthrough.view.quiz import ClickableRow
from walkthrough.view.step import StepContext
from walkthrough.view.text import Piece, safe, wrap

ERRORS = {"EAGAIN": "EAGAIN", "EINPROGRESS": "non-blocking", "ECONNRESET": "RST"}
CALLS = {
    "accept4": "accept queue",
    "close": "descriptor, fd",
    "connect": "handshake",
    "epoll_create1": "epoll",
    "epoll_ctl": "interest list",
    "epoll_pwait": "epoll",
    "eventfd2": "eventfd",
    "listen": "backlog",
    "shutdown": "half-close",
    "socket": "descriptor, fd",
}
ACTS = {"connect": "handshake", "close": "FIN", "half-close": "half-close", "reset": "RST"}
STEPS = {
    Step.ACCEPT4: "accept queue",
    Step.CLOSE: "descriptor, fd",
    Step.CONNECT: "handshake",
    Step.LISTENER_BACKLOG: "somaxconn",
    Step.POLL_OPEN: "interest list",
    Step.POLL_READY: "netpoller, poller",
    Step.POLL_WAIT: "to park",
}
STAGES = {
    Stage.ACCEPT: "accept queue",
    Stage.LISTEN: "backlog",
    Stage.POLL_OPEN: "interest list",
    Stage.POLL_SERVER_INIT: "netpoller, poller",
    Stage.SYS_SOCKET: "descriptor, fd",
}
"""The term that something is about, by the key of its entry."""


def term_of(step: StepContext) -> str:
    """Return the key of the entry that a step is about, "" if there is none.

    What a call returned is nearer than the call, and that is nearer than the place on the path.
    """
    event = step.event
    found = ""
    if isinstance(event, ClientActed):
        return ACTS.get(event.action, "")
    if isinstance(event, CallReturned) and event.error is not None:
        found = ERRORS.get(event.error.name or "", "")
    if not found and isinstance(event, CallEntered | CallReturned):
        found = CALLS.get(event.call, "")
    if found or event is None:
        return found
    place = event.place
    by_step = STEPS.get(place.step, "") if place.step is not None else ""
    return by_step or (STAGES.get(place.stage, "") if place.stage is not None else "")


def glossary_rows(
    entries: Sequence[GlossaryEntry],
    tr: Catalogue,
    width: int,
    found_in: Callable[[str], bool] | None = None,
) -> list[ClickableRow]:
    """Write the glossary, under its headings; a row means its entry's number.

    Args:
        entries: The entries.
        tr: The catalogue of the language to say it in.
        width: Cells of a row.
        found_in: Whether a text has what is searched for; None lists everything.
    """
    rows: list[ClickableRow] = []
    numbered = [
        (at, entry)
        for at, entry in enumerate(entries)
        if found_in is None or found_in(f"{entry.term}\n{entry.key}\n{entry.text}")
    ]
    for section, those in groupby(numbered, lambda each: each[1].section):
        rows += [ClickableRow(())] if rows else []
        rows += [ClickableRow(row) for row in wrap((Piece(safe(section), "heading"),), width)]
        for at, entry in those:
            line = (Piece("  "), Piece(safe(entry.term), "strong"), Piece("  " + safe(entry.text)))
            rows += [ClickableRow(row, at) for row in wrap(line, width, 4)]
    if rows:
        return rows
    return [ClickableRow((Piece(tr("No term has this in its name or its explanation."), "dim"),))]
