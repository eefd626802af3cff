"""Recording in surroundings that are not as they should be: closed streams, masks, signals."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.support.time_limits import limit
from walkthrough.capture.ptrace.tracer import PtraceTracer
from walkthrough.model.events import CallReturned, CaptureEnded, OutputWritten
from walkthrough.recording.file import load

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "linux", reason="captures are made on Linux"),
]

RECORD = [sys.executable, "-m", "walkthrough", "record", "first-connection"]


def first_socket(file: Path) -> int:
    """Return the first socket's number, having seen that the recording is whole."""
    events = [event for _, event in load(file)]
    end = events[-1]
    assert isinstance(end, CaptureEnded)
    assert end.reason == "finished"
    printed = b"".join(e.data for e in events if isinstance(e, OutputWritten))
    assert b"hello from the first client" in printed
    return next(e.result for e in events if isinstance(e, CallReturned) and e.call == "socket")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("server", ["go", "python"])
def test_closed_streams_do_not_reach_the_server(
    server: str, closed: str, tmp_path: Path, go_server: Path
) -> None:
    file = tmp_path / "f.jsonl"
    command = [*RECORD, "--server", server, "-o", str(file)]
    shell = ["sh", "-c", f'"$@" {closed}', "sh", *command]
    assert subprocess.run(shell, timeout=limit(60)).returncode == 0
    assert first_socket(file) == 3


def halted(server: str, blocked: Collection[int] = ()) -> "subprocess.Popen[bytes]":
    """Start a capture as the screen does, with signals blocked; return it once it has halted."""
    child = subprocess.Popen(
        [sys.executable, "-m", "walkthrough.capture.workers.live", "first-connection", server],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, blocked),
    )
    assert child.stdout is not None
    while b'"halted"' not in child.stdout.readline():
        assert child.poll() is None
    return child


def signals_of(process: int, which: str) -> int:
    """Return a row of signals that the system lists of a process, as bits."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition(f"{which}:")[2].split()[0], 16)


def test_a_blocked_sigchld_costs_no_time(go_server: Path) -> None:
    child = halted("go", {signal.SIGCHLD, signal.SIGUSR1})
    try:
        blocked = signals_of(child.pid, "SigBlk")
    finally:
        child.communicate(timeout=limit(30))
    # Else each stop of the server would be seen only when a wait for it has passed.
    assert not blocked >> (signal.SIGCHLD - 1) & 1
    assert blocked >> (signal.SIGUSR1 - 1) & 1, "it was started so"


@pytest.mark.parametrize("server", ["go", "python"])
def test_under_the_screen_the_server_does_not_ignore_sigint(server: str, go_server: Path) -> None:
    child = halted(server)
    try:
        (pid,) = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
        ignored = signals_of(int(pid), "SigIgn")
    finally:
        child.communicate(timeout=limit(30))
    assert not ignored >> (signal.SIGINT - 1) & 1


def building(folder: Path, arguments: list[str]) -> tuple["subprocess.Popen[bytes]", Path]:
    """Start something whose Go takes half a minute to build; return it and that Go in /proc."""
    root, began = folder / "go", folder / "began"
    for part in ("bin", "src/net", "pkg/tool/here"):
        (root / part).mkdir(parents=True)
    (root / "VERSION").write_text("go1.27.3\n")
    (root / "src/net/dial.go").touch()
    for program in (root / "pkg/tool/here/compile", root / "bin/go"):
        program.write_text(
            f"#!/bin/sh\necho $$ >{began}.part\nmv {began}.part {began}\n"
            f"trap '' PIPE\nfor i in $(seq 300); do echo net/netip; sleep 0.1; done\n"
        )
        program.chmod(0o755)
    started = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env=dict(os.environ, WALKTHROUGH_GO=str(root), XDG_CACHE_HOME=str(folder / "c")),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not began.exists():
        assert started.poll() is None
        time.sleep(0.01)
    return started, Path(f"/proc/{began.read_text().strip()}/stat")


def is_over(build: Path) -> bool:
    """Wait until a process has ended: a kill takes effect a little after it was sent."""
    deadline = time.monotonic() + limit(10)
    while time.monotonic() < deadline:
        try:
            if build.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_the_build_too(number: int, status: int, tmp_path: Path) -> None:
    file = str(tmp_path / "f.jsonl")
    recording, build = building(
        tmp_path, ["walkthrough", "record", "first-connection", "--server", "go", "-o", file]
    )
    try:
        recording.send_signal(number)
        assert recording.wait(limit(20)) == status
    finally:
        recording.kill()
        recording.communicate()
    assert is_over(build)
    assert not list((tmp_path / "c/walkthrough/builds").iterdir())


@pytest.mark.parametrize("given", [False, True])
def test_a_build_ends_with_the_screen(given: bool, tmp_path: Path) -> None:
    child, build = building(
        tmp_path, ["walkthrough.capture.workers.live", "first-connection", "go"]
    )
    try:
        assert child.stdin is not None
        if given:
            child.terminate()
        else:
            child.stdin.close()
        # The latter where the machine is so busy that cleaning up takes long: it ends anyway.
        assert child.wait(limit(20)) in (2, -signal.SIGALRM)
    finally:
        child.kill()
        child.communicate()
    assert is_over(build)


def test_a_process_that_was_reaped_is_not_killed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tracer = PtraceTracer(None)
    tracer.start(Path("/bin/true"), ["true"])
    for stop in tracer.stops():
        if stop.held:
            tracer.resume(stop.thread)
    killed: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, _: killed.append(pid))
    tracer.kill()  # by now the number may belong to somebody else
    assert not killed


@pytest.mark.parametrize("command", ["scenarios --lang zh", "scenarios --json", "doctor"])
def test_an_encoding_without_the_character_is_no_traceback(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "walkthrough", *command.split()],
        env=dict(os.environ, PYTHONIOENCODING="ascii"),
        capture_output=True,
        timeout=limit(60),
    )
    assert done.returncode in (0, 1)
    assert done.stdout.isascii()
    assert b"Traceback" not in done.stderr
