"""What an action is: keys, labels, help, and when it is allowed. The table of all is `actions`."""

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from walkthrough.i18n.catalogue import Catalogue, readable_catalogues
from walkthrough.i18n.messages import Message, message
from walkthrough.tui.screens.status import NEXT_ACT, WalkMode, WalkStatus
from walkthrough.view.traced_program import no_clients, nothing_to_release

Refusal = Callable[[WalkStatus, Catalogue], str | None]
"""Why an action cannot be carried out now, in a sentence; None if it can."""


class Group(Enum):
    """Headings of the help screen."""

    WALK = message("Walk")
    FIND = message("Find and mark")
    CLIENT = message("Client")
    LEARN = message("Learn and present")
    VIEW = message("View")
    PROGRAM = message("Program")


class Action(NamedTuple):
    """One thing a user can do.

    Attributes:
        id: Name of the action; a controller maps it to a command.
        keys: Textual key names; the first is the one that is shown.
        shown: How the keys are written on the screen.
        label: One or two words.
        help: A sentence.
        group: Its heading on the help screen.
        refusal: Why it cannot be done now.
        bar: Place in the key bar, smallest first; 0 keeps it out. What does not fit is left out.
        of_use: Where the key bar names it, of the places where it is not refused; None for all.
        renamed: Its label where that depends on where the walk stands; None for ``label``.
    """

    id: str
    keys: tuple[str, ...]
    shown: str
    label: Message
    help: Message
    group: Group
    refusal: Refusal
    bar: int = 0
    of_use: Callable[[WalkStatus], bool] | None = None
    renamed: Callable[[WalkStatus], Message] | None = None

    def name(self, tr: Catalogue, status: WalkStatus | None = None) -> str:
        """Return the label; what switches the language is named in the one that it leads to."""
        if self.id == "language":
            return next_catalogue(tr.language).name
        if self.renamed is not None and status is not None:
            return tr(self.renamed(status))
        return tr(self.label)

    def in_every_language(self, said: Message) -> tuple[str, ...]:
        """Return the label or the help sentence as it can be looked for: in all languages."""
        return tuple(dict.fromkeys(tr(said) for tr in readable_catalogues()))


def works_now(action: Action, status: WalkStatus, tr: Catalogue) -> bool:
    """Return whether an action's key does something where a walk stands, for the key bar."""
    if action.refusal(status, tr) is not None or not action.keys or action.keys[0] in status.lent:
        return False
    if status.through is not None:
        return not status.through.isdisjoint(action.keys)
    if status.last < 0:  # there is nothing to look at yet
        return action.group is Group.PROGRAM or action.id in _WITHOUT_EVENTS
    if status.asking and action.group in _OF_THE_QUESTION:
        return False
    return action.of_use is None or action.of_use(status)


_WITHOUT_EVENTS = ("language",)
_OF_THE_QUESTION = (Group.WALK, Group.CLIENT)
"""What moves the walk waits until the question is answered."""


def named_keys(
    actions: Sequence[Action], status: WalkStatus, tr: Catalogue
) -> Iterator[tuple[Action, str]]:
    """List what the key bar names where a walk stands, had it room for all, and their labels."""
    for action in actions:
        if action.bar and works_now(action, status, tr):
            yield action, action.name(tr, status)


def next_catalogue(language: str) -> Catalogue:
    """Return the catalogue that is switched to from ``language``."""
    known = readable_catalogues()
    at = next((at for at, each in enumerate(known) if each.language == language), -1)
    return known[(at + 1) % len(known)]


def always(status: WalkStatus, tr: Catalogue) -> str | None:
    """Never refuse."""
    return None


def begun(status: WalkStatus, tr: Catalogue) -> str | None:
    """Refuse until the server has started."""
    return tr("The server has not started yet.") if status.mode is WalkMode.STARTING else None


def forward(status: WalkStatus, tr: Catalogue) -> str | None:
    """Refuse to go on where there is nothing ahead and nothing to release."""
    if not status.at_edge:
        return None
    if status.reading:
        return tr("The recording is still being read; there will be more in a moment.")
    if status.at_rest:
        return tr("Nothing comes from the server: let a client act ({keys}).", keys=NEXT_ACT)
    if status.traced is not None and status.mode is WalkMode.RUNNING and not status.coming:
        return tr("The program is running; . halts it where it is.")
    if status.traced is not None and status.mode is WalkMode.WAITING:
        return nothing_to_release(status.traced, tr)
    if status.mode is WalkMode.WAITING:
        return status.waker.refusal(tr, status.act_is_due, repeats=status.repeats)
    if status.mode is WalkMode.RUNNING and status.coming:
        return None
    refusal = _NOTHING_AHEAD.get(status.mode)
    return tr(refusal) if refusal is not None else None


_OVER = message("The capture has ended; step back to look at what happened.")
_NOT_STARTED = message("The server has not started yet.")
_NOTHING_AHEAD = {
    WalkMode.REPLAY: message("This is the last event of the recording."),
    WalkMode.STARTING: _NOT_STARTED,
    WalkMode.RUNNING: message("The server is running; . halts it at the next event."),
    WalkMode.EXITED: message("The server has ended; only its clients can still act (A does it)."),
    WalkMode.ENDED: _OVER,
    WalkMode.FAILED: _OVER,
}
"""Why nothing can be gone on to or released; where something can be, a mode is not in it."""


def backward(status: WalkStatus, tr: Catalogue) -> str | None:
    """Refuse to go back from the first event."""
    return tr("This is the first event.") if status.index <= 0 else None


def of_live(status: WalkStatus, tr: Catalogue) -> str | None:
    """Refuse what only a live server can do."""
    if status.mode.live:
        return None
    return tr(_NO_CLIENTS.get(status.mode, _OVER))


_NO_CLIENTS = {
    WalkMode.REPLAY: message("This is a replay: its clients have already acted. Step with space."),
    WalkMode.STARTING: _NOT_STARTED,
}


def of_client(status: WalkStatus, tr: Catalogue) -> str | None:
    """Refuse what only a client of ours can do, in a live walk."""
    refusal = of_live(status, tr)
    if refusal is not None or status.traced is None:
        return refusal
    return no_clients(status.traced, tr)
