"""What Go's runtime and net package do beside the path, tried out on programs that Go builds."""

import os
import platform
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import isolated
from tests.support.need import need
from walkthrough.capture.environment.go_build import source_in
from walkthrough.capture.environment.go_toolchain import build_server, find_go
from walkthrough.capture.errors import CaptureError
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    FunctionEntered,
    FunctionReturned,
)
from walkthrough.model.stages import Step
from walkthrough.model.values import Constant, Value
from walkthrough.recording.file import load
from walkthrough.scenario import loader as scenarios
from walkthrough.scenario.loader import server_folder

PROGRAMS = Path(__file__).parent / "programs"
EPOLL_PWAIT = {"x86_64": 281, "aarch64": 22}.get(platform.machine())


def built(folder: Path) -> Path:
    need(sys.platform == "linux", "the programs are built for Linux")
    try:
        go = find_go()
    except CaptureError as error:
        need(False, str(error))
        raise
    return build_server(go, source_in(folder), lambda line: None)


class Program:
    """A running program that is told and asked line by line."""

    def __init__(self, *command: str | Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            command,
            env=dict(os.environ, **environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def told(self, line: str) -> str:
        assert self.process.stdin is not None
        print(line, file=self.process.stdin, flush=True)
        return self.says()

    def sockets(self) -> int:
        folder = Path(f"/proc/{self.process.pid}/fd")
        return sum(_leads_to(each).startswith("socket:") for each in folder.iterdir())


def _leads_to(link: Path) -> str:
    try:
        return os.readlink(link)
    except FileNotFoundError:
        return ""  # closed since the folder was listed


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def start(running: ExitStack, *command: str | Path, **environment: str) -> Program:
    program = Program(*command, **environment)
    running.callback(program.process.wait)
    running.callback(program.process.kill)
    return program


@pytest.mark.live
@pytest.mark.timeout(300)
def test_a_connection_that_is_forgotten_is_closed_by_a_collection(running: ExitStack) -> None:
    count = 20
    # No collection but those that are asked for.
    server = start(running, built(PROGRAMS / "unclosed"), str(count), GOGC="off")
    port = int(server.says())
    clients = [
        running.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(count)
    ]
    assert server.says() == "accepted"
    assert server.sockets() == count + 1

    def closed() -> bool:
        assert server.told("collect") == "collected"  # finalizers run a little later
        return server.sockets() == 1

    isolated.until(closed, "an end of all connections")
    assert [client.recv(1) for client in clients] == [b""] * count


@pytest.mark.live
@pytest.mark.timeout(300)
def test_at_most_one_thread_sleeps_in_epoll_and_the_others_on_a_futex(running: ExitStack) -> None:
    need(EPOLL_PWAIT is not None, "the number of epoll_pwait is not known for this machine")
    server = start(running, built(server_folder()), "tcp", "127.0.0.1:0", GOMAXPROCS="4")
    port = int(server.says().rpartition(":")[2])
    clients = [
        running.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(40)
    ]
    for client in clients:  # so that several threads are wanted
        client.sendall(b"x" * 1000)
    tasks = Path(f"/proc/{server.process.pid}/task")

    def calls() -> list[str]:
        """What each thread waits in, by number; ``running`` if it does not."""
        return [(task / "syscall").read_text().split()[0] for task in tasks.iterdir()]

    resting: list[str] = []

    def at_rest() -> bool:
        # Served, and still so at a second look.
        nonlocal resting
        before, resting = resting, calls()
        return server.sockets() == 41 and "running" not in resting and before == resting

    try:
        isolated.until(at_rest, "a server at rest")
    except PermissionError:
        need(False, "/proc/PID/task/TID/syscall may not be read here")
    assert len(resting) >= 3
    assert resting.count(str(EPOLL_PWAIT)) == 1


RECORDED = [
    name for name in scenarios.names() if (scenarios.find(name) / "recording.jsonl").exists()
]


def recorded(name: str) -> list[AnyEvent]:
    return [event for _, event in load(scenarios.find(name) / scenarios.RECORDING)]


def argument(event: CallEntered | CallReturned | FunctionEntered, name: str) -> Value:
    return next((one.value for one in event.arguments if one.name == name), None)


@pytest.mark.parametrize("name", RECORDED)
def test_in_no_recording_do_two_threads_wait_in_epoll_at_once(name: str) -> None:
    waiting: dict[int | None, int] = {}
    for event in recorded(name):
        if not isinstance(event, CallEntered | CallReturned) or event.call != "epoll_pwait":
            continue
        if argument(event, "timeout") == 0:
            continue
        if isinstance(event, CallEntered):
            assert not waiting
            waiting[event.span] = event.seq
        else:
            waiting.pop(event.span)


def test_the_family_of_a_wildcard_is_found_by_probing_after_the_address_is_known() -> None:
    events = recorded("ipv4-any")
    functions = [e for e in events if isinstance(e, FunctionEntered | FunctionReturned)]
    found: dict[str, list[int]] = {}
    for event in functions:
        found.setdefault(f"{event.function} {type(event).__name__[8:]}", []).append(event.seq)
    resolved = found["net.(*Resolver).resolveAddrList Returned"][0]
    asked = found["net.favoriteAddrFamily Entered"][0]
    (answered,) = found["net.favoriteAddrFamily Returned"]
    assert resolved < asked < answered
    probes = [
        e
        for e in events
        if isinstance(e, CallEntered) and e.step is Step.PROBE and e.call == "socket"
    ]
    assert len(probes) == 3
    assert all(asked < each.seq < answered for each in probes)
    returned = next(e for e in functions if e.seq == answered)
    assert isinstance(returned, FunctionReturned)
    family = next(one.value for one in returned.results if one.name == "family")
    assert isinstance(family, Constant)
    assert family.name == "AF_INET6"


FAMILIES = """
import json, subprocess
from walkthrough.capture.kernel.netlink import LISTENING, SockDiag

program = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

def listen(network, address):
    print(network, address, file=program.stdin, flush=True)
    port = int(program.stdout.readline().rpartition(":")[2])
    with SockDiag() as diag:
        (row,) = diag.tcp(LISTENING, [port])
        return [socket.AddressFamily(row.family).name, row.v6only, row.send_queue]

sysctl("net/core/somaxconn", 4096)
told = [listen(network, "0.0.0.0:0") for network in ("tcp", "tcp4")]
told.append(listen("tcp6", "[::]:0"))
sysctl("net/core/somaxconn", 9)
told.append(listen("tcp4", "127.0.0.1:0"))
sysctl("net/core/somaxconn", 8000)
told.append(listen("tcp4", "127.0.0.1:0"))
program.kill()
print(json.dumps(told))
"""


@pytest.mark.live
@pytest.mark.timeout(300)
def test_wildcards_and_a_backlog_that_is_read_once() -> None:
    try:
        found = isolated.run(FAMILIES, str(built(PROGRAMS / "listeners")), own_network=True)
    except isolated.NoNetworkError:
        need(False, "no network namespace is available")
        raise
    assert found == [
        ["AF_INET6", False, 4096],  # "tcp" and 0.0.0.0: both families
        ["AF_INET", None, 4096],
        ["AF_INET6", True, 4096],
        ["AF_INET", None, 9],  # lowered: the kernel cuts what Go has remembered
        ["AF_INET", None, 4096],  # raised: Go does not notice
    ]


WITHOUT_IPV6 = """
import json
from tests.support.go_walk import build, run, walk
from walkthrough.scenario.schema import Fault

# The probe's two IPv6 sockets fail, as they would where the kernel has no IPv6.
missing = Fault(errno="EAFNOSUPPORT", at="probe", call="socket", occurrence=2, times=2)
walked = walk(build(), run(None, missing, addresses=("0.0.0.0:0",)))
print(json.dumps([walked.calls_of("socket"), walked.calls_of("bind")]))
"""


@pytest.mark.live
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("go_server")
def test_without_ipv6_the_same_wildcard_gives_an_ipv4_socket() -> None:
    try:
        sockets, binds = isolated.run(WITHOUT_IPV6, own_network=True)
    except isolated.NoNetworkError:
        need(False, "no network namespace is available")
        raise
    assert [re.match(r"socket\((\w+)", each)[1] for each in sockets] == [  # type: ignore[index]
        "AF_INET",
        "AF_INET6",
        "AF_INET6",
        "AF_INET",
    ]
    assert len(binds) == 1
    assert "AF_INET," in binds[0]
