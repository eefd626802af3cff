"""Where what a line calls is defined, across the files of a few packages of our own."""

from pathlib import Path

import pytest

from tests.support.go_library import DOOR, MAIN, NOTES, PYTHON_DOOR, library, line_of, write_files
from walkthrough.source.definitions import Definitions
from walkthrough.source.functions import Definition
from walkthrough.source.library import SourceLibrary
from walkthrough.source.notes import Notes

GO = {
    "net/fd.go": """\
package net

import (
	"internal/poll"
	"syscall"
)

type netFD struct {
	pfd poll.FD
	next *netFD
}

var DefaultKnocker = &Knocker{}

func (fd *netFD) accept() (*netFD, error) {
	d, err := fd.pfd.Accept()
	fd.next.accept()
	socketFunc(1, 2)
	made := newFD(d)
	made.accept()
	DefaultKnocker.knock("x()")
	answer, err := DefaultKnocker.wait(1)
	answer.ring()
	round := round.trip()
	round.ring()
	hinge, err := poll.NewHinge()
	hinge.turn()
	DefaultKnocker.ring()
	return newFD(d), os.NewError("accept", syscall.Set(d))
}

func newFD(d int) *netFD {
	return &netFD{}
}
""",
    "net/hook.go": """\
package net

import "syscall"

var (
	socketFunc func(int, int) int = syscall.Socket
)

type Knocker struct {
	*Bell // it hangs there
	name string
}

type Bell struct {
	ringing int
}

func (k Knocker) knock(name string) {
}

func (k *Knocker) wait(n int) (*Bell, error) {
	return k.Bell, nil
}

func (b *Bell) ring() {
}
""",
    "net/fd_windows.go": "package net\n\nfunc newFD(d int) *netFD {\n\treturn nil\n}\n",
    "internal/poll/fd.go": """\
package poll

type FD struct {
	Sysfd int
	pd pollDesc
}

type pollDesc struct{}

func (fd *FD) Accept() (int, error) {
	fd.pd.wait(1)
	return 0, nil
}

func (pd *pollDesc) wait(mode int) {
	serverInit.Do(runtime_pollServerInit)
	runtime_pollWait(1)
}

func NewHinge() (*Hinge, error) {
	return nil, nil
}

func (h *Hinge) turn() {
}

func runtime_pollWait(mode int) int
func runtime_pollServerInit()
""",
    "runtime/netpoll.go": """\
package runtime

//go:linkname poll_runtime_pollServerInit internal/poll.runtime_pollServerInit
func poll_runtime_pollServerInit() {
	netpollinit()
}

//go:linkname poll_runtime_pollWait internal/poll.runtime_pollWait
func poll_runtime_pollWait(mode int) int {
	return 0
}
""",
    "runtime/netpoll_epoll.go": "package runtime\n\nfunc netpollinit() {\n\tx := len(y)\n}\n",
    "syscall/sys.go": """\
package syscall

func Socket(a, b int) int {
	return 0
}

func Set(d int) error {
	return nil
}
""",
}


@pytest.fixture
def definitions(tmp_path: Path) -> Definitions:
    write_files(tmp_path / "src", GO)
    return Definitions(SourceLibrary(tmp_path, None, None), Notes([]))


@pytest.mark.parametrize(
    ("file", "line", "defined", "at"),
    [
        ("net/fd.go", "d, err :=", "internal/poll.(*FD).Accept", "internal/poll/fd.go"),
        ("net/fd.go", "fd.next.accept", "net.(*netFD).accept", "net/fd.go"),
        # A variable that holds a function of another package.
        ("net/fd.go", "socketFunc(1", "syscall.Socket", "syscall/sys.go"),
        # A package's variable; its type is in another file. What is quoted is not called.
        ("net/fd.go", "DefaultKnocker.knock", "net.Knocker.knock", "net/hook.go"),
        # Not the one for another system.
        ("net/fd.go", "return newFD(", "net.newFD", "net/fd.go"),
        # Its type is what another function gives.
        ("net/fd.go", "made.accept()", "net.(*netFD).accept", "net/fd.go"),
        # Its type is what a method gives, or a function of another package.
        ("net/fd.go", "answer.ring()", "net.(*Bell).ring", "net/hook.go"),
        ("net/fd.go", "hinge.turn()", "internal/poll.(*Hinge).turn", "internal/poll/fd.go"),
        # A method of what is embedded.
        ("net/fd.go", "DefaultKnocker.ring()", "net.(*Bell).ring", "net/hook.go"),
        (
            "internal/poll/fd.go",
            "fd.pd.wait",
            "internal/poll.(*pollDesc).wait",
            "internal/poll/fd.go",
        ),
        # Declared here, written elsewhere and linked to.
        (
            "internal/poll/fd.go",
            "runtime_pollWait(1",
            "internal/poll.runtime_pollWait",
            "runtime/netpoll.go",
        ),
        # Handed to sync.Once.
        (
            "internal/poll/fd.go",
            "serverInit.Do",
            "internal/poll.runtime_pollServerInit",
            "runtime/netpoll.go",
        ),
        ("runtime/netpoll.go", "netpollinit()", "runtime.netpollinit", "runtime/netpoll_epoll.go"),
    ],
)
def test_definitions_in_go(
    definitions: Definitions, file: str, line: str, defined: str, at: str
) -> None:
    found = definitions.called_on(file, line_of(line, "", GO[file]))
    assert found is not None
    assert (found.function, found.file) == (defined, at)
    declared = GO[at].split("\n")[found.line - 1]
    assert declared.startswith("func ")


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("net/fd.go", "type netFD"),
        ("net/fd.go", "round.ring()"),  # what it is given by is itself
        ("runtime/netpoll_epoll.go", "x := len"),
        ("runtime/netpoll.go", "return 0"),
    ],
)
def test_lines_that_call_nothing_at_hand(definitions: Definitions, file: str, line: str) -> None:
    ahead = Definition("net/fd.go", 15, "net.(*netFD).accept")
    assert definitions.called_on(file, line_of(line, "", GO[file])) is None
    assert definitions.called_on(file, line_of(line, "", GO[file]), ahead) is None


def test_what_the_trace_enters_next_decides(definitions: Definitions, tmp_path: Path) -> None:
    line = line_of("return newFD(", "", GO["net/fd.go"])
    ahead = Definition("syscall/sys.go", 7, "syscall.Set")
    assert definitions.called_on("net/fd.go", line, ahead) == ahead
    # On a declaration it is all there is to go by.
    assert definitions.called_on("syscall/sys.go", 7, ahead) == ahead
    assert definitions.called_on("syscall/sys.go", 7) is None
    # A method of an interface is found by what is entered, if the name fits.
    main = tmp_path / "main.go"
    main.write_text("package main\n\nfunc main() {\n\tl := make()\n\tl.Accept()\n}\n")
    own = Definitions(SourceLibrary(tmp_path, tmp_path, None), Notes([]))
    accept = Definition("internal/poll/fd.go", 9, "internal/poll.(*FD).Accept")
    assert own.called_on("main.go", 5, accept) == accept
    assert own.called_on("main.go", 5) is None
    assert own.called_on("main.go", 5, ahead) is None


LINES_OF_THEIR_OWN = """\
package net

import "sync"

var once sync.Once

var ready = sync.OnceFunc(func() {
	d := &door{}
	d.hang()
})

type door struct{ once sync.Once }

func (d *door) hang()        {}
func (d *door) init()        {}
func made(n int) int         { return n }
func (d *door) width() *door { return d }
func prepare()               {}

// A comment calls nothing: prepare()
func run(d *door, f func()) {
	once.Do(prepare)
	d.once.Do(d.init)
	f()
	d.width().hang()
	d.hang(made(1))
	go prepare()
	text := "prepare()"
	_ = int(len(text))
	x := prepare
	prepare := f
	prepare()
}
"""
SYNC = """\
package sync

type Once struct{}

func (o *Once) Do(f func()) {}

func OnceFunc(f func()) func() { return f }
"""


@pytest.mark.parametrize(
    ("line", "defined"),
    [
        # What does it safely comes after what is done.
        ("\tonce.Do(prepare)", "net.prepare"),
        ("\td.once.Do(d.init)", "net.(*door).init"),
        # Outside of functions.
        ("var ready =", "sync.OnceFunc"),
        ("\td.hang()\n})", "net.(*door).hang"),
        # A chain is what comes out of it; an argument comes after what it is handed to.
        ("d.width().hang()", "net.(*door).hang"),
        ("d.hang(made(1))", "net.(*door).hang"),
        ("go prepare()", "net.prepare"),
        ("func made", None),
        ("// A comment", None),
        ('text := "prepare()"', None),
        ("_ = int(len(", None),
        ("\tx := prepare", None),
        ("\tf()", None),
        # A variable of the function's own has the name from here on.
        ("\tprepare()\n", None),
    ],
)
def test_which_of_several_calls(tmp_path: Path, line: str, defined: str | None) -> None:
    files = {"net/door.go": LINES_OF_THEIR_OWN, "sync/once.go": SYNC}
    write_files(tmp_path / "src", files)
    definitions = Definitions(SourceLibrary(tmp_path, None, None), Notes([]))
    number = LINES_OF_THEIR_OWN.count("\n", 0, LINES_OF_THEIR_OWN.index(line)) + 1
    found = definitions.called_on("net/door.go", number)
    assert (found.function if found is not None else None) == defined


def test_what_a_note_speaks_of_comes_first(tmp_path: Path) -> None:
    write_files(tmp_path)
    definitions = Definitions(library(tmp_path), NOTES)
    found = definitions.called_on("main.go", line_of("d, err", "Open(", MAIN))
    assert found == Definition("net/door.go", line_of("func", "Open("), "net.Open")
    found = definitions.called_on("net/door.go", line_of("if err", "Screw("))
    assert found is not None
    assert found.file == "syscall/screw.go"


@pytest.mark.parametrize(
    ("line", "function"),
    [
        ("d = new_door(", "net.newDoor"),
        ("hang(d, width)", "net.(*Door).hang"),
        ("syscall.screw(", "syscall.Screw"),
        ("doors[name] = d", None),
        ("d.hinge.watch", None),
    ],
)
def test_definitions_in_python(tmp_path: Path, line: str, function: str | None) -> None:
    write_files(tmp_path)
    definitions = Definitions(library(tmp_path), NOTES)
    found = definitions.called_on("instrumented/net/door.py", line_of(line, "", PYTHON_DOOR))
    assert (found.function if found is not None else None) == function


def test_declared_at_all(definitions: Definitions) -> None:
    assert definitions.declares("net", "(*netFD).accept")
    assert definitions.declares("net", "netFD.accept")
    assert definitions.declares("internal/poll", "runtime_pollWait")
    assert definitions.declares("runtime", "gone", "internal/poll.runtime_pollWait")
    assert not definitions.declares("net", "accept")
    assert not definitions.declares("net", "(*netFD).gone")
    assert not definitions.declares("nowhere", "accept")


def test_lines_out_of_range(definitions: Definitions) -> None:
    for line in (0, -1, 10_000):
        assert definitions.called_on("net/fd.go", line) is None
    assert definitions.called_on("net/none.go", 1) is None
    assert DOOR
