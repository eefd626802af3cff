"""A Go tree in which functions are looked up, and whether a note has its one line in it."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from walkthrough.i18n.messages import Message, message
from walkthrough.source.functions import Body, find_function, find_functions
from walkthrough.source.library import plain_version
from walkthrough.source.notes import Note, Notes, anchor, function_package

# go list's file name rule: name_GOOS.go and name_GOOS_GOARCH.go are for that system alone.
_OTHER_SYSTEMS = (
    "aix|android|darwin|dragonfly|freebsd|hurd|illumos|ios|js|nacl|netbsd|openbsd|plan9|solaris"
    "|wasip1|windows|zos"
)
_OTHER_MACHINES = "386|arm|loong64|mips\\w*|ppc64\\w*|riscv64|s390x|sparc64|wasm|arm64"
_FOR_OTHERS = re.compile(rf"_({_OTHER_SYSTEMS}|{_OTHER_MACHINES}|test)\.go$|_({_OTHER_SYSTEMS})_")
_TRUE_TAGS = frozenset({"linux", "amd64", "unix", "gc"})
_BUILD = "//go:build "


def applies(name: str, lines: tuple[str, ...]) -> bool:
    """Tell whether a Go file is built on Linux, from its name and its ``//go:build`` line."""
    if _FOR_OTHERS.search(name):
        return False
    constraint = next((line for line in lines[:40] if line.startswith(_BUILD)), None)
    return constraint is None or _holds(constraint.removeprefix(_BUILD))


def _holds(expression: str) -> bool:
    """Evaluate a build constraint: tags, ``!``, ``&&``, ``||`` and brackets."""
    tokens = re.findall(r"[\w.]+|&&|\|\||[!()]", expression)

    def either() -> bool:
        value = both()
        while tokens and tokens[0] == "||":
            tokens.pop(0)
            value = both() or value
        return value

    def both() -> bool:
        value = one()
        while tokens and tokens[0] == "&&":
            tokens.pop(0)
            value = one() and value
        return value

    def one() -> bool:
        token = tokens.pop(0) if tokens else ""
        if token == "!":
            return not one()
        if token == "(":
            value = either()
            if tokens:
                tokens.pop(0)
            return value
        # Release tags (go1.21) name versions that every supported Go has reached.
        return token in _TRUE_TAGS or token.startswith("go1.")

    return either()


class Tree:
    """A Go tree (and the server's source) in which functions are looked up by qualified name."""

    def __init__(self, goroot: Path, programs: Sequence[Path]) -> None:
        """Look functions up below ``goroot``, those of package main in ``programs``.

        Raises:
            OSError: ``goroot`` has no file that says its version, or it cannot be read.
        """
        version = (goroot / "VERSION").read_text("utf-8", "replace").split()
        self.version = plain_version(version[0]) if version else ""
        self._src = goroot / "src"
        self._programs = programs
        self._files: dict[Path, list[tuple[str, tuple[str, ...], dict[str, Body]]]] = {}

    def definitions(self, function: str) -> Iterator[list[tuple[str, tuple[str, ...], Body]]]:
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

    def _folder(self, folder: Path) -> list[tuple[str, tuple[str, ...], dict[str, Body]]]:
        if folder not in self._files:
            found = []
            for path in sorted(folder.glob("*.go")):
                lines = tuple(path.read_text("utf-8", "replace").split("\n"))
                if applies(path.name, lines):
                    found.append((path.name, lines, find_functions(lines)))
            self._files[folder] = found
        return self._files[folder]


def misfits(notes: Notes, tree: Tree) -> list[Message]:
    """Return one sentence for every note that does not find exactly one line in ``tree``."""
    return [
        message("{note}: {why}", note=note.id, why=said)
        for note in notes.all
        if note.holds_for(tree.version)
        if (said := misfit(note, tree))
    ]


def misfit(note: Note, tree: Tree) -> Message | None:
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
    function = " or ".join(note.function)
    return message(
        "{text} is not on exactly one line of {function} ({files}, {version}).",
        text=ascii(note.text[0]),
        function=function,
        files=where,
        version=tree.version,
    )
