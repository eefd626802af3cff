"""Follows what descriptors are for, and puts calls on the path where no function says their place.

What a call is for follows from what its descriptors are for, by the same rules as in an strace(1)
log (`walkthrough.call_stages`). Where later calls show that earlier ones belong elsewhere, that
becomes an event of its own, `StagesRevised`. The calls of programs with watched functions are
followed as well: others inherit what they have opened. Knows no process.
"""

from collections.abc import Set

import msgspec

from walkthrough.call_stages.event_calls import EventCall, call_begun, call_ended
from walkthrough.call_stages.roles import FileRole
from walkthrough.call_stages.stages import REVISABLE, CallStages, ToldPlace
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ProcessExited,
    ProcessStarted,
    RevisedCall,
    StagesRevised,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.kernel_state import KernelState, SocketState
from walkthrough.model.stages import NOWHERE
from walkthrough.model.values import SocketAddress

_OF_PATH = frozenset({FileRole.SOCKET, FileRole.PROBE, FileRole.LISTENER, FileRole.CONNECTION})
_UNTOLD = 0
"""In the place of a span: there is none."""


class PlacedCalls:
    """Follows the calls of all threads of a program, in the order in which they happen.

    Args:
        first: The process that `Header.pid` names: its events name none.
        quiet_elsewhere: Whether calls that belong nowhere on the path are quiet.
    """

    def __init__(self, first: int, *, quiet_elsewhere: bool = True) -> None:
        self._first = first
        self._quiet = quiet_elsewhere
        self._stages = CallStages()
        self._threads: dict[int, set[int]] = {}  # by process
        self._under_way: dict[int | None, tuple[int, EventCall]] = {}  # by thread
        self._spans: dict[int, int] = {}  # by the number of a call that can be revised

    def place(self, event: AnyEvent, *, watched: bool = False) -> AnyEvent:
        """Follow an event, and return it with its place on the path if it is a call.

        Args:
            event: It.
            watched: Its program's functions are watched: they say its place, and it keeps that.
        """
        stages, thread = self._stages, event.thread
        match event:
            case CallEntered():
                self._meet(event)
                call = call_begun(event)
                number = stages.begins(call)
                self._spans[number] = event.span or _UNTOLD if not watched else _UNTOLD
                self._spans.pop(number - REVISABLE, None)
                self._under_way[thread] = number, call
                return event if watched else self._placed(event, stages.told(number))
            case CallReturned():
                begun = self._under_way.pop(thread, None)
                if begun is None:
                    return event
                number, call = begun
                stages.ends(number, call_ended(call, event))
                return event if watched else self._placed(event, stages.told(number))
            case ProcessStarted(origin="exec"):
                stages.executed(thread)
            case ProcessStarted(parent_pid=int(maker), origin="fork"):
                stages.made(maker, event.pid, shares=False)
            case ThreadStarted():
                self._meet(event)
            case ThreadExited() if thread is not None:
                self._threads.get(event.process or self._first, set()).discard(thread)
                stages.exits(thread)
            case ProcessExited():
                for each in sorted(self._threads.pop(event.pid, {event.pid})):
                    stages.exits(each)
        return event

    def _meet(self, event: CallEntered | ThreadStarted) -> None:
        """Follow a thread that is seen for the first time: it shares what its process has."""
        process, thread = event.process or self._first, event.thread
        threads = self._threads.setdefault(process, {process})
        if thread is not None and thread not in threads:
            threads.add(thread)
            self._stages.made(process, thread, shares=True)

    def hold(self, process: int, state: KernelState) -> None:
        """Take what a process holds before its first call: it was attached to.

        Args:
            process: Its id.
            state: The kernel's view of it.
        """
        own = [each for each in state.sockets if each.owner == "server" and each.fd is not None]
        served = {_name(each.local) for each in own if each.state == "LISTEN"}
        for each in own:
            assert each.fd is not None
            self._stages.holds(process, each.fd, _role_of(each, served))
        for epoll in state.epolls:
            watched = {interest.fd: interest.data for interest in epoll.interests}
            self._stages.holds_epoll(process, epoll.fd, watched)

    def is_of_path(self, event: CallEntered) -> bool:
        """Return whether a call that was placed is about a socket of the path.

        That is one that listens, may yet listen, or was accepted, after all that is known of it.
        """
        begun = self._under_way.get(event.thread)
        if begun is None:
            return False
        roles = self._stages.roles
        return any(roles.of(file) in _OF_PATH for file, _ in roles.met(*begun))

    def leave_out(self, event: CallEntered) -> None:
        """Note that a call that has just begun is not captured: nothing is told of it later."""
        begun = self._under_way.get(event.thread)
        if begun is not None:
            self._spans.pop(begun[0], None)

    def revision(self, event: AnyEvent) -> StagesRevised | None:
        """Return what ``event`` has shown of calls that are captured, None if nothing."""
        calls = tuple(
            RevisedCall(
                self._spans[number],
                told.place.stage,
                told.place.step,
                self._is_quiet(told),
                told.mark,
            )
            for number, told in self._stages.revised()
            if self._spans.get(number, _UNTOLD) != _UNTOLD
        )
        return StagesRevised(seq=-1, time_ns=event.time_ns, calls=calls) if calls else None

    def _placed(self, event: CallEntered | CallReturned, told: ToldPlace) -> AnyEvent:
        stage, step = told.place
        quiet = event.quiet or self._is_quiet(told)
        if isinstance(event, CallEntered):
            return msgspec.structs.replace(
                event, stage=stage, step=step, mark=told.mark, quiet=quiet
            )
        return msgspec.structs.replace(event, stage=stage, step=step, quiet=quiet)

    def _is_quiet(self, told: ToldPlace) -> bool:
        return self._quiet and told.place == NOWHERE


def _role_of(held: SocketState, served: Set[tuple[str, int | str]]) -> FileRole:
    """Return what a socket is for, by its state.

    Args:
        held: The socket.
        served: What the listeners of its process are bound to (`_name`).
    """
    if held.state == "LISTEN":
        return FileRole.LISTENER
    if held.type == "SOCK_DGRAM":
        return FileRole.ASIDE if held.remote is not None else FileRole.SOCKET
    if _name(held.local) in served:
        return FileRole.CONNECTION
    if held.family == "AF_UNIX" and held.state == "ESTABLISHED":
        return FileRole.ASIDE  # to the system's services, or between the program's own processes
    if held.remote is None:
        return FileRole.SOCKET
    # Another process may have accepted it; who connects has a port from above those of servers.
    accepted = held.local.port < held.remote.port
    return FileRole.CONNECTION if accepted else FileRole.DIALLED


def _name(local: SocketAddress) -> tuple[str, int | str]:
    """Return what a listener and the connections that it gives have in common."""
    if local.family == "AF_UNIX":
        return "AF_UNIX", local.path
    return "", local.port  # an IPv6 socket may give connections of both
