"""The source pane once nothing executes any more: where the path failed, or what was seen last."""

import pytest

from tests.support.records import FakeLesson
from tests.support.screen import press, replay, resize, source_text_of, speak
from walkthrough.i18n.catalogue import catalogue
from walkthrough.lesson.lesson import lesson_for
from walkthrough.model.events import (
    AnyEvent,
    CaptureEnded,
    FunctionEntered,
    FunctionReturned,
    Header,
    ProcessExited,
    SpanCutOff,
)
from walkthrough.model.stages import Stage
from walkthrough.model.values import Constant
from walkthrough.recording.file import load
from walkthrough.scenario.loader import find
from walkthrough.state.history import History
from walkthrough.tui.app import WalkthroughApp
from walkthrough.view.step import StepContext, step_at

EN = catalogue("en")
ZH = catalogue("zh")


def entered(seq: int, span: int, stage: Stage) -> FunctionEntered:
    return FunctionEntered(
        seq=seq, time_ns=seq, goroutine=1, stage=stage, span=span, function=stage, mark=stage
    )


def returned(seq: int, span: int, stage: Stage, *, failed: bool) -> FunctionReturned:
    return FunctionReturned(
        seq=seq,
        time_ns=seq,
        goroutine=1,
        stage=stage,
        span=span,
        function=stage,
        mark=stage,
        failed=failed,
    )


def exits(seq: int, code: int) -> ProcessExited:
    return ProcessExited(seq=seq, time_ns=seq, pid=9, code=code)


def ended(*events: AnyEvent) -> StepContext:
    history = History.of(Header(), events)
    lesson = FakeLesson(Header())
    return step_at(history, len(history) - 1, lesson, catalogue("en"))


BOUND = (entered(0, 1, Stage.BIND), returned(1, 1, Stage.BIND, failed=True))
LISTENED = (entered(2, 2, Stage.LISTEN), returned(3, 2, Stage.LISTEN, failed=False))
ACCEPTING = entered(2, 2, Stage.ACCEPT)
CUT_OFF = SpanCutOff(
    seq=4, time_ns=4, goroutine=1, stage=Stage.ACCEPT, span=2, reason="exited", quiet=True
)


@pytest.mark.parametrize(
    ("events", "failed_at"),
    [
        ((*BOUND, exits(2, 1)), 1),
        ((*BOUND, exits(2, 1), CaptureEnded(seq=3, time_ns=3, reason="exited")), 1),
        ((*BOUND, ProcessExited(seq=2, time_ns=2, pid=9, signal=Constant("SIGKILL", 9))), 1),
        (BOUND, -1),  # it is still there, and may mend it
        ((*BOUND, exits(2, 0)), -1),  # to fail was what it wanted
        ((*BOUND, *LISTENED, exits(4, 1)), -1),  # it went on from there
        ((*BOUND, ACCEPTING, exits(3, 1), CUT_OFF), -1),  # that did not fail by itself
        ((exits(0, 1),), -1),
    ],
)
def test_where_the_path_failed_that_has_ended_the_server(
    events: tuple[AnyEvent, ...], failed_at: int
) -> None:
    step = ended(*events)
    assert step.failed_at == failed_at
    assert step.event is not None
    assert step.event.seq == max(event.seq for event in events if not event.quiet)


def test_what_is_shown_of_the_source_is_the_step_that_failed() -> None:
    history = History.load(load(find("port-in-use") / "recording.jsonl"))
    lesson, tr = lesson_for(history.header), catalogue("en")
    last = step_at(history, len(history) - 1, lesson, tr)
    assert isinstance(last.event, CaptureEnded)
    failed = history.event(history.step_start(last.failed_at))
    assert isinstance(failed, FunctionReturned)
    assert (failed.stage, failed.failed) == (Stage.BIND, True)
    assert last.view == step_at(history, last.failed_at, lesson, tr).view
    assert last.view is not None
    assert last.view.breadcrumb[-1] == "Bind"
    assert last.view.file == "net/sock_posix.go"
    hushed = step_at(history, len(history) - 1, lesson, tr, hushed=True)
    assert hushed.view is not None
    assert not hushed.view.caption


async def test_it_is_said_above_the_source() -> None:
    history = History.load(load(find("port-in-use") / "recording.jsonl"))
    failed_at = step_at(history, len(history) - 1, None, EN).failed_at
    app = WalkthroughApp(history=history, lesson_factory=lesson_for, language="en")
    async with app.run_test(size=(80, 24)) as pilot:
        for size in ((80, 24), (120, 40)):
            await resize(pilot, size)
            for tr in (EN, ZH):
                await speak(pilot, tr.language)
                await press(pilot, "end")
                said = " ".join(source_text_of(app, "source-heading").split())
                wanted = tr(
                    "The server is gone. Here its path failed, at event {at}.", at=failed_at + 1
                )
                assert said.replace(" ", "") == wanted.replace(" ", ""), size
                assert source_text_of(app, "crumbs").endswith("> Bind"), size
                await press(pilot, "left", "left", "left")
                assert not app.walk.query_one("#source-heading").display, size
                assert source_text_of(app, "crumbs").endswith("> FD.Write"), size


async def test_that_nothing_runs_any_more_is_said_in_the_place_of_the_call_chain() -> None:
    app = replay()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "end")
        last = app.walk._step()
        assert last is not None
        assert isinstance(last.event, ProcessExited | CaptureEnded)
        for size in ((80, 24), (120, 40)):
            await resize(pilot, size)
            for tr in (EN, ZH):
                await speak(pilot, tr.language)
                said = tr("Nothing runs any more; this line was the last.")
                assert source_text_of(app, "crumbs") == said, size
