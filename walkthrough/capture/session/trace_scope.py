"""Which events of a traced program are captured: those of the path, or all.

The listening path goes through sockets that listen, may yet listen, or were accepted: a call on any
other descriptor, and a connection that the program makes itself, is none of it. What a descriptor
is for knows who puts calls on the path (`capture.ptrace.placed_calls`). A call that is left out is
kept for a while: later ones may show that it was of the path. Knows no process.
"""

from collections.abc import Callable, Iterable

import msgspec

from walkthrough.call_stages.calls import READS, WRITES
from walkthrough.call_stages.stages import REVISABLE
from walkthrough.capture.session.trace_request import ALL, LISTEN
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    RevisedCall,
    SpanCutOff,
    StagesRevised,
)
from walkthrough.model.revisions import revised_entry, revised_return
from walkthrough.model.stages import Stage, Step
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
_NEVER_BROUGHT = WAITS | READS | WRITES
"""Calls that are left out for good: what they wait for, or move, says whether they are followed."""


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
        self._ended: dict[int, tuple[CallEntered, CallReturned]] = {}  # by span, left out
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
                is_there = self._only in (LISTEN, event.stage, event.step)
                return [event] if is_there else []
        return [event]

    def may_bring(self, event: CallEntered) -> bool:
        """Return whether a call that was left out may be captured later, by `revise`."""
        return self._only != LISTEN or event.call not in _NEVER_BROUGHT

    def revise(self, revised: StagesRevised) -> list[AnyEvent]:
        """Return what is captured now that later calls have shown where earlier ones belong.

        Those that were left out and are of the path are told then, with the times that they had;
        what has become of others comes behind them.
        """
        found: list[AnyEvent] = []
        others: list[RevisedCall] = []
        threads = {event.span: thread for thread, event in self._left_out.items()}
        for each in revised.calls:
            ended = self._ended.get(each.span)
            if ended is None and each.span not in threads:
                others.append(each)
            elif self._takes_place(each.stage, each.step):
                if ended is not None:
                    del self._ended[each.span]
                    found += revised_entry(ended[0], each), revised_return(ended[1], each)
                else:  # it goes on
                    entered = self._left_out.pop(threads[each.span])
                    found.append(revised_entry(entered, each))
        if others:
            found.append(msgspec.structs.replace(revised, calls=tuple(others)))
        return found

    def _takes_place(self, stage: Stage | None, step: Step | None) -> bool:
        if self._only == LISTEN:
            return stage is not None or step not in _TRANSFERS
        return self._only in (stage, step)

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
        if entered is not None and entered.span is not None and self.may_bring(entered):
            self._ended[entered.span] = entered, event
            if len(self._ended) > REVISABLE:
                del self._ended[next(iter(self._ended))]
        return [] if entered is not None else [event]

    def _takes_call(self, event: CallEntered) -> bool:
        if self._only != LISTEN:
            return self._takes_place(event.stage, event.step)
        thread, call = event.thread, event.call
        if call in WAITS:
            return thread not in self._idle
        by_function = event.function is not None and event.step is not None
        if by_function or self._takes_place(event.stage, event.step):
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
