"""The table of the action that says what the walk is for."""

from walkthrough.i18n.messages import message
from walkthrough.tui.widgets.action import Action, Group, begun

ACTIONS: tuple[Action, ...] = (
    Action(
        "goals",
        ("i",),
        "i",
        message("goals"),
        message("What this walk is about: its goals, what you saw and when, what to try next."),
        Group.LEARN,
        begun,
    ),
)
KEY = ACTIONS[0].shown
