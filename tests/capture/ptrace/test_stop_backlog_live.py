"""A program that calls without a pause is not held up, and recorded whole and in order."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.need import need
from walkthrough.capture.environment.doctor import why_no_trace
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    KernelObserved,
    OutputWritten,
    ProcessExited,
    ProcessStarted,
    SpanCutOff,
)
from walkthrough.recording.file import load

pytestmark = pytest.mark.live
ROUNDS = 4000
BUSY = f"""
import os, socket, subprocess, sys
one, other = socket.socketpair()
for number in range({ROUNDS}):
    one.send(b"%d" % number)
    other.recv(9)
    if number == {ROUNDS - 500}:
        print("nearly", flush=True)
        subprocess.run(["/bin/true", "argument"])
    if number == {ROUNDS - 300}:
        if os.fork() == 0:
            one.send(b"child")
            os._exit(3)
        os.wait()
        other.recv(9)
sys.exit(5)
"""
ENDLESS = """
import socket
one, other = socket.socketpair()
while True:
    one.send(b"x")
    other.recv(9)
"""


def traced(path: Path, script: str, *options: str) -> list[AnyEvent]:
    need(why_no_trace() is None, why_no_trace())
    trace = (sys.executable, "-m", "walkthrough", "trace", "-o", str(path), "--only", "all")
    program = (sys.executable, "-I", "-S", "-c", script)
    done = subprocess.run(
        [*trace, *options, "--", *program], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    recording = load(path)
    assert not recording.torn
    return [event for _, event in recording]


def test_what_is_told_later_is_told_as_it_was(tmp_path: Path) -> None:
    events = traced(tmp_path / "t.jsonl", BUSY)
    mine = [
        event
        for event in events
        if isinstance(event, CallEntered | CallReturned) and event.process is None
    ]
    sent = [each for each in mine if each.call in ("sendto", "recvfrom")]
    first = [
        (CallEntered, "sendto"),
        (CallReturned, "sendto"),
        (CallEntered, "recvfrom"),
        (CallReturned, "recvfrom"),
    ]
    assert [(type(each), each.call) for each in sent[: 4 * ROUNDS - 2000]] == first * (ROUNDS - 500)
    assert len(sent) == 4 * ROUNDS + 2
    times = [event.time_ns for event in events]
    assert times == sorted(times)

    begun = [event for event in events if isinstance(event, ProcessStarted)]
    executed = [each.command for each in begun if each.origin == "exec"]
    assert ("/bin/true", "argument") in executed  # which was gone before that was told
    ends = [event for event in events if isinstance(event, ProcessExited)]
    assert [each.code for each in ends] == [0, 3, 5]
    assert any(isinstance(each, CallEntered) and each.process == ends[1].pid for each in events)
    written = b"".join(each.data for each in events if isinstance(each, OutputWritten))
    assert written == b"nearly\n"

    end = events[-1]
    assert isinstance(end, CaptureEnded)
    assert end.reason == "exited"
    views = sum(isinstance(event, KernelObserved) for event in events)
    assert 0 < views < ROUNDS
    assert end.lost["kernel views"] > ROUNDS


@pytest.mark.parametrize(
    ("option", "value", "reason"), [("--for", "2", "timed out"), ("--limit", "400K", "full")]
)
def test_one_that_never_pauses_is_ended(
    tmp_path: Path, option: str, value: str, reason: str
) -> None:
    events = traced(tmp_path / "t.jsonl", ENDLESS, option, value)
    end = events[-1]
    assert isinstance(end, CaptureEnded)
    assert end.reason == reason
    entered = {event.span for event in events if isinstance(event, CallEntered)}
    left = {event.span for event in events if isinstance(event, CallReturned | SpanCutOff)}
    assert entered == left
    assert entered
