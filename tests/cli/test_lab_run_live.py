"""Programs that misbehave: each run ends with what went wrong, and nothing of it is left."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.need import need
from walkthrough.capture.environment.doctor import can_trace_go
from walkthrough.scenario import labs, loader

pytestmark = pytest.mark.live

BODIES = {
    "listens on nothing": ("time", "time.Sleep(time.Hour)"),
    "waits for itself": ("", "select {}"),
    "ends": ("", 'fmt.Println("\\x1b[2J\\u202e"); os.Exit(3)'),
    "is killed": ("syscall", "syscall.Kill(os.Getpid(), syscall.SIGKILL)"),
    "never ends": ("", "for { }"),
    "takes all memory": ("", "fmt.Println(len(make([]byte, 2<<30)))"),
    "takes all descriptors": (
        "",
        'for { f, e := os.Open("/dev/null"); if e != nil { panic(e) }; _ = f }',
    ),
    "writes a huge file": (
        "",
        'f, e := os.Create("FOLDER/huge"); if e == nil { e = f.Truncate(1 << 30) }; panic(e)',
    ),
    "forks": (
        "os/exec",
        'exec.Command("/bin/sh", "-c", "while sleep 4321 & do :; done").Run()',
    ),
    "is terminated": ("syscall", "syscall.Kill(os.Getpid(), syscall.SIGTERM); select {}"),
    "stops itself": ("syscall", "syscall.Kill(os.Getpid(), syscall.SIGSTOP); select {}"),
    "crashes": ("", "var p *int; fmt.Println(*p)"),
    "leaves a daemon": (
        "os/exec",
        'exec.Command("/bin/sh", "-c", "setsid sleep 1234 & setsid sleep 4321 & :").Run(); '
        "os.Exit(0)",
    ),
    "leaves a child": (
        "os/exec",
        'exec.Command("/bin/sh", "-c", "sleep 1234 & sleep 1234").Start(); os.Exit(0)',
    ),
}
SAID = {
    "listens on nothing": "The time was up (3 s)",
    "waits for itself": "all goroutines are asleep",
    "ends": "ended with status 3",
    "is killed": "was killed by SIGKILL",
    "never ends": "The time was up (3 s)",
    "takes all memory": "fatal error: runtime: ",
    "takes all descriptors": "too many open files",
    "writes a huge file": "file too large",
    "is terminated": "was killed by SIGTERM",
    "stops itself": "The time was up (3 s)",
    "crashes": "ended with status 2",
    "leaves a daemon": "The server ended with status 0",
    "forks": "more than 64 processes",
    "leaves a child": "The server ended with status 0",
}


def program(name: str) -> str:
    package, body = BODIES[name]
    imports = "".join(f'"{each}"\n' for each in ("fmt", "net", "os", package) if each)
    return (
        f"package main\nimport (\n{imports})\nvar _, _, _ = fmt.Sprint, net.Listen, os.Exit\n"
        f"func main() {{\n{body}\n}}\n"
    )


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    need(*can_trace_go())
    folder = tmp_path / "mine"
    shutil.copytree(loader.find("backlog-capped"), folder)
    scenario = folder / labs.FOLDER / loader.FILE
    text = scenario.read_text("utf-8").replace("timeout_s = 15", "timeout_s = 60")
    scenario.write_text(f"{text}\n[limits]\nnofile = 16\n", "utf-8")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return str(folder)


def hurry(lab: str) -> None:
    """Let a lab wait 3 s only; 60 are for a program that ends by itself, on a busy machine too."""
    scenario = Path(lab, labs.FOLDER, loader.FILE)
    scenario.write_text(scenario.read_text("utf-8").replace("timeout_s = 60", "timeout_s = 3"))


def run(lab: str, text: str, folder: Path) -> tuple[int, str, str]:
    folder.mkdir(exist_ok=True)
    (folder / "main.go").write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "walkthrough", "lab", lab, folder, "--predict", "x"],
        capture_output=True,
        text=True,
        timeout=150,
    )
    printed = done.stdout + done.stderr
    assert all(line.isprintable() for line in printed.splitlines()), printed
    assert "Traceback" not in printed
    return done.returncode, done.stdout, done.stderr


def left(word: str) -> list[str]:
    """Return the processes with this word among their arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:
            continue
        found += [entry.name] if word.encode() in words else []
    return found


@pytest.mark.parametrize("name", SAID)
def test_a_program_that_misbehaves(name: str, lab: str, tmp_path: Path) -> None:
    if "(3 s)" in SAID[name]:
        hurry(lab)
    status, out, err = run(lab, program(name).replace("FOLDER", str(tmp_path)), tmp_path / "own")
    if name == "forks":
        assert status == 2
        assert SAID[name] in err
    else:
        assert status == 1, err
        assert SAID[name] in out
    patience = time.monotonic() + 20
    while left("4321") + left("1234"):
        assert time.monotonic() < patience, "something has outlived the run"


CHILD = """package main
import ("os/exec"; "time")
func main() {
    exec.Command("/bin/sh", "-c", "setsid sleep 5678 & sleep 5678").Start()
    time.Sleep(time.Hour)
}
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_a_run_that_is_killed_leaves_nothing_and_the_next_one_runs(
    name: str, lab: str, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "main.go").write_text(CHILD, "utf-8")
    words = [sys.executable, "-m", "walkthrough", "lab", lab, str(own), "--predict", "x"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        patience = time.monotonic() + 120
        while len(left("5678")) < 2:
            assert running.poll() is None, running.communicate()
            assert time.monotonic() < patience
        running.send_signal(signal.Signals[name])
        out, err = running.communicate(timeout=60)
    assert running.returncode in (-signal.Signals[name], 128 + signal.Signals[name])
    assert not out
    assert b"Traceback" not in err
    patience = time.monotonic() + 20
    while left("5678"):
        assert time.monotonic() < patience, "something has outlived the run"
    status, out_again, _ = run(lab, program("ends"), own)
    assert status == 1
    assert SAID["ends"] in out_again


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("package main\nfunc main() { \x1b[2J }\n", "could not be built"),
        ("package other\n", "it must be package main"),
        ('package main\nimport "example.com/x"\nfunc main() { x.X() }\n', "could not be built"),
        ("", "could not be built"),
        ("package main\n" + "var x int = nil // " + "y" * 5000, "could not be built"),
    ],
)
def test_a_program_that_is_not_built_is_one_sentence(
    text: str, said: str, lab: str, tmp_path: Path
) -> None:
    status, out, err = run(lab, text, tmp_path / "own")
    assert (status, out) == (2, "")
    last = err.splitlines()[-1]
    assert said in last
    assert len(last) < 900


def test_without_go_there_is_one_sentence(
    lab: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setenv("WALKTHROUGH_GO", str(tmp_path))
    status, _, err = run(lab, program("ends"), tmp_path / "own")
    assert status == 2
    assert "WALKTHROUGH_GO" in err
