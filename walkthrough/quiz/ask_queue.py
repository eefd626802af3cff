"""How many connections does the accept queue hold after a client's connect, after an accept4?"""

from walkthrough.i18n.messages import Message
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    KernelObserved,
    SpanCutOff,
)
from walkthrough.model.kernel_state import SocketState
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.quiz import explanations, kernel_facts, texts, wrong_results
from walkthrough.quiz.base import LOST, LostAnswer, TraceAnswer, TraceQuestion
from walkthrough.quiz.question import QuestionKind, QuizOption
from walkthrough.quiz.wrong_choice import WrongChoice
from walkthrough.state.world import RIDERS, World

_ACCEPTING = Place(Stage.ACCEPT, Step.ACCEPT4)
_UNDER_WAY = ("EINPROGRESS", "EAGAIN")
"""What connect says while nothing is decided: the handshake is not over, a queue has no room."""


def _number(value: int) -> QuizOption:
    return QuizOption(str(value), str(value))


def _numbers(*values: int) -> tuple[QuizOption, ...]:
    return tuple(_number(value) for value in dict.fromkeys(values) if value >= 0)


def _is_turned_away(acted: ClientActed) -> bool:
    """Return whether a client was refused, or could not even ask."""
    return acted.error is not None and acted.error.name not in _UNDER_WAY


def _has_room(listener: SocketState) -> bool:
    """Return whether one more connection can wait: a backlog of n holds n + 1."""
    return listener.backlog is None or (listener.accept_queue or 0) <= listener.backlog


class QueueAfterConnectQuestion(TraceQuestion):
    """How long the queue is once a client has connected.

    Live it is asked before the client connects; in a recording at the step before.
    """

    kind = QuestionKind.QUEUE
    name = "queue:connect"
    most = 2
    numeric = True
    on_demand = True

    def __init__(self, listener: SocketState, acted: ClientActed | None = None) -> None:
        count = listener.accept_queue or 0
        self._count = count
        self._backlog = listener.backlog
        self._by_path = listener.family == "AF_UNIX"
        self._acted = acted
        self._now = count + 1
        self.ask = texts.CONNECTS.with_fields(count=count)
        others = (count, count + 2, 0) if count else (count, count + 2, self._backlog or 0)
        self.options = _numbers(count + 1, *others, count + 3)

    def settle(
        self, event: AnyEvent, before: World, world: World
    ) -> TraceAnswer | LostAnswer | None:
        """Wait for the client's action, then for the kernel's view right after it."""
        if self._acted is None:
            if isinstance(event, ClientActed) and event.action == "connect":
                self._acted = event
                if _is_turned_away(event):  # the queue stays as it is: perhaps no view follows
                    self._now = self._count
                    return TraceAnswer(_number(self._now), self._why(self._now), event.seq)
            return None
        if not isinstance(event, RIDERS):
            return LOST  # there was no view of the kernel before something else happened
        listener = kernel_facts.listener_of(world) if isinstance(event, KernelObserved) else None
        if listener is None or listener.accept_queue is None:
            return LOST if isinstance(event, KernelObserved) else None
        self._now = now = listener.accept_queue
        return TraceAnswer(_number(now), self._why(now), self._acted.seq)

    def why_not(self, key: str) -> WrongChoice | None:
        """Return what is said of a wrong choice."""
        chosen, count, backlog = int(key), self._count, self._backlog
        if chosen == count:
            return wrong_results.QUEUE_BEFORE_ACCEPT
        if chosen == count + 1:
            return self._why_not_one_more()
        if chosen < count:
            return wrong_results.NOBODY_TAKES_ONE
        if chosen == backlog:
            return wrong_results.LIMIT_IS_NOT_LENGTH.about(backlog=backlog)
        return wrong_results.ONE_CONNECT_ONE_MORE

    def _why_not_one_more(self) -> WrongChoice:
        if self._backlog is not None and self._now > self._backlog:
            return wrong_results.QUEUE_WAS_FULL
        error = self._acted.error if self._acted is not None else None
        under_way = error is not None and error.name == "EINPROGRESS"
        return wrong_results.NOT_FINISHED if under_way else wrong_results.NOT_IN_ANY_QUEUE

    def _why(self, now: int) -> Message | None:
        assert self._acted is not None
        if now == self._count + 1:
            queued = explanations.QUEUED_BY_PATH if self._by_path else explanations.QUEUED
            return queued.with_fields(before=self._count, after=now)
        if now != self._count:
            return None
        error = self._acted.error
        if self._backlog is not None and now > self._backlog:
            why = explanations.QUEUE_FULL_BY_PATH if self._by_path else explanations.QUEUE_FULL
            return why.with_fields(count=now, backlog=self._backlog)
        if error is not None:
            return explanations.NOT_CONNECTED.with_fields(error=error.name or error.raw)
        return None


class QueueAfterAcceptQuestion(TraceQuestion):
    """How long the queue is once accept4 has returned."""

    kind = QuestionKind.QUEUE
    name = "queue:accept4"
    numeric = True

    def __init__(self, event: CallEntered, fd: int, count: int) -> None:
        self._span = event.span
        self._fd = fd
        self._count = count
        self._returned: CallReturned | None = None
        self.ask = texts.TAKES_ONE.with_fields(fd=fd, count=count)
        self.options = _numbers(count - 1, count, 0, count + 1, count - 2)

    def settle(
        self, event: AnyEvent, before: World, world: World
    ) -> TraceAnswer | LostAnswer | None:
        """Wait for the call to return, and for what the kernel shows then."""
        if isinstance(event, SpanCutOff) and event.span == self._span:
            return LOST
        if self._returned is None:
            if isinstance(event, CallReturned) and event.span == self._span:
                self._returned = event
            return None
        if isinstance(event, KernelObserved):
            return self._answer(world)
        # No new view means that the change was seen before the call's return was reported.
        return None if isinstance(event, RIDERS) else self._answer(before)

    def why_not(self, key: str) -> WrongChoice | None:
        """Return what is said of a wrong choice."""
        chosen = int(key)
        if chosen == self._count:
            return wrong_results.ONE_LEFT_THE_QUEUE
        if chosen > self._count:
            return wrong_results.ACCEPT4_ADDS_NONE
        if chosen < self._count - 1:
            return wrong_results.ACCEPT4_TAKES_ONE
        return wrong_results.ACCEPT4_TOOK_NONE

    def _answer(self, world: World) -> TraceAnswer | LostAnswer:
        listener = kernel_facts.listener_of(world, self._fd)
        if self._returned is None or listener is None or listener.accept_queue is None:
            return LOST
        now, error = listener.accept_queue, self._returned.error
        why = None
        if now == self._count - 1 and error is None:
            why = explanations.ONE_TAKEN
        elif now == self._count and error is not None:
            why = explanations.NONE_TAKEN.with_fields(error=error.name or error.raw)
        return TraceAnswer(_number(now), why, self._returned.seq)


def notice(event: AnyEvent, before: World, world: World) -> QueueAfterAcceptQuestion | None:
    """Make the question where accept4 is called and more than one connection waits."""
    if not isinstance(event, CallEntered) or event.call != "accept4" or event.place != _ACCEPTING:
        return None
    fd = kernel_facts.number(event, "sockfd")
    listener = kernel_facts.listener_of(world, fd)
    if fd is None or listener is None or (listener.accept_queue or 0) < 2:
        return None
    return QueueAfterAcceptQuestion(event, fd, listener.accept_queue or 0)


def notice_client(
    event: AnyEvent, previous: AnyEvent | None, before: World
) -> QueueAfterConnectQuestion | None:
    """Make the question where a client has connected, and the kernel's view before is fresh.

    None is made of a client that did not get into the queue although there was room: it was
    refused, or its handshake is held up, for a reason that nobody who is asked could know.

    Args:
        event: The event.
        previous: The one before it: if that was a client's action too, there was no view since.
        before: The world before it.
    """
    if not isinstance(event, ClientActed) or event.action != "connect" or event.clients > 1:
        return None
    listener = kernel_facts.listener_of(before)
    if listener is None or isinstance(previous, ClientActed):
        return None
    if event.error is not None and _has_room(listener):
        return None
    return QueueAfterConnectQuestion(listener, event)
