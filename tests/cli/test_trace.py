"""``walkthrough trace``: what it refuses, and what it records of programs of any kind."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.need import need
from walkthrough.capture.environment.doctor import why_no_trace
from walkthrough.capture.environment.program_file import name_of_process
from walkthrough.capture.session.trace_request import TraceRequest
from walkthrough.cli.trace import file_stem, recording_stem
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    Header,
    OutputWritten,
    ProcessExited,
    ProcessStarted,
)
from walkthrough.recording.file import load

SERVER = """
import os, socket, sys
there = socket.create_server(("127.0.0.1", 0))
print(there.getsockname()[1], flush=True)
with open("/dev/null", "rb") as file:
    file.read(1)
taken, _ = there.accept()
taken.sendall(taken.recv(100).upper())
taken.close()
"""
"""A program that serves one client, in Python: only its system calls are seen."""
FOREVER = SERVER.replace("taken, _", "while True: taken, _")


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "walkthrough", "trace", *words]


def run(
    *words: str, stdin: int = subprocess.DEVNULL, **more: Any
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*words), capture_output=True, text=True, timeout=120, stdin=stdin, **more
    )


def events_of(path: Path) -> tuple[Header, list[AnyEvent]]:
    recording = load(path)
    events = [event for _, event in recording]
    assert not recording.torn
    return recording.header, events


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name the program to trace, as in `walkthrough trace -- ./server -port 8080`"),
        (["-p", "1", "--", "ls"], "-p names processes that run, and no program goes with it"),
        (["-p", "0"], "'0' is no process id"),
        (["--only", "lunch", "ls"], "invalid choice: 'lunch' (choose from listen, all, "),
        (["--for", "never", "ls"], "'never' is no number of seconds"),
        (["--limit", "1X", "ls"], "'1X' is no size such as 500M or 2G"),
        (["--halt", "--run", "ls"], "not allowed with argument"),
        (["-o", "x", "--", "no-such-program"], "There is no program no-such-program on PATH"),
        (["-o", "x", "/"], "/ is a folder: name a program."),
        (["-o", "x", "--run", "ls"], "--halt and --run are for the screen"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Sequence[str], said: str
) -> None:
    from walkthrough.cli import main

    monkeypatch.chdir(tmp_path)
    spoken: list[str] = []
    monkeypatch.setattr("walkthrough.formatting.terminal.say", spoken.append)
    assert main(["trace", *words]) == 2
    assert len(spoken) == 1
    assert said in spoken[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("./server", "trace-server"),
        ("/usr/sbin/nginx", "trace-nginx"),
        ("..", "trace-program"),
        ("a b\x1b/\u202e", "trace-program"),
        ("x" * 99, "trace-" + "x" * 40),
    ],
)
def test_a_recording_is_called_like_the_program(name: str, stem: str) -> None:
    assert file_stem(name) == stem


def test_a_recording_of_a_process_is_called_like_its_program_too() -> None:
    program = name_of_process(os.getpid()).replace(".", "-")
    mine = TraceRequest(pids=(os.getpid(), 1))
    assert recording_stem(mine) == f"trace-{program}-{os.getpid()}"
    assert recording_stem(TraceRequest(pids=(1 << 30,))) == f"trace-{1 << 30}"  # gone
    assert recording_stem(TraceRequest(arguments=(b"./server",))) == "trace-server"


@pytest.fixture
def can_trace() -> None:
    need(why_no_trace() is None, why_no_trace())


@pytest.mark.live
@pytest.mark.usefixtures("can_trace")
def test_a_program_that_ends_is_recorded_whole(tmp_path: Path) -> None:
    """Its arguments, environment and folder are what they were, byte for byte."""
    checks = (
        "import os, sys\n"
        "assert sys.argv[1:] == ['-o', os.fsdecode(b'\\xff\\x1b[2J'), '', '--halt'], sys.argv\n"
        "assert os.environb[b'ODD'] == b'\\xfe', os.environ\n"
        "assert 'PYTHONSAFEPATH' not in os.environ\n"
        "assert os.getcwd() == os.environ['HERE'] and sys.stdin.read() == 'typed'\n"
        "assert not [n for n in os.listdir('/proc/self/fd') if int(n) > 3]\n"
        "print('\\x1b[2Jfine'); print('and', file=sys.stderr, end='')\nsys.exit(3)"
    )
    typed = tmp_path / "typed"
    typed.write_text("typed")
    program = [sys.executable, "-c", checks, "-o", os.fsdecode(b"\xff\x1b[2J"), "", "--halt"]
    environment = {**os.environb, b"ODD": b"\xfe", b"HERE": os.fsencode(tmp_path)}
    with typed.open("rb") as stdin:
        done = run(
            "-o", "t.jsonl", "--", *program, cwd=tmp_path, env=environment, stdin=stdin.fileno()
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "\\x1b[2Jfine\n"
    assert "and\n" in done.stderr
    assert "events in t.jsonl (exited)." in done.stderr
    header, events = events_of(tmp_path / "t.jsonl")
    assert header.server == "program"
    assert header.program is not None
    assert header.program.path == os.path.realpath(sys.executable)
    assert header.command[3:] == ("-o", "\\xff\x1b[2J", "", "--halt")
    ends = [event for event in events if isinstance(event, ProcessExited)]
    assert [each.code for each in ends] == [3]
    written = b"".join(e.data for e in events if isinstance(e, OutputWritten) and e.stream == 1)
    assert written == b"\x1b[2Jfine\n"
    assert not [event for event in events if isinstance(event, CallEntered)]  # it has no socket


@pytest.mark.live
@pytest.mark.usefixtures("can_trace")
@pytest.mark.parametrize(
    ("how", "reason"), [("signal", "stopped"), ("time", "timed out"), ("size", "full")]
)
def test_one_that_goes_on_is_ended_and_its_recording_is_whole(
    tmp_path: Path, how: str, reason: str
) -> None:
    path = tmp_path / "t.jsonl"
    options = {"signal": [], "time": ["--for", "0.1"], "size": ["--limit", "3K"]}[how]
    words = command("-o", str(path), *options, "--no-payload", "--", sys.executable, "-c", FOREVER)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tracing:
        assert tracing.stdout is not None
        if how == "signal":
            assert tracing.stdout.readline()  # the port: it listens
            tracing.send_signal(signal.SIGINT)
        _, said = tracing.communicate(timeout=120)
    assert tracing.returncode == 0, said
    header, events = events_of(path)
    end = events[-1]
    assert isinstance(end, CaptureEnded)
    assert end.reason == reason
    assert header.payload_omitted
    if how == "signal":
        calls = [event.call for event in events if isinstance(event, CallEntered)]
        assert [name for name in calls if name in ("socket", "bind", "listen")] == [
            "socket",
            "bind",
            "listen",
        ]
        assert "openat" not in calls
    assert not os.path.exists(f"/proc/{header.pid}")


@pytest.mark.live
@pytest.mark.usefixtures("can_trace")
def test_without_a_name_it_is_recorded_where_recordings_are_kept(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    done = run("--", sys.executable, "-c", "pass", env=environment)
    assert done.returncode == 0, done.stderr
    (kept,) = (tmp_path / "walkthrough" / "recordings").iterdir()
    assert kept.name.startswith("trace-python")
    assert str(kept) in done.stderr
    header, _ = events_of(kept)
    shown = subprocess.run(
        [sys.executable, "-m", "walkthrough", "export", str(kept), "--to", "json"],
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert json.loads(shown.stdout)["header"]["pid"] == header.pid


PREFORK = """
import ctypes, os, signal, socket
there = socket.create_server(("127.0.0.1", 0))
first = os.getpid()
if os.fork() == 0:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    assert os.getppid() == first
else:
    print(there.getsockname()[1], flush=True)
while True:
    taken, _ = there.accept()
    taken.sendall(taken.recv(100).upper())
    taken.close()
"""
"""Two processes that serve whoever connects."""


def asked(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(b"hi")
        return client.recv(10)


def tracer_of(pid: int) -> int:
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("TracerPid:"))


@pytest.mark.live
@pytest.mark.usefixtures("can_trace")
def test_processes_that_run_are_attached_to_and_left_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with subprocess.Popen([sys.executable, "-c", PREFORK], stdout=subprocess.PIPE) as serving:
        try:
            assert serving.stdout is not None
            port = int(serving.stdout.readline())
            words = command("-o", str(path), "-p", str(serving.pid))
            with subprocess.Popen(words, stderr=subprocess.PIPE) as tracing:
                assert tracing.stderr is not None
                tracing.stderr.readline()
                while not (path.exists() and b"process_started" in path.read_bytes()):
                    assert tracing.poll() is None
                assert tracer_of(serving.pid) == tracing.pid
                assert [asked(port) for _ in range(4)] == [b"HI"] * 4
                tracing.send_signal(signal.SIGINT)
                _, said = tracing.communicate(timeout=120)
            assert tracing.returncode == 0, said
            assert tracer_of(serving.pid) == 0
            assert asked(port) == b"HI"
        finally:
            serving.kill()
    header, events = events_of(path)
    assert header.program is not None
    assert (header.program.origin, header.program.attached) == ("attached", (serving.pid,))
    begun = [event for event in events if isinstance(event, ProcessStarted)]
    assert [(each.origin, each.parent_pid) for each in begun] == [
        ("attached", None),
        ("attached", serving.pid),
    ]
    returned = [event for event in events if isinstance(event, CallReturned)]
    accepted = [event for event in returned if event.call.startswith("accept")]
    assert len(accepted) == 4
    assert {event.process for event in accepted} <= {None, begun[1].pid}
    assert sum(event.call == "recvfrom" for event in returned) == 4
    assert isinstance(events[-1], CaptureEnded)
    assert events[-1].reason == "stopped"
