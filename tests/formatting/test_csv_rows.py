"""Rows are read back as they were, and nothing in them is run."""

import csv

from hypothesis import given
from hypothesis import strategies as st

from walkthrough.formatting.csv_rows import csv_row
from walkthrough.formatting.escaping import printable


def read(row: bytes) -> list[str]:
    (cells,) = csv.reader([row.decode()])
    return cells


def test_each_kind_of_cell() -> None:
    assert csv_row([1, -1, 0.5, None, True, False, "a,b", 'say "x"']) == (
        b'1,-1,0.5,,true,false,"a,b","say ""x"""\n'
    )


def test_a_formula_is_a_text() -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"):
        assert read(csv_row([text])) == ["'" + text]


@given(st.lists(st.text(), min_size=2))
def test_any_text_comes_back_printable_and_in_one_line(texts: list[str]) -> None:
    row = csv_row(texts)
    assert row.count(b"\n") == 1
    line = row.decode().removesuffix("\n")
    assert printable(line) == line
    assert [cell.removeprefix("'") for cell in read(row)] == [
        printable(text).removeprefix("'") for text in texts
    ]
