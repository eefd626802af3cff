"""Stepping through events: worlds at any moment, landings, stages, system calls."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.revised_calls import revised_calls
from tests.support.strategies import event_lists
from walkthrough.model.events import (
    FORMAT_OF_REVISIONS,
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    Header,
    KernelObserved,
    OutputWritten,
    ProcessStarted,
    RevisedCall,
    StagesRevised,
    ThreadStarted,
)
from walkthrough.model.kernel_state import Descriptor, KernelState
from walkthrough.model.revisions import revised_entry, revised_return
from walkthrough.model.stages import Place, Stage, Step
from walkthrough.state.checkpoints import CHECKPOINT, MOST_WAYPOINTS, WAYPOINT
from walkthrough.state.history import RECENT, EventOrderError, History
from walkthrough.state.reducer import advance
from walkthrough.state.world import World


def function(seq: int, stage: Stage | None, step: Step | None = None) -> FunctionEntered:
    mark = step or stage
    return FunctionEntered(
        seq=seq, time_ns=seq, stage=stage, step=step, mark=mark, span=seq, thread=1
    )


def kernel(seq: int) -> KernelObserved:
    state = KernelState(descriptors=(Descriptor(seq, "file", "x"),))
    return KernelObserved(seq=seq, time_ns=seq, state=state)


def output(seq: int) -> OutputWritten:
    return OutputWritten(seq=seq, time_ns=seq, stream=1, data=b"x")


#  0 process  1 thread*  2 sysSocket  3 call  4 kernel*  5 return  6 output*  7 kernel*
#  8 bind  9 return(quiet)*  10 accept  11 pollWait  12 kernel*        (* rides along)
STORY: list[AnyEvent] = [
    ProcessStarted(seq=0, time_ns=0, pid=1, thread=1),
    ThreadStarted(seq=1, time_ns=1, thread=2),
    function(2, Stage.SYS_SOCKET),
    CallEntered(seq=3, time_ns=3, call="socket", span=30, stage=Stage.SYS_SOCKET, thread=1),
    kernel(4),
    CallReturned(seq=5, time_ns=5, call="socket", span=30, stage=Stage.SYS_SOCKET, thread=1),
    output(6),
    kernel(7),
    function(8, Stage.BIND),
    FunctionReturned(seq=9, time_ns=9, span=8, stage=Stage.BIND, quiet=True),
    function(10, Stage.ACCEPT),
    function(11, Stage.ACCEPT, Step.POLL_WAIT),
    kernel(12),
]


@pytest.fixture
def story() -> History:
    return History.of(Header(), STORY)


@pytest.mark.parametrize(
    ("index", "landing", "forward", "back"),
    [
        (-1, -1, 1, -1),
        (0, 1, 2, -1),
        (1, 1, 2, -1),
        (2, 2, 4, 1),
        (3, 4, 7, 2),
        (4, 4, 7, 2),
        (5, 7, 9, 4),
        (7, 7, 9, 4),
        (9, 9, 10, 7),
        (10, 10, 12, 9),
        (12, 12, 12, 10),
    ],
)
def test_steps_land_on_the_last_rider(
    story: History, index: int, landing: int, forward: int, back: int
) -> None:
    assert story.step_end(index) == landing
    assert story.next_step(index) == forward
    assert story.previous_step(index) == back


@pytest.mark.parametrize(
    ("index", "forward", "back"),
    [
        (-1, 2, -1),
        (1, 2, -1),
        (2, 9, -1),
        (4, 9, 2),
        (7, 9, 2),
        (8, 10, 2),
        (9, 10, 2),
        (10, 12, 9),
        (12, 12, 10),
    ],
)
def test_stages(story: History, index: int, forward: int, back: int) -> None:
    assert story.next_stage(index) == forward
    assert story.previous_stage(index) == back


def acted(seq: int, client: int, action: str = "connect") -> ClientActed:
    return ClientActed(seq=seq, time_ns=seq, client=client, action=action)


#  0 accept  1-2 two connect, seen*  4 one sends  5 accept returns  6 one sends again
ACTS: list[AnyEvent] = [
    function(0, Stage.ACCEPT),
    acted(1, 1),
    acted(2, 2),
    kernel(3),
    acted(4, 1, "send"),
    FunctionReturned(seq=5, time_ns=5, span=0, stage=Stage.ACCEPT),
    acted(6, 1, "send"),
]


@pytest.mark.parametrize(
    ("index", "forward", "back"),
    [(-1, 0, -1), (0, 3, -1), (1, 3, 0), (3, 4, 0), (4, 6, 3), (5, 6, 4), (6, 6, 4)],
)
def test_the_next_stage_is_not_beyond_a_clients_act(index: int, forward: int, back: int) -> None:
    history = History.of(Header(), ACTS)
    assert history.next_stage(index) == forward
    assert history.previous_stage(index) == back


@pytest.mark.parametrize(
    ("index", "forward", "back"),
    [(-1, 7, -1), (2, 7, -1), (7, 12, -1), (9, 12, 7), (12, 12, 7)],
)
def test_changes(story: History, index: int, forward: int, back: int) -> None:
    # The first view is no change: nothing was known before it.
    assert story.next_change(index) == forward
    assert story.previous_change(index) == back


def test_an_empty_history_stands_before_everything() -> None:
    history = History(Header(pid=4))
    assert len(history) == 0
    assert history.header.pid == 4
    assert history.torn == ""
    assert history.world(-1) == World()
    for move in (
        history.step_end,
        history.next_step,
        history.previous_step,
        history.next_stage,
        history.previous_stage,
        history.next_change,
        history.previous_change,
    ):
        assert move(-1) == -1
    assert history.calls_until(-1) == 0


def test_system_calls_by_number() -> None:
    events: list[AnyEvent] = [
        CallEntered(seq=0, time_ns=0, call="accept4", span=1, stage=Stage.ACCEPT),
        CallEntered(seq=1, time_ns=1, call="read", span=2),
        CallReturned(seq=2, time_ns=2, call="read", span=2, result=7),
        CallReturned(seq=3, time_ns=3, call="lost", span=9),
        CallEntered(seq=4, time_ns=4, call="close"),
        CallEntered(seq=5, time_ns=5, call="read", span=2),
        CallReturned(seq=6, time_ns=6, call="accept4", span=1, result=4),
    ]
    history = History.of(Header(), events)
    assert [history.calls_until(n) for n in range(-1, 7)] == [0, 1, 2, 2, 2, 3, 4, 4]
    assert [history.call_seq(n) for n in range(4)] == [(0, 6), (1, 2), (4, None), (5, None)]
    assert history.call(0) == (events[0], events[6])
    assert history.call(1) == (events[1], events[2])
    assert history.call(3) == (events[5], None)
    assert history.call_place(0) == Place(Stage.ACCEPT)
    assert history.call_place(1) == Place()
    with pytest.raises(IndexError):
        history.call(4)


def test_a_walk_begins_past_what_is_quiet() -> None:
    start = ProcessStarted(seq=0, time_ns=0, pid=1, quiet=True)
    early = CallEntered(seq=1, time_ns=1, call="read", span=1, quiet=True)
    history = History.of(Header(), [start, early, function(2, None), function(3, None)])
    assert history.beginning() == 2
    assert History.of(Header(), [start, early]).beginning() == 1
    assert History.of(Header(), [function(0, None), function(1, None)]).beginning() == 0
    assert History(Header()).beginning() == -1


def test_quiet_calls_are_counted_apart() -> None:
    def call(seq: int, quiet: bool) -> CallEntered:
        return CallEntered(seq=seq, time_ns=seq, call="read", span=seq, quiet=quiet)

    history = History.of(Header(), [call(0, True), call(1, False), call(2, True), call(3, False)])
    assert [history.calls_until(at) for at in range(-1, 4)] == [0, 1, 2, 3, 4]
    assert [history.visible_calls_until(at) for at in range(-1, 4)] == [0, 0, 1, 1, 2]
    assert [history.visible_call(number) for number in range(2)] == [1, 3]


def test_a_live_history_grows() -> None:
    history = History(Header())
    world = World()
    for event in STORY:
        history.append(event)
        world = advance(world, event)
        assert history.world(len(history) - 1) == world
    assert history.next_step(11) == 12


@pytest.mark.parametrize("seq", [0, 2, -1])
def test_an_event_out_of_order_is_refused(seq: int) -> None:
    history = History.of(Header(), STORY[:1])
    with pytest.raises(EventOrderError, match="where event 1 was due"):
        history.append(output(seq))
    assert len(history) == 1


@pytest.mark.parametrize("index", [-2, 13, 1000])
def test_there_is_nothing_outside(story: History, index: int) -> None:
    with pytest.raises(IndexError):
        story.world(index)
    with pytest.raises(IndexError):
        story.event(index)


def test_no_event_stands_before_the_first(story: History) -> None:
    with pytest.raises(IndexError):
        story.event(-1)


class FakeLines:
    """A recording's reader without a file: yields what it is given, and says it is torn."""

    def __init__(self, events: list[AnyEvent]) -> None:
        self.header = Header(scenario="fake")
        self.torn = ""
        self.share: float | None = None
        self._events = events

    def __iter__(self) -> Iterator[tuple[bytes, AnyEvent]]:
        feeding = History.of(self.header, self._events)
        for event in self._events:
            yield feeding._encoder.encode(event), event
        self.torn = "cut off"


def test_a_recording_is_taken_whole() -> None:
    history = History.load(FakeLines(STORY))
    assert history.header.scenario == "fake"
    assert history.torn == "cut off"
    assert [history.event(n) for n in range(len(history))] == STORY


def long_story(length: int) -> list[AnyEvent]:
    """Events that change every part of a world, more than are kept decoded."""
    events: list[AnyEvent] = []
    for seq in range(length):
        if seq % 97 == 0:
            events.append(kernel(seq))
        elif seq % 5 == 0:
            events.append(function(seq, list(Stage)[seq % 8]))
        elif seq % 5 == 3:
            events.append(FunctionReturned(seq=seq, time_ns=seq, span=seq - 3, thread=1))
        else:
            events.append(CallEntered(seq=seq, time_ns=seq, call="read", span=-seq, thread=seq % 3))
    return events


LONG = long_story(12 * CHECKPOINT + 40)


def folded(events: list[AnyEvent]) -> list[World]:
    worlds = [World()]
    for event in events:
        worlds.append(advance(worlds[-1], event))
    return worlds


LONG_WORLDS = folded(LONG)


@pytest.mark.parametrize(
    "asked",
    [
        range(-1, len(LONG)),
        range(len(LONG) - 1, -2, -1),
        [len(LONG) - 1, 0, CHECKPOINT, CHECKPOINT - 1, 2 * CHECKPOINT - 1, 2 * CHECKPOINT, -1],
        [2 * CHECKPOINT + WAYPOINT, CHECKPOINT + 1, 3 * CHECKPOINT + 1, 5],
    ],
    ids=["forward", "backward", "edges", "jumps"],
)
def test_every_world_is_the_one_that_folding_gives(asked: list[int]) -> None:
    history = History.of(Header(), LONG)
    for index in asked:
        assert history.world(index) == LONG_WORLDS[index + 1]


@settings(max_examples=30)
@given(st.lists(st.integers(-1, len(LONG) - 1), max_size=12))
def test_worlds_do_not_depend_on_what_was_asked_before(asked: list[int]) -> None:
    history = History.of(Header(), LONG)
    for index in asked:
        assert history.world(index) == LONG_WORLDS[index + 1]


def test_only_so_much_is_kept_decoded() -> None:
    history = History.of(Header(), LONG)
    for index in range(len(LONG)):
        history.event(index)
        history.world(index)
    assert len(history._decoded) == RECENT < len(LONG)
    assert len(history._worlds._waypoints) == MOST_WAYPOINTS
    assert len(history._worlds._checkpoints) == 1 + len(LONG) // CHECKPOINT


@given(event_lists())
def test_back_undoes_forward(events: list[AnyEvent]) -> None:
    history = History.of(Header(), events)
    at, passed = -1, []
    while history.next_step(at) != at:
        passed.append(at)
        at = history.next_step(at)
        assert history.step_end(at) == at
    assert at == len(events) - 1
    while passed:
        at = history.previous_step(at)
        assert at == passed.pop()
    worlds = folded(events)
    for index in range(-1, len(events)):
        assert history.world(index) == worlds[index + 1]
        assert history.calls_until(index) == worlds[index + 1].calls


# Calls that turn out to belong elsewhere


def all_of(history: History) -> list[object]:
    """What a history answers at every event."""
    indexes = range(-1, len(history))
    count = history.calls_until(len(history))
    visible = history.visible_calls_until(len(history))
    groups = history.call_groups_until(visible)
    return [
        [history.world(index) for index in indexes],
        [history.event(index) for index in indexes[1:]],
        [history.line(index) for index in indexes[1:]],
        [history.next_step(index) for index in indexes],
        [history.previous_step(index) for index in indexes],
        [history.next_stage(index) for index in indexes],
        [history.previous_stage(index) for index in indexes],
        [history.next_change(index) for index in indexes],
        [(history.call(each), history.call_place(each)) for each in range(count)],
        [history.visible_call(each) for each in range(visible)],
        [history.call_group(each) for each in range(groups)],
    ]


@settings(max_examples=60, deadline=None)
@given(revised_calls())
def test_calls_that_are_revised_are_as_if_told_right_from_the_start(
    events: tuple[list[AnyEvent], list[AnyEvent]],
) -> None:
    told, right = events
    header = Header(format=FORMAT_OF_REVISIONS)
    history = History(header)
    for event in told:
        history.append(event)
        history.world(len(history) - 1)
    assert all_of(history) == all_of(History.of(header, right))


def test_a_call_far_back_is_revised_across_checkpoints() -> None:
    header = Header(format=FORMAT_OF_REVISIONS)
    told: list[AnyEvent] = []
    for number in range(5 * CHECKPOINT):
        seq = len(told)
        told.append(CallEntered(seq=seq, time_ns=seq, call="read", span=number, quiet=True))
        told.append(CallReturned(seq=seq + 1, time_ns=seq, call="read", span=number, quiet=True))
    history = History.of(header, told)
    assert history.world(2 * CHECKPOINT).visits == ()
    call = RevisedCall(CHECKPOINT, Stage.LISTEN, mark="listen")
    history.append(StagesRevised(seq=len(told), time_ns=0, calls=(call,)))
    first = 2 * CHECKPOINT
    right = [*told, history.event(len(told))]
    right[first] = revised_entry(told[first], call)  # type: ignore[arg-type]
    right[first + 1] = revised_return(told[first + 1], call)  # type: ignore[arg-type]
    expected = History.of(header, right)
    for index in (first - 1, first, first + 1, 3 * CHECKPOINT, len(right) - 1):
        assert history.world(index) == expected.world(index)
    assert history.world(len(right) - 1).order == (Stage.LISTEN,)
    assert history.beginning() == expected.beginning()
    assert history.revised == 1


def test_a_call_that_is_not_known_cannot_be_revised() -> None:
    history = History.of(Header(format=FORMAT_OF_REVISIONS), STORY)
    history.append(StagesRevised(seq=len(STORY), time_ns=0, calls=(RevisedCall(9999),)))
    assert history.revised == 0
