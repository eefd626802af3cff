"""A Go tree in which functions are looked up, and whether a note has its one line in it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from walkthrough.i18n.messages import Message, message
from walkthrough.source.build_constraints import EXPERIMENTS, context_of, experiments
from walkthrough.source.functions import LineRange, find_function, find_functions
from walkthrough.source.go_root import plain_version
from walkthrough.source.notes import Note, Notes, anchor, function_package

_BEGINNING = 500
"""How many lines of a file hold its ``//go:build`` line and its imports."""


class GoTree:
    """A Go tree (and the server's source) in which functions are looked up by qualified name."""

    def __init__(self, goroot: Path, programs: Sequence[Path], machine: str = "x86_64") -> None:
        """Look functions up below ``goroot``, those of package main in ``programs``.

        Args:
            goroot: A GOROOT.
            programs: The folders of programs.
            machine: What they are built for, as uname(2) calls it: which files Go builds.

        Raises:
            OSError: ``goroot`` has no file that says its version, or it cannot be read.
        """
        version = (goroot / "VERSION").read_text("utf-8", "replace").split()
        self.version = plain_version(version[0]) if version else ""
        self._src = goroot / "src"
        self._programs = programs
        exp = self._src / EXPERIMENTS
        on = experiments(exp.read_text("utf-8", "replace")) if exp.is_file() else frozenset()
        self._context = context_of(self.version, on, machine)
        self._files: dict[Path, list[tuple[str, tuple[str, ...], dict[str, LineRange]]]] = {}

    def definitions(self, function: str) -> Iterator[list[tuple[str, tuple[str, ...], LineRange]]]:
        """Yield file name, lines and body wherever ``function`` is defined for Linux.

        They come in one list; of package main in one for each program that has the function.
        """
        package = function_package(function)
        if package == "main":
            groups = [[folder] for folder in self._programs]
        else:
            groups = [[self._src / package]]
        if package == "internal/poll":
            groups[0].append(self._src / "runtime")  # where its linknamed functions are written
        for folders in groups:
            found = []
            for each in folders:
                for name, lines, functions in self._folder(each):
                    own = each == folders[0]
                    body = find_function(functions, function) if own else functions.get(function)
                    if body is not None:
                        found.append((f"{each.name}/{name}", lines, body))
            if found:
                yield found

    def _folder(self, folder: Path) -> list[tuple[str, tuple[str, ...], dict[str, LineRange]]]:
        if folder not in self._files:
            found = []
            for path in sorted(folder.glob("*.go")):
                lines = tuple(path.read_text("utf-8", "replace").split("\n"))
                if self._context.builds(path.name, "\n".join(lines[:_BEGINNING])):
                    found.append((path.name, lines, find_functions(lines)))
            self._files[folder] = found
        return self._files[folder]


def misfits(notes: Notes, tree: GoTree) -> list[Message]:
    """Return one sentence for every note that does not find exactly one line in ``tree``."""
    return [
        message("{note}: {why}", note=note.id, why=said)
        for note in notes.all
        if note.holds_for(tree.version)
        if (said := misfit(note, tree))
    ]


def misfit(note: Note, tree: GoTree) -> Message | None:
    """Return why a note does not find exactly one line in ``tree``; None if it does."""
    groups = [group for function in note.function for group in tree.definitions(function)]
    if not groups:
        return message(
            "{functions} is not in {version}.",
            functions=list(note.function),
            version=tree.version,
        )
    if all(function_package(function) != "main" for function in note.function):
        groups = [[place for group in groups for place in group]]
    counts = [
        sum(anchor(note, lines, body) is not None for _, lines, body in group) for group in groups
    ]
    # Each of our programs has a main: the note has to fit the one that it speaks of.
    if 1 in counts:
        return None
    where = ", ".join(name for group in groups for name, _, _ in group)
    return message(
        "{text} is not on exactly one line of {function} ({files}, {version}).",
        text=ascii(note.text[0]),
        function=_either(note.function),
        files=where,
        version=tree.version,
    )


def _either(names: Sequence[str]) -> Message | str:
    """Return names as alternatives."""
    said: Message | str = names[0]
    for name in names[1:]:
        said = message("{one} or {other}", one=said, other=name)
    return said
