"""Goals: reached at the event at which all that they name holds, in a file and as events come."""

from itertools import pairwise

import msgspec
import pytest

from walkthrough.i18n.texts import decoded
from walkthrough.model.events import (
    AnyEvent,
    CallReturned,
    ClientActed,
    FunctionEntered,
    Header,
    KernelObserved,
    MemoryMeasured,
)
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.goals import GoalTracker, goals_of
from walkthrough.scenario.schema import Goal
from walkthrough.state.history import History
from walkthrough.state.triggers import PointWatcher, parse_point


def goal(**keys: object) -> Goal:
    asked = {"id": "burst.it", "look": {"en": "It."}, **keys}
    return msgspec.convert(asked, Goal, dec_hook=decoded)


@pytest.fixture(scope="module")
def burst() -> History:
    return History.load(load(scenarios.find("burst") / scenarios.RECORDING))


def followed(history: History, *goals: Goal) -> GoalTracker:
    tracker = GoalTracker(goals, history.header)
    tracker.follow(history)
    tracker.settle()
    return tracker


def first(history: History, kind: type[AnyEvent], **fields: object) -> int:
    for event in history.between(0, len(history)):
        if isinstance(event, kind) and all(getattr(event, k) == v for k, v in fields.items()):
            return event.seq
    raise AssertionError(fields)


def events_of(tracker: GoalTracker) -> list[int]:
    """Return where all goals were reached: every one was."""
    found = [event for event in tracker.reached if event is not None]
    assert len(found) == len(tracker.goals)
    return found


def queue_of(event: KernelObserved) -> int:
    listening = (each for each in event.state.sockets if each.state == "LISTEN")
    return sum(each.accept_queue or 0 for each in listening)


def test_a_goal_about_the_kernel_is_reached_where_the_first_view_has_it(burst: History) -> None:
    views = [e for e in burst.between(0, len(burst)) if isinstance(e, KernelObserved)]
    three, full = (next(view.seq for view in views if queue_of(view) >= n) for n in (3, 5))
    # A view belongs to what came before it: a client that connected.
    tracker = followed(burst, goal(accept_queue=5), goal(accept_queue=3), goal(accept_queue=6))
    assert tracker.reached == (full - 1, three - 1, None)
    assert all(isinstance(burst.event(seq - 1), ClientActed) for seq in (three, full))


def test_0_means_none_and_a_number_that_many_or_more(burst: History) -> None:
    shut = first(burst, ClientActed, action="close")
    listening = goal(sockets={"LISTEN": 1, "ESTABLISHED": 0})
    gone = goal(when="after close", clients={"ESTABLISHED": 0})
    many, all_there = goal(sockets={"ESTABLISHED": 3}), goal(watched=[10, 3])
    tracker = followed(burst, listening, gone, many, all_there)
    early, late, three, watched = events_of(tracker)
    assert early < three < watched < shut < late


def test_a_call_counts_when_it_returns_as_strace_prints_it(burst: History) -> None:
    tracker = followed(
        burst,
        goal(call="accept4(3, *) = -1 EAGAIN*"),
        goal(call="accept4(3, *) = -1 EAGAIN*", sockets={"ESTABLISHED": 5}),
        goal(call="accept4(3, *) = 99"),
        goal(call='openat(*cgroup"*'),  # the runtime's own, before main
    )
    empty, drained, *never = tracker.reached
    assert empty == first(burst, CallReturned, call="accept4")
    assert drained is not None
    assert drained > first(burst, CallReturned, call="accept4")
    assert never == [None, None]
    assert [str(each) for each in tracker.misses()] == [
        "Goal 'burst.it' was not reached: `accept4(3, *) = 99` never came.",
        "Goal 'burst.it' was not reached: `openat(*cgroup\"*` never came.",
    ]


def test_points_clients_and_lines_are_asked_for_likewise(burst: History) -> None:
    tracker = followed(
        burst,
        goal(when="after listen"),
        goal(when="while read is parked"),
        goal(did="close"),
        goal(printed="listening on 127.0.0.1:*"),
        goal(function="main.serve"),
    )
    listen, read, closed, printed, called = events_of(tracker)
    assert called == first(burst, FunctionEntered, function="main.serve")
    assert listen < printed < read
    assert closed == first(burst, ClientActed, action="close")
    refused = followed(burst, goal(did="connect", fails="ECONNREFUSED"))
    assert [str(each) for each in refused.misses()] == [
        "Goal 'burst.it' was not reached: connect ECONNREFUSED never came."
    ]


def test_why_the_kernel_kept_one_from_being_reached_is_said(burst: History) -> None:
    late = goal(when="after listen", accept_queue=5)
    tracker = followed(burst, late, goal(accept_queue=9))
    assert [str(each).removeprefix("Goal 'burst.it' was ") for each in tracker.misses()] == [
        "not reached: at 'after listen' the kernel did not hold accept_queue 5.",
        "not reached: the kernel never held accept_queue 9.",
    ]


def test_for_some_it_is_too_late_from_a_point_on(burst: History) -> None:
    late = goal(accept_queue=5, until="after listen")
    in_time = goal(accept_queue=5, until="after close")
    tracker = followed(burst, late, in_time, goal(when="after listen", until="after listen"))
    missed, reached, listen = tracker.reached
    assert missed is None
    assert reached is not None
    assert listen is not None
    assert tracker.missed_by(listen) == (True, False, False)
    assert tracker.missed_by(listen - 1) == (False, False, False)
    assert [str(each) for each in tracker.misses()] == [
        "Goal 'burst.it' was not reached before it was 'after listen'."
    ]


def test_one_that_comes_after_another_is_not_reached_before_it(burst: History) -> None:
    listen = goal(id="burst.listen", when="after listen")
    empty: dict[str, object] = {"call": "accept4(3, *) = -1 EAGAIN*"}
    drained = goal(id="burst.drained", **empty, sockets={"ESTABLISHED": 5})
    tracker = followed(burst, listen, goal(**empty), drained, goal(**empty, after="burst.drained"))
    _, first_time, all_taken, again = events_of(tracker)
    assert first_time < all_taken == again
    never = goal(id="burst.never", call="accept4(3, *) = 99")
    missed = followed(burst, never, goal(when="after listen", after="burst.never"))
    assert missed.reached == (None, None)
    assert [str(each) for each in missed.misses()][1:] == [
        "Goal 'burst.it' was not reached: before it comes 'burst.never', which was not."
    ]
    # The one before it may hold for the other server alone: then it is there without that.
    other = goal(id="burst.other", when="after close", server="python")
    alone = followed(burst, other, goal(when="after listen", after="burst.other"))
    assert len(events_of(alone)) == 1


def test_a_measurement_is_seen_when_it_was_taken() -> None:
    many = History.load(load(scenarios.find("many-connections") / scenarios.RECORDING))
    asked = [goal(did="measure"), goal(did="measure", sockets={"ESTABLISHED": 1000})]
    tracker = followed(many, *asked)
    measured = [many.event(at) for at in events_of(tracker)]
    assert [each.connections for each in measured if isinstance(each, MemoryMeasured)] == [0, 1000]


def test_looking_back_a_goal_is_not_reached_yet(burst: History) -> None:
    tracker = followed(burst, goal(accept_queue=5), goal(when="after listen"))
    queue, listen = events_of(tracker)
    assert tracker.reached_by(queue) == (queue, listen)
    assert tracker.reached_by(queue - 1) == (None, listen)
    assert tracker.reached_by(listen - 1) == (None, None)


def test_as_events_come_the_answer_is_the_same(burst: History) -> None:
    """A history that grows is told of once; `settle` completes what nothing may follow."""
    goals = [goal(accept_queue=5), goal(call="accept4(3, *) = -1 EAGAIN*"), goal(did="close")]
    whole = followed(burst, *goals).reached
    grown = History(burst.header)
    tracker = GoalTracker(goals, burst.header)
    tracker.follow(grown)
    seen = []
    for event in burst.between(0, len(burst)):
        grown.append(event)
        seen.append(tracker.reached)
    assert seen[-1] == whole
    for earlier, later in pairwise(seen):  # what was reached stays so
        assert all(old is None or old == new for old, new in zip(earlier, later, strict=True))
    parked = GoalTracker([goal(call="accept4(3, *) = -1 EAGAIN*")], burst.header)
    answered = whole[1]
    assert answered is not None
    for event in burst.between(0, answered + 1):
        parked.fold(event)
    assert parked.reached[0] is None
    parked.settle()
    assert events_of(parked) == [answered]


def test_a_view_that_follows_what_was_judged_already_still_belongs_to_it(burst: History) -> None:
    """Live, the screen may ask between an event and the view of the kernel after it."""
    added = goal(call="epoll_ctl(*EPOLL_CTL_ADD, 4, *", watched=[4])
    whole, asked = (GoalTracker([added], burst.header) for _ in range(2))
    for event in burst.between(0, len(burst)):
        whole.fold(event)
        asked.fold(event)
        asked.settle()
    whole.settle()
    (returned,) = events_of(whole)
    assert isinstance(burst.event(returned), CallReturned)
    assert isinstance(burst.event(returned + 1), KernelObserved)
    assert events_of(asked) == [returned]


def test_a_goal_may_hold_for_one_server_only() -> None:
    goals = [goal(server="go", accept_queue=1), goal(versions="<1.23", accept_queue=1)]
    assert goals_of(goals, Header(server="go", go_version="go1.27.3")) == (goals[0],)
    assert goals_of(goals, Header(server="python")) == ()
    assert GoalTracker(goals, Header(server="python")).reached == ()


def test_what_was_printed_may_have_been_left_out_of_a_recording(burst: History) -> None:
    header = msgspec.structs.replace(burst.header, payload_omitted=True)
    tracker = GoalTracker([goal(printed="it never prints this")], header)
    tracker.follow(burst)
    assert tracker.reached != (None,)


@pytest.mark.parametrize("when", ["while accept is parked", "server idle", "while read is parked"])
def test_a_point_that_is_a_state_is_reached_with_the_event_that_begins_it(
    when: str, burst: History
) -> None:
    """However the events come: folded by the tracker, or with a world that a history has folded."""
    tracker = followed(burst, goal(when=when))
    (reached,) = events_of(tracker)
    point, watcher = parse_point(when), PointWatcher()
    assert watcher.due(point, burst.world(burst.step_end(reached)))
    assert not watcher.due(point, burst.world(reached - 1))
    growing = History(burst.header)
    along = GoalTracker([goal(when=when)], burst.header)
    along.follow(growing)
    for event in burst.between(0, len(burst)):
        growing.append(event)
    assert along.reached == tracker.reached
