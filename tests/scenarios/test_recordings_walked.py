"""The recordings that ship: each can be walked from end to end and back, and be printed."""

from pathlib import Path
from typing import TypeGuard

import pytest

from walkthrough.formatting.escaping import printable
from walkthrough.formatting.go_values import text
from walkthrough.formatting.strace_lines import line
from walkthrough.model.events import AnyEvent, CallReturned, ClientActed, KernelObserved
from walkthrough.model.kernel_state import KernelState
from walkthrough.model.stages import Stage
from walkthrough.recording.file import load
from walkthrough.state.history import History

RECORDINGS = sorted(Path(__file__).parents[2].glob("scenarios/*/recording.jsonl"))


@pytest.fixture(params=RECORDINGS, ids=lambda path: path.parent.name)
def history(request: pytest.FixtureRequest) -> History:
    return History.load(load(request.param))


def test_it_is_whole(history: History) -> None:
    assert history.torn == ""
    last = history.world(len(history) - 1)
    assert last.ended
    assert last.spans == {}, "every span is closed or cut off"


def test_there_and_back(history: History) -> None:
    there = [-1]
    while (following := history.next_step(there[-1])) != there[-1]:
        there.append(following)
    worlds = [history.world(index) for index in there]
    at = there[-1]
    for index, world in zip(reversed(there), reversed(worlds), strict=True):
        assert at == index
        assert history.world(at) == world
        at = history.previous_step(at)


def test_every_stage_lands_on_itself_and_no_act_of_a_client_is_leapt_over(
    history: History,
) -> None:
    begun, acted, at = [], [], -1
    while (following := history.next_stage(at)) != len(history) - 1:
        acted.append([e for e in history.between(at + 1, following + 1) if is_act(e)])
        at = following
        lead = history.event(history.step_start(at))
        if is_act(lead):
            assert acted[-1][-1] == lead
            assert len({each.action for each in acted[-1]}) == 1
        else:
            assert acted[-1] == []
            begun.append(history.world(at).place.stage)
    order = [stage for stage in Stage if stage in begun]
    assert set(history.world(len(history) - 1).order) == set(order)
    assert None not in begun
    assert [e for e in history.between(at + 1, len(history)) if is_act(e)] == []


def test_from_change_to_change_nothing_is_leapt_over(history: History) -> None:
    """What is told apart here is asked of the events, not of who finds the changes."""
    at, stops = history.beginning(), []
    while (following := history.next_change(at)) != at:
        lead = history.step_start(following)
        passed = [*history.between(at + 1, lead)]
        assert not any(is_act(event) for event in passed)
        assert not any(isinstance(e, CallReturned) and e.error and not e.quiet for e in passed)
        seen = [event.state for event in passed if isinstance(event, KernelObserved)]
        for state in seen:
            assert told(state) == told(history.world(at).kernel), following
        at = following
        stops.append(at)
    assert at == len(history) - 1
    for before, after in zip(reversed(stops[:-1]), reversed(stops), strict=False):
        assert history.previous_change(after) == before
    leads = [event for event in history.between(0, len(history)) if not event.quiet]
    assert len(stops) < len(leads) / 3, "a change is more than an event"


def is_act(event: AnyEvent) -> TypeGuard[ClientActed]:
    return isinstance(event, ClientActed)


def told(state: KernelState | None) -> object:
    assert state is not None
    queues = [(s.inode, s.state, s.accept_queue, s.receive_queue) for s in state.sockets]
    return queues, state.epolls, [each.fd for each in state.descriptors], state.beyond


def test_everything_in_it_can_be_printed(history: History) -> None:
    for number in range(history.calls_until(len(history) - 1)):
        entered, returned = history.call(number)
        shown = line(entered, returned)
        assert printable(shown) == shown
        assert shown.startswith(f"{entered.call}(")
    for visit in history.world(len(history) - 1).visits:
        for result in visit.results:
            assert text(result.value)
