"""Where the source of a traced Go program may be on this machine, by what events call its files.

The names are those of `-trimpath`: ``example.com/shop/cart/cart.go`` is a file of the program's own
module, ``golang.org/x/net@v0.33.0/http2/server.go`` one of the module cache, ``main.go`` one of a
program that was built outside of any module. Names come from recordings, which anyone may have
written; whoever reads a file checks that it is below the folder that is given here for it.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from walkthrough.i18n.messages import Message, message
from walkthrough.source.search_path import absolute

_MODULE_LINE = re.compile(rb'^[ \t]*module[ \t]+"?([^\s"]+)', re.MULTILINE)
_LONGEST_GO_MOD = 1 << 16
_DEBIAN = Path("/usr/share/gocode")
"""Where Debian's packages of Go libraries have their source, as in a GOPATH."""

_STANDARD = (
    "archive arena bufio builtin bytes cmd cmp compress container context crypto database debug "
    "embed encoding errors expvar flag fmt go hash html image index internal io iter log maps math "
    "mime net os path plugin reflect regexp runtime simd slices sort strconv strings structs sync "
    "syscall testing text time unicode unique unsafe uuid vendor weak"
)
"""What the packages of Go's own tree begin with, from go1.19 to go1.27."""

Place = tuple[Path, PurePosixPath]
"""A folder, and the name of a file below it."""


class ProgramSources(NamedTuple):
    """Where to look for the source of one program.

    Attributes:
        module: Path of its own module, "" for none.
        module_folder: The folder of that module, or of a program without one; None if unknown.
        folders: Folders that the user has named, which come first.
        caches: Module caches.
        workspaces: The ``src`` of each GOPATH, as programs were built before there were modules.
    """

    module: str = ""
    module_folder: Path | None = None
    folders: tuple[Path, ...] = ()
    caches: tuple[Path, ...] = ()
    workspaces: tuple[Path, ...] = ()

    def places(self, file: PurePosixPath) -> Iterator[Place]:
        """Yield where a file may be, the likeliest place first."""
        if is_standard(file):
            for folder in self.folders:
                if (folder / "src" / "runtime").is_dir():  # a GOROOT
                    yield folder / "src", file
            return
        module, version, inside = _split(file)
        for folder in self.folders:
            yield from _below(folder, file, module, version, inside)
        own = self.module_folder
        if own is not None:
            if not self.module:
                yield own, file
            elif not version and (rest := _after(file, self.module)) is not None:
                yield own, rest
            yield own / "vendor", PurePosixPath(module, *inside)
        if version:
            for cache in self.caches:
                yield cache, PurePosixPath(_escaped(f"{module}@{version}"), *inside)
                yield cache, file  # as it is called where it is not shortened
        else:
            for workspace in self.workspaces:
                yield workspace, file

    def missing(self, file: PurePosixPath) -> Message:
        """Say in one sentence which file would be needed, and how to get it."""
        module, version, _ = _split(file)
        if version:
            return message(
                "{file} is not in the module cache here: `go mod download {module}` brings it, or "
                "name a folder that has it with --source.",
                file=ascii(file.as_posix()),
                module=ascii(f"{module}@{version}")[1:-1],
            )
        return message(
            "The program's source file {file} is not here: name the folder of its source with "
            "--source.",
            file=ascii(file.as_posix()),
        )


def is_standard(file: PurePosixPath) -> bool:
    """Return whether a file is one of Go's own packages, by what events call it."""
    return len(file.parts) > 1 and file.parts[0] in _STANDARD.split()


def program_sources(
    module: str = "", module_folder: str = "", folders: tuple[Path, ...] = ()
) -> ProgramSources:
    """Return where this machine may have the source of a program.

    Args:
        module: As in `ProgramSources`.
        module_folder: Where it was when the program was built, on whichever machine; "" if unknown.
        folders: As in `ProgramSources`.
    """
    home = Path(os.environ.get("HOME") or os.environ.get("USERPROFILE") or "/nonexistent")
    workspaces = [Path(path) for path in absolute(os.environ.get("GOPATH", ""))] or [home / "go"]
    caches = [Path(path) for path in absolute(os.environ.get("GOMODCACHE", ""))]
    return ProgramSources(
        module,
        Path(module_folder) if os.path.isabs(module_folder) else None,
        tuple(folder.absolute() for folder in folders),
        tuple(caches or [each / "pkg" / "mod" for each in workspaces]),
        tuple(each / "src" for each in (*workspaces, _DEBIAN)),
    )


def _below(
    folder: Path, file: PurePosixPath, module: str, version: str, inside: tuple[str, ...]
) -> Iterator[Place]:
    """Yield where a file may be below a folder that the user has named for it."""
    here = _module_of(folder)
    if here and version and module == here:
        yield folder, PurePosixPath(*inside)
    elif here and not version and (rest := _after(file, here)) is not None:
        yield folder, rest
    yield folder, file
    if version:
        yield folder, PurePosixPath(module, *inside)
        yield folder / "vendor", PurePosixPath(module, *inside)
        return
    for skipped in range(1, len(file.parts)):  # the module's folder, or that of one package
        yield folder, PurePosixPath(*file.parts[skipped:])


def _module_of(folder: Path) -> str:
    """Return the module path that the go.mod of a folder says, "" if there is none."""
    try:
        with (folder / "go.mod").open("rb") as file:
            found = _MODULE_LINE.search(file.read(_LONGEST_GO_MOD))
    except OSError:
        return ""
    return found[1].decode("utf-8", "replace") if found else ""


def _after(file: PurePosixPath, module: str) -> PurePosixPath | None:
    try:
        return file.relative_to(module)
    except ValueError:
        return None


def _split(file: PurePosixPath) -> tuple[str, str, tuple[str, ...]]:
    """Split the name of a file into module, version and the rest; no version: all is module."""
    for index, part in enumerate(file.parts[:-1]):
        name, found, version = part.partition("@")
        if found:
            module = "/".join((*file.parts[:index], name))
            return module, version, file.parts[index + 1 :]
    return file.parent.as_posix(), "", file.parts[-1:]


def _escaped(path: str) -> str:
    """Return what a module is called in the module cache, where no two names differ by case only.

    See golang.org/x/mod/module, EscapePath.
    """
    return re.sub("[A-Z]", lambda letter: f"!{letter[0].lower()}", path)
