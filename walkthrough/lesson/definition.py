"""Finds the definition of a function that is called on a line, of Go or of the instrumented Python.

It reads text as gofmt and ruff lay it out, and guesses types from declarations. It is no compiler:
what it cannot tell it leaves open, and what the trace enters next may settle it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from walkthrough.lesson.functions import (
    Body,
    find_functions,
    find_python_functions,
    function_at,
    local,
    package_of,
)
from walkthrough.lesson.notes import Notes
from walkthrough.lesson.pairing import code_of
from walkthrough.lesson.source import INSTRUMENTED, SourceLibrary

_DECLARES = re.compile(r"func |\s*(?:async )?def ")
_CALL = re.compile(r"(?P<of>(?:[A-Za-z_]\w*(?:\(\))?\.)*)(?P<name>[A-Za-z_]\w*)\(")
_QUOTED = re.compile(r"""("[^"]*"|`[^`]*`|'[^']*')""")
_HANDED = re.compile(r"\bDo\((?P<name>[A-Za-z_]\w*)\)")  # sync.Once: f is called if this is first
_IMPORT = re.compile(r'^(?:import )?\t?(?:(\w+) )?"([\w./-]+)"')
_PYTHON_IMPORT = re.compile(
    r"^from walkthrough\.capture\.(instrumented[\w.]*) import (.+)$", re.MULTILINE
)
_BRACKETED = re.compile(r"\((\s[^)]*)\)")
_EMBEDDED = re.compile(r"^\t\*?(\w+)(?:\s*//.*)?$", re.MULTILINE)
_NOT_CALLED = """
    append bool byte cap close copy delete error float64 func if int int32 int64 len make max min
    new panic print println recover return string switch throw uint uint32 uint64 uint8 uintptr for
    range select bytearray bytes isinstance suppress super and elif in not or while
"""
_DEEPEST = 3
"""So many variables are followed, each of which a method of the next one gives."""
_NO_FUNCTIONS = frozenset(_NOT_CALLED.split())


class Definition(NamedTuple):
    """Where a function is defined: file and line as events have them, its name as Go prints it."""

    file: str
    line: int
    function: str


class Definitions:
    """Definitions in the source at hand.

    Args:
        library: Where source is read from.
        notes: What a note speaks of is on the path, and comes before what is not.
    """

    def __init__(self, library: SourceLibrary, notes: Notes) -> None:
        self._library = library
        self._notes = notes
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
        find = self._in_python if file.endswith(".py") else self._in_go
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
            for _, text in self._texts(package, "")
        )

    # Go

    def _in_go(
        self, file: str, line: int, lines: tuple[str, ...], ahead: Definition | None
    ) -> Iterator[Definition]:
        code = _bare(lines[line - 1])
        at = self.function_at(file, line)
        around = lines[at[1].first - 1 : at[1].last] if at is not None else lines[line - 1 : line]
        package = _folder(file)
        imports = dict(_imports(lines))
        for match in (*_CALL.finditer(code), *_HANDED.finditer(code)):
            of = match.groupdict().get("of", "").removesuffix(".").replace("()", "")
            name = match["name"]
            if not of:
                if name not in _NO_FUNCTIONS:
                    yield from self._function(package, name, file)
            elif of in imports:
                yield from self._function(imports[of], name, "")
            else:
                kind = self._type_of(of.rpartition(".")[2], around, file)
                found = list(self._method(*kind, name, file)) if kind is not None else []
                yield from found
                # Of an interface there is no such method; what is entered is one of its kind.
                if not found and ahead is not None and local(ahead.function).endswith(f".{name}"):
                    yield ahead

    def _function(self, package: str, name: str, near: str) -> Iterator[Definition]:
        """Find a function that is no method; or what a variable of that name stands for."""
        declared = re.compile(rf"^func {name}[(\[]", re.MULTILINE)
        stands = re.compile(rf"^(?:var |\t){name}\b[^=\n]*= (?:(\w+)\.)?(\w+)$", re.MULTILINE)
        for file, text in self._texts(package, near):
            if (match := declared.search(text)) is not None:
                line = text.count("\n", 0, match.start()) + 1
                at = self.function_at(file, line)
                if at is not None:
                    yield Definition(file, line, at[0])
                else:  # declared here, and linked to from where it is written
                    yield from self._linked(f"{package_of(file)}.{name}")
                return
            if (match := stands.search(text)) is not None and match[2] != name:
                there = dict(_imports(text.split("\n"))).get(match[1] or "", package)
                yield from self._function(there, match[2], file if there == package else "")
                return

    def _linked(self, function: str) -> Iterator[Definition]:
        for file, text in self._texts("runtime", "runtime/netpoll.go"):
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
        for file, text in self._texts(package, near):
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
        inside = "\n".join(_bare(line) for line in around)
        declared = re.search(rf"[(\s,]{name} (?:\w+, )*\*?([A-Za-z][\w.]*)[,){{\s]", inside)
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
            for other, text in self._texts(_folder(file), file):
                found = field.search(text)
                if found is not None:
                    file, where = other, text
                    break
            else:
                return None
        owner, _, kind = (found[1] or found[2]).rpartition(".")
        return dict(_imports(where.split("\n"))).get(owner, _folder(file)), kind

    def _given(self, name: str, inside: str, file: str, depth: int) -> tuple[str, str] | None:
        """Tell the type of what a function of the package gives: ``d, err := newDoor(...)``.

        Or a method of what is known: ``d, err := doors.make(...)``.
        """
        gets = re.search(rf"(?<![\w.])((?:\w+, )*){name}(?:, \w+)* :?= ((?:\w+\.)*)(\w+)\(", inside)
        if gets is None or depth > _DEEPEST:
            return None
        givers = self._function(_folder(file), gets[3], file)
        of = gets[2].removesuffix(".").rpartition(".")[2]
        imports = dict(_imports(self._library.lines(file) or ()))
        if of in imports:
            givers = self._function(imports[of], gets[3], "")
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
                return _folder(giver.file), gives[1]
        return None

    def _texts(self, package: str, near: str) -> Iterator[tuple[str, str]]:
        """Yield the files of a package as text; those named like ``near`` first."""
        stem = near.rpartition("/")[2].removesuffix(".go").partition("_")[0]
        files = self._library.folder(package, ".go")
        ordered = sorted(
            files,
            key=lambda one: (one != near, not one.rpartition("/")[2].startswith(stem or "/")),
        )
        for file in ordered:
            yield file, "\n".join(self._library.peek(file) or ())

    # Python

    def _in_python(
        self, file: str, line: int, lines: tuple[str, ...], ahead: Definition | None
    ) -> Iterator[Definition]:
        code = _bare(lines[line - 1])
        imports = dict(self._python_imports(lines))
        for match in _CALL.finditer(code):
            of, name = match["of"].removesuffix(".").replace("()", ""), match["name"]
            if name in _NO_FUNCTIONS:
                continue
            if of in imports:
                yield from self._python_function(imports[of][0], name, method=False)
            elif not of:
                there = imports.get(name, (file, name))
                yield from self._python_function(*there, method=False)
            elif ahead is not None and self._is_named(ahead, name):
                yield ahead
            elif of == "self":
                yield from self._python_function(file, name, method=True)
            else:
                yield from self._only_python(name)

    def _is_named(self, ahead: Definition, name: str) -> bool:
        lines = self._library.lines(ahead.file) or ()
        return f"def {name}(" in "".join(lines[ahead.line - 1 : ahead.line])

    def _python_function(self, file: str, name: str, *, method: bool) -> Iterator[Definition]:
        for line, text in enumerate(self._library.lines(file) or (), 1):
            if f"def {name}(" not in text or text.startswith(" ") is not method:
                continue
            if (at := self.function_at(file, line)) is not None:
                yield Definition(file, line, at[0])
                return

    def _python_imports(self, lines: Iterable[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield what is imported from the server's own modules: name, its file, its name there."""
        text = _BRACKETED.sub(lambda match: " ".join(match[1].split()), "\n".join(lines))
        for match in _PYTHON_IMPORT.finditer(text):
            module = match[1].replace(".", "/")
            for part in match[2].rstrip(", ").split(","):
                there, _, here = part.strip().partition(" as ")
                is_module = self._library.lines(f"{module}/{there}.py") is not None
                yield (
                    here or there,
                    (f"{module}/{there}.py" if is_module else f"{module}.py", there),
                )

    def _only_python(self, name: str) -> Iterator[Definition]:
        """Find a method by its name alone, if only one class of the server has it."""
        found: list[Definition] = []
        for folder in ("", "/net", "/internal_poll", "/runtime", "/syscall", "/os", "/sync", "/io"):
            for file in self._library.folder(INSTRUMENTED + folder, ".py"):
                found += self._python_function(file, name, method=True)
        if len(found) == 1:
            yield found[0]


def _bare(line: str) -> str:
    """Return a line without comment, and without what is quoted."""
    return code_of(_QUOTED.sub('""', line))


def _folder(file: str) -> str:
    return file.rpartition("/")[0]


def _imports(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if line.startswith(("func ", "type ", "var ", "const ")):
            return
        if (match := _IMPORT.match(line)) is not None:
            yield match[1] or match[2].rpartition("/")[2], match[2]
