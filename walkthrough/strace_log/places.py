"""Tells from the calls alone where on the path each was made, for programs in any language.

What an open file is for (a listener, a connection that was accepted, the poller) follows from what
is done with it anywhere in the log; `purposes` finds that out.
"""

from collections.abc import Sequence

from walkthrough.model.path import NOWHERE, Place, Stage, Step
from walkthrough.strace_log.arguments import split
from walkthrough.strace_log.descriptors import UNKNOWN, descriptor
from walkthrough.strace_log.options import option
from walkthrough.strace_log.purposes import Is, Purposes
from walkthrough.strace_log.record import Call

_ON_SOCKETS = frozenset({Is.SOCKET, Is.LISTENER, Is.CONNECTION, Is.DIALLED})
_READS = frozenset({"read", "recvfrom", "recvmsg", "readv", "recvmmsg"})
_WRITES = frozenset({"write", "sendto", "sendmsg", "writev", "sendmmsg", "sendfile", "splice"})
_OUTPUTS = (1, 2)
_EPOLL_WAITS = frozenset({"epoll_wait", "epoll_pwait", "epoll_pwait2"})
_OTHER_WAITS = frozenset({"poll", "ppoll", "select", "pselect6"})
_MAKES_WAKER = frozenset({"eventfd", "eventfd2", "pipe", "pipe2"})
_HOSTS = '"/etc/hosts"'

_PROBE = Place(None, Step.PROBE)
_BACKLOG = Place(None, Step.LISTENER_BACKLOG)
_POLLER = Place(Stage.POLL_SERVER_INIT)
_LOOK_UP = Place(Stage.RESOLVE_ADDR_LIST)
_READY = Place(None, Step.POLL_READY)
_READ = Place(None, Step.READ)
_WRITE = Place(None, Step.WRITE)
_CLOSE = Place(None, Step.CLOSE)
_ACCEPT = Place(Stage.ACCEPT, Step.ACCEPT4)
_OPTIONS = {
    "IPV6_V6ONLY": Place(Stage.SET_DEFAULT_SOCKOPTS),
    "SO_BROADCAST": Place(Stage.SET_DEFAULT_SOCKOPTS),
    "SO_REUSEADDR": Place(None, Step.SET_DEFAULT_LISTENER_SOCKOPTS),
}
_OF_NEW = {"TCP_NODELAY": Step.SET_NO_DELAY} | dict.fromkeys(
    ("SO_KEEPALIVE", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT"),
    Step.SET_KEEP_ALIVE,
)


def place_of_calls(calls: Sequence[Call]) -> list[Place]:
    """Return the place of every call."""
    teller = _Teller(calls)
    return [teller.place(number, call) for number, call in enumerate(calls)]


class _Teller:
    def __init__(self, calls: Sequence[Call]) -> None:
        self._purposes = Purposes(calls)
        self._about = self._purposes.about

    def place(self, number: int, call: Call) -> Place:
        file = self._about[number]
        if file != UNKNOWN:
            return self._on_file(number, call, self._purposes.of(file))
        name = call.name
        if name == "socket":
            return _of_socket(self._purposes.of(number))
        if name in _MAKES_WAKER or name.startswith("epoll_create"):
            made = self._purposes.of(number)
            return _POLLER if made in (Is.POLLER, Is.WAKER) else NOWHERE
        if name in ("openat", "open"):
            if self._purposes.of(number) is Is.BACKLOG:
                return _BACKLOG
            return _LOOK_UP if _HOSTS in call.arguments else NOWHERE
        if name in _OTHER_WAITS and self._purposes.waits_for_socket(number):
            return _READY
        return NOWHERE

    def _on_file(self, number: int, call: Call, what: Is | None) -> Place:
        name = call.name
        if name == "epoll_ctl":
            return self._epoll_ctl(number, call)
        if name in _EPOLL_WAITS:
            return _READY if what is Is.POLLER else NOWHERE
        match what:
            case Is.PROBE:
                return _PROBE
            case Is.LOOK_UP:
                return _LOOK_UP
            case Is.BACKLOG:
                return _BACKLOG
        if what not in _ON_SOCKETS:
            printed = name in _WRITES and descriptor(call.arguments) in _OUTPUTS
            return _WRITE if printed else NOWHERE
        match name:
            case "bind":
                return Place(Stage.BIND)
            case "listen":
                return Place(Stage.LISTEN)
            case "connect":
                return Place(None, Step.CONNECT)
            case "accept" | "accept4":
                return _ACCEPT
            case "setsockopt":
                return self._setsockopt(number, call, what)
            case "getsockname":
                return _within(what, Step.GETSOCKNAME)
            case "close" | "shutdown":
                return _CLOSE
            case _ if name in _READS:
                return _READ
            case _ if name in _WRITES:
                return _WRITE
        return NOWHERE

    def _setsockopt(self, number: int, call: Call, what: Is) -> Place:
        name = option(call.arguments)
        if name in _OF_NEW:
            return _within(what, _OF_NEW[name])
        if self._purposes.settled(number):
            return NOWHERE
        return _OPTIONS.get(name, Place(None, Step.CONTROL))

    def _epoll_ctl(self, number: int, call: Call) -> Place:
        what = self._purposes.of(self._purposes.watched[number])
        operation = "".join(split(call.arguments)[1:2])
        match what:
            case Is.WAKER:
                return _POLLER
            case Is.BACKLOG:
                return _BACKLOG
            case Is.LOOK_UP:
                return _LOOK_UP
        if what not in _ON_SOCKETS:
            return NOWHERE
        if "ADD" in operation or operation in ("1", "0x1"):
            accepted = what is Is.CONNECTION
            return Place(Stage.ACCEPT, Step.POLL_OPEN) if accepted else Place(Stage.POLL_OPEN)
        return _CLOSE if self._purposes.closes(number) else NOWHERE


def _of_socket(what: Is | None) -> Place:
    match what:
        case Is.PROBE:
            return _PROBE
        case Is.LOOK_UP:
            return _LOOK_UP
        case Is.ASIDE:
            return NOWHERE
    return Place(Stage.SYS_SOCKET)


def _within(what: Is, step: Step) -> Place:
    """Return the place of what is done to a new connection as well as to other sockets."""
    return Place(Stage.ACCEPT if what is Is.CONNECTION else None, step)
