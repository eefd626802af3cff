"""Which questions made from the trace a walk asks, so that it does not ask all of them.

What is known is left out. Before the first wait, where every walk passes the same stages, few are
asked in one walk: first what was answered right least often, then what teaches most.
"""

from collections.abc import Sequence

from walkthrough.model.events import AnyEvent, CallReturned, FunctionEntered
from walkthrough.model.stages import Stage, Step
from walkthrough.quiz.learned import LearnedQuestions
from walkthrough.scenario.schema import Question
from walkthrough.state.triggers import Point, PointKind

MOST_BEFORE_WAIT = 5
"""How many questions are asked before the first wait, the scenario's own among them."""
_FEWEST = 1
"""So many made from the trace are among them, however many the scenario has."""

ON_THE_WAY = {
    "next-stage:first": 21,
    "first-call:resolveAddrList": 22,
    "next-stage:resolveAddrList": 9,
    "descriptor:socket": 3,
    "next-stage:sysSocket": 13,
    "first-call:setDefaultSockopts": 8,
    "next-stage:setDefaultSockopts": 1,
    "first-call:listenerBacklog": 12,
    "first-call:pollServerInit": 15,
    "descriptor:epoll_create1": 18,
    "next-stage:pollServerInit": 11,
    "first-call:setDefaultListenerSockopts": 17,
    "result:bind": 14,
    "next-stage:bind": 2,
    "result:listen": 10,
    "next-stage:listen": 4,
    "first-call:pollOpen": 19,
    "result:epoll_ctl": 23,
    "next-stage:pollOpen": 16,
    "first-call:accept": 6,
    "waits:accept4": 5,
    "after-eagain:accept4": 7,
    "first-call:accept/pollWait": 20,
}
"""The questions on the way to the first wait, in the order of the path: their ranks, the one that
teaches most first."""
_AT_ACCEPT = frozenset(
    {"first-call:accept", "waits:accept4", "after-eagain:accept4", "first-call:accept/pollWait"}
)
_BEFORE_WAIT = (None, Step.SET_DEADLINE, Step.ACCEPT4, Step.POLL_WAIT)
_PLACES = {name: place for place, name in enumerate(ON_THE_WAY)}


class QuestionPlan:
    """The choice of one walk, settled when it begins: what is answered meanwhile changes nothing.

    Args:
        learned: How often each question was answered right.
        questions: The scenario's own, which are always asked.

    Attributes:
        waited: Whether the server has waited for somebody; then there is no limit any more.
    """

    def __init__(self, learned: LearnedQuestions, questions: Sequence[Question] = ()) -> None:
        self.waited = False
        self._known = learned.known()
        own = sum(_before_wait(question.point) for question in questions)
        self._most = max(MOST_BEFORE_WAIT - own, _FEWEST)
        own_at_accept = any(_at_accept(question.point) for question in questions)
        left_out = self._known | _AT_ACCEPT if own_at_accept else self._known
        unknown = [name for name in ON_THE_WAY if name not in left_out]
        unknown.sort(key=lambda name: (learned.right(name), ON_THE_WAY[name]))
        self._planned = set(unknown[: self._most])
        self._asked = 0

    def look(self, event: AnyEvent) -> None:
        """Note the next event: whether the server waits, or has accepted without waiting."""
        match event:
            case FunctionEntered(mark=Step.POLL_WAIT.value):
                self.waited = True
            case CallReturned(call="accept4", error=None):
                self.waited = True

    def wants(self, name: str) -> bool:
        """Return whether the question ``name`` is to be asked, at its turn."""
        if name in self._known:
            return False
        if self.waited or name not in _PLACES:
            return True
        if self._asked >= self._most:
            return False
        return name in self._planned or self._asked + self._to_come(name) < self._most

    def _to_come(self, name: str) -> int:
        """Count what is planned and still ahead; what was passed unasked leaves room for others."""
        return sum(_PLACES[each] > _PLACES[name] for each in self._planned)

    def take(self, name: str) -> None:
        """Note that ``name`` will be asked."""
        self._planned.discard(name)
        self._asked += not self.waited

    def drop(self) -> None:
        """Note that a question will not be asked after all: the trace has no answer to it."""
        self._asked -= not self.waited


def _at_accept(point: Point) -> bool:
    """Return whether a scenario asks about the first Accept, beside which nothing else is asked."""
    waits = point.kind in (PointKind.BEFORE, PointKind.PARKED)
    return waits and point.place.stage is Stage.ACCEPT and point.place.step in _BEFORE_WAIT


def _before_wait(point: Point) -> bool:
    """Return whether a scenario's question comes before the server first waits."""
    if point.kind not in (PointKind.BEFORE, PointKind.AFTER):
        return point.kind is PointKind.START
    stage, step = point.place.shown_under, point.place.step
    if stage is not Stage.ACCEPT:
        return stage is not None
    return point.kind is PointKind.BEFORE and step in _BEFORE_WAIT
