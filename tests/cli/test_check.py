"""``walkthrough check`` as a user runs it: real servers, a process each."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from tests.support.need import need
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.workers import pool, unattended
from walkthrough.capture.workers.pool import CheckJob
from walkthrough.capture.workers.unattended import RunOutcome, ScenarioVerdict
from walkthrough.cli import check, main
from walkthrough.scenario import loader as scenarios

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "linux", reason="the servers need Linux"),
]

WALK = """
network = "tcp"
address = "127.0.0.1:0"
timeout_s = 20

[title]
en = "A walk"
zh = "走一遍"

[summary]
en = "A walk."
zh = "走一遍。"

[[script]]
when = "while accept is parked"
do = "connect"

[[script]]
when = "after accept"
do = "close"

[end]
when = "server idle"

[expect]
path = ["bind", "listen", "accept"]
printed = ["listening on 127.0.0.1:*"]
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(scenarios.ELSEWHERE, "")  # what `check` adds to it goes with the test
    return tmp_path


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder with a path short enough for sockets, which pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="wt-", dir="/tmp") as path:
        yield Path(path)


def put(place: Path, name: str, *changes: tuple[str, str]) -> str:
    """Write a scenario and return its folder as one would type it."""
    text = WALK
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (place / name).mkdir()
    (place / name / "scenario.toml").write_text(text, "utf-8")
    return str(place / name)


def checked(
    capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, dict[str, ScenarioVerdict]]:
    status = main(["check", "--server", "python", "--json", *words])
    found = msgspec.json.decode(capsys.readouterr().out, type=list[ScenarioVerdict])
    return status, {each.scenario: each for each in found}


def test_one_that_keeps_its_promises(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, verdicts = checked(capsys, put(place, "walk"))
    assert (status, verdicts["walk"].why) == (0, ())
    assert verdicts["walk"].outcome == RunOutcome.PASSED
    assert verdicts["walk"].events > 50
    assert verdicts["walk"].seconds > 0


def test_verdicts_are_in_the_order_of_the_request_whichever_came_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def backwards(jobs: Sequence[CheckJob], width: int) -> AsyncIterator[ScenarioVerdict]:
        for job in reversed(jobs):
            yield ScenarioVerdict(
                scenario=job.scenario, server=job.server, outcome=RunOutcome.PASSED
            )

    monkeypatch.setattr(check, "run", backwards)
    assert main(["check", "--json", "--repeat", "2", "unix-socket", "first-connection"]) == 0
    found = msgspec.json.decode(capsys.readouterr().out, type=list[ScenarioVerdict])
    assert [(each.scenario, each.server) for each in found] == [
        *[("unix-socket", "go")] * 2,
        *[("unix-socket", "python")] * 2,
        *[("first-connection", "go")] * 2,
        *[("first-connection", "python")] * 2,
    ]


def test_texts_that_a_language_lacks_are_listed_in_the_json_output(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half, broken = put(place, "half", ('zh = "走一遍"\n', "")), put(place, "mine", ("tcp", "tpc"))
    main(["check", "--server", "python", "--json", put(place, "walk"), half, broken])
    found = {each["scenario"]: each for each in msgspec.json.decode(capsys.readouterr().out)}
    assert {name: each["untranslated"] for name, each in found.items()} == {
        "walk": {},
        "half": {"zh": ["title"]},
        "mine": {},
    }
    fields = [*ScenarioVerdict.__struct_fields__, "untranslated", "unexplained"]
    assert all([*each] == fields for each in found.values())


def test_what_is_wrong_is_named_and_the_rest_still_runs(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [
        put(place, "fine"),
        put(place, "misspelt", ("timeout_s", "timeuot_s")),
        put(place, "no-such-stage", ('"bind", "listen"', '"bnid", "listen"')),
        put(place, "never-parks", ("while accept is parked", "while bind is parked")),
        put(place, "never-due", ("after accept", "after read"), ("= 20", "= 2")),
        put(
            place,
            "dies",
            ("[end]", '[[fault]]\ncall = "epoll_create1"\nerrno = "EMFILE"\n\n[end]'),
        ),
        put(place, "broken-promise", ('"bind", "listen"', '"listen", "bind"')),
    ]
    status, verdicts = checked(capsys, *folders)  # none waits for what never comes
    assert status == 1
    assert verdicts["fine"].outcome == RunOutcome.PASSED
    wrong = {
        name: " ".join(map(str, each.why)) for name, each in verdicts.items() if name != "fine"
    }
    assert all(verdicts[name].outcome == RunOutcome.FAILED for name in wrong)
    assert "did you mean 'timeout_s'" in wrong["misspelt"]
    assert "did you mean 'bind'" in wrong["no-such-stage"]
    assert "nothing ever parks in bind" in wrong["never-parks"]
    assert "after read" in wrong["never-due"]
    assert "netpollinit failed" in wrong["dies"] or "exited" in wrong["dies"]
    assert "listen, bind" in wrong["broken-promise"] or "bind" in wrong["broken-promise"]


def test_on_a_slow_machine_there_is_more_time(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = put(place, "never-due", ("after accept", "after read"), ("= 20", "= 0.25"))
    status, verdicts = checked(capsys, "--slow", "2", folder)
    assert status == 1
    assert "The time was up (0.5 s)" in str(verdicts["never-due"].why[0])


def test_what_ends_a_run_that_hangs_is_slow_as_well() -> None:
    (job,) = check._jobs(["first-connection"], ["go"], False, False, 20.0)
    assert (job.slow, job.timeout_s) == (20.0, 20 * scenarios.load("first-connection").timeout_s)


def test_the_table(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [
        put(place, "walk"),
        put(place, "go-only", ("timeout_s", 'servers = ["go"]\ntimeout_s')),
    ]
    status = main(["check", "--server", "python", *folders])
    found = capsys.readouterr()
    assert status == 0
    assert found.err == ""  # no bar where there is no terminal
    lines = found.out.splitlines()
    assert lines[0].split() == ["scenario", "python"]
    assert lines[1].split()[:2] == ["walk", "passed"]
    assert lines[2].split()[:3] == ["go-only", "not", "run"]
    assert "go-only, python: not run" in found.out
    assert lines[-1] == "1 passed, 0 failed, 1 not run"


def test_where_none_can_be_run_nothing_is_passed(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = put(place, "go-only", ("timeout_s", 'servers = ["go"]\ntimeout_s'))
    assert main(["check", "--server", "python", folder]) == 2
    assert "nothing could be run here" in capsys.readouterr().err


def test_a_port_that_somebody_else_takes_meanwhile_is_no_failure(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unattended, "why_not_runnable", lambda scenario, server: None)
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        address = f"127.0.0.1:{somebody.getsockname()[1]}"
        put(place, "taken", ('"127.0.0.1:0"', f'"{address}"\nneeds = ["port"]'))
        scenarios.add_folder(place / "taken")
        verdict = unattended.check("taken", ServerKind.PYTHON)
    assert verdict.outcome is RunOutcome.NOT_RUN
    (why,) = verdict.why
    assert str(why) == f"It needs {address}, which another program took before the server did."


def test_repeated_runs_are_counted(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--server", "python", "--repeat", "3", put(place, "walk")]) == 0
    assert "passed 3 of 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["first-conection"], "did you mean first-connection"),
        (["./nowhere"], "There is no folder './nowhere'"),
        (["--jobs", "0"], "'0' is no number from 1 to 1000"),
        (["--server", "perl"], "invalid choice"),
        (["--slow", "0"], "a machine is slow by a factor from 1 to 100"),
        (["--slow", "nan"], "a machine is slow by a factor from 1 to 100"),
        (["--slow", "fast"], "a machine is slow by a factor from 1 to 100"),
    ],
)
def test_what_cannot_be_meant(
    words: list[str], said: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_run_whose_process_dies_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # An interpreter that kills itself stands for whatever may befall the process.
    shell = place / "python"
    shell.write_text("#!/bin/sh\nkill -9 $$\n")
    shell.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(shell))

    async def verdicts() -> list[ScenarioVerdict]:
        return [each async for each in pool.run([CheckJob("walk", "python", 1.0)] * 2, 1)]

    for each in asyncio.run(verdicts()):
        assert each.outcome is RunOutcome.FAILED
        assert list(map(str, each.why)) == ["Its process was killed by SIGKILL."]


def test_a_run_that_hangs_is_ended(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need(shutil.which("sleep") is not None, "there is no sleep(1)")
    shell = place / "python"
    shell.write_text("#!/bin/sh\nexec sleep 600\n")
    shell.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(shell))
    monkeypatch.setattr(pool, "BUILD_SECONDS", 0.2)

    async def verdict() -> ScenarioVerdict:
        async with contextlib.aclosing(pool.run([CheckJob("walk", "python", 0.1)], 2)) as coming:
            return await anext(coming)

    assert "still running" in str(asyncio.run(verdict()).why[0])


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)  # not to take from them the time they need


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)],
)
def test_an_interrupted_check_leaves_nothing_behind(
    place: Path, temporary: Path, number: signal.Signals, status: int
) -> None:
    over_unix = (
        ("after accept", "after read"),
        ('network = "tcp"', 'network = "unix"'),
        ("127.0.0.1:0", "{dir}/socket"),
    )
    folder = put(place, "waits", *over_unix)
    command = [sys.executable, "-m", "walkthrough", "check", "--server", "python", folder]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(command, start_new_session=True, env=environment) as process:
        until(lambda: process.poll() is not None or descendants(process.pid, "instrumented"))
        started = descendants(process.pid, "instrumented")
        assert started
        assert list(temporary.glob("walkthrough-*"))
        os.kill(process.pid, number)
        assert process.wait(30) == status
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in started))
        until(lambda: not list(temporary.glob("walkthrough-*")))


@pytest.mark.parametrize("words", [("check", "--server", "python"), ("scenarios",)])
def test_an_output_that_cannot_be_written_is_said(place: Path, words: tuple[str, ...]) -> None:
    folder = put(place, "walk")
    command = [sys.executable, "-m", "walkthrough", *words]
    command += [str(folder)] if words[0] == "check" else []
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("walkthrough: the output cannot be written (No space")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("words", [("scenarios", "--lang", "xx"), ("record", "half-close")])
def test_a_refusal_that_cannot_be_written_is_one_still(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "walkthrough", *words]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=full, timeout=60)
    assert done.returncode == 2


@pytest.mark.parametrize("words", [("check", "--server", "python"), ("scenarios", "--json")])
def test_a_closed_output_is_no_reason_to_fail(place: Path, words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "walkthrough", *words]
    command += [put(place, "walk")] if words[0] == "check" else []
    shell = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    done = subprocess.run(shell, stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_who_reads_only_the_beginning_is_not_troubled(place: Path) -> None:
    command = [sys.executable, "-m", "walkthrough", "check", "--server", "python"]
    ours, theirs = os.pipe()
    os.close(ours)
    with open(theirs, "wb") as closed:
        done = subprocess.run(
            [*command, str(put(place, "walk"))], stdout=closed, stderr=subprocess.PIPE, timeout=60
        )
    assert (done.returncode, done.stderr) == (2, b"")


def descendants(pid: int, called: str) -> list[int]:
    """Return the processes below ``pid`` whose command line holds ``called``."""
    found = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += descendants(child, called)
                if called.encode() in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(child)
    return found


def test_runs_that_claim_the_same_wait_for_each_other() -> None:
    first, second, other = (
        CheckJob("a", "go", 1.0, "7099"),
        CheckJob("b", "go", 1.0, "7099"),
        CheckJob("c", "go", 1.0),
    )
    waiting = [first, second, other]
    assert pool.next_of(waiting, []) == first
    assert pool.next_of(waiting, ["7099"]) == other
    assert pool.next_of(waiting, ["7099", ""]) is None
    assert pool.next_of(waiting, [""]) == second
