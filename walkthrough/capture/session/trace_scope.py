"""Which events of a traced program are captured: those of the path, or all.

The listening path goes through sockets that listen, may yet listen, or were accepted: a call on any
other descriptor, and a connection that the program makes itself, is none of it. What a descriptor
is for knows who puts calls on the path (`capture.ptrace.placed_calls`). Knows no process.
"""

from collections.abc import Callable, Iterable

from walkthrough.capture.session.trace_request import ALL, LISTEN
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    SpanCutOff,
)
from walkthrough.model.stages import Step
from walkthrough.model.values import Argument, Constant, Flags, Reference, Several, Value

WAITS = frozenset(
    {"epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6"}
)
"""Calls that wait for something to happen on descriptors."""
_MAKES_POLLER = frozenset({"epoll_create", "epoll_create1"})
_OUTGOING = frozenset({"connect"})
_LOCAL_LOOKUPS = frozenset({"AF_NETLINK", "AF_PACKET", "AF_ALG"})
"""Families of sockets on which nobody listens."""
_TRANSFERS = (None, Step.READ, Step.WRITE)
"""Steps that a call alone does not place on the path: they lead to files as well."""


class TraceScope:
    """Decides event by event, in the order in which they happen.

    Args:
        only: `LISTEN`, `ALL`, or the name of a stage or a step.
        is_of_path: Returns whether a call that has just begun is about a socket that listens, may
            yet listen, or was accepted.

    Attributes:
        idle_polls: How many waits for events that found nothing were left out.
    """

    def __init__(self, only: str, is_of_path: Callable[[CallEntered], bool]) -> None:
        self._only = only
        self._is_of_path = is_of_path
        self._left_out: dict[int | None, CallEntered] = {}  # by thread
        self._idle: set[int | None] = set()  # threads whose last wait found nothing
        self.idle_polls = 0

    def sift(self, event: AnyEvent) -> list[AnyEvent]:
        """Return what is captured now that ``event`` has happened: it, nothing, or more.

        A wait that comes after one that found nothing is captured once it has found something.
        """
        if self._only == ALL:
            return [event]
        match event:
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
        return self._is_of_path(event)


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
