"""Which method of an interface's kind a call may reach, by the source alone."""

from pathlib import Path

import pytest

from tests.support.go_library import line_of, write_files
from walkthrough.source.definitions import Definitions
from walkthrough.source.interfaces import Dispatch
from walkthrough.source.library import SourceLibrary
from walkthrough.source.notes import Notes

BELLS = """\
package net

import "io"

type Bell interface {
	// Ring rings.
	Ring(times int) error
	io.Closer
}

type sealed interface {
	Bell
	weld(a, b int)
}

type lonely interface {
	weigh() int
}

type vague interface {
	hum()
}

func use(b Bell, one, other sealed, l lonely, v vague, e error) {
	b.Ring(1)
	b.Close()
	other.weld(1, 2)
	one.Ring(2)
	l.weigh()
	v.hum()
	e.Error()
	b.Swing()
}

func Ring(times int) {
}
"""
KINDS = """\
package net

type Brass struct{}

func (b *Brass) Ring(times int) error {
	return nil
}

func (b *Brass) Close() error {
	return nil
}

func (b *Brass) weld(a, b int) {
}

// Half of a bell is none.
type Half struct{}

func (h Half) Ring(times int) error {
	return nil
}

type Tin struct {
	*Brass
	name string
}

func (t Tin) Ring(times int) error {
	return nil
}

type feather struct{}

func (f feather) weigh() int {
	return 0
}

type Humming struct {
	vague
}

type Fly struct{}

func (f *Fly) hum() {
}

type Bee struct {
	vague
	wings int
}
"""
GO = {
    "net/bell.go": BELLS,
    "net/kinds.go": KINDS,
    "net/kinds_windows.go": "package net\n\nfunc (o *Other) weigh() int {\n\treturn 1\n}\n",
    "io/io.go": "package io\n\ntype Closer interface {\n\tClose() error\n}\n",
}
MAIN = """\
package main

import "net"

type Cow struct{}

func (c Cow) Ring(times int) error {
	return nil
}

func (c Cow) Close() error {
	return nil
}

func main() {
	var b net.Bell = Cow{}
	b.Ring(3)
}
"""


@pytest.fixture
def definitions(tmp_path: Path) -> Definitions:
    write_files(tmp_path / "src", GO)
    (tmp_path / "main.go").write_text(MAIN)
    return Definitions(SourceLibrary(tmp_path, tmp_path, None), Notes([]))


def dispatched(definitions: Definitions, call: str) -> Dispatch | None:
    line = line_of(call, "", BELLS)
    assert definitions.called_on("net/bell.go", line) is None
    return definitions.dispatched_on("net/bell.go", line)


@pytest.mark.parametrize(
    ("call", "interface", "may_be", "certain"),
    [
        # Two types have all of it, one by what it embeds; a third has half.
        ("b.Ring(1)", "net.Bell", ["net.(*Brass).Ring", "net.Tin.Ring"], False),
        # Asked for by what is embedded, of another package; both have the same.
        ("b.Close()", "net.Bell", ["net.(*Brass).Close"], False),
        # Nobody else can have an unexported method.
        ("other.weld", "net.sealed", ["net.(*Brass).weld"], True),
        ("one.Ring(2)", "net.sealed", ["net.(*Brass).Ring", "net.Tin.Ring"], False),
        ("l.weigh()", "net.lonely", ["net.feather.weigh"], True),
    ],
)
def test_what_a_call_may_reach(
    definitions: Definitions, call: str, interface: str, may_be: list[str], certain: bool
) -> None:
    found = dispatched(definitions, call)
    assert found is not None
    assert found.interface == interface
    assert [each.function for each in found.may_be] == may_be
    assert found.certain is certain
    for each in found.may_be:
        assert KINDS.split("\n")[each.line - 1].startswith("func ")
    asked = GO[found.declared.file].split("\n")[found.declared.line - 1]
    assert asked.startswith(f"\t{found.method}(")


def test_another_type_of_the_package_makes_it_uncertain(
    definitions: Definitions, tmp_path: Path
) -> None:
    more = tmp_path / "src" / "net" / "more.go"
    more.write_text("package net\n\nfunc (s *stone) weigh() int {\n\treturn 9\n}\n")
    found = dispatched(definitions, "l.weigh()")
    assert found is not None
    assert [each.function for each in found.may_be] == ["net.feather.weigh", "net.(*stone).weigh"]
    assert not found.certain


def test_a_type_is_found_in_a_group_as_well(definitions: Definitions, tmp_path: Path) -> None:
    """What it has, it has from the type that it embeds: so nothing else may be reached."""
    more = tmp_path / "src" / "net" / "more.go"
    more.write_text("package net\n\ntype (\n\tgrain struct{ feather }\n\tdust feather\n)\n")
    found = dispatched(definitions, "l.weigh()")
    assert found is not None
    assert [each.function for each in found.may_be] == ["net.feather.weigh"]
    assert found.certain
    more.write_text(
        "package net\n\ntype (\n\tgrain struct{ feather }\n)\n\nfunc (g grain) weigh() int {\n"
        "\treturn 2\n}\n"
    )
    again = Definitions(SourceLibrary(tmp_path, tmp_path, None), Notes([]))
    found = dispatched(again, "l.weigh()")
    assert found is not None
    assert [each.function for each in found.may_be] == ["net.feather.weigh", "net.grain.weigh"]
    assert not found.certain


def test_a_type_that_embeds_the_interface_and_has_a_method_of_its_own(
    definitions: Definitions, tmp_path: Path
) -> None:
    more = tmp_path / "src" / "net" / "more.go"
    more.write_text(
        "package net\n\ntype lid struct {\n\tsealed\n}\n\nfunc (l *lid) weld(a, b int) {\n}\n"
    )
    found = dispatched(definitions, "other.weld")
    assert found is not None
    assert [each.function for each in found.may_be] == ["net.(*Brass).weld", "net.(*lid).weld"]
    assert not found.certain


def test_a_type_that_embeds_one_of_another_package(
    definitions: Definitions, tmp_path: Path
) -> None:
    """What it has of it is not looked up: it may be what is asked for."""
    more = tmp_path / "src" / "net" / "more.go"
    more.write_text(
        'package net\n\nimport "io"\n\ntype Lent struct {\n\tio.Closer\n}\n\n'
        "func (l *Lent) Ring(times int) error {\n\treturn nil\n}\n"
    )
    found = dispatched(definitions, "b.Ring(1)")
    assert found is not None
    assert "net.(*Lent).Ring" in [each.function for each in found.may_be]
    # It has no unexported method from there.
    found = dispatched(definitions, "one.Ring(2)")
    assert found is not None
    assert "net.(*Lent).Ring" not in [each.function for each in found.may_be]


def test_a_type_in_which_the_interface_itself_lies_adds_nothing(definitions: Definitions) -> None:
    found = dispatched(definitions, "v.hum()")
    assert found is not None
    assert [each.function for each in found.may_be] == ["net.(*Fly).hum"]
    assert found.certain


@pytest.mark.parametrize("call", ["e.Error()", "b.Swing()"])
def test_what_is_asked_for_by_no_interface_at_hand(definitions: Definitions, call: str) -> None:
    assert dispatched(definitions, call) is None


def test_the_callers_own_types_may_come_too(definitions: Definitions) -> None:
    line = line_of("b.Ring(3)", "", MAIN)
    assert definitions.called_on("main.go", line) is None
    found = definitions.dispatched_on("main.go", line)
    assert found is not None
    assert [each.function for each in found.may_be] == [
        "net.(*Brass).Ring",
        "net.Tin.Ring",
        "main.Cow.Ring",
    ]
    assert found.declared.function == "net.Bell.Ring"


def test_the_interfaces_own_line_calls_nothing(definitions: Definitions) -> None:
    """A function of the same name is not meant."""
    found = dispatched(definitions, "Ring(times int)")
    assert found is not None
    assert found.declared.line == line_of("Ring(times int)", "", BELLS)
    assert len(found.may_be) == 2
    for line in (0, -1, 10_000):
        assert definitions.dispatched_on("net/bell.go", line) is None
    assert definitions.dispatched_on("instrumented/net/bell.py", 1) is None


PROMOTED = """\
package net

type Tower struct {
	*belfry
	height int
}

type belfry struct {
	Bell
	ropes int
}

type Spire struct {
	Tower
	Brass
}

type Muted struct {
	Tower
}

func (m Muted) Close() error {
	return nil
}

type Chime = Bell

func peal(t *Tower, m Muted, r Spire, all map[int]belfry, c Chime) {
	t.Ring(4)
	m.Ring(5)
	m.Close()
	r.Ring(6)
	all[1].Ring(7)
	t.Bell.Ring(8)
	c.Ring(9)
	t.Toll()
}
"""


@pytest.fixture
def promoted(tmp_path: Path) -> Definitions:
    write_files(tmp_path / "src", GO | {"net/promoted.go": PROMOTED})
    (tmp_path / "main.go").write_text(MAIN)
    return Definitions(SourceLibrary(tmp_path, tmp_path, None), Notes([]))


@pytest.mark.parametrize(
    ("call", "interface"),
    [
        ("t.Ring(4)", "net.Bell"),
        ("m.Ring(5)", "net.Bell"),
        ("all[1].Ring(7)", "net.Bell"),
        ("t.Bell.Ring(8)", "net.Bell"),
        ("c.Ring(9)", "net.Chime"),
    ],
)
def test_a_method_of_an_interface_that_a_struct_embeds(
    promoted: Definitions, call: str, interface: str
) -> None:
    line = line_of(call, "", PROMOTED)
    assert promoted.called_on("net/promoted.go", line) is None
    found = promoted.dispatched_on("net/promoted.go", line)
    assert found is not None
    assert (found.interface, found.method) == (interface, "Ring")
    assert found.declared.file == "net/bell.go"
    assert {"net.(*Brass).Ring", "net.Tin.Ring"} <= {each.function for each in found.may_be}


@pytest.mark.parametrize(
    ("call", "function"),
    [
        ("m.Close()", "net.Muted.Close"),  # its own, not the interface's
        ("r.Ring(6)", "net.(*Brass).Ring"),  # the shallowest: Bell is one type further inside
    ],
)
def test_the_shallowest_method_is_meant(promoted: Definitions, call: str, function: str) -> None:
    line = line_of(call, "", PROMOTED)
    assert promoted.dispatched_on("net/promoted.go", line) is None
    found = promoted.called_on("net/promoted.go", line)
    assert found is not None
    assert found.function == function


def test_a_method_that_nothing_inside_has(promoted: Definitions) -> None:
    line = line_of("t.Toll()", "", PROMOTED)
    assert promoted.dispatched_on("net/promoted.go", line) is None
    assert promoted.called_on("net/promoted.go", line) is None
