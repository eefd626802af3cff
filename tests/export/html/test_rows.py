"""Rows are stored once, and lists of them are told as differences: nothing is lost by either."""

from hypothesis import given
from hypothesis import strategies as st

from walkthrough.export.html.rows import EntryTable, PaneTrack, applied, difference, runs, unfolded

LISTS = st.lists(st.integers(0, 30), max_size=30)


def test_the_same_entry_has_the_same_number() -> None:
    table: EntryTable[str] = EntryTable()
    assert [table.number(entry) for entry in ("a", "b", "a", "c", "b")] == [0, 1, 0, 2, 1]
    assert table.entries() == ["a", "b", "c"]
    assert len(table) == 3


@given(LISTS)
def test_runs_are_unfolded_again(numbers: list[int]) -> None:
    assert unfolded(runs(numbers)) == numbers


def test_numbers_that_count_upwards_are_one_run() -> None:
    assert runs([7, 8, 9, 10, 3, 4, 4]) == [7, -3, 3, -1, 4]


@given(LISTS, LISTS)
def test_a_difference_leads_from_one_list_to_the_other(before: list[int], now: list[int]) -> None:
    assert applied(before, difference(before, now)) == now


def test_what_stays_is_not_told_again() -> None:
    assert difference([1, 2, 3], [1, 2, 3]) == 0
    assert difference([1, 2, 3, 9], [1, 2, 3, 4, 9]) == [3, 0, 4]
    assert difference([5, 6, 9], [9]) == [0, 2]


@given(st.lists(LISTS, min_size=1, max_size=6))
def test_a_track_gives_every_step_back(steps: list[list[int]]) -> None:
    track = PaneTrack()
    for each in steps:
        track.add(each)
    track.again()
    shown: list[int] = []
    for each, changed in zip([*steps, steps[-1]], track.steps, strict=True):
        shown = applied(shown, changed)
        assert shown == each
