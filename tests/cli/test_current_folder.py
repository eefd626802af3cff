"""Nothing of what lies in the current folder is run, whatever the command."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.need import need
from walkthrough.capture.environment import program_cache
from walkthrough.scenario import loader as scenarios

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the planted programs are shell scripts")

RECORDING = str(scenarios.folder() / "first-connection" / scenarios.RECORDING)
MODULES = """
    walkthrough msgspec textual rich platformdirs markdown_it go ptrace elftools capstone pygments
    json re asyncio argparse subprocess tomllib encodings sitecustomize usercustomize runpy
    importlib collections typing enum logging ctypes socket select tempfile hashlib
""".split()  # noqa: SIM905
PROGRAMS = "go strace python python3 sh env git tmux xclip unshare ip compile link asm".split()  # noqa: SIM905
MARK = "was-run"
SECONDS = 120.0


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A stranger's folder: whatever of it is run leaves a mark."""
    folder = tmp_path / "stranger" / "project"
    folder.mkdir(parents=True)
    mark = folder / MARK
    for name in MODULES:
        plant(folder, f"{name}.py", mark)
        plant(folder, f"{name}/__init__.py", mark)
        plant(folder, f"{name}/__main__.py", mark)
    for name in PROGRAMS:
        for where in (folder, folder / "bin"):
            program = where / name
            if program.is_dir():
                program = where / f"{name}.exe"
            program.parent.mkdir(exist_ok=True)
            program.write_text(f"#!/bin/sh\necho $0 >> {mark}\nexit 1\n")
            program.chmod(0o755)
    for where in (folder, folder.parent):
        (where / "go.work").write_text("go 1.27\nuse .\n")
        (where / "go.mod").write_text("module evil\ngo 1.21\ntoolchain go1.99.9\n")
        (where / "go.env").write_text(f"GOFLAGS=-toolexec={folder}/bin/go\n")
        (where / ".env").write_text("PYTHONPATH=.\n")
    return folder


def plant(folder: Path, name: str, mark: Path) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"open({str(mark)!r}, 'a').write(__file__ + chr(10))\nraise SystemExit(1)\n")


def environment(folder: Path, tmp_path: Path) -> dict[str, str]:
    """Every search path begins and ends with the current folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    kept = {name: value for name, value in kept.items() if name not in ("COLUMNS", "LINES")}
    users = (
        program_cache.folder() / "go-build"
    )  # what is compiled already need not be compiled once more
    return kept | {
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "GOCACHE": os.environ.get("GOCACHE", str(users)),
        "GOFLAGS": f"-toolexec={folder}/bin/go",
        "GOENV": str(folder / "go.env"),
        "GOTOOLCHAIN": "go1.99.9+path",
        "PATH": f":.:bin:{os.environ['PATH']}:",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }


def program() -> list[str]:
    """The command as it is installed."""
    installed = Path(sys.executable).with_name("walkthrough")
    return [str(installed)] if installed.exists() else [sys.executable, "-P", "-m", "walkthrough"]


def run(words: Sequence[str], folder: Path, tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*program(), *words],
        cwd=folder,
        env=environment(folder, tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def run_marks(folder: Path) -> str:
    mark = folder / MARK
    return mark.read_text() if mark.exists() else ""


COMMANDS = [
    (0, ["--version"]),
    (0, ["scenarios"]),
    (0, ["scenarios", "--json"]),
    (None, ["doctor"]),
    (0, ["progress"]),
    (0, ["lab"]),
    (0, ["export", RECORDING, "--to", "json"]),
    (0, ["export", RECORDING, "--to", "strace"]),
    (0, ["compare", RECORDING, RECORDING]),
]
LIVE = [
    (0, ["record", "first-connection", "--server", "python", "-o", "new.jsonl"]),
    (0, ["check", "first-connection", "--server", "python"]),
]
TRACED = [
    (0, ["record", "first-connection", "--server", "go", "-o", "new.jsonl"]),
    (0, ["check", "first-connection", "--server", "go"]),
]


@pytest.mark.parametrize(("status", "words"), COMMANDS)
def test_by_no_command(status: int | None, words: list[str], planted: Path, tmp_path: Path) -> None:
    done = run(words, planted, tmp_path)
    assert run_marks(planted) == ""
    assert status is None or done.returncode == status, done.stderr


@pytest.mark.live
@pytest.mark.parametrize(("status", "words"), LIVE)
def test_by_no_server_in_python(
    status: int, words: list[str], planted: Path, tmp_path: Path
) -> None:
    need(sys.platform == "linux", "the instrumented server needs Linux")
    done = run(words, planted, tmp_path)
    assert run_marks(planted) == ""
    assert done.returncode == status, done.stdout + done.stderr


@pytest.mark.live
@pytest.mark.parametrize(("status", "words"), TRACED)
def test_by_no_build_and_no_trace(
    status: int, words: list[str], planted: Path, tmp_path: Path, go_server: Path
) -> None:
    done = run(words, planted, tmp_path)
    assert run_marks(planted) == ""
    assert done.returncode == status, done.stdout + done.stderr
    assert list((tmp_path / "cache").rglob("server")), "it was built again"
    assert not (tmp_path / "home").exists(), "nothing is written into the home"


@pytest.mark.live
def test_by_no_strace(planted: Path, tmp_path: Path, strace: str) -> None:
    done = run(["compare", "first-connection", "--server", "python"], planted, tmp_path)
    assert run_marks(planted) == ""
    assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def in_a_terminal(
    words: Sequence[str], folder: Path, tmp_path: Path
) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    ours, theirs = pty.openpty()
    command = ["/bin/sh", "-c", 'stty rows 40 cols 120; exec "$@"', "sh", *program(), *words]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(folder, tmp_path),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield ours, process
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(ours)


def read_until(terminal: int, text: str) -> str:
    """Read what is drawn until a text comes; fail if it ends, or nothing comes for long."""
    shown = ""
    while text not in shown:
        assert select.select([terminal], [], [], SECONDS)[0], f"{text} never came: {shown[-2000:]}"
        try:
            shown += os.read(terminal, 65536).decode("utf-8", "replace")
        except OSError:
            raise AssertionError(f"it ended without {text}: {shown[-2000:]}") from None
    return shown


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ([], "Py"),  # the survey has said what can be run
        (["first-connection", "--replay"], "REPLAY"),
        (["first-connection", "--server", "python"], " send"),  # the server stands halted
    ],
)
def test_by_no_screen(words: list[str], shown: str, planted: Path, tmp_path: Path) -> None:
    need(sys.platform == "linux", "the instrumented server needs Linux")
    with in_a_terminal(words, planted, tmp_path) as (terminal, process):
        read_until(terminal, shown)
        os.write(terminal, b"q")
        read_until(terminal, "\x1b[?1049l")
        assert process.wait(SECONDS) == 0
    assert run_marks(planted) == ""


@pytest.mark.parametrize("start", [[], ["-m"]])
def test_modules_named_by_pythonpath_are_dropped_at_once(start: list[str], tmp_path: Path) -> None:
    """What Python itself imports before a program begins is the user's to answer for."""
    for name in ("msgspec", "textual", "platformdirs", "tomllib", "rich", "tempfile"):
        plant(tmp_path, f"{name}.py", tmp_path / MARK)
    command = [sys.executable, "-m", "walkthrough"] if start else program()
    done = subprocess.run(
        [*command, "scenarios"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": "" if start else f":{tmp_path}:."},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert run_marks(tmp_path) == ""
    assert done.returncode == 0, done.stderr
