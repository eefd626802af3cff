"""Which events change something: the steps between whole stages and single events.

A change is what the kernel's view shows that it did not show before (sockets and their states,
queues, the interest lists, descriptors), an act of a client, or a system call whose return says
something new. Events alone decide, so a live capture and its recording have the same changes.
"""

from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    DetailEnded,
    FunctionReturned,
    KernelObserved,
    MemoryMeasured,
    ProcessExited,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import Step

_ACTS = (ClientActed, DetailEnded, MemoryMeasured)
"""What a script does; see `walkthrough.scenario.schema.ActionKind`."""
_WAITS = frozenset(
    ("epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6")
)
_READS = frozenset(("read", "readv", "recvfrom", "recvmsg"))
"""0 is the end of the stream here: the kernel's view need not change for it."""
_SETS = frozenset(("setsockopt",))
"""What the kernel's view does not list."""


class ChangeDetector:
    """Takes events one after the other, and says of each whether it is a change.

    Args:
        logged: Whether they are an strace(1) log's: there a view that comes with the beginning of
            a call mentions what was there before.
    """

    def __init__(self, *, logged: bool = False) -> None:
        self._logged = logged
        self._views: dict[int, KernelState] = {}
        self._mentions = False

    def fold(self, event: AnyEvent) -> bool:
        """Record an event; return whether it changed something."""
        if isinstance(event, KernelObserved):
            return self._seen(event.state)
        self._mentions = self._logged and isinstance(event, CallEntered)
        if isinstance(event, CallReturned):
            return is_news(event)
        if isinstance(event, FunctionReturned):  # a deadline ends a wait without a system call
            return event.failed and event.mark == Step.POLL_WAIT.value
        return isinstance(event, (*_ACTS, ProcessExited))

    def _seen(self, state: KernelState) -> bool:
        before = self._views.get(state.process)
        self._views[state.process] = state
        if before is None or self._mentions:
            return False  # of what was there before nothing was known
        return (
            before.sockets != state.sockets
            or before.epolls != state.epolls
            or before.descriptors != state.descriptors
            or before.beyond != state.beyond
            or before.neighbour != state.neighbour
        )


def is_news(event: CallReturned) -> bool:
    """Return whether a result says something that the kernel's view does not show by itself."""
    if event.quiet:
        return False
    if event.error is not None:
        return True
    if event.call in _WAITS:
        return event.result > 0
    return event.call in _READS or event.call in _SETS
