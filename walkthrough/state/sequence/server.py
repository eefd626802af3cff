"""The server's end of the sequence diagram: its calls on sockets, wake-ups, goroutines that park.

Follows which descriptors are sockets, and which goroutine waits for which. Makes no rows.
"""

import re
from collections.abc import Iterable, Iterator

from walkthrough.model.events import CallReturned, FunctionEntered, FunctionReturned
from walkthrough.model.kernel_state import EpollState, KernelState
from walkthrough.model.outcomes import NOT_YET, has_failed
from walkthrough.model.stages import Step
from walkthrough.model.values import (
    Constant,
    EpollEvent,
    Flags,
    Reference,
    Several,
    SocketAddress,
    Spelled,
    Value,
)
from walkthrough.state.sequence.model import (
    Direction,
    GoroutineParked,
    GoroutineUnparked,
    PollerWake,
    SocketCall,
    UnparkReason,
)
from walkthrough.state.world import World

READS = frozenset({"read", "readv", "recv", "recvfrom", "recvmsg", "recvmmsg"})
WRITES = frozenset({"write", "writev", "send", "sendto", "sendmsg", "sendmmsg", "sendfile"})
ACCEPTS = frozenset({"accept", "accept4"})
POLLS = frozenset({"epoll_wait", "epoll_pwait", "epoll_pwait2"})
SETS_UP = frozenset({"socket", "bind", "listen", "connect", "shutdown", "close"})
DRAWN = READS | WRITES | ACCEPTS | SETS_UP
"""The calls that are drawn, when they are about a socket."""
_ON_SOCKETS = DRAWN - {"read", "readv", "write", "writev", "sendfile", "close"}
"""Those that only sockets have."""
_SETS_POLLER_UP = frozenset({"epoll_create", "epoll_create1", "eventfd", "eventfd2"})
"""Without these no socket can be waited for."""

_FAMILIES = ("AF_INET", "AF_INET6", "AF_UNIX", "AF_LOCAL", "PF_INET", "PF_INET6", "PF_UNIX")
# Who is woken by what, as in runtime/netpoll_epoll.go netpoll() (go1.27).
_READS = frozenset({"EPOLLIN", "EPOLLRDHUP", "EPOLLHUP", "EPOLLERR"})
_WRITES = frozenset({"EPOLLOUT", "EPOLLHUP", "EPOLLERR"})
_TO_WRITE = ord("w")
# runtime/netpoll.go: pollErrClosing, pollErrTimeout
_ENDINGS = {1: UnparkReason.CLOSED, 2: UnparkReason.DEADLINE}
# An epoll_event as strace spells it: {events=EPOLLIN|EPOLLET, data={u32=7, u64=7}} or data=0x7.
_SPELLED = re.compile(r"events=([A-Z|]+), data=(?:\{u32=\d+, u64=(\d+)\}|0x([0-9a-f]+))").finditer


class _ProcessDescriptors:
    """What is known of the descriptors and goroutines of one process."""

    __slots__ = (
        "before",
        "blocked",
        "data",
        "datagrams",
        "dialling",
        "epolls",
        "listeners",
        "parked",
        "sockets",
    )

    def __init__(self) -> None:
        self.blocked: dict[int, int] = {}  # goroutine -> the socket that was not ready for it
        self.parked: dict[int, tuple[int, bool]] = {}  # goroutine -> socket, to write to it?
        self.sockets: set[int] = set()
        self.before: set[int] = set()  # those that a view has shown first, and no call since
        self.listeners: set[int] = set()
        self.datagrams: set[int] = set()
        self.dialling: frozenset[int] = frozenset()
        self.data: dict[int, int] = {}  # what epoll_ctl gave with a descriptor -> the descriptor
        self.epolls: tuple[EpollState, ...] = ()


class ServerTracker:
    """The state of the server's sockets and goroutines, call after call."""

    def __init__(self) -> None:
        self._process = 0
        self._held = _ProcessDescriptors()
        self._held_by = {0: self._held}

    @property
    def sockets(self) -> set[int]:
        """The descriptors that are sockets."""
        return self._held.sockets

    @property
    def listeners(self) -> set[int]:
        """Those that listen."""
        return self._held.listeners

    @property
    def datagrams(self) -> set[int]:
        """Those of datagrams."""
        return self._held.datagrams

    @property
    def dialling(self) -> frozenset[int]:
        """Those on which connect was called."""
        return self._held.dialling

    def knows(self, process: int) -> bool:
        """Return whether a view of this process was seen."""
        return process in self._held_by

    def turn(self, process: int) -> None:
        """Switch to the descriptors of another process; 0 for the only one, or for no other.

        A new one has its goroutines apart from those of others, as it has its descriptors.
        """
        if process and process != self._process:
            if not self._process:  # the first one, before others were known
                self._held_by.setdefault(process, self._held)
            self._process = process
            self._held = self._held_by.setdefault(process, _ProcessDescriptors())

    def look(self, state: KernelState) -> None:
        """Process a view: sockets that existed before the first call that was seen."""
        self._held.epolls = state.epolls
        for socket in state.sockets:
            if socket.owner == "server" and socket.fd is not None:
                if socket.fd not in self.sockets:
                    self._held.before.add(socket.fd)
                self.sockets.add(socket.fd)
                if socket.type == "SOCK_DGRAM":
                    self.datagrams.add(socket.fd)

    def call(self, event: CallReturned) -> SocketCall | None:
        """Return the call if it is one that is drawn."""
        name = event.call
        given = {argument.name: argument.value for argument in event.arguments}
        error = (event.error.name or str(event.error.raw)) if event.error is not None else ""
        if name == "socket":
            return self._opened(event, given, error)
        fd = _number(given.get("sockfd", given.get("fd", given.get("out_fd"))))
        if fd is None or not (fd in self.sockets or name in _ON_SOCKETS):
            return None
        address, number = None, None
        self.sockets.add(fd)
        self._held.before.discard(fd)
        if name in ACCEPTS:
            address = _address(given.get("addr"))
            self.listeners.add(fd)
            if not error:
                self._forget(event.result)
                self.sockets.add(event.result)
        elif name == "listen":
            number = _number(given.get("backlog"))
            self.listeners.add(fd)
        elif name in ("bind", "connect"):
            address = _address(given.get("addr"))
            if name == "connect" and error in ("", "EINPROGRESS"):
                self._held.dialling |= {fd}
        elif name in READS:
            address = _address(given.get("src_addr"))
        elif name in WRITES:
            address = _address(given.get("dest_addr"))
        elif name == "close":
            self._forget(fd)
        if event.goroutine:
            if error in NOT_YET:
                self._held.blocked[event.goroutine] = fd
            else:
                self._held.blocked.pop(event.goroutine, None)
        return SocketCall(
            name,
            fd,
            event.result,
            error,
            event.injected,
            address=address,
            number=number,
            way=_way_of(name),
        )

    def failed_call(self, event: CallReturned) -> SocketCall | None:
        """Return a call that is drawn because it failed: on a socket, or to set the poller up."""
        if not (event.injected or has_failed(event)) or event.error is None:
            return None
        given = {argument.name: argument.value for argument in event.arguments}
        fd = _number(given.get("sockfd", given.get("fd")))
        if fd not in self.sockets and event.call not in _SETS_POLLER_UP:
            return None
        return SocketCall(
            event.call,
            fd,
            event.result,
            event.error.name or str(event.error.raw),
            event.injected,
            epoll=_number(given.get("epfd")),
            constants=tuple(
                name
                for each in ("op", "level", "optname", "cmd")
                if (name := _name(given.get(each)))
            ),
        )

    def _opened(
        self, event: CallReturned, given: dict[str, Value], error: str
    ) -> SocketCall | None:
        domain, kind = _name(given.get("domain")), _name(given.get("type")).partition("|")[0]
        if domain not in _FAMILIES:
            return None
        if not error:
            self._forget(event.result)
            self.sockets.add(event.result)
            if kind == "SOCK_DGRAM":
                self.datagrams.add(event.result)
        return SocketCall(
            "socket", None, event.result, error, event.injected, domain=domain, type=kind
        )

    def _forget(self, fd: int) -> None:
        self.sockets.discard(fd)
        self._held.before.discard(fd)
        self.listeners.discard(fd)
        self.datagrams.discard(fd)
        if fd in self.dialling:
            self._held.dialling -= {fd}

    def probe(self, event: CallReturned) -> None:
        """Note a call that only probes what the machine can do."""
        fd = _number(next((one.value for one in event.arguments), None))
        if event.call == "close" and fd is not None:
            self._forget(fd)

    def watch(self, event: CallReturned) -> None:
        """Record the user data that epoll_ctl registers with a descriptor."""
        given = {argument.name: argument.value for argument in event.arguments}
        asked, fd = given.get("event"), _number(given.get("fd"))
        if isinstance(asked, EpollEvent) and fd is not None:
            self._held.data[asked.data] = fd

    def wakes(self, event: CallReturned) -> Iterator[PollerWake]:
        """Yield what a poll reported of sockets; writability only if somebody waits for it.

        A goroutine that polls an epoll of the program's own is the one that is woken.
        """
        itself = None if event.step is Step.POLL_READY else event.goroutine or None
        reported = next((one.value for one in event.arguments if one.name == "events"), None)
        for names, data in _events(reported):
            fd = self._descriptor(data)
            if fd not in self.sockets:
                continue
            reads, writes = not _READS.isdisjoint(names), not _WRITES.isdisjoint(names)
            woken = next(
                (
                    goroutine
                    for goroutine, (on, to_write) in self._held.parked.items()
                    if on == fd and (writes if to_write else reads)
                ),
                itself,
            )
            if woken is not None or reads:
                yield PollerWake(fd, names, woken, woken is None and fd in self._held.before)

    def _descriptor(self, data: int) -> int:
        if data in self._held.data:
            return self._held.data[data]
        for epoll in self._held.epolls:
            for interest in epoll.interests:
                if interest.data == data:
                    return interest.fd
        return -1

    def park(self, event: FunctionEntered) -> GoroutineParked | None:
        """Return that a goroutine is about to wait, if it waits for a socket."""
        goroutine = event.goroutine
        fd = self._held.blocked.get(goroutine, -1) if goroutine else -1
        if not goroutine or fd not in self.sockets:
            return None
        mode = next((one.value for one in event.arguments if one.name == "mode"), None)
        raw = mode.raw if isinstance(mode, Constant) else mode
        self._held.parked[goroutine] = (fd, raw == _TO_WRITE)
        return GoroutineParked(goroutine, fd)

    def unpark(self, event: FunctionReturned) -> GoroutineUnparked | None:
        """Return that a goroutine has stopped waiting without success, if it has."""
        goroutine = event.goroutine or 0
        parked = self._held.parked.pop(goroutine, None)
        code = next((one.value for one in event.results if isinstance(one.value, int)), 0)
        if parked is None or not code:
            return None
        return GoroutineUnparked(goroutine, parked[0], _ENDINGS.get(code, UnparkReason.OTHER))


def pending_call(world: World) -> tuple[int, SocketCall] | None:
    """Return the call on a socket that the server is making, and the event that began it."""
    chain = world.spans.get(world.focus, ()) if world.focus is not None else ()
    if not chain or not chain[-1].call or chain[-1].name not in DRAWN:
        return None
    span = chain[-1]
    if span.place.step is Step.PROBE:
        return None
    given = {argument.name: argument.value for argument in span.arguments}
    fd = _number(given.get("sockfd", given.get("fd")))
    domain, kind = _name(given.get("domain")), _name(given.get("type")).partition("|")[0]
    if span.name == "socket":
        if domain not in _FAMILIES:
            return None
    elif span.name in READS | WRITES | {"close"}:
        listed = world.kernel.descriptors if world.kernel is not None else ()
        if not any(each.fd == fd and each.kind == "socket" for each in listed):
            return None
    address = _address(given.get("addr", given.get("dest_addr")))
    number = _number(given.get("backlog"))
    return span.entered, SocketCall(
        span.name,
        fd,
        0,
        address=address,
        number=number,
        way=_way_of(span.name),
        returned=False,
        domain=domain,
        type=kind,
    )


def _way_of(name: str) -> Direction:
    """Return which way a call's arrow points, whatever it returns."""
    return Direction.TO_SERVER if name in ACCEPTS or name in READS else Direction.TO_CLIENT


def _events(value: Value) -> Iterable[tuple[tuple[str, ...], int]]:
    """Return the events that a poll returned: the names of each, and its data."""
    if isinstance(value, Several):
        return [(e.events.names, e.data) for e in value.items if isinstance(e, EpollEvent)]
    if isinstance(value, Spelled):
        return [
            (tuple(match[1].split("|")), int(match[2]) if match[2] else int(match[3], 16))
            for match in _SPELLED(value.text)
        ]
    return []


def _number(value: Value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _address(value: Value) -> SocketAddress | None:
    if isinstance(value, Reference):
        value = value.value
    return value if isinstance(value, SocketAddress) else None


def _name(value: Value) -> str:
    """Return the name that a constant, flags, or strace's spelling of either holds."""
    if isinstance(value, Constant):
        return value.name
    if isinstance(value, Flags):
        return "|".join(value.names)
    return value.text if isinstance(value, Spelled) else ""
