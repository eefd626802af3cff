"""How other processes are started, and that nobody starts one otherwise."""

import ast
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import walkthrough
from walkthrough.capture import processes
from walkthrough.source import search_path
from walkthrough.source.search_path import find_program, find_programs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="parent-death signals are Linux's")

PACKAGE = Path(walkthrough.__file__).parent
THE_ONE = PACKAGE / "capture" / "processes.py"
STARTING = {
    "os": ("system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp", "startfile"),
    "subprocess": ("Popen", "run", "call", "check_call", "check_output", "getoutput"),
    "asyncio": ("create_subprocess_exec", "create_subprocess_shell"),
    "shutil": ("which",),
    "pty": ("fork", "spawn"),
    "runpy": ("run_module", "run_path"),
}
MODULES = ("multiprocessing", "concurrent.futures.process", "webbrowser", "pty", "runpy")


def starts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield where a process is started, or a program is looked up, and by what."""
    annotations = {
        id(inner)
        for node in ast.walk(tree)
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if annotation is not None
        for inner in ast.walk(annotation)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in annotations:
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            named = node.attr in STARTING.get(owner, ()) or node.attr in STARTING["asyncio"]
            if named or (owner == "os" and node.attr.startswith(("exec", "spawn"))):
                yield node.lineno, f"{owner}.{node.attr}"
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names if each.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                if node.module in MODULES or each.name in STARTING.get(node.module or "", ()):
                    yield node.lineno, f"{node.module}.{each.name}"


def test_one_module_alone_starts_processes_and_one_looks_programs_up() -> None:
    found = [
        (str(path.relative_to(PACKAGE)), line, what)
        for path in sorted(PACKAGE.rglob("*.py"))
        if path != THE_ONE
        for line, what in starts(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []


def test_that_test_would_find_them() -> None:
    text = (
        "import os, subprocess, asyncio, shutil\nfrom subprocess import run\nimport webbrowser\n"
        "os.execve('a', [], {})\nx: subprocess.Popen[bytes]\nsubprocess.Popen(['a'])\n"
        "asyncio.subprocess.create_subprocess_exec('a')\nos.fork()\nshutil.which('a')\n"
    )
    assert [line for line, _ in starts(ast.parse(text))] == [2, 3, 4, 6, 7, 8, 9]
    assert len(list(starts(ast.parse(THE_ONE.read_text("utf-8"))))) == 5


# the environment


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("PATH", "/usr/bin::.:bin:/bin:", "/usr/bin:/bin"),
        ("LD_LIBRARY_PATH", ":/opt/lib", "/opt/lib"),
        ("LD_LIBRARY_PATH", ".", None),
        ("LD_PRELOAD", "libm.so.6:./evil.so evil/x.so /opt/x.so", "libm.so.6 /opt/x.so"),
        ("PYTHONHOME", ".", None),
        ("PYTHONHOME", "/usr:lib", None),
        ("PYTHONUSERBASE", "base", None),
        ("PYTHONUSERBASE", "/home/me/base", "/home/me/base"),
        ("PYTHONPYCACHEPREFIX", "cache", None),
        ("PYTHONSTARTUP", "/start.py", None),
        ("PYTHONINSPECT", "1", None),
        ("PYTHONUTF8", "1", "1"),
        ("PYTHONNOUSERSITE", "1", "1"),
        ("GOFLAGS", "-v", "-v"),
    ],
)
def test_what_names_the_current_folder_is_not_handed_on(
    here: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, left: str | None
) -> None:
    monkeypatch.setenv(name, value)
    assert processes.environment().get(name) == left
    assert processes.environment()["PYTHONSAFEPATH"] == "1"


def test_python_looks_for_modules_in_absolute_folders_but_this_one(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = here.parent / f"{here.name}-link"
    link.symlink_to(here)
    monkeypatch.setenv("PYTHONPATH", f":.:sub:{here}:/opt/mine:{link}:")
    own = str(PACKAGE.parent)
    assert processes.environment()["PYTHONPATH"].split(":") == [own, "/opt/mine"]
    # Where this package is installed, Python finds it by itself, behind its own library.
    monkeypatch.setattr(processes, "pythons_own", lambda: [own])
    assert processes.environment()["PYTHONPATH"] == "/opt/mine"
    monkeypatch.setenv("PYTHONPATH", ".")
    assert "PYTHONPATH" not in processes.environment()


def test_this_package_is_found_even_where_one_stands_in_its_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(PACKAGE.parent)
    monkeypatch.setenv("PYTHONPATH", ".")
    done = subprocess.run(
        [*processes.python("walkthrough"), "--version"],
        env=processes.environment(),
        cwd="/",
        capture_output=True,
    )
    assert done.stdout.startswith(b"walkthrough ")


@pytest.mark.parametrize("code", ["msgspec", "walkthrough", "encodings", "json", "sitecustomize"])
def test_modules_in_the_current_folder_are_not_imported(
    here: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    for name in (f"{code}.py", f"{code}/__init__.py"):
        path = here / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"open({str(here / 'run')!r}, 'w')\n")
    monkeypatch.setenv("PYTHONPATH", ":")
    command = processes.python("walkthrough.capture.workers.availability")
    subprocess.run(command, env=processes.environment(), stdout=subprocess.DEVNULL, check=True)
    assert not (here / "run").exists()


def test_the_options_of_this_python_are_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "from walkthrough.capture import processes as p; print(p.python('m', 'a')[1:])"
    for options, found in (
        ([], "['-P', '-m', 'm', 'a']"),
        (["-s"], "['-P', '-s', '-m', 'm', 'a']"),
    ):
        done = subprocess.run(
            [sys.executable, *options, "-c", code], capture_output=True, text=True
        )
        assert done.stdout.strip() == found


# programs


def test_programs_are_looked_up_in_absolute_folders_alone(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (here, here / "bin", here / "abs"):
        folder.mkdir(exist_ok=True)
        (folder / "tool").write_text("#!/bin/sh\n")
        (folder / "tool").chmod(0o755)
    monkeypatch.setenv("PATH", f":.:bin:{here / 'nowhere'}:{here / 'abs'}")
    assert find_programs("tool") == [str(here / "abs" / "tool")]
    (here / "abs" / "tool").chmod(0o644)
    assert find_program("tool") is None
    monkeypatch.delenv("PATH")
    assert find_program("sh") in ("/bin/sh", "/usr/bin/sh")
    with pytest.raises(ValueError, match="lone name"):
        find_program("./tool")


def test_what_this_process_imports_from_the_current_folder_is_left_out(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "lib").mkdir()
    paths = ["", ".", "lib", str(here), "/opt/mine", str(PACKAGE.parent)]
    monkeypatch.setattr(sys, "path", list(paths))
    search_path.leave_out_current_folder()
    assert sys.path == ["/opt/mine", str(PACKAGE.parent)]
    # Whoever stands in a folder of Python's own has not meant to take that away.
    library = os.path.dirname(os.__file__)
    monkeypatch.chdir(library)
    monkeypatch.setattr(sys, "path", ["", library])
    search_path.leave_out_current_folder()
    assert sys.path == [library]
    # And who stands where this package lies runs it from there.
    monkeypatch.chdir(PACKAGE.parent)
    monkeypatch.setattr(sys, "path", [""])
    search_path.leave_out_current_folder()
    assert sys.path == [str(PACKAGE.parent)]


# the end

OWNER = """
import subprocess, sys, time
from walkthrough.capture import processes
script = "sleep 600 & echo $$ $!; wait"
if sys.argv[1] == "popen":
    process = processes.popen(["/bin/sh", "-c", "echo $$; exec sleep 600"], stdout=1)
else:
    context = processes.process_group(["/bin/sh", "-c", script], stderr=2)
    process = context.__enter__()
    print(process.stdout.readline().decode(), end="", flush=True)
process.wait()
"""


def gone(pid: int) -> bool:
    """Wait until a process has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 10)[0])
    finally:
        os.close(handle)


@pytest.mark.parametrize("how", ["popen", "process_group"])
@pytest.mark.parametrize("nohup", [False, True])
def test_nothing_outlives_its_owner(how: str, nohup: bool) -> None:
    def ignore() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, how],
        stdout=subprocess.PIPE,
        preexec_fn=ignore if nohup else None,
    )
    with owner:
        assert owner.stdout is not None
        started = [int(word) for word in owner.stdout.readline().split()]
        assert len(started) == (1 if how == "popen" else 2)
        owner.kill()
        assert [pid for pid in started if not gone(pid)] == []


def test_what_takes_too_long_is_ended_with_what_it_started(tmp_path: Path) -> None:
    script = f"sleep 600 & echo $! > {tmp_path}/pid; echo begun; wait"
    with pytest.raises(subprocess.TimeoutExpired):
        processes.output_of(["/bin/sh", "-c", script], seconds=1)
    assert gone(int((tmp_path / "pid").read_text()))
    with pytest.raises(subprocess.CalledProcessError):
        processes.output_of(["/bin/sh", "-c", "exit 3"], seconds=60)
    said = processes.output_of(["/bin/sh", "-c", "pwd; echo $MORE; cat"], seconds=60, MORE="more")
    assert said == b"/\nmore\n"
