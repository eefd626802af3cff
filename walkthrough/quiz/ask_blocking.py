"""What does a goroutine do after EAGAIN: does it park?"""

from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    SpanCutOff,
)
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.quiz import explanations, texts, wrong_results
from walkthrough.quiz.base import LOST, LostAnswer, TraceAnswer, TraceQuestion
from walkthrough.quiz.question import QuestionKind, QuizOption
from walkthrough.quiz.wrong_choice import WrongChoice
from walkthrough.state.reducer import span_key
from walkthrough.state.world import World

_WAITERS = {
    Place(Stage.ACCEPT, Step.ACCEPT4): (Stage.ACCEPT.value,),
    Place(None, Step.READ): (Step.READ.value,),
}


class AfterEagainQuestion(TraceQuestion):
    """Whether a goroutine that was told "not now" parks."""

    kind = QuestionKind.BLOCK

    def __init__(self, event: CallReturned) -> None:
        self._key = span_key(event)
        self._call = event.call
        self._ends = _WAITERS[event.place]
        self.name = f"after-eagain:{event.call}"
        self.ask = texts.AFTER_EAGAIN.with_fields(call=event.call, goroutine=event.goroutine or 0)
        self._parks = QuizOption("parks", texts.PARKS)
        self._again = QuizOption("again", texts.TRIES_AGAIN.with_fields(call=event.call))
        self._gives_up = QuizOption("gives up", texts.GIVES_UP)
        self._polls = QuizOption("polls", texts.FIRST_POLLS)
        self.options = (self._parks, self._again, self._polls, self._gives_up)

    def settle(
        self, event: AnyEvent, before: World, world: World
    ) -> TraceAnswer | LostAnswer | None:
        """Wait for what the goroutine does next, except returning from the call's own function."""
        if span_key(event) != self._key:
            return None
        match event:
            case FunctionEntered(mark=Step.POLL_WAIT.value):
                return TraceAnswer(self._parks, explanations.PARKS, event.seq)
            case CallEntered(call=call) if call == self._call:
                return TraceAnswer(self._again, None, event.seq)
            case FunctionReturned(mark=mark) if mark in self._ends:
                return TraceAnswer(self._gives_up, None, event.seq)
            case SpanCutOff():
                return LOST
        return None

    def why_not(self, key: str) -> WrongChoice | None:
        """Return what is said of a wrong choice."""
        if key == self._again.key:
            return wrong_results.PARKED_MEANWHILE.about(call=self._call)
        if key == self._polls.key:
            return wrong_results.THE_SCHEDULER_POLLS
        if key == self._gives_up.key:
            accepts = self._call == "accept4"
            return wrong_results.ACCEPT_KEEPS_EAGAIN if accepts else wrong_results.READ_KEEPS_EAGAIN
        return None


def notice(event: AnyEvent, before: World, world: World) -> AfterEagainQuestion | None:
    """Make the question where EAGAIN came back."""
    if not isinstance(event, CallReturned) or event.quiet or event.place not in _WAITERS:
        return None
    waits = event.error is not None and event.error.name == "EAGAIN" and event.goroutine
    return AfterEagainQuestion(event) if waits else None
