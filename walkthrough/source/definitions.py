"""Finds the definition of a function that is called on a line, of Go or of the instrumented Python.

It is not a compiler: what it cannot tell stays open, unless the trace enters a function next.
"""

import re
from collections.abc import Iterator

from walkthrough.source.functions import (
    Definition,
    LineRange,
    find_functions,
    find_python_functions,
    folder_of,
    function_at,
    local,
    package_of,
)
from walkthrough.source.go_ast import GoCall, GoFunction, Identifier, Selector
from walkthrough.source.go_code import read_code, read_value
from walkthrough.source.go_file import declaration_around
from walkthrough.source.interfaces import Dispatch, Interfaces
from walkthrough.source.library import INSTRUMENTED, SourceLibrary
from walkthrough.source.notes import Notes
from walkthrough.source.python_code import python_calls, python_imports
from walkthrough.source.type_resolver import LocatedType, TypeResolver

_DECLARES = re.compile(r"func |\s*(?:async )?def ")
_PREDECLARED = frozenset(
    (
        *("append", "cap", "clear", "close", "complex", "copy", "delete", "imag", "len", "make"),
        *("max", "min", "new", "panic", "print", "println", "real", "recover"),
        *("bool", "byte", "complex128", "complex64", "error", "float32", "float64", "int", "int16"),
        *("int32", "int64", "int8", "rune", "string", "uint", "uint16", "uint32", "uint64"),
        *("uint8", "uintptr", "throw"),
    )
)
"""Go's predeclared functions and types, and the function with which the runtime aborts."""
_GUARDS = ("sync", "sync/atomic")
"""Packages of functions that guard what a line does."""


class Definitions:
    """Definitions in the source at hand.

    Args:
        library: Where source is read from.
        notes: What a note speaks of is on the path, and comes before what is not.
    """

    def __init__(self, library: SourceLibrary, notes: Notes) -> None:
        self._library = library
        self._notes = notes
        self._types = TypeResolver(library)
        self._interfaces = Interfaces(library, self._types)
        self._functions: dict[str, dict[str, LineRange]] = {}

    def called_on(self, file: str, line: int, ahead: Definition | None = None) -> Definition | None:
        """Return the definition of what is called on a line.

        Args:
            file: As in a `SourcePlace`.
            line: From 1.
            ahead: What the trace enters next from there, if that is known.

        Returns:
            Of several definitions the one that is entered next, else one on the path, else the
            first; what only wraps an error or locks comes last. For a declaration: what is entered
            next.
        """
        lines = self._library.lines(file) or ()
        if not 0 < line <= len(lines) or _DECLARES.match(lines[line - 1]):
            return ahead
        python = file.endswith(".py")
        if not python and self._interfaces.declared_at(file, line) is not None:
            return None
        find = self._in_python if python else self._in_go
        found = list(dict.fromkeys(find(file, line, lines, ahead)))
        if ahead is not None:
            for each in found:
                if each.function == ahead.function:
                    return each
        return min(found, key=self._rank, default=None)

    def _rank(self, found: Definition) -> tuple[bool, bool, bool]:
        noted = bool(self._notes.for_function(found.function))
        return not noted, folder_of(found.file) in _GUARDS, "Error" in found.function

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
        if (asked := self._interfaces.declared_at(file, line)) is not None:
            return self._interfaces.dispatch(package, *asked, package)
        for call in self._calls(file, line, lines):
            owner = None if call.plain else self._types.resolve(call.of, file)
            interface = self._types.interface_with(owner, call.name) if owner is not None else None
            if interface is not None:
                found = self._interfaces.dispatch(*interface, call.name, package)
                if found is not None:
                    return found
        return None

    def function_at(self, file: str, line: int) -> tuple[str, LineRange] | None:
        """Return the function that a line is in, as Go prints it, and its lines."""
        at = function_at(file, self.functions(file), line)
        return at[1:] if at is not None else None

    def functions(self, file: str) -> dict[str, LineRange]:
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
        """Return whether a package of Go's has a function, one written in assembly included.

        Args:
            package: Its path; "" is the server's own.
            name: The local name: ``(*netFD).init``; a method counts on the type itself, too.
            linked: What it is linked to as well, "" if that does not matter.
        """
        kind, _, bare = name.replace("(*", "").replace(")", "").rpartition(".")
        return self._types.declares(package, bare, kind, linked)

    # Go

    def _calls(self, file: str, line: int, lines: tuple[str, ...]) -> list[GoCall]:
        """Return the calls of a line; variables are looked for in the function around it."""
        at = self.function_at(file, line)
        body = at[1] if at is not None else LineRange(*declaration_around(lines, line))
        return read_code(lines[body.first - 1 : body.last]).calls(line - body.first + 1)

    def _in_go(
        self, file: str, line: int, lines: tuple[str, ...], ahead: Definition | None
    ) -> Iterator[Definition]:
        imports = self._types.imports(file)
        for call in self._calls(file, line, lines):
            match call.of:
                case Identifier(name) if call.plain:
                    if name not in _PREDECLARED:
                        yield from self._unqualified(file, name)
                case Identifier(name) if name in imports:
                    yield from self._function(imports[name], call.name, "")
                case _ if not call.plain:
                    found = self._method(self._types.resolve(call.of, file), call.name)
                    # A method of an interface has no definition; one that is entered implements it.
                    entered = ahead is not None and local(ahead.function).endswith(f".{call.name}")
                    if found is None and entered:
                        found = ahead
                    if found is not None:
                        yield found

    def _unqualified(self, file: str, name: str) -> Iterator[Definition]:
        """Find a function by its bare name: of the file's package, or of a dot import."""
        for package, near in self._types.unqualified(file):
            if found := [*self._function(package, name, near)]:
                yield from found
                return

    def _function(self, package: str, name: str, near: str) -> Iterator[Definition]:
        """Find a function that is not a method; or what a variable of that name stands for."""
        function = self._types.function(package, name, near)
        if function is not None:
            yield from self._defined(*function)
            return
        variable = self._types.variable(package, name, near)
        if variable is None:
            return
        file, declared = variable
        imports = self._types.imports(file)
        match read_value(declared.value):
            case Identifier(other) if other != name:
                yield from self._unqualified(file, other)
            case Selector(Identifier(owner), other) if owner in imports:
                yield from self._function(imports[owner], other, "")

    def _defined(self, file: str, function: GoFunction) -> Iterator[Definition]:
        if function.last:
            at = self.function_at(file, function.first)
            yield Definition(file, function.first, at[0] if at is not None else function.local)
            return
        # Declared here, and linked to from where it is written.
        name = f"{package_of(file)}.{function.local}"
        linked = self._types.linked("runtime", name, "runtime/netpoll.go")
        if linked is not None:
            yield Definition(linked[0], linked[1].first, name)

    def _method(self, owner: LocatedType | None, name: str) -> Definition | None:
        found = self._types.method(owner, name) if owner is not None else None
        if found is None or not found[1].last:
            return None
        return next(self._defined(*found), None)

    # Python

    def _in_python(
        self, file: str, line: int, lines: tuple[str, ...], ahead: Definition | None
    ) -> Iterator[Definition]:
        imports = {
            here: self._imported(*there)
            for here, there in python_imports(lines, INSTRUMENTED).items()
        }
        for of, name in python_calls(lines).get(line, ()):
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

    def _imported(self, module: str, name: str) -> tuple[str, str]:
        """Return the file that an imported name is defined in, and its name there."""
        file = f"{module}/{name}.py"
        return (file if self._library.lines(file) is not None else f"{module}.py"), name

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

    def _only_python(self, name: str) -> Iterator[Definition]:
        """Find a method by its name alone, if only one class of the server has it."""
        found: list[Definition] = []
        for folder in ("", "/net", "/internal_poll", "/runtime", "/syscall", "/os", "/sync", "/io"):
            for file in self._library.folder(INSTRUMENTED + folder, ".py"):
                found += self._python_function(file, name, method=True)
        if len(found) == 1:
            yield found[0]
