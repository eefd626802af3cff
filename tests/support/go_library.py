"""A walk through a few lines of Go of our own, with Python and a document beside them.

All is written into a folder: nothing here needs a Go toolchain, and the lesson is a real one.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from walkthrough.i18n.texts import Texts
from walkthrough.lesson.lesson import Lesson
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    Header,
    ProcessStarted,
    SourcePlace,
)
from walkthrough.model.stages import Place, Stage
from walkthrough.model.values import Argument
from walkthrough.source.library import SourceLibrary
from walkthrough.source.notes import Note, Notes
from walkthrough.state.history import History

HEADER = Header(
    program_version="0.1.0",
    server="go",
    scenario="doors",
    go_version="go1.99.0",
    pid=4242,
    system="Linux 6.18.0",
    architecture="x86_64",
)
DOOR = """\
// A house of our own, for tests.

package net

import (
	"internal/poll"
	"syscall"
)

// Doors by name.
var doors = map[string]*Door{}

// A Door may be hung, and watched.
type Door struct {
	hinge poll.Hinge
	width int
}

// Open makes a door, hangs it
// and watches it.
func Open(name string, width int) (*Door, error) {
	d, err := newDoor(name, width)
	if err != nil {
		return nil, err
	}
	// What follows is said at length, for a test of what
	// is folded away:
	//
	// a door that is made is not hung yet,
	// and a door that is hung
	// is not watched yet;
	// whoever knocks now
	// is not heard.
	if err = d.hang(width); err != nil {
		d.Close()
		return nil, err
	}
	doors[name] = d
	return d, nil
}

// Close forgets the door.
func (d *Door) Close() error {
	delete(doors, "")
	return nil
}

func newDoor(name string, width int) (*Door, error) {
	if width <= 0 {
		return nil, errWidth
	}
	return &Door{width: width}, nil
}

// hang hangs the door.
func (d *Door) hang(width int) error {
	if err := syscall.Screw(width); err != nil {
		return err
	}
	return d.hinge.Watch(width)
}

func unused() {
	println("nobody calls this")
}
"""
HINGE = """\
package poll

// A Hinge is watched.
type Hinge struct{ turns int }

// Watch has somebody look at the hinge from now on.
func (h *Hinge) Watch(width int) error {
	h.turns = 0
	return nil
}
"""
SCREW = """\
package syscall

func Screw(width int) error {
	_, _, e := Syscall(SYS_SCREW, width)
	return e
}
"""
MAIN = """\
package main

import "net"

func main() {
	d, err := net.Open("front", 90)
	if err != nil {
		panic(err)
	}
	d.Close()
}
"""
PYTHON_DOOR = '''\
"""net/door.go: doors."""

from walkthrough.capture.instrumented.syscall import screw as syscall


@traced("net.Open")
def open_(name, width):
    """Make a door, hang it and watch it."""
    d = new_door(name, width)
    hang(d, width)
    doors[name] = d
    return d


@traced("net.newDoor")
def new_door(name, width):
    if width <= 0:
        raise WidthError
    return Door(width)


@traced("net.(*Door).hang")
def hang(d, width):
    syscall.screw(width)
    d.hinge.watch(width)
'''
PYTHON_SCREW = '''\
"""syscall."""


@traced("syscall.Screw")
def screw(width):
    trap("screw", width)
'''
DOCUMENT = """\
# 门

先看怎样开门。

```go
/ Open makes a door.
func Open(name string) (*Door, error) {
	//先造一扇门
	d, err := newDoor(name)
	if err != nil {
		return nil, err
	}
	log.Println(name)
	if err = d.hang(width); err != nil {
		.....
	}
	return d, nil
}

func (d *Door) hang(width int) error {
	//用螺丝固定
	if err := syscall.Screw(width); err != nil {
		return err
	}
	return nil
}
```

从前还有这个：

```go
func slam(d *Door)
```
"""
FILES = {
    "go/VERSION": "go1.99.0\n",
    "go/src/net/door.go": DOOR,
    "go/src/internal/poll/hinge.go": HINGE,
    "go/src/syscall/screw.go": SCREW,
    "server/main.go": MAIN,
    "capture/instrumented/net/door.py": PYTHON_DOOR,
    "capture/instrumented/syscall/screw.py": PYTHON_SCREW,
    "door.md": DOCUMENT,
    "prose.md": "# 没有代码\n\nOnly words.\n",
}
NOTES = Notes(
    [
        Note(
            id="door.screw",
            function=("net.(*Door).hang",),
            text=("syscall.Screw(",),
            python=("syscall.screw(",),
            stage=Stage.BIND,
            said=Texts(
                {
                    "en": "Four screws, or the wind takes it. "
                    "Nothing else in the house knows of it yet.",
                    "zh": "要四颗螺丝，不然风会把它吹走。这时屋里别处还不知道有这扇门。",
                }
            ),
        ),
        Note(
            id="door.new",
            function=("net.Open",),
            text=("newDoor(",),
            said=Texts({"en": "A door, but no house around it.", "zh": "一扇门，但还没有房子。"}),
        ),
    ]
)


def line_of(text: str, piece: str, file: str = DOOR) -> int:
    """Return the only line that begins, blanks aside, with ``text`` and has ``piece`` in it."""
    hits = [
        number
        for number, line in enumerate(file.split("\n"), 1)
        if line.strip().startswith(text) and piece in line
    ]
    assert len(hits) == 1, (text, piece, hits)
    return hits[0]


def write_files(folder: Path, files: Mapping[str, str] = FILES) -> None:
    """Write all that is read, or other files, by their paths in the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def library(folder: Path, *, go: bool = True) -> SourceLibrary:
    """Return the source in a folder that `write_files` filled."""
    root = folder / "go" if go else None
    return SourceLibrary(root, folder / "server", folder / "capture")


def lessons(folder: Path, *, go: bool = True) -> Callable[[Header], Lesson]:
    """Return what makes lessons about it."""
    return lambda header: Lesson(header, library(folder, go=go), NOTES)


class Walk:
    """Writes events down; places are given by a piece of their line."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = [ProcessStarted(seq=0, time_ns=0, pid=4242)]
        self._chain: list[tuple[int, str, Place]] = []
        self._spans = 0

    def enter(self, function: str, file: str, line: int, mark: str | None = None) -> None:
        """Enter a function, which is declared on ``line``."""
        self._spans += 1
        parent = self._chain[-1][0] if self._chain else None
        stage = Stage(mark) if mark else None
        self.events.append(
            FunctionEntered(
                seq=len(self.events),
                time_ns=len(self.events),
                goroutine=1,
                thread=4242,
                span=self._spans,
                parent=parent,
                function=function,
                mark=mark,
                stage=stage,
                arguments=(Argument("width", 90),),
                source=SourcePlace(file, line),
            )
        )
        self._chain.append((self._spans, function, Place(stage)))

    def leave(self, file: str, line: int) -> None:
        """Return from the innermost function, to ``line`` of its caller."""
        span, function, place = self._chain.pop()
        self.events.append(
            FunctionReturned(
                seq=len(self.events),
                time_ns=len(self.events),
                goroutine=1,
                thread=4242,
                span=span,
                function=function,
                stage=place.stage,
                results=(Argument("err", None),),
                source=SourcePlace(file, line),
            )
        )

    def call(self, call: str, file: str, line: int) -> None:
        """Make a system call."""
        self._spans += 1
        _, function, place = self._chain[-1]
        for kind in (CallEntered, CallReturned):
            self.events.append(
                kind(
                    seq=len(self.events),
                    time_ns=len(self.events),
                    goroutine=1,
                    thread=4242,
                    span=self._spans,
                    function=function,
                    stage=place.stage,
                    call=call,
                    arguments=(Argument("width", 90),),
                    source=SourcePlace(file, line),
                )
            )


def opening() -> list[AnyEvent]:
    """Return the walk: main opens a door."""
    walk = Walk()
    door = "net/door.go"
    walk.enter("main.main", "main.go", line_of("func", "main()", MAIN))
    walk.enter("net.Open", door, line_of("func", "Open("))
    walk.enter("net.newDoor", door, line_of("func", "newDoor("))
    walk.leave(door, line_of("d, err", "newDoor("))
    walk.enter("net.(*Door).hang", door, line_of("func", "hang("), "bind")
    walk.enter("syscall.Screw", "syscall/screw.go", 3)
    walk.call("screw", "syscall/screw.go", 4)
    walk.leave(door, line_of("if err", "Screw("))
    walk.enter("internal/poll.(*Hinge).Watch", "internal/poll/hinge.go", 7)
    walk.leave(door, line_of("return d.hinge", "Watch("))
    walk.leave(door, line_of("if err", "d.hang("))
    walk.leave("main.go", line_of("d, err", "Open(", MAIN))
    return walk.events


def history() -> History:
    """Return the walk as a history."""
    return History.of(HEADER, opening())


def index_in(kind: type[AnyEvent], function: str) -> int:
    """Return the index of the first event of a kind about a function."""
    return next(
        event.seq for event in opening() if isinstance(event, kind) and event.function == function
    )
