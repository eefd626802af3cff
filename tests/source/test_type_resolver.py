"""What an expression's type is, across the files of a few packages of our own."""

from pathlib import Path

import pytest

from tests.support.go_library import line_of, write_files
from walkthrough.source.definitions import Definitions
from walkthrough.source.go_code import read_value
from walkthrough.source.library import SourceLibrary
from walkthrough.source.notes import Notes
from walkthrough.source.type_resolver import TypeResolver

HOUSE = """\
package house

import (
	"house/locks"
	bell "house/bells"
)

var front = locks.New(1)
var left, right = locks.Both()
var doors = map[string]*Door{}
var current, next *Door
var ringFunc = bell.Ring
var (
	opener Opener
	latest locks.Kept[Door]
	itself = itself
	first  = second
	second = first
)

type Door struct {
	locks.Lock
	*Frame
	bells   []bell.Bell
	keepers chan Keeper
	maker   func() *Door
	hinges  struct{ upper Hinge }
	mu, nu  locks.Mutex
}

type (
	Frame   struct{ wood Wood }
	Wood    int
	Hinge   = Frame
	Gate    Door
	Keepers map[Wood]Keeper
)

type Keeper struct{}

func (k Keeper) Keep() (*Door, error) { return nil, nil }
func (w Wood) Burn()                  {}
func (f *Frame) Hang() *Door          { return nil }
func (d *Door) Pair() (Keeper, *Door) { return Keeper{}, d }

type Opener interface {
	Open() (Keeper, error)
}

func open(d *Door, g Gate, all Keepers) {
	front.Turn()
	right.Keep()
	doors["a"].Hang()
	current.Pair()
	next.Pair()
	opener.Open()
	latest.Load().Pair()
	d.Turn()
	d.Lock.Turn()
	d.Hang().wood.Burn()
	d.bells[0].Swing()
	d.maker().Pair()
	d.hinges.upper.Hang()
	d.mu.Seal()
	d.nu.Seal()
	g.wood.Burn()
	ringFunc().Swing()
	bell.Ring().Swing()
	bell.Loud.Swing()
	for w, k := range all {
		w.Burn()
		k.Keep()
	}
	for k := range d.keepers {
		k.Keep()
	}
	k, e := d.Pair()
	e.Pair()
	k.Keep()
	keeper, err := opener.Open()
	keeper.Keep()
	err.Error()
	Wood(1).Burn()
	itself.Turn()
	first.Turn()
	unknown.Turn()
	d.nothing.Turn()
	d.wood.Turn()
}
"""
FILES = {
    "house/house.go": HOUSE,
    "house/locks/lock.go": """\
package locks

import "house"

type Lock struct{}
type Mutex struct{}
type Kept[T any] struct{ one *T }

func New(teeth int) *Lock            { return nil }
func Both() (Lock, house.Keeper)     { return Lock{}, house.Keeper{} }
func (l *Lock) Turn()                {}
func (m *Mutex) Seal()               {}
func (k *Kept[T]) Load() *T          { return k.one }
""",
    "house/bells/bell.go": """\
package bells

type Bell struct{}

var Loud = &Bell{}

func Ring() Bell      { return Bell{} }
func (b Bell) Swing() {}
""",
}
FILE = "house/house.go"


@pytest.fixture
def library(tmp_path: Path) -> SourceLibrary:
    write_files(tmp_path / "src", FILES)
    return SourceLibrary(tmp_path, None, None)


@pytest.mark.parametrize(
    ("call", "defined"),
    [
        ("front.Turn", "house/locks.(*Lock).Turn"),
        ("right.Keep", "house.Keeper.Keep"),
        ('doors["a"].Hang', "house.(*Frame).Hang"),
        ("current.Pair", "house.(*Door).Pair"),
        ("\tnext.Pair", "house.(*Door).Pair"),
        ("latest.Load().Pair", "house.(*Door).Pair"),
        ("\td.Turn", "house/locks.(*Lock).Turn"),
        ("d.Lock.Turn", "house/locks.(*Lock).Turn"),
        ("d.Hang().wood.Burn", "house.Wood.Burn"),
        ("d.bells[0].Swing", "house/bells.Bell.Swing"),
        ("d.maker().Pair", "house.(*Door).Pair"),
        ("d.hinges.upper.Hang", "house.(*Frame).Hang"),
        ("d.mu.Seal", "house/locks.(*Mutex).Seal"),
        ("d.nu.Seal", "house/locks.(*Mutex).Seal"),
        ("g.wood.Burn", "house.Wood.Burn"),
        ("ringFunc().Swing", "house/bells.Bell.Swing"),
        ("bell.Ring().Swing", "house/bells.Bell.Swing"),
        ("bell.Loud.Swing", "house/bells.Bell.Swing"),
        ("\t\tw.Burn", "house.Wood.Burn"),
        ("\te.Pair", "house.(*Door).Pair"),
        ("keeper.Keep", "house.Keeper.Keep"),
        ("Wood(1).Burn", "house.Wood.Burn"),
        # What is not declared, asks itself, or has no such method.
        ("itself.Turn", None),
        ("first.Turn", None),
        ("unknown.Turn", None),
        ("d.nothing.Turn", None),
        ("d.wood.Turn", None),
        ("err.Error", None),
        ("opener.Open()\n\tlatest", None),
    ],
)
def test_what_is_called(library: SourceLibrary, call: str, defined: str | None) -> None:
    at = HOUSE.index(call) + len(call) - len(call.lstrip())
    line = HOUSE.count("\n", 0, at) + 1
    found = Definitions(library, Notes([])).called_on(FILE, line)
    assert (found.function if found is not None else None) == defined


def test_a_variable_of_a_range_over_a_channel_or_map(library: SourceLibrary) -> None:
    definitions = Definitions(library, Notes([]))
    lines = HOUSE.split("\n")
    numbers = [number for number, line in enumerate(lines, 1) if line.strip() == "k.Keep()"]
    assert len(numbers) == 3
    for number in numbers:
        found = definitions.called_on(FILE, number)
        assert found is not None
        assert found.function == "house.Keeper.Keep"


def test_an_interface_that_a_variable_has(library: SourceLibrary) -> None:
    found = Definitions(library, Notes([])).dispatched_on(FILE, line_of("opener.Open()", "", HOUSE))
    assert found is not None
    assert (found.interface, found.method) == ("house.Opener", "Open")
    assert found.declared.line == line_of("Open() (Keeper", "", HOUSE)


def test_what_a_package_declares(library: SourceLibrary) -> None:
    types = TypeResolver(library)
    assert types.declares("house", "open")
    assert types.declares("house", "Keep", "Keeper")
    assert not types.declares("house", "Keep")
    assert not types.declares("house/none", "open")
    assert types.function("house", "Pair", FILE, "Door") is not None
    assert types.variable("house", "next", FILE) is not None
    assert types.methods_of("house", "Door") is None
    assert set(types.methods_of("house", "Opener") or ()) == {"Open"}


def test_types_have_the_imports_of_the_file_they_are_written_in(library: SourceLibrary) -> None:
    types = TypeResolver(library)
    found = types.resolve(read_value("Both()"), "house/locks/lock.go")
    assert found is not None
    assert types.named(found) == ("house/locks", "Lock")
    other = types.resolve(read_value("right"), FILE)
    assert other is not None
    assert other.file == "house/locks/lock.go"
    assert types.named(other) == ("house", "Keeper")


DOTTED = """\
package yard

import (
	. "house"
	. "house/bells"
	"house/locks"
)

type Shed struct {
	Frame
}

var gate = Gate{}
var swing = Ring

func latch() int { return 0 }

func walk(s Shed, k Keeper) {
	latch()
	Ring()
	swing()
	Ring().Swing()
	k.Keep()
	s.Hang()
	gate.wood.Burn()
	locks.New(2)
	nowhere()
}
"""
DOTTED_CALLS = {
    "\tlatch()": "yard.latch",
    "\tRing()\n": "house/bells.Ring",
    "\tswing()": "house/bells.Ring",
    "Ring().Swing": "house/bells.Bell.Swing",
    "k.Keep": "house.Keeper.Keep",
    "s.Hang": "house.(*Frame).Hang",
    "gate.wood.Burn": "house.Wood.Burn",
    "locks.New(2)": "house/locks.New",
    "nowhere()": None,
}


@pytest.mark.parametrize(("call", "defined"), DOTTED_CALLS.items())
def test_names_of_dot_imports(tmp_path: Path, call: str, defined: str | None) -> None:
    write_files(tmp_path / "src", FILES | {"yard/yard.go": DOTTED})
    definitions = Definitions(SourceLibrary(tmp_path, None, None), Notes([]))
    at = DOTTED.index(call, DOTTED.index("func walk")) + len(call) - len(call.lstrip())
    found = definitions.called_on("yard/yard.go", DOTTED.count("\n", 0, at) + 1)
    assert (found.function if found is not None else None) == defined


def test_a_type_of_a_dot_import_is_of_its_package(tmp_path: Path) -> None:
    write_files(tmp_path / "src", FILES | {"yard/yard.go": DOTTED})
    types = TypeResolver(SourceLibrary(tmp_path, None, None))
    assert types.imports("yard/yard.go") == {"locks": "house/locks"}
    value = types.resolve(read_value("Keeper{}"), "yard/yard.go")
    assert value is not None
    assert types.named(value) == ("house", "Keeper")
    shed = types.resolve(read_value("Shed{}"), "yard/yard.go")
    assert shed is not None
    assert types.named(shed) == ("yard", "Shed")
