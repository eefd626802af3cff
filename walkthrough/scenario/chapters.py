"""The chapters of the scenarios, in the order of the path. Data only."""

from enum import StrEnum


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
    """Who waits, and who is woken."""
    ACCEPTING = "accepting"
    """Connections that were accepted."""
    WRONG = "wrong"
    """What can go wrong, in the order of the path."""
    SCALE = "scale"
    """Very many connections."""
    OWN = "own"
    """Scenarios that name no chapter: the user's own."""

    def heading(self, language: str) -> str:
        """Return the chapter's heading in ``language``; any other than ``zh`` gives English."""
        return _TITLES[self][language == "zh"]


_TITLES: dict[Chapter, tuple[str, str]] = {
    Chapter.FLOW: ("The whole way", "全程"),
    Chapter.LISTEN: ("Listen: what an address means", "Listen：地址意味着什么"),
    Chapter.SOCKET: ("The socket: its kind and its options", "socket：种类与选项"),
    Chapter.LISTENING: ("Listening: the kernel answers by itself", "监听：内核自己应答"),
    Chapter.POLLER: ("The poller: who waits, who is woken", "轮询器：谁在等，谁被叫醒"),
    Chapter.ACCEPTING: ("Accepting, and the connection after it", "接受，以及之后的连接"),
    Chapter.WRONG: ("What can go wrong", "会出什么错"),
    Chapter.SCALE: ("Scale", "规模"),
    Chapter.OWN: ("Yours", "你自己的"),
}

_RANKS = {chapter: rank for rank, chapter in enumerate(Chapter)}


def by_chapter(chapter: Chapter, order: int, name: str) -> tuple[int, int, str]:
    """Return what scenarios are sorted by: chapter, place in it, name."""
    return _RANKS[chapter], order, name
