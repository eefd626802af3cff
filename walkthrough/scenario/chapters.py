"""The chapters of the scenarios, in the order of the path. Data only."""

from enum import StrEnum

from walkthrough.i18n.messages import Message, message


class Chapter(StrEnum):
    """A part of the course; the order of the members is that of the chapters."""

    FLOW = "flow"
    """The whole path, once from end to end."""
    LISTEN = "listen"
    """What is asked of net.Listen: networks and addresses."""
    SOCKET = "socket"
    """The socket: its kind, its options, its address."""
    LISTENING = "listening"
    """After listen the kernel answers by itself."""
    POLLER = "poller"
    """What waits, and what is woken."""
    ACCEPTING = "accepting"
    """Connections that were accepted."""
    WRONG = "wrong"
    """What can go wrong, in the order of the path."""
    SCALE = "scale"
    """Very many connections."""
    OWN = "own"
    """Scenarios that name no chapter: the user's own."""

    @property
    def heading(self) -> Message:
        """The chapter's heading."""
        return _TITLES[self]


_TITLES: dict[Chapter, Message] = {
    Chapter.FLOW: message("The whole way"),
    Chapter.LISTEN: message("Listen: what an address means"),
    Chapter.SOCKET: message("The socket: its kind and its options"),
    Chapter.LISTENING: message("Listening: the kernel answers by itself"),
    Chapter.POLLER: message("The poller: who waits, who is woken"),
    Chapter.ACCEPTING: message("Accepting, and the connection after it"),
    Chapter.WRONG: message("What can go wrong"),
    Chapter.SCALE: message("Scale"),
    Chapter.OWN: message("Yours"),
}

_RANKS = {chapter: rank for rank, chapter in enumerate(Chapter)}


def by_chapter(chapter: Chapter, order: int, name: str) -> tuple[int, int, str]:
    """Return what scenarios are sorted by: chapter, place in it, name."""
    return _RANKS[chapter], order, name
