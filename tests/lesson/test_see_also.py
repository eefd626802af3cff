"""What can be read up about a step."""

from collections.abc import Sequence

from msgspec.structs import replace

from walkthrough.lesson.lesson import StepView
from walkthrough.lesson.see_also import see_also
from walkthrough.model.events import CallReturned, FunctionEntered
from walkthrough.source.notes import Notes, parse_notes

NOTES = Notes(
    parse_notes(
        """
[[note]]
id = "socket.create"
function = "net.socket"
text = ""
says.en = "x"
see = ["socket(2)", "socket(7)"]

[[note]]
id = "other.one"
function = "net.other"
text = ""
says.en = "x"
see = ["bind(2)"]
""",
        "notes.toml",
    )
)
LINES = ("package net", "", "func socket(a int) error {", "\treturn nil", "}")
VIEW = StepView(file="net/sock_posix.go", line=4, lines=LINES, function="net.socket")
ENTERED = FunctionEntered(seq=1, time_ns=1, function="net.socket", span=1)
CALLED = CallReturned(seq=1, time_ns=1, call="accept4", span=1)


def said(*found: object) -> Sequence[str]:
    return [str(each) for each in found]


def test_what_the_notes_name_comes_first_then_the_call_and_the_function() -> None:
    assert said(*see_also(VIEW, CALLED, NOTES)) == [
        "socket(2)",
        "socket(7)",
        "accept(2)",
        "net/sock_posix.go socket()",
    ]


def test_the_caption_counts_and_nothing_is_named_twice() -> None:
    view = replace(VIEW, note="other.one")
    called = replace(CALLED, call="bind")
    assert said(*see_also(view, called, NOTES))[:2] == ["bind(2)", "socket(2)"]
    assert len(see_also(view, called, NOTES)) == 4


def test_without_notes_only_what_is_done_is_told() -> None:
    assert said(*see_also(VIEW, ENTERED, None)) == ["net/sock_posix.go socket()"]
    assert said(*see_also(None, CALLED, NOTES)) == ["accept(2)"]
    assert see_also(None, None, NOTES) == ()


def test_a_program_that_is_not_gos_own_is_no_place_to_read() -> None:
    for file in ("main.go", "walkthrough.example/server/main.go", "/home/me/main.go", "a/b.py"):
        assert see_also(replace(VIEW, file=file), ENTERED, None) == ()
    assert see_also(replace(VIEW, line=1), ENTERED, None) == ()


def test_what_an_answered_question_names_comes_before_all() -> None:
    found = said(*see_also(VIEW, CALLED, NOTES, ["listen(2)", "socket(7)"]))
    assert found == [
        "listen(2)",
        "socket(7)",
        "socket(2)",
        "accept(2)",
        "net/sock_posix.go socket()",
    ]
    assert said(*see_also(None, None, None, ["listen(2)"])) == ["listen(2)"]
