"""Which places a scenario's server can come to, and so which points can never be reached.

Only what is certain from the file alone: that a script waits for something else in vain is seen
when it is run.
"""

from walkthrough.model.stages import Place, Stage, Step
from walkthrough.scenario.schema import Program, Scenario
from walkthrough.state.triggers import Moment, Point

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


def never_at(place: Place, scenario: Scenario) -> str:
    """Return why the server never comes to ``place``, in a clause; "" if it may.

    A scenario with a program of its own is not for this function: it may do anything.
    """
    parts = {part for part in place if part is not None}
    program = scenario.server.program
    if parts & _NEVER_IN[program]:
        return f"the program {program.value!a} never comes to {_spell(place)}"
    if scenario.network == "unix" and parts & _ONLY_OVER_IP:
        return f"over a unix socket there is no {_spell(place)}"
    if Step.CONTROL in parts and not scenario.server.control:
        return "there is no control hook unless [server] names options in 'control'"
    if Step.SET_DEADLINE in parts and scenario.server.deadline_ms is None:
        return "there is no deadline unless [server] has 'deadline_ms'"
    return ""


def never_reached(point: Point, scenario: Scenario) -> str:
    """Return why ``point`` is never reached, in a clause; "" if it may be."""
    return never_at(point.place, scenario)


def never_after(point: Point, earlier: Point) -> str:
    """Return why ``point`` cannot come once ``earlier`` has been waited for; "" if it may."""
    if earlier.moment is Moment.EXITED and point.moment not in (Moment.EXITED, Moment.START):
        return "the server has ended by then, and nothing but 'at once' and 'server exited' comes"
    happens = point.moment in (Moment.AFTER, Moment.BEFORE)
    if happens and _is_within(point.place, _BEFORE_SERVING) and _serves(earlier):
        return f"{_spell(point.place)} is over by then: the action before waits for '{earlier}'"
    return ""


def _serves(point: Point) -> bool:
    """Tell whether at ``point`` all that listens has been opened."""
    return point.is_about_rest or _is_within(point.place, _SERVING)


def _is_within(place: Place, parts: _Parts) -> bool:
    return (place.stage or place.step) in parts


def _spell(place: Place) -> str:
    return "/".join(part.value for part in place if part is not None)
