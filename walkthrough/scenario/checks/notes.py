"""Checks a scenario's own notes against the source that they are about: does each find its line?

Go's source is read from a GOROOT, the instrumented server's from this package.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import walkthrough
from walkthrough.i18n.messages import message
from walkthrough.scenario.validation.errors import Mistake, mistake
from walkthrough.source.go_tree import GoTree, misfit
from walkthrough.source.notes import FOLLOWED, Note, Notes

_INSTRUMENTED = "instrumented"


def mistakes_beside_go(notes: Sequence[Note], tree: GoTree) -> Iterator[Mistake]:
    """Yield the notes that find no line in ``tree``, of those that hold for its version.

    Raises:
        OSError: A file of the tree cannot be read.
    """
    for at, note in enumerate(notes):
        if note.holds_for(tree.version) and (said := misfit(note, tree)):
            yield Mistake(("note", at, "function"), said)


def mistakes_beside_python(notes: Sequence[Note]) -> Iterator[Mistake]:
    """Yield the notes that have no place beside the instrumented server, and should have one."""
    placed = _placed(notes)
    for at, note in enumerate(notes):
        if note.go_only or note.id in placed or not note.holds_for(FOLLOWED):
            continue
        tried = (note.python or note.text)[0]
        yield mistake(
            ("note", at, "python"),
            "{text} is not on exactly one line of {function} in the instrumented server; say "
            "what is there with 'python' (and 'python_function'), or put go_only = true.",
            text=ascii(tried),
            function=note.python_function or note.function[0],
        )


def mistakes_of_ids(notes: Sequence[Note], general: Notes) -> Iterator[Mistake]:
    """Yield the notes whose ids belong to the program's ``general`` notes."""
    taken = {note.id for note in general.all}
    for at, note in enumerate(notes):
        if note.id in taken:
            said = message(
                "id is {found}, which a note of the program itself has; give it another.",
                found=ascii(note.id),
            )
            yield Mistake(("note", at, "id"), said)


def _placed(notes: Iterable[Note]) -> set[str]:
    sought = Notes(notes)
    return {
        note.id
        for file, lines in _instrumented().items()
        for found in sought.in_file(file, lines).values()
        for note in found
    }


@cache
def _instrumented() -> dict[str, tuple[str, ...]]:
    """Return the files of the instrumented server as events name them, with their lines."""
    root = Path(walkthrough.__file__).resolve().parent / "capture"
    return {
        path.relative_to(root).as_posix(): tuple(path.read_text("utf-8").split("\n"))
        for path in sorted((root / _INSTRUMENTED).rglob("*.py"))
    }
