"""A scenario's own notes and questions: those that nobody would ever see are found."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import convert

from walkthrough.i18n.texts import decoded
from walkthrough.model.events import AnyEvent, CaptureEnded
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.checks.notes import (
    mistakes_beside_go,
    mistakes_beside_python,
    mistakes_of_ids,
)
from walkthrough.scenario.checks.questions import QuestionCheck
from walkthrough.scenario.schema import Question
from walkthrough.scenario.validation.errors import Mistake
from walkthrough.source.go_tree import GoTree
from walkthrough.source.notes import Note, Notes

WORDS = {"en": "x", "zh": "x"}
DIAL = """\
package net

func Listen(network string) error {
	return listen(network)
}

func twice() {
	one()
	one()
}
"""
MAIN = "package main\n\nfunc main() {\n\tserve()\n}\n"


def questions(*points: str) -> list[Question]:
    rest: dict[str, Any] = {"ask": WORDS, "choice": [{"says": WORDS, "right": True}], "why": WORDS}
    return [
        convert({"id": f"q{n}", "when": when, **rest}, Question, dec_hook=decoded)
        for n, when in enumerate(points)
    ]


def note(function: str, text: str, **more: Any) -> Note:
    table = {"id": "one.a", "function": [function], "text": [text], "says": WORDS, **more}
    return convert(table, Note, dec_hook=decoded)


def recorded(name: str = "first-connection") -> list[AnyEvent]:
    return [event for _, event in load(scenarios.find(name) / scenarios.RECORDING)]


def unasked(asked: list[Question], events: list[AnyEvent]) -> list[Mistake]:
    looking = QuestionCheck(asked)
    for event in events:
        looking.fold(event)
    return list(looking.mistakes())


# questions


@pytest.mark.parametrize("name", scenarios.names())
def test_every_question_of_ours_is_asked(name: str) -> None:
    asked = scenarios.load_lesson(scenarios.find(name)).question
    assert unasked(list(asked), recorded(name)) == []


def test_a_question_whose_point_never_comes_is_found() -> None:
    asked = questions(
        "at once", "after setDeadline", "while accept is parked", "while write is parked"
    )
    assert [(each.keys, str(each.message)) for each in unasked(asked, recorded())] == [
        (
            ("question", 1, "when"),
            "'after setDeadline' was never reached, so the question is never asked.",
        ),
        (
            ("question", 3, "when"),
            "it was never 'while write is parked', so the question is never asked.",
        ),
    ]


def test_of_a_run_that_broke_off_nothing_is_said() -> None:
    asked = questions("after setDeadline")
    whole = recorded()
    assert unasked(asked, whole)
    assert unasked(asked, whole[:-1]) == []
    assert unasked(asked, [*whole[:-1], CaptureEnded(seq=9, time_ns=9, reason="timed out")]) == []


# notes


@pytest.fixture
def tree(tmp_path: Path) -> GoTree:
    """A Go tree of one file, and a program."""
    for name, text in (
        ("VERSION", "go1.24.3\n"),
        ("src/net/dial.go", DIAL),
        ("mine/main.go", MAIN),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return GoTree(tmp_path, [tmp_path / "mine"])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (note("net.Listen", "listen("), None),
        (note("net.Listen", ""), None),
        (note("main.main", "serve("), None),
        (note("net.Lisen", "listen("), "net.Lisen is not in go1.24.3"),
        (note("net.Lisen", "listen(", versions=">=1.25"), None),
        (note("main.main", "listen("), "'listen(' is not on exactly one line of main.main (mine/m"),
        (note("net.Listen", "lisen("), "'lisen(' is not on exactly one line of net.Listen (net/di"),
        (
            note("net.twice", "one()"),
            "'one()' is not on exactly one line of net.twice (net/dial.go",
        ),
    ],
)
def test_a_note_that_finds_no_line_of_go(wrong: Note, said: str | None, tree: GoTree) -> None:
    right = note("net.Listen", "listen(", id="one.b")
    found = list(mistakes_beside_go([right, wrong], tree))
    assert len(found) == (said is not None)
    if said is not None:
        assert found[0].keys == ("note", 1, "function")
        assert str(found[0].message).startswith(said)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (note("net.(*netFD).accept", "x", python=["SyscallError("]), None),
        (note("net.(*netFD).accept", "no such text", go_only=True), None),
        (note("net.(*netFD).accept", "no such text", versions="<1.23"), None),
        (note("net.(*netFD).accept", "no such text"), "'no such text' is not on exactly one line"),
        (
            note("net.NoSuch", ""),
            "of net.NoSuch in the instrumented server; say what is there with",
        ),
    ],
)
def test_a_note_that_finds_no_line_of_python(wrong: Note, said: str | None) -> None:
    found = list(mistakes_beside_python([wrong]))
    assert len(found) == (said is not None)
    assert all(
        each.keys == ("note", 0, "python") and (said or "") in str(each.message) for each in found
    )


def test_an_id_of_the_programs_own_notes_is_taken() -> None:
    general = Notes.load()
    taken = note("net.Listen", "", id=general.all[0].id)
    (found,) = mistakes_of_ids([note("net.Listen", ""), taken], general)
    assert found.keys == ("note", 1, "id")
    assert f"id is {taken.id!a}, which a note of the program itself has" in str(found.message)
