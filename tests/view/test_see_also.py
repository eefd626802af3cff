"""The list of what can be read up, as rows."""

import pytest

from walkthrough.i18n.catalogue import catalogue
from walkthrough.source.references import parse_see_also
from walkthrough.view.see_also import see_also_rows
from walkthrough.view.text import width_of

PLACES = [*map(parse_see_also, ("net/sock_posix.go socket()", "accept(2)", "tcp(7)"))]


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        ("en", ["Manual pages", "Go's source, below the src of its toolchain"]),
        ("zh", ["手册页", "Go 的源码，在工具链的 src 之下"]),
    ],
)
def test_pages_come_before_functions_and_each_row_means_its_place(
    language: str, headings: list[str]
) -> None:
    rows = see_also_rows(PLACES, catalogue(language), 60)
    told = ["".join(piece.text for piece in each.row) for each in rows]
    first, second = headings
    assert told == [
        first,
        "  accept(2)",
        "  tcp(7)",
        "",
        second,
        "  net/sock_posix.go socket()",
    ]
    assert [each.meant for each in rows] == [None, 1, 2, None, None, 0]


def test_where_nothing_is_named_it_says_so_and_rows_keep_to_the_width() -> None:
    (row,) = see_also_rows([], catalogue("en"), 80)
    assert "".join(piece.text for piece in row.row).startswith("Nothing is named")
    for width in (8, 20, 40):
        for each in [
            *see_also_rows(PLACES, catalogue("en"), width),
            *see_also_rows([], catalogue("zh"), width),
        ]:
            assert width_of(each.row) <= width
