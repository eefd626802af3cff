"""Which system call is made next? Asked where the name of the entered place does not tell."""

from walkthrough.i18n.messages import Message
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    FunctionEntered,
    FunctionReturned,
    SpanCutOff,
)
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.model.values import Constant, Spelled
from walkthrough.quiz import explanations, texts
from walkthrough.quiz.base import LOST, LostAnswer, TraceAnswer, TraceQuestion
from walkthrough.quiz.question import QuestionKind, QuizOption
from walkthrough.quiz.wrong_calls import NONE, WRONG_CALLS
from walkthrough.quiz.wrong_choice import WrongChoice
from walkthrough.state.reducer import span_key
from walkthrough.state.triggers import stands_for
from walkthrough.state.world import World

_PARK = "runtime.gopark"
PLACES: dict[Place, tuple[str, ...]] = {
    Place(Stage.RESOLVE_ADDR_LIST): (NONE, "socket", "openat", "getsockname"),
    Place(Stage.SET_DEFAULT_SOCKOPTS): (NONE, "setsockopt", "fcntl", "bind"),
    Place(None, Step.LISTENER_BACKLOG): ("openat", "getsockopt", "listen", NONE),
    Place(Stage.POLL_SERVER_INIT): ("epoll_create1", "epoll_ctl", "epoll_pwait", NONE),
    Place(None, Step.SET_DEFAULT_LISTENER_SOCKOPTS): ("setsockopt", "fcntl", "bind", NONE),
    Place(Stage.POLL_OPEN): ("epoll_ctl", "epoll_create1", "epoll_pwait", "fcntl"),
    Place(Stage.ACCEPT): ("accept4", "epoll_pwait", "epoll_ctl", "read"),
    Place(Stage.ACCEPT, Step.POLL_WAIT): (NONE, "epoll_pwait", "accept4", "epoll_ctl"),
    Place(Stage.ACCEPT, Step.POLL_OPEN): ("epoll_ctl", "epoll_create1", "fcntl", NONE),
    Place(None, Step.SET_DEADLINE): (NONE, "setsockopt", "epoll_ctl", "epoll_pwait"),
    Place(None, Step.CLOSE): ("epoll_ctl", "close", "shutdown", "setsockopt"),
}
"""For each place the possible calls, the likeliest first."""


class FirstCallQuestion(TraceQuestion):
    """Which system call a function begins with, and whether it makes one."""

    kind = QuestionKind.CALL

    def __init__(self, event: FunctionEntered) -> None:
        self._place = event.place
        self._key = span_key(event)
        self._span = event.span
        self._function = event.function or ""
        self.name = "first-call:" + "/".join(part.value for part in event.place if part)
        self.ask = texts.FIRST_CALL.with_fields(function=self._function)
        self.options = tuple(map(_option, PLACES[event.place]))

    def settle(
        self, event: AnyEvent, before: World, world: World
    ) -> TraceAnswer | LostAnswer | None:
        """Wait for the goroutine's next call, or for the function's end."""
        if span_key(event) != self._key:
            return None
        match event:
            case CallEntered(call=call, quiet=False):
                return TraceAnswer(_option(call), self._why(call, event), event.seq)
            case FunctionEntered(function=function) if function == _PARK:
                return TraceAnswer(_option(NONE), self._why(NONE, event), event.seq)
            case FunctionReturned(span=span) if span == self._span:
                return TraceAnswer(_option(NONE), self._why(NONE, event), event.seq)
            case SpanCutOff(span=span) if span == self._span:
                return LOST
        return None

    def why_not(self, key: str) -> WrongChoice | None:
        """Return what is said of a wrong choice."""
        return WRONG_CALLS.get((self._place, key))

    def _why(self, call: str, event: AnyEvent) -> Message | None:
        why = explanations.CALLS.get((self._place, call))
        if why is None:
            return None
        option = _option_set(event)
        why = why.with_fields(option=option)
        more = explanations.OPTIONS.get(option)
        return why if more is None else texts.joined(why, more)


def _option(call: str) -> QuizOption:
    return QuizOption(call, texts.NO_CALL if call == NONE else call)


def _option_set(event: AnyEvent) -> str:
    """Return the name of the socket option that a setsockopt sets."""
    given = getattr(event, "arguments", ())
    value = next((one.value for one in given if one.name == "optname"), None)
    if isinstance(value, Constant):
        return value.name or str(value.raw)
    return value.text if isinstance(value, Spelled) else ""


def notice(event: AnyEvent, before: World, world: World) -> FirstCallQuestion | None:
    """Make the question where such a place is entered."""
    if not isinstance(event, FunctionEntered) or event.quiet or event.place not in PLACES:
        return None
    return FirstCallQuestion(event) if stands_for(event.place, event.place, event.mark) else None
