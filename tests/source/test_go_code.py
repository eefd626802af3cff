"""What the lines of a function call, and what its variables are; Go of our own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.source.go_ast import (
    CallResult,
    Element,
    Expression,
    GoType,
    Identifier,
    Selector,
    TypedExpression,
    TypeKind,
)
from walkthrough.source.go_code import GoCode, read_value


def named(name: str, package: str = "") -> TypedExpression:
    return TypedExpression(GoType(TypeKind.NAMED, name, package))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("ring()", ["ring"]),
        ("d.Open(ring(1), knock)", ["Open", "ring"]),
        ("a.b().c(d())", ["c", "b", "d"]),
        ("go serve(<-doors)", ["serve"]),
        ("defer d.mu.Unlock()", ["Unlock"]),
        ("once.Do(hang)", ["Do", "hang"]),
        ("once.Do(d.hang)", ["Do", "hang"]),
        ("once.Do(func() { hang() })", ["Do", "hang"]),
        ("pick[int](1)", ["pick"]),
        ("doors.Pick[int, string](1)", ["Pick"]),
        ("x := []byte(ring)", []),
        ("(*Door)(p).Open()", ["Open"]),
        ("func() { ring() }()", ["ring"]),
        ("say(\"ring(1)\", `knock(2)`, '(') // hang(3)", ["say"]),
        ("/* ring() */ knock()", ["knock"]),
        ("x := y + z", []),
        ("", []),
        ("if ring(", []),
    ],
)
def test_what_a_line_calls(line: str, names: list[str]) -> None:
    code = GoCode(("func f() {", f"\t{line}", "}"))
    assert code.names(2) == names
    assert code.names(1) == code.names(3) == code.names(99) == []


def test_a_call_stands_where_its_name_stands() -> None:
    code = GoCode(("func f() {", "\tdoors.", "\t\tFirst(", "\t\t\tring()).", "\t\tOpen()", "}"))
    assert [code.names(line) for line in range(1, 7)] == [[], [], ["First"], ["ring"], ["Open"], []]


def test_what_is_started_and_what_is_plain() -> None:
    (call,) = GoCode(("go d.serve(1)",)).calls(1)
    assert (call.started, call.plain) == (True, False)
    outer, inner = GoCode(("serve(ring())",)).calls(1)
    assert (outer.started, outer.plain, inner.plain) == (False, True, True)


VARIABLES = """\
func (d *Door[K]) f(a, b locks.Lock, rest ...Bell) (n Count, err error) {
	d.x(); a.x(); b.x(); rest.x(); n.x(); err.x(); e.x()
	var c, e Wood = one(), two()
	var g = Frame{}
	h, i := <-c, &Frame{}
	j, k := d.both(1)
	l, ok := g.(*Glass)
	m, ok := doors["front"]
	c.x(); e.x(); g.x(); h.x(); i.x(); j.x(); k.x(); l.x(); m.x(); ok.x()
	for p, q := range rest { p.x(); q.x() }
	for r := first(); r.more(); r = r.next() { r.x() }
	switch t := d.any().(type) {
	case *Glass:
		t.x()
	case Wood, Frame:
		t.x()
	}
	select {
	case u, ok := <-bells:
		u.x()
	}
	if v := new(Wood); v != nil { v.x() } else { v.x() }
	func(w Wood) int { w.x(); return d.width }(c)
	if a := 1; a > 0 { a := Frame{}; a.x() }
	a.x()
	y := make([]Wood, 1); y[0].x(); y[1:].x()
	z := append(y, c); z.x()
	aa := func() Glass { return Glass{} }; aa().x()
	ab := locks.New[int](); ab.x()
	ac := (*Glass)(nil); ac.x()
	ad := *i; ad.x(); (ad).x()
	g, more := both(); g.x(); more.x()
}
"""
BELL = GoType(TypeKind.NAMED, "Bell")
LIST_OF_BELLS = TypedExpression(GoType(TypeKind.LIST, of=(BELL,)))
DOOR = TypedExpression(GoType(TypeKind.NAMED, "Door", of=(GoType(TypeKind.NAMED, "K"),)))
LIST_OF_WOOD = TypedExpression(GoType(TypeKind.LIST, of=(GoType(TypeKind.NAMED, "Wood"),)))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "\td.x(); a.x(); b.x()",
            [
                DOOR,
                named("Lock", "locks"),
                named("Lock", "locks"),
                LIST_OF_BELLS,
                named("Count"),
                named("error"),
                Identifier("e"),
            ],
        ),
        (
            "\tc.x(); e.x(); g.x()",
            [
                named("Wood"),
                named("Wood"),
                named("Frame"),
                Element(named("Wood"), 0),
                named("Frame"),
                CallResult(Selector(DOOR, "both"), 0),
                CallResult(Selector(DOOR, "both"), 1),
                named("Glass"),
                Element(Identifier("doors"), 1),
                None,
            ],
        ),
        ("for p, q", [Element(LIST_OF_BELLS, 0), Element(LIST_OF_BELLS, 1)]),
        ("for r :=", [*[CallResult(Identifier("first"), 0)] * 3]),
        ("if v := new", [named("Wood"), named("Wood")]),
        ("func(w Wood)", [named("Wood")]),
        ("if a := 1", [named("Frame")]),
        ("y := make", [Element(LIST_OF_WOOD, 1), LIST_OF_WOOD]),
        ("z := append", [LIST_OF_WOOD]),
        (
            "aa := func",
            [
                CallResult(
                    TypedExpression(
                        GoType(TypeKind.FUNCTION, of=(GoType(TypeKind.NAMED, "Glass"),))
                    ),
                    0,
                )
            ],
        ),
        ("ab := locks", [CallResult(Selector(Identifier("locks"), "New"), 0)]),
        ("ac := (*Glass)", [CallResult(Identifier("Glass"), 0)]),
        ("ad := *i", [named("Frame"), named("Frame")]),
        ("g, more :=", [CallResult(Identifier("both"), 0), CallResult(Identifier("both"), 1)]),
    ],
)
def test_what_a_variable_is(line: str, expected: list[Expression | None]) -> None:
    lines = tuple(VARIABLES.split("\n"))
    (number,) = (n for n, each in enumerate(lines, 1) if each.strip().startswith(line.strip()))
    found = [call.of for call in GoCode(lines).calls(number) if call.name in ("x", "more", "next")]
    assert found == expected


def test_a_variable_of_a_type_switch_has_the_type_of_its_case() -> None:
    lines = tuple(VARIABLES.split("\n"))
    first, second = (n for n, each in enumerate(lines, 1) if each == "\t\tt.x()")
    code = GoCode(lines)
    assert [call.of for call in code.calls(first)] == [named("Glass")]
    assert [call.of for call in code.calls(second)] == [CallResult(Selector(DOOR, "any"), 0)]
    (received,) = code.calls(lines.index("\t\tu.x()") + 1)
    assert received.of == Element(Identifier("bells"), 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&Door{}", named("Door")),
        ("locks.New(1)", CallResult(Selector(Identifier("locks"), "New"), 0)),
        ("syscall.Knock", Selector(Identifier("syscall"), "Knock")),
        ("knock", Identifier("knock")),
        ("func() {}", TypedExpression(GoType(TypeKind.FUNCTION))),
        ("1", None),
        ("", None),
        ("}{", None),
    ],
)
def test_what_a_variable_of_a_package_is_set_to(text: str, expected: Expression | None) -> None:
    assert read_value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "f(" * 20_000 + ")" * 20_000,
        "x" + ".y" * 20_000 + "()",
        "x" + "()" * 20_000,
        "(" * 20_000 + "f()" + ")" * 20_000,
        "a := a; " * 5_000 + "a.f()",
        "{" * 20_000 + "f()",
        "f() " * 100_000,
    ],
    ids=lambda text: str(text[:8]),
)
def test_hostile_code_ends(text: str) -> None:
    code = GoCode(("func g() {", text, "}"))
    assert len(code.calls(2)) <= 100


@given(st.lists(st.sampled_from(VARIABLES.split("\n")) | st.text(max_size=40), max_size=30))
def test_any_text_is_taken(lines: list[str]) -> None:
    code = GoCode(tuple(lines))
    for number in range(len(lines) + 1):
        assert len(code.calls(number)) == len(code.names(number))
