"""Lines that are kept packed come back as they were, by number and in a row."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from walkthrough.state.compressed_lines import (
    LARGEST_BLOCK,
    LONG,
    MOST_TOGETHER,
    MOST_UNPACKED,
    CompressedLines,
)

lines = st.lists(st.binary(min_size=1, max_size=30).filter(lambda line: b"\n" not in line))


def packed(given_lines: list[bytes]) -> CompressedLines:
    kept = CompressedLines()
    for line in given_lines:
        kept.append(line)
    return kept


@given(lines, st.integers(0, 300), st.integers(0, 300))
@example([b"%d" % number for number in range(3 * MOST_TOGETHER)], 60, 150)
@example([b"a", b"b" * (LONG + 1), b"c", b"d" * (LONG + 1), b"e" * (LONG + 1)], 1, 5)
@example([b"x" * (LARGEST_BLOCK // 3)] * 10, 2, 9)
def test_what_was_added_is_there(given_lines: list[bytes], start: int, end: int) -> None:
    kept = packed(given_lines)
    assert len(kept) == len(given_lines)
    assert [kept[number] for number in range(len(kept))] == given_lines
    end = min(end, len(kept))
    assert list(kept.between(start, end)) == given_lines[start:end]


@pytest.mark.parametrize("number", [-1, 100, 1000])
def test_there_is_nothing_outside(number: int) -> None:
    with pytest.raises(IndexError):
        packed([b"x"] * 100)[number]


def test_they_may_be_read_while_more_are_added() -> None:
    kept = CompressedLines()
    for number in range(5 * MOST_TOGETHER):
        kept.append(b"%d" % number)
        assert kept[number] == b"%d" % number
        assert kept[number // 2] == b"%d" % (number // 2)


def test_lines_that_are_alike_take_a_fraction_of_their_room() -> None:
    given_lines = [b'{"type":"call_entered","seq":%d,"call":"accept4"}' % n for n in range(10_000)]
    kept = packed(given_lines)
    assert sum(map(len, kept._blocks)) < sum(map(len, given_lines)) / 4


def test_only_so_much_is_kept_unpacked() -> None:
    kept = packed([b"%d" % number for number in range(2 * MOST_UNPACKED * MOST_TOGETHER)])
    for number in range(0, len(kept), 7):
        assert kept[number] == b"%d" % number
    assert len(kept._unpacked) == MOST_UNPACKED


@pytest.mark.parametrize("number", [0, MOST_TOGETHER, MOST_TOGETHER + 1, 2 * MOST_TOGETHER + 3])
def test_a_line_that_is_replaced_is_another_from_then_on(number: int) -> None:
    given_lines = [b"%d" % each for each in range(2 * MOST_TOGETHER + 4)]
    given_lines[MOST_TOGETHER] = b"x" * (LONG + 1)
    kept = packed(given_lines)
    kept.replace(number, b"another")
    given_lines[number] = b"another"
    for far in range(MOST_UNPACKED + 2):  # what is kept unpacked is not what tells it
        kept._unpacked.pop(far, None)
    assert list(kept.between(0, len(kept))) == given_lines
    with pytest.raises(IndexError):
        kept.replace(len(kept), b"")
