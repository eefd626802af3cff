"""Waits of a real program: strace's line of each, and ours of the same call."""

import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.need import need
from walkthrough.capture.decode.calls import calls_of_programs
from walkthrough.capture.environment.doctor import can_trace_go
from walkthrough.capture.ptrace.full_speed import FullSpeedCapture
from walkthrough.formatting.strace_lines import line
from walkthrough.model.events import CallEntered, CallReturned

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

CALLS = calls_of_programs(platform.machine())
WAITS = {"poll", "ppoll", "select", "pselect6", "close_range", "sendfile"} & {
    spec.name for spec in CALLS.values()
}
MADE = {"poll", "ppoll", "pselect6", "close_range"} & WAITS
PROGRAM = """
import ctypes, os, select, socket
libc = ctypes.CDLL(None)
here, there = socket.socketpair()
libc.close(-77)
poll = select.poll()
poll.register(here, select.POLLIN | select.POLLOUT)
poll.poll(0)
poll.modify(here, select.POLLIN)
poll.poll(1)
there.send(b"x")
poll.register(0, select.POLLPRI)
poll.poll(-1)
there.close()
poll.poll(5)
libc.poll(None, 0, 0)
libc.poll(ctypes.c_void_p(16), 2, 0)
libc.ppoll(None, 0, (ctypes.c_long * 2)(0, 7), None)
select.select([here], [here], [], 0)
libc.pselect(0, None, None, None, (ctypes.c_long * 2)(0, 9), None)
libc.select(0, None, None, None, (ctypes.c_long * 2)(0, 3))
libc.syscall(436, 100, 0xFFFFFFFF, 0)
libc.syscall(436, 100, 90, 4)
"""


def plain(text: str) -> str:
    """Return a line without what is recorded of no call: the ready of select(2), and what is left.

    Nor is the mask of pselect(2) looked at.
    """
    if "select" in text.partition("(")[0]:
        text = re.sub(r" = ([1-9]\d*) \(.*", r" = \1", text)
        text = re.sub(r"\{sigmask=.*?\}|0x[0-9a-f]+(?=\))", "MASK", text)
    return re.sub(r"\)\s+= ", ") = ", text)


def test_every_line_is_straces(strace: str, tmp_path: Path) -> None:
    able, why = can_trace_go()
    need(able, why)
    log = tmp_path / "log"
    command = ("-S", "-E", "-c", PROGRAM)
    program = (sys.executable, *command)
    traced = ",".join(WAITS)
    subprocess.run(
        [strace, "-qq", "-o", log, *("-e", "signal=none", "-e", f"trace={traced}"), *program],
        check=True,
    )
    theirs = [plain(text) for text in log.read_text("ascii").splitlines()]
    capture = FullSpeedCapture(Path(sys.executable), [*command], follow=CALLS)
    capture.run()
    begun: dict[int | None, CallEntered] = {}
    ours = []
    for event in capture.events():
        if isinstance(event, CallEntered):
            begun[event.thread] = event
        elif isinstance(event, CallReturned) and event.call in WAITS:
            ours.append(plain(line(begun[event.thread], event)))
    assert ours == theirs
    assert {text.partition("(")[0] for text in ours} >= MADE
    assert len(ours) >= 10
