"""Worlds that are folded from kept ones are those that folding everything gives."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.strategies import event_lists
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    Event,
    FunctionEntered,
    FunctionReturned,
    Header,
    KernelObserved,
    OutputWritten,
)
from walkthrough.model.kernel_state import Descriptor, KernelState
from walkthrough.model.stages import Stage, Step
from walkthrough.model.values import Argument, Constant, Fields, Reference, Value
from walkthrough.state import checkpoints
from walkthrough.state.builder import WorldBuilder
from walkthrough.state.history import History
from walkthrough.state.reducer import advance, fold
from walkthrough.state.world import World


def folded(events: list[AnyEvent]) -> list[World]:
    after = [World()]
    for event in events:
        after.append(advance(after[-1], event))
    return after


def serving(connections: int, at_once: int) -> list[AnyEvent]:
    """Events of connections of which so many are open at once: calls, visits, output, kernel."""
    events: list[AnyEvent] = []

    def note(kind: type[Event], **fields: object) -> None:
        seq = len(events)
        events.append(kind(seq=seq, time_ns=seq, **fields))  # type: ignore[arg-type]

    for number in range(1, connections + 1):
        span = number * 10
        note(FunctionEntered, goroutine=1, span=span, mark="accept", stage=Stage.ACCEPT)
        note(CallEntered, goroutine=1, span=span + 1, call="accept4", stage=Stage.ACCEPT)
        note(CallReturned, goroutine=1, span=span + 1, call="accept4", result=number)
        note(KernelObserved, state=KernelState(descriptors=(Descriptor(number, "socket", "x"),)))
        note(FunctionReturned, goroutine=1, span=span, results=(Argument("fd", number),))
        note(
            FunctionEntered,
            goroutine=100 + number,
            span=span + 2,
            mark="pollWait",
            step=Step.POLL_WAIT,
        )
        note(OutputWritten, stream=1, data=b"%d\n" % number)
        if number > at_once:
            note(FunctionReturned, goroutine=100 + number - at_once, span=span + 2 - at_once * 10)
    return events


@pytest.mark.parametrize("at_once", [3, 700])
def test_back_undoes_forward_across_checkpoints(at_once: int) -> None:
    events = serving(1000, at_once)
    after = folded(events)
    history = History.of(Header(), events)
    assert len(history._worlds._checkpoints) > 5
    # Around each checkpoint, from both sides, and after jumps from far away.
    borders = [at for at in history._worlds._indexes if at >= 0]
    for border in borders:
        for index in (border - 1, border, border + 1, border, border - 1):
            assert history.world(index) == after[index + 1]
        assert history.world(len(events) - 1) == after[-1]
    for index in range(borders[-1] + 3, borders[-1] - 40, -1):
        assert history.world(index) == after[index + 1]


def test_a_world_is_never_far() -> None:
    events = serving(1500, 10)
    history = History.of(Header(), events)
    indexes = [*history._worlds._indexes, len(events)]
    assert max(b - a for a, b in pairwise(indexes)) <= checkpoints.CHECKPOINT + 1


def test_of_many_open_spans_fewer_worlds_are_kept() -> None:
    few, many = (
        History.of(Header(), serving(2000, at_once))._worlds._indexes for at_once in (1, 2000)
    )
    assert 3 < len(many) < len(few)


@given(event_lists(40))
def test_folding_in_place_leaves_earlier_worlds_as_they_were(events: list[AnyEvent]) -> None:
    draft = WorldBuilder(World())
    given_out = [draft.world()]
    for event in events:
        fold(draft, event)
        given_out.append(draft.world())
    assert given_out == folded(events)


@given(event_lists(40))
def test_folding_many_is_folding_one_after_the_other(events: list[AnyEvent]) -> None:
    draft = WorldBuilder(World())
    for event in events:
        fold(draft, event)
    assert draft.world() == folded(events)[-1]


@settings(max_examples=60)
@given(event_lists(40), st.lists(st.integers(-1, 39), max_size=10))
def test_packed_worlds_are_what_they_were(events: list[AnyEvent], asked: list[int]) -> None:
    before = checkpoints.CHECKPOINT
    checkpoints.CHECKPOINT = 3  # so that a short story has many
    try:
        history = History(Header())
        history._worlds._next_checkpoint = 2
        for event in events:
            history.append(event)
        after = folded(events)
        for index in asked:
            if index < len(events):
                assert history.world(index) == after[index + 1]
                history._worlds._waypoints.clear()
                history._worlds._last = (-1, World())
    finally:
        checkpoints.CHECKPOINT = before


def nested(levels: int) -> Value:
    value: Value = 1
    for _ in range(levels):
        value = Reference(value)
    return value


@pytest.mark.parametrize(
    "odd",
    [10**30, -(10**30), nested(400), Fields("t", {"x": 10**25}), Constant("big", 2**70)],
    ids=["large", "small", "deep", "inside", "constant"],
)
def test_what_cannot_be_packed_is_kept_as_it_is(odd: Value) -> None:
    bind = {"goroutine": 1, "span": 1, "mark": "bind", "stage": Stage.BIND}
    events: list[AnyEvent] = [
        FunctionEntered(seq=0, time_ns=0, arguments=(Argument("a", odd),), **bind),  # type: ignore[arg-type]
        FunctionReturned(seq=1, time_ns=1, results=(Argument("r", odd),), **bind),  # type: ignore[arg-type]
    ]
    events += [
        CallEntered(seq=seq, time_ns=seq, goroutine=1, call="read")
        for seq in range(2, 3 * checkpoints.CHECKPOINT)
    ]
    history = History.of(Header(), events)
    after = folded(events)
    assert after[-1].visits[0].results[0].value == odd
    for index in (2 * checkpoints.CHECKPOINT + 7, 0, checkpoints.CHECKPOINT + 3, -1, 5):
        assert history.world(index) == after[index + 1]
