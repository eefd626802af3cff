"""The source of a Go program that is to be built: which files, of which module. Builds nothing.

Each program is built from a copy, as a separate module: so a scenario's ``main.go`` needs no
``go.mod``, the language version can differ, and the line tables name files as events do.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import NamedTuple

from walkthrough.capture.errors import CaptureError
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import system_error_text
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.schema import Program, Scenario
from walkthrough.source.library import OWN_MODULES

MAIN = "main.go"
GO_MOD = "go.mod"
_MODULE = re.compile(r"^[ \t]*module[ \t]+\S.*$", re.MULTILINE)
_PACKAGE = re.compile(rb"^[ \t]*package[ \t]+(\w+)", re.MULTILINE)
_GO = re.compile(r"^[ \t]*go[ \t]+\S.*$", re.MULTILINE)


class ProgramSource(NamedTuple):
    """Where the source of a program is.

    Attributes:
        folder: The folder of its package main.
        go_mod: The ``go.mod`` that says its language version and settings.
        module: The module path it is built under; "" for that of ``go_mod``.
        language: Its language version, which the defaults of GODEBUG follow; "" likewise.
        whose: What to call it in an error: ``The Go server``.
    """

    folder: Path
    go_mod: Path
    module: str = ""
    language: str = ""
    whose: Message = message("The Go server")


def source_in(folder: Path) -> ProgramSource:
    """Return the program in ``folder`` (or that of the file named), with its own ``go.mod``."""
    folder = (folder if os.path.isdir(folder) else folder.parent).resolve()
    return ProgramSource(folder, folder / GO_MOD)


def has_own_program(scenario: Scenario) -> bool:
    """Return whether the scenario has a program of its own."""
    return _own_folder(scenario) is not None


def _own_folder(scenario: Scenario) -> Path | None:
    try:
        folder = scenarios.find(scenario.name)
    except scenarios.ScenarioError:
        return None
    return folder if (folder / MAIN).is_file() else None


def source_of(scenario: Scenario) -> ProgramSource:
    """Return the program that a scenario runs: its own if it has one, else one of the shared."""
    shared = source_in(scenarios.server_folder())
    language = scenario.server.go
    if (folder := _own_folder(scenario)) is not None:
        own = source_in(folder)
        return ProgramSource(
            own.folder,
            own.go_mod if own.go_mod.is_file() else shared.go_mod,
            f"{OWN_MODULES}/{scenario.name}",
            language,
            message("The main.go of {scenario}", scenario=scenario.name),
        )
    if scenario.server.program is Program.ACCEPT:
        return shared._replace(language=language)
    name = scenario.server.program.value
    return shared._replace(
        folder=shared.folder / name,
        module=f"{OWN_MODULES}/{shared.folder.name}/{name}",
        language=language,
    )


def read(source: ProgramSource) -> dict[str, bytes]:
    """Return the files to build, by name.

    Raises:
        CaptureError: They cannot be read, or are not a Go program.
    """
    try:
        names = sorted(path for path in source.folder.iterdir() if path.suffix == ".go")
        if not names:
            raise CaptureError(
                message(
                    "There is no Go source in {folder}: reinstall walkthrough.",
                    folder=str(source.folder),
                )
            )
        files = {path.name: path.read_bytes() for path in names}
        _refuse_another_package(source.whose, files)
        sums = source.go_mod.with_name("go.sum")
        if sums.is_file():
            files[sums.name] = sums.read_bytes()
        files[GO_MOD] = _go_mod(source)
    except OSError as error:
        raise CaptureError(
            message(
                "Cannot read the Go server's source in {folder} ({why}): reinstall walkthrough.",
                folder=str(source.folder),
                why=system_error_text(error),
            )
        ) from None
    return files


def _refuse_another_package(whose: Message, files: dict[str, bytes]) -> None:
    """Raise if these files are a package that Go would build, but that is not a program.

    Whether they are Go at all is up to the compiler.
    """
    said = [(name, each) for name in files for each in _PACKAGE.findall(files[name])]
    if said and not any(package == b"main" for _, package in said):
        name, package = next((each for each in said if each[0] == MAIN), said[0])
        raise CaptureError(
            message(
                "{whose} is no program: {name} says package {package}; it must be package main.",
                whose=whose,
                name=name,
                package=package.decode(),
            )
        )


def _go_mod(source: ProgramSource) -> bytes:
    text = source.go_mod.read_text("utf-8", "surrogateescape")
    if source.module:
        text, found = _MODULE.subn(f"module {source.module}", text, count=1)
        text = text if found else f"module {source.module}\n\n{text}"
    if source.language:
        text, found = _GO.subn(f"go {source.language}", text, count=1)
        text = text if found else f"{text}\ngo {source.language}\n"
    return text.encode("utf-8", "surrogateescape")


def digest(files: dict[str, bytes]) -> bytes:
    """Return a digest of the files."""
    hashed = hashlib.sha256()
    for name, content in sorted(files.items()):
        hashed.update(b"%s\0%d\0" % (os.fsencode(name), len(content)) + content)
    return hashed.digest()


def write(files: dict[str, bytes], folder: Path) -> None:
    """Write the files into the empty ``folder``."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
