"""The listen/accept path: its eight stages, its finer steps, and where a function is on it.

Both servers name what they enter by a *mark* (``"bind"``, ``"pollWait"``); `descend` turns the
marks of the open functions, outermost first, into a place. It must not know how marks are found.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Stage(StrEnum):
    """The eight stages that carry the lesson, under Go's own names, in the order of the text.

    The order on the machine may differ (go1.27 runs pollServerInit before bind): that order
    is what the trace shows and is never stored here.
    """

    RESOLVE_ADDR_LIST = "resolveAddrList"
    SYS_SOCKET = "sysSocket"
    SET_DEFAULT_SOCKOPTS = "setDefaultSockopts"
    BIND = "bind"
    LISTEN = "listen"
    POLL_SERVER_INIT = "pollServerInit"
    POLL_OPEN = "pollOpen"
    ACCEPT = "accept"

    # Places are keys of many tables, and the enum's own way to hash its members is slow.
    __hash__ = str.__hash__


class Step(StrEnum):
    """The finer steps between and below the stages."""

    PROBE = "probe"
    """Go probes what the machine can do, with sockets that it uses for nothing else."""
    LISTENER_BACKLOG = "listenerBacklog"
    SET_DEFAULT_LISTENER_SOCKOPTS = "setDefaultListenerSockopts"
    CONTROL = "control"
    CONNECT = "connect"
    GETSOCKNAME = "getsockname"
    ACCEPT4 = "accept4"
    POLL_WAIT = "pollWait"
    POLL_READY = "pollReady"
    POLL_OPEN = "pollOpen"
    SET_NO_DELAY = "setNoDelay"
    SET_KEEP_ALIVE = "setKeepAlive"
    READ = "read"
    WRITE = "write"
    SET_DEADLINE = "setDeadline"
    CLOSE = "close"

    __hash__ = str.__hash__


# Where a step that runs outside every stage is shown: under the stage it serves.
SHOWN_UNDER: dict[Step, Stage] = {
    Step.PROBE: Stage.SYS_SOCKET,
    Step.LISTENER_BACKLOG: Stage.LISTEN,
    Step.SET_DEFAULT_LISTENER_SOCKOPTS: Stage.BIND,
    Step.CONTROL: Stage.BIND,
    Step.CONNECT: Stage.POLL_OPEN,
    Step.POLL_WAIT: Stage.POLL_OPEN,  # outside every stage only a connect(2) is waited for
    Step.GETSOCKNAME: Stage.POLL_OPEN,
    # A goroutine may have been in accept since before its process was attached to.
    Step.ACCEPT4: Stage.ACCEPT,
    Step.SET_NO_DELAY: Stage.ACCEPT,
    Step.SET_KEEP_ALIVE: Stage.ACCEPT,
    Step.SET_DEADLINE: Stage.ACCEPT,
    Step.POLL_READY: Stage.ACCEPT,
    Step.READ: Stage.ACCEPT,
    Step.WRITE: Stage.ACCEPT,
    Step.CLOSE: Stage.ACCEPT,
}


class Place(NamedTuple):
    """Where on the path something happens.

    Attributes:
        stage: The enclosing stage, or None between stages.
        step: The finer step inside or between stages, or None.
    """

    stage: Stage | None = None
    step: Step | None = None

    @property
    def shown_under(self) -> Stage | None:
        """The stage under which this place is listed, or None if it is off the path."""
        if self.stage is not None:
            return self.stage
        return SHOWN_UNDER.get(self.step) if self.step is not None else None


NOWHERE = Place()

_STAGES = {stage.value: stage for stage in Stage}
_STEPS = {step.value: step for step in Step}


def is_mark(name: str) -> bool:
    """Return whether ``name`` is a stage or a finer step."""
    return name in _STAGES or name in _STEPS


def descend(place: Place, mark: str | None) -> Place:
    """Return the place reached when, at ``place``, the function marked ``mark`` is entered.

    A stage met outside the accept stage begins that stage, except for those that serve something
    else: the poller is also asked to watch the file that `listenerBacklog` reads, probes have
    sockets of their own, and so does a name lookup. The poller itself begins only once in a
    process, wherever that is. Inside the accept stage every mark is a finer step of it. A finer
    step met inside another stage changes nothing (the stage says more).

    Args:
        place: The place of the caller.
        mark: A stage's or step's name, or None for a function that stands for neither.

    Returns:
        The place of the function; ``place`` itself when the mark adds nothing.
    """
    if mark is None:
        return place
    if place.stage is Stage.ACCEPT:
        step = _STEPS.get(mark)
        return Place(Stage.ACCEPT, step) if step is not None else place
    stage = _STAGES.get(mark)
    if stage is not None:
        busy = place.step is not None or place.stage is Stage.RESOLVE_ADDR_LIST
        if busy and stage is not Stage.POLL_SERVER_INIT:
            return place
        return Place(stage)
    if place.stage is not None or place.step is not None:
        return place
    return Place(None, _STEPS.get(mark))


def place_of(marks: Iterable[str | None]) -> Place:
    """Return the place of the innermost of ``marks``, given outermost first."""
    place = NOWHERE
    for mark in marks:
        place = descend(place, mark)
    return place
