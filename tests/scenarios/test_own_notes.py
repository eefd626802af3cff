"""A scenario's own notes have a place under every server that it runs under."""

import re
from itertools import chain

import pytest

from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.checks.notes import mistakes_beside_python, mistakes_of_ids
from walkthrough.source.notes import Notes

BOTH = [name for name in scenarios.names() if "python" in scenarios.load(name).servers]


@pytest.mark.parametrize("name", BOTH)
def test_they_stand_beside_the_instrumented_server(name: str) -> None:
    notes = scenarios.load_notes(scenarios.find(name))
    assert list(mistakes_beside_python(notes)) == []


def test_no_id_is_used_twice() -> None:
    own = [scenarios.load_notes(scenarios.find(name)) for name in scenarios.names()]
    assert list(mistakes_of_ids(tuple(chain.from_iterable(own)), Notes.load())) == []
    assert len({note.id for notes in own for note in notes}) == sum(map(len, own))


# What a listing of about Go 1.15 names, or what is said around it, and today's Go has otherwise.
OF_THE_LISTING = [
    "listenStream", "sysSocket", "listenTCP", "ctrlFn", "newFD", "epollcreate", "epollcreate1",
    "epollctl", "epollwait", "closeonexec", "runtime_pollUnblock", "runtime_pollClose",
]  # fmt: skip


@pytest.mark.parametrize("name", OF_THE_LISTING)
def test_the_notes_beside_the_listing_speak_of(name: str) -> None:
    notes = scenarios.load_notes(scenarios.find("the-document-today"))
    speaking = [note for note in notes if re.search(rf"(?<!\w){name}(?!\w)", note.says("en"))]
    assert speaking
    assert all(name in note.says("zh") for note in speaking)
