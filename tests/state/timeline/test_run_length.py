"""Runs of states: whatever is added, queries agree with a plain list."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.state.timeline.run_length import RunLengthTrack

STATES = 4
additions = st.lists(st.tuples(st.integers(0, 3), st.integers(0, STATES - 1)), max_size=120)


def tracked(steps: list[tuple[int, int]]) -> tuple[RunLengthTrack, list[int]]:
    """Return a track, and the same as a list of the state of each event."""
    track, plain, at = RunLengthTrack(STATES), [0], 0
    for by, state in steps:
        at += by
        plain.extend(plain[-1:] * (at + 1 - len(plain)))
        plain[at] = state
        track.add(at, state)
    plain.extend(plain[-1:] * 5)
    return track, plain


@given(additions)
def test_every_event_has_its_state(steps: list[tuple[int, int]]) -> None:
    track, plain = tracked(steps)
    assert [track.at(index) for index in range(len(plain))] == plain
    assert track.last == plain[-1]
    changes = sum(one != other for one, other in pairwise(plain))
    assert track.runs == changes + 1, "neighbouring runs differ"


@given(additions, st.data())
def test_counts_are_those_of_a_plain_list(
    steps: list[tuple[int, int]], data: st.DataObject
) -> None:
    track, plain = tracked(steps)
    index = data.draw(st.integers(0, len(plain)))
    assert track.counts(index) == [plain[:index].count(state) for state in range(STATES)]


@given(additions, st.lists(st.integers(0, 80), min_size=2, max_size=12).map(sorted))
def test_a_stretch_is_told_by_its_states(steps: list[tuple[int, int]], edges: list[int]) -> None:
    track, plain = tracked(steps)
    plain += plain[-1:] * (edges[-1] + 1)
    result = track.spread(edges)
    assert len(result) == len(edges) - 1
    for found, low, high in zip(result, edges, edges[1:], strict=False):
        held = plain[low:high]
        if isinstance(found, int):
            assert set(held) <= {found}
        else:
            assert found == [held.count(state) for state in range(STATES)]


@pytest.mark.parametrize(
    ("added", "states", "runs"),
    [
        ([], [0, 0, 0], 1),
        ([(1, 2)], [0, 2, 2], 2),
        ([(0, 2)], [2, 2, 2], 1),
        ([(1, 2), (1, 3)], [0, 3, 3], 2),
        ([(1, 2), (1, 0)], [0, 0, 0], 1),
        ([(1, 2), (2, 2)], [0, 2, 2], 2),
    ],
)
def test_the_last_word_on_an_event_counts(
    added: list[tuple[int, int]], states: list[int], runs: int
) -> None:
    track = RunLengthTrack(STATES)
    for index, state in added:
        track.add(index, state)
    assert [track.at(index) for index in range(3)] == states
    assert track.runs == runs


@given(st.lists(st.integers(0, 2), max_size=80), st.integers(0, 80), st.lists(st.integers(0, 2)))
def test_what_is_cut_may_be_added_again(states: list[int], index: int, others: list[int]) -> None:
    index = min(index, len(states))
    track, expected = RunLengthTrack(3), RunLengthTrack(3)
    for at, state in enumerate(states):
        track.add(at, state)
    track.cut(index)
    for at, state in enumerate([*states[:index], *others]):
        expected.add(at, state)
        if at >= index:
            track.add(at, state)
    end = index + len(others)
    assert [track.at(at) for at in range(end)] == [expected.at(at) for at in range(end)]
    assert track.counts(end) == expected.counts(end)
    assert track.runs == expected.runs
