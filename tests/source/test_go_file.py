"""What a Go file declares, whole or torn; Go of our own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.source.functions import find_functions
from walkthrough.source.go_ast import GoType, TypeKind
from walkthrough.source.go_file import declaration_around, declared_function, parse_file

INT = GoType(TypeKind.NAMED, "int")
ERROR = GoType(TypeKind.NAMED, "error")
TEXT = """\
// Package doors has no "func open() {".
package doors

import (
	"io"
	. "math"
	h "house/hinges"
	"house/locks/v2"
	_ "house/paint"
)
import "os"

//go:linkname swing runtime.swing
//go:linkname alone
func swing(angle int) (turned, left int, err error) {
	said := `
}
func inside() {
}
`
	/*
}
func commented() {
	*/
	return len(said), 0, nil
}

func written() int // in assembly

func (d *Door[K, V]) Open(wide bool) (*Door[K, V], error) { // it creaks
	open := func() { close(d) }
	open()
	return d, nil }

func (Door[_, _]) Close() []io.Closer { return nil }

func pick[T any](one T) func() T { return func() T { return one } }

type (
	Door[K comparable, V any] struct {
		io.Reader
		*Frame // it hangs there
		h.Hinge[K] `json:"hinge"`
		width, height int
		rooms map[string][]*Room
		opened chan<- bool
		knock func(int) (string, error)
		inner struct{ deep int }
	}
	Frame = os.File
	Wood  Frame
)

type Bell interface {
	io.Closer
	~int | ~string
	Ring(times int) (n int, err error)
	mute()
}

var front, back = newDoor(), &Door{}
var width, height int = 1, 2
var (
	left, right = both()
	count       int
	ringFunc    func(int) int = os.Ring
)
"""
LINES = tuple(TEXT.split("\n"))
FILE = parse_file(LINES)


def line_of(piece: str, text: str = TEXT) -> int:
    """Return the number of the only line that holds a piece of text."""
    (number,) = (number for number, line in enumerate(text.split("\n"), 1) if piece in line)
    return number


def test_functions() -> None:
    assert [(each.local, each.first, each.last) for each in FILE.functions] == [
        ("swing", line_of("func swing"), line_of("return len(said)") + 1),
        ("written", line_of("func written"), 0),
        ("(*Door).Open", line_of("Open(wide"), line_of("return d, nil }")),
        ("Door.Close", line_of("Close() []io"), line_of("Close() []io")),
        ("pick", line_of("func pick"), line_of("func pick")),
    ]


def test_results() -> None:
    swing, written, opens, closes, pick = (each.results for each in FILE.functions)
    assert swing == (INT, INT, ERROR)
    assert written == (INT,)
    assert [(each.name, len(each.of)) for each in opens] == [("Door", 2), ("error", 0)]
    assert closes == (GoType(TypeKind.LIST, of=(GoType(TypeKind.NAMED, "Closer", "io"),)),)
    assert pick == (GoType(TypeKind.FUNCTION, of=(GoType(TypeKind.NAMED, "T"),)),)


def test_what_a_function_is_linked_to() -> None:
    assert FILE.links == {"swing": "runtime.swing"}
    assert find_functions(LINES)["runtime.swing"] == find_functions(LINES)["swing"]


def test_imports() -> None:
    assert FILE.imports == {
        "io": "io",
        "h": "house/hinges",
        "locks": "house/locks/v2",
        "_": "house/paint",
        "os": "os",
    }
    assert FILE.dot_imports == ["math"]


def test_types() -> None:
    assert set(FILE.types) == {"Door", "Frame", "Wood", "Bell"}
    door = FILE.types["Door"]
    assert door.kind is TypeKind.STRUCT
    assert [(each.package, each.name) for each in door.embedded] == [
        ("io", "Reader"),
        ("", "Frame"),
        ("h", "Hinge"),
    ]
    assert door.fields["width"] == door.fields["height"] == INT
    rooms = GoType(TypeKind.LIST, of=(GoType(TypeKind.NAMED, "Room"),))
    assert door.fields["rooms"] == GoType(
        TypeKind.MAP, of=(GoType(TypeKind.NAMED, "string"), rooms)
    )
    assert door.fields["opened"] == GoType(TypeKind.CHANNEL, of=(GoType(TypeKind.NAMED, "bool"),))
    assert door.fields["knock"] == GoType(
        TypeKind.FUNCTION, of=(GoType(TypeKind.NAMED, "string"), ERROR)
    )
    assert door.fields["inner"].fields == {"deep": INT}
    assert FILE.types["Frame"] == GoType(TypeKind.NAMED, "File", "os")
    assert FILE.types["Wood"] == GoType(TypeKind.NAMED, "Frame")


def test_what_an_interface_asks_for() -> None:
    bell = FILE.types["Bell"]
    assert {name: each.line for name, each in bell.methods.items()} == {
        "Ring": line_of("Ring(times"),
        "mute": line_of("mute()"),
    }
    assert bell.methods["Ring"].results == (INT, ERROR)
    assert bell.embedded[0] == GoType(TypeKind.NAMED, "Closer", "io")


def test_variables_of_a_package() -> None:
    said = {name: (one.line, one.value, one.at) for name, one in FILE.variables.items()}
    assert said == {
        "front": (line_of("var front"), "newDoor()", 0),
        "back": (line_of("var front"), "&Door{}", 0),
        "width": (line_of("var width"), "1", 0),
        "height": (line_of("var width"), "2", 0),
        "left": (line_of("left, right"), "both()", 0),
        "right": (line_of("left, right"), "both()", 1),
        "count": (line_of("count "), "", 0),
        "ringFunc": (line_of("ringFunc"), "os.Ring", 0),
    }
    assert FILE.variables["count"].type == FILE.variables["height"].type == INT
    assert FILE.variables["front"].type is None


BROKEN = """\
package doors

import "io"

func good() {
	fine()
}

func bad() {
	if open {
		x :=
}

func (d *Door) after(
	wide bool,
) error {
	...
}

type Door struct {
	io.Reader
}

func last() { ... }

func torn() {
	never(
"""


def test_what_is_broken_does_not_spoil_the_rest() -> None:
    found = parse_file(tuple(BROKEN.split("\n")))
    assert [(each.local, each.first, each.last) for each in found.functions] == [
        ("good", 5, 7),
        ("bad", 9, 12),
        ("(*Door).after", 14, 18),
        ("last", 24, 24),
        ("torn", 26, 0),
    ]
    assert found.imports == {"io": "io"}
    assert found.types["Door"].embedded == (GoType(TypeKind.NAMED, "Reader", "io"),)


def test_a_method_may_have_type_parameters() -> None:
    """Since Go 1.27, for which the grammar has no place; what stands around it is as it was."""
    text = "package a\n\nfunc (d Door[T]) Open[W ~int|[]int](w W) error {\n\tring(d)\n}\n"
    (found,) = parse_file(tuple(text.split("\n"))).functions
    assert (found.local, found.first, found.last, found.results) == ("Door.Open", 3, 5, (ERROR,))


def test_a_long_file_is_parsed_in_parts_and_is_the_same() -> None:
    one = "func f{n}() int {{\n\treturn {n}\n}}\n\ntype T{n} struct {{\n\ta, b int\n}}\n"
    text = "package long\n\n" + "\n".join(one.format(n=n) for n in range(2000))
    found = parse_file(tuple(text.split("\n")))
    assert len(text) > 100_000
    assert [each.name for each in found.functions] == [f"f{n}" for n in range(2000)]
    assert all(each.last == each.first + 2 for each in found.functions)
    assert list(found.types) == [f"T{n}" for n in range(2000)]


def test_a_function_that_is_too_long_to_parse_is_found_by_its_layout() -> None:
    lines = ("package long", "", "func table() {", *("\tput(1, 2, 3)",) * 6000, "}", "func b() {}")
    found = parse_file(lines)
    assert [(each.name, each.first, each.last) for each in found.functions] == [
        ("table", 3, 6004),
        ("b", 6005, 6005),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "func f() {\n" * 200_000,
        "package a\nfunc f() {" + "(" * 2_000_000,
        '"' * 2_000_000,
        'func f[\n"' * 200_000,
        "func (\n" * 300_000,
        "...\n" * 500_000,
        "\0" * 100_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_hostile_text_costs_little_and_declares_next_to_nothing(text: str) -> None:
    """The suite's time limit holds for it; what is broken is parsed up to a bound."""
    assert len(parse_file(tuple(text.split("\n"))).functions) < 10_000


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("func open() {", "open"),
        ("func open()", "open"),
        ("func open() { swing() }", "open"),
        ("func (d *Door) Open(wide bool) (n int, err error) {", "(*Door).Open"),
        ("func (d Door) Open() { // wide", "Door.Open"),
        ("func (Door[K, _]) Open() {", "Door.Open"),
        ("func (d *Door) Open[W any](w W) {", "(*Door).Open"),
        ("func open[T interface {", "open"),
        ("func open(", "open"),
        ("func (d *Door) Open(", "(*Door).Open"),
        ("func open(a, b,", "open"),
        ("func open(...) {", "open"),
        ("func öffnen(tür int) {", "öffnen"),
        ("func", ""),
        ("func open", ""),
        ("func (", ""),
        ("func (d *Door)", ""),
        ("function open() {", ""),
        ("\tfunc() {", ""),
        ("func() {", ""),
        ("// func open() {", ""),
        ("type open func() {", ""),
    ],
)
def test_what_one_line_declares(line: str, name: str) -> None:
    found = declared_function(line)
    assert (found.local if found is not None else "") == name


def test_the_declaration_around_a_line() -> None:
    assert declaration_around(LINES, line_of("count ")) == (
        line_of("left, right") - 1,
        len(LINES),
    )
    assert declaration_around(("x", "y"), 2) == (1, 2)


@given(st.lists(st.sampled_from([*LINES, *BROKEN.split("\n")]) | st.text(max_size=40)))
def test_any_text_is_taken(lines: list[str]) -> None:
    found = parse_file(tuple(lines))
    for each in found.functions:
        assert 1 <= each.first <= len(lines)
        assert each.last == 0 or each.first <= each.last <= len(lines)
