"""What does a system call return, which descriptor does it give, does it wait?"""

from walkthrough.i18n.messages import Message
from walkthrough.model.events import AnyEvent, CallEntered, CallReturned, SpanCutOff
from walkthrough.model.values import Constant
from walkthrough.quiz import explanations, kernel_facts, texts
from walkthrough.quiz.base import LOST, LostAnswer, TraceAnswer, TraceQuestion
from walkthrough.quiz.question import QuizOption
from walkthrough.quiz.result_specs import RESULTS, ResultSpec
from walkthrough.quiz.wrong_choice import WrongChoice
from walkthrough.state.world import World


class ResultQuestion(TraceQuestion):
    """What a call that has begun returns."""

    def __init__(self, event: CallEntered, plan: ResultSpec) -> None:
        self._span = event.span
        self._plan = plan
        self.kind, self.name, self.most = plan.kind, plan.name, plan.most
        self.ask, self.options, self.numeric = plan.ask, plan.options, plan.numeric

    def settle(
        self, event: AnyEvent, before: World, world: World
    ) -> TraceAnswer | LostAnswer | None:
        """Wait for the call to return."""
        if isinstance(event, SpanCutOff) and event.span == self._span:
            return LOST
        if not isinstance(event, CallReturned) or event.span != self._span:
            return None
        error = event.error
        key = str(event.result) if error is None else error.name or str(error.raw)
        if not self._plan.holds(key):
            return LOST
        known = next((option for option in self.options if option.key == key), None)
        text = known.text if known is not None else _said(key, error)
        return TraceAnswer(QuizOption(key, text), self._why(key, event), event.seq)

    def why_not(self, key: str) -> WrongChoice | None:
        """Return what is said of a wrong choice."""
        return self._plan.wrong.get(key)

    def _why(self, key: str, event: CallReturned) -> Message | None:
        if event.error is None:
            why = self._plan.why.get(key) or self._plan.why.get("")
        else:
            why = self._plan.why.get(key) or _error(key, event)
        if why is None or not event.injected:
            return why
        return texts.joined(why, explanations.INJECTED)


def _error(error: str, event: CallReturned) -> Message | None:
    """Return what an error means for this call, else what it means for any."""
    call = event.call
    if kernel_facts.is_path(event):
        call += " AF_UNIX"
    return explanations.ERRORS_OF.get((call, error)) or explanations.ERRORS.get(error)


def _said(key: str, error: Constant | None) -> Message | str:
    return key if error is None else texts.FAILS.with_fields(error=key)


def notice(event: AnyEvent, before: World, world: World) -> ResultQuestion | None:
    """Make the question where such a call begins."""
    if not isinstance(event, CallEntered) or event.quiet or event.span is None:
        return None
    plan = RESULTS.get((event.call, event.place))
    made = plan(event, world) if plan is not None else None
    return ResultQuestion(event, made) if made is not None else None
