"""Which places a scenario's server can reach, and so which points can never be reached.

Only what is certain from the file: that a script waits for something else without end is seen
when it is run.
"""

from walkthrough.i18n.messages import Message, message
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.scenario.schema import Program, Scenario
from walkthrough.state.triggers import Point, PointKind

_Parts = frozenset[Stage | Step]

_LISTENING: _Parts = frozenset(
    {
        Stage.LISTEN,
        Stage.ACCEPT,
        Step.LISTENER_BACKLOG,
        Step.SET_DEFAULT_LISTENER_SOCKOPTS,
        Step.ACCEPT4,
    }
)
_NEVER_IN: dict[Program, _Parts] = {
    Program.ACCEPT: frozenset({Step.CONNECT}),
    Program.PACKET: _LISTENING | {Step.CONNECT, Step.SET_NO_DELAY, Step.SET_KEEP_ALIVE},
    Program.DIAL: _LISTENING | {Stage.BIND},
}
_ONLY_OVER_IP: _Parts = frozenset({Step.SET_NO_DELAY, Step.SET_KEEP_ALIVE})
_BEFORE_SERVING: _Parts = frozenset(set(Stage) - {Stage.ACCEPT}) | {
    Step.LISTENER_BACKLOG,
    Step.SET_DEFAULT_LISTENER_SOCKOPTS,
    Step.CONTROL,
}
_SERVING: _Parts = frozenset({Stage.ACCEPT, Step.ACCEPT4, Step.READ, Step.WRITE})


def never_at(place: Place, scenario: Scenario) -> Message | None:
    """Return why the server never reaches ``place``, in a clause; None if it may.

    A scenario with a program of its own is not for this function: it may do anything.
    """
    parts = {part for part in place if part is not None}
    program = scenario.server.program
    if parts & _NEVER_IN[program]:
        return message(
            "the program {program} never comes to {place}",
            program=ascii(program.value),
            place=_spell(place),
        )
    if scenario.network == "unix" and parts & _ONLY_OVER_IP:
        return message("over a unix socket there is no {place}", place=_spell(place))
    if Step.CONTROL in parts and not scenario.server.control:
        return message("there is no control hook unless [server] names options in 'control'")
    if Step.SET_DEADLINE in parts and scenario.server.deadline_ms is None:
        return message("there is no deadline unless [server] has 'deadline_ms'")
    return None


def never_reached(point: Point, scenario: Scenario) -> Message | None:
    """Return why ``point`` is never reached, in a clause; None if it may be."""
    return never_at(point.place, scenario)


def never_after(point: Point, earlier: Point) -> Message | None:
    """Return why ``point`` cannot come once ``earlier`` was waited for; None if it may."""
    if earlier.kind is PointKind.EXITED and point.kind not in (
        PointKind.EXITED,
        PointKind.START,
    ):
        return message(
            "the server has ended by then, and nothing but 'at once' and 'server exited' comes"
        )
    happens = point.kind in (PointKind.AFTER, PointKind.BEFORE)
    if happens and _is_within(point.place, _BEFORE_SERVING) and _serves(earlier):
        return message(
            "{place} is over by then: the action before waits for '{earlier}'",
            place=_spell(point.place),
            earlier=str(earlier),
        )
    return None


def _serves(point: Point) -> bool:
    """Return whether at ``point`` all that listens has been opened."""
    return point.is_about_rest or _is_within(point.place, _SERVING)


def _is_within(place: Place, parts: _Parts) -> bool:
    return (place.stage or place.step) in parts


def _spell(place: Place) -> str:
    return "/".join(part.value for part in place if part is not None)
