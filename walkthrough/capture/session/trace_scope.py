"""Which events of a traced program are captured: those of the path, or all.

The listening path goes through sockets. So of each process it is known which descriptors stand for
a socket that listens, may yet listen, or was accepted; a call on any other descriptor, and a
connection that the program makes itself, is none of the path. Knows no process.
"""

from collections.abc import Iterable

from walkthrough.capture.session.trace_request import ALL, LISTEN
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    ProcessExited,
    ProcessStarted,
    SpanCutOff,
)
from walkthrough.model.stages import Step
from walkthrough.model.values import Argument, Constant, Flags, Reference, Several, Value

WAITS = frozenset(
    {"epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6"}
)
"""Calls that wait for something to happen on descriptors."""
_MAKES_POLLER = frozenset({"epoll_create", "epoll_create1"})
_DUPLICATES = frozenset({"dup", "dup2", "dup3"})
_ACCEPTS = frozenset({"accept", "accept4"})
_OUTGOING = frozenset({"connect"})
_LOCAL_LOOKUPS = frozenset({"AF_NETLINK", "AF_PACKET", "AF_ALG"})
"""Families of sockets on which nobody listens."""
_TRANSFERS = (None, Step.READ, Step.WRITE)
"""Steps that a call alone does not place on the path: they lead to files as well."""
_DESCRIPTOR = ("sockfd", "fd", "oldfd", "epfd")


class TraceScope:
    """Decides event by event, in the order in which they happen.

    Args:
        only: `LISTEN`, `ALL`, or the name of a stage or a step.

    Attributes:
        idle_polls: How many waits for events that found nothing were left out.
    """

    def __init__(self, only: str = LISTEN) -> None:
        self._only = only
        self._sockets: dict[int | None, set[int]] = {}
        self._left_out: dict[int | None, CallEntered] = {}  # by thread
        self._idle: set[int | None] = set()  # threads whose last wait found nothing
        self.idle_polls = 0

    def inherit(self, process: int | None, sockets: Iterable[int]) -> None:
        """Take the sockets that a process has when its capture begins."""
        self._sockets.setdefault(process, set()).update(sockets)

    def sift(self, event: AnyEvent) -> list[AnyEvent]:
        """Return what is captured now that ``event`` has happened: it, nothing, or more.

        A wait that comes after one that found nothing is captured once it has found something.
        """
        if self._only == ALL:
            return [event]
        match event:
            case ProcessStarted(parent_pid=maker, origin="fork"):
                self._sockets[event.pid] = {*self._sockets.get(maker, self._sockets.get(None, ()))}
            case ProcessExited():
                self._sockets.pop(event.pid, None)
            case CallEntered():
                if not self._takes_call(event):
                    self._left_out[event.thread] = event
                    return []
            case CallReturned():
                return self._returned(event)
            case FunctionEntered() | FunctionReturned() | SpanCutOff():
                return [event] if self._only == LISTEN or self._is_there(event) else []
        return [event]

    def _returned(self, event: CallReturned) -> list[AnyEvent]:
        entered = self._left_out.pop(event.thread, None)
        if self._only == LISTEN and event.call in WAITS:
            found = event.result != 0
            if found:
                self._idle.discard(event.thread)
            else:
                self._idle.add(event.thread)
            if entered is not None and found:
                return [entered, event]
            self.idle_polls += entered is not None
        else:
            self._follow(event)
        return [] if entered is not None else [event]

    def _is_there(self, event: AnyEvent) -> bool:
        return self._only in (event.stage, event.step)

    def _takes_call(self, event: CallEntered) -> bool:
        if self._only != LISTEN:
            return self._is_there(event)
        thread, call = event.thread, event.call
        if call in WAITS:
            return thread not in self._idle
        by_function = event.function is not None and event.step is not None
        if event.stage is not None or by_function or event.step not in _TRANSFERS:
            return True
        if call == "socket":
            return not _LOCAL_LOOKUPS & _names(event.arguments)
        if call in _MAKES_POLLER:
            return True
        if call in _OUTGOING:
            return False
        mine = self._of(event)
        if call == "epoll_ctl":
            return not mine.isdisjoint(_numbers(event.arguments, "fd"))
        return not mine.isdisjoint(_numbers(event.arguments, *_DESCRIPTOR))

    def _follow(self, event: CallReturned) -> None:
        """Keep which descriptors are sockets of the path."""
        call, mine = event.call, self._of(event)
        if event.error is not None and call not in _OUTGOING:
            return
        if call in ("socket", *_ACCEPTS):
            if not _LOCAL_LOOKUPS & _names(event.arguments):
                mine.add(event.result)
            else:
                mine.discard(event.result)
        elif call in _OUTGOING:  # the program is a client there
            mine.difference_update(_numbers(event.arguments, "sockfd"))
        elif call == "close":
            mine.difference_update(_numbers(event.arguments, "fd"))
        elif call in _DUPLICATES:
            self._copy(mine, _numbers(event.arguments, "oldfd"), event.result)
        elif call == "fcntl" and any(
            name.startswith("F_DUPFD") for name in _names(event.arguments)
        ):
            self._copy(mine, _numbers(event.arguments, "fd"), event.result)
        elif call in ("openat", "eventfd", "eventfd2", *_MAKES_POLLER):
            mine.discard(event.result)  # a descriptor that was closed unseen

    @staticmethod
    def _copy(mine: set[int], old: set[int], new: int) -> None:
        if mine.isdisjoint(old):
            mine.discard(new)
        else:
            mine.add(new)

    def _of(self, event: CallEntered | CallReturned) -> set[int]:
        return self._sockets.setdefault(event.process, set())


def _numbers(arguments: Iterable[Argument], *names: str) -> set[int]:
    """Return the values of those arguments that have one of these names and are numbers."""
    return {
        argument.value
        for argument in arguments
        if argument.name in names and isinstance(argument.value, int)
    }


def _names(arguments: Iterable[Argument]) -> set[str]:
    """Return the names of the constants among arguments."""
    return {name for argument in arguments for name in _names_in(argument.value)}


def _names_in(value: Value) -> Iterable[str]:
    match value:
        case Constant(name=name):
            yield name
        case Flags(names=names):
            yield from names
        case Reference(value=inner):
            yield from _names_in(inner)
        case Several(items=items):
            for item in items:
                yield from _names_in(item)
