"""Where one looks, and what the trace enters next from there: from plain records."""

from pathlib import Path

import pytest

from house import HEADER, history, index_in, lessons, line_of, opening, write_files
from walkthrough.lesson.chain import Frame
from walkthrough.lesson.steps import StepView
from walkthrough.model.events import FunctionEntered, FunctionReturned
from walkthrough.replay.history import History
from walkthrough.tui.source.composing import View, compose
from walkthrough.tui.source.places import Look, Place, definition, entered_next, place_of
from walkthrough.tui.source.words import EN, ZH, SourceWords

SPANS = {event.function: event.span for event in opening() if isinstance(event, FunctionEntered)}


def place(function: str, after: int) -> Place:
    return Place("net/door.go", 1, function, (), SPANS[function], after, aside=False)


NEXT = [
    ("main.main", index_in(FunctionEntered, "main.main"), "net.Open"),
    ("net.Open", index_in(FunctionEntered, "net.Open"), "net.newDoor"),
    ("net.Open", index_in(FunctionReturned, "net.newDoor"), "net.(*Door).hang"),
    # Its own callees only, not theirs.
    ("net.Open", index_in(FunctionEntered, "net.(*Door).hang"), None),
    (
        "net.(*Door).hang",
        index_in(FunctionReturned, "syscall.Screw"),
        "internal/poll.(*Hinge).Watch",
    ),
    ("syscall.Screw", index_in(FunctionEntered, "syscall.Screw"), None),
    # It has returned before it could.
    ("net.newDoor", index_in(FunctionEntered, "net.newDoor"), None),
    ("net.Open", len(opening()), None),
]


@pytest.mark.parametrize(("function", "after", "entered"), NEXT)
def test_what_is_entered_next(function: str, after: int, entered: str | None) -> None:
    found = entered_next(history(), place(function, after))
    assert (found.function if found is not None else None) == entered


def test_without_a_span_nothing_is_known() -> None:
    for unknown in (place("net.Open", 2)._replace(span=None), place("net.Open", -1)):
        assert entered_next(history(), unknown) is None


def test_only_so_many_events_are_looked_at() -> None:
    walk = History.of(HEADER, opening()[:3])
    for number in range(3, 2000):
        walk.append(FunctionReturned(seq=number, time_ns=number, span=number + 900, function="x.y"))
    looked: list[int] = []
    get = walk.event
    walk.event = lambda index: (looked.append(index), get(index))[1]  # type: ignore[method-assign,func-returns-value]
    assert entered_next(walk, place("net.Open", 2)) is None
    assert len(looked) < 500


def test_a_definition_that_the_trace_enters_can_be_followed_further(tmp_path: Path) -> None:
    write_files(tmp_path)
    sources = lessons(tmp_path)(HEADER).sources
    at = index_in(FunctionReturned, "net.newDoor")
    here = place("net.Open", at)._replace(line=line_of("if err", "d.hang("))
    look = definition(sources, history(), here, here.line)
    assert look is not None
    entered = index_in(FunctionEntered, "net.(*Door).hang")
    assert look == Look(
        "net/door.go",
        line_of("func", "hang("),
        "net.(*Door).hang",
        SPANS["net.(*Door).hang"],
        entered,
    )
    view = StepView(file="net/door.go", line=here.line, function="net.Open")
    aside = place_of(view, at, look)
    assert (aside.aside, aside.span, aside.after) == (True, look.span, entered)
    # On another line than the marked one, the trace says nothing.
    other = definition(sources, history(), here, line_of("d, err", "newDoor("))
    assert other is not None
    assert (other.function, other.span) == ("net.newDoor", None)


def test_what_a_caller_called_is_known_from_the_chain(tmp_path: Path) -> None:
    """A method of an interface has no definition of its own: the trace says which it was."""
    write_files(tmp_path)
    (tmp_path / "server" / "main.go").write_text(
        "package main\n\nfunc main() {\n\tvar door any = find()\n\tdoor.hang(1)\n}\n"
    )
    sources = lessons(tmp_path)(HEADER).sources
    hangs = line_of("if err", "Screw(")
    frames = (
        Frame("main.main", "main.go", 5, 1),
        Frame("net.(*Door).hang", "net/door.go", hangs, 2),
    )
    here = Place("main.go", 5, "main.main", frames, None, -1, aside=False)
    look = definition(sources, history(), here, 5)
    assert look is not None
    assert look[:3] == ("net/door.go", line_of("func", "hang("), "net.(*Door).hang")
    assert definition(sources, history(), here, 4) is None
    assert definition(sources, history(), here._replace(frames=frames[:1]), 5) is None


def test_the_place_of_a_step() -> None:
    view = StepView(file="net/door.go", line=7, function="net.Open")
    assert place_of(view, 5, None) == Place("net/door.go", 7, "net.Open", (), None, 5, False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (EN, "Go 1.99.0 has no function that corresponds to own."),
        (ZH, "Go 1.99.0 没有与 own 对应的函数。"),
    ],
)
def test_what_go_has_not_is_said_of_the_go_at_hand(
    tmp_path: Path, words: SourceWords, said: str
) -> None:
    """Another Go may have it: options were added, and functions with them."""
    write_files(tmp_path)
    file = "instrumented/net/own.py"
    (tmp_path / "capture" / file).write_text("def own():\n    pass\n")
    sources = lessons(tmp_path)(HEADER).sources
    view = StepView(file=file, line=2, lines=sources.lines(file), function="own")
    composed = compose(view, place_of(view, 0, None), sources, View.BESIDE, words, "en")
    assert composed.other is not None
    assert composed.other.sheet.missing == said
