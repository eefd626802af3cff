"""The recordings that ship: each can be walked from end to end and back, and be printed."""

from pathlib import Path

import pytest

from walkthrough.formatting.escaping import printable
from walkthrough.formatting.go_values import text
from walkthrough.formatting.strace_lines import line
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


def test_every_stage_lands_on_itself(history: History) -> None:
    begun, at = [], -1
    while (following := history.next_stage(at)) != len(history) - 1:
        at = following
        begun.append(history.world(at).place.stage)
    order = [stage for stage in Stage if stage in begun]
    assert set(history.world(len(history) - 1).order) == set(order)
    assert None not in begun


def test_everything_in_it_can_be_printed(history: History) -> None:
    for number in range(history.calls_until(len(history) - 1)):
        entered, returned = history.call(number)
        shown = line(entered, returned)
        assert printable(shown) == shown
        assert shown.startswith(f"{entered.call}(")
    for visit in history.world(len(history) - 1).visits:
        for result in visit.results:
            assert text(result.value)
