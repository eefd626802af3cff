"""The table of the action by which what a client does is typed."""

from walkthrough.i18n.messages import message
from walkthrough.tui.widgets.action import Action, Group, of_client

ACTIONS: tuple[Action, ...] = (
    Action(
        "client_line",
        ("C",),
        "C",
        message("client"),
        message("Type what clients do: connect 5, connect ipv4, send 2 hello, close 1-3."),
        Group.CLIENT,
        of_client,
        9,
    ),
)
