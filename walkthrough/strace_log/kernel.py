"""What the kernel must hold, as far as the calls in a log tell: descriptors, sockets, epoll.

Queues, and what the other ends do, no call tells; they stay unknown and the view says so.
"""

import re

from walkthrough.model import constants as k
from walkthrough.model.kernel import (
    Beyond,
    Descriptor,
    EpollInterest,
    EpollState,
    KernelState,
    SocketState,
)
from walkthrough.model.values import Flags, SocketAddress
from walkthrough.strace_log.arguments import label, plain, split
from walkthrough.strace_log.record import Call
from walkthrough.strace_log.strings import bytes_of

LISTED = 48
"""So many descriptors, sockets and interests are listed; of more there is only the number."""
UNSEEN = "queues and the other ends: this view is told from the calls of a log"
_PORT = re.compile(r"sin6?_port=htons\((\d+)\)")
_HOST = re.compile(r'inet_addr\("([^"]*)"\)|inet_pton\(AF_INET6, "([^"]*)"')
_PATH = re.compile(r'sun_path=(@?)("(?:[^"\\]|\\.)*")')
_MASK = re.compile(r"events=([A-Z0-9_|x]+)")
_DATA = re.compile(r"u64=(\d+)|data=(0x[0-9a-f]+|\d+)")
_NUMBERS = re.compile(r"\d+")
_KINDS = {"epoll_create": "epoll", "epoll_create1": "epoll", "eventfd": "eventfd"}
_KINDS |= {"eventfd2": "eventfd", "pipe": "pipe", "pipe2": "pipe", "openat": "file", "open": "file"}


class Told:
    """The kernel's state while a log is read, call by call."""

    def __init__(self) -> None:
        self._descriptors: dict[int, Descriptor] = {}
        self._sockets: dict[int, SocketState] = {}
        self._epolls: dict[int, dict[int, EpollInterest]] = {}

    def after(self, call: Call, result: int) -> KernelState | None:
        """Return the state after a call; None if the call has changed nothing."""
        change = _CHANGES.get(call.name)
        if change is None or result < 0:
            return None
        return self._state() if change(self, call, split(call.arguments), result) else None

    def exited(self) -> KernelState:
        """Return the state once the program has ended: the kernel has closed what was open."""
        self._descriptors.clear()
        self._sockets.clear()
        self._epolls.clear()
        return self._state()

    def _socket(self, call: Call, arguments: tuple[str, ...], result: int) -> bool:
        family, kind = arguments[0] if arguments else "", arguments[1] if len(arguments) > 1 else ""
        protocol = "MPTCP" if "IPPROTO_MPTCP" in call.arguments else "TCP"
        datagrams = "SOCK_DGRAM" in kind
        self._sockets[result] = SocketState(
            owner="server",
            family=family,
            type="SOCK_DGRAM" if datagrams else "SOCK_STREAM",
            protocol="" if "UNIX" in family else "UDP" if datagrams else protocol,
            state="CLOSE",
            local=SocketAddress(family),
            fd=result,
        )
        self._descriptors[result] = Descriptor(result, "socket", label(call.result) or "socket")
        return True

    def _opened(self, call: Call, arguments: tuple[str, ...], result: int) -> bool:
        target = label(call.result)
        if not target and call.name.startswith("open") and len(arguments) > 1:
            target = bytes_of(arguments[1])[0].decode("utf-8", "replace")
        kind = _KINDS[call.name]
        self._descriptors[result] = Descriptor(result, kind, target or kind)
        if kind == "epoll":
            self._epolls[result] = {}
        return True

    def _paired(self, call: Call, arguments: tuple[str, ...], result: int) -> bool:
        for number in _NUMBERS.findall(arguments[0] if arguments else ""):
            self._descriptors[int(number)] = Descriptor(int(number), "pipe", "pipe")
        return True

    def _changed(self, fd: int | None, **changes: object) -> bool:
        socket = self._sockets.get(fd) if fd is not None else None
        if fd is None or socket is None:
            return False
        fields = {name: getattr(socket, name) for name in SocketState.__struct_fields__}
        self._sockets[fd] = SocketState(**(fields | changes))
        return True

    def _bound(self, call: Call, arguments: tuple[str, ...], result: int) -> bool:
        address = _address(call.arguments)
        return address is not None and self._changed(_fd(arguments), local=address)

    def _connected(self, call: Call, arguments: tuple[str, ...], result: int) -> bool:
        return self._changed(_fd(arguments), remote=_address(call.arguments), state="ESTABLISHED")

    def _listening(self, call: Call, arguments: tuple[str, ...], result: int) -> bool:
        backlog = int(arguments[1]) if len(arguments) > 1 and arguments[1].isdigit() else None
        return self._changed(_fd(arguments), state="LISTEN", backlog=backlog)

    def _accepted(self, call: Call, arguments: tuple[str, ...], result: int) -> bool:
        listener = self._sockets.get(_fd(arguments) or -1)
        family = listener.family if listener is not None else "AF_INET"
        self._sockets[result] = SocketState(
            owner="server",
            family=family,
            type="SOCK_STREAM",
            protocol=listener.protocol if listener is not None else "TCP",
            state="ESTABLISHED",
            local=listener.local if listener is not None else SocketAddress(family),
            remote=_address(call.arguments),
            fd=result,
        )
        self._descriptors[result] = Descriptor(result, "socket", label(call.result) or "socket")
        return True

    def _closed(self, call: Call, arguments: tuple[str, ...], result: int) -> bool:
        fd = _fd(arguments)
        if fd is None or self._descriptors.pop(fd, None) is None:
            return False
        self._sockets.pop(fd, None)
        self._epolls.pop(fd, None)
        for watched in self._epolls.values():
            watched.pop(fd, None)
        return True

    def _watched(self, call: Call, arguments: tuple[str, ...], result: int) -> bool:
        if len(arguments) < 4 or not plain(arguments[2]).isdigit():
            return False
        watched = self._epolls.setdefault(_fd(arguments) or 0, {})
        fd = int(plain(arguments[2]))
        if "EPOLL_CTL_DEL" in arguments[1]:
            return watched.pop(fd, None) is not None
        mask, data = _MASK.search(arguments[3]), _DATA.search(arguments[3])
        names = tuple(mask[1].split("|")) if mask is not None else ()
        number = next(filter(None, data.groups()), "0") if data is not None else "0"
        watched[fd] = EpollInterest(fd, Flags(names, _raw(names)), int(number, 0))
        return True

    def _state(self) -> KernelState:
        descriptors = [self._descriptors[fd] for fd in sorted(self._descriptors)]
        sockets = [self._sockets[fd] for fd in sorted(self._sockets)]
        unlisted: dict[str, int] = {}
        for socket in sockets[LISTED:]:
            key = f"{socket.owner} {socket.state}"
            unlisted[key] = unlisted.get(key, 0) + 1
        epolls, interests = [], 0
        for fd, watched in self._epolls.items():
            epolls.append(EpollState(fd, tuple(watched.values())[:LISTED]))
            interests += max(len(watched) - LISTED, 0)
        more = max(len(descriptors) - LISTED, 0)
        beyond = Beyond(more, interests, unlisted) if more or interests or unlisted else None
        return KernelState(
            tuple(descriptors[:LISTED]),
            tuple(sockets[:LISTED]),
            tuple(epolls),
            (UNSEEN,),
            beyond,
        )


_CHANGES = {
    "socket": Told._socket,
    "bind": Told._bound,
    "listen": Told._listening,
    "connect": Told._connected,
    "getsockname": Told._bound,
    "accept": Told._accepted,
    "accept4": Told._accepted,
    "close": Told._closed,
    "epoll_ctl": Told._watched,
    "epoll_create": Told._opened,
    "epoll_create1": Told._opened,
    "eventfd": Told._opened,
    "eventfd2": Told._opened,
    "openat": Told._opened,
    "open": Told._opened,
    "pipe": Told._paired,
    "pipe2": Told._paired,
}


def _fd(arguments: tuple[str, ...]) -> int | None:
    number = plain(arguments[0]) if arguments else ""
    return int(number) if number.isdigit() and len(number) < 10 else None


def _raw(names: tuple[str, ...]) -> int:
    numbers = {name: number for number, name in k.EPOLL_EVENTS.items()}
    return sum(numbers.get(name, 0) for name in names)


def _address(text: str) -> SocketAddress | None:
    """Read the first address in some arguments, as far as it is one of IP or a path."""
    port, host, path = _PORT.search(text), _HOST.search(text), _PATH.search(text)
    if path is not None:
        named = ("\0" if path[1] else "") + bytes_of(path[2])[0].decode("utf-8", "replace")
        return SocketAddress("AF_UNIX", path=named)
    if port is None or host is None:
        return None
    family = "AF_INET6" if host[2] is not None else "AF_INET"
    number = int(port[1]) if len(port[1]) < 6 else 0
    return SocketAddress(family, host=host[1] or host[2] or "", port=number)
