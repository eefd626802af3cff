"""The table of the actions by which a walk is left for home, and explained."""

from walkthrough.i18n.messages import message
from walkthrough.tui.screens.status import WalkStatus
from walkthrough.tui.widgets.action import Action, Group, always


def _is_elsewhere(status: WalkStatus) -> bool:
    """Return whether it leads elsewhere than `leave`, which the key bar names already."""
    return not status.from_home


ACTIONS: tuple[Action, ...] = (
    Action(
        "home",
        ("H",),
        "H",
        message("home"),
        message("End the server and go home; what was recorded is kept."),
        Group.PROGRAM,
        always,
        18,
        _is_elsewhere,
    ),
    Action(
        "tour",
        (),
        "Ctrl+P",
        message("tour"),
        message("Show in five short steps what is on the screen."),
        Group.LEARN,
        always,
    ),
)
