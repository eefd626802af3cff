"""Programs that a traced one executes, of which not all can be seen."""

import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.isolated import until
from tests.support.need import need, need_protection
from tests.support.time_limits import limit
from walkthrough.capture.environment.doctor import can_trace_go
from walkthrough.i18n.catalogue import catalogue
from walkthrough.model.events import (
    CallEntered,
    CallReturned,
    FunctionEntered,
    ProcessExited,
    ProcessStarted,
    StagesRevised,
)
from walkthrough.model.stages import Place, Stage
from walkthrough.recording.file import load
from walkthrough.view.event_text import sentence

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

AT = 0x08048000
"""Where the 32-bit program is loaded; its code is behind its two headers."""
EXIT_WITH_7 = bytes.fromhex("b801000000 bb07000000 cd80")  # mov eax, 1; mov ebx, 7; int 0x80


def write_32_bit_program(path: Path) -> None:
    """Write an ELF program for i386 that exits with 7, elf(5)."""
    size = 52 + 32 + len(EXIT_WITH_7)
    head = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    head += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, AT + 84, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    head += struct.pack("<8I", 1, 0, AT, AT, size, size, 5, 4096)
    path.write_bytes(head + EXIT_WITH_7)
    path.chmod(0o755)


def tracing(recording: Path, *what: str) -> list[str]:
    """Return the command that records all calls."""
    able, why = can_trace_go()
    need(able, why)
    how = ("--only", "all", "-o", str(recording))
    return [sys.executable, "-m", "walkthrough", "trace", *how, *what]


def test_a_32_bit_program_that_is_executed_is_a_step_that_says_so(tmp_path: Path) -> None:
    program, recording = tmp_path / "small", tmp_path / "traced.jsonl"
    write_32_bit_program(program)
    try:
        assert subprocess.run([program], check=False).returncode == 7
    except OSError as error:
        need(False, f"this kernel runs no 32-bit program: {error}")
    words = tracing(recording, "--", "/bin/sh", "-c", f"{program}; {program}; exit 0")
    said = subprocess.run(words, check=True, capture_output=True, text=True, timeout=limit(100))
    assert said.stderr.count("small is a 32-bit program, and nothing of it is shown") == 1
    events = [event for _, event in load(recording)]
    begun = [each for each in events if isinstance(each, ProcessStarted) and each.origin == "exec"]
    assert [(each.command, each.unseen) for each in begun] == [((str(program),), "calls")] * 2
    assert "it has 32 bits: nothing of it is seen" in sentence(begun[0], catalogue("en"))
    theirs = {each.pid for each in begun}
    after = [each for each in events if each.process in theirs and each.seq > begun[0].seq]
    ends = [each.code for each in after if isinstance(each, ProcessExited)]
    assert ends == [7, 7]


@pytest.mark.attaches
def test_a_go_program_that_an_attached_one_executes_is_shown_by_its_calls(
    go_server: Path, tmp_path: Path
) -> None:
    need_protection()
    recording = tmp_path / "traced.jsonl"
    code = (
        "import os, sys; print('up', flush=True); sys.stdin.readline();"
        "os.execv(sys.argv[1], [sys.argv[1], 'tcp', '127.0.0.1:0'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(go_server)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stdout.readline() == b"up\n"
        words = tracing(recording, "-p", str(running.pid))
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as tracer:
            try:
                until(
                    lambda: recording.exists() and b"process_started" in recording.read_bytes(),
                    "it is attached to",
                )
                running.stdin.write(b"\n")
                running.stdin.flush()
                assert b":" in running.stdout.readline(), "it listens"
            finally:
                tracer.send_signal(signal.SIGINT)
                said, _ = tracer.communicate(timeout=limit(60))
                running.kill()
    assert said.count(b"was started by a program that was attached to") == 1
    events = [event for _, event in load(recording)]
    (begun,) = [
        each for each in events if isinstance(each, ProcessStarted) and each.origin == "exec"
    ]
    assert begun.unseen == "functions"
    assert sentence(begun, catalogue("en")).endswith("its calls alone are seen")
    assert not [each for each in events if isinstance(each, FunctionEntered)]
    calls = [each for each in events[begun.seq :] if isinstance(each, CallEntered)]
    assert [each.place for each in calls if each.call == "listen"] == [Place(Stage.LISTEN)]


def test_of_one_stage_calls_are_shown_that_later_ones_prove_to_be_of_it(tmp_path: Path) -> None:
    need_protection()
    recording = tmp_path / "traced.jsonl"
    code = (
        "import os, select, socket; poller = select.epoll();"
        "listener = socket.create_server(('127.0.0.1', 0));"
        "poller.register(listener, select.EPOLLIN); poller.poll(0)"
    )
    words = tracing(recording, "--", sys.executable, "-c", code)
    words[words.index("all")] = "pollServerInit"
    subprocess.run(words, check=True, capture_output=True, timeout=limit(100))
    events = [event for _, event in load(recording)]
    calls = [each for each in events if isinstance(each, CallEntered)]
    assert [(each.call, each.mark) for each in calls] == [("epoll_create1", "pollServerInit")]
    assert [each.call for each in events if isinstance(each, CallReturned)] == ["epoll_create1"]
    assert not [each for each in events if isinstance(each, StagesRevised)]
