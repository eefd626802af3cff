"""Finds from the calls alone where on the path each was made, for programs in any language.

What an open file is for (a listener, a connection that was accepted, the poller) follows from what
is done with it anywhere in the log; see `fd_roles`.
"""

from collections.abc import Sequence
from itertools import islice

from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.strace_log.arguments import split
from walkthrough.strace_log.calls import (
    ACCEPTS,
    CREATES_EPOLL,
    EPOLL_WAITS,
    MAKES_WAKER,
    POLLS,
    READS,
    WRITES,
)
from walkthrough.strace_log.fd_roles import FileRoles
from walkthrough.strace_log.fd_table import UNKNOWN
from walkthrough.strace_log.model import LogCall
from walkthrough.strace_log.options import option
from walkthrough.strace_log.roles import FileRole

_ON_SOCKETS = frozenset({FileRole.SOCKET, FileRole.LISTENER, FileRole.CONNECTION, FileRole.DIALLED})
_FAR = 64
"""How many calls are searched for what a thread does next."""
_HOSTS = '"/etc/hosts"'

_PROBE = Place(None, Step.PROBE)
_BACKLOG = Place(None, Step.LISTENER_BACKLOG)
_POLLER = Place(Stage.POLL_SERVER_INIT)
_LOOK_UP = Place(Stage.RESOLVE_ADDR_LIST)
_READY = Place(None, Step.POLL_READY)
_READ = Place(None, Step.READ)
_WRITE = Place(None, Step.WRITE)
_CLOSE = Place(None, Step.CLOSE)
_CONNECT = Place(None, Step.CONNECT)
_ACCEPT = Place(Stage.ACCEPT, Step.ACCEPT4)
_BY_NAME = {
    "bind": Place(Stage.BIND),
    "listen": Place(Stage.LISTEN),
    "connect": _CONNECT,
    "accept": _ACCEPT,
    "accept4": _ACCEPT,
}
"""Calls that stand for one place whatever their socket is, even if it is none."""
_OPTIONS = {
    "IPV6_V6ONLY": Place(Stage.SET_DEFAULT_SOCKOPTS),
    "SO_BROADCAST": Place(Stage.SET_DEFAULT_SOCKOPTS),
    "SO_REUSEADDR": Place(None, Step.SET_DEFAULT_LISTENER_SOCKOPTS),
}
_OF_NEW = {"TCP_NODELAY": Step.SET_NO_DELAY} | dict.fromkeys(
    ("SO_KEEPALIVE", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT"),
    Step.SET_KEEP_ALIVE,
)


def place_of_calls(calls: Sequence[LogCall], purposes: FileRoles | None = None) -> list[Place]:
    """Return the place of every call.

    Args:
        calls: All calls of a log.
        purposes: What its files are for, where that is known already.
    """
    finder = _StageFinder(calls, FileRoles(calls) if purposes is None else purposes)
    return [finder.place(number, call) for number, call in enumerate(calls)]


class _StageFinder:
    def __init__(self, calls: Sequence[LogCall], purposes: FileRoles) -> None:
        self._calls = calls
        self._purposes = purposes
        self._about = purposes.about

    def place(self, number: int, call: LogCall) -> Place:
        file = self._about[number]
        if file != UNKNOWN:
            return self._on_file(number, call, self._purposes.of(file))
        name = call.name
        if name == "socket":
            return self._of_socket(number)
        if name in MAKES_WAKER or name in CREATES_EPOLL:
            made = self._purposes.of(number)
            return _POLLER if made in (FileRole.POLLER, FileRole.WAKER) else NOWHERE
        if name in ("openat", "open"):
            if self._purposes.of(number) is FileRole.BACKLOG:
                return _BACKLOG
            return self._looks_up(number) if _HOSTS in call.arguments else NOWHERE
        if name in POLLS and self._purposes.waits_for_socket(number):
            return _READY
        if name == "restart_syscall" and self._wakes(number):
            return _READY
        return _BY_NAME.get(name, NOWHERE)

    def _wakes(self, number: int) -> bool:
        """Return whether a wait that strace interrupted as it attached ends with a connection."""
        call = self._calls[number]
        ahead = islice(self._calls, number + 1, number + 1 + _FAR)
        follows = next((each for each in ahead if each.thread == call.thread), None)
        woken = call.result[:1].isdigit() and call.result[:1] != "0"
        return woken and follows is not None and follows.name in ACCEPTS

    def _on_file(self, number: int, call: LogCall, what: FileRole | None) -> Place:
        name = call.name
        if name == "epoll_ctl":
            return self._epoll_ctl(number, call)
        if name in EPOLL_WAITS:
            return _READY if what is FileRole.POLLER else NOWHERE
        match what:
            case FileRole.PROBE:
                return _PROBE
            case FileRole.LOOK_UP:
                return self._looks_up(number)
            case FileRole.BACKLOG:
                return _BACKLOG
            case None if name in _BY_NAME:  # it is not about a socket
                return _BY_NAME[name]
        if what is None or what not in _ON_SOCKETS:
            return _WRITE if self._purposes.is_output(number) else NOWHERE
        match name:
            case _ if name in _BY_NAME:
                return _CONNECT if what is FileRole.DIALLED else _BY_NAME[name]
            case "setsockopt":
                return self._setsockopt(number, call, what)
            case "getsockopt" if what is FileRole.DIALLED and "SO_ERROR" in call.arguments:
                return _CONNECT
            case "getsockname":
                return _within(what, Step.GETSOCKNAME)
            case "close" | "shutdown":
                return _CLOSE
            case _ if name in READS:
                return _READ
            case _ if name in WRITES:
                return _WRITE
        return NOWHERE

    def _looks_up(self, number: int) -> Place:
        return _LOOK_UP if self._purposes.serves(number) else NOWHERE

    def _setsockopt(self, number: int, call: LogCall, what: FileRole) -> Place:
        name = option(call.arguments)
        if name in _OF_NEW:
            return _within(what, _OF_NEW[name])
        if what is FileRole.DIALLED or self._purposes.settled(number):
            return NOWHERE
        return _OPTIONS.get(name, Place(None, Step.CONTROL))

    def _epoll_ctl(self, number: int, call: LogCall) -> Place:
        what = self._purposes.of(self._purposes.watched[number])
        operation = "".join(split(call.arguments)[1:2])
        adds = "ADD" in operation or operation in ("1", "0x1")
        match what:
            case FileRole.WAKER:
                return _POLLER
            case FileRole.BACKLOG:
                return _BACKLOG
            case FileRole.LOOK_UP:
                return self._looks_up(number)
            case FileRole.DIALLED if adds:
                return _CONNECT
        if what is None or what not in _ON_SOCKETS:
            return NOWHERE
        if adds:
            accepted = what is FileRole.CONNECTION
            return Place(Stage.ACCEPT, Step.POLL_OPEN) if accepted else Place(Stage.POLL_OPEN)
        return _CLOSE if self._purposes.closes(number) else NOWHERE

    def _of_socket(self, number: int) -> Place:
        match self._purposes.of(number):
            case FileRole.PROBE:
                return _PROBE
            case FileRole.LOOK_UP:
                return self._looks_up(number)
            case FileRole.DIALLED:
                return _CONNECT
            case FileRole.ASIDE:
                return NOWHERE
        return Place(Stage.SYS_SOCKET)


def _within(what: FileRole, step: Step) -> Place:
    """Return the place of what is done to a new connection as well as to other sockets."""
    return Place(Stage.ACCEPT if what is FileRole.CONNECTION else None, step)
