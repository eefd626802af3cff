"""A scenario's own notes have a place under every server that it runs under."""

from itertools import chain

import pytest

from walkthrough.lesson import scenario as scenarios
from walkthrough.lesson.judging.own_notes import mistakes_beside_python, mistakes_of_ids
from walkthrough.lesson.notes import Notes

BOTH = [name for name in scenarios.names() if "python" in scenarios.load(name).servers]


@pytest.mark.parametrize("name", BOTH)
def test_they_stand_beside_the_instrumented_server(name: str) -> None:
    notes = scenarios.load_notes(scenarios.find(name))
    assert list(mistakes_beside_python(notes)) == []


def test_no_id_is_used_twice() -> None:
    own = [scenarios.load_notes(scenarios.find(name)) for name in scenarios.names()]
    assert list(mistakes_of_ids(tuple(chain.from_iterable(own)), Notes.load())) == []
    assert len({note.id for notes in own for note in notes}) == sum(map(len, own))
