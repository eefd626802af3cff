"""Checks the notes against a Go tree: does every note still find its line, exactly once?

Run as ``python -m walkthrough.lesson.check_notes GOROOT...``; prints what does not fit, exit
status 1.
"""

import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from walkthrough.formatting.escaping import printable
from walkthrough.formatting.terminal import say, show
from walkthrough.scenario.loader import folder, load_notes
from walkthrough.source.go_tree import GoTree, misfits
from walkthrough.source.notes import Notes


def programs() -> list[Path]:
    """Return the folders of our own Go programs: the server, its variants, scenarios' own."""
    return sorted({main.parent for main in folder().rglob("main.go")})


def all_notes() -> Notes:
    """Return the program's own notes and those of the scenarios that come with it."""
    own = (load_notes(file.parent) for file in sorted(folder().glob("*/lesson.toml")))
    return Notes([*Notes.load().all, *chain.from_iterable(own)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Check every GOROOT named; return the exit status."""
    roots = sys.argv[1:] if arguments is None else list(arguments)
    if not roots:
        say("usage: python -m walkthrough.lesson.check_notes GOROOT...")
        return 2
    notes = all_notes()
    status = 0
    for root in roots:
        try:
            tree = GoTree(Path(root), programs())
            wrong = misfits(notes, tree)
        except OSError as error:
            where = printable(str(error.filename or root))
            say(f"{root} is no Go tree to read: {where}: {error.strerror}.")
            return 2
        for sentence in wrong:
            say(str(sentence))
        held = sum(note.holds_for(tree.version) for note in notes.all)
        show(f"{tree.version}: {held - len(wrong)} of {held} notes fit")
        status = status or int(bool(wrong))
    return status


if __name__ == "__main__":
    raise SystemExit(main())
