"""What each open file in a log is for, told from all that is done with it.

So a socket is known for a listener before listen(2) is called, a socket of Go's that is only tried
out from one that is used, and of several epoll instances the one that waits for connections.
"""

import re
from collections.abc import Sequence
from enum import Enum, auto

from walkthrough.strace_log.arguments import label
from walkthrough.strace_log.descriptors import UNKNOWN, follow
from walkthrough.strace_log.options import option
from walkthrough.strace_log.record import Call
from walkthrough.strace_log.strings import bytes_of


class Is(Enum):
    """What an open file is for."""

    SOCKET = auto()
    PROBE = auto()
    """A socket of no other use than to see whether there can be such a one."""
    LOOK_UP = auto()
    """Asks a name server."""
    ASIDE = auto()
    """A socket to the system's own services, or one that has nothing to do with connections."""
    LISTENER = auto()
    CONNECTION = auto()
    """Accepted."""
    DIALLED = auto()
    BACKLOG = auto()
    """/proc/sys/net/core/somaxconn"""
    POLLER = auto()
    """The epoll instance that waits for connections, or if none does, the first one."""
    WAKER = auto()
    """The eventfd or the pipe that wakes a poller."""


_USES = frozenset(
    {"listen", "connect", "accept", "accept4", "sendto", "recvfrom", "sendmsg", "recvmsg"}
)
_ONLY_ON_SOCKETS = _USES | {"shutdown", "getsockname", "getpeername", "sendmmsg", "recvmmsg"}
_MAKES_WAKER = frozenset({"eventfd", "eventfd2", "pipe", "pipe2"})
_MAKES_POLLER = frozenset({"epoll_create", "epoll_create1"})
_NAME_SERVER = re.compile(r'htons\(53\)|sin6?_port="\\x00\\x35"').search
_PATH = re.compile(r'sun_path=@?("(?:[^"\\]|\\.)*")').search
_SERVICES = (b"/run/nscd/", b"/var/run/nscd/", b"/run/systemd/", b"/dev/log")
_ASKS_FOR_PROTOCOL = re.compile(r"IPPROTO_(?:MP)?TCP|, (?:6|0x6|262|0x106)$").search
_IN_FAMILY = re.compile(r"(?:domain=)?(?:AF_(?:INET6?|UNIX|LOCAL)|(?:1|2|10|0x[12a])\b)").match
_ANY_PORT = re.compile(r'htons\(0\)|_port="\\x00\\x00"').search
_FAR = 1000
"""So many calls are looked through for what wakes a poller."""
_NOT_THERE = ("EAFNOSUPPORT", "EPROTONOSUPPORT", "ENOPROTOOPT", "EINVAL")


class Purposes:
    """What the files of a log are for.

    Attributes:
        about: For every call the file of its first argument, or `UNKNOWN`.
        watched: By number of the call, the file that epoll_ctl(2) is about.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = calls
        self.about, self.watched, self._polled = follow(calls)
        self._is: dict[int, Is] = {}
        self._settled: dict[int, int] = {}
        self._closing: set[int] = set()
        self._go_through()
        self._find_pollers()

    def of(self, file: int) -> Is | None:
        """Tell what an open file is for; None for one that has nothing to do with sockets."""
        return self._is.get(file)

    def settled(self, number: int) -> bool:
        """Tell whether the socket of a call listens by then, or is connected."""
        return self._settled.get(self.about[number], number) < number

    def closes(self, number: int) -> bool:
        """Tell whether the file that a call takes from an epoll instance is closed right after."""
        return number in self._closing

    def waits_for_socket(self, number: int) -> bool:
        """Tell whether poll(2) or select(2) waits for what a poller would wait for."""
        files = self._polled.get(number, ())
        return any(self._is.get(file) in (Is.LISTENER, Is.CONNECTION) for file in files)

    def _go_through(self) -> None:
        asked: set[int] = set()
        taken_out: dict[int, int] = {}
        for number, call in enumerate(self._calls):
            file = self.about[number]
            if file == UNKNOWN:
                if call.name == "socket":
                    self._is[number] = self._socket(call)
                    if _ASKS_FOR_PROTOCOL(call.arguments):
                        asked.add(number)
                elif "/proc/sys/net/core/somaxconn" in call.arguments:
                    self._is[number] = Is.BACKLOG
                continue
            if call.name == "epoll_ctl":
                file = self.watched[number]
                asked.discard(file)
                taken_out[file] = number
                continue
            if (out := taken_out.pop(file, None)) is not None and call.name == "close":
                self._closing.add(out)
            if file >= len(self._calls) and file not in self._is:
                self._stranger(file, call)
            self._use(number, call, file)
            if file in asked and self._is_use(call):
                asked.discard(file)
            elif file in asked and call.name == "close":
                self._is[file] = Is.PROBE
        for number in asked:
            if any(why in self._calls[number].result for why in _NOT_THERE):
                self._is[number] = Is.PROBE

    def _socket(self, call: Call) -> Is:
        return Is.SOCKET if _IN_FAMILY(call.arguments) else Is.ASIDE

    def _stranger(self, file: int, call: Call) -> None:
        """Take in a file that was open before the log began, if it is a socket."""
        labelled = label(call.arguments.partition(",")[0])
        if call.name in _ONLY_ON_SOCKETS or labelled.startswith(("TCP:", "TCPv6:")):
            self._is[file] = Is.CONNECTION

    def _use(self, number: int, call: Call, file: int) -> None:
        match call.name:
            case "listen":
                self._settle(file, number, Is.LISTENER)
            case "accept" | "accept4":
                self._settle(file, number, Is.LISTENER)  # whose listen(2) may stand in no log
                if number not in self._is:
                    self._settle(number, number, Is.CONNECTION)
            case "connect" | "sendto" | "sendmmsg" if _NAME_SERVER(call.arguments):
                self._is[file] = Is.LOOK_UP
            case "connect" | "sendto" | "sendmsg" if _is_to_service(call):
                self._is[file] = Is.ASIDE
            case "connect" if self._is.get(file) is Is.SOCKET:
                self._settle(file, number, Is.DIALLED)

    def _settle(self, file: int, number: int, what: Is) -> None:
        self._is[file] = what
        self._settled.setdefault(file, number)

    def _is_use(self, call: Call) -> bool:
        """Tell whether a call makes use of a socket, beyond finding out what can be."""
        if call.name == "bind":
            return not _ANY_PORT(call.arguments)
        if call.name == "setsockopt":
            return option(call.arguments) == "SO_REUSEADDR"
        return call.name in _USES

    def _find_pollers(self) -> None:
        calls = self._calls
        made = [n for n, call in enumerate(calls) if call.name in _MAKES_POLLER]
        waiting = {
            self.about[number]
            for number, file in self.watched.items()
            if self._is.get(file) is Is.LISTENER
        }
        pollers = [number for number in made if number in waiting] or made[:1]
        for poller in pollers:
            self._is[poller] = Is.POLLER
            if (waker := self._waker(poller)) is not None:
                self._is[waker] = Is.WAKER
        for stranger in waiting:
            self._is.setdefault(stranger, Is.POLLER)

    def _waker(self, poller: int) -> int | None:
        """Find what wakes a poller: it is made next, by the same thread, and watched by it.

        One that failed, or came to nothing, was meant for it as well.
        """
        thread = self._calls[poller].thread
        for number in range(poller + 1, min(poller + _FAR, len(self._calls))):
            call = self._calls[number]
            if call.thread == thread and call.name in _MAKES_WAKER:
                watching = {self.about[n] for n, file in self.watched.items() if file == number}
                return number if poller in watching or not watching else None
        return None


def _is_to_service(call: Call) -> bool:
    path = _PATH(call.arguments)
    return path is not None and bytes_of(path[1])[0].startswith(_SERVICES)
