"""What the kernel's states are called, in the list of all that there is and in that of changes."""

from typing import Final

from walkthrough.i18n.catalogue import Catalogue
from walkthrough.i18n.messages import Message, message
from walkthrough.model.kernel_state import SocketState
from walkthrough.view.text import safe

CLIENT_STATES: Final = {
    "connecting": message("connecting"),
    "connected": message("connected"),
    "half-closed": message("half-closed"),
    "reset": message("reset by peer"),
    "closed": message("closed"),
    "failed": message("failed"),
}
OWNERS: Final = {
    "server": message("server"),
    "queue": message("queue"),
    "client": message("client"),
    "neighbour": message("neighbour"),
    "kernel": message("kernel only"),
}
NEIGHBOUR_DOES: Final = {
    "waiting": message("waits"),
    "woken": message("is woken"),
    "serving": message("serves a connection"),
    "ended": message("has ended"),
}
KINDS: Final = {
    "socket": message("socket"),
    "epoll": message("epoll"),
    "eventfd": message("eventfd"),
    "pipe": message("pipe"),
    "file": message("file"),
    "other": message("something else"),
}
"""Of descriptors."""


def state_of(socket: SocketState, state: str | None = None) -> str:
    """Return a socket's state, or one that it had, as ss(8) spells it.

    A socket of datagrams that has no peer is in TCP's state CLOSE, though it is open and receives.
    """
    shown = socket.state if state is None else state
    return "UNCONN" if shown == "CLOSE" and socket.type == "SOCK_DGRAM" else safe(shown)


def term(names: dict[str, Message], name: str, tr: Catalogue) -> str:
    """Return what ``name`` is called; unchanged if it is not in the table."""
    return tr(names[name]) if name in names else safe(name)
