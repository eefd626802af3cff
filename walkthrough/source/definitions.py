"""Finds the definition of a function that is called on a line, of Go or of the instrumented Python.

It reads text as gofmt and ruff lay it out, and guesses types from declarations. It is no compiler:
what it cannot tell it leaves open, and what the trace enters next may settle it.
"""

import re
from collections.abc import Iterable, Iterator

from walkthrough.source.calls import CALL, NO_FUNCTIONS, bare
from walkthrough.source.functions import (
    Body,
    Definition,
    find_functions,
    find_python_functions,
    function_at,
    local,
    package_of,
)
from walkthrough.source.interfaces import Dispatch, Interfaces, declared_around
from walkthrough.source.library import SourceLibrary
from walkthrough.source.notes import Notes
from walkthrough.source.packages import Packages, folder_of, imports
from walkthrough.source.python_definitions import PythonDefinitions

_DECLARES = re.compile(r"func |\s*(?:async )?def ")
_HANDED = re.compile(r"\bDo\((?P<name>[A-Za-z_]\w*)\)")  # sync.Once: f is called if this is first
_EMBEDDED = re.compile(r"^\t\*?(\w+)(?:\s*//.*)?$", re.MULTILINE)
_DEEPEST = 3
"""So many variables are followed, each of which a method of the next one gives."""


class Definitions:
    """Definitions in the source at hand.

    Args:
        library: Where source is read from.
        notes: What a note speaks of is on the path, and comes before what is not.
    """

    def __init__(self, library: SourceLibrary, notes: Notes) -> None:
        self._library = library
        self._notes = notes
        self._packages = Packages(library)
        self._interfaces = Interfaces(self._packages)
        self._python = PythonDefinitions(library, self.function_at)
        self._functions: dict[str, dict[str, Body]] = {}

    def called_on(self, file: str, line: int, ahead: Definition | None = None) -> Definition | None:
        """Return the definition of what is called on a line.

        Args:
            file: As in a `SourcePlace`.
            line: From 1.
            ahead: What the trace enters next from there, if that is known.

        Returns:
            Of several the one that is entered next, else one on the path, else the first, what
            only wraps an error last. On a declaration: what is entered next.
        """
        lines = self._library.lines(file) or ()
        if not 0 < line <= len(lines) or _DECLARES.match(lines[line - 1]):
            return ahead
        if declared_around(lines, line) is not None:
            return None
        find = self._python.called if file.endswith(".py") else self._in_go
        found = list(dict.fromkeys(find(file, line, lines, ahead)))
        if ahead is not None:
            for each in found:
                if each.function == ahead.function:
                    return each
        return min(found, key=self._rank, default=None)

    def _rank(self, found: Definition) -> tuple[bool, bool]:
        return not self._notes.for_function(found.function), "Error" in found.function

    def function_at(self, file: str, line: int) -> tuple[str, Body] | None:
        """Return the function that a line is in, as Go prints it, and its lines."""
        at = function_at(file, self.functions(file), line)
        return at[1:] if at is not None else None

    def functions(self, file: str) -> dict[str, Body]:
        """Return the functions of a file."""
        if file not in self._functions:
            if len(self._functions) > 1000:
                self._functions.clear()
            lines = self._library.lines(file) or ()
            python = file.endswith(".py")
            self._functions[file] = (
                find_python_functions(lines)[0] if python else find_functions(lines)
            )
        return self._functions[file]

    def declares(self, package: str, name: str, linked: str = "") -> bool:
        """Tell whether a package of Go's has a function, one written in assembly included.

        Args:
            package: Its path; "" is the server's own.
            name: The local name: ``(*netFD).init``; a method counts on the type itself, too.
            linked: What it is linked to as well, "" if that does not matter.
        """
        kind, _, bare = name.replace("(*", "").replace(")", "").rpartition(".")
        receiver = rf"\((?:\w+ )?\*?{kind}\) " if kind else ""
        declared = re.compile(rf"^func {receiver}{bare}[(\[]", re.MULTILINE)
        link = f" {linked}\n"
        return any(
            declared.search(text) is not None or (linked != "" and link in text)
            for _, text in self._packages.texts(package, "")
        )

    # Go

    def _in_go(
        self, file: str, line: int, lines: tuple[str, ...], ahead: Definition | None
    ) -> Iterator[Definition]:
        packages = dict(imports(lines))
        for of, name in _calls(lines[line - 1]):
            if not of:
                yield from self._function(folder_of(file), name, file)
            elif of in packages:
                yield from self._function(packages[of], name, "")
            else:
                kind = self._type_of(_last(of), self._around(file, line, lines), file)
                found = list(self._method(*kind, name, file)) if kind is not None else []
                yield from found
                # Of an interface there is no such method; what is entered is one of its kind.
                if not found and ahead is not None and local(ahead.function).endswith(f".{name}"):
                    yield ahead

    def dispatched_on(self, file: str, line: int) -> Dispatch | None:
        """Return the interface's method that a line calls, or asks for; None if it does neither.

        Args:
            file: As in a `SourcePlace`.
            line: From 1.
        """
        lines = self._library.lines(file) or ()
        if not file.endswith(".go") or not 0 < line <= len(lines):
            return None
        package = folder_of(file)
        if (asked := declared_around(lines, line)) is not None:
            return self._interfaces.dispatch(package, *asked, package)
        packages = dict(imports(lines))
        for of, name in _calls(lines[line - 1]):
            if of and of not in packages:
                kind = self._type_of(_last(of), self._around(file, line, lines), file)
                if kind and (found := self._interfaces.dispatch(*kind, name, package)) is not None:
                    return found
        return None

    def _around(self, file: str, line: int, lines: tuple[str, ...]) -> tuple[str, ...]:
        """Return the function that a line is in, else the line alone."""
        at = self.function_at(file, line)
        return lines[at[1].first - 1 : at[1].last] if at is not None else lines[line - 1 : line]

    def _function(self, package: str, name: str, near: str) -> Iterator[Definition]:
        """Find a function that is no method; or what a variable of that name stands for."""
        declared = re.compile(rf"^func {name}[(\[]", re.MULTILINE)
        stands = re.compile(rf"^(?:var |\t){name}\b[^=\n]*= (?:(\w+)\.)?(\w+)$", re.MULTILINE)
        for file, text in self._packages.texts(package, near):
            if (match := declared.search(text)) is not None:
                line = text.count("\n", 0, match.start()) + 1
                at = self.function_at(file, line)
                if at is not None:
                    yield Definition(file, line, at[0])
                else:  # declared here, and linked to from where it is written
                    yield from self._linked(f"{package_of(file)}.{name}")
                return
            if (match := stands.search(text)) is not None and match[2] != name:
                there = dict(imports(text.split("\n"))).get(match[1] or "", package)
                yield from self._function(there, match[2], file if there == package else "")
                return

    def _linked(self, function: str) -> Iterator[Definition]:
        for file, text in self._packages.texts("runtime", "runtime/netpoll.go"):
            if f" {function}\n" in text and (body := self.functions(file).get(function)):
                yield Definition(file, body.first, function)
                return

    def _method(
        self, package: str, kind: str, name: str, near: str, depth: int = 0
    ) -> Iterator[Definition]:
        """Find a method of a type; or of what is embedded in it, if it has none of its own."""
        declared = re.compile(rf"^func \((?:\w+ )?\*?{kind}\) {name}\(", re.MULTILINE)
        structure = re.compile(rf"^type {kind} struct \{{\n(.*?)^\}}", re.MULTILINE | re.DOTALL)
        embedded: list[str] = []
        for file, text in self._packages.texts(package, near):
            if (match := declared.search(text)) is not None:
                line = text.count("\n", 0, match.start()) + 1
                at = self.function_at(file, line)
                if at is not None:
                    yield Definition(file, line, at[0])
                return
            if not embedded and (match := structure.search(text)) is not None:
                embedded = _EMBEDDED.findall(match[1])
        for other in embedded if depth < _DEEPEST else ():
            found = list(self._method(package, other, name, near, depth + 1))
            if found:
                yield from found
                return

    def _type_of(
        self, name: str, around: Iterable[str], file: str, depth: int = 0
    ) -> tuple[str, str] | None:
        """Tell the package and type of a variable or field by its declaration, pointers aside."""
        inside = "\n".join(bare(line) for line in around)
        declared = re.search(rf"[(\s,]{name}(?:, \w+)* \*?([A-Za-z][\w.]*)[,){{\s]", inside)
        made = re.search(rf"\b{name}\b(?:, \w+)* :?= &?([A-Za-z][\w.]*)\{{", inside)
        found = next((m for m in (declared, made) if m is not None and m[1] != "range"), None)
        where = "\n".join(self._library.lines(file) or ())
        if found is None and (given := self._given(name, inside, file, depth)) is not None:
            return given
        if found is None:
            field = re.compile(
                rf"^\t{name}\s+\*?([A-Za-z][\w.]*)(?:\s|$)|^(?:var |\t){name} = &?([A-Z]\w*)\{{",
                re.MULTILINE,
            )
            for other, text in self._packages.texts(folder_of(file), file):
                found = field.search(text)
                if found is not None:
                    file, where = other, text
                    break
            else:
                return None
        owner, _, kind = (found[1] or found[2]).rpartition(".")
        return dict(imports(where.split("\n"))).get(owner, folder_of(file)), kind

    def _given(self, name: str, inside: str, file: str, depth: int) -> tuple[str, str] | None:
        """Tell the type of what a function of the package gives: ``d, err := newDoor(...)``.

        Or a method of what is known: ``d, err := doors.make(...)``.
        """
        gets = re.search(rf"(?<![\w.])((?:\w+, )*){name}(?:, \w+)* :?= ((?:\w+\.)*)(\w+)\(", inside)
        if gets is None or depth > _DEEPEST:
            return None
        givers = self._function(folder_of(file), gets[3], file)
        of = _last(gets[2].removesuffix("."))
        packages = dict(imports(self._library.lines(file) or ()))
        if of in packages:
            givers = self._function(packages[of], gets[3], "")
        elif of:
            kind = self._type_of(of, inside.split("\n"), file, depth + 1)
            givers = self._method(*kind, gets[3], file) if kind is not None else iter(())
        for giver in givers:
            declared = (self._library.lines(giver.file) or ())[giver.line - 1]
            results = re.search(r"\) \(?((?:[^()]|\(\))*)\)? \{$", declared)
            if results is None:
                return None
            kinds = results[1].split(", ")
            at = gets[1].count(",")
            if at < len(kinds) and (gives := re.search(r"\*?([A-Za-z]\w*)$", kinds[at])):
                return folder_of(giver.file), gives[1]
        return None


def _calls(line: str) -> Iterator[tuple[str, str]]:
    """Yield what a line of Go calls: what it is called of, "" for nothing, and its name."""
    code = bare(line)
    for match in (*CALL.finditer(code), *_HANDED.finditer(code)):
        of = match.groupdict().get("of", "").removesuffix(".").replace("()", "")
        if of or match["name"] not in NO_FUNCTIONS:
            yield of, match["name"]


def _last(of: str) -> str:
    return of.rpartition(".")[2]
