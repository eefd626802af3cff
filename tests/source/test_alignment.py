"""A function of a document aligned with the running one, line by line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkthrough.source.alignment import (
    AlignedFunction,
    LineMark,
    align,
    alike,
    is_ellipsis,
    normal,
)
from walkthrough.source.functions import LineRange


def aligned(document: str, running: str) -> AlignedFunction:
    ours, theirs = document.strip("\n").split("\n"), running.strip("\n").split("\n")
    return align(ours, LineRange(1, len(ours)), theirs, LineRange(1, len(theirs)))


GLYPHS = {LineMark.SAME: "=", LineMark.DIFFERS: "≠", LineMark.ADDED: "+", LineMark.ASIDE: "."}


def described(found: AlignedFunction) -> str:
    return "".join(GLYPHS[found.marks[line]] for line in sorted(found.marks))


ROWS = [
    # Comments, blanks and layout are no difference.
    (
        "func f() {\n\n  //注释\n  a(1,2)  // x\n}",
        "func f() {\n\t// other words\n\ta(1, 2)\n}",
        "=..==",
        [],
    ),
    ("func f(a int) {\n\tb()\n}", "func f(ctx Context, a int) {\n\tb()\n}", "≠==", []),
    ("func f() {\n\tgone()\n\tb()\n}", "func f() {\n\tb()\n}", "=+==", []),
    ("func f() {\n\tb()\n}", "func f() {\n\tnew1()\n\tb()\n}", "===", [(1, (2,), False)]),
    (
        "func f() {\n\tb()\n\t.....\n}",
        "func f() {\n\tb()\n\tc()\n\td()\n}",
        "==.=",
        [(3, (3, 4), True)],
    ),
    # Lines without a word have nothing in common.
    ("func f() {\n\ta()\n)\n~~~\n}", "func f() {\n\ta()\n},\n})\n}", "==..=", []),
    # A brace that only one of them has says nothing.
    (
        "func f() {\n\tif a {\n\t\tb()\n}",
        "func f() {\n\tif a {\n\t\tb()\n\t}\n}",
        "====",
        [],
    ),
    # In the same place a little in common is enough.
    (
        "func f() {\n\tb()\n\tpd.rg = 0\n\tc()\n}",
        "func f() {\n\tb()\n\tpd.rg.Store(pdNil)\n\tc()\n}",
        "==≠==",
        [],
    ),
    # Spelling of constants: upper and lower case, underscores.
    (
        "func f() {\n\tev.events = _EPOLLIN | _EPOLLET\n}",
        "func f() {\n\tev.Events = linux.EPOLLIN | linux.EPOLLET\n}",
        "=≠=",
        [],
    ),
    # What is left out at the end stands before the last brace.
    ("func f() {\n\tb()\n}", "func f() {\n\tb()\n\treturn 1\n}", "===", [(2, (3,), False)]),
    ("func f() int", "func f() int {\n\treturn 1\n}", "=", [(1, (2,), False)]),
]


@pytest.mark.parametrize(("document", "running", "marks", "gaps"), ROWS)
def test_marks_and_gaps(
    document: str, running: str, marks: str, gaps: list[tuple[int, tuple[int, ...], bool]]
) -> None:
    found = aligned(document, running)
    assert described(found) == marks
    assert [tuple(gap) for gap in found.gaps] == gaps
    assert found.missing == sum(len(lines) for _, lines, said in gaps if not said)


def test_the_executing_line_in_the_document() -> None:
    found = aligned(
        "func f() {\n\t//注\n\ta()\n\tb(1)\n}",
        "func f() {\n\ta()\n\tnew1()\n\tnew2()\n\tb(1, 2)\n\tlast()\n}",
    )
    rows = {1: (1, True), 2: (3, True), 3: (3, False), 4: (3, False), 5: (4, True), 6: (4, False)}
    assert {line: found.at(line) for line in rows} == rows
    assert found.at(7) == (5, True)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("func main() {", "func main() {", True),
        ("func f(a, b string) (Listener, error) {", "func f(s int, n int) (err error) {", False),
        ("func f(fd uintptr, pd *pollDesc) int32 {", "func f(fd uintptr, pd *pollDesc) {", True),
        ("func f() {", "func f() (int, error) {", False),
        ("func f(c Conn)", "func f(c net.Conn) {", True),
    ],
)
def test_which_declarations_are_alike(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same


@pytest.mark.parametrize("line", ["...", "\t.....", "  // ...", "…", "/* ... */", "……"])
def test_dots(line: str) -> None:
    assert is_ellipsis(line)


@pytest.mark.parametrize("line", ["..", "x...", "// .. and so on", "f(args...)"])
def test_no_dots(line: str) -> None:
    assert not is_ellipsis(line)


def test_a_slash_in_a_string_is_no_comment() -> None:
    assert normal('\topen("http://x") // why') == 'open("http://x")'
    assert normal("a  /* b */ := `//`") == "a:=`//`"


LINES = st.lists(
    st.sampled_from(["a()", "b(1)", "if x {", "}", "// c", "", "...", "return nil", "x := y.z()"]),
    max_size=12,
).map(lambda inner: ["func f() {", *inner, "}"])


@settings(max_examples=300)
@given(LINES, LINES)
def test_what_holds_for_any_two(document: list[str], running: list[str]) -> None:
    found = align(document, LineRange(1, len(document)), running, LineRange(1, len(running)))
    assert sorted(found.marks) == list(range(1, len(document) + 1))
    pairs = sorted(found.there.items())
    assert [there for _, there in pairs] == sorted({there for _, there in pairs}), "in order"
    for here, there in pairs:
        same = normal(document[here - 1]) == normal(running[there - 1])
        assert found.marks[here] is (LineMark.SAME if same else LineMark.DIFFERS)
    # Every line of the running Go that says anything is paired, or in one gap.
    in_gaps = [line for gap in found.gaps for line in gap.lines]
    assert len(in_gaps) == len(set(in_gaps))
    assert not set(in_gaps) & set(found.there.values())
    for line in range(1, len(running) + 1):
        code = normal(running[line - 1])
        if any(c.isalnum() for c in code):
            assert line in in_gaps or line in found.there.values()
        here, _ = found.at(line)
        assert 1 <= here <= len(document)


@settings(max_examples=100)
@given(LINES)
def test_a_function_beside_itself_does_not_differ(document: list[str]) -> None:
    code = [line for line in document if line != "..."]
    body = LineRange(1, len(code))
    found = align(code, body, code, body)
    assert set(described(found)) <= {"=", "."}
    assert found.gaps == ()
    assert found.likeness == 1


def test_long_functions_are_compared_quickly() -> None:
    many = ["func f() {", *(f"\tcall{n}()" for n in range(3000)), "}"]
    other = [many[0], *(line for n, line in enumerate(many[1:-1]) if n % 7), many[-1]]
    body, theirs = LineRange(1, len(many)), LineRange(1, len(other))
    found = align(many, body, other, theirs)
    assert found.having(LineMark.SAME) == len(other)
    assert found.having(LineMark.ADDED) == len(many) - len(other)
