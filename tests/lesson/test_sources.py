"""What there is to read beside a step: the frames, and what a document shows of them."""

from pathlib import Path

import pytest

from tests.support.go_library import (
    DOCUMENT,
    DOOR,
    HEADER,
    MAIN,
    history,
    lessons,
    library,
    line_of,
    write_files,
)
from tests.support.need import need
from walkthrough.lesson.lesson import StepView
from walkthrough.lesson.sources import LessonSources
from walkthrough.model.events import Header
from walkthrough.source.alignment import LineMark
from walkthrough.source.call_stack import StackFrame
from walkthrough.source.document import Document, parse
from walkthrough.source.go_root import find_some_go_root
from walkthrough.source.library import SourceLibrary
from walkthrough.source.line_mapping import MatchPrecision
from walkthrough.source.notes import Notes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_files(tmp_path)
    return tmp_path


def views(folder: Path) -> list[StepView]:
    walk, lesson = history(), lessons(folder)(HEADER)
    return [lesson.view(walk.event(n), walk.world(n), "en") for n in range(len(walk))]


def document() -> Document:
    return parse(DOCUMENT, "door.md")


def doc_line(text: str) -> int:
    return line_of(text, "", DOCUMENT)


def test_frames_stand_where_they_call(folder: Path) -> None:
    view = next(each for each in views(folder) if each.function == "syscall.Screw")
    door = "net/door.go"
    assert view.frames == (
        StackFrame("main.main", "main.go", line_of("d, err", "Open(", MAIN), 1),
        StackFrame("net.Open", door, line_of("if err", "d.hang("), 2),
        StackFrame("net.(*Door).hang", door, line_of("if err", "Screw("), 4),
        StackFrame("syscall.Screw", "syscall/screw.go", 3, 5),
    )
    assert view.breadcrumb == ("main", "Open", "Door.hang", "Screw")
    assert view.crumbs == (0, 1, 2, 3)


def test_what_has_returned_is_the_last_frame_and_no_caller(folder: Path) -> None:
    view = [each for each in views(folder) if each.function == "net.newDoor"][-1]
    assert [frame.function for frame in view.frames] == ["main.main", "net.Open", "net.newDoor"]
    assert view.frames[-1].span is None
    assert view.frames[-2].line == line_of("d, err", "newDoor(")


SHOWN = [
    # What is executing; the document's line; how sure it is; whether it is a caller's.
    ("net/door.go", ("func", "Open("), "func Open(", MatchPrecision.LINE, False),
    ("net/door.go", ("d, err", "newDoor("), "d, err := newDoor", MatchPrecision.LINE, False),
    ("net/door.go", ("if err", "d.hang("), "if err = d.hang(", MatchPrecision.LINE, False),
    ("net/door.go", ("if err", "Screw("), "if err := syscall.Screw", MatchPrecision.LINE, False),
    # It has no such line: the one before stands for it.
    ("net/door.go", ("doors[name]", "= d"), "}", MatchPrecision.AROUND, False),
]


@pytest.mark.parametrize(("file", "place", "text", "how", "caller"), SHOWN)
def test_a_line_in_the_document(
    folder: Path, file: str, place: tuple[str, str], text: str, how: MatchPrecision, caller: bool
) -> None:
    sources = LessonSources(library(folder), Notes([]))
    found = sources.in_document(document(), file, line_of(*place), "", ())
    assert found is not None
    assert DOCUMENT.split("\n")[found.line - 1].strip().startswith(text)
    assert (found.how, found.caller) == (how, caller)


def test_what_the_document_does_not_show_is_shown_by_its_caller(folder: Path) -> None:
    sources = LessonSources(library(folder), Notes([]))
    view = next(each for each in views(folder) if each.function == "syscall.Screw")
    found = sources.in_document(document(), view.file, view.line, view.function, view.frames)
    assert found is not None
    assert (found.function, found.caller, found.how) == (
        "net.(*Door).hang",
        True,
        MatchPrecision.LINE,
    )
    assert found.line == doc_line("if err := syscall.Screw")
    main = views(folder)[1]
    assert sources.in_document(document(), main.file, main.line, main.function, main.frames) is None


def test_the_python_server_in_the_document(folder: Path) -> None:
    sources = LessonSources(library(folder), Notes([]))
    place = ("instrumented/net/door.py", 24, "net.(*Door).hang")
    found = sources.in_document(document(), *place, ())
    assert found is not None
    assert (found.line, found.file) == (doc_line("if err := syscall.Screw"), "net/door.go")
    # Without Go's source: by what both have in common, and no word of differences.
    sources = LessonSources(library(folder, go=False), Notes([]))
    found = sources.in_document(document(), *place, ())
    assert found is not None
    assert found.line == doc_line("if err := syscall.Screw")
    assert (found.file, found.aligned) == ("", None)


def test_without_gos_source_a_function_is_still_found(folder: Path) -> None:
    sources = LessonSources(library(folder, go=False), Notes([]))
    found = sources.in_document(document(), "net/door.go", 45, "net.(*Door).hang", ())
    assert found is not None
    assert (found.how, found.aligned, found.line) == (
        MatchPrecision.FUNCTION,
        None,
        doc_line("func (d *Door)"),
    )
    # A bare name may be another package's.
    open_ = parse("```go\nfunc Open(a int) {\n}\n```\n", "x")
    assert sources.in_document(open_, "syscall/x.go", 1, "syscall.Open", ()) is None
    assert sources.in_document(open_, "net/x.go", 1, "net.Open", ()) is not None


def test_a_name_alone_is_not_enough(folder: Path) -> None:
    sources = LessonSources(library(folder), Notes([]))
    other = parse("```go\nfunc Screw(network, address string) (Listener, error) {\n}\n```\n", "x")
    assert sources.in_document(other, "syscall/screw.go", 4, "syscall.Screw", ()) is None
    same = parse("```go\nfunc Screw(width int) error {\n}\n```\n", "x")
    assert sources.in_document(same, "syscall/screw.go", 4, "syscall.Screw", ()) is not None


def test_a_method_renamed_since_is_found_by_what_it_does(folder: Path) -> None:
    sources = LessonSources(library(folder), Notes([]))
    body = DOOR[DOOR.index("func (d *Door) hang(") :].partition("\n}\n")[0] + "\n}\n"
    renamed = parse(f"```go\n{body.replace('hang(', 'hangProto(', 1)}```\n", "x")
    line = line_of("if err", "Screw(")
    found = sources.in_document(renamed, "net/door.go", line, "net.(*Door).hang", ())
    assert found is not None
    assert found.aligned is not None
    assert found.aligned.marks[found.line] is LineMark.SAME
    empty = parse("```go\nfunc (d *Door) hangProto() {\n\tsing()\n\tdance()\n}\n```\n", "y")
    assert sources.in_document(empty, "net/door.go", line, "net.(*Door).hang", ()) is None


def test_what_the_running_go_does_not_have(folder: Path) -> None:
    sources = LessonSources(library(folder), Notes([]))
    assert [one.name for one in sources.not_running(document())] == ["slam"]
    without = LessonSources(library(folder, go=False), Notes([]))
    assert list(without.not_running(document())) == []


def test_one_goes_deeper_from_a_declaration(folder: Path) -> None:
    sources = lessons(folder)(HEADER).sources
    found = sources.deeper("net/door.go", line_of("func", "Open("))
    assert found is not None
    assert found.function == "net.(*Door).hang", "a note speaks of it, and of newDoor none"
    found = sources.deeper("net/door.go", line_of("func", "hang("))
    assert found is not None
    assert found.function == "syscall.Screw", "the first, as no note speaks of any"
    assert sources.deeper("net/door.go", line_of("d, err", "newDoor(")) is None
    assert sources.deeper("net/door.go", line_of("func", "unused(")) is None


def test_notes_are_the_same_object_again(folder: Path) -> None:
    sources = lessons(folder)(Header(go_version="go1.99.0")).sources
    notes = sources.notes("net/door.go", "en")
    assert sorted(notes) == [line_of("d, err", "newDoor("), line_of("if err", "Screw(")]
    assert sources.notes("net/door.go", "en") is notes
    assert sources.notes("net/none.go", "en") == {}
    assert sources.notes("", "en") == {}


ROUTINES = """\
```go
func screw(width int32) int32

func screwdriver(width int32) int32
func hammer(wid
```
"""
"""What was in assembly once: declared without a body, and here the last is cut off."""


def test_what_a_line_calls_may_have_been_in_assembly(folder: Path) -> None:
    sources = LessonSources(library(folder), Notes([]))
    line = line_of("if err", "Screw(")
    found = sources.in_document(parse(ROUTINES, "x"), "net/door.go", line, "net.(*Door).hang", ())
    assert found is not None
    assert (found.passage.name, found.function) == ("screw", "syscall.Screw")
    assert (found.line, found.how, found.caller) == (2, MatchPrecision.FUNCTION, False)
    assert found.file == "syscall/screw.go"
    assert found.aligned is not None
    assert found.aligned.marks == {2: LineMark.DIFFERS}
    elsewhere = line_of("d, err", "newDoor(")
    assert sources.in_document(parse(ROUTINES, "x"), "net/door.go", elsewhere, "", ()) is None
    # With a body it is another function, whose name happens to be the same but for its case.
    other = parse("```go\nfunc screw(width int32) int32 {\n}\n```\n", "x")
    assert sources.in_document(other, "net/door.go", line, "net.(*Door).hang", ()) is None


def test_a_routine_that_is_a_go_function_today_runs(folder: Path) -> None:
    today = folder / "go/src/internal/runtime/syscall/epoll.go"
    today.parent.mkdir(parents=True)
    today.write_text("package syscall\n\nfunc ScrewDriver(width int32) int32 {\n\treturn 0\n}\n")
    sources = LessonSources(library(folder), Notes([]))
    gone = [one.name for one in sources.not_running(parse(ROUTINES, "x"))]
    assert gone == ["screw", "hammer"]


def of_the_go_here() -> LessonSources:
    root = find_some_go_root("go1.27")
    need(root is not None, "Go's source is not installed")
    return LessonSources(SourceLibrary(root, None, None), Notes([]))


@pytest.mark.parametrize(
    ("declared", "file", "text", "function"),
    [
        ("epollcreate1", "runtime/netpoll_epoll.go", "EpollCreate1(", "EpollCreate1"),
        ("epollctl", "runtime/netpoll_epoll.go", "EpollCtl(epfd", "EpollCtl"),
        ("epollwait", "runtime/netpoll_epoll.go", "EpollWait(epfd", "EpollWait"),
    ],
)
def test_the_routines_of_epoll_have_their_place_in_the_go_here(
    declared: str, file: str, text: str, function: str
) -> None:
    sources = of_the_go_here()
    routines = parse(f"```go\nfunc epollcreate(n int32)\nfunc {declared}(n int32)\n```\n", "x")
    line = next(n for n, its in enumerate(sources.lines(file), 1) if text in its)
    found = sources.in_document(routines, file, line, "", ())
    assert found is not None
    assert (found.passage.name, found.function.rpartition(".")[2]) == (declared, function)
    # The older kernels that epollcreate was for are gone, and it with them.
    assert [one.name for one in sources.not_running(routines)] == ["epollcreate"]
