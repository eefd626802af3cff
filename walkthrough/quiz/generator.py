"""The questions of one walk: made from its events as they come, each where it is to be asked.

A question is made from past events and settled by later ones. In a recording the future is
known, so a question is postponed to the step before its answer and dropped if the trace does not
answer it; for a live server it is asked at once. Knows no screen and keeps no score.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy

from msgspec.structs import replace

from walkthrough.i18n.texts import Texts
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
)
from walkthrough.model.stages import Place
from walkthrough.quiz import (
    ask_blocking,
    ask_first_call,
    ask_next_stage,
    ask_queue,
    ask_result,
    explanations,
    kernel_facts,
)
from walkthrough.quiz.base import (
    LOST,
    LostAnswer,
    TraceAnswer,
    TraceQuestion,
    explained,
    offered,
    right_of,
)
from walkthrough.quiz.question import QuestionKind, QuizQuestion, of_scenario
from walkthrough.quiz.question_plan import QuestionPlan
from walkthrough.quiz.step_index import StepIndex
from walkthrough.scenario.schema import Question
from walkthrough.state.history import History
from walkthrough.state.reduce_processes import turned_to
from walkthrough.state.reducer import advance
from walkthrough.state.triggers import PointWatcher
from walkthrough.state.world import World

BREATH = 3
"""Minimum number of steps between two questions made from the trace, except stages."""
ROOM = 10
"""Steps after a scenario's own question without another one, which it may have answered."""
MOST_QUIET = 20_000
"""After this many events without a question none will come: every question was used."""
AHEAD = 64
"""How many events after a step decide what is to be asked there."""
MOST_AHEAD = 1_000
"""The maximum of that, where an answer comes late."""

_Notice = Callable[[AnyEvent, World, World], TraceQuestion | None]
_NOTICING: dict[type[AnyEvent], tuple[_Notice, ...]] = {
    FunctionEntered: (ask_next_stage.notice, ask_first_call.notice),
    FunctionReturned: (ask_next_stage.notice,),
    CallEntered: (ask_result.notice, ask_queue.notice),
    CallReturned: (ask_next_stage.notice, ask_blocking.notice),
}
"""The functions that may have a question about an event of a kind."""


class QuestionGenerator:
    """The questions of one history, as far as it has been read.

    Args:
        history: The events; it may grow.
        questions: The scenario's own questions.
        plan: Which of those made from the trace are asked; None for all that there are.
    """

    def __init__(
        self,
        history: History,
        questions: Sequence[Question] = (),
        plan: QuestionPlan | None = None,
    ) -> None:
        self._history = history
        self._questions = questions
        self._planned = plan  # as it was before the first event
        self._known: dict[str, QuizQuestion] = {}
        self._open: dict[str, TraceQuestion] = {}
        self._frozen: dict[str, QuizQuestion] = {}  # as they were asked
        self._asked_at: dict[tuple[str, int], str] = {}  # by name, and the step where it was made
        self._made_at: dict[str, int] = {}
        self._begin()

    def _begin(self) -> None:
        """Have read nothing."""
        self._revised = self._history.revised
        self._plan = deepcopy(self._planned)
        questions = self._questions
        self._left = {number: question.point for number, question in enumerate(questions)}
        self._watcher = PointWatcher()
        self._world = World()
        self._previous: AnyEvent | None = None
        self._next = 0
        self._track = StepIndex()
        # Step, whether it was made from the trace, order of creation, id.
        self._order: list[tuple[int, bool, int, str]] = []
        self._times: dict[str, int] = {}
        self._own_steps: list[int] = []  # the steps, by number, at which the scenario asks
        self._last_made = -BREATH
        self._last_news = 0

    # Reading on

    @property
    def read(self) -> int:
        """Return how many events have been read."""
        return self._next

    @property
    def finished(self) -> bool:
        """Return whether no further question will come from what is still to be read."""
        return self._next >= len(self._history) or self.spent(MOST_QUIET)

    def spent(self, quiet: int) -> bool:
        """Return whether the scenario has asked all, and ``quiet`` events brought nothing new."""
        return self._next - self._last_news > quiet and not self._left and not self._open

    def end(self) -> None:
        """No more events will come: what is open stays without an answer."""
        for id in [*self._open]:
            self._close(id, LOST)

    def read_to(self, index: int, most: int) -> None:
        """Read on up to and including event ``index``, but at most ``most`` events."""
        if self._history.revised != self._revised:
            if self._history.revised_since(self._revised) < self._next <= MOST_QUIET:
                self._read_again()
            self._revised = self._history.revised
        end = min(index + 1, len(self._history), self._next + most)
        while self._next < end:
            self._fold(self._history.event(self._next))
            self._next += 1

    def _read_again(self) -> None:
        """Read what was read already: events have turned out to be elsewhere (`StagesRevised`).

        What was asked stays as it was asked, with the answer that it has now.
        """
        end, known, were_open = self._next, self._known, self._open
        made_at = self._made_at
        self._known, self._open, self._made_at = {}, {}, {}
        self._begin()
        while self._next < end:
            self._fold(self._history.event(self._next))
            self._next += 1
        for id in self._frozen.keys() - self._known.keys():
            self._known[id], self._made_at[id] = known[id], made_at[id]
            if known[id].open and were_open[id].on_demand:
                self._open[id] = were_open[id]
            elif known[id].open:  # nobody would ask it any more
                self._known[id] = self._judged(were_open[id], known[id], LOST)
            if not self._known[id].open:
                self._enter(self._known[id])

    def read_around(self, index: int, most: int = MOST_AHEAD) -> None:
        """Read until it is known what is to be asked at the step of ``index``.

        Args:
            index: An event.
            most: How many events at most.
        """
        self.read_to(self._history.next_step(index) + AHEAD, most)
        step = self.step_of(index)
        for _ in range(MOST_AHEAD // AHEAD):
            waits = any(self._made_at[id] == step for id in self._open)
            if not waits or self._next >= len(self._history):
                break
            self.read_to(self._next + AHEAD, AHEAD)

    def step_of(self, index: int) -> int:
        """Return the first event of the step of ``index``; -1 before the first."""
        return self._history.step_start(index) if index >= 0 else -1

    # What can be asked

    def settled_at(self, step: int) -> list[QuizQuestion]:
        """List what is to be asked at a step and can be answered, in order."""
        return list(self.settled_between(step, step))

    def settled_between(self, first: int, last: int) -> Iterator[QuizQuestion]:
        """Yield what is to be asked at the steps ``first`` to ``last`` and can be answered."""
        begin = bisect_left(self._order, (first, False, -1, ""))
        for number in range(begin, len(self._order)):
            step, _, _, id = self._order[number]
            if step > last:
                return
            yield self._known[id]

    def open_at(self, step: int) -> list[QuizQuestion]:
        """List what can be asked of a live server that stands at ``step``, its newest.

        The next stage may also be asked about later; the result of a call may be seen.
        """
        return [
            self._known[id]
            for id, made in self._open.items()
            if id not in self._frozen
            and not made.on_demand
            and (made.kind is QuestionKind.STAGE or self._made_at[id] == step)
        ]

    def known(self, id: str) -> QuizQuestion | None:
        """Return a question as it is known now; None if it was dropped."""
        return self._known.get(id)

    def freeze(self, id: str, step: int) -> QuizQuestion:
        """Note that an open question has been asked at ``step``: its choices stay as they are."""
        asked = self._known[id] = self._frozen[id] = replace(self._known[id], index=step)
        self._asked_at[asked.name, self._made_at[id]] = id
        return asked

    def was_open(self, id: str) -> bool:
        """Return whether a question was asked before its answer was known (`freeze`)."""
        return id in self._frozen

    def before_connect(self) -> QuizQuestion | None:
        """Make the question of a live walk whose user is about to let a client connect."""
        listener = kernel_facts.listener_of(self._world)
        if listener is None or not self._next:
            return None
        self._last_made = -BREATH  # here the user sets the pace
        return self._make(
            ask_queue.QueueAfterConnectQuestion(listener), self._next - 1, self._world.place
        )

    # Folding

    def _fold(self, event: AnyEvent) -> None:
        self._track.take(event)
        world = advance(self._world, event)
        before = turned_to(self._world, event)
        self._world = world
        for id in [*self._open] if self._open else ():
            answer = self._open[id].settle(event, before, world)
            if answer is not None:
                self._close(id, answer)
        if self._left:
            self._ask_own(event, world)
        for notice in _NOTICING.get(type(event), ()):
            made = notice(event, before, world)
            if made is not None:
                self._make(made, event.seq, event.place)
        if isinstance(event, ClientActed):
            self._notice_client(event, before)
        self._previous = event
        if self._plan is not None:
            self._plan.look(event)

    def _notice_client(self, event: ClientActed, before: World) -> None:
        """Ask what a client's connect led to, unless that was asked before it."""
        waits = any(
            isinstance(made, ask_queue.QueueAfterConnectQuestion) for made in self._open.values()
        )
        made = None if waits else ask_queue.notice_client(event, self._previous, before)
        if made is not None:
            self._make(made, event.seq, event.place)

    def _ask_own(self, event: AnyEvent, world: World) -> None:
        """Ask the scenario's questions whose points are reached."""
        since = () if event.quiet else (event,)
        due = [n for n, point in self._left.items() if self._watcher.due(point, world, since)]
        for number in due:
            del self._left[number]
            asked = of_scenario(self._questions[number], self._track.last, world.place)
            self._known[asked.id] = asked
            self._own_steps.append(self._track.count)
            self._enter(asked)

    def _make(self, made: TraceQuestion, seq: int, place: Place) -> QuizQuestion | None:
        """Add a question, unless it was asked often enough or it comes too soon."""
        times = self._times.get(made.name, 0)
        if times >= made.most or not self._has_room(made.kind, self._track.count):
            return None
        if self._plan is not None:
            if not self._plan.wants(made.name):
                return None
            self._plan.take(made.name)
        self._times[made.name] = times + 1
        step = self._track.last
        id = self._asked_at.get((made.name, step)) or self._new_id(made.name, times + 1)
        asked = QuizQuestion(
            id=id,
            name=made.name,
            kind=made.kind,
            index=step,
            place=place,
            ask=made.ask,
            options=offered(made, None, self._seed(id)),
        )
        self._known[id] = self._frozen.get(id, asked)
        self._open[id], self._made_at[id] = made, step
        self._last_news = seq
        if made.kind is not QuestionKind.STAGE:
            self._last_made = self._track.count
        return asked

    def _new_id(self, name: str, number: int) -> str:
        while (id := f"{name} {number}") in self._known or id in self._frozen:
            number += 1
        return id

    def _has_room(self, kind: QuestionKind, step: int) -> bool:
        if kind is QuestionKind.STAGE:
            return True
        return step - self._last_made >= BREATH and not self._beside_own(step)

    def _beside_own(self, step: int) -> bool:
        """Return whether the scenario has asked within a few steps before step number ``step``."""
        at = bisect_right(self._own_steps, step)
        return at > 0 and step - self._own_steps[at - 1] < ROOM

    def _close(self, id: str, answer: TraceAnswer | LostAnswer) -> None:
        made, asked = self._open.pop(id), self._known[id]
        if id in self._frozen:
            self._known[id] = self._judged(made, asked, answer)
            self._enter(self._known[id])
            return
        step = self._step_to_ask(made, self._made_at[id], answer)
        if isinstance(answer, LostAnswer) or answer.why is None or step is None:
            del self._known[id]
            if self._plan is not None:
                self._plan.drop()
            return
        options = explained(made, offered(made, answer.option, self._seed(id)))
        self._known[id] = replace(
            asked,
            index=step,
            options=options,
            right=right_of(options, answer.option.key),
            why=answer.why,
            shown=answer.shown,
            came=answer.option.text,
            sight=None if answer.much_later else answer.shown,
        )
        self._enter(self._known[id])

    def _judged(
        self, made: TraceQuestion, asked: QuizQuestion, answer: TraceAnswer | LostAnswer
    ) -> QuizQuestion:
        """Settle a question that has been asked: what came may be none of its choices."""
        if isinstance(answer, LostAnswer):
            return replace(asked, why=explanations.UNSEEN, shown=self._track.last)
        came = answer.option.text
        assert not isinstance(came, Texts)  # those are a scenario's own, which nothing settles
        return replace(
            asked,
            options=explained(made, asked.options),
            right=right_of(asked.options, answer.option.key),
            why=answer.why or explanations.UNEXPLAINED.with_fields(came=came),
            shown=answer.shown,
            came=came,
            sight=None if answer.much_later else answer.shown,
        )

    def _step_to_ask(
        self, made: TraceQuestion, made_at: int, answer: TraceAnswer | LostAnswer
    ) -> int | None:
        """Return the last step at which the answer cannot be seen yet; None if there is none."""
        if isinstance(answer, LostAnswer):
            return None
        if answer.much_later:
            return made_at
        shown = self._track.step_start(answer.shown)
        last = self._track.before(shown)
        if made.kind is QuestionKind.STAGE:
            return last
        if last is None or (not made.on_demand and self._track.looked_between(made_at, shown)):
            last = made_at
        # The scenario may have asked since the question was made.
        return None if self._beside_own(self._track.number(last)) else last

    def _enter(self, asked: QuizQuestion) -> None:
        """Insert a question that can be answered: the scenario's own first, then the earlier."""
        self._last_news = self._next
        made = asked.kind is not QuestionKind.SCENARIO
        insort(self._order, (asked.index, made, len(self._order), asked.id))

    def _seed(self, id: str) -> str:
        header = self._history.header
        return f"{header.scenario} {header.started} {header.pid} {id}"
