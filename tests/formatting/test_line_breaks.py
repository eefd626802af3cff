"""Where texts break into lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.formatting import line_breaks
from walkthrough.formatting.line_breaks import breaks


def lines(text: str, first: int, rest: int) -> list[str]:
    return [text[start:end] for start, end in breaks(text, first, rest)]


@pytest.mark.parametrize(
    ("text", "first", "rest", "expected"),
    [
        ("", 10, 10, [""]),
        ("short", 10, 10, ["short"]),
        ("one two three", 7, 5, ["one two", "three"]),
        ("one two three", 8, 5, ["one two", "three"]),
        ("a    b", 2, 2, ["a", "b"]),
        ("unbreakable", 4, 3, ["unbr", "eak", "abl", "e"]),
        ("trailing    ", 8, 8, ["trailing    "]),
        ("    indented", 6, 6, ["", "indent", "ed"]),
        ("连接不是 Accept 建起来的", 8, 8, ["连接不是", "Accept", "建起来的"]),
    ],
)
def test_breaks(text: str, first: int, rest: int, expected: list[str]) -> None:
    assert lines(text, first, rest) == expected


@given(st.text(" ab", max_size=40), st.integers(2, 12), st.integers(2, 12))
def test_the_quick_way_breaks_where_the_careful_one_does(text: str, first: int, rest: int) -> None:
    assert line_breaks._ascii_breaks(text, first, rest) == line_breaks._any_breaks(
        text, first, rest
    )


@given(st.text(max_size=60), st.integers(2, 20))
def test_nothing_but_spaces_is_lost(text: str, width: int) -> None:
    kept = "".join(lines(text, width, width))
    assert kept.replace(" ", "") == text.replace(" ", "")
