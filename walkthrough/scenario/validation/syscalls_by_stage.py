"""Which system calls Go makes at which place of the path, and so which faults never apply.

Only places at which few calls are made are listed; elsewhere, as in a Control hook, there may be
any. The recordings of the scenarios prove that no call is left out.
"""

from walkthrough.model.stages import Place, Stage, Step

_WAKES = frozenset({"write"})
"""Made wherever a timer is set: it wakes a thread that sleeps in the poller (runtime.netpollBreak).
"""

_OF_STAGE: dict[Stage, frozenset[str]] = {
    Stage.SYS_SOCKET: frozenset({"socket", "fcntl"}),
    Stage.SET_DEFAULT_SOCKOPTS: frozenset({"setsockopt"}),
    Stage.BIND: frozenset({"bind"}),
    Stage.LISTEN: frozenset({"listen"}),
    Stage.POLL_SERVER_INIT: frozenset(
        {"epoll_create1", "eventfd2", "pipe2", "fcntl", "epoll_ctl", "close"}
    ),
    Stage.POLL_OPEN: frozenset({"epoll_ctl"}),
    Stage.ACCEPT: frozenset(
        {
            "accept4",
            "accept",
            "epoll_ctl",
            "getsockname",
            "getpeername",
            "setsockopt",
            "getsockopt",
            "fcntl",
            "close",
        }
    ),
}
_OF_STEP: dict[Step, frozenset[str]] = {
    Step.SET_DEFAULT_LISTENER_SOCKOPTS: frozenset({"setsockopt"}),
    Step.GETSOCKNAME: frozenset({"getsockname"}),
    Step.CONNECT: frozenset({"connect", "getsockopt", "getpeername", "getsockname"}),
    Step.ACCEPT4: frozenset({"accept4", "accept", "fcntl"}),
    Step.POLL_OPEN: frozenset({"epoll_ctl"}),
    Step.POLL_READY: frozenset({"epoll_pwait", "epoll_wait", "read"}),
    Step.SET_NO_DELAY: frozenset({"setsockopt"}),
    Step.SET_KEEP_ALIVE: frozenset({"setsockopt"}),
    Step.READ: frozenset({"read", "recvfrom"}),
    Step.WRITE: frozenset({"write", "sendto"}),
    Step.CLOSE: frozenset({"close", "epoll_ctl", "shutdown", "unlinkat"}),
}


def calls_made_at(place: Place) -> frozenset[str] | None:
    """Return the system calls that may be made at ``place``; None if any may be."""
    if place.step is not None:
        return _OF_STEP.get(place.step)
    return _OF_STAGE.get(place.stage) if place.stage is not None else None


def may_be_made(call: str, place: Place) -> bool:
    """Return whether ``call`` may be made at ``place``."""
    known = calls_made_at(place)
    return known is None or call in known or call in _WAKES
