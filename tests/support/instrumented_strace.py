"""Runs either server under strace, and what of their calls can be compared.

What may differ is in `normalised`, rule by rule, and in docs/instrumented-server.md with reasons.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import walkthrough
from tests.support.need import need
from tests.support.time_limits import limit
from walkthrough.capture.command_line import arguments
from walkthrough.capture.environment.go_build import source_of
from walkthrough.capture.environment.go_toolchain import build_server, find_go, number
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.instrumented.command_line import command_line
from walkthrough.capture.session.run_config import RunConfig
from walkthrough.i18n.texts import Texts
from walkthrough.scenario.schema import End, Scenario, ServerOptions

SOURCES = Path(walkthrough.__file__).parents[1]
CALLS = (
    "%network,epoll_create,epoll_create1,epoll_ctl,epoll_wait,epoll_pwait,epoll_pwait2,eventfd2,"
    "pipe2,fcntl,openat,read,write,close,unlink,unlinkat"
)
STRACE = ("-f", "-qq", "-s", "200", "-e", "signal=none", "-e", f"trace={CALLS}")
SECONDS = limit(60.0)
ATTEMPTS = 20
FOLLOWED = (1, 24)  # the oldest Go whose calls are those of go1.27


class Call(NamedTuple):
    """One strace line, joined if it came in two."""

    name: str
    arguments: str
    result: str

    def __str__(self) -> str:
        return f"{self.name}({self.arguments}) = {self.result}"


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
        name, _, arguments_ = text.partition("(")
        return Call(name, arguments_, "?")
    return Call(match[1], match[2], match[3])


def normalised(calls: list[Call]) -> list[Call]:
    """Leave out what differs from run to run, and what only one of the two can have.

    - before the first socket: each language's own start
    - addresses in memory, numbers of ports, the user data of epoll events
    - polls, but for what they tell: that a socket became readable. Go polls whenever a thread has
      nothing to do, and finds nothing, or a file that nobody waits for, or room to write
    - all that the eventfd is used for: Go wakes one of its threads with it; here is only one
    - calls that strace made fail: the instrumented server does not even make them
    """
    first = next(index for index, call in enumerate(calls) if call.name == "socket")
    watched: dict[str, str] = {}
    eventfds: set[str] = set()
    kept: list[Call] = []
    for call in calls[first:]:
        fd = call.arguments.partition(",")[0]
        if call.result.endswith("(INJECTED)"):
            continue
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
                if "EPOLLIN" in mask
                and watched[data] not in eventfds
                and not _is_file(watched[data], kept)
            ]
            kept += readable
        elif call.name == "write":  # its length is that of the port's digits, too
            kept.append(Call(call.name, _plain(call.arguments).rpartition(", ")[0], "its length"))
        else:
            kept.append(Call(call.name, _plain(call.arguments), _plain(call.result)))
    return kept


def _is_file(fd: str, before: list[Call]) -> bool:
    """Return whether the descriptor was a file's when it was opened last."""
    opened = [call for call in before if call.result == fd and call.name in OPENING]
    return opened[-1].name == "openat"


OPENING = ("socket", "accept4", "openat")


def _plain(text: str) -> str:
    text = re.sub(r"\b0x[0-9a-f]{6,}", "POINTER", text)
    text = re.sub(r"data=\{[^}]*\}", "data", text)
    text = re.sub(r"htons\([1-9]\d*\)", "htons(PORT)", text)
    return re.sub(r"(?<=[\d\]]):\d+", ":PORT", text)


def by_descriptor(calls: list[Call]) -> dict[str, list[str]]:
    """Sort calls by the descriptor they are about, or by name where there is none.

    In Go several goroutines may be at it at once, each in its own order.
    """
    sorted_: dict[str, list[str]] = {}
    for call in calls:
        words = call.arguments.split(", ")
        about = words[2] if call.name == "epoll_ctl" else words[0]
        sorted_.setdefault(about if about.isdecimal() else call.name, []).append(str(call))
    return sorted_


def go_command(program: Path, config: RunConfig) -> list[str]:
    """Return what runs the Go program, limits included."""
    command = [str(program), *arguments(config)]
    if config.limits.nofile is None:
        return command
    return ["sh", "-c", f'ulimit -n {config.limits.nofile}; exec "$@"', "sh", *command]


def python_command(config: RunConfig) -> list[str]:
    """Return what runs the instrumented server."""
    return [sys.executable, "-P", "-m", "walkthrough.capture.instrumented", *command_line(config)]


class Server:
    """A server under strace, and the log of its calls.

    Args:
        strace: The program.
        log: Where the log goes; what the server prints goes beside it.
        command: The server.
        inject: Calls that strace lets fail, as it is told: ``bind:error=EACCES:when=1``.
    """

    def __init__(self, strace: str, log: Path, command: list[str], inject: str = "") -> None:
        self.log = log
        self._out, self._err = log.with_suffix(".out"), log.with_suffix(".err")
        # strace empties the log when it gets to run: until then, it would be an earlier server's.
        log.unlink(missing_ok=True)
        injecting = ("-e", f"inject={inject}") if inject else ()
        # strace counts calls thread by thread: they are less often made by several; see `struck`.
        alone = {"GOMAXPROCS": "1"} if inject else {}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [strace, *STRACE, *injecting, "-o", str(log), *command],
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **alone, "PYTHONPATH": str(SOURCES)},
            )

    @property
    def printed(self) -> str:
        """What it has printed so far."""
        return self._out.read_text("utf-8")

    @property
    def complaints(self) -> str:
        """What it has printed on its standard error so far."""
        return self._err.read_text("utf-8")

    def addresses(self, count: int = 1) -> list[str]:
        """Wait until it listens on so many addresses; return them."""
        self._await(lambda: self.printed.count("listening on ") >= count, "it does not listen")
        return re.findall(r"listening on (.*)\n", self.printed)

    def port(self) -> int:
        """Wait until it listens; return the port."""
        return int(self.addresses()[0].rpartition(":")[2])

    def calls(self) -> list[Call]:
        """Return the calls so far; a last line that is being written is left out."""
        if not self.log.exists():
            return []
        return parsed(self.log.read_text("utf-8", "replace").rpartition("\n")[0])

    def wait(
        self, name: str, start: str, result: str, count: int = 1, after: str = "listen|bind"
    ) -> None:
        """Wait until so many such calls have ended since the last of those in ``after``."""

        def made() -> bool:
            calls = self.calls()
            begun = [i for i, c in enumerate(calls) if c.name in after.split("|")]
            return count <= sum(
                c.name == name and c.arguments.startswith(start) and c.result.startswith(result)
                for c in calls[begun[-1] if begun else len(calls) :]
            )

        self._await(made, f"not {count} times {name}({start}...) = {result}")

    def struck(self, name: str, ordinal: int) -> bool:
        """Wait until a call was let fail, or none will be; return whether it was the one meant.

        Which thread of a Go program makes a call is up to its scheduler.

        Args:
            name: The call's.
            ordinal: Which of all calls of that name, whichever threads make them.
        """

        def decided() -> bool:
            return self.process.poll() is not None or any(
                call.result.endswith("(INJECTED)")
                or (call.name == "accept4" and call.result.startswith("-1 EAGAIN"))
                for call in self.calls()
            )

        self._await(decided, f"{name} neither fails nor does the server accept")
        made = [call.result.endswith("(INJECTED)") for call in self.calls() if call.name == name]
        return True in made and made.index(True) == ordinal - 1

    def ended(self) -> int:
        """Wait until it has ended by itself; return its exit status."""
        return self.process.wait(SECONDS)

    def end(self) -> None:
        """Kill the server; strace ends with it."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        deadline = time.monotonic() + SECONDS
        while self.process.poll() is None:  # until it is the server, not a trial by strace
            for pid in children.read_text("ascii").split():
                with contextlib.suppress(ProcessLookupError):  # it ends by itself
                    os.kill(int(pid), signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.1)
            assert time.monotonic() < deadline, "strace does not end"

    def _await(self, reached: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not reached():
            if time.monotonic() > deadline or self.process.poll() not in (None, 0, 1):
                raise AssertionError(f"{otherwise}; see {self.log}: {self.complaints}")
            time.sleep(0.01)


def config(network: str, *addresses: str, options: ServerOptions | None = None) -> RunConfig:
    return RunConfig("", network, addresses, options or ServerOptions())


def program(config: RunConfig) -> Path:
    """Build the Go program, or take it from the cache."""
    nothing = Texts({"en": "x", "zh": "x"})
    scenario = Scenario(
        name="",
        title=nothing,
        summary=nothing,
        network=config.network,
        address=config.addresses[0],
        end=End(when="server idle"),
        server=config.options,
    )
    try:
        go = find_go()
    except CaptureError as error:
        need(False, f"no Go to compare with: {error}")
    supported = number(go.version) >= FOLLOWED
    need(supported, f"the server follows Go {FOLLOWED[0]}.{FOLLOWED[1]} and later")
    return build_server(go, source_of(scenario), lambda line: None)


class Both:
    """Runs both servers, one after the other, through the same conversation; kills both at exit."""

    def __init__(self, strace: str, folder: Path) -> None:
        self._strace = strace
        self._folder = folder
        self._servers: list[Server] = []

    def __enter__(self) -> "Both":
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.end()

    def __call__(
        self, config: RunConfig, converse: Callable[[Server], None], inject: str = ""
    ) -> tuple[Server, Server]:
        """Return the servers, Go's first.

        Args:
            config: What they are told; the faults in it are the instrumented server's.
            converse: Called with each.
            inject: What strace is to do to Go's instead.
        """
        go, python = go_command(program(config), config), python_command(config)
        call, _, rest = inject.partition(":")
        ordinal = int(rest.rpartition("=")[2] or 0)
        for _ in range(ATTEMPTS):
            first = self._start("go", go, inject)
            if not inject or first.struck(call, ordinal):
                break
            first.end()  # several threads made the call: strace let another one fail, or none
        converse(first)
        first.end()
        second = self._start("python", python)
        converse(second)
        second.end()
        return first, second

    def _start(self, name: str, command: list[str], inject: str = "") -> Server:
        self._servers.append(Server(self._strace, self._folder / name, command, inject))
        return self._servers[-1]


def calls_of(servers: tuple[Server, Server]) -> tuple[list[Call], list[Call]]:
    go, python = servers
    return normalised(go.calls()), normalised(python.calls())


def without_ports(text: str) -> str:
    return re.sub(r"(?<=[\d\]]):\d+", ":PORT", text)


def connect(server: Server, host: str = "127.0.0.1", listener: int = 1) -> socket.socket:
    address = server.addresses(listener)[listener - 1]
    if address.startswith("/"):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(SECONDS)
        client.connect(address)
        return client
    return socket.create_connection((host, int(address.rpartition(":")[2])), SECONDS)


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
