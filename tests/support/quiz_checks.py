"""What every question of a whole walk must hold to, derived from the events by another way."""

import re

from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import (
    CallEntered,
    CallReturned,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    KernelObserved,
    ProcessExited,
    begins_stage,
)
from walkthrough.quiz.question import QuestionKind, QuizOption, QuizQuestion
from walkthrough.quiz.wrong_stages import ANOTHER_ORDER
from walkthrough.scenario.misconceptions import MISCONCEPTIONS
from walkthrough.state.history import History


def steps_of(history: History) -> list[int]:
    """Return the event at which each step lands, in order."""
    landings = [history.step_end(0)]
    while landings[-1] < len(history) - 1:
        landings.append(history.next_step(landings[-1]))
    return landings


def check_form(asked: QuizQuestion) -> None:
    """Check what does not depend on the trace: choices, languages, what is right."""
    assert asked.right is not None
    assert 2 <= len(asked.options) <= 5
    for language in ("en", "zh"):
        tr = catalogue(language)
        texts = [tr.text(option.text) for option in asked.options]
        assert all(texts)
        assert len(set(texts)) == len(texts), texts
        said = [tr.text(asked.ask), tr.text(asked.why or ""), *texts]
        assert all(said)
        made = asked.kind is not QuestionKind.SCENARIO
        assert not (made and any("{" in text or "None" in text for text in said)), said
    assert len({option.key for option in asked.options}) == len(asked.options)
    assert catalogue("zh").text(asked.ask).endswith("？")
    assert str(asked.ask).endswith("?")
    assert asked.why is not None
    assert catalogue("zh").text(asked.why).endswith("。")
    assert str(asked.why).endswith(".")
    for number, option in enumerate(asked.options):
        if number != asked.right:
            check_wrong(option, made=made)


def check_wrong(option: QuizOption, *, made: bool) -> None:
    """Check what is said of a wrong choice: it is explained, in every language."""
    assert option.why is not None, option
    assert option.why != ANOTHER_ORDER.why, option
    assert not option.believes or option.believes in MISCONCEPTIONS
    english, chinese = str(option.why), catalogue("zh").text(option.why)
    assert english.endswith(".")
    assert chinese.endswith("。")
    assert not (made and any(text in english + chinese for text in ("{", "None")))


def check_against(history: History, asked: QuizQuestion) -> None:
    """Check a made question against the trace, from its text and the events alone."""
    assert asked.right is not None
    assert asked.shown is not None
    at = history.step_end(asked.index)
    assert at < asked.shown, "the answer was to be seen already"
    right = str(asked.options[asked.right].text)
    match asked.kind:
        case QuestionKind.STAGE:
            assert right == _next_stage(history, at)
        case QuestionKind.CALL:
            assert right == _first_call(history, asked, at)
        case QuestionKind.QUEUE:
            _check_queue(history, asked, at, right)
        case QuestionKind.BLOCK if "What does that goroutine do next" in str(asked.ask):
            assert (right == "it parks") == _parks(history, asked, at)
        case _:
            _check_result(history, asked, at, right)


def _next_stage(history: History, at: int) -> str:
    for index in range(at + 1, len(history)):
        event = history.event(index)
        if begins_stage(event):
            return str(event.stage)
        if isinstance(event, ProcessExited):
            return "none; that was the last"
    raise AssertionError("the trace does not tell")


def _first_call(history: History, asked: QuizQuestion, at: int) -> str:
    function = str(asked.ask).removeprefix("Which system call does ").removesuffix(" make first?")
    spans = [
        (key, span)
        for key, chain in history.world(at).spans.items()
        for span in chain
        if span.name == function and not span.call
    ]
    # Of several goroutines inside, the one whose call comes next is meant, or that which entered
    # last: all of them are asked about the same, so any that fits will do.
    found = set()
    for key, span in spans:
        for index in range(span.entered + 1, len(history)):
            event = history.event(index)
            if event.goroutine != key:
                continue
            if isinstance(event, CallEntered) and not event.quiet:
                found.add((event.call, index))
                break
            parks = isinstance(event, FunctionEntered) and event.function == "runtime.gopark"
            returned = isinstance(event, FunctionReturned) and event.span == span.span
            if parks or returned:
                found.add(("none at all", index))
                break
    fitting = [call for call, index in found if index == asked.shown]
    assert len(fitting) == 1, (asked, found)
    return fitting[0]


def _check_queue(history: History, asked: QuizQuestion, at: int, right: str) -> None:
    assert asked.shown is not None
    counts = re.search(r"queue holds (\d+)", str(asked.ask))
    assert counts is not None
    event = history.event(asked.shown)
    assert isinstance(event, ClientActed | CallReturned)
    fd: int | None = None
    if isinstance(event, CallReturned):
        given = next(each.value for each in event.arguments if each.name == "sockfd")
        assert isinstance(given, int)
        fd = given
    assert _queue(history, at, fd) == int(counts[1])
    landing = history.step_end(asked.shown)
    if isinstance(event, ClientActed):
        # Nobody is asked about a client that was turned away, unless there was no room for it.
        assert event.error is None or int(counts[1]) > (_backlog(history, at) or 0), event
        # It has been looked at before and after, and nothing else came in between.
        assert history.previous_step(landing) == at
        assert isinstance(history.event(asked.shown + 1), KernelObserved)
    assert _queue(history, landing, fd) == int(right)


def _backlog(history: History, index: int) -> int | None:
    kernel = history.world(index).kernel
    assert kernel is not None
    return next(each.backlog for each in kernel.sockets if each.state == "LISTEN")


def _queue(history: History, index: int, fd: int | None) -> int:
    """Return how long a listener's queue is; of several the one with a descriptor is meant."""
    kernel = history.world(index).kernel
    assert kernel is not None
    waiting = [
        each.accept_queue
        for each in kernel.sockets
        if each.owner == "server" and each.accept_queue is not None and fd in (None, each.fd)
    ]
    (queue,) = waiting
    return queue


def _parks(history: History, asked: QuizQuestion, at: int) -> bool:
    goroutine = int(re.findall(r"goroutine (\d+)", str(asked.ask))[0])
    for index in range(at + 1, len(history)):
        event = history.event(index)
        if event.goroutine == goroutine:
            if isinstance(event, FunctionEntered) and event.mark == "pollWait":
                return True
            if isinstance(event, CallEntered):
                return False
    raise AssertionError("the trace does not tell")


def _check_result(history: History, asked: QuizQuestion, at: int, right: str) -> None:
    assert asked.shown is not None
    returned = history.event(asked.shown)
    assert isinstance(returned, CallReturned)
    call = re.match(r"(\w+) is being called", str(asked.ask))
    assert call is not None
    assert call[1] == returned.call
    open_ = [
        span
        for chain in history.world(at).spans.values()
        for span in chain
        if span.call and span.span == returned.span
    ]
    assert len(open_) == 1, "it has not begun, or has returned already"
    if (fd := re.search(r"descriptor (\d+)", str(asked.ask))) is not None:
        values = [one.value for one in returned.arguments if one.name in ("fd", "sockfd")]
        assert int(fd[1]) in values
    if returned.error is not None:
        assert right.startswith(f"-1 {returned.error.name}")
    else:
        assert right == str(returned.result)
    if asked.kind is QuestionKind.DESCRIPTOR:
        kernel = history.world(at).kernel
        assert kernel is not None
        assert returned.result not in {each.fd for each in kernel.descriptors}, "seen already"
