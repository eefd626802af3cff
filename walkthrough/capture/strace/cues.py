"""When the client acted in one run, so that it can act at the same moments of another.

A moment is identified by how many system calls of each name have returned since the first socket:
since it was made, or since the first call on one that the program has inherited.
Pure: knows neither strace nor a process.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    FunctionEntered,
    KernelObserved,
    OutputWritten,
    ProcessExited,
)
from walkthrough.scenario.schema import ActionKind, Scenario, ScriptAction

_RIDERS = (KernelObserved, OutputWritten)
"""What comes between an event of a thread and the act that is due then."""
_FIRST = 3
"""SD_LISTEN_FDS_START of sd_listen_fds(3)."""
_POLLS = ("epoll_wait", "epoll_pwait", "epoll_pwait2")


class RunProgress:
    """How far a run has progressed.

    Args:
        inherited: How many sockets the program has from its beginning, as descriptors from 3 on.

    Not counted are each language's own start, and what differs from run
    to run: the polls, and the eventfd by which a program wakes itself.

    Attributes:
        counts: Calls that have returned since, and with, the first one about a socket, by name.
        start: Calls that had returned before, by name.
    """

    def __init__(self, inherited: int = 0) -> None:
        self._inherited = {str(number) for number in range(_FIRST, _FIRST + inherited)}
        self.counts: Counter[str] = Counter()
        self.start: Counter[str] = Counter()
        self._eventfds: set[str] = set()

    def returned(self, name: str, first: str, result: str) -> None:
        """Record a call: its name, its first argument and its result, as spelled."""
        if name == "eventfd2":
            self._eventfds.add(result)
        woken = name in ("read", "write") and first in self._eventfds
        if name != "socket" and first not in self._inherited and not self.counts:
            self.start[name] += 1
        elif name not in _POLLS and not woken:
            self.counts[name] += 1

    def reaches(self, other: Counter[str]) -> bool:
        """Return whether this run has reached or passed the other one's position."""
        return other <= self.counts


class Cue(NamedTuple):
    """One thing that one client did, and when.

    Attributes:
        action: What the script says.
        acted: What happened.
        counts: Where the run was, see `RunProgress`.
        rests: Whether the other run has to be at rest: the client acted just before a call that
            blocked until a client acted again, and a log does not show that such a call begins.
    """

    action: ScriptAction
    acted: ClientActed
    counts: Counter[str]
    rests: bool = False


class InjectedFault(NamedTuple):
    """A call that was made to fail.

    Attributes:
        call: Its name.
        errno: With what, ``ENOSPC``.
        ordinal: Which call of that name it was, from 1, counted as in `RunProgress.counts`.
    """

    call: str
    errno: str
    ordinal: int


class RecordedRun(NamedTuple):
    """What has to happen again.

    Attributes:
        cues: What the clients did, in order.
        faults: Which calls failed, in order.
        start: Calls made before the first socket, by name.
        end: Calls made from the first socket to the end of the run, by name.
    """

    cues: tuple[Cue, ...]
    faults: tuple[InjectedFault, ...]
    start: Counter[str]
    end: Counter[str]


def record_cues(scenario: Scenario, events: Sequence[AnyEvent]) -> RecordedRun:
    """Return, from the events of a run of ``scenario``, what has to happen again in another."""
    progress = RunProgress(inherited_sockets(scenario))
    actions = _one_by_one(scenario)
    cues: list[Cue] = []
    faults: list[InjectedFault] = []
    for at, event in enumerate(events):
        if isinstance(event, ClientActed):
            action = next(actions, None)
            if action is not None:
                rests = action.point.is_about_rest or _blocks(events, at)
                cues.append(Cue(action, event, progress.counts.copy(), rests))
        elif isinstance(event, CallReturned):
            first = str(event.arguments[0].value) if event.arguments else ""
            progress.returned(event.call, first, str(event.result))
            if event.injected and event.error is not None:
                ordinal = progress.counts[event.call]
                faults.append(InjectedFault(event.call, event.error.name or "", ordinal))
    return RecordedRun(tuple(cues), tuple(faults), progress.start, progress.counts)


def _blocks(events: Sequence[AnyEvent], at: int) -> bool:
    """Return whether the thread during whose event a client acts then makes a call that blocks.

    It does if the call does not return before a client acts again; an act at its beginning, or when
    the thread has fallen asleep in it, is then the same.
    """
    before = (event for event in reversed(events[:at]) if not isinstance(event, _RIDERS))
    entered = next(before, None)
    if not isinstance(entered, FunctionEntered):
        return False
    begun: CallEntered | None = None
    for event in events[at + 1 :]:
        if isinstance(event, ClientActed | ProcessExited):
            return begun is not None
        if event.thread != entered.thread:
            continue
        if begun is None and isinstance(event, CallEntered):
            begun = event
            if begun.call in _POLLS:
                return False
        elif isinstance(event, CallReturned):
            return False
    return False


def inherited_sockets(scenario: Scenario) -> int:
    """Return how many listening sockets the server of ``scenario`` has from its beginning."""
    neighbour = scenario.neighbour
    return 1 + len(neighbour.also) if neighbour is not None and neighbour.hands_over else 0


def _one_by_one(scenario: Scenario) -> Iterator[ScriptAction]:
    """Each action once for each client that does it."""
    for action in scenario.script:
        if action.do not in (ActionKind.MEASURE, ActionKind.LET_GO):
            yield from (action for _ in range(action.clients))
