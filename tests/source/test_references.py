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
    SeeAlso,
    SeeAlsoError,
    SeeAlsoKind,
    manual_page_of,
    parse_see_also,
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
        ("accept(2)", SeeAlso(SeeAlsoKind.MANUAL, "accept", "2"), "man 2 accept"),
        (
            "TIME-WAIT.x(7)",
            SeeAlso(SeeAlsoKind.MANUAL, "TIME-WAIT.x", "7"),
            "man 7 TIME-WAIT.x",
        ),
        (
            "net/sock_posix.go socket()",
            SeeAlso(SeeAlsoKind.GO, "net/sock_posix.go", "socket"),
            "net/sock_posix.go socket()",
        ),
        (
            "internal/poll/fd_unix.go (*FD).Accept()",
            SeeAlso(SeeAlsoKind.GO, "internal/poll/fd_unix.go", "(*FD).Accept"),
            "internal/poll/fd_unix.go (*FD).Accept()",
        ),
        (
            "net/ipsock.go addrList.first()",
            SeeAlso(SeeAlsoKind.GO, "net/ipsock.go", "addrList.first"),
            "net/ipsock.go addrList.first()",
        ),
    ],
)
def test_two_kinds_of_places_can_be_named(text: str, expected: SeeAlso, copied: str) -> None:
    found = parse_see_also(text)
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
        parse_see_also(text)
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
    wanted = {parse_see_also(text) for see in NAMED.values() for text in see}
    for place in sorted(each for each in wanted if each.kind is SeeAlsoKind.GO):
        file = Path(root) / "src" / place.name
        if place.name not in functions:
            assert file.is_file(), str(place)
            lines = tuple(file.read_text("utf-8").splitlines())
            functions[place.name] = frozenset(find_functions(lines))
        assert place.part in functions[place.name], str(place)


@pytest.mark.parametrize("id", NAMED)
def test_every_note_and_question_names_where_to_read_on_and_not_too_much(id: str) -> None:
    see = NAMED[id]
    assert 1 <= len(see) <= MOST
    assert len({*see}) == len(see)
