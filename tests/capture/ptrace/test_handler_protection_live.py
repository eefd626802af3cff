"""A Go server under load is attached to and left again and again, and its tracer is killed.

Small versions of benchmarks/attach_rounds.py and benchmarks/tracer_kills.py.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from attach_load import LoadedServer, objections, state_of
from attach_rounds import attach_again_and_again, start_tracer
from tests.support.need import need_protection
from tracer_kills import kill_again_and_again, kill_at_steps
from walkthrough.capture.ptrace.handler_protection import UNSAFE, HandlerProtection
from walkthrough.capture.ptrace.program_target import KnownPrograms
from walkthrough.capture.ptrace.restoration import pages_in
from walkthrough.capture.ptrace.stops import StopKind
from walkthrough.capture.ptrace.tracer import PtraceTracer

pytestmark = [pytest.mark.live, pytest.mark.attaches]


@pytest.fixture
def server(go_server: Path) -> Iterator[LoadedServer]:
    """A server whose clients pause: how each of them fares is tested, not how many there are."""
    need_protection()
    with LoadedServer([str(go_server), "tcp", "127.0.0.1:0"], clients=2, pause=0.01) as loaded:
        yield loaded


def has_ended(pid: int) -> bool:
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def test_nothing_is_left_behind_in_a_server_that_is_attached_to_ten_times(
    server: LoadedServer,
) -> None:
    found = attach_again_and_again(server, 10, 0.03)
    server.stop_clients()
    assert found.differences == []
    assert len(found.done) == 10
    assert all(each["breakpoints"] > 50 for each in found.done)
    assert sum(each["stops"] for each in found.done) > 100
    assert {each["changed_bytes"] for each in found.done} == {0}
    assert server.failures == []
    assert server.served


def test_a_server_outlives_five_tracers_that_are_killed(server: LoadedServer) -> None:
    found = kill_again_and_again(server, 5, seed=1)
    server.stop_clients()
    assert found.differences == []
    assert len(found.waited) == 5
    assert server.failures == []
    assert server.served


def test_a_guardian_ends_with_the_tracing_and_after_the_tracer(server: LoadedServer) -> None:
    with HandlerProtection() as protection:
        guardian = protection.guardian_pid
        assert not has_ended(guardian)
    assert has_ended(guardian)
    assert protection.guardian_pid == 0


def test_without_a_guardian_the_page_alone_keeps_it_alive(server: LoadedServer) -> None:
    before = state_of(server.pid, with_actions=True)
    with start_tracer(server.pid, 1000) as tracer:
        assert tracer.stdin is not None
        tracer.stdin.write("\n")
        tracer.stdin.flush()
        while state_of(server.pid).text == before.text:
            assert tracer.poll() is None
        served = server.served
        while server.served == served:  # its breakpoints are met
            assert tracer.poll() is None
        os.kill(_guardian_of(tracer), signal.SIGKILL)
        tracer.kill()
        tracer.wait()
    served = server.served
    while server.served < served + 20:
        assert server.runs
    server.stop_clients()
    assert server.failures == []
    assert state_of(server.pid).text != before.text, "nobody has put the text back"
    assert list(objections(server.pid)) == []
    assert len(pages_in(server.pid)) == 1
    # whoever attaches next puts it back
    with HandlerProtection() as protection:
        again = PtraceTracer(analyse=KnownPrograms().watch, protection=protection)
        again.attach([server.pid])
        assert len(pages_in(server.pid)) == 1, "its own"
        assert again.detach().changed_bytes == 0
    assert state_of(server.pid, with_actions=True) == before


def test_a_tracer_that_is_stopped_for_too_long_is_ended(server: LoadedServer) -> None:
    before = state_of(server.pid)

    def trace() -> None:
        protection = HandlerProtection(stopped_limit_s=0.1)
        protection.begin()
        PtraceTracer(analyse=KnownPrograms().watch, protection=protection).attach([server.pid])
        os.kill(os.getpid(), signal.SIGSTOP)

    tracer = os.fork()
    if tracer == 0:
        try:
            trace()
        finally:
            os._exit(1)
    _, status = os.waitpid(tracer, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
    while list(objections(server.pid)) or state_of(server.pid) != before:
        assert server.runs
    server.stop_clients()
    assert server.failures == []


def test_a_server_outlives_tracers_that_die_while_calls_are_made_for_them(
    server: LoadedServer,
) -> None:
    found = kill_at_steps(server, (30, 40, 50))
    server.stop_clients()
    assert found.differences == []
    assert server.failures == []


def test_a_server_that_restricts_its_calls_is_traced_by_them_alone(go_server: Path) -> None:
    need_protection()
    # PR_SET_NO_NEW_PRIVS, then a filter that allows all: BPF_RET | BPF_K, SECCOMP_RET_ALLOW
    script = (
        "import ctypes, os, sys; libc = ctypes.CDLL(None); libc.prctl(38, 1, 0, 0, 0);"
        "code = ctypes.create_string_buffer(bytes.fromhex('060000000000ff7f'), 8);"
        "program = (ctypes.c_uint64 * 2)(1, ctypes.addressof(code));"
        "assert libc.prctl(22, 2, program, 0, 0) == 0; os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = [sys.executable, "-c", script, str(go_server), "tcp", "127.0.0.1:0"]
    with LoadedServer(command, clients=1, pause=0.01) as server:
        before = state_of(server.pid)
        with HandlerProtection() as protection:
            tracer = PtraceTracer(analyse=KnownPrograms().watch, protection=protection)
            tracer.attach([server.pid])
            process = tracer.process(server.pid)
            assert process is not None
            assert "restricts its own system calls (seccomp)" in str(process.analysis_error)
            assert state_of(server.pid) == before, "nothing is put into it"
            tracer.carry_on()
            seen = set[StopKind]()
            for stop in tracer.stops():
                seen.add(stop.what)
                if stop.held:
                    tracer.resume(stop.thread)
                if stop.what is StopKind.CALL_RETURNED:
                    break
            tracer.detach()
        server.stop_clients()
        assert StopKind.CALL_ENTERED in seen
        assert StopKind.FUNCTION_ENTERED not in seen
        assert server.failures == []


def _guardian_of(tracer: "subprocess.Popen[str]") -> int:
    """Return the guardian that a tracer has started, its only child."""
    children = Path(f"/proc/{tracer.pid}/task/{tracer.pid}/children").read_text().split()
    assert len(children) == 1
    return int(children[0])


def test_functions_that_run_without_a_handler_are_left_out(server: LoadedServer) -> None:
    with HandlerProtection() as protection:
        tracer = PtraceTracer(analyse=KnownPrograms().watch, protection=protection)
        tracer.attach([server.pid])
        process = tracer.process(server.pid)
        assert process is not None
        names = {probe.probe.function.name for probe in process.probes.values()}
        begun = [stop.what for stop in tracer.stops(os.WNOHANG)]
        assert tracer.detach().changed_bytes == 0
    assert names
    assert not any(name.startswith(UNSAFE) for name in names)
    assert StopKind.PROCESS_STARTED in begun
