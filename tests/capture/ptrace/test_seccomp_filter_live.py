"""Programs that are launched with a filter: what stops them, and what fails."""

import errno
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from walkthrough.capture.decode import kinds
from walkthrough.capture.decode.calls import CallSpec, calls_here
from walkthrough.capture.decode.calls import errno as error_of
from walkthrough.capture.ptrace.stops import StopKind, ThreadStop
from walkthrough.capture.ptrace.tracer import PtraceTracer
from walkthrough.model.events import CallReturned
from walkthrough.recording.file import load

pytestmark = pytest.mark.live

PYTHON = (sys.executable, "-I", "-S", "-c")
MARKS = {number: call for number, call in calls_here().items() if call.name == "eventfd2"}
NANOSLEEP = 35 if os.uname().machine == "x86_64" else 101
SLEEPS = {NANOSLEEP: CallSpec("nanosleep", (("duration", kinds.INT),))}


@pytest.fixture
def tracer(request: pytest.FixtureRequest) -> Iterator[PtraceTracer]:
    traced = PtraceTracer(follow={**MARKS, **SLEEPS}, filtered=request.param)
    yield traced
    traced.kill()


BOTH = pytest.mark.parametrize("tracer", [False, True], indirect=True, ids=["all", "filtered"])


def start(tracer: PtraceTracer, script: str) -> None:
    tracer.start(Path(sys.executable), [*PYTHON, script])


def run(tracer: PtraceTracer) -> Iterator[ThreadStop]:
    for stop in tracer.stops():
        yield stop
        if stop.held:
            tracer.resume(stop.thread)


@BOTH
def test_a_call_can_be_made_to_fail(tracer: PtraceTracer) -> None:
    start(
        tracer,
        "import os\n"
        "try:\n"
        "    os.eventfd(1)\n"
        "except OSError as error:\n"
        "    number = error.errno\n"
        "os.eventfd(2)\n"
        "os._exit(number)\n",
    )
    returned = []
    for stop in run(tracer):
        if stop.what is StopKind.CALL_ENTERED and stop.words[0] == 1:
            tracer.fail_call(stop.thread, 24)
        elif stop.what is StopKind.CALL_RETURNED:
            returned.append((stop.words[0], stop.result < 0, stop.injected))
    assert returned == [(1, True, True), (2, False, False)]
    assert stop.result == 24 << 8


@BOTH
def test_a_call_that_is_interrupted_goes_on_as_itself(tracer: PtraceTracer) -> None:
    # nanosleep(2) goes on by restart_syscall(2), as it knows when it is to end.
    start(
        tracer,
        "import ctypes\n"
        "duration = (ctypes.c_long * 2)(0, 50_000_000)\n"
        f"ctypes.CDLL(None).syscall({NANOSLEEP}, ctypes.byref(duration), None)\n",
    )
    seen: Counter[StopKind] = Counter()
    names = set()
    for stop in tracer.stops():
        if stop.call is not None:
            assert stop.call.name == "nanosleep"
            seen[stop.what] += 1
            if stop.failed:
                names.add(error_of(-stop.result).name)
        if stop.held:
            tracer.resume(stop.thread)
        if stop.what is StopKind.CALL_ENTERED and seen[stop.what] == 1:
            tracer.halt()
            tracer.carry_on()
    assert seen[StopKind.CALL_ENTERED] == seen[StopKind.CALL_RETURNED] > 1
    assert names == {"ERESTART_RESTARTBLOCK"}


@pytest.mark.parametrize("tracer", [True], indirect=True)
def test_without_a_capability_no_privileges_are_gained(tracer: PtraceTracer) -> None:
    start(tracer, "pass")
    capabilities = Path("/proc/self/status").read_text().split("CapEff:")[1].split()[0]
    assert tracer.gains_no_privileges == (not int(capabilities, 16) >> 21 & 1)  # CAP_SYS_ADMIN
    assert [stop.result for stop in run(tracer) if stop.what is StopKind.SIGNAL] == []


@pytest.mark.parametrize(
    ("how", "number"),
    [("prctl", errno.EPERM), ("prctl", errno.EINVAL), ("prctl", errno.ENOSYS), ("ptrace", 22)],
)
def test_where_no_filter_can_be_installed_the_program_is_traced_without_one(
    tmp_path: Path, how: str, number: int
) -> None:
    place = tmp_path / "t.jsonl"
    words = ("trace", "-o", str(place), "--only", "all", "--", sys.executable, "-c", "import this")
    elsewhere = (sys.executable, "-m", "tests.support.without_filters", how, str(number))
    done = subprocess.run(
        [*elsewhere, sys.executable, "-m", "walkthrough", *words],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    (said,) = (line for line in done.stderr.splitlines() if "seccomp" in line)
    assert said == (
        f"No seccomp filter can be installed here ({os.strerror(number)}): the program is stopped "
        "at all of its system calls, and is slower."
    )
    assert "Beautiful is better than ugly." in done.stdout
    calls = {event.call for _, event in load(place) if isinstance(event, CallReturned)}
    assert {"openat", "read", "close"} <= calls


def test_the_doctor_says_that_no_filter_can_be_installed() -> None:
    elsewhere = (sys.executable, "-m", "tests.support.without_filters", "prctl", "1")
    look = "from walkthrough.capture.environment.doctor import _seccomp; print(*_seccomp('it')[1:])"
    done = subprocess.run(
        [*elsewhere, sys.executable, "-c", look],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.startswith("False no filter can be installed (Operation not permitted)")
