"""Messages are sentences with their fields apart, and as strings English."""

import msgspec
import pytest

from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Field, Message, in_context, message, plural
from walkthrough.model.sentence import fill, names_of


@pytest.mark.parametrize(
    ("said", "english"),
    [
        (message("It ended."), "It ended."),
        (message("{file} is empty.", file="a.log"), "a.log is empty."),
        (plural("{count} line", "{count} lines", 1), "1 line"),
        (plural("{count} line", "{count} lines", 0), "0 lines"),
        (plural("{count} line of {file}", "{count} lines of {file}", 7, file="x"), "7 lines of x"),
        (in_context("a pane", "Note"), "Note"),
        (message("{what}: {why}", what=message("the log"), why="torn"), "the log: torn"),
        (message("there are: {all}", all=["a", 2, message("b")]), "there are: a, 2, b"),
    ],
)
def test_a_message_is_english_as_a_string(said: Message, english: str) -> None:
    assert str(said) == english


@pytest.mark.parametrize(
    ("sentence", "fields", "said"),
    [
        ("{a} and {b}", {"a": 1}, "1 and {b}"),
        ("{{{a}}}", {"a": "x"}, "{x}"),
        ("{a.__class__} {a!r} {a[0]} {0} {}", {"a": "x"}, "{a.__class__} {a!r} {a[0]} {0} {}"),
        ("{a}", {"a": "{b}", "b": "no"}, "{b}"),
        ("}{", {}, "}{"),
    ],
)
def test_nothing_but_names_is_understood_between_braces(
    sentence: str, fields: dict[str, Field], said: str
) -> None:
    assert fill(sentence, fields) == said


def test_a_message_of_a_table_gets_its_fields_later() -> None:
    table = message("client {number} {did}", did="connects")
    assert str(table.with_fields(number=3)) == "client 3 connects"
    assert str(table) == "client {number} connects"


def test_messages_travel_as_json() -> None:
    said = message("{a}: {b}", a=plural("{count} call", "{count} calls", 2), b=["x", 1])
    assert msgspec.json.decode(msgspec.json.encode(said), type=Message) == said


def test_an_error_says_its_message() -> None:
    error = MessageError(message("{file} is empty.", file="a"))
    assert str(error) == "a is empty."
    assert error.message == message("{file} is empty.", file="a")
    assert str(MessageError("as it is {x}")) == "as it is {x}"


def test_names_are_those_of_the_fields() -> None:
    assert names_of("{a} {{b}} {c_1} {a}") == {"a", "c_1"}
