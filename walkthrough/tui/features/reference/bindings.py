"""The table of the actions that say what can be read up."""

from walkthrough.i18n.messages import message
from walkthrough.tui.widgets.action import Action, Group, always, begun

ACTIONS: tuple[Action, ...] = (
    Action(
        "see_also",
        ("K",),
        "K",
        message("read up"),
        message("List what to read about this step: manual pages and Go's source."),
        Group.LEARN,
        begun,
    ),
    Action(
        "glossary",
        ("V",),
        "V",
        message("glossary"),
        message("Explain the words, beginning with the one that this step is about."),
        Group.LEARN,
        always,
    ),
)
