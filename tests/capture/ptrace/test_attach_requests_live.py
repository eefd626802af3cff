"""Attaching to a program that runs: stopped without a signal, and left as it was."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.need import need
from walkthrough.capture.ptrace import attach_requests as attach
from walkthrough.capture.ptrace import ptrace_api as pt

pytestmark = pytest.mark.live

SLEEPER = """
import signal, sys
def end(*_):
    print("asked to end", flush=True)
    sys.exit()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2])
signal.signal(signal.SIGTERM, end)  # it may come before the pause
print("up", flush=True)
while True:
    signal.pause()
"""


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    need(sys.platform == "linux", "ptrace needs Linux")
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        yield process
        process.kill()


def stopped(pid: int) -> tuple[int, int]:
    """Wait for a stop; return its signal and its event."""
    _, status = os.waitpid(pid, pt.WALL)
    assert os.WIFSTOPPED(status), hex(status)
    return status >> 8 & 0xFF, status >> 16


def tracer_of(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(each.split()[1]) for each in lines if each.startswith("TracerPid"))


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_it_is_stopped_looked_at_and_left(sleeper: "subprocess.Popen[bytes]") -> None:
    attach.seize(sleeper.pid, pt.O_TRACESYSGOOD)
    attach.interrupt(sleeper.pid)
    assert stopped(sleeper.pid) == (signal.SIGTRAP, attach.EVENT_STOP)
    assert attach.is_event_stop(sleeper.pid)
    blocked = 1 << signal.SIGUSR1 - 1 | 1 << signal.SIGUSR2 - 1
    assert attach.signal_mask(sleeper.pid) == blocked
    assert attach.queued_signals(sleeper.pid) == ()
    os.kill(sleeper.pid, signal.SIGUSR2)
    assert attach.queued_signals(sleeper.pid, of_process=True) == (signal.SIGUSR2,)
    attach.set_signal_mask(sleeper.pid, blocked | 1 << signal.SIGTERM - 1)
    assert attach.signal_mask(sleeper.pid) == blocked | 1 << signal.SIGTERM - 1
    attach.set_signal_mask(sleeper.pid, blocked)
    assert tracer_of(sleeper.pid) == os.getpid()
    attach.detach(sleeper.pid)
    assert not attach.is_event_stop(sleeper.pid)
    assert tracer_of(sleeper.pid) == 0
    sleeper.send_signal(signal.SIGTERM)
    assert sleeper.stdout is not None
    assert sleeper.stdout.readline() == b"asked to end\n"
    assert sleeper.wait() == 0


def test_a_stopped_program_stays_stopped(sleeper: "subprocess.Popen[bytes]") -> None:
    sleeper.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, sleeper.pid, os.WSTOPPED | os.WNOWAIT)
    attach.seize(sleeper.pid, pt.O_TRACESYSGOOD)
    assert stopped(sleeper.pid) == (signal.SIGSTOP, attach.EVENT_STOP)
    attach.listen(sleeper.pid)
    attach.interrupt(sleeper.pid)
    assert stopped(sleeper.pid) == (signal.SIGSTOP, attach.EVENT_STOP)
    assert attach.is_event_stop(sleeper.pid)
    attach.detach(sleeper.pid)
    while (state := state_of(sleeper.pid)) != "T":
        assert state in "Rt", "it is on its way back there"


def test_whoever_does_not_stand_still_cannot_be_asked(sleeper: "subprocess.Popen[bytes]") -> None:
    attach.seize(sleeper.pid, pt.O_TRACESYSGOOD)
    with pytest.raises(pt.PtraceError, match="No such process"):
        attach.signal_mask(sleeper.pid)
