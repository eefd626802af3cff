"""Which stage begins next? Asked when one is done, until the first Accept."""

from walkthrough.i18n.messages import Message
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    FunctionEntered,
    FunctionReturned,
    ProcessExited,
    begins_stage,
)
from walkthrough.model.stages import Stage, Step
from walkthrough.quiz import explanations, kernel_facts, texts
from walkthrough.quiz.base import LOST, LostAnswer, TraceAnswer, TraceQuestion
from walkthrough.quiz.question import QuestionKind, QuizOption
from walkthrough.quiz.wrong_choice import WrongChoice
from walkthrough.quiz.wrong_stages import BY_DESCRIPTOR, NONE, wrong_stage
from walkthrough.state.reducer import span_key
from walkthrough.state.world import World

_BEGINS_ALL = ("net.Listen", "net.ListenPacket", "net.Dial")
_ANYWHERE = Stage.POLL_SERVER_INIT
_NONE = QuizOption(NONE, texts.NO_STAGE)


class NextStageQuestion(TraceQuestion):
    """Which stage begins next, and whether one does."""

    kind = QuestionKind.STAGE

    def __init__(self, done: Stage | None, function: str, world: World, *, failed: bool) -> None:
        self._done = done
        self._failed = failed
        self._came = ""
        self.name = f"next-stage:{done or 'first'}" + ("/failed" if failed else "")
        if done is None:
            self.ask = texts.FIRST_STAGE.with_fields(function=function)
        else:
            template = texts.AFTER_FAILURE if failed else texts.NEXT_STAGE
            self.ask = template.with_fields(stage=done.value)
        order = list(Stage)
        # The poller begins anywhere; other stages that were skipped (a log lacks some) are over.
        passed = [order.index(stage) for stage in world.order if stage is not _ANYWHERE]
        ahead = [
            s for s in order if s not in world.order and order.index(s) > max(passed, default=-1)
        ]
        begun = [stage for stage in reversed(world.order) if stage is not done]
        likely = [_option(stage) for stage in (*ahead, *begun)][:3]
        self.options = (_NONE, *likely) if failed else (*likely, _NONE)

    def settle(
        self, event: AnyEvent, before: World, world: World
    ) -> TraceAnswer | LostAnswer | None:
        """Wait for a stage to begin, or for the end."""
        if begins_stage(event):
            assert event.stage is not None
            why = self._why(event.stage, event, before)
            by_descriptor = event.stage is _ANYWHERE and why != explanations.POLLER_FOR_A_FILE
            self._came = BY_DESCRIPTOR if by_descriptor else event.stage.value
            return TraceAnswer(_option(event.stage), why, event.seq)
        if isinstance(event, ProcessExited):
            stage = self._done.value if self._done is not None else ""
            failed = explanations.NO_STAGE_AFTER_FAILURE.with_fields(stage=stage)
            why = failed if self._failed else explanations.NO_STAGE
            self._came = NONE
            return TraceAnswer(_NONE, why, event.seq, much_later=True)
        return LOST if isinstance(event, CaptureEnded) else None

    def why_not(self, key: str) -> WrongChoice | None:
        """Return what is said of a wrong choice."""
        done = self._done.value if self._done is not None else ""
        return wrong_stage(f"{done}/failed" if self._failed else done, key, self._came)

    def _why(self, stage: Stage, event: AnyEvent, before: World) -> Message | None:
        if stage in before.order:
            return (
                _listens_again(event, before) if stage is Stage.LISTEN else explanations.STAGE_AGAIN
            )
        if stage is Stage.POLL_SERVER_INIT and Stage.BIND not in before.order:
            chain = before.spans.get(span_key(event), ())
            if any(span.mark == Step.LISTENER_BACKLOG for span in chain):
                return explanations.POLLER_FOR_A_FILE
        return explanations.STAGES[stage]


def _listens_again(event: AnyEvent, before: World) -> Message | None:
    """Return whether this is another socket or one that listens already; None if unknown."""
    if not isinstance(event, FunctionEntered | CallEntered):
        return None
    fd = kernel_facts.number(event, "s", "sockfd", "fd")
    socket = kernel_facts.socket_of(before, fd)
    if fd is None or socket is None:
        return None
    again = explanations.LISTEN_AGAIN.with_fields(fd=fd)
    return again if socket.state == "LISTEN" else explanations.STAGE_AGAIN


def _option(stage: Stage) -> QuizOption:
    return QuizOption(stage.value, stage.value)


def notice(event: AnyEvent, before: World, world: World) -> NextStageQuestion | None:
    """Make the question once a stage is done, or before the first."""
    if Stage.ACCEPT in world.order or event.quiet:
        return None
    match event:
        case FunctionEntered(mark=None) if not world.order and event.function in _BEGINS_ALL:
            return NextStageQuestion(None, event.function or "", world, failed=False)
        case FunctionReturned(stage=Stage() as stage, step=None) if _ends(event, stage, before):
            return NextStageQuestion(stage, event.function or "", world, failed=event.failed)
        case CallReturned(stage=Stage() as stage, step=None) if _ends(event, stage, before):
            failed = event.error is not None  # in an strace log a call stands for the stage
            return NextStageQuestion(stage, event.call, world, failed=failed)
    return None


def _ends(event: FunctionReturned | CallReturned, stage: Stage, before: World) -> bool:
    """Return whether what has returned stands for ``stage``."""
    chain = before.spans.get(span_key(event), ())
    return any(span.span == event.span and span.mark == stage.value for span in chain)
