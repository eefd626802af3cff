"""What is left when a command is told to end, or killed: nothing, and its exit status says how."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.isolated import until
from tests.support.need import need
from walkthrough.capture.environment.doctor import examine_one

pytestmark = pytest.mark.live

PROGRAM = (sys.executable, "-P", "-m", "walkthrough")
COMPILING = """#!/bin/sh
sleep 600 &
echo $$ $! > "$(dirname "$0")/pids.new"
mv "$(dirname "$0")/pids.new" "$(dirname "$0")/pids"
wait
"""
"""A go whose compiler takes long."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A machine on which a build never comes to its end."""
    need(sys.platform == "linux", "there are parent-death signals on Linux alone")
    need(examine_one("ptrace").ok, "without ptrace no Go server is built")
    for folder in ("go/bin", "go/src/net", "go/pkg/tool/linux_amd64", "tmp"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "go/VERSION").write_text("go1.27.3\n")
    (tmp_path / "go/src/net/dial.go").touch()
    (tmp_path / "go/pkg/tool/linux_amd64/compile").touch()
    (tmp_path / "go/bin/go").write_text(COMPILING)
    (tmp_path / "go/bin/go").chmod(0o755)
    return tmp_path


def environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "WALKTHROUGH_GO": str(home / "go"),
        "TMPDIR": str(home / "tmp"),
        **{f"XDG_{name}_HOME": str(home / name) for name in ("CACHE", "CONFIG", "DATA")},
    }


@contextmanager
def building(home: Path, *words: str) -> Iterator[tuple["subprocess.Popen[bytes]", list[int]]]:
    """Start a command and wait until it compiles; also give the processes of the build."""
    command = [*PROGRAM, *words]
    with subprocess.Popen(command, cwd=home, env=environment(home)) as process:
        try:
            pids = home / "go" / "bin" / "pids"
            while not pids.exists():
                assert process.poll() is None, "it ended before it compiled"
                select.select([], [], [], 0.02)
            yield process, [int(word) for word in pids.read_text().split()]
        finally:
            process.kill()


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


COMMANDS = [
    ("record", "first-connection", "--server", "go", "-o", "new.jsonl"),
    ("check", "first-connection", "--server", "go"),
    ("compare", "first-connection", "--server", "go"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("number", "status"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, 143),
        (signal.SIGHUP, 129),
        (signal.SIGKILL, -9),  # 137 to a shell
    ],
)
def test_in_the_middle_of_a_build(
    home: Path, words: tuple[str, ...], number: signal.Signals, status: int, strace: str
) -> None:
    with building(home, *words) as (process, compilers):
        assert len(compilers) == 2
        process.send_signal(number)
        assert process.wait(30) == status
        assert [pid for pid in compilers if not gone(pid)] == []
    assert not (home / "new.jsonl").exists()
    if status < 0:
        let_the_next_one_start(home)
    builds = home / "CACHE" / "walkthrough" / "builds"
    # A worker of `check` that has to end with it may still be removing what it has made.
    until(lambda: not left_in(builds, home / "tmp"), "no build is left")


def left_in(*folders: Path) -> list[str]:
    """Return the names of what there is in folders."""
    return [path.name for folder in folders for path in folder.iterdir()]


def let_the_next_one_start(home: Path) -> None:
    """What one that was killed had no time for, the next start does."""
    done = subprocess.run(
        [*PROGRAM, "record", "first-connection", "--server", "python", "-o", "next.jsonl"],
        cwd=home,
        env=environment(home),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
