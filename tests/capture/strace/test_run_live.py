"""Every scenario under both servers with strace beside it: the same calls, spelled the same.

Polls are left out, and the eventfd by which a program wakes itself: how often they happen is the
up to the scheduler, and differs from one run to the next. So it is, between two runs of a Go
program, whether a read is ahead of its bytes, and whether accept is woken by old news and tried
again.
"""

import os
import re
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from tests.support import endless_run, strace_comparison
from tests.support.need import need
from tests.support.time_limits import limit
from walkthrough.capture.environment.backends import choose
from walkthrough.capture.environment.exposure import OWN, Exposure
from walkthrough.capture.environment.requirements import why_not_runnable
from walkthrough.capture.environment.server_kind import ServerKind
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.strace import run as strace_run
from walkthrough.capture.strace.cues import inherited_sockets
from walkthrough.capture.strace.run import StraceRun
from walkthrough.model.events import CallReturned
from walkthrough.scenario import loader as scenarios
from walkthrough.strace_log.log import load

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]

POLLS = ("epoll_wait", "epoll_pwait", "epoll_pwait2")
SECONDS = limit(30.0)
PATIENCE = limit(120.0)
NAMES = scenarios.names()
FOR_PYTHON = [name for name in NAMES if "python" in scenarios.load(name).servers]


class Made(NamedTuple):
    """A call: its name, its first argument if that is a descriptor, and what came of it."""

    name: str
    fd: str
    came: str


@pytest.fixture(autouse=True)
def _can_run(strace: str) -> None:
    assert strace


def run(name: str, server: str, log: Path) -> StraceRun:
    # However busy the machine is, it is its script that ends it.
    scenario = msgspec.structs.replace(scenarios.load(name), timeout_s=PATIENCE)
    try:
        choose(ServerKind(server))
        reason = why_not_runnable(scenario, ServerKind(server))
    except CaptureError as error:
        reason = error.message
    need(not reason, reason)
    return strace_run.run(scenario, ServerKind(server), log)


def ours(run: StraceRun) -> list[Made]:
    made = []
    for event in run.events:
        if isinstance(event, CallReturned) and not (run.same_run and event.injected):
            first = event.arguments[0].value if event.arguments else None
            error = event.error.name if event.error is not None else None
            if error is not None and error.startswith("ERESTART"):  # "?": the kernel repeats it
                continue
            made.append(_made(event.call, str(first), error or str(event.result)))
    return _program(made, run)


def straces(run: StraceRun) -> list[Made]:
    private = {str(fd) for fd in run.ours}
    made = []
    for call in load(run.log).calls:
        first = call.arguments.partition(",")[0]
        if call.line < run.main or first in private or call.name not in run.header.calls:
            continue
        if call.result and not call.result.startswith("?"):
            result = call.result.split()
            made.append(_made(call.name, first, result[1] if result[0] == "-1" else result[0]))
    return _program(made, run)


def _made(name: str, first: str, came: str) -> Made:
    if name == "write":  # its length is that of the port's digits, too
        came = came if came.isupper() else "its length"
    return Made(name, first if first.isdecimal() else "", came if came.isupper() else _plain(came))


def _plain(came: str) -> str:
    return str(int(came, 0)) if came[:1].isdecimal() else came


def _program(made: list[Made], run: StraceRun) -> list[Made]:
    """Leave out a language's own start, polls and wake-ups."""
    if not run.same_run:
        inherited = inherited_sockets(scenarios.load(run.header.scenario))
        shared = {str(fd) for fd in range(3, 3 + inherited)}
        first = next(i for i, one in enumerate(made) if one.name == "socket" or one.fd in shared)
        made = list(_without_races(made[first:]))
    wakes = {call.came for call in made if call.name == "eventfd2"}
    return [
        call
        for call in made
        if call.name not in POLLS and not (call.name in ("read", "write") and call.fd in wakes)
    ]


def _without_races(made: list[Made]) -> Iterator[Made]:
    """Leave out what two runs of one program may differ in, as docs/compare.md tells."""
    in_vain: set[str] = set()
    for call in made:
        if call.name in ("read", "recvfrom") and call.came == "EAGAIN":
            continue
        if call.name == "accept4":
            if call.came == "EAGAIN" and call.fd in in_vain:
                continue
            (in_vain.add if call.came == "EAGAIN" else in_vain.discard)(call.fd)
        yield call


def of_strace(ran: StraceRun) -> list[str]:
    """Return the remarks on the run but that nobody could reach it from outside."""
    (isolated,) = Exposure(namespace=OWN).remarks()
    remarks = [str(remark) for remark in ran.remarks if remark != isolated]
    assert (isolated in ran.remarks) == (ran.header.network_namespace == OWN)
    return remarks


@pytest.mark.parametrize("name", FOR_PYTHON)
def test_strace_sees_the_same_run_of_the_instrumented_server(name: str, tmp_path: Path) -> None:
    ran = run(name, "python", tmp_path / "strace.log")
    assert ran.same_run
    assert len(ran.ours) == 2
    assert ours(ran), "there is something to compare"
    assert straces(ran) == ours(ran)
    theirs = list(strace_comparison.of_strace(ran))
    assert theirs == list(strace_comparison.exported(ran, tmp_path / "recording"))
    injected = any(isinstance(e, CallReturned) and e.injected for e in ran.events)
    assert bool(of_strace(ran)) == injected, ran.remarks


BY_CHANCE = ("emfile-recovers",)
"""Scenarios in which calls are made more or less often, see `_hangs_on_chance`."""


@pytest.mark.parametrize("name", NAMES)
def test_a_go_program_does_the_same_again_under_strace(name: str, tmp_path: Path) -> None:
    ran = run(name, "go", tmp_path / "strace.log")
    assert not ran.same_run
    left, right = (
        Counter(call for call in made if not _hangs_on_chance(name, call))
        for made in (ours(ran), straces(ran))
    )
    assert left, "there is something to compare"
    assert right == left
    same, differing = strace_comparison.of_a_go_program(ran)
    assert same, "calls are spelled the same"
    assert not differing or name in BY_CHANCE, "\n".join(differing)
    for remark in of_strace(ran):
        assert re.search("GOMAXPROCS|Only the beginning|two runs may differ", remark)


def _hangs_on_chance(name: str, call: Made) -> bool:
    """Return whether a scenario leaves it to chance that a call is made, or what it returns.

    Which of two listeners on one port a client is given to, the kernel decides by the client's
    port, which is another each time (SO_REUSEPORT, socket(7)). When a dropped SYN is sent again,
    the server may have looked for it in vain, or not. How often a server tries in vain that goes on
    after errors is a matter of time.
    """
    match name:
        case "emfile-recovers":
            return (call.name, call.came) == ("accept4", "EMFILE") or call.fd == "2"
        case "control-hook" | "reuseport-balance":
            return call.name == "accept4" or call.fd not in ("", "1", "3", "5")
        case "backlog-full":
            return (call.name, call.came) == ("accept4", "EAGAIN")
    return False


def test_the_log_is_the_callers_and_is_overwritten(tmp_path: Path) -> None:
    log = tmp_path / "strace.log"
    log.write_text("older\n" * 10_000)
    ran = run("port-in-use", "python", log)
    assert ran.log == log
    assert b"older" not in log.read_bytes()
    assert load(log).unknown == 0


def test_a_log_that_cannot_be_written_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="name another file"):
        run("port-in-use", "python", tmp_path / "nowhere" / "strace.log")


def test_a_scenario_that_cannot_run_here_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="--server go only"):
        strace_run.run(scenarios.load("mptcp"), ServerKind.PYTHON, tmp_path / "strace.log")


# Somebody is killed. Nothing must stay behind.


class Running:
    """``strace_run.run`` in a process of its own, until strace has written of accept4."""

    def __init__(self, server: str, log: Path, seconds: int = 120) -> None:
        try:
            choose(ServerKind(server))
        except CaptureError as error:
            need(False, str(error))
        self.process = subprocess.Popen(
            [sys.executable, "-m", endless_run.__name__, server, str(log), str(seconds)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert self.process.stdout is not None
        while "under strace" not in (line := self.process.stdout.readline()):
            if "strace attached" in line:
                break
            assert line, "it ended before it ran strace"
        while "accept4(" not in (log.read_text("utf-8", "replace") if log.exists() else ""):
            assert self.process.poll() is None
            select.select([], [], [], 0.01)
        self.children = {pid: os.pidfd_open(pid) for pid in children(self.process.pid)}
        assert len(self.children) == 2, "the server and strace"

    def strace(self) -> int:
        return next(p for p in self.children if comm(p) == "strace")

    def gone(self) -> bool:
        """Wait until its children have ended."""
        return all(select.select([fd], [], [], SECONDS)[0] for fd in self.children.values())


def children(pid: int) -> list[int]:
    stats = {name: read(f"/proc/{name}/stat") for name in os.listdir("/proc") if name.isdecimal()}
    parents = {name: stat.rpartition(")")[2].split()[1] for name, stat in stats.items() if stat}
    return [int(name) for name, parent in parents.items() if parent == str(pid)]


def comm(pid: int) -> str:
    return read(f"/proc/{pid}/comm").strip()


def read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""  # it has ended meanwhile


@pytest.mark.parametrize("server", ["python", "go"])
def test_whoever_is_killed_leaves_nothing_behind(server: str, tmp_path: Path) -> None:
    running = Running(server, tmp_path / "strace.log")
    running.process.kill()
    running.process.communicate()
    assert running.gone()


# The instrumented server runs on without strace: it is its seconds that end it.
@pytest.mark.parametrize(("server", "seconds"), [("python", 10), ("go", 120)])
def test_without_strace_a_run_ends_with_a_sentence(
    server: str, seconds: int, tmp_path: Path
) -> None:
    running = Running(server, tmp_path / "strace.log", seconds)
    os.kill(running.strace(), signal.SIGKILL)
    said, _ = running.process.communicate(timeout=SECONDS)
    assert "refused: strace was ended before the server was" in said
    assert running.gone()
