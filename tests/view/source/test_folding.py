"""What stays of a file when it is folded, and how a text becomes rows: pure, from plain records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.go_library import DOCUMENT, DOOR, line_of
from walkthrough.i18n.catalogue import catalogue
from walkthrough.source.alignment import align
from walkthrough.source.document import parse
from walkthrough.source.functions import LineRange, find_functions
from walkthrough.view.source.breadcrumb import breadcrumb
from walkthrough.view.source.column import SourceColumn
from walkthrough.view.source.folding import LEAST, gaps, kept, merged, names_in
from walkthrough.view.source.layout import FoldedLines, NoteText, SourceLayout, gutter, lay_out

EN = catalogue("en")
ZH = catalogue("zh")


LINES = tuple(DOOR.rstrip("\n").split("\n"))
FUNCTIONS = find_functions(LINES)
HANG = FUNCTIONS["(*Door).hang"]
OPEN = FUNCTIONS["Open"]


def shown(spans: tuple[tuple[int, int], ...]) -> set[int]:
    return {line for first, last in spans for line in range(first, last + 1)}


def test_the_executing_function_stays_whole_with_what_is_said_above() -> None:
    stays = shown(kept(LINES, FUNCTIONS, HANG.first))
    assert set(range(HANG.first - 1, HANG.last + 1)) <= stays, "and the comment above it"
    assert line_of("func", "Open(") not in stays
    assert line_of("func", "unused(") not in stays


def test_of_a_caller_stay_its_declaration_the_call_and_its_end() -> None:
    call = line_of("if err", "d.hang(")
    stays = shown(kept(LINES, FUNCTIONS, HANG.first + 1, [call]))
    assert {OPEN.first, call, call + 1, OPEN.last} <= stays
    assert call - 1 not in stays, "it is a comment"
    call = line_of("d, err", "newDoor(")
    assert {call - 1, call, call + 1} <= shown(kept(LINES, FUNCTIONS, HANG.first, [call]))
    assert line_of("func", "Close(") not in stays


def test_a_long_comment_inside_is_folded_away() -> None:
    stays = shown(kept(LINES, FUNCTIONS, OPEN.first))
    comment = line_of("// a door that is made", "")
    assert comment not in stays
    assert line_of("if err", "d.hang(") in stays
    assert line_of("// Open makes", "") in stays, "what is said above it is short"


def test_a_line_in_no_function_keeps_its_surroundings() -> None:
    line = line_of("var doors", "")
    stays = shown(kept(LINES, FUNCTIONS, line))
    assert line in stays
    assert OPEN.last not in stays


def test_a_file_without_functions_is_not_folded() -> None:
    assert kept(LINES, {}, 3) == ()
    assert gaps((), len(LINES)) == []


def test_nothing_is_folded_for_less_than_a_few_lines() -> None:
    assert merged([(2, 4), (4 + LEAST, 9)], 11) == ((1, 11),)
    assert merged([(5, 6), (20, 22)], 40) == ((5, 6), (20, 22))
    assert gaps(((5, 6), (20, 22)), 40) == [(1, 4), (7, 19), (23, 40)]


def test_what_has_been_opened_is_no_gap() -> None:
    assert gaps(((5, 6), (20, 22)), 40, [7]) == [(1, 4), (23, 40)]


def test_the_functions_in_a_gap_are_named() -> None:
    assert names_in(FUNCTIONS, (1, HANG.first - 2)) == ["Open", "Close", "newDoor"]
    methods = {"A.told": LineRange(3, 4), "B.told": LineRange(6, 7), "B.open": LineRange(9, 9)}
    assert names_in(methods, (1, 10)) == ["told", "open"], "what many have is named once"


SPANS = st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=6)


@given(SPANS, st.integers(1, 50), st.sets(st.integers(1, 50), max_size=3))
def test_what_stays_and_what_is_folded_make_up_the_file(
    spans: list[tuple[int, int]], count: int, opened: set[int]
) -> None:
    stays = merged(spans, count)
    hidden = gaps(stays, count, opened)
    folded = shown(tuple(hidden))
    assert folded <= set(range(1, count + 1))
    for first, last in spans:
        assert not folded & set(range(max(first, 1), min(last, count) + 1))
    assert not folded & opened
    if not opened and stays:
        assert folded | shown(stays) == set(range(1, count + 1))
        assert all(last - first + 1 >= LEAST for first, last in hidden)


def rows_of(laid: SourceLayout, column: SourceColumn) -> list[str]:
    return [
        column.lines[row - 1]
        if isinstance(row, int)
        else "".join(piece.text for piece in row.row)
        if isinstance(row, NoteText | FoldedLines)
        else column.lines[row.line - 1][row.start : row.end]
        for row in laid.rows
    ]


def test_a_folded_text_as_rows() -> None:
    keep = kept(LINES, FUNCTIONS, HANG.first)
    column = SourceColumn("net/door.go", LINES, HANG.first, functions=FUNCTIONS, keep=keep)
    laid = lay_out(column, LINES, 60, EN, folded=True)
    rows = rows_of(laid, column)
    assert rows[0] == f"    ⋯ {HANG.first - 2} lines · Open, Close, newDoor"
    assert rows[1] == "// hang hangs the door."
    assert rows[-1] == "    ⋯ 4 lines · unused"
    assert laid.first_row[1] == laid.first_row[5] == 0, "all of them are behind that row"
    assert laid.rows_of(HANG.first, HANG.first) == (2, 2)
    assert lay_out(column, LINES, 60, ZH, folded=True).rows != laid.rows
    opened = lay_out(column, LINES, 60, EN, folded=True, opened={1})
    assert rows_of(opened, column)[0] == LINES[0]
    whole = lay_out(column, LINES, 60, EN, folded=False)
    assert len(whole.rows) == len(LINES)


def test_a_gap_of_comment_says_so() -> None:
    keep = kept(LINES, FUNCTIONS, OPEN.first)
    column = SourceColumn("net/door.go", LINES, OPEN.first, functions=FUNCTIONS, keep=keep)
    rows = rows_of(lay_out(column, LINES, 60, EN, folded=True), column)
    assert any(row.endswith("⋯ 8 lines of comment") for row in rows)


def document_column() -> SourceColumn:
    document = parse(DOCUMENT, "door.md")
    passage = document.passages[0]
    return SourceColumn(
        "door.md",
        document.lines,
        passage.body.first,
        code=document.blocks,
        aligned=align(document.lines, passage.body, LINES, OPEN),
        running=LINES,
        remarks={document.passages[-1].body.first: "Go has no slam"},
    )


def test_a_document_shows_what_only_the_running_go_has() -> None:
    column = document_column()
    laid = lay_out(column, column.lines, 70, EN, folded=False)
    rows = rows_of(laid, column)
    declared = rows.index("func Open(name string) (*Door, error) {")
    assert rows[declared + 1].strip() == "− func Open(name string, width int) (*Door, error) {"
    dots = rows.index("\t\t.....")
    assert rows[dots + 1].strip().startswith("⋯ the document leaves out 2 lines here")
    assert rows[rows.index("func slam(d *Door)") + 1].strip() == "✗ Go has no slam"
    # A click on the row shows them.
    fold = laid.rows[dots + 1]
    assert isinstance(fold, FoldedLines)
    opened = rows_of(
        lay_out(column, column.lines, 70, EN, folded=False, opened={fold.opens}), column
    )
    assert opened[dots + 1].strip().startswith("▾")
    assert opened[dots + 2].split() == ["−", "d.Close()"]
    assert len(opened) == len(rows) + 2


def test_a_long_word_does_not_leave_its_indentation_alone() -> None:
    text = "        set_default_listener_sockopts(fd.pfd.sysfd)"
    column = SourceColumn("x.py", (text,), 1)
    assert rows_of(lay_out(column, (text,), 46, EN, folded=False), column) == [
        "        set_default_listener_sockopts(",
        "fd.pfd.sysfd)",
    ]
    assert rows_of(lay_out(column, (text,), 40, EN, folded=False), column)[0].endswith("_socko")


@pytest.mark.parametrize("columns", [20, 33, 70])
def test_rows_of_any_width_fit(columns: int) -> None:
    from rich.cells import cell_len

    column = document_column()
    drawn = tuple(line.expandtabs(4) for line in column.lines)
    laid = lay_out(column, drawn, columns, ZH, folded=False)
    for row in laid.rows:
        if isinstance(row, NoteText | FoldedLines):
            assert sum(cell_len(piece.text) for piece in row.row) <= columns
        elif isinstance(row, int):
            assert cell_len(drawn[row - 1]) <= columns - gutter(column)
    assert len(laid.first_row) == len(column.lines) + 2


@pytest.mark.parametrize(
    ("width", "text", "spans"),
    [
        (
            60,
            "main > Listen > ... > socket > hang",
            [(0, 4, 0), (7, 13, 1), (22, 28, 3), (31, 35, 4)],
        ),
        (25, "main > ... > hang", [(0, 4, 0), (13, 17, 4)]),
        (9, "main > .…", [(0, 4, 0)]),
    ],
)
def test_where_names_of_a_breadcrumb_are(
    width: int, text: str, spans: list[tuple[int, int, int]]
) -> None:
    names, numbers = ("main", "Listen", "...", "socket", "hang"), (0, 1, -1, 3, 4)
    row, found = breadcrumb(names, numbers, width)
    assert "".join(piece.text for piece in row) == text
    assert found == spans


def test_a_breadcrumb_without_frames_leads_nowhere() -> None:
    assert breadcrumb(("main", "a"), (), 40)[1] == []
