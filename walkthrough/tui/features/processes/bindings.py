"""The table of the action by which a walk stays with one of several processes."""

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import message
from walkthrough.tui.screens.status import WalkStatus
from walkthrough.tui.widgets.action import Action, Group, begun


def _of_several(status: WalkStatus, tr: Catalogue) -> str | None:
    if (refusal := begun(status, tr)) is not None:
        return refusal
    if status.several or status.staying:
        return None
    return tr("There is only one process here: every step is its.")


ACTIONS: tuple[Action, ...] = (
    Action(
        "one_process",
        ("I",),
        "I",
        message("one process"),
        message(
            "Stay with the process of this step and pass over steps of others; again: leave it."
        ),
        Group.WALK,
        _of_several,
        6,
        lambda status: status.several,
    ),
)
