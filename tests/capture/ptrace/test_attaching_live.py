"""Attaching to processes that run, and leaving them as they were."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.executing import executing_again
from tests.support.isolated import until
from tests.support.time_limits import limit
from walkthrough.capture.decode.calls import calls_here
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.architecture.selection import native
from walkthrough.capture.ptrace.program_analysis import analyse_program
from walkthrough.capture.ptrace.stops import Origin, StopKind, ThreadStop
from walkthrough.capture.ptrace.traced_functions import parse_version, traced_functions
from walkthrough.capture.ptrace.traced_process import WatchedProgram
from walkthrough.capture.ptrace.tracer import PtraceTracer

pytestmark = [pytest.mark.live, pytest.mark.attaches]

MARKS = {number: call for number, call in calls_here().items() if call.name == "eventfd2"}
THREADS = 12
SCRIPT = f"""
import os, sys, threading
def serve():
    while os.read(0, 1):
        os.eventfd(1)
    os._exit(5)
for _ in range({THREADS - 1}):
    threading.Thread(target=serve, daemon=True).start()
print("up", flush=True)
serve()
"""


@pytest.fixture
def running() -> "Iterator[subprocess.Popen[bytes]]":
    """A program whose threads make a call for each byte that they are sent."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        yield process
        process.kill()


def status(pid: int, name: str) -> str:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith(name + ":"))


def text_of(pid: int) -> bytes:
    """Return all code of a process that is in its executable's file."""
    program = os.readlink(f"/proc/{pid}/exe")
    found = b""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            where, rights, *_, name = line.split()
            if "x" in rights and name == program:
                low, high = (int(each, 16) for each in where.split("-"))
                memory.seek(low)
                found += memory.read(high - low)
    return found


def test_all_threads_of_a_running_process_are_traced(
    running: "subprocess.Popen[bytes]",
) -> None:
    tracer = PtraceTracer(follow=MARKS)
    tracer.attach([running.pid])
    (process,) = tracer.processes()
    assert len(process.threads) == THREADS
    assert all(each.stopped for each in process.threads.values())
    tracer.carry_on()
    assert running.stdin is not None
    running.stdin.write(b"x")
    running.stdin.flush()
    stops: list[ThreadStop] = []
    for stop in tracer.stops():
        stops.append(stop)
        if stop.held:
            tracer.resume(stop.thread)
        if stop.what is StopKind.CALL_RETURNED:
            break
    began = stops[0]
    assert (began.what, began.origin, began.held) == (
        StopKind.PROCESS_STARTED,
        Origin.ATTACHED,
        False,
    )
    others = [each.thread for each in stops if each.what is StopKind.THREAD_STARTED]
    assert sorted([running.pid, *others]) == sorted(
        map(int, os.listdir(f"/proc/{running.pid}/task"))
    )
    done = tracer.detach()
    assert (done.processes, done.changed_bytes, done.sigtrap_changed, done.left) == (1, 0, (), ())
    assert status(running.pid, "TracerPid") == "0"
    running.stdin.close()
    assert running.wait(limit(20)) == 5


def test_what_is_stopped_stays_stopped(running: "subprocess.Popen[bytes]") -> None:
    running.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, running.pid, os.WSTOPPED | os.WNOWAIT)
    tracer = PtraceTracer(follow=MARKS)
    tracer.attach([running.pid])
    tracer.carry_on()
    tracer.detach()
    # It runs for a moment on its way from the tracer's stop to its own.
    until(lambda: status(running.pid, "State").startswith("T"), "it is stopped again")
    running.send_signal(signal.SIGCONT)
    assert running.stdin is not None
    running.stdin.close()
    assert running.wait(limit(20)) == 5


def test_one_that_has_ended_is_refused(running: "subprocess.Popen[bytes]") -> None:
    running.kill()
    os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(CaptureError, match=f"Process {running.pid} "):
        PtraceTracer(follow=MARKS).attach([running.pid])


def test_where_one_is_refused_the_others_are_left(running: "subprocess.Popen[bytes]") -> None:
    with pytest.raises(CaptureError, match="was started by"):
        PtraceTracer(follow=MARKS).attach([running.pid, os.getppid()])
    assert status(running.pid, "TracerPid") == "0"


def test_one_that_executes_programs_all_the_time_is_traced_and_left() -> None:
    with executing_again() as process:
        for _ in range(8):
            tracer = PtraceTracer(follow=MARKS)
            try:
                tracer.attach([process.pid])
                tracer.carry_on()
            finally:
                done = tracer.detach()
            assert done.left == ()
            assert process.poll() is None


def test_a_process_whose_first_thread_has_ended_is_traced_and_left() -> None:
    script = """
import ctypes, os, threading
def serve():
    while open(f"/proc/self/task/{os.getpid()}/stat").read().split()[2] != "Z":
        pass
    print("up", flush=True)
    while os.read(0, 1):
        os.eventfd(1)
    os._exit(5)
threading.Thread(target=serve).start()
ctypes.CDLL(None).syscall(60 if os.uname().machine == "x86_64" else 93, 0)  # exit(2)
"""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    tracer = PtraceTracer(follow=MARKS)
    tracer.attach([process.pid])
    tracer.carry_on()
    assert tracer.halt() == []
    kinds = [stop.what for stop in tracer.stops(os.WNOHANG)]
    assert kinds[:2] == [StopKind.PROCESS_STARTED, StopKind.THREAD_STARTED]
    done = tracer.detach()
    assert (done.processes, done.left) == (1, ())
    process.communicate()
    assert process.returncode == 5


# a Go server


@pytest.fixture
def go(go_server: Path) -> "Iterator[tuple[subprocess.Popen[bytes], int]]":
    """The scenario server, and its port."""
    process = subprocess.Popen([go_server, "tcp", "127.0.0.1:0"], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        yield process, int(process.stdout.readline().rsplit(b":", 1)[1])
        process.kill()


def program(pid: int) -> WatchedProgram:
    analysis = analyse_program(Path(f"/proc/{pid}/exe"), traced_functions)
    assert analysis is not None
    return WatchedProgram(analysis, traced_functions(parse_version(analysis.go_version), native()))


def ask(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=limit(60)) as client:
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        while client.recv(4096):
            pass


def test_a_go_server_is_left_as_it_was(go: "tuple[subprocess.Popen[bytes], int]") -> None:
    process, port = go
    ask(port)
    before, caught = text_of(process.pid), status(process.pid, "SigCgt")
    stepped_back = 0
    enough = threading.Event()

    def clients() -> int:
        """Ask again and again; return how often, or fail."""
        asked = 0
        while not enough.is_set():
            ask(port)
            asked += 1
        return asked

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(clients)
        try:
            for _ in range(5):
                stepped_back += attach_and_detach(process.pid, before)
        finally:
            enough.set()
        assert asked.result(60)
    assert stepped_back
    ask(port)
    assert status(process.pid, "SigCgt") == caught
    assert process.poll() is None


def attach_and_detach(pid: int, before: bytes) -> int:
    """Trace a server for a moment; return how many of its threads stood at breakpoints then."""
    tracer = PtraceTracer(analyse=program)
    try:
        tracer.attach([pid])
        assert text_of(pid) != before
        tracer.carry_on()
        entered = 0
        for stop in tracer.stops():
            entered += stop.what is StopKind.FUNCTION_ENTERED
            if entered == 20:
                break  # in the middle of things
            if stop.held:
                tracer.resume(stop.thread)
    finally:
        done = tracer.detach()
    assert (done.changed_bytes, done.sigtrap_changed, done.left) == (0, (), ())
    assert text_of(pid) == before
    return done.stepped_back
