"""Finds functions in source text: where each begins and ends, and its name as Go prints it.

Works on text alone, as gofmt lays it out, and on Python for the instrumented server. It knows
nothing of notes, and it is not a parser: a file in another layout yields fewer functions.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

# A declaration starts in column 0 and ends at the next "}" in column 0; gofmt sees to both.
_GO_FUNC = re.compile(r"^func (?:\((?:\w+ )?(?P<star>\*?)(?P<type>\w+)[^)]*\) )?(?P<name>\w+)[(\[]")
_LINKNAME = re.compile(r"^//go:linkname (\w+) (\S+)$")
_PACKAGE = re.compile(r"^package (\w+)")
_PYTHON_SCOPE = re.compile(r"^(?P<indent>\s*)(?P<kind>class|def|async def) (?P<name>\w+)")
# What the compiler appends to name a closure inside a function: main.main.func1, .gowrap2
_CLOSURE = re.compile(r"(?:\.(?:func|gowrap|deferwrap)\d+|\.\d+|-fm|-range\d+)+$")


class Body(NamedTuple):
    """Lines of one function, from 1, both ends included; the declaration is the first."""

    first: int
    last: int


def qualified(function: str) -> str:
    """Return ``function`` without a closure's suffix: ``main.main.func1`` is in ``main.main``."""
    return _CLOSURE.sub("", function)


def local(function: str) -> str:
    """Return a qualified name without its package path: ``net.(*conn).Close`` -> ``(*conn).Close``.

    The package path ends at the first dot after the last slash.
    """
    tail = function.rpartition("/")[2]
    return tail.partition(".")[2] or tail


def short(function: str) -> str:
    """Return the name a reader would say: ``internal/poll.(*FD).Accept`` -> ``FD.Accept``."""
    return local(qualified(function)).replace("(*", "").replace(")", "")


def find_functions(lines: tuple[str, ...], python: bool = False) -> Mapping[str, Body]:
    """Find every function of a source file.

    Args:
        lines: The file.
        python: The file is Python; else it is Go.

    Returns:
        Bodies by local name (``socket``, ``(*netFD).listenStream``); a function with a
        ``//go:linkname`` also stands under the qualified name it is linked to, as it is in a
        binary's symbols. In Python the key is ``Class.method`` or the function's name.
    """
    return _find_python(lines) if python else _find_go(lines)


def find_function(functions: Mapping[str, Body], function: str) -> Body | None:
    """Return the body of ``function``, named as Go prints it, among those of one Go file."""
    name = qualified(function)
    return functions.get(name) or functions.get(local(name))


def package_of(lines: tuple[str, ...]) -> str:
    """Return the name in a Go file's package clause, "" without one."""
    return next((m[1] for line in lines if (m := _PACKAGE.match(line))), "")


def _find_go(lines: tuple[str, ...]) -> dict[str, Body]:
    found: dict[str, Body] = {}
    links: dict[str, str] = {}
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if (link := _LINKNAME.match(line)) is not None:
            links[link[1]] = link[2]
        if (match := _GO_FUNC.match(line)) is None:
            continue
        last = _end(lines, number)
        if last is None:
            continue  # declared here, written in assembly or another package
        name = match["name"]
        if match["type"]:
            receiver = f"(*{match['type']})" if match["star"] else match["type"]
            name = f"{receiver}.{name}"
        found[name] = Body(number, last)
        if name in links:
            found[links[name]] = found[name]
        number = last
    return found


def _end(lines: tuple[str, ...], first: int) -> int | None:
    """Return the last line of the Go function declared on line ``first``; None has no body."""
    opening = lines[first - 1]
    if opening.endswith("}") and opening.count("{") == opening.count("}"):
        return first
    for number in range(first, len(lines) + 1):
        line = lines[number - 1]
        if number > first and line.startswith("}"):
            return number
        # Only a signature that goes on ends in an open bracket or comma.
        if number == first and not line.endswith(("{", "(", ",")):
            return None
    return None


def _find_python(lines: tuple[str, ...]) -> dict[str, Body]:
    found: dict[str, Body] = {}
    scopes: list[tuple[int, str, bool, int]] = []  # indent, name, is a function, first line
    last_code = 0

    def close(indent: int) -> None:
        while scopes and scopes[-1][0] >= indent:
            _, _, is_function, first = scopes[-1]
            name = ".".join(scope[1] for scope in scopes)
            if is_function:
                found.setdefault(name, Body(first, last_code))
            scopes.pop()

    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if not bare or bare.startswith(("#", ")")):
            continue  # a signature over several lines closes in the column of its def
        indent = len(line) - len(line.lstrip())
        close(indent)
        match = _PYTHON_SCOPE.match(line)
        if match is not None:
            scopes.append((indent, match["name"], match["kind"] != "class", number))
        last_code = number
    close(0)
    return found
