"""Finds the types of Go expressions, and declarations in packages, as far as source tells them.

It is not a compiler: what it cannot tell stays open. A package that is not at hand has no names.
"""

from collections.abc import Iterator
from typing import NamedTuple

from walkthrough.source.functions import Definition, folder_of, package_of
from walkthrough.source.go_ast import (
    CallResult,
    Element,
    Expression,
    GoFile,
    GoFunction,
    GoMethod,
    GoType,
    GoVariable,
    Identifier,
    Selector,
    TypedExpression,
    TypeKind,
)
from walkthrough.source.go_code import read_value
from walkthrough.source.library import SourceLibrary

_DEEPEST = 8
"""The depth to which embedded types, and the values of variables, are followed."""


class LocatedType(NamedTuple):
    """A type and the file that it is written in, whose imports resolve its names."""

    type: GoType
    file: str


_Selected = tuple[str, GoFunction] | tuple[str, str]
"""A file and the method there, or the package and the name of an interface that has the method."""


class TypeResolver:
    """Types and declarations in the packages at hand, which are named by their paths.

    Args:
        library: Where source is read from.
    """

    def __init__(self, library: SourceLibrary) -> None:
        self._library = library

    # Declarations

    def function(
        self, package: str, name: str, near: str = "", receiver: str = ""
    ) -> tuple[str, GoFunction] | None:
        """Find a function, or a method of the type ``receiver``: its file and its declaration."""
        for file, parsed in self._files(package, near, f" {name}(", f" {name}["):
            for one in parsed.functions:
                if one.name == name and one.receiver == receiver:
                    return file, one
        return None

    def method(self, owner: LocatedType, name: str) -> tuple[str, GoFunction] | None:
        """Find a method of a type, else of a type that it embeds or is another name for."""
        found = self._selected(owner, name)
        return found if found is not None and isinstance(found[1], GoFunction) else None

    def interface_with(self, owner: LocatedType, name: str) -> tuple[str, str] | None:
        """Find the interface whose method is called: the type itself, or one that it embeds.

        Returns:
            Its package and its name; None if the method is no interface's.
        """
        found = self._selected(owner, name)
        return (found[0], found[1]) if found is not None and isinstance(found[1], str) else None

    def _selected(self, owner: LocatedType, name: str) -> _Selected | None:
        """Find the method that a selector means: the one at the shallowest depth."""
        level = [owner]
        for _ in range(_DEEPEST):
            inside: dict[tuple[str, str, str], LocatedType] = {}
            for each in level:
                found, embedded = self._own_method(each, name)
                if found is not None:
                    return found
                inside.update(((e.type.package, e.type.name, e.file), e) for e in embedded)
            level = list(inside.values())
        return None

    def _own_method(
        self, owner: LocatedType, name: str
    ) -> tuple[_Selected | None, list[LocatedType]]:
        """Find a method of a type, or of what it is another name for; and what the type embeds."""
        first = self.named(owner)
        for _ in range(_DEEPEST):
            if (named := self.named(owner)) is None:
                break
            if (found := self.function(named[0], name, owner.file, named[1])) is not None:
                return found, []
            if (declared := self._declared_type(owner)) is None:
                break
            match declared.type.kind:
                case TypeKind.NAMED:
                    owner = declared
                    continue
                case TypeKind.STRUCT:
                    return None, [LocatedType(one, declared.file) for one in declared.type.embedded]
                case TypeKind.INTERFACE if name in (self.methods_of(*named) or {}):
                    return first, []
            break
        return None, []

    def variable(self, package: str, name: str, near: str = "") -> tuple[str, GoVariable] | None:
        """Find a variable of a package: its file and its declaration."""
        marks = (f"var {name}", f"\t{name}", f", {name}")
        for file, parsed in self._files(package, near, *marks):
            if (found := parsed.variables.get(name)) is not None:
                return file, found
        return None

    def methods_of(
        self, package: str, interface: str, depth: int = 0
    ) -> dict[str, tuple[Definition, GoMethod]] | None:
        """Return the methods of an interface; None if there is no interface of that name."""
        found = self._type(package, interface)
        if found is None or depth > _DEEPEST:
            return None
        file, written = found
        if written.kind is TypeKind.NAMED:
            other = self.named(LocatedType(written, file))
            return self.methods_of(*other, depth + 1) if other is not None else None
        if written.kind is not TypeKind.INTERFACE:
            return None
        asked: dict[str, tuple[Definition, GoMethod]] = {}
        for each in written.embedded:
            other = self.named(LocatedType(each, file))
            if other is not None:
                asked.update(self.methods_of(*other, depth + 1) or {})
        for name, method in written.methods.items():
            function = f"{package_of(file)}.{interface}.{name}"
            asked[name] = (Definition(file, method.line, function), method)
        return asked

    def declares(self, package: str, name: str, receiver: str = "", linked: str = "") -> bool:
        """Return whether a package has a function or method, or one linked to ``linked``."""
        if self.function(package, name, "", receiver) is not None:
            return True
        return linked != "" and any(
            linked in parsed.links.values() for _, parsed in self._files(package, "", linked)
        )

    def linked(self, package: str, function: str, near: str) -> tuple[str, GoFunction] | None:
        """Find the function of a package that is linked to ``function``, and its file."""
        for file, parsed in self._files(package, near, f" {function}\n"):
            for one in parsed.functions:
                if one.last and not one.receiver and parsed.links.get(one.name) == function:
                    return file, one
        return None

    def _files(self, package: str, near: str, *marks: str) -> Iterator[tuple[str, GoFile]]:
        """Yield the files of a package whose text has one of ``marks``, the nearest first."""
        for file in self._library.package(package, near):
            text = self._library.text(file)
            if any(mark in text for mark in marks):
                yield file, self._library.go_file(file)

    def _type(self, package: str, name: str, near: str = "") -> tuple[str, GoType] | None:
        marks = (f"type {name} ", f"type {name}[", f"\t{name} ", f"\t{name}[")
        for file, parsed in self._files(package, near, *marks):
            if (found := parsed.types.get(name)) is not None:
                return file, found
        return None

    # Types

    def named(self, located: LocatedType) -> tuple[str, str] | None:
        """Return the package and name of a type, None if it is not a name or of no package."""
        written, file = located
        if written.kind is not TypeKind.NAMED:
            return None
        if not written.package:
            return self._package_with(written.name, file), written.name
        package = self._library.go_file(file).imports.get(written.package)
        return (package, written.name) if package is not None else None

    def resolve(self, of: Expression | None, file: str, depth: int = 0) -> LocatedType | None:
        """Tell the type of an expression of a file, None if that cannot be told."""
        if of is None or depth > _DEEPEST:
            return None
        match of:
            case TypedExpression(type_written):
                return LocatedType(type_written, file)
            case Identifier(name):
                known = (
                    self._type_of_name(package, name, near, depth)
                    for package, near in self.unqualified(file)
                )
                return next((found for found in known if found is not None), None)
            case Selector(Identifier(package), name) if package in self.imports(file):
                return self._type_of_name(self.imports(file)[package], name, "", depth)
            case Selector(owner, name):
                return self._field(self.resolve(owner, file, depth + 1), name, depth)
            case CallResult(called, at):
                results = self._results(called, file, depth)
                if results is None:
                    return None
                written, where = results
                return LocatedType(written[at], where) if at < len(written) else None
            case Element(owner, at):
                return self._element(self.resolve(owner, file, depth + 1), at, depth)

    def imports(self, file: str) -> dict[str, str]:
        """Return the packages that a file imports, by the names they have there."""
        return self._library.go_file(file).imports

    def unqualified(self, file: str) -> Iterator[tuple[str, str]]:
        """Yield the packages whose names a file uses unqualified, each with where to begin there.

        They are its own and those of its dot imports.
        """
        yield folder_of(file), file
        for package in self._library.go_file(file).dot_imports:
            yield package, ""

    def _package_with(self, type_name: str, file: str) -> str:
        """Return the package that an unqualified type is from, by name or by dot import."""
        if self._library.go_file(file).dot_imports:
            for package, near in self.unqualified(file):
                if self._type(package, type_name, near) is not None:
                    return package
        return folder_of(file)

    def _declared_type(self, located: LocatedType) -> LocatedType | None:
        """Return what the declaration of a named type says that it is."""
        named = self.named(located)
        found = self._type(*named, located.file) if named is not None else None
        return LocatedType(found[1], found[0]) if found is not None else None

    def _underlying(self, located: LocatedType | None) -> LocatedType | None:
        """Return the underlying type: all names are followed."""
        for _ in range(_DEEPEST):
            if located is None or located.type.kind is not TypeKind.NAMED:
                break
            located = self._declared_type(located)
        return located

    def _type_of_name(self, package: str, name: str, near: str, depth: int) -> LocatedType | None:
        """Tell the type of a variable of a package, or of a function that is not called."""
        variable = self.variable(package, name, near)
        if variable is None:
            function = self.function(package, name, near)
            if function is None:
                return None
            return LocatedType(GoType(TypeKind.FUNCTION, of=function[1].results), function[0])
        file, declared = variable
        if declared.type is not None:
            return LocatedType(declared.type, file)
        value = read_value(declared.value) if declared.value else None
        if isinstance(value, CallResult):
            value = value._replace(at=declared.at)
        return self.resolve(value, file, depth + 1)

    def _field(self, owner: LocatedType | None, name: str, depth: int) -> LocatedType | None:
        """Tell the type of a field of a struct, or of what it embeds."""
        struct = self._underlying(owner)
        if struct is None or struct.type.kind is not TypeKind.STRUCT or depth > _DEEPEST:
            return None
        if (own := struct.type.fields.get(name)) is not None:
            return LocatedType(own, struct.file)
        for each in struct.type.embedded:
            inside = LocatedType(each, struct.file)
            found = inside if each.name == name else self._field(inside, name, depth + 1)
            if found is not None:
                return found
        return None

    def _element(self, owner: LocatedType | None, at: int, depth: int) -> LocatedType | None:
        whole = self._underlying(owner)
        if whole is None:
            return None
        match whole.type.kind:
            case TypeKind.LIST if at == 1:
                return LocatedType(whole.type.of[0], whole.file)
            case TypeKind.MAP if at < 2:
                return LocatedType(whole.type.of[at], whole.file)
            case TypeKind.CHANNEL if at == 0:
                return LocatedType(whole.type.of[0], whole.file)
        return None

    def _results(
        self, called: Expression, file: str, depth: int
    ) -> tuple[tuple[GoType, ...], str] | None:
        """Tell the types of what a call returns, or of a conversion; and the file they are in."""
        match called:
            case Identifier(name):
                packages = [*self.unqualified(file)]
            case Selector(Identifier(owner), name) if owner in self.imports(file):
                packages = [(self.imports(file)[owner], "")]
            case Selector(of, name):
                return self._results_of_method(self.resolve(of, file, depth + 1), name, depth)
            case _:
                return self._returned(self.resolve(called, file, depth + 1))
        for package, near in packages:
            if (function := self.function(package, name, near)) is not None:
                return function[1].results, function[0]
            if (declared := self._type(package, name, near)) is not None:
                return (GoType(TypeKind.NAMED, name),), declared[0]
        return self._returned(self.resolve(called, file, depth + 1))

    def _results_of_method(
        self, owner: LocatedType | None, name: str, depth: int
    ) -> tuple[tuple[GoType, ...], str] | None:
        if owner is None:
            return None
        if (found := self.method(owner, name)) is not None:
            file, method = found
            if owner.type.of and method.results and self._is_parameter(method.results[0], file):
                return owner.type.of, owner.file
            return method.results, file
        interface = self.interface_with(owner, name)
        asked = self.methods_of(*interface) if interface is not None else None
        if asked is not None and name in asked:
            at, wanted = asked[name]
            return wanted.results, at.file
        return self._returned(self._field(owner, name, depth + 1))

    def _is_parameter(self, written: GoType, file: str) -> bool:
        """Return whether a type is a parameter of the generic type that has the method.

        It is taken for the first: ``Load`` of an ``atomic.Pointer[T]`` returns a T.
        """
        alone = written.kind is TypeKind.NAMED and not written.package
        return (
            alone
            and len(written.name) == 1
            and self._declared_type(LocatedType(written, file)) is None
        )

    def _returned(self, function: LocatedType | None) -> tuple[tuple[GoType, ...], str] | None:
        """Return what a variable that holds a function returns when it is called."""
        whole = self._underlying(function)
        if whole is None or whole.type.kind is not TypeKind.FUNCTION:
            return None
        return whole.type.of, whole.file
