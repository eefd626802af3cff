"""Who can connect while a scenario runs: nobody, or whoever was let; tried with real servers."""

import errno
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec
import pytest

from tests.support import own_process
from tests.support.need import need
from tests.support.own_process import without_namespaces
from tests.support.time_limits import limit
from walkthrough.capture import processes
from walkthrough.capture.environment import network_namespace
from walkthrough.capture.environment.doctor import can_trace_go
from walkthrough.model.events import AnyEvent, CaptureEnded, ClientActed, Header, KernelObserved
from walkthrough.model.kernel_state import SocketState
from walkthrough.model.protocol import (
    EXPOSE,
    ActCommand,
    AnyCommand,
    CaptureFailed,
    CaptureFinished,
    Line,
    RunCommand,
    ServerHalted,
    StopCommand,
)
from walkthrough.scenario import loader as scenarios

pytestmark = pytest.mark.live
WILD = ("dual-stack", "ipv4-any", "ipv6-only")


@pytest.fixture(autouse=True)
def _namespaces() -> None:
    need(sys.platform == "linux", "servers run on Linux only")
    refusal = network_namespace.try_namespace().refusal
    need(refusal is None, f"no network namespace here: {refusal.why if refusal else ''}")


def need_go() -> None:
    able, why = can_trace_go()
    need(able, why)


class Capture:
    """A capture's own process, as the screen drives it."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        assert process.stdin is not None
        assert process.stdout is not None
        self._in: IO[bytes] = process.stdin
        self._out: IO[bytes] = process.stdout
        self.lines: list[Line] = []

    def say(self, command: AnyCommand) -> None:
        self._in.write(msgspec.json.encode(command) + b"\n")
        self._in.flush()

    def until(self, wanted: Callable[[Line], bool]) -> Any:
        decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
        for raw in self._out:
            line = decoder.decode(raw)
            self.lines.append(line)
            if wanted(line):
                return line
            if isinstance(line, ServerHalted):  # a client's act is due, and left out
                self.say(RunCommand())
            assert not isinstance(line, CaptureFinished | CaptureFailed), line
        raise AssertionError("it ended")


@contextmanager
def capture(*arguments: str) -> Iterator[Capture]:
    with subprocess.Popen(
        processes.python("walkthrough.capture.workers.live", *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            yield Capture(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()  # the end of its input is its signal to end


def listener_in(line: Line) -> SocketState | None:
    """Return the server's listener that the kernel's view holds."""
    if not isinstance(line, KernelObserved):
        return None
    return next((each for each in line.state.sockets if each.state == "LISTEN"), None)


def inodes_outside() -> list[str]:
    """Return all words of this process's lists of TCP sockets, the inodes among them."""
    return [
        word
        for name in ("tcp", "tcp6")
        for word in Path("/proc/self/net", name).read_text(encoding="utf-8").split()
    ]


@pytest.mark.parametrize("server", ["python", "go"])
@pytest.mark.parametrize("name", WILD)
def test_while_it_listens_there_is_nothing_outside(name: str, server: str) -> None:
    if server == "go":
        need_go()
    with capture(name, server) as walk:
        header = walk.until(lambda line: isinstance(line, Header))
        assert (header.network_namespace, header.exposed) == ("own", ())
        walk.say(RunCommand())
        listener = listener_in(walk.until(lambda line: listener_in(line) is not None))
        assert listener is not None
        assert str(listener.inode) not in inodes_outside()
        inside = "".join(
            Path(f"/proc/{header.pid}/net", table).read_text(encoding="utf-8")
            for table in ("tcp", "tcp6")
        )
        assert str(listener.inode) in inside.split()
        if listener.local.port != 7099:  # which somebody else may have, outside
            with socket.socket() as outside:
                outside.settimeout(limit(10))
                refused = outside.connect_ex(("127.0.0.1", listener.local.port))
            assert refused == errno.ECONNREFUSED
        # Our own client gets in, and the kernel's view is that of the inside.
        walk.say(ActCommand(action="connect"))
        acted = walk.until(lambda line: isinstance(line, ClientActed))
        assert acted.error is None
        walk.until(
            lambda line: (
                isinstance(line, KernelObserved)
                and any(
                    each.owner == "client" and each.state == "ESTABLISHED"
                    for each in line.state.sockets
                )
            )
        )
        walk.say(StopCommand())
        walk.until(lambda line: isinstance(line, CaptureFinished))
    assert walk.process.returncode == 0


def test_every_scenario_that_listens_everywhere_fills_its_queue_inside() -> None:
    """The observer sees the accept queue: sock_diag tells of its own namespace alone."""
    need_go()
    seen = 0
    with capture("dual-stack", "go") as walk:
        walk.say(RunCommand())
        walk.until(lambda line: listener_in(line) is not None)
        walk.say(ActCommand(action="connect"))
        walk.until(lambda line: isinstance(line, ClientActed))
        for line in walk.lines:
            assert not isinstance(line, KernelObserved) or not line.state.unavailable
            seen += isinstance(line, KernelObserved)
    assert seen > 1


@pytest.mark.parametrize("server", ["python", "go"])
def test_killed_it_takes_its_server_along(server: str) -> None:
    if server == "go":
        need_go()
    with capture("ipv4-any", server) as walk:
        header = walk.until(lambda line: isinstance(line, Header))
        walk.say(RunCommand())
        walk.until(lambda line: listener_in(line) is not None)
        servers = os.pidfd_open(header.pid)
        walk.process.kill()
        ended, _, _ = select.select([servers], [], [], 60)  # readable once it has ended
        os.close(servers)
    assert ended


# where none is available


def run_without(*command: str) -> "subprocess.CompletedProcess[str]":
    done = without_namespaces(*command)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def sentence_of(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the one sentence with which a command was refused."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("walkthrough: ")
    return done.stderr


REFUSALS = [
    ("record", "ipv4-any", "--server", "python", "-o", "{out}"),
    ("check", "ipv4-any"),
    ("check", "first-connection", "dual-stack", "--server", "python"),
    ("compare", "ipv6-only", "{recording}", "--server", "python"),
    ("compare", "ipv4-any", "--server", "python"),
]


@pytest.mark.parametrize("command", REFUSALS, ids=" ".join)
def test_without_a_namespace_it_is_refused_in_one_sentence(
    command: tuple[str, ...], tmp_path: Path, strace: str
) -> None:
    out = tmp_path / "out.jsonl"
    recording = scenarios.find("ipv6-only") / scenarios.RECORDING
    words = [word.format(out=out, recording=recording) for word in command]
    said = sentence_of(run_without(*words))
    assert "others on your network can connect" in said
    assert "every interface of this machine" in said
    assert "user.max_net_namespaces" in said
    assert "use --expose" in said
    assert not out.exists()


def test_with_expose_it_runs_and_says_so(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = run_without("record", "ipv4-any", "--server", "python", "-o", str(out), EXPOSE)
    assert done.returncode == 0, done.stderr
    assert (
        "It listens on every interface of this machine (0.0.0.0:7099): others on your network can "
        "connect to it."
    ) in done.stderr
    with out.open(encoding="utf-8") as file:
        header = json.loads(file.readline())
    assert header["network_namespace"] == "host"
    assert header["exposed"] == ["0.0.0.0:7099"]


def test_check_with_expose_passes_and_says_so() -> None:
    done = run_without("check", "dual-stack", "--server", "python", EXPOSE, "--json")
    assert done.returncode == 0, done.stdout
    (verdict,) = json.loads(done.stdout)
    assert verdict["outcome"] == "passed"
    assert verdict["remarks"] == [
        "It listens on every interface of this machine (:0): others on your network can connect to "
        "it."
    ]


def test_compare_with_expose_says_so() -> None:
    recording = scenarios.find("ipv6-only") / scenarios.RECORDING
    done = run_without("compare", "ipv6-only", str(recording), "--server", "python", EXPOSE)
    assert done.returncode in (0, 1), done.stderr
    assert "others on your network can connect to it." in done.stdout


def test_what_nobody_can_reach_runs_without_a_namespace(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    for name in ("first-connection", "bind-fails-late"):  # 192.0.2.1 is nobody's there
        done = run_without("record", name, "--server", "python", "-o", str(out), "--force")
        assert done.returncode == 0, done.stderr
        assert "others on your network" not in done.stderr


def test_the_doctor_says_what_it_means() -> None:
    done = run_without("doctor")
    assert "Network namespace" in done.stdout
    assert "user.max_net_namespaces is reached" in done.stdout
    assert "sudo sysctl user.max_net_namespaces=" in done.stdout


def test_the_screens_capture_tells_before_the_server_takes_a_step() -> None:
    """No refusal here: who sits before the screen is told, and starts it or not."""
    done = subprocess.run(
        [
            sys.executable,
            own_process.__file__,
            *processes.python("walkthrough.capture.workers.live", "ipv4-any", "python"),
        ],
        input=b"",  # the end of its commands: it was looked at and not started
        capture_output=True,
        timeout=limit(120),
    )
    decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
    lines = [decoder.decode(line) for line in done.stdout.splitlines()]
    (header,) = [line for line in lines if isinstance(line, Header)]
    assert (header.network_namespace, header.exposed) == ("host", ("0.0.0.0:7099",))
    assert not any(listener_in(line) for line in lines)


# a scenario's own program

MAIN = """\
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen(os.Args[1], "%s")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening on", listener.Addr())
	connection, err := listener.Accept()
	if err == nil {
		connection.Close()
	}
}
"""
SCENARIO = """\
title = {en = "Elsewhere", zh = "别处"}
summary = {en = "It listens where it likes.", zh = "它想在哪里监听就在哪里监听。"}
network = "tcp"
address = "127.0.0.1:0"
servers = ["go"]

[[script]]
when = "while accept is parked"
do = "connect"

[end]
when = "server exited"

[expect]
exit_code = 0
"""


def own_program(folder: Path, address: str) -> str:
    place = folder / "elsewhere"
    place.mkdir()
    (place / "main.go").write_text(MAIN % address, encoding="utf-8")
    (place / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    return str(place)


def test_a_program_of_its_own_cannot_be_reached_either(tmp_path: Path) -> None:
    need_go()
    out = tmp_path / "out.jsonl"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "walkthrough", "record", own_program(tmp_path, "0.0.0.0:0")),
            *("-o", str(out)),
        ],
        capture_output=True,
        text=True,
        timeout=limit(300),
    )
    assert done.returncode == 0, done.stderr
    assert "nobody else can connect to it." in done.stderr
    assert json.loads(out.read_text(encoding="utf-8").splitlines()[0])["network_namespace"] == "own"


@pytest.mark.parametrize(
    ("address", "where"),
    # Over "tcp" Go listens on IPv6's wildcard for IPv4's, too.
    [("0.0.0.0:0", "[::]:0"), (":0", "[::]:0"), ("[::]:0", "[::]:0"), ("127.0.0.1:0", "")],
)
def test_without_a_namespace_it_is_ended_before_it_listens(
    address: str, where: str, tmp_path: Path
) -> None:
    need_go()
    out = tmp_path / "out.jsonl"
    folder = own_program(tmp_path, address)
    done = run_without("record", folder, "-o", str(out))
    assert done.returncode == (2 if where else 0), done.stderr
    events: list[AnyEvent] = []
    for line in out.read_text(encoding="utf-8").splitlines()[1:]:
        events.append(msgspec.json.decode(line, type=AnyEvent))
    if not where:
        return
    assert f"The program of elsewhere was ended before it listened on {where}, where" in done.stderr
    assert "use --expose" in done.stderr
    assert not any(listener_in(event) for event in events)
    assert isinstance(events[-1], CaptureEnded)  # it is a whole recording
    assert events[-1].reason == "stopped"


def test_a_program_of_its_own_may_be_exposed(tmp_path: Path) -> None:
    need_go()
    out = tmp_path / "out.jsonl"
    done = run_without("record", own_program(tmp_path, ":0"), "-o", str(out), EXPOSE)
    assert done.returncode == 0, done.stderr
    assert os.path.getsize(out) > 1000
