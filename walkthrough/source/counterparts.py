"""Finds the line of the instrumented server that does the same as a line of Go, and vice versa.

The instrumented server keeps Go's packages and names, so the function is found by name; within it
`walkthrough.source.line_mapping` pairs the lines. It knows no events.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from walkthrough.source.functions import (
    LineRange,
    find_functions,
    find_python_functions,
    function_at,
    local,
    package_of,
    short,
)
from walkthrough.source.library import INSTRUMENTED, SourceLibrary
from walkthrough.source.line_mapping import FunctionText, LineMapping, MatchPrecision, ties_of
from walkthrough.source.notes import Notes, fold

_FOLDERS = {"internal/poll": "internal_poll"}
_PACKAGES = {ours: package for package, ours in _FOLDERS.items()}
_MOST_PAIRINGS = 500
_MOST_FOUND = 10_000


class Counterpart(NamedTuple):
    """The place in the other program that corresponds.

    Attributes:
        file: As events name it.
        line: From 1.
        function: As Go prints it.
        how: How sure it is.
    """

    file: str
    line: int
    function: str
    how: MatchPrecision


class AbsenceReason(Enum):
    """Why nothing corresponds."""

    NO_FUNCTION = "the line is in no function"
    NOT_WRITTEN = "the other program has no such function"
    NO_GO = "Go's source is not on this machine"


class NoCounterpart(NamedTuple):
    """Nothing corresponds to a line of ``function``, which is "" if the line is in none."""

    function: str
    why: AbsenceReason


class Counterparts:
    """Counterparts in both directions; files are read and paired on demand, and cached.

    Args:
        library: Where source is read from.
        notes: Those that are tied to lines of both programs.
    """

    def __init__(self, library: SourceLibrary, notes: Notes) -> None:
        self._library = library
        self._notes = notes
        self._go: dict[str, dict[str, LineRange]] = {}
        self._python: dict[str, tuple[dict[str, LineRange], tuple[str, ...]]] = {}
        self._pairings: dict[tuple[str, str, str], LineMapping] = {}
        self._found: dict[tuple[str, int], Counterpart | NoCounterpart] = {}

    def of(self, file: str, line: int) -> Counterpart | NoCounterpart:
        """Return what corresponds to a line.

        Args:
            file: As in a `SourcePlace`; one of the instrumented server's asks for Go's.
            line: From 1.
        """
        found = self._found.get((file, line))
        if found is None:
            find = self._of_python if file.endswith(".py") else self._of_go
            if len(self._found) >= _MOST_FOUND:
                self._found.clear()
            found = self._found[file, line] = find(file, line)
        return found

    def function_at(self, file: str, line: int) -> tuple[str, LineRange] | None:
        """Return the function that a line is in, as Go prints it, and its lines."""
        functions = self._in_python(file)[0] if file.endswith(".py") else self._in_go(file)
        at = function_at(file, functions, line)
        return at[1:] if at is not None else None

    def _of_go(self, file: str, line: int) -> Counterpart | NoCounterpart:
        at = function_at(file, self._in_go(file), line)
        if at is None:
            return NoCounterpart("", AbsenceReason.NO_FUNCTION)
        key, function, _ = at
        for other in self._python_files(file):
            theirs = _named(self._in_python(other)[0], function, loose=_stem(other) == _stem(file))
            if theirs is not None:
                there, how = self._pairing(file, key, function, other, theirs).other(line)
                return Counterpart(other, there, function, how)
        return NoCounterpart(function, AbsenceReason.NOT_WRITTEN)

    def _of_python(self, file: str, line: int) -> Counterpart | NoCounterpart:
        at = function_at(file, self._in_python(file)[0], line)
        if at is None:
            return NoCounterpart("", AbsenceReason.NO_FUNCTION)
        theirs = at[0]
        if not self._library.has_go:
            return NoCounterpart(theirs, AbsenceReason.NO_GO)
        for other, key in self._go_functions(file, theirs):
            body = self._in_go(other)[key]
            _, function, _ = function_at(other, self._in_go(other), body.first) or ("", key, body)
            there, how = self._pairing(other, key, function, file, theirs).one(line)
            return Counterpart(other, there, function, how)
        return NoCounterpart(theirs, AbsenceReason.NOT_WRITTEN)

    def _pairing(self, go: str, key: str, function: str, python: str, theirs: str) -> LineMapping:
        name = (go, key, python)
        if name not in self._pairings:
            if len(self._pairings) >= _MOST_PAIRINGS:
                self._pairings.clear()
            functions, code = self._in_python(python)
            one = FunctionText(self._library.lines(go) or (), self._in_go(go)[key])
            other = FunctionText(code, functions[theirs])
            notes = self._notes.for_function(function)
            self._pairings[name] = LineMapping(one, other, ties_of(notes, one, other))
        return self._pairings[name]

    def _in_go(self, file: str) -> dict[str, LineRange]:
        if file not in self._go:
            self._go[file] = find_functions(self._library.lines(file) or ())
        return self._go[file]

    def _in_python(self, file: str) -> tuple[dict[str, LineRange], tuple[str, ...]]:
        if file not in self._python:
            self._python[file] = find_python_functions(self._library.lines(file) or ())
        return self._python[file]

    def _python_files(self, file: str) -> Iterable[str]:
        """List where the function of a Go file may be: its namesake first, then its package."""
        package = package_of(file)
        if package == "main":
            return [f"{INSTRUMENTED}/main.py", f"{INSTRUMENTED}/options.py"]
        folder = f"{INSTRUMENTED}/{_FOLDERS.get(package, package)}"
        stem = file.rpartition("/")[2].removesuffix(".go")
        files = self._library.folder(folder, ".py")
        return sorted(files, key=lambda one: one != f"{folder}/{stem}.py")

    def _go_functions(self, file: str, name: str) -> Iterator[tuple[str, str]]:
        """Find where Go has a function of the instrumented server: file and key there."""
        folder, _, python = file.removeprefix(f"{INSTRUMENTED}/").rpartition("/")
        package = _PACKAGES.get(folder, folder)
        same = f"{package}/{python.removesuffix('.py')}.go".removeprefix("/")
        bare, linked = _bare(name), f" {name}\n"
        for other in sorted(self._library.folder(package, ".go"), key=lambda one: one != same):
            text = self._library.text(other)
            if linked in text or bare in fold(text):  # otherwise there is nothing to parse for
                functions = self._in_go(other)
                key = name if name in functions else local(name)
                if key in functions:
                    yield other, key
                elif (found := _named(functions, name, loose=other == same)) is not None:
                    yield other, found


def _named(functions: Iterable[str], function: str, *, loose: bool) -> str | None:
    """Find a function by the name that Go prints, else by what both spellings have in common.

    With ``loose`` a method may be a plain function, if only one has its name.
    """
    names = list(functions)
    if function in names:
        return function
    wanted = fold(short(function))
    found = [name for name in names if fold(short(name)) == wanted]
    if not found and loose:
        found = [name for name in names if _bare(name) == _bare(function)]
        found = found if len(found) == 1 else []
    return found[0] if found else None


def _bare(function: str) -> str:
    return fold(local(function).rpartition(".")[2])


def _stem(file: str) -> str:
    return file.rpartition("/")[2].rpartition(".")[0]
