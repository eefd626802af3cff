"""The Go server under the tracer, held against strace of the same binary."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from tests.support.time_limits import SLOWED, limit
from walkthrough.formatting import strace_lines as notation
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    ClientActed,
    FunctionEntered,
    FunctionReturned,
    KernelObserved,
    OutputWritten,
    SpanCutOff,
    begins_stage,
)
from walkthrough.model.stages import Stage, Step
from walkthrough.recording.file import load

pytestmark = pytest.mark.live

# epoll_pwait is left out: how often an idle thread polls is up to the scheduler, and differs
# between two runs of strace as well.
COMPARED = ("socket", "bind", "listen", "epoll_create1", "epoll_ctl", "accept4")
STAGES = [
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


def record(path: Path, server: str = "go") -> list[AnyEvent]:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "walkthrough",
            "record",
            "first-connection",
            "-o",
            path,
            "--server",
            server,
            *SLOWED,
        ],
        check=True,
        timeout=limit(90),
    )
    return [event for _, event in load(path)]


@pytest.fixture(scope="module")
def events(go_server: Path, tmp_path_factory: pytest.TempPathFactory) -> list[AnyEvent]:
    return record(tmp_path_factory.mktemp("recording") / "f.jsonl")


def test_the_stages_come_in_the_machines_order(events: list[AnyEvent]) -> None:
    assert [event.stage for event in events if begins_stage(event)] == STAGES


def test_every_span_is_closed_or_cut_off(events: list[AnyEvent]) -> None:
    opened = [e.span for e in events if isinstance(e, FunctionEntered | CallEntered)]
    closed = [e.span for e in events if isinstance(e, FunctionReturned | CallReturned | SpanCutOff)]
    assert sorted(opened, key=str) == sorted(closed, key=str)
    assert len(set(opened)) == len(opened)


def test_every_call_on_the_path_knows_its_function_and_goroutine(events: list[AnyEvent]) -> None:
    calls = [e for e in events if isinstance(e, CallEntered | CallReturned) and not e.quiet]
    assert calls
    for call in calls:
        assert call.function, call
        assert call.goroutine is not None, call
        assert call.source is not None, call
        assert call.parent is not None, call


def test_arguments_and_results_are_decoded(events: list[AnyEvent]) -> None:
    entered = next(e for e in events if isinstance(e, FunctionEntered) and e.mark == "listen")
    assert (entered.arguments[0].name, entered.arguments[0].value) == ("s", 3)
    assert isinstance(entered.arguments[1].value, int)
    assert entered.source is not None
    assert entered.source.file.startswith("syscall/")
    assert entered.caller is not None
    assert entered.caller.file == "net/sock_posix.go"
    returned = next(e for e in events if isinstance(e, FunctionReturned) and e.mark == "sysSocket")
    assert [a.value for a in returned.results] == [3, None]


def test_the_client_waits_in_the_accept_queue_before_anyone_accepts(
    events: list[AnyEvent],
) -> None:
    at = next(
        n for n, e in enumerate(events) if isinstance(e, ClientActed) and e.action == "connect"
    )
    view = next(e for e in events[at:] if isinstance(e, KernelObserved)).state
    listener = next(s for s in view.sockets if s.state == "LISTEN")
    assert listener.accept_queue == 1
    waiting = next(s for s in view.sockets if s.owner == "queue")
    assert waiting.state == "ESTABLISHED"
    accepted = [
        n
        for n, e in enumerate(events)
        if isinstance(e, CallReturned) and e.call == "accept4" and e.error is None
    ]
    assert accepted[0] > at


def test_accept_tries_parks_wakes_and_tries_again(events: list[AnyEvent]) -> None:
    found = [
        (e.step, "error" if e.error else "ok") if isinstance(e, CallReturned) else e.function
        for e in events
        if (isinstance(e, CallReturned) and e.call == "accept4")
        or (isinstance(e, FunctionEntered) and e.function == "runtime.gopark" and e.stage)
    ]
    assert found[:3] == [(Step.ACCEPT4, "error"), "runtime.gopark", (Step.ACCEPT4, "ok")]


def test_what_the_server_prints_is_kept(events: list[AnyEvent]) -> None:
    printed = b"".join(e.data for e in events if isinstance(e, OutputWritten))
    assert printed.startswith(b"listening on 127.0.0.1:")
    assert b"hello from the first client" in printed


def test_the_recording_names_nothing_of_this_machine(events: list[AnyEvent]) -> None:
    text = b"\n".join(msgspec.json.encode(event) for event in events).decode()
    for folder in (str(Path.home()), str(Path(sys.prefix)), str(Path(__file__).parents[3])):
        assert folder not in text or folder == "/"
    end = events[-1]
    assert isinstance(end, CaptureEnded)
    assert end.reason == "finished"


def normal(line: str) -> str:
    """Replace what differs from run to run: ports, pointers, epoll's user data."""
    line = re.sub(r"htons\(\d+\)", "htons(PORT)", line)
    line = re.sub(r"data=\{u32=\d+, u64=\d+\}", "data=DATA", line)
    line = re.sub(r"0x[0-9a-f]+", "POINTER", line)
    return re.sub(r"\s+=", " =", line).strip()


def ours(events: list[AnyEvent]) -> list[str]:
    entered = {e.span: e for e in events if isinstance(e, CallEntered)}
    return [
        normal(notation.line(entered[e.span], e))
        for e in events
        if isinstance(e, CallReturned) and e.call in COMPARED
    ]


@pytest.fixture
def strace_log(go_server: Path, strace: str, tmp_path: Path) -> list[str]:
    """strace's own lines for the same conversation with the same binary."""
    log = tmp_path / "strace.log"
    command = [strace, "-f", "-o", str(log), "-e", "trace=" + ",".join([*COMPARED, "read"])]
    server = subprocess.Popen(
        [*command, str(go_server), "tcp", "127.0.0.1:0"], stdout=subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline().rsplit(b":", 1)[1])

        def until(pattern: str, times: int) -> None:
            deadline = time.monotonic() + limit(30)
            # A line without its end is a call that has not returned, and may never.
            while (
                sum(bool(re.match(pattern, line)) for line in joined(whole_lines(log.read_text())))
                < times
            ):
                assert time.monotonic() < deadline, f"{pattern!r} never came {times} times"
                assert server.poll() is None

        until(r"accept4\(3, .*EAGAIN", 1)
        with socket.create_connection(("127.0.0.1", port), timeout=limit(10)) as client:
            until(r"accept4\(3, .*EAGAIN", 2)
            until(r"read\(4, .*EAGAIN", 1)
            client.sendall(b"hello from the first client\n")
            client.shutdown(socket.SHUT_WR)
            until(r"epoll_ctl\(5, EPOLL_CTL_DEL", 2)
    finally:
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        server.wait(limit(10))
    return [line for line in joined(log.read_text()) if line.split("(")[0] in COMPARED]


def whole_lines(text: str) -> str:
    return text[: text.rfind("\n") + 1]


def joined(text: str) -> list[str]:
    """Join the halves of calls that strace had to break off, and drop its thread ids."""
    pending: dict[str, str] = {}
    lines = []
    for raw in text.splitlines():
        thread, _, line = raw.partition(" ")
        line = line.strip()
        if line.endswith(" <unfinished ...>"):
            pending[thread] = line.removesuffix(" <unfinished ...>")
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", line):
            line = pending.pop(thread) + resumed[1]
        if "(" in line and not line.endswith("= ?"):
            lines.append(normal(line))
    return lines


def test_number_and_order_of_calls_are_straces(
    events: list[AnyEvent], strace_log: list[str]
) -> None:
    assert ours(events) == strace_log
