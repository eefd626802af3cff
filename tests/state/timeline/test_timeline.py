"""The timeline: rows of (events, what each event is told to be), and properties of any history."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.recordings import shared_history
from tests.support.revised_calls import revised_calls
from tests.support.strategies import event_lists
from walkthrough.model.events import (
    FORMAT_OF_REVISIONS,
    AnyEvent,
    CallEntered,
    CallReturned,
    ClientActed,
    DetailEnded,
    FunctionEntered,
    FunctionReturned,
    Header,
    KernelObserved,
    MemoryMeasured,
    ProcessExited,
    SpanCutOff,
    ThreadExited,
    ThreadStarted,
)
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import NOWHERE, Place, Stage, Step
from walkthrough.model.values import Argument, Constant, GoError
from walkthrough.scenario import loader as scenarios
from walkthrough.state.history import History
from walkthrough.state.timeline.lanes import Activity, ActivityLane
from walkthrough.state.timeline.timeline import PLACES, EventTimeline, Incident
from walkthrough.state.world import RIDERS

BESIDE = (*RIDERS, ClientActed, DetailEnded, MemoryMeasured)
A, R, C, P, G = Activity.ABSENT, Activity.RUN, Activity.CALL, Activity.PARKED, Activity.GONE
EAGAIN, EINVAL = Constant("EAGAIN", 11), Constant("EINVAL", 22)
FACTS = {"thread": 10, "goroutine": 1}


class TraceBuilder:
    """Events with numbers given as they come."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []

    def __call__(self, kind: type[AnyEvent], **fields: object) -> "TraceBuilder":
        seq = len(self.events)
        self.events.append(kind(seq=seq, time_ns=seq * 10, **fields))  # type: ignore[arg-type]
        return self

    def enter(self, span: int, mark: str | None = None, **fields: object) -> "TraceBuilder":
        return self(FunctionEntered, span=span, mark=mark, **(FACTS | fields))

    def leave(self, span: int, **fields: object) -> "TraceBuilder":
        return self(FunctionReturned, span=span, **(FACTS | fields))

    def call(self, span: int, **fields: object) -> "TraceBuilder":
        return self(CallEntered, call="read", span=span, **(FACTS | fields))

    def back(self, span: int, **fields: object) -> "TraceBuilder":
        return self(CallReturned, call="read", span=span, **(FACTS | fields))


def timeline(events: Sequence[AnyEvent]) -> EventTimeline:
    found = EventTimeline(History.of(Header(), events))
    while found.take():
        pass
    return found


def states(lane: ActivityLane | None, count: int) -> list[int]:
    assert lane is not None
    return [lane.track.at(index) for index in range(count)]


LIVES = [
    pytest.param(
        TraceBuilder().enter(1).call(2).back(2).leave(1), [R, C, R, G], [R, C, R, P], id="a call"
    ),
    pytest.param(
        TraceBuilder().enter(1).enter(2, "pollWait").enter(3).leave(3).leave(2).leave(1),
        [R, P, P, P, R, G],
        [R, P, P, P, R, P],
        id="a goroutine parks and its thread has nothing to do",
    ),
    pytest.param(
        TraceBuilder().enter(1).enter(2, thread=11).leave(2, thread=11),
        [R, R, R],
        [R, P, P],
        id="a goroutine goes on on another thread",
    ),
    pytest.param(
        TraceBuilder().enter(1).enter(9, goroutine=0).call(10, goroutine=0).back(10, goroutine=0),
        [R, R, R, R],
        [R, R, C, R],
        id="the scheduler's calls are the thread's alone",
    ),
    pytest.param(
        TraceBuilder()(ThreadStarted, thread=10).enter(1)(ThreadExited, thread=10),
        [A, R, R],
        [P, R, G],
        id="a thread starts and ends",
    ),
    pytest.param(
        TraceBuilder().enter(1)(SpanCutOff, span=1, reason="stopped", **FACTS).enter(2),
        [R, G, R],
        [R, P, R],
        id="what is cut off is over, and may come again",
    ),
    pytest.param(
        TraceBuilder()
        .enter(1)
        .call(2)(ProcessExited, pid=10, code=0)(KernelObserved, state=KernelState()),
        [R, C, G, G],
        [R, C, G, G],
        id="the process ends",
    ),
    pytest.param(
        TraceBuilder().enter(1)(DetailEnded).back(2).leave(1),
        [R, G, G, G],
        [R, G, G, G],
        id="detail ends, and nobody knows any more",
    ),
    pytest.param(
        TraceBuilder()(KernelObserved, state=KernelState()).enter(1).call(1).leave(1).leave(1),
        [A, R, C, G, G],
        [A, R, C, P, P],
        id="a number used for two spans",
    ),
    pytest.param(
        TraceBuilder()
        .call(1)
        .leave(1, goroutine=2, thread=11)(ClientActed, client=1, action="connect"),
        [C, G, G],
        [C, P, P],
        id="somebody else closes the span",
    ),
]


@pytest.mark.parametrize(("input_", "goroutine", "thread"), LIVES)
def test_what_a_goroutine_and_its_thread_do(
    input_: TraceBuilder, goroutine: list[Activity], thread: list[Activity]
) -> None:
    lanes = timeline(input_.events).lanes
    assert states(lanes.goroutine(1), len(input_.events)) == goroutine
    assert states(lanes.thread(10), len(input_.events)) == thread


BIND, WAIT = Place(Stage.BIND), Place(None, Step.POLL_WAIT)
BANDS = [
    (TraceBuilder().enter(1, stage=Stage.BIND).leave(1), [BIND, NOWHERE]),
    (TraceBuilder().enter(1, stage=Stage.ACCEPT, step=Step.READ), [Place(Stage.ACCEPT)]),
    (
        TraceBuilder().enter(1, step=Step.POLL_WAIT).leave(1, step=Step.POLL_WAIT, quiet=True),
        [WAIT, WAIT],
    ),
    (TraceBuilder().enter(1, stage=Stage.BIND)(ClientActed, client=1, action="send"), [BIND, BIND]),
    (TraceBuilder().enter(1, stage=Stage.BIND).enter(2, step=Step.READ, goroutine=0), [BIND, BIND]),
    (
        TraceBuilder()
        .enter(1, "pollWait", stage=Stage.BIND)
        .enter(2, step=Step.POLL_WAIT, goroutine=0),
        [BIND, WAIT],
    ),
    (
        TraceBuilder()
        .enter(1, stage=Stage.BIND)
        .leave(1)
        .enter(2, step=Step.POLL_WAIT, goroutine=0),
        [BIND, NOWHERE, WAIT],
    ),
]


@pytest.mark.parametrize(("input_", "places"), BANDS)
def test_what_band_an_event_is_in(input_: TraceBuilder, places: list[Place]) -> None:
    bands = timeline(input_.events).bands
    assert [PLACES[bands.at(index)] for index in range(len(places))] == places


def failing(*results: object) -> list[Argument]:
    return [Argument("err", value) for value in results]  # type: ignore[arg-type]


AS_USUAL, WRONG = GoError("syscall.Errno", "", EAGAIN), GoError("syscall.Errno", "", EINVAL)
INCIDENTS = [
    (TraceBuilder().back(1, error=EINVAL), Incident.FAILED),
    (TraceBuilder().back(1, error=EAGAIN), Incident(0)),
    (TraceBuilder().back(1, error=EAGAIN, injected=True), Incident.INJECTED),
    (TraceBuilder().back(1, error=EINVAL, quiet=True), Incident(0)),
    (TraceBuilder().back(1, error=EINVAL, step=Step.PROBE), Incident(0)),
    (TraceBuilder().leave(1, failed=True, results=failing(WRONG)), Incident.FAILED),
    (TraceBuilder().leave(1, failed=True, results=failing(-1, AS_USUAL)), Incident(0)),
    (TraceBuilder().leave(1, failed=True, results=failing(EAGAIN)), Incident(0)),
    (TraceBuilder().leave(1, failed=True), Incident.FAILED),
    (TraceBuilder().leave(1), Incident(0)),
    (TraceBuilder()(ClientActed, client=1, action="connect", error=EINVAL), Incident.CLIENT),
    (TraceBuilder()(ProcessExited, pid=1, code=1), Incident.EXITED),
]


@pytest.mark.parametrize(("input_", "incident"), INCIDENTS)
def test_what_is_an_incident(input_: TraceBuilder, incident: Incident) -> None:
    found = timeline(input_.events)
    assert found.incidents_in(0, 1) == incident
    assert found.incidents_in(1, 9) == Incident(0)


def test_incidents_of_a_range_are_those_of_its_events() -> None:
    result = (
        TraceBuilder().back(1, error=EINVAL).enter(2)(ClientActed, client=1, action="send").leave(2)
    )
    found = timeline(result.events)
    assert found.incidents_in(0, 4) == Incident.FAILED | Incident.CLIENT
    assert found.incidents_in(1, 2) == Incident(0)
    assert found.incidents_in(1, 3) == Incident.CLIENT


def test_where_visits_begin() -> None:
    result = (
        TraceBuilder()
        .enter(1, "bind", stage=Stage.BIND)
        .enter(2, "read", stage=Stage.ACCEPT, step=Step.READ)
        .enter(3, "listen", stage=Stage.BIND)  # one stage within another begins none
        .enter(4, "bind", stage=Stage.BIND, quiet=True)
        .enter(5, "bind", stage=Stage.BIND)
        .call(6, mark="read", step=Step.READ)
        .leave(6, mark="read", step=Step.READ)
    )
    begins = timeline(result.events).begins
    assert {place: list(found) for place, found in begins.items()} == {
        BIND: [0, 4],
        Place(None, Step.READ): [1, 5],
    }


def test_lanes_in_the_order_in_which_they_matter() -> None:
    found = TraceBuilder()
    for number, goroutine in enumerate((7, 8, 1, 9)):
        found.enter(number, goroutine=goroutine, thread=100 - number, function=f"f{goroutine}")
    found.enter(50, "accept", goroutine=9, stage=Stage.ACCEPT)
    lanes = timeline(found.events).lanes
    assert [lane.number for lane in lanes.first_goroutines(0, 9)] == [1, 9, 7, 8]
    assert [lane.name for lane in lanes.first_goroutines(1, 2)] == ["f9", "f7"]
    assert [lane.number for lane in lanes.first_threads(3)] == [100, 99, 98]
    assert (lanes.goroutines, lanes.threads) == (4, 5)


@pytest.mark.parametrize(("time", "index"), [(0, 0), (1, 1), (10, 1), (11, 2), (20, 2), (21, 3)])
def test_the_first_event_at_a_time(time: int, index: int) -> None:
    assert timeline(TraceBuilder().enter(1).enter(2).enter(3).events).first_at(time) == index


def told_by(found: EventTimeline, count: int) -> object:
    """Return all that a timeline says."""
    lanes = (*found.lanes.first_goroutines(0, 99), *found.lanes.first_threads(99))
    return (
        [found.bands.at(index) for index in range(count)],
        [found.incidents_in(index, index + 1) for index in range(count)],
        [(lane.thread, lane.number, lane.name, states(lane, count)) for lane in lanes],
        found.begins,
    )


def hold_against_worlds(history: History) -> None:
    """Compare with what the worlds say, which are folded in another way."""
    found = EventTimeline(history)
    while found.take():
        pass
    lanes = found.lanes.first_goroutines(0, 99)
    seen: set[int] = set()
    over = False
    owner, place = 0, NOWHERE
    for index in range(len(history)):
        world, event = history.world(index), history.event(index)
        seen.add(event.goroutine or 0)
        over = over or isinstance(event, ProcessExited | DetailEnded)
        stands = not event.quiet and not isinstance(event, BESIDE)
        if stands:
            owner = event.goroutine or owner
            busy = not over and owner in world.spans
            busy = busy and (owner not in world.parked or any(s.call for s in world.spans[owner]))
            if event.goroutine != 0 or not busy:
                place = world.place
        result = Place(place.stage) if place.stage is not None else place
        assert PLACES[found.bands.at(index)] == result
        for lane in lanes:
            chain = world.spans.get(lane.number, ())
            doing = G if chain == () else R
            if lane.number not in seen:
                doing = A
            elif over:
                doing = G
            elif any(span.call for span in chain):
                doing = C
            elif lane.number in world.parked:
                doing = P
            assert lane.track.at(index) == doing, (index, lane.number)


@pytest.mark.parametrize("name", scenarios.names())
def test_recordings_are_told_as_their_worlds_tell_them(name: str) -> None:
    history = shared_history(name)
    hold_against_worlds(history)


operations = st.lists(
    st.tuples(
        st.sampled_from(["enter", "call", "leave", "wait", "client", "quiet"]),
        st.integers(1, 3),
        st.integers(10, 12),
    ),
    max_size=60,
)


def lived(steps: Sequence[tuple[str, int, int]]) -> list[AnyEvent]:
    """Return events of some goroutines that enter and leave functions and calls in good order."""
    found, spans = TraceBuilder(), 0
    chains: dict[int, list[tuple[int, bool]]] = {}
    for what, goroutine, thread in steps:
        chain = chains.setdefault(goroutine, [])
        where = {"goroutine": goroutine, "thread": thread}
        in_call = bool(chain) and chain[-1][1]
        if what == "client":
            found(ClientActed, client=1, action="send")
        elif what == "leave" or in_call:
            if chain:
                span, call = chain.pop()
                (found.back if call else found.leave)(span, **where)
        else:
            spans += 1
            chain.append((spans, what == "call"))
            if what == "call":
                found.call(spans, **where)
            else:
                mark = "pollWait" if what == "wait" else None
                found.enter(spans, mark, quiet=what == "quiet", step=Step.READ, **where)
    return found.events


@given(operations)
def test_any_life_is_told_as_its_worlds_tell_it(steps: list[tuple[str, int, int]]) -> None:
    hold_against_worlds(History.of(Header(), lived(steps)))


@given(operations.map(lived) | event_lists(30), st.data())
def test_piece_by_piece_comes_to_the_same(events: list[AnyEvent], data: st.DataObject) -> None:
    history = History(Header())
    found = EventTimeline(history)
    for event in events:
        history.append(event)
        if data.draw(st.booleans()):
            found.take(data.draw(st.integers(1, 3)))
            assert 0 < found.taken <= len(history)
    while found.take(2):
        pass
    assert found.taken == len(events)
    assert told_by(found, len(events)) == told_by(timeline(events), len(events))


@given(event_lists(30))
def test_any_event_of_any_history_has_a_state_in_every_lane(events: list[AnyEvent]) -> None:
    found = timeline(events)
    for lane in (*found.lanes.first_goroutines(0, 99), *found.lanes.first_threads(99)):
        assert {Activity(state) for state in states(lane, len(events))} <= set(Activity)


def test_a_slice_is_bounded() -> None:
    result = TraceBuilder()
    for span in range(50):
        result.enter(span, goroutine=span + 1)
    found = EventTimeline(History.of(Header(), result.events))
    assert found.take(20)
    assert found.taken == 20
    assert found.lanes.goroutines == 20


def facts(found: EventTimeline, count: int) -> list[object]:
    return [
        [found.bands.at(index) for index in range(count)],
        {place: list(begins) for place, begins in found.begins.items()},
        {kind: list(events) for kind, events in found.incidents.items()},
        found.taken,
    ]


@settings(max_examples=60, deadline=None)
@given(revised_calls(), st.integers(1, 9))
def test_a_history_that_is_revised_has_the_timeline_of_its_end(
    events: tuple[list[AnyEvent], list[AnyEvent]], each: int
) -> None:
    told, right = events
    header = Header(format=FORMAT_OF_REVISIONS)
    history = History(header)
    found = EventTimeline(history)
    for event in told:
        history.append(event)
        if event.seq % each == 0:
            found.take()
    found.take()
    expected = EventTimeline(History.of(header, right))
    expected.take()
    assert facts(found, len(told)) == facts(expected, len(told))
