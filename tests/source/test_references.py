"""Where something can be read up: what is named exists, and nothing else can be named."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.need import need
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.schema import CALLS
from walkthrough.source.functions import find_functions
from walkthrough.source.go_root import find_some_go_root
from walkthrough.source.notes import FOLLOWED, NoteError, Notes, parse_notes
from walkthrough.source.references import (
    Reference,
    ReferenceKind,
    SeeAlsoError,
    manual_page_of,
    parse_reference,
)

MOST = 3


def named() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every note and question by its id, with what it names."""
    for note in Notes.load().all:
        yield note.id, note.see
    for name in scenarios.names():
        lesson = scenarios.load_lesson(scenarios.find(name))
        yield from ((note.id, note.see) for note in lesson.note)
        yield from ((question.id, question.see) for question in lesson.question)


NAMED = dict(named())


@pytest.mark.parametrize(
    ("text", "expected", "copied"),
    [
        ("accept(2)", Reference(ReferenceKind.MANUAL, "accept", "2"), "man 2 accept"),
        (
            "TIME-WAIT.x(7)",
            Reference(ReferenceKind.MANUAL, "TIME-WAIT.x", "7"),
            "man 7 TIME-WAIT.x",
        ),
        (
            "net/sock_posix.go socket()",
            Reference(ReferenceKind.GO, "net/sock_posix.go", "socket"),
            "net/sock_posix.go socket()",
        ),
        (
            "internal/poll/fd_unix.go (*FD).Accept()",
            Reference(ReferenceKind.GO, "internal/poll/fd_unix.go", "(*FD).Accept"),
            "internal/poll/fd_unix.go (*FD).Accept()",
        ),
    ],
)
def test_two_kinds_of_places_can_be_named(text: str, expected: Reference, copied: str) -> None:
    found = parse_reference(text)
    assert (found, str(found), found.copied) == (expected, text, copied)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "accept",
        "accept(0)",
        "accept(10)",
        "accept (2)",
        "accept(2) ",
        "../net/sock_posix.go socket()",
        "sock_posix.go socket()",
        "net/sock_posix.go socket",
        "net/sock_posix.c socket()",
        "\x1b[2J(2)",
        "https://go.dev",
    ],
)
def test_anything_else_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(SeeAlsoError, match="it takes manual pages") as caught:
        parse_reference(text)
    assert str(caught.value).isprintable()
    toml = f'[[note]]\nid = "a.b"\nfunction = "f"\ntext = ""\nsays.en = "x"\nsee = [{text!a}]\n'
    if text.isprintable():
        with pytest.raises(NoteError, match="a\\.toml, note 'a\\.b': see has"):
            parse_notes(toml.replace("'", '"'), "a.toml")


def test_a_system_call_has_the_page_of_its_family() -> None:
    pages = {call: str(manual_page_of(call)) for call in CALLS}
    assert pages["accept4"] == "accept(2)"
    assert pages["epoll_pwait"] == "epoll_wait(2)"
    assert pages["listen"] == "listen(2)"
    assert {page[-3:] for page in pages.values()} == {"(2)"}


def test_a_go_place_that_is_named_is_in_the_source() -> None:
    root = find_some_go_root(FOLLOWED)
    need(root is not None, "Go's source is not on this machine")
    assert root is not None
    functions: dict[str, frozenset[str]] = {}
    wanted = {parse_reference(text) for see in NAMED.values() for text in see}
    for place in sorted(each for each in wanted if each.kind is ReferenceKind.GO):
        file = Path(root) / "src" / place.name
        if place.name not in functions:
            assert file.is_file(), str(place)
            lines = tuple(file.read_text("utf-8").splitlines())
            functions[place.name] = frozenset(find_functions(lines))
        assert place.part in functions[place.name], str(place)


@pytest.mark.parametrize("id", NAMED)
def test_no_more_is_named_than_is_read(id: str) -> None:
    see = NAMED[id]
    assert len(see) <= MOST
    assert len({*see}) == len(see)
