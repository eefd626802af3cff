"""The table of the actions of the source pane."""

from walkthrough.i18n.messages import message
from walkthrough.tui.widgets.action import Action, Group, always, begun

ACTIONS: tuple[Action, ...] = (
    Action(
        "next_view",
        ("v",),
        "v",
        message("next view"),
        message("Source: Go alone, Go and Python side by side, your document."),
        Group.VIEW,
        begun,
        18,
    ),
    Action(
        "fold",
        ("o",),
        "o",
        message("fold"),
        message("Source: fold away what the call chain does not pass through, or show all of it."),
        Group.VIEW,
        begun,
        19,
    ),
    Action(
        "definition",
        ("d",),
        "d",
        message("definition"),
        message(
            "Source: look at what is called on the line (Enter: on one clicked); again: deeper."
        ),
        Group.VIEW,
        begun,
        20,
    ),
    Action(
        "definition_back",
        ("D", "u"),
        "D u",
        message("look back"),
        message("Source: back from a definition, one level; a step goes back at once."),
        Group.VIEW,
        begun,
    ),
    Action(
        "choose_document",
        ("O",),
        "O",
        message("document"),
        message("Choose a Markdown document whose Go blocks are shown instead of the source."),
        Group.VIEW,
        always,
    ),
    Action(
        "view_beside",
        (),
        "Ctrl+P",
        message("Go and Python"),
        message("Source: show Go and the instrumented server's Python side by side."),
        Group.VIEW,
        begun,
    ),
    Action(
        "view_document",
        (),
        "Ctrl+P",
        message("view document"),
        message("Source: show the document's own Go blocks."),
        Group.VIEW,
        begun,
    ),
)
