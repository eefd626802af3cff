"""Points on the path: moments that a script names, derived from events and worlds alone.

``after bind`` · ``before accept`` (or ``at accept``) · ``while read is parked`` · ``server idle`` ·
``server exited`` · ``at once``. No clock and no server here: the same events always give the same
answer.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from enum import StrEnum
from typing import NamedTuple, Protocol

from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import message
from walkthrough.model.events import AnyEvent, FunctionEntered, FunctionReturned
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.model.values import Constant
from walkthrough.state.world import OpenSpan


class PointError(MessageError):
    """A point that cannot be understood; the message is one sentence that names what is allowed."""


class PointKind(StrEnum):
    """What has to have happened at a point."""

    START = "start"
    """At once."""
    AFTER = "after"
    """The place's function has returned since the script's last action."""
    BEFORE = "before"
    """The place's function has been entered since the script's last action."""
    PARKED = "parked"
    """A goroutine is parked inside the place's function now."""
    IDLE = "idle"
    """Every goroutine on the path is parked and the kernel holds nothing that would wake one."""
    EXITED = "exited"
    """The server has ended."""


class Point(NamedTuple):
    """A moment, and the place it is about (`NOWHERE` for ``at once`` and the server's)."""

    kind: PointKind
    place: Place = Place()

    @property
    def is_about_rest(self) -> bool:
        """Return whether the point is about what stands still: parked goroutines.

        A world says that a goroutine is going to park a little before it has. So such a point
        is sure only when no thread is halted or running: ask then.
        """
        return self.kind in (PointKind.PARKED, PointKind.IDLE)

    def __str__(self) -> str:
        name = _spell(self.place)
        match self.kind:
            case PointKind.START:
                return "at once"
            case PointKind.IDLE:
                return "server idle"
            case PointKind.EXITED:
                return "server exited"
            case PointKind.PARKED:
                return f"while {name} is parked"
            case _:
                return f"{self.kind.value} {name}"


def _spell(place: Place) -> str:
    return "/".join(part.value for part in place if part is not None)


def _places() -> dict[str, Place]:
    """Return every place a point may name. A name that is stage and step means the stage."""
    named = {step.value: Place(None, step) for step in Step}
    named |= {stage.value: Place(stage) for stage in Stage}
    within = (Place(Stage.ACCEPT, step) for step in Step)
    return named | {_spell(place): place for place in within}


_PLACES = _places()
_PARKING = frozenset(
    {Place(Stage.ACCEPT), Place(None, Step.READ), Place(None, Step.WRITE)}
    | {Place(stage, Step.POLL_WAIT) for stage in (None, Stage.ACCEPT)}
)
_PARKED = re.compile(r"while (\S+) is parked")
_OTHER = re.compile(r"(after|before|at) (\S+)")


def parse_point(text: str) -> Point:
    """Parse a point as a script writes it.

    ``X`` is a stage, a finer step, or a step inside accept, written ``accept/pollOpen``.

    Raises:
        PointError: It has none of the forms, or names no place on the path.
    """
    words = " ".join(text.split())
    if words in ("at once", "start"):
        return Point(PointKind.START)
    if words == "server idle":
        return Point(PointKind.IDLE)
    if words == "server exited":
        return Point(PointKind.EXITED)
    if (match := _PARKED.fullmatch(words)) is not None:
        place = parse_place(match[1])
        if place not in _PARKING:
            raise PointError(
                message(
                    "nothing ever parks in {place}; what parks are: {places}.",
                    place=match[1],
                    places=[*sorted(map(_spell, _PARKING))],
                )
            )
        return Point(PointKind.PARKED, place)
    if (match := _OTHER.fullmatch(words)) is not None:
        return Point(
            PointKind.AFTER if match[1] == "after" else PointKind.BEFORE, parse_place(match[2])
        )
    raise PointError(
        message(
            "{point} is no point on the path; write 'at once', 'after X', 'before X', 'while X is "
            "parked', 'server idle' or 'server exited'.",
            point=ascii(text),
        )
    )


def parse_place(text: str) -> Place:
    """Parse a place as points and faults write it.

    A stage, a finer step wherever it is, or a step inside accept: ``accept/pollOpen``.

    Raises:
        PointError: There is no such place on the path.
    """
    name = text.strip()
    if name in _PLACES:
        return _PLACES[name]
    near = difflib.get_close_matches(name, _PLACES, 1)
    if near:
        raise PointError(
            message(
                "{name} is no stage and no finer step; did you mean {near}?",
                name=ascii(name),
                near=ascii(near[0]),
            )
        )
    plain = dict.fromkeys([*(s.value for s in Stage), *(s.value for s in Step)])
    raise PointError(
        message(
            "{name} is no stage and no finer step; there are: {places}.",
            name=ascii(name),
            places=list(plain),
        )
    )


def covers(wanted: Place, place: Place) -> bool:
    """Return whether ``place`` is within ``wanted``: a stage covers the finer steps inside it."""
    if wanted.stage is None:
        return wanted.step is not None and place.step is wanted.step
    return place.stage is wanted.stage and wanted.step in (None, place.step)


def is_named(place: Place, wanted: Place) -> bool:
    """Return whether ``wanted`` names ``place`` itself: a stage does not name its finer steps."""
    return covers(wanted, place) and (wanted.step is not None or place.step is None)


def stands_for(wanted: Place, place: Place, mark: str | None) -> bool:
    """Return whether a function with ``mark`` at ``place`` is the one ``wanted`` names.

    The mark keeps callees apart that are at the same place without being its function, and the
    place keeps apart the pollOpen of the somaxconn file, which is a part of listenerBacklog.
    """
    name = wanted.step or wanted.stage
    return name is not None and mark == name.value and is_named(place, wanted)


def _parked_inside(wanted: Place, spans: Iterable[OpenSpan]) -> bool:
    return any(stands_for(wanted, span.place, span.mark) for span in spans)


def _idle(world: "PlacedWorld") -> bool:
    """Return whether nothing on the path can move until a client acts.

    Scheduler stacks (keys below 1) do not count: a thread that waits in epoll is idle. A
    goroutine that waits elsewhere, such as on a channel, does count as busy. Once detail has ended
    nobody sees goroutines park any more: then only the kernel's view counts, and callers
    ask only while every thread sleeps.
    """
    if not world.detailed:
        return not holds_wakers(world.kernel)
    busy = any(key > 0 and key not in world.parked for key in world.spans)
    return bool(world.parked) and not busy and not holds_wakers(world.kernel)


def holds_wakers(kernel: KernelState | None) -> bool:
    """Return whether the kernel holds something that a parked goroutine will be woken for."""
    if kernel is None:
        return False
    return any(
        bool(socket.accept_queue or socket.receive_queue) or socket.state == "CLOSE_WAIT"
        for socket in kernel.sockets
        if socket.owner == "server"
    )


def reached_by(point: Point, event: AnyEvent) -> bool:
    """Return whether ``event`` is the call or return that a ``before`` or ``after`` names.

    False for any other kind of point: those are states.
    """
    if point.kind not in (PointKind.AFTER, PointKind.BEFORE):
        return False
    kind = FunctionReturned if point.kind is PointKind.AFTER else FunctionEntered
    return isinstance(event, kind) and stands_for(point.place, event.place, event.mark)


class PlacedWorld(Protocol):
    """What of a world a point is about: a `World`, or one in the making."""

    @property
    def spans(self) -> Mapping[int, Sequence[OpenSpan]]:
        """Open spans by goroutine."""

    @property
    def parked(self) -> Set[int]:
        """Keys of those that are parked."""

    @property
    def kernel(self) -> KernelState | None:
        """The kernel's last view."""

    @property
    def detailed(self) -> bool:
        """Whether functions and system calls are being captured."""

    @property
    def exit_code(self) -> int | None:
        """Set once the server has exited."""

    @property
    def exit_signal(self) -> Constant | None:
        """Set once it was killed."""


class PointWatcher:
    """Detects when a point is reached.

    Either hand `due` the events since the script's last action, or `fold` each event as it comes
    and `restart` at each action: the answer is the same, and folding costs O(1) an event.
    """

    def __init__(self) -> None:
        self._marks: set[tuple[PointKind, Place, str | None]] = set()

    def fold(self, event: AnyEvent) -> None:
        """Record an event that came after the script's last action."""
        if isinstance(event, FunctionReturned):
            self._marks.add((PointKind.AFTER, event.place, event.mark))
        elif isinstance(event, FunctionEntered):
            self._marks.add((PointKind.BEFORE, event.place, event.mark))

    def restart(self) -> None:
        """Note that the script has acted: what happened until now no longer counts."""
        self._marks.clear()

    def due(
        self, point: Point, world: PlacedWorld, events: Sequence[AnyEvent] | None = None
    ) -> bool:
        """Return whether ``point`` is reached.

        Args:
            point: The point.
            world: The world after the newest event.
            events: The events since the script's last action; None for those folded.
        """
        match point.kind:
            case PointKind.START:
                return True
            case PointKind.IDLE:
                return _idle(world)
            case PointKind.EXITED:
                return world.exit_code is not None or world.exit_signal is not None
            case PointKind.PARKED:
                return any(
                    _parked_inside(point.place, world.spans.get(key, ())) for key in world.parked
                )
            case PointKind.AFTER | PointKind.BEFORE:
                if events is not None:
                    return any(reached_by(point, event) for event in events)
                return any(
                    kind is point.kind and stands_for(point.place, place, mark)
                    for kind, place, mark in self._marks
                )
