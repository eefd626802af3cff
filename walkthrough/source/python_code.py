"""Reads the Python of the instrumented server: what a line calls, and what a module imports."""

import ast
from functools import lru_cache

_OWN = "walkthrough.capture."
"""The package that holds the instrumented server."""


@lru_cache(maxsize=64)
def python_calls(lines: tuple[str, ...]) -> dict[int, list[tuple[str, str]]]:
    """Return the calls on each line: what is in front of the called name, or "", and the name."""
    found: dict[int, list[tuple[int, str, str]]] = {}
    for node in ast.walk(parse_python(lines)):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                of = ""
            case ast.Call(func=ast.Attribute(value=value, attr=name)):
                of = ast.unparse(value)
            case _:
                continue
        line, column = node.func.end_lineno or 0, node.func.end_col_offset or 0
        found.setdefault(line, []).append((column, of, name))
    return {line: [call[1:] for call in sorted(calls)] for line, calls in found.items()}


@lru_cache(maxsize=64)
def python_imports(lines: tuple[str, ...], package: str) -> dict[str, tuple[str, str]]:
    """Return what a module imports from the server's own modules.

    Args:
        lines: The module.
        package: The server's package.

    Returns:
        By name: the path of the module that it is imported from, and its name there.
    """
    found = {}
    for node in ast.walk(parse_python(lines)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_OWN + package):
            module = (node.module or "").removeprefix(_OWN).replace(".", "/")
            for each in node.names:
                found[each.asname or each.name] = (module, each.name)
    return found


@lru_cache(maxsize=64)
def parse_python(lines: tuple[str, ...]) -> ast.Module:
    """Parse a Python file; one that is not valid Python counts as empty."""
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])
