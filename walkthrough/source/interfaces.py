"""Finds interfaces of Go in source text, and the methods that a call of one of theirs may reach.

As with functions, text is read as gofmt lays it out. Types of packages that are not looked through
may come as well, but an unexported method is one of its own package's.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from walkthrough.source.functions import Definition, package_of
from walkthrough.source.packages import Packages, imports

_ASKED = re.compile(r"^\t(\w+)\(")
_EMBEDDED = re.compile(r"^\t\*?((?:\w+\.)?\w+)(?:\[[^\]]*\])?(?:\s*//.*)?$", re.MULTILINE)
_STRUCT = re.compile(r"^type (\w+)(?:\[.*\])? struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_INTERFACE = re.compile(r"^type (\w+)(?:\[.*\])? interface \{$", re.MULTILINE)
_LIKE = re.compile(r"^type (\w+) (?:= )?((?:\w+\.)?\w+)$", re.MULTILINE)
_IN_A_GROUP = re.compile(r"^type \($", re.MULTILINE)
_DEEPEST = 5
"""So deep an interface or a type is looked for inside others."""


class Dispatch(NamedTuple):
    """A method of an interface that is called.

    Attributes:
        interface: The interface: ``net.Listener``.
        method: The method's bare name.
        declared: Where the interface asks for it.
        may_be: The methods at hand that it may be: those of types that have all that is asked.
        certain: It can be no other than the only one of ``may_be``, whatever is run.
    """

    interface: str
    method: str
    declared: Definition
    may_be: tuple[Definition, ...] = ()
    certain: bool = False


class Interfaces:
    """The interfaces of the packages at hand."""

    def __init__(self, packages: Packages) -> None:
        self._packages = packages

    def dispatch(self, package: str, kind: str, name: str, caller: str) -> Dispatch | None:
        """Return what a call of the method ``name`` of the type ``kind`` may reach.

        Args:
            package: The type's package.
            kind: The type.
            name: The method.
            caller: The package in which it is called; its types are looked at as well.

        Returns:
            None if the type is no interface, or asks for no such method.
        """
        asked = self._asked(package, kind)
        if asked is None or name not in asked:
            return None
        ways: list[Definition | None] = []
        sure = not _is_exported(name)
        for searched in dict.fromkeys((package,) if sure else (package, caller)):
            types = _Types(self._packages.texts(searched), asked)
            ways += types.ways(name)
            sure = sure and not types.grouped
        may_be = tuple(dict.fromkeys(way for way in ways if way is not None))
        certain = sure and len(may_be) == 1 and None not in ways
        spelled = f"{package_of(f'{package}/x.go' if package else 'x.go')}.{kind}"
        return Dispatch(spelled, name, asked[name], may_be, certain)

    def _asked(self, package: str, kind: str, depth: int = 0) -> dict[str, Definition] | None:
        """Return the methods that an interface asks for; None if there is none of that name."""
        begins = re.compile(
            rf"^type {kind}(?:\[.*\])? interface \{{\n(.*?)^\}}", re.MULTILINE | re.DOTALL
        )
        for file, text in self._packages.texts(package):
            if (match := begins.search(text)) is None:
                continue
            asked: dict[str, Definition] = {}
            first = text.count("\n", 0, match.start(1)) + 1
            for number, line in enumerate(match[1].split("\n"), first):
                if (method := _ASKED.match(line)) is not None:
                    function = f"{package_of(file)}.{kind}.{method[1]}"
                    asked[method[1]] = Definition(file, number, function)
                elif (other := _EMBEDDED.match(line)) is not None and depth < _DEEPEST:
                    owner, _, inner = other[1].rpartition(".")
                    there = dict(imports(text.split("\n"))).get(owner, package)
                    asked = {**(self._asked(there, inner, depth + 1) or {}), **asked}
            return asked
        return None


def declared_around(lines: tuple[str, ...], line: int) -> tuple[str, str] | None:
    """Return the interface and the method that a line of Go declares, None if it declares none."""
    method = _ASKED.match(lines[line - 1])
    while line > 0 and (not lines[line - 1] or lines[line - 1].startswith("\t")):
        line -= 1
    begins = _INTERFACE.match(lines[line - 1]) if line > 0 else None
    return (begins[1], method[1]) if begins is not None and method is not None else None


class _Types:
    """The types of a package, and which of the methods that are asked for each has.

    Attributes:
        grouped: Types are declared where they are not looked for, too.
    """

    def __init__(self, texts: Iterable[tuple[str, str]], asked: Iterable[str]) -> None:
        self._asked = tuple(asked)
        self._own: dict[str, dict[str, Definition]] = {}
        self._inside: dict[str, list[str]] = {}
        self._interfaces: set[str] = set()
        self.grouped = False
        declared = re.compile(
            rf"^func \((?:\w+ )?(\*?)(\w+)(?:\[[^\]]*\])?\) ({'|'.join(self._asked)})\(",
            re.MULTILINE,
        )
        for file, text in texts:
            self.grouped = self.grouped or _IN_A_GROUP.search(text) is not None
            for star, kind, name, line in _found(declared, text):
                receiver = f"({star}{kind})" if star else kind
                function = f"{package_of(file)}.{receiver}.{name}"
                self._own.setdefault(kind, {})[name] = Definition(file, line, function)
            self._interfaces.update(_INTERFACE.findall(text))
            for structure in _STRUCT.finditer(text):
                self._inside[structure[1]] = _EMBEDDED.findall(structure[2])
            for like in _LIKE.finditer(text):
                self._inside[like[1]] = [like[2]]

    def ways(self, name: str) -> Iterator[Definition | None]:
        """Yield the method ``name`` of each type that has all; None where it cannot be told."""
        for kind in {**self._own, **self._inside}:
            has = {each: self._has(kind, each) for each in self._asked}
            # All of it embedded from elsewhere may be anything, or nothing of the kind.
            if all(known for known, _ in has.values()) and any(at for _, at in has.values()):
                yield has[name][1]

    def _has(self, kind: str, name: str, depth: int = 0) -> tuple[bool, Definition | None]:
        """Tell whether a type has, or may have, a method; and which that is, if it is known."""
        if (own := self._own.get(kind, {}).get(name)) is not None:
            return True, own
        may = False
        for other in self._inside.get(kind, ()) if depth < _DEEPEST else ():
            known, at = self._has(other, name, depth + 1)
            if at is not None:
                return True, at
            # An unexported method comes from no other package.
            elsewhere = "." in other and _is_exported(name)
            may = may or known or elsewhere or other in self._interfaces
        return may, None


def _found(declared: re.Pattern[str], text: str) -> Iterator[tuple[str, str, str, int]]:
    for match in declared.finditer(text):
        yield match[1], match[2], match[3], text.count("\n", 0, match.start()) + 1


def _is_exported(name: str) -> bool:
    return name[:1].isupper()
