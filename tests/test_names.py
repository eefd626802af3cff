"""Names that are unique, and imports that make no circle."""

import ast
from collections import defaultdict
from collections.abc import Set
from pathlib import Path
from typing import NamedTuple

import pytest

import walkthrough

PACKAGE = Path(walkthrough.__file__).parent
MIRROR = "walkthrough.capture.instrumented"
"""The instrumented server names classes, and imports modules, as Go's packages do."""
MIRRORED_CLASSES = {"EpollEvent", "File", "PollDesc"}
MIRRORED_CIRCLES = {
    frozenset({"main", "options"}),
    frozenset({"internal_poll.fd_poll_runtime", "internal_poll.fd_unix"}),
    frozenset(
        {
            "net.dial",
            "net.tcpsock",
            "net.tcpsock_posix",
            "net.tcpsock_unix",
            "net.udpsock",
            "net.unixsock",
        }
    ),
    frozenset({"runtime.netpoll", "runtime.netpoll_epoll", "runtime.proc"}),
}


def modules() -> dict[str, ast.Module]:
    """Return every module of the package, parsed, by its name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


class PackageNames(NamedTuple):
    """What the modules of the package name.

    Attributes:
        classes: The modules that define each class; a nested class goes by its outer one's name.
        circles: The sets of modules that import each other, imports in functions included.
    """

    classes: dict[str, list[str]]
    circles: set[frozenset[str]]


@pytest.fixture(scope="module")
def names() -> PackageNames:
    trees = modules()
    return PackageNames(classes(trees), circles(trees))


def classes(trees: dict[str, ast.Module]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for module, tree in trees.items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(module)
    return found


def circles(trees: dict[str, ast.Module]) -> set[frozenset[str]]:
    imports = {each: _imported(tree, trees.keys()) for each, tree in trees.items()}
    reached = {each: _reached(each, imports) for each in imports}
    found = set()
    for module, others in reached.items():
        circle = frozenset({module, *(each for each in others if module in reached[each])})
        if len(circle) > 1:
            found.add(circle)
    return found


def _imported(tree: ast.Module, known: Set[str]) -> set[str]:
    """Return the modules that a module imports, or imports something from."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for each in node.names:
                name = f"{node.module}.{each.name}"
                found.add(name if name in known else node.module)
    return found & known


def _reached(module: str, imports: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    pending = [module]
    while pending:
        for each in imports[pending.pop()] - seen:
            seen.add(each)
            pending.append(each)
    return seen


def test_a_class_name_is_unique(names: PackageNames) -> None:
    twice = {name: modules for name, modules in names.classes.items() if len(modules) > 1}
    assert {name: twice[name] for name in twice.keys() - MIRRORED_CLASSES} == {}


def test_a_name_that_may_occur_twice_is_one_of_go(names: PackageNames) -> None:
    for name in MIRRORED_CLASSES:
        defined = names.classes.get(name, [])
        assert len(defined) > 1, f"{name} is unique by now"
        assert any(module.startswith(MIRROR) for module in defined)


def test_only_go_s_own_packages_import_each_other(names: PackageNames) -> None:
    mirrored = {frozenset(f"{MIRROR}.{each}" for each in circle) for circle in MIRRORED_CIRCLES}
    assert {tuple(sorted(each)) for each in names.circles} == {
        tuple(sorted(each)) for each in mirrored
    }
