"""The instrumented server as a process of its own, halted at every event."""

import os
import resource
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import walkthrough
from tests.support.instrumented_walk import (
    Walk,
    check_spans,
    entering,
    in_function,
    of,
    output,
    returning,
)
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.instrumented.target import InstrumentedTarget
from walkthrough.capture.session.run_config import RunConfig
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
    Header,
    OutputWritten,
    ProcessExited,
    ProcessStarted,
    begins_stage,
)
from walkthrough.model.stages import Stage, Step
from walkthrough.model.values import Constant, GoError

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "linux", reason="the server runs on Linux only"),
]
SOURCES = Path(walkthrough.__file__).parents[1]


@pytest.fixture
def start() -> Iterator[Callable[..., tuple[Walk, Header]]]:
    targets: list[InstrumentedTarget] = []

    def started(network: str = "tcp", address: str = "127.0.0.1:0") -> tuple[Walk, Header]:
        target = InstrumentedTarget(RunConfig("first-connection", network, (address,)))
        targets.append(target)
        return Walk(target), target.start()

    yield started
    for target in targets:
        target.close()


Start = Callable[..., tuple[Walk, Header]]


def exited(event: AnyEvent) -> bool:
    return isinstance(event, ProcessExited)


def test_the_header_says_what_runs(start: Start) -> None:
    walk, header = start()
    assert (header.server, header.scenario) == ("python", "first-connection")
    assert header.server_version.startswith("CPython 3.")
    assert header.pid == walk.target.pid > 0
    assert header.command[-4:] == ("--network", "tcp", "--address", "127.0.0.1:0")
    assert "accept4" in header.calls
    first = walk.until(lambda event: True)
    assert isinstance(first, ProcessStarted)
    assert first.pid == header.pid


def test_one_connection_from_listen_to_close(start: Start) -> None:
    walk, header = start()
    walk.until(returning("accept4", "EAGAIN"))
    with walk.connect() as client:
        walk.until(returning("read", "EAGAIN"))
        client.sendall(b'hello\x1b[31m "you"\n')
        client.shutdown(socket.SHUT_WR)
        walk.until(lambda e: isinstance(e, FunctionReturned) and e.function == "main.serve")
        host, port = client.getsockname()
    said = output(walk.events, 1).decode().splitlines()
    assert said[1] == f'{host}:{port} sent "hello\\x1b[31m \\"you\\"\\n"'

    assert [e.function for e in check_spans(walk.events) if isinstance(e, FunctionEntered)] == [
        "main.main",
        "net.(*TCPListener).Accept",
        "net.(*TCPListener).accept",
        "net.(*netFD).accept",
        "internal/poll.(*FD).Accept",
        "internal/poll.runtime_pollWait",
        "runtime.netpollblock",
        "runtime.gopark",
    ]
    stages = [event.stage for event in walk.events if begins_stage(event)]
    assert stages == [
        Stage.RESOLVE_ADDR_LIST,
        Stage.SYS_SOCKET,
        Stage.SET_DEFAULT_SOCKOPTS,
        Stage.POLL_SERVER_INIT,
        Stage.BIND,
        Stage.LISTEN,
        Stage.POLL_OPEN,
        Stage.ACCEPT,
        Stage.ACCEPT,
    ]
    steps = {event.step for event in walk.events}
    elsewhere = {Step.PROBE, Step.CONTROL, Step.CONNECT, Step.SET_DEADLINE}
    assert steps - {None} == {*Step} - elsewhere
    calls = of(walk.events, CallReturned)
    assert {event.call for event in calls} <= set(header.calls)
    results = [(e.call, e.result) for e in calls if e.call in ("socket", "accept4")]
    assert results == [("socket", 3), ("accept4", -1), ("accept4", 4), ("accept4", -1)]
    assert {e.thread for e in calls} == {header.pid}  # one thread, whatever parks
    # What it prints is timed by who reads it, beside the server, not by the server itself.
    times = [e.time_ns for e in walk.events if not isinstance(e, OutputWritten)]
    assert times == sorted(times)
    assert times[0] >= 0


def test_output_stands_between_the_write_and_its_return(start: Start) -> None:
    walk, _ = start()
    walk.until(returning("write"))
    kinds = [type(event) for event in walk.events[-3:]]
    assert kinds == [CallEntered, OutputWritten, CallReturned]


def test_the_kernel_completes_a_handshake_while_the_server_stands_still(start: Start) -> None:
    walk, _ = start()
    walk.until(in_function("net.(*TCPListener).Accept"))
    with walk.connect() as client:
        assert client.getpeername()[1] == walk.port()
        ready, _, _ = select.select(walk.target.descriptors(), (), (), 0.2)
        assert not ready, "it went on without being released"
        accepted = walk.until(returning("accept4"))
        assert isinstance(accepted, CallReturned)
        assert accepted.result == 4  # at the first try: somebody was waiting
    assert not [e for e in walk.events if e.function == "runtime.gopark"]


def test_a_port_in_use_ends_the_server_with_gos_words(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        walk, _ = start(address=address)
        end = walk.until(exited)
    assert isinstance(end, ProcessExited)
    assert (end.code, end.signal) == (1, None)
    text = f"listen tcp {address}: bind: address already in use"
    assert output(walk.events, 2).decode() == text + "\n"
    returned = [e for e in of(walk.events, FunctionReturned) if e.function == "net.Listen"]
    error = Constant("EADDRINUSE", 98)
    assert [e.results[-1].value for e in returned] == [GoError("*net.OpError", text, error)]
    assert not walk.target.alive()
    assert [e.function for e in check_spans(walk.events)] == ["main.main"]


# At which call descriptors run out, what is said on standard error, and how the server ends.
SHORTAGES = [
    ("socket", 3, "listen tcp 127.0.0.1:0: socket: too many open files\n", 1),
    ("openat", 4, "", None),
    (
        "epoll_create1",
        5,
        "runtime: epollcreate failed with 24\nfatal error: runtime: netpollinit failed\n",
        2,
    ),
    (
        "eventfd2",
        6,
        "runtime: eventfd failed with 24\nfatal error: runtime: eventfd failed\n",
        2,
    ),
    ("accept4", 4, "accept tcp ADDRESS: accept4: too many open files\n", 1),
]


@pytest.mark.parametrize(("call", "limit", "words", "code"), SHORTAGES)
def test_without_descriptors_it_does_as_go_does(
    start: Start, call: str, limit: int, words: str, code: int | None
) -> None:
    walk, _ = start()
    walk.until(entering(call))
    if call == "accept4":
        client = walk.connect()
    _, hard = resource.prlimit(walk.target.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(walk.target.pid, resource.RLIMIT_NOFILE, (limit, hard))
    walk.until(returning(call, "EMFILE"))
    if code is None:  # somaxconn cannot be read: 128
        listened = walk.until(returning("listen"))
        assert isinstance(listened, CallReturned)
        assert [argument.value for argument in listened.arguments] == [3, 128]
        return
    end = walk.until(exited)
    assert isinstance(end, ProcessExited)
    assert end.code == code
    if call == "accept4":
        words = words.replace("ADDRESS", f"127.0.0.1:{walk.port()}")
        client.close()
    assert output(walk.events, 2).decode() == words


def test_a_server_killed_from_outside_is_told(start: Start) -> None:
    walk, _ = start()
    walk.until(in_function("syscall.Bind"))
    os.kill(walk.target.pid, signal.SIGKILL)
    walk.held = None
    end = walk.until(exited)
    assert isinstance(end, ProcessExited)
    assert (end.code, end.signal) == (None, Constant("SIGKILL", 9))
    assert not walk.target.alive()
    walk.target.release(1)  # nobody is there any more: ignored


def test_closing_ends_the_server_and_gives_all_back(start: Start) -> None:
    before = os.listdir("/proc/self/fd")
    walk, _ = start()
    walk.until(in_function("syscall.Listen"))
    pid = walk.target.pid
    walk.target.close()
    walk.target.close()
    assert os.listdir("/proc/self/fd") == before
    assert not Path(f"/proc/{pid}").exists()
    assert not walk.target.alive()


def test_a_target_is_started_once(start: Start) -> None:
    walk, _ = start()
    with pytest.raises(CaptureError, match="make another target"):
        walk.target.start()


def test_what_cannot_be_started_is_one_sentence(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.listdir("/proc/self/fd")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(CaptureError, match="could not be started"):
        start()
    assert os.listdir("/proc/self/fd") == before


def test_an_unknown_machine_is_one_sentence(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{InstrumentedTarget.__module__}.NUMBERS", {})
    with pytest.raises(CaptureError, match="replay a recording instead"):
        start()


DRIVER = """
import sys, select
from walkthrough.capture.instrumented.target import InstrumentedTarget
from walkthrough.capture.session.run_config import RunConfig
target = InstrumentedTarget(RunConfig("", "tcp", ("127.0.0.1:0",)))
target.start()
print(target.pid, flush=True)
while True:
    select.select(target.descriptors(), (), ())
    for event, token in target.arrivals():
        if token is not None and event.function != sys.argv[1]:
            target.release(token)
        elif token is not None:
            print("there", flush=True)
"""


@pytest.mark.parametrize("where", ["main.main", "net.socket", "nowhere"])
def test_nothing_stays_when_the_driver_is_killed(where: str) -> None:
    """Halted at once, halted on the way, or asleep in epoll."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    command = [sys.executable, "-c", DRIVER, where]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as driver:
        assert driver.stdout is not None
        server = os.pidfd_open(int(driver.stdout.readline()))
        if where != "nowhere":
            assert driver.stdout.readline() == b"there\n"
        driver.kill()
        ended, _, _ = select.select([server], (), (), 20)
        os.close(server)
        assert ended, "the server outlived its driver"


def run_alone(stdout: int = subprocess.PIPE) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    command = [sys.executable, "-P", "-m", "walkthrough.capture.instrumented"]
    return subprocess.Popen(command, env=environment, stdout=stdout, stderr=subprocess.PIPE)


def test_alone_it_simply_runs() -> None:
    with run_alone() as server:
        assert server.stdout is not None
        port = int(server.stdout.readline().rpartition(b":")[2])
        for number in range(2):
            with socket.create_connection(("127.0.0.1", port), 20) as client:
                client.sendall(b"%d" % number)
                client.shutdown(socket.SHUT_WR)
                assert client.recv(1) == b""
            assert server.stdout.readline().endswith(b' sent "%d"\n' % number)
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == -signal.SIGINT


def test_it_dies_when_nobody_reads_what_it_prints() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with run_alone(writing) as server:
        os.close(writing)
        assert server.wait(20) == -signal.SIGPIPE
        assert server.stderr is not None
        assert server.stderr.read() == b""


def test_a_reset_connection_is_told_and_the_next_is_served(start: Start) -> None:
    walk, _ = start()
    walk.until(returning("accept4", "EAGAIN"))
    with walk.connect() as client:
        walk.until(returning("read", "EAGAIN"))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    walk.until(returning("close"))
    assert b"read: connection reset by peer" in output(walk.events, 2)
    with walk.connect():
        walk.until(lambda e: isinstance(e, CallReturned) and e.call == "accept4" and e.result == 4)
    check_spans(walk.events)
