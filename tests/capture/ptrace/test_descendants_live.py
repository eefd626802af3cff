"""The processes that a traced program starts: they run, are counted, and end with it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.descendants import traced_processes
from walkthrough.capture.ptrace.stops import StopKind
from walkthrough.capture.ptrace.tracer import PtraceTracer

pytestmark = pytest.mark.live


@pytest.fixture
def tracer(request: pytest.FixtureRequest) -> Iterator[PtraceTracer]:
    traced = PtraceTracer(None, most_processes=request.param)
    yield traced
    traced.kill()


def start(tracer: PtraceTracer, script: str) -> None:
    tracer.start(Path("/bin/sh"), ["sh", "-c", script])


def runs(pid: int) -> bool:
    """Return whether a process has not ended; whose parent is gone may still be listed then."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return "State:\tZ" not in status


def run(tracer: PtraceTracer, until: Path | None = None) -> list[StopKind]:
    """Resume whatever stops, until all has ended, or a file of one line is there."""
    seen = []
    for stop in tracer.stops():
        seen.append(stop.what)
        if stop.held:
            tracer.resume(stop.thread)
        if until is not None and until.exists() and until.read_text().endswith("\n"):
            break
    return seen


@pytest.mark.parametrize("tracer", [1], indirect=True)
def test_one_after_the_other_may_be_started(tracer: PtraceTracer, tmp_path: Path) -> None:
    start(tracer, f"/bin/true; /bin/true; /bin/echo ok > {tmp_path}/said; exit 0")
    seen = run(tracer)
    assert (tmp_path / "said").read_text() == "ok\n"
    assert seen.count(StopKind.PROCESS_EXITED) == 1, "theirs are not reported"
    assert StopKind.THREAD_STARTED not in seen


@pytest.mark.parametrize("tracer", [3], indirect=True)
def test_they_are_killed_with_the_program(tracer: PtraceTracer, tmp_path: Path) -> None:
    said = tmp_path / "said"
    start(
        tracer, f"/bin/sleep 1000 & one=$!; /bin/sleep 1000 & echo $one $! > {said}; read never; :"
    )
    run(tracer, until=said)
    started = [int(each) for each in said.read_text().split()]
    assert all(map(runs, started))
    tracer.kill()
    assert not any(map(runs, started))


@pytest.mark.parametrize(
    ("tracer", "why"), [(2, "more than 2 processes"), (0, "another process")], indirect=["tracer"]
)
def test_there_may_not_be_too_many(tracer: PtraceTracer, why: str) -> None:
    start(tracer, "while /bin/sleep 1000 & do :; done")
    with pytest.raises(CaptureError, match=why):
        run(tracer)


@pytest.mark.parametrize("tracer", [0], indirect=True)
def test_one_that_was_not_heard_of_is_killed_too(tracer: PtraceTracer) -> None:
    start(tracer, "while /bin/sleep 1000 & do :; done")
    with pytest.raises(CaptureError):
        run(tracer)
    while len(traced_processes()) < 3:  # it goes on, and starts another one
        if os.waitpid(tracer.pid, pt.WALL | os.WNOHANG)[0]:
            pt.resume(tracer.pid, 0)
    tracer.kill()
    assert traced_processes() == []


@pytest.mark.parametrize("tracer", [2], indirect=True)
def test_one_that_dies_by_a_signal_hinders_nobody(tracer: PtraceTracer, tmp_path: Path) -> None:
    start(tracer, f"/bin/sh -c 'kill -SEGV $$'; echo $? > {tmp_path}/said")
    run(tracer)
    assert (tmp_path / "said").read_text() == "139\n"
