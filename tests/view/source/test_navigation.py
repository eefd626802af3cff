"""Where one looks, and what the trace enters next from there: from plain records."""

from pathlib import Path

import pytest

from tests.support.go_library import (
    HEADER,
    history,
    index_in,
    lessons,
    line_of,
    opening,
    write_files,
)
from walkthrough.i18n.catalogue import Catalogue, catalogue
from walkthrough.lesson.lesson import StepView
from walkthrough.lesson.sources import LessonSources
from walkthrough.model.events import FunctionEntered, FunctionReturned, SourcePlace
from walkthrough.source.call_stack import StackFrame
from walkthrough.state.history import History
from walkthrough.view.source.content import SourceMode, compose
from walkthrough.view.source.navigation import (
    SourceLook,
    ViewedPlace,
    definition,
    entered_next,
    place_of,
)
from walkthrough.view.source.remarks import left_open

EN = catalogue("en")
ZH = catalogue("zh")


SPANS = {event.function: event.span for event in opening() if isinstance(event, FunctionEntered)}


def place(function: str, after: int) -> ViewedPlace:
    return ViewedPlace("net/door.go", 1, function, (), SPANS[function], after, aside=False)


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
    assert look == SourceLook(
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
        StackFrame("main.main", "main.go", 5, 1),
        StackFrame("net.(*Door).hang", "net/door.go", hangs, 2),
    )
    here = ViewedPlace("main.go", 5, "main.main", frames, None, -1, aside=False)
    look = definition(sources, history(), here, 5)
    assert look is not None
    assert look[:3] == ("net/door.go", line_of("func", "hang("), "net.(*Door).hang")
    assert definition(sources, history(), here, 4) is None
    assert definition(sources, history(), here._replace(frames=frames[:1]), 5) is None


def test_the_place_of_a_step() -> None:
    view = StepView(file="net/door.go", line=7, function="net.Open")
    assert place_of(view, 5, None) == ViewedPlace("net/door.go", 7, "net.Open", (), None, 5, False)


@pytest.mark.parametrize(
    ("tr", "said"),
    [
        (EN, "Go 1.99.0 has no function that corresponds to own."),
        (ZH, "Go 1.99.0 没有与 own 对应的函数。"),
    ],
)
def test_what_go_has_not_is_said_of_the_go_at_hand(
    tmp_path: Path, tr: Catalogue, said: str
) -> None:
    """Another Go may have it: options were added, and functions with them."""
    write_files(tmp_path)
    file = "instrumented/net/own.py"
    (tmp_path / "capture" / file).write_text("def own():\n    pass\n")
    sources = lessons(tmp_path)(HEADER).sources
    view = StepView(file=file, line=2, lines=sources.lines(file), function="own")
    composed = compose(view, place_of(view, 0, None), sources, SourceMode.BESIDE, tr)
    assert composed.other is not None
    assert composed.other.column.missing == said


# Interfaces

KNOCK = """\
package net

type Knocker interface {
	Knock(times int) error
}

type lifted interface {
	lift()
}

type Brass struct{}

func (b *Brass) Knock(times int) error {
	return nil
}

func (b *Brass) lift() {
}

type Iron struct{}

func (i *Iron) Knock(times int) error {
	return nil
}

func knockAll(k Knocker, l lifted) {
	k.Knock(3)
	l.lift()
}
"""
CALLS = line_of("k.Knock(3)", "", KNOCK)
BRASS, IRON = (line_of("func", f"{kind}) Knock", KNOCK) for kind in ("*Brass", "*Iron"))


@pytest.fixture
def sources(tmp_path: Path) -> LessonSources:
    write_files(tmp_path)
    (tmp_path / "go" / "src" / "net" / "knock.go").write_text(KNOCK)
    found = lessons(tmp_path)(HEADER).sources
    assert found is not None
    return found


def knocked(*calls: tuple[str, int, int]) -> History:
    """Return a walk in which functions are entered: name, line, and the line that calls them."""
    entered = [
        FunctionEntered(
            seq=100 * number,
            time_ns=number,
            span=number,
            function=function,
            source=SourcePlace("net/knock.go", line),
            caller=SourcePlace("net/knock.go", caller),
        )
        for number, (function, line, caller) in enumerate(calls, 1)
    ]
    walk = History.of(HEADER, opening()[:1])
    for each in entered:
        while len(walk) < each.seq:
            walk.append(FunctionReturned(seq=len(walk), time_ns=1, span=900, function="x.Knock"))
        walk.append(each)
    return walk


ASIDE = ViewedPlace("net/knock.go", CALLS, "net.knockAll", (), None, -1, aside=True)


def test_the_trace_tells_which_method_of_an_interface_a_line_calls(sources: LessonSources) -> None:
    """What is entered from that very line: next, or last if it is not any more."""
    walk = knocked(
        ("net.(*Brass).Knock", BRASS, CALLS),
        ("net.(*Brass).Knock", BRASS, CALLS + 9),
        ("net.(*Iron).Knock", IRON, CALLS),
        ("net.Knockers.other", IRON, CALLS),
    )
    for now, function, line, seq in (
        (0, "net.(*Brass).Knock", BRASS, 100),
        (99, "net.(*Brass).Knock", BRASS, 100),
        (100, "net.(*Iron).Knock", IRON, 300),
        (300, "net.(*Iron).Knock", IRON, 300),
        (400, "net.(*Iron).Knock", IRON, 300),
    ):
        look = definition(sources, walk, ASIDE, CALLS, now)
        assert look == SourceLook("net/knock.go", line, function, seq // 100, seq), now


def test_the_declaration_and_the_candidates_where_it_is_not_certain(sources: LessonSources) -> None:
    walk = knocked(("net.(*Brass).Knock", BRASS, CALLS + 9))
    look = definition(sources, walk, ASIDE, CALLS, 50)
    assert look is not None
    assert look.open is not None
    declared = line_of("Knock(times int) error", "", KNOCK)
    assert look[:3] == ("net/knock.go", declared, "net.Knocker.Knock")
    names = "*net.Brass, *net.Iron"
    assert left_open(look.open, EN).endswith(f"Candidates: {names}.")
    assert left_open(look.open, ZH).endswith(f"候选：{names}。")
    for tr in (EN, ZH):
        assert "net.Knocker" in left_open(look.open, tr)
        assert "net.Knocker" in left_open(look.open._replace(may_be=()), tr)
    many = look.open._replace(may_be=look.open.may_be * 3)
    assert left_open(many, EN).endswith(", ….")


def test_the_only_method_that_it_can_be(sources: LessonSources) -> None:
    look = definition(sources, history(), ASIDE, CALLS + 1)
    assert look == SourceLook("net/knock.go", line_of("func", "lift()", KNOCK), "net.(*Brass).lift")


def test_few_of_the_events_around_are_decoded(sources: LessonSources) -> None:
    walk = knocked()
    for number in range(1, 20_000):
        walk.append(FunctionReturned(seq=number, time_ns=number, span=900, function="x.Knock"))
    looked: list[int] = []
    get = walk.event
    walk.event = lambda index: (looked.append(index), get(index))[1]  # type: ignore[method-assign,func-returns-value]
    look = definition(sources, walk, ASIDE, CALLS, 10_000)
    assert look is not None
    assert look.open is not None
    assert looked == []
