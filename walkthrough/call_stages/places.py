"""Where on the path a call was made, by what its files are for: for programs in any language."""

from collections.abc import Callable

from walkthrough.call_stages.arguments import split
from walkthrough.call_stages.calls import (
    CREATES_EPOLL,
    EPOLL_WAITS,
    MAKES_WAKER,
    POLLS,
    READS,
    WRITES,
)
from walkthrough.call_stages.fd_roles import FileRoles
from walkthrough.call_stages.fd_table import UNKNOWN
from walkthrough.call_stages.roles import SERVED, FileRole
from walkthrough.call_stages.socket_options import option
from walkthrough.call_stages.told_call import ToldCall
from walkthrough.model.stages import NOWHERE, Place, Stage, Step

_ON_SOCKETS = frozenset({FileRole.SOCKET, FileRole.LISTENER, FileRole.CONNECTION, FileRole.DIALLED})
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


class PlaceFinder:
    """Finds the places of calls.

    Args:
        roles: What their files are for.
        asks: Is called with a file and the number of the call whose place depends on its role.
    """

    def __init__(self, roles: FileRoles, asks: Callable[[int, int], None] | None = None) -> None:
        self._roles = roles
        self._asks = asks

    def place(self, number: int, call: ToldCall) -> Place:
        """Return the place of a call, as far as it is known."""
        file = self._roles.about[number]
        if file != UNKNOWN:
            return self._on_file(number, call, self._role(file, number))
        name = call.name
        if name == "socket":
            return self._of_socket(number)
        if name in MAKES_WAKER or name in CREATES_EPOLL:
            made = self._role(number, number)
            return _POLLER if made in (FileRole.POLLER, FileRole.WAKER) else NOWHERE
        if name in ("openat", "open"):
            if self._role(number, number) is FileRole.BACKLOG:
                return _BACKLOG
            return self._looks_up(number) if _HOSTS in call.arguments else NOWHERE
        if name in POLLS:
            polled = self._roles.polled.get(number, ())
            return _READY if any(self._role(each, number) in SERVED for each in polled) else NOWHERE
        if name == "restart_syscall" and self._roles.wakes(number):
            return _READY
        return _BY_NAME.get(name, NOWHERE)

    def _role(self, file: int, number: int) -> FileRole | None:
        if self._asks is not None:
            self._asks(file, number)
        return self._roles.of(file)

    def _on_file(self, number: int, call: ToldCall, what: FileRole | None) -> Place:
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
            return _WRITE if self._roles.is_output(number, call) else NOWHERE
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
        return _LOOK_UP if self._roles.serves(number) else NOWHERE

    def _setsockopt(self, number: int, call: ToldCall, what: FileRole) -> Place:
        name = option(call.arguments)
        if name in _OF_NEW:
            return _within(what, _OF_NEW[name])
        if what is FileRole.DIALLED or self._settled(number):
            return NOWHERE
        return _OPTIONS.get(name, Place(None, Step.CONTROL))

    def _settled(self, number: int) -> bool:
        """Return whether the socket of a call listens by then, or is connected."""
        return self._roles.settles(self._roles.about[number]) < number

    def _epoll_ctl(self, number: int, call: ToldCall) -> Place:
        what = self._role(self._roles.watched[number], number)
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
        return _CLOSE if self._roles.closes(number) else NOWHERE

    def _of_socket(self, number: int) -> Place:
        match self._role(number, number):
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
