"""Finds functions in source text: where each begins and ends, and its name as Go prints it.

Works on text alone: on Go, and on Python for the instrumented server. It knows nothing of notes.
"""

import ast
import re
from collections.abc import Mapping
from typing import NamedTuple

from walkthrough.source.go_file import declared_function, parse_file
from walkthrough.source.python_code import parse_python

# What the compiler appends to name a closure inside a function: main.main.func1, .gowrap2
_CLOSURE = re.compile(r"(?:\.(?:func|gowrap|deferwrap)\d+|\.\d+|-fm|-range\d+)+$")


class LineRange(NamedTuple):
    """Lines of one function, from 1, both ends included; the declaration is the first."""

    first: int
    last: int


class Definition(NamedTuple):
    """Where a function is defined: file and line as events have them, its name as Go prints it."""

    file: str
    line: int
    function: str


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
    """Return the short form of a name: ``internal/poll.(*FD).Accept`` -> ``FD.Accept``."""
    return local(qualified(function)).replace("(*", "").replace(")", "")


def find_functions(lines: tuple[str, ...]) -> dict[str, LineRange]:
    """Find every function of a Go file.

    Returns:
        Bodies by local name (``socket``, ``(*netFD).listenStream``); a function with a
        ``//go:linkname`` also stands under the qualified name it is linked to, as it does in a
        binary's symbols.
    """
    parsed = parse_file(lines)
    found: dict[str, LineRange] = {}
    for one in parsed.functions:
        if one.last:  # else declared here, written in assembly or another package
            found[one.local] = LineRange(one.first, one.last)
            if not one.receiver and one.name in parsed.links:
                found[parsed.links[one.name]] = found[one.local]
    return found


def declared_name(line: str) -> str:
    """Return the local name of the function that a line of Go declares, "" if it declares none."""
    declared = declared_function(line)
    return declared.local if declared is not None else ""


def function_at(
    file: str, functions: Mapping[str, LineRange], line: int
) -> tuple[str, str, LineRange] | None:
    """Return the innermost function that ``line`` of ``file`` is in, None if it is in none.

    Returns:
        Its key in ``functions``, its name as Go prints it, its body.
    """
    inside = [(key, body) for key, body in functions.items() if body.first <= line <= body.last]
    if not inside:
        return None
    smallest = min(body.last - body.first for _, body in inside)
    keys = [(key, body) for key, body in inside if body.last - body.first == smallest]
    key, body = keys[-1]  # a name that it is linked to comes after its own
    if len(keys) > 1 or file.endswith(".py"):
        return key, key, body
    return key, f"{package_of(file)}.{key}", body


def package_of(file: str) -> str:
    """Return the package path of a Go file that an event names: ``internal/poll``, ``main``."""
    ours = "/" not in file or file.startswith(("walkthrough.example/", "scenarios/"))
    return "main" if ours else file.rpartition("/")[0]


def folder_of(file: str) -> str:
    """Return the folder of a file that an event names: its package, "" for the server's own."""
    return file.rpartition("/")[0]


def find_function(functions: Mapping[str, LineRange], function: str) -> LineRange | None:
    """Return the body of ``function``, named as Go prints it, among those of one Go file."""
    name = qualified(function)
    return functions.get(name) or functions.get(local(name))


def find_python_functions(lines: tuple[str, ...]) -> tuple[dict[str, LineRange], tuple[str, ...]]:
    """Find the functions of a file of the instrumented server.

    Returns:
        Bodies by the Go name in the function's decorator (``@traced("net.(*conn).Close")``), for
        the others by ``Class.method`` or name; and the lines with all docstrings blanked, since
        their text is not code. A file that is not Python yields nothing.
    """
    tree = parse_python(lines)
    found: dict[str, LineRange] = {}
    code = list(lines)
    scopes: list[tuple[str, ast.AST]] = [("", tree)]
    while scopes:
        prefix, scope = scopes.pop()
        for node in ast.iter_child_nodes(scope):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            scopes.append((f"{prefix}{node.name}.", node))
            last = node.end_lineno or node.lineno
            if ast.get_docstring(node, clean=False) is not None:
                said = node.body[0]
                for number in range(said.lineno, (said.end_lineno or said.lineno) + 1):
                    code[number - 1] = ""
            if not isinstance(node, ast.ClassDef):
                found[_traced_as(node) or prefix + node.name] = LineRange(node.lineno, last)
    return found, tuple(code)


def _traced_as(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Return the name a decorator gives the function, "" if none does."""
    for decorator in function.decorator_list:
        match decorator:
            case ast.Call(args=[ast.Constant(value=str(name)), *_]):
                return name
    return ""
