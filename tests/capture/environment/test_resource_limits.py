"""What a limit causes is told as that limit."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.time_limits import limit
from walkthrough.capture.environment import resource_limits
from walkthrough.capture.environment.resource_limits import (
    advice,
    full_folder,
    limit_in_output,
    not_started,
    reason,
)
from walkthrough.capture.errors import CaptureError
from walkthrough.cli.limits import LEAST_FILES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")

PROGRAM = (sys.executable, "-P", "-m", "walkthrough")
Limits = dict[str, int]


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Limits:
    """What limits there are."""
    there: Limits = {}
    monkeypatch.setattr(resource_limits, "_soft", there.get)
    return there


def error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("number", "name", "most", "expected"),
    [
        (errno.EMFILE, "RLIMIT_NOFILE", 12, "Too many open files; ulimit -n is 12"),
        (errno.EAGAIN, "RLIMIT_NPROC", 5, "Resource temporarily unavailable; ulimit -u is 5"),
        (errno.ENOMEM, "RLIMIT_AS", 409600, "Cannot allocate memory; ulimit -v is 400"),
        (errno.EFBIG, "RLIMIT_FSIZE", 2048, "File too large; ulimit -f is 2"),
    ],
)
def test_errors_name_their_limits(
    limits: Limits, number: int, name: str, most: int, expected: str
) -> None:
    assert str(reason(error(number))) == os.strerror(number)
    assert str(advice(error(number))) == "close other programs and try again"
    limits[name] = most
    assert str(reason(error(number))) == expected
    assert str(not_started("The server", error(number))) == (
        f"The server could not be started ({expected}): raise that limit and try again."
    )


def test_other_errors_are_told_as_they_are(limits: Limits) -> None:
    assert str(reason(error(errno.ENOENT))) == "No such file or directory"
    assert str(advice(error(errno.ENOSPC))) == "make room and try again"
    assert str(advice(error(errno.ENFILE))) == "close other programs and try again"


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("go: error obtaining buildID for go tool compile: pipe2: too many open files", 24),
        ("write /tmp/x/b001/_pkg_.a: no space left on device", errno.ENOSPC),
        ("open x: disk quota exceeded", errno.EDQUOT),
        ("link: signal: file size limit exceeded", errno.EFBIG),
        ("fork/exec /x/compile: cannot allocate memory", errno.ENOMEM),
        ("runtime: failed to create new OS thread (have 3 already; errno=11)", errno.EAGAIN),
        ("runtime/cgo: pthread_create failed: Resource temporarily unavailable", errno.EAGAIN),
        ("fork/exec /x/asm: resource temporarily unavailable", errno.EAGAIN),
        ("./main.go:7:2: undefined: x", None),
        ("", None),
    ],
)
def test_what_programs_say_of_it(said: str, number: int | None) -> None:
    found = limit_in_output(f"net\n{said}\n")
    assert (found.errno if found is not None else None) == number


def test_too_little_for_go(limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    resource_limits.refuse_too_little_for_go()
    limits["RLIMIT_AS"] = 400 << 20
    with pytest.raises(CaptureError, match=r"ulimit -v allows \(409600\): set it to 1048576"):
        resource_limits.refuse_too_little_for_go()


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (resource_limits.refuse_too_little_for_go, "A Go program needs 12 processes or threads"),
        (resource_limits.refuse_too_few_processes, "A server and what watches it need 3 "),
    ],
)
def test_too_few_processes(
    limits: Limits, monkeypatch: pytest.MonkeyPatch, ask: Callable[[], None], sentence: str
) -> None:
    asked: list[int] = []

    def none_left(count: int) -> bool:
        asked.append(count)
        return False

    monkeypatch.setattr(resource_limits, "_threads_can_be_made", none_left)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    ask()
    assert asked == [], "without a limit nothing is tried"
    limits["RLIMIT_NPROC"] = 4
    with pytest.raises(CaptureError, match=f"{sentence}.*allows this user 4 in all"):
        ask()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    ask()  # root is not limited


def test_threads_are_tried_out_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    before = threading.active_count()
    assert resource_limits._threads_can_be_made(5)
    assert threading.active_count() == before
    start = threading.Thread.start
    begun: list[threading.Thread] = []

    def no_more(thread: threading.Thread) -> None:
        if len(begun) == 2:
            raise RuntimeError("can't start new thread")
        begun.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", no_more)
    assert not resource_limits._threads_can_be_made(5)
    assert threading.active_count() == before


@pytest.mark.parametrize(("least", "asked"), [(16 << 10, 64 << 10), (128 << 10, 128 << 10)])
def test_stacks_are_no_smaller_than_the_machine_allows(
    least: int, asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    sizes: list[int] = []

    def stack_size(size: int) -> int:
        sizes.append(size)
        return 0

    monkeypatch.setattr(os, "sysconf", {"SC_THREAD_STACK_MIN": least}.__getitem__)
    monkeypatch.setattr(threading, "stack_size", stack_size)
    with resource_limits._small_stacks():
        pass
    assert sizes == [asked, 0]


SMALL_FILES = """
import resource, sys
from collections.abc import Callable
from pathlib import Path
from walkthrough.capture.environment.resource_limits import reason, full_folder
print(full_folder(Path(sys.argv[1])))
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
found = full_folder(Path("/nowhere"), Path(sys.argv[1]))
print(found[0], reason(found[1]))
"""


def test_a_folder_that_takes_no_more_is_found_by_trying(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SMALL_FILES, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["None", f"{tmp_path} File too large; ulimit -f is 1024"]
    assert full_folder(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("files", [6, 12, LEAST_FILES - 1])
@pytest.mark.parametrize(
    "command", ["", "scenarios", "doctor", "check", "record x -o y", "export x"]
)
def test_with_few_files_every_command_says_so_at_once(
    files: int, command: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [*PROGRAM, *command.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=limit(60),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
    )
    assert done.returncode == 2
    assert done.stderr == (
        f"walkthrough: no more than {files} files may be open at a time (ulimit -n), and "
        f"{LEAST_FILES} are needed: raise that limit, as in `ulimit -n 1024`.\n"
    )


@pytest.mark.live
def test_with_just_enough_files_a_scenario_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, *["record", "first-connection", "--server", "python", "-o", "new.jsonl"]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=limit(120),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (LEAST_FILES, LEAST_FILES)),
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.live
@pytest.mark.parametrize("most", [4096, 20000])  # in the middle, and when all is written at the end
def test_a_log_that_grew_too_large_is_told_as_the_limit(
    tmp_path: Path, strace: str, most: int
) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    done = subprocess.run(
        [*PROGRAM, "compare", "unix-socket", "--server", "python"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},  # Python keeps what it has cut short
        capture_output=True,
        text=True,
        timeout=limit(120),
        preexec_fn=limited,
    )
    assert done.returncode == 2, done.stdout
    assert done.stderr.splitlines()[-1] == (
        "walkthrough: strace's log could not be written (File too large; ulimit -f is "
        f"{most // 1024}): raise that limit and try again."
    )


def test_what_asyncio_leaves_half_done_is_not_logged_where_no_thread_can_be_made(
    tmp_path: Path,
) -> None:
    code = """
import asyncio, sys
import walkthrough.cli as cli

def later(words):
    global kept
    kept = asyncio.new_event_loop().create_future()
    kept.set_exception(OSError("never asked for"))
    raise RuntimeError("can't start new thread")

cli._run = later
sys.exit(cli.main([]))
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=limit(60),
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "no more threads may be started" in done.stderr
