"""A scenario's own notes have a place under every server that it runs under."""

from pathlib import Path

import pytest

import walkthrough
from walkthrough.lesson import scenario as scenarios
from walkthrough.lesson.notes import Notes

BOTH = [name for name in scenarios.names() if "python" in scenarios.load(name).servers]
INSTRUMENTED = Path(walkthrough.__file__).parent / "capture" / "instrumented"
FILES = {
    str(path.relative_to(INSTRUMENTED)): tuple(path.read_text("utf-8").split("\n"))
    for path in INSTRUMENTED.rglob("*.py")
}


@pytest.mark.parametrize("name", BOTH)
def test_they_stand_beside_the_instrumented_server(name: str) -> None:
    notes = Notes(scenarios.load_notes(scenarios.find(name)))
    placed = {
        note.id
        for file, lines in FILES.items()
        for found in notes.in_file(f"instrumented/{file}", lines).values()
        for note in found
    }
    assert {note.id for note in notes.all if not note.go_only} == placed
