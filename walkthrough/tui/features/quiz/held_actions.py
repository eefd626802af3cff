"""Which actions wait for a question, and which of them lead to one."""

from walkthrough.model.protocol import ActionOffered
from walkthrough.tui.panes.registry import PANES

MOVES = ("step", "next_stage", "next_change", "run")
CLIENTS = (
    "next_act",
    "client_line",
    "connect",
    "accept",
    "send",
    "receive",
    "half_close",
    "close_client",
    "reset_client",
)
LAYOUTS = ("zoom", "unzoom", "present", "swap_pane", *(f"pane_{pane.id}" for pane in PANES))


def comes_as_expected(id: str, offered: ActionOffered | None) -> bool:
    """Return whether an action lets a client connect that nothing particular is known of.

    One that tries another host, or drops what is answered, is what the scenario asks about.

    Args:
        id: The action.
        offered: What the script does next, None if that is unknown.
    """
    if id != "next_act":
        return id == "connect"
    connects = offered is not None and offered.action == "connect"
    return offered is not None and connects and not offered.to and not offered.drop_replies
