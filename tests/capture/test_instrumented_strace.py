"""The two servers side by side under strace: the same calls, in the same order, the same flags.

What may differ is in `normalised`, rule by rule, and in docs/instrumented-server.md with reasons.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import walkthrough
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.toolchain import build_server, find_go, number

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

SOURCES = Path(walkthrough.__file__).parents[1]
GO_SOURCE = SOURCES / "scenarios" / "server"
CALLS = (
    "%network,epoll_create,epoll_create1,epoll_ctl,epoll_wait,epoll_pwait,epoll_pwait2,eventfd2,"
    "pipe2,fcntl,openat,read,write,close"
)
STRACE = ("-f", "-qq", "-s", "200", "-e", "signal=none", "-e", f"trace={CALLS}")
FOLLOWED = (1, 24)  # the oldest Go whose calls are those of go1.27
SECONDS = 60.0


class Call(NamedTuple):
    """One line of strace's, joined if it came in two."""

    name: str
    arguments: str
    result: str

    def __str__(self) -> str:
        return f"{self.name}({self.arguments}) = {self.result}"


def unable(reason: str) -> None:
    """Skip, or fail where nothing should be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def strace() -> str:
    program = shutil.which("strace")
    if program is None:
        unable("strace is not installed: apt install strace (or your system's like)")
    assert program is not None
    tried = subprocess.run([program, "-o", os.devnull, "true"], capture_output=True, text=True)
    if tried.returncode:
        unable(f"strace may not trace here: {tried.stderr.strip()}")
    return program


@pytest.fixture(scope="module")
def go_server() -> Path:
    try:
        go = find_go()
    except CaptureError as error:
        unable(f"no Go to compare with: {error}")
    if number(go.version) < FOLLOWED:
        unable(f"the server follows Go {FOLLOWED[0]}.{FOLLOWED[1]} and later, not {go.version}")
    return build_server(go, GO_SOURCE, lambda line: None)


def test_a_line_in_two_parts_is_one_call() -> None:
    log = (
        "7  socket(AF_INET, SOCK_STREAM <unfinished ...>\n"
        "8  epoll_pwait(5,  <unfinished ...>\n"
        "7  <... socket resumed>, IPPROTO_IP) = 3\n"
        "7  close(3)                = 0\n"
        "8  <... epoll_pwait resumed>[], 128, -1, NULL, 0) = 0\n"
        "9  read(0,  <unfinished ...>\n"
    )
    assert [str(call) for call in parsed(log)] == [
        "socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3",
        "close(3) = 0",
        "epoll_pwait(5, [], 128, -1, NULL, 0) = 0",
        "read(0, ) = ?",
    ]


def parsed(log: str) -> list[Call]:
    """Read strace's log; calls in the order in which they began, polls in that of their end."""
    calls: list[str] = []
    unfinished: dict[str, int] = {}
    for line in log.splitlines():
        thread, _, rest = line.partition(" ")
        rest = rest.strip()
        if (resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", rest)) is not None:
            begun = unfinished.pop(thread)
            calls[begun] += resumed[1]
            if calls[begun].startswith("epoll_pwait("):
                # It may have slept in there while all the others happened.
                calls.append(calls[begun])
                calls[begun] = ""
        elif re.match(r"\w+\(", rest):
            if rest.endswith("<unfinished ...>"):
                unfinished[thread] = len(calls)
                rest = rest.removesuffix("<unfinished ...>").removesuffix(" ")
            calls.append(rest)
    return [_call(text) for text in calls if text]


def _call(text: str) -> Call:
    match = re.fullmatch(r"(\w+)\((.*)\)\s+= (.*)", text)
    if match is None:
        name, _, arguments = text.partition("(")
        return Call(name, arguments, "?")
    return Call(match[1], match[2], match[3])


def normalised(calls: list[Call]) -> list[Call]:
    """Leave out what differs from run to run, and what only one of the two can have.

    - before the first socket: each language's own start
    - addresses in memory, numbers of ports, the user data of epoll events
    - polls, but for what they tell: that a socket became readable. Go polls whenever a thread has
      nothing to do, and finds nothing, or a file that nobody waits for, or room to write
    - reads and writes of the eventfd: Go wakes one of its threads with it; here is only one
    """
    first = next(index for index, call in enumerate(calls) if call.name == "socket")
    watched: dict[str, str] = {}
    eventfds: set[str] = set()
    kept: list[Call] = []
    for call in calls[first:]:
        fd = call.arguments.partition(",")[0]
        if call.name == "eventfd2":
            eventfds.add(call.result)
        if call.name in ("read", "write") and fd in eventfds:
            continue
        if call.name == "epoll_ctl" and (data := re.search(r"u64=(\d+)", call.arguments)):
            watched[data[1]] = call.arguments.split(", ")[2]
        if call.name in ("epoll_pwait", "epoll_wait"):
            events = re.findall(r"events=([A-Z|]+), data=\{u32=\d+, u64=(\d+)", call.arguments)
            readable = [
                Call("woken", f"{watched[data]}, {mask}", "")
                for mask, data in events
                if "EPOLLIN" in mask and not _is_file(watched[data], kept)
            ]
            kept += readable
        elif call.name == "write":  # its length is that of the port's digits, too
            kept.append(Call(call.name, _plain(call.arguments).rpartition(", ")[0], "its length"))
        else:
            kept.append(Call(call.name, _plain(call.arguments), _plain(call.result)))
    return kept


def _is_file(fd: str, before: list[Call]) -> bool:
    """Tell whether the descriptor was a file's when it was opened last."""
    opened = [call for call in before if call.result == fd and call.name in OPENING]
    return opened[-1].name == "openat"


OPENING = ("socket", "accept4", "openat")


def _plain(text: str) -> str:
    text = re.sub(r"\b0x[0-9a-f]{6,}", "POINTER", text)
    text = re.sub(r"data=\{[^}]*\}", "data", text)
    text = re.sub(r"htons\([1-9]\d*\)", "htons(PORT)", text)
    return re.sub(r"(?<=[\d\]]):\d+", ":PORT", text)


class Server:
    """A server under strace, and the log of its calls."""

    def __init__(self, strace: str, log: Path, command: list[str]) -> None:
        self.log = log
        self.process = subprocess.Popen(
            [strace, *STRACE, "-o", str(log), *command],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(SOURCES)},
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline().decode()
        assert line.startswith("listening on"), line
        self.port = int(line.rpartition(":")[2])

    def calls(self) -> list[Call]:
        """Return the calls so far; a last line that is being written is left out."""
        return parsed(self.log.read_text("utf-8", "replace").rpartition("\n")[0])

    def wait(self, name: str, start: str, result: str, count: int) -> None:
        """Wait until so many such calls have ended since it listens."""
        deadline = time.monotonic() + SECONDS
        seen = 0
        while time.monotonic() < deadline:
            calls = self.calls()
            listened = [i for i, c in enumerate(calls) if c.name == "listen"]
            seen = sum(
                c.name == name and c.arguments.startswith(start) and c.result.startswith(result)
                for c in calls[listened[0] if listened else len(calls) :]
            )
            if seen >= count:
                return
            time.sleep(0.01)
        raise AssertionError(f"{name}({start}...) = {result}: {seen} of {count} in {self.log}")

    def end(self) -> None:
        """Kill the server; strace ends with it."""
        thread = self.log.read_text("utf-8", "replace").partition(" ")[0]
        if thread.isdecimal() and self.process.poll() is None:
            os.kill(int(thread), signal.SIGKILL)
        self.process.wait(SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()


def converse(server: Server, host: str) -> None:
    """Two connections, one after the other, each step only when the server waits for it."""
    for count in (1, 2):
        server.wait("accept4", "3, ", "-1 EAGAIN", count)
        with socket.create_connection((host, server.port), SECONDS) as client:
            server.wait("read", "4, ", "-1 EAGAIN", 2 * count - 1)
            client.sendall(b"hello\n")
            server.wait("read", "4, ", "-1 EAGAIN", 2 * count)
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1) == b""
        server.wait("close", "4", "0", count)
    server.wait("accept4", "3, ", "-1 EAGAIN", 3)


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


Ran = Callable[[str, str, str], tuple[list[Call], list[Call]]]


@pytest.fixture
def ran(strace: str, go_server: Path, tmp_path: Path) -> Iterator[Ran]:
    """Run both servers through the same conversation; return their calls, Go's first."""
    servers: list[Server] = []

    def run(network: str, address: str, host: str) -> tuple[list[Call], list[Call]]:
        python = [sys.executable, "-P", "-m", "walkthrough.capture.instrumented"]
        commands = {
            "go": [str(go_server), network, address],
            "python": [*python, "--network", network, "--address", address],
        }
        told = []
        for name, command in commands.items():
            servers.append(Server(strace, tmp_path / name, command))
            converse(servers[-1], host)
            servers[-1].end()
            told.append(normalised(servers[-1].calls()))
        return told[0], told[1]

    yield run
    for server in servers:
        server.end()


# A goroutine each in Go, so their calls may come in any order; in themselves they are in order.
def accepting(calls: list[Call]) -> list[str]:
    """Return the calls of who listens and accepts."""
    return [str(call) for call in calls if not _serves(call)]


def serving(calls: list[Call]) -> list[str]:
    """Return the calls of who serves the connections."""
    accepted = next(i for i, c in enumerate(calls) if c.name == "accept4" and c.result == "4")
    return [str(call) for call in calls[accepted:] if _serves(call)]


def _serves(call: Call) -> bool:
    fd, rest = call.arguments.partition(",")[::2]
    if call.name == "write":
        return " sent " in rest
    return fd == "4" and call.name in ("read", "woken")


@pytest.mark.parametrize(
    ("network", "address", "host"),
    [
        ("tcp", "127.0.0.1:0", "127.0.0.1"),
        ("tcp", "0.0.0.0:0", "127.0.0.1"),
        ("tcp4", ":0", "127.0.0.1"),
        ("tcp6", "[::1]:0", "::1"),
    ],
)
def test_both_servers_make_the_same_calls(ran: Ran, network: str, address: str, host: str) -> None:
    if network == "tcp6" and not has_ipv6():
        pytest.skip("this machine has no IPv6 on its loopback interface")
    go, python = ran(network, address, host)
    assert accepting(python) == accepting(go)
    assert serving(python) == serving(go)
    # That nothing above was compared with nothing:
    names = {call.name for call in python}
    assert {"socket", "bind", "listen", "accept4", "setsockopt", "getsockname"} <= names
    assert {"epoll_create1", "epoll_ctl", "eventfd2", "woken", "openat", "fcntl"} <= names
