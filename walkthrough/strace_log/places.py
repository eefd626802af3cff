"""Tells from the calls alone where on the path each was made, for programs in any language.

What a descriptor is (a listener, a connection that was accepted, the poller) follows from the calls
that made it. Descriptors are followed over the whole log: that two processes may use one number for
different things is passed over, see docs/strace-logs.md.
"""

import re
from collections.abc import Sequence
from enum import Enum, auto

from walkthrough.model.path import NOWHERE, Place, Stage, Step
from walkthrough.strace_log.arguments import plain, split
from walkthrough.strace_log.record import Call


class Is(Enum):
    """What a descriptor is."""

    SOCKET = auto()
    PROBE = auto()
    """A socket of no other use than to see whether there can be such a one."""
    LISTENER = auto()
    CONNECTION = auto()
    """Accepted."""
    DIALLED = auto()
    BACKLOG = auto()
    """/proc/sys/net/core/somaxconn"""
    POLLER = auto()
    WAKER = auto()
    """The eventfd or the pipe that wakes the poller."""


_ON_SOCKETS = frozenset({Is.SOCKET, Is.LISTENER, Is.CONNECTION, Is.DIALLED})
_READS = frozenset({"read", "recvfrom", "recvmsg", "readv", "recvmmsg"})
_WRITES = frozenset({"write", "sendto", "sendmsg", "writev", "sendmmsg", "sendfile", "splice"})
_POLLS = frozenset({"epoll_wait", "epoll_pwait", "epoll_pwait2"})
_KEEP_ALIVE = re.compile(r"SO_KEEPALIVE|TCP_KEEP|TCP_USER_TIMEOUT")
_DEFAULTS = re.compile(r"IPV6_V6ONLY|SO_BROADCAST")
_USES = frozenset({"listen", "connect", "sendto", "recvfrom", "sendmsg", "recvmsg"})

_PROBE = Place(None, Step.PROBE)
_BACKLOG = Place(None, Step.LISTENER_BACKLOG)
_POLLER = Place(Stage.POLL_SERVER_INIT)


def place_of_calls(calls: Sequence[Call]) -> list[Place]:
    """Return the place of every call."""
    teller = _Teller(_probes(calls))
    return [teller.place(number, call) for number, call in enumerate(calls)]


def _probes(calls: Sequence[Call]) -> frozenset[int]:
    """Find the sockets that were closed without use: the numbers of the calls that made them.

    A plain socket asks for no protocol by name; one that does and is never used was a question.
    """
    asked: dict[str, int] = {}
    found = set()
    for number, call in enumerate(calls):
        if call.name == "socket":
            fd = plain(call.result)
            if "IPPROTO_TCP" in call.arguments or "IPPROTO_MPTCP" in call.arguments:
                asked[fd] = number
            else:
                asked.pop(fd, None)
        elif asked and call.name in _USES:
            asked.pop(_first(call), None)
        elif asked and call.name == "epoll_ctl":
            asked.pop(_word(call, 2), None)
        elif asked and call.name == "close":
            closed = asked.pop(_first(call), None)
            if closed is not None:
                found.add(closed)
    return frozenset(found)


class _Teller:
    def __init__(self, probes: frozenset[int]) -> None:
        self._probes = probes
        self._known: dict[str, Is] = {}
        self._polled = False

    def place(self, number: int, call: Call) -> Place:
        name = call.name
        match name:
            case "socket":
                return self._socket(number, call)
            case "epoll_create1" | "epoll_create":
                self._know(call.result, Is.POLLER)
                return self._poller_begins()
            case "eventfd2" | "eventfd" | "pipe2" | "pipe":
                return self._waker(call)
            case "openat" | "open":
                if "/proc/sys/net/core/somaxconn" in call.arguments:
                    self._know(call.result, Is.BACKLOG)
                    return _BACKLOG
                return NOWHERE
            case "epoll_ctl":
                return self._epoll_ctl(call)
            case _ if name in _POLLS:
                return Place(None, Step.POLL_READY)
        what = self._known.get(_first(call))
        if what is None:
            stdio = _first(call) in ("1", "2")
            return Place(None, Step.WRITE) if name in _WRITES and stdio else NOWHERE
        return self._on_descriptor(call, what)

    def _on_descriptor(self, call: Call, what: Is) -> Place:
        name, fd = call.name, _first(call)
        if name == "close":
            self._known.pop(fd, None)
        if what is Is.PROBE:
            return _PROBE
        if what is Is.BACKLOG:
            return _BACKLOG
        if what not in _ON_SOCKETS:
            return NOWHERE
        match name:
            case "bind":
                return Place(Stage.BIND)
            case "listen":
                self._known[fd] = Is.LISTENER
                return Place(Stage.LISTEN)
            case "connect":
                self._known[fd] = Is.DIALLED
                return Place(None, Step.CONNECT)
            case "accept" | "accept4":
                self._known[fd] = Is.LISTENER  # whose listen(2) may stand in no log
                self._know(call.result, Is.CONNECTION)
                return Place(Stage.ACCEPT, Step.ACCEPT4)
            case "setsockopt":
                return self._setsockopt(call, what)
            case "getsockname":
                return _within(what, Step.GETSOCKNAME)
            case "close" | "shutdown":
                return Place(None, Step.CLOSE)
            case _ if name in _READS:
                return Place(None, Step.READ)
            case _ if name in _WRITES:
                return Place(None, Step.WRITE)
        return NOWHERE

    def _socket(self, number: int, call: Call) -> Place:
        if number in self._probes:
            self._know(call.result, Is.PROBE)
            return _PROBE
        self._know(call.result, Is.SOCKET)
        return Place(Stage.SYS_SOCKET)

    def _setsockopt(self, call: Call, what: Is) -> Place:
        if "TCP_NODELAY" in call.arguments:
            return _within(what, Step.SET_NO_DELAY)
        if _KEEP_ALIVE.search(call.arguments):
            return _within(what, Step.SET_KEEP_ALIVE)
        if what is not Is.SOCKET:
            return NOWHERE
        if _DEFAULTS.search(call.arguments):
            return Place(Stage.SET_DEFAULT_SOCKOPTS)
        if "SO_REUSEADDR" in call.arguments:
            return Place(None, Step.SET_DEFAULT_LISTENER_SOCKOPTS)
        return Place(None, Step.CONTROL)

    def _poller_begins(self) -> Place:
        if self._polled:
            return NOWHERE
        self._polled = True
        return _POLLER

    def _waker(self, call: Call) -> Place:
        """Take the first of these after the poller for what wakes it."""
        if not self._polled or Is.WAKER in self._known.values():
            return NOWHERE
        if call.name.startswith("eventfd"):
            self._know(call.result, Is.WAKER)
        for fd in re.findall(r"\d+", _word(call, 0)) if call.name.startswith("pipe") else ():
            self._known[fd] = Is.WAKER
        return _POLLER

    def _epoll_ctl(self, call: Call) -> Place:
        what = self._known.get(_word(call, 2))
        removing = "EPOLL_CTL_DEL" in call.arguments
        match what:
            case Is.WAKER:
                return _POLLER
            case Is.BACKLOG:
                return _BACKLOG
            case Is.CONNECTION if not removing:
                return Place(Stage.ACCEPT, Step.POLL_OPEN)
            case Is.SOCKET | Is.LISTENER | Is.DIALLED if not removing:
                return Place(Stage.POLL_OPEN)
            case Is.SOCKET | Is.LISTENER | Is.DIALLED | Is.CONNECTION:
                return Place(None, Step.CLOSE)
        return NOWHERE

    def _know(self, result: str, what: Is) -> None:
        fd = plain(result)
        if fd.isdigit():
            self._known[fd] = what


def _within(what: Is, step: Step) -> Place:
    """Return the place of what is done to a new connection as well as to other sockets."""
    return Place(Stage.ACCEPT if what is Is.CONNECTION else None, step)


def _first(call: Call) -> str:
    """Return the first argument, which is nearly always a number."""
    return plain(call.arguments.partition(",")[0])


def _word(call: Call, at: int) -> str:
    arguments = split(call.arguments)
    return plain(arguments[at]) if at < len(arguments) else ""
