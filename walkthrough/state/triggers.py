"""Points on the path: moments that a script names, told from events and worlds alone.

``after bind`` · ``before accept`` (or ``at accept``) · ``while read is parked`` · ``server idle`` ·
``server exited`` · ``at once``. No clock and no server here: the same events always give the same
answer.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from walkthrough.model.events import AnyEvent, FunctionEntered, FunctionReturned
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.state.world import OpenSpan, World


class PointError(ValueError):
    """A point that cannot be understood; the message is one sentence that names what is allowed."""


class Moment(StrEnum):
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

    moment: Moment
    place: Place = Place()

    @property
    def is_about_rest(self) -> bool:
        """Tell whether the point is about what stands still: parked goroutines.

        A world tells that a goroutine is going to park a little before it has. So such a point
        is sure only when no thread is halted or running: ask then.
        """
        return self.moment in (Moment.PARKED, Moment.IDLE)

    def __str__(self) -> str:
        name = _spell(self.place)
        match self.moment:
            case Moment.START:
                return "at once"
            case Moment.IDLE:
                return "server idle"
            case Moment.EXITED:
                return "server exited"
            case Moment.PARKED:
                return f"while {name} is parked"
            case _:
                return f"{self.moment.value} {name}"


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
_FORMS = "'at once', 'after X', 'before X', 'while X is parked', 'server idle' or 'server exited'"
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
        return Point(Moment.START)
    if words == "server idle":
        return Point(Moment.IDLE)
    if words == "server exited":
        return Point(Moment.EXITED)
    if (match := _PARKED.fullmatch(words)) is not None:
        place = parse_place(match[1])
        if place not in _PARKING:
            parks = ", ".join(sorted(_spell(each) for each in _PARKING))
            raise PointError(f"nothing ever parks in {match[1]}; what parks are: {parks}")
        return Point(Moment.PARKED, place)
    if (match := _OTHER.fullmatch(words)) is not None:
        return Point(Moment.AFTER if match[1] == "after" else Moment.BEFORE, parse_place(match[2]))
    raise PointError(f"{text!a} is no point on the path; write {_FORMS}")


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
    hint = f"did you mean {near[0]!a}?" if near else ""
    plain = ", ".join(dict.fromkeys([*(s.value for s in Stage), *(s.value for s in Step)]))
    raise PointError(f"{name!a} is no stage and no finer step; {hint or 'there are: ' + plain}")


def covers(wanted: Place, place: Place) -> bool:
    """Tell whether ``place`` is within ``wanted``: a stage covers the finer steps inside it."""
    if wanted.stage is None:
        return wanted.step is not None and place.step is wanted.step
    return place.stage is wanted.stage and wanted.step in (None, place.step)


def is_named(place: Place, wanted: Place) -> bool:
    """Tell whether ``wanted`` names ``place`` itself: a stage does not name its finer steps."""
    return covers(wanted, place) and (wanted.step is not None or place.step is None)


def stands_for(wanted: Place, place: Place, mark: str | None) -> bool:
    """Tell whether a function with ``mark`` at ``place`` is the one ``wanted`` names.

    The mark keeps callees apart that stand at the same place without standing for it, and the
    place keeps apart the pollOpen of the somaxconn file, which is a part of listenerBacklog.
    """
    name = wanted.step or wanted.stage
    return name is not None and mark == name.value and is_named(place, wanted)


def _parked_inside(wanted: Place, spans: Iterable[OpenSpan]) -> bool:
    return any(stands_for(wanted, span.place, span.mark) for span in spans)


def _idle(world: World) -> bool:
    """Tell whether nothing on the path can move until a client acts.

    Scheduler stacks (keys below 1) do not count: a thread that waits in epoll is idle. A
    goroutine that waits elsewhere, on a channel say, does count as busy. Once detail has ended
    nobody sees goroutines park any more: then the kernel's word is all there is, and that whoever
    asks asks only while every thread sleeps.
    """
    if not world.detailed:
        return not _pending(world.kernel)
    busy = any(key > 0 and key not in world.parked for key in world.spans)
    return bool(world.parked) and not busy and not _pending(world.kernel)


def _pending(kernel: KernelState | None) -> bool:
    """Tell whether the kernel holds something that a parked goroutine is to be woken for."""
    if kernel is None:
        return False
    return any(
        bool(socket.accept_queue or socket.receive_queue) or socket.state == "CLOSE_WAIT"
        for socket in kernel.sockets
        if socket.owner == "server"
    )


def _hit(point: Point, event: AnyEvent) -> bool:
    kind = FunctionReturned if point.moment is Moment.AFTER else FunctionEntered
    return isinstance(event, kind) and stands_for(point.place, event.place, event.mark)


class Watcher:
    """Tells when a point is reached.

    Either hand `due` the events since the script's last action, or `fold` each event as it comes
    and `restart` at each action: the answer is the same, and folding costs O(1) an event.
    """

    def __init__(self) -> None:
        self._marks: set[tuple[Moment, Place, str | None]] = set()

    def fold(self, event: AnyEvent) -> None:
        """Take note of an event that came after the script's last action."""
        if isinstance(event, FunctionReturned):
            self._marks.add((Moment.AFTER, event.place, event.mark))
        elif isinstance(event, FunctionEntered):
            self._marks.add((Moment.BEFORE, event.place, event.mark))

    def restart(self) -> None:
        """The script has acted: what happened until now counts no more."""
        self._marks.clear()

    def due(self, point: Point, world: World, events: Sequence[AnyEvent] | None = None) -> bool:
        """Tell whether ``point`` is reached.

        Args:
            point: The point.
            world: The world after the newest event.
            events: The events since the script's last action; None for those folded.
        """
        match point.moment:
            case Moment.START:
                return True
            case Moment.IDLE:
                return _idle(world)
            case Moment.EXITED:
                return world.exit_code is not None or world.exit_signal is not None
            case Moment.PARKED:
                return any(
                    _parked_inside(point.place, world.spans.get(key, ())) for key in world.parked
                )
            case Moment.AFTER | Moment.BEFORE:
                if events is not None:
                    return any(_hit(point, event) for event in events)
                return any(
                    moment is point.moment and stands_for(point.place, place, mark)
                    for moment, place, mark in self._marks
                )
