"""Checks the notes against a Go tree: does every note still find its line, exactly once?

Run as ``python -m walkthrough.lesson.check_notes [--lang LANG] GOROOT...``; prints what does not
fit, exit status 1. It speaks the language that the commands speak.
"""

import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from walkthrough.formatting.escaping import printable
from walkthrough.formatting.terminal import say, show
from walkthrough.i18n.catalogue import languages
from walkthrough.scenario.loader import folder, load_notes
from walkthrough.source.go_tree import GoTree, misfits
from walkthrough.source.notes import Notes
from walkthrough.user_data.language import catalogue_for


def programs() -> list[Path]:
    """Return the folders of our own Go programs: the server, its variants, scenarios' own."""
    return sorted({main.parent for main in folder().rglob("main.go")})


def all_notes() -> Notes:
    """Return the program's own notes and those of the scenarios that come with it."""
    own = (load_notes(file.parent) for file in sorted(folder().glob("*/lesson.toml")))
    return Notes([*Notes.load().all, *chain.from_iterable(own)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Check every GOROOT named; return the exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    tr, trouble = catalogue_for(words)
    if trouble is not None:
        say(tr.text(trouble))
    language, roots = _parsed(words)
    if language is not None and language not in languages():
        say(
            tr(
                "invalid choice: {value} (choose from {choices})",
                value=ascii(language),
                choices=[*languages()],
            )
        )
        return 2
    if not roots:
        say(tr("usage: {command}", command="python -m walkthrough.lesson.check_notes GOROOT..."))
        return 2
    notes = all_notes()
    status = 0
    for root in roots:
        try:
            tree = GoTree(Path(root), programs())
            wrong = misfits(notes, tree)
        except OSError as error:
            say(
                tr(
                    "{folder} is no Go tree that can be read: {file}: {error}.",
                    folder=printable(root),
                    file=printable(str(error.filename or root)),
                    error=error.strerror or "",
                )
            )
            return 2
        for sentence in wrong:
            say(tr.text(sentence))
        held = sum(note.holds_for(tree.version) for note in notes.all)
        show(
            tr(
                "{version}: {fit} of {count} notes fit",
                version=tree.version,
                fit=held - len(wrong),
                count=held,
            )
        )
        status = status or int(bool(wrong))
    return status


def _parsed(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the value of ``--lang``, None without it, and every GOROOT named."""
    language, roots = None, []
    left = iter(words)
    for word in left:
        if word == "--lang":
            language = next(left, "")
        elif word.startswith("--lang="):
            language = word.partition("=")[2]
        else:
            roots.append(word)
    return language, roots


if __name__ == "__main__":
    raise SystemExit(main())
