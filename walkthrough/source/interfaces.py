"""Finds the methods that a call through an interface may reach.

A type of a package that is not searched may implement the interface, too, unless a method of the
interface is unexported: then only types of its own package do.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from walkthrough.source.functions import Definition, package_of
from walkthrough.source.go_ast import GoFile, GoType, TypeKind
from walkthrough.source.library import SourceLibrary
from walkthrough.source.type_resolver import TypeResolver

_DEEPEST = 5
"""So deep a type is looked for inside others."""


class Dispatch(NamedTuple):
    """A method of an interface that is called.

    Attributes:
        interface: The interface: ``net.Listener``.
        method: The method's bare name.
        declared: Where the interface declares it.
        may_be: The methods at hand that it may be: those of the types that implement the interface.
        certain: Whether it must be the only one of ``may_be``, in any program.
    """

    interface: str
    method: str
    declared: Definition
    may_be: tuple[Definition, ...] = ()
    certain: bool = False


class Interfaces:
    """The interfaces of the packages at hand.

    Args:
        library: Where source is read from.
        types: What packages declare.
    """

    def __init__(self, library: SourceLibrary, types: TypeResolver) -> None:
        self._library = library
        self._types = types

    def dispatch(self, package: str, kind: str, name: str, caller: str) -> Dispatch | None:
        """Return what a call of the method ``name`` of the type ``kind`` may reach.

        Args:
            package: The type's package.
            kind: The type.
            name: The method.
            caller: The package in which it is called; its types are looked at as well.

        Returns:
            None if the type is not an interface, or has no such method.
        """
        asked = self._types.methods_of(package, kind)
        if asked is None or name not in asked:
            return None
        ways: list[Definition | None] = []
        certain = not _is_exported(name)
        for searched in dict.fromkeys((package,) if certain else (package, caller)):
            files = (
                (file, self._library.go_file(file)) for file in self._library.package(searched)
            )
            ways += _MethodSets(files, asked).ways(name)
        may_be = tuple(dict.fromkeys(way for way in ways if way is not None))
        certain = certain and len(may_be) == 1 and None not in ways
        spelled = f"{package_of(f'{package}/x.go' if package else 'x.go')}.{kind}"
        return Dispatch(spelled, name, asked[name][0], may_be, certain)

    def declared_at(self, file: str, line: int) -> tuple[str, str] | None:
        """Return the interface and its method that a line of Go declares, None if it does not."""
        for interface, written in self._library.go_file(file).types.items():
            for method, asked in written.methods.items():
                if asked.line == line:
                    return interface, method
        return None


class _MethodSets:
    """The types of a package, and which of an interface's methods each of them has."""

    def __init__(self, files: Iterable[tuple[str, GoFile]], asked: Iterable[str]) -> None:
        self._asked = tuple(asked)
        self._own: dict[str, dict[str, Definition]] = {}
        self._inside: dict[str, tuple[GoType, ...]] = {}
        self._interfaces: set[str] = set()
        for file, parsed in files:
            for one in parsed.functions:
                if one.receiver and one.name in self._asked:
                    found = Definition(file, one.first, f"{package_of(file)}.{one.local}")
                    self._own.setdefault(one.receiver, {})[one.name] = found
            for name, written in parsed.types.items():
                if written.kind is TypeKind.INTERFACE:
                    self._interfaces.add(name)
                elif written.kind is TypeKind.STRUCT:
                    self._inside[name] = written.embedded
                elif written.kind is TypeKind.NAMED:
                    self._inside[name] = (written,)

    def ways(self, name: str) -> Iterator[Definition | None]:
        """Yield the method ``name`` of each type that has all; None where it cannot be told."""
        for kind in {**self._own, **self._inside}:
            has = {each: self._has(kind, each) for each in self._asked}
            # If all are embedded from elsewhere, the type may have them or not.
            if all(known for known, _ in has.values()) and any(at for _, at in has.values()):
                yield has[name][1]

    def _has(self, kind: str, name: str, depth: int = 0) -> tuple[bool, Definition | None]:
        """Return whether a type has, or may have, a method; and which that is, if it is known."""
        if (own := self._own.get(kind, {}).get(name)) is not None:
            return True, own
        may = False
        for other in self._inside.get(kind, ()) if depth < _DEEPEST else ():
            if other.package:
                # An unexported method comes from no other package.
                may = may or _is_exported(name)
                continue
            known, at = self._has(other.name, name, depth + 1)
            if at is not None:
                return True, at
            may = may or known or other.name in self._interfaces
        return may, None


def _is_exported(name: str) -> bool:
    return name[:1].isupper()
