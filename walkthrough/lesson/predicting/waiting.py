"""What does a goroutine do after EAGAIN: does it park?"""

from walkthrough.lesson.predicting import reasons, words
from walkthrough.lesson.predicting.asked import Kind, Option
from walkthrough.lesson.predicting.making import LOST, Answer, Lost, Made
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    SpanCutOff,
)
from walkthrough.model.path import Place, Stage, Step
from walkthrough.replay.advance import span_key
from walkthrough.replay.world import World

_WAITERS = {
    Place(Stage.ACCEPT, Step.ACCEPT4): (Stage.ACCEPT.value,),
    Place(None, Step.READ): (Step.READ.value,),
}


class AfterEagain(Made):
    """Whether a goroutine that was told "not now" parks."""

    kind = Kind.BLOCK

    def __init__(self, event: CallReturned) -> None:
        self._key = span_key(event)
        self._call = event.call
        self._ends = _WAITERS[event.place]
        self.topic = f"after EAGAIN of {event.call}"
        self.ask = words.filled(words.AFTER_EAGAIN, call=event.call, goroutine=event.goroutine)
        self._parks = Option("parks", words.PARKS)
        self._again = Option("again", words.filled(words.TRIES_AGAIN, call=event.call))
        self._gives_up = Option("gives up", words.GIVES_UP)
        self._polls = Option("polls", words.FIRST_POLLS)
        self.options = (self._parks, self._again, self._polls, self._gives_up)

    def settle(self, event: AnyEvent, before: World, world: World) -> Answer | Lost | None:
        """Wait for what the goroutine does next, the way out of the call's own function aside."""
        if span_key(event) != self._key:
            return None
        match event:
            case FunctionEntered(mark=Step.POLL_WAIT.value):
                return Answer(self._parks, reasons.PARKS, event.seq)
            case CallEntered(call=call) if call == self._call:
                return Answer(self._again, None, event.seq)
            case FunctionReturned(mark=mark) if mark in self._ends:
                return Answer(self._gives_up, None, event.seq)
            case SpanCutOff():
                return LOST
        return None


def notice(event: AnyEvent, before: World, world: World) -> AfterEagain | None:
    """Make the question where EAGAIN came back."""
    if not isinstance(event, CallReturned) or event.quiet or event.place not in _WAITERS:
        return None
    waits = event.error is not None and event.error.name == "EAGAIN" and event.goroutine
    return AfterEagain(event) if waits else None
