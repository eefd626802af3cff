"""A recording as an strace log: what it contains, and that all of it can be read again."""

import io
import re
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from msgspec.structs import replace

from tests.support.process_logs import history_of_log
from tests.support.strategies import event_lists
from walkthrough.cli import main
from walkthrough.export.strace import to_strace
from walkthrough.formatting.strace_lines import call, result
from walkthrough.model.events import (
    AnyEvent,
    CallEntered,
    CallReturned,
    CaptureEnded,
    DetailEnded,
    Header,
    ProcessExited,
    ProcessStarted,
    SignalDelivered,
    SpanCutOff,
)
from walkthrough.model.linux import constants as k
from walkthrough.model.values import (
    Argument,
    Constant,
    Data,
    Flags,
    Pointer,
    SocketAddress,
    Spelled,
    Text,
    Value,
)
from walkthrough.recording.file import RecordingError, RecordingWriter, load
from walkthrough.recording.output import OutputTarget
from walkthrough.scenario.loader import find, names
from walkthrough.state.history import History
from walkthrough.strace_log import log
from walkthrough.strace_log.events import to_events
from walkthrough.strace_log.model import LineKind

HEADER = Header(server="go", pid=70, started="2026-09-01T10:00:00.250000Z")
START = 1788256800
"""The same moment without the quarter of a second, in seconds since 1970."""
MILLI = 1_000_000
END = CaptureEnded(seq=0, time_ns=0, reason="finished")


def written(path: Path, *events: AnyEvent, header: Header = HEADER) -> Path:
    with RecordingWriter(OutputTarget(path, force=True), header) as writer:
        for seq, event in enumerate(events):
            writer.write(replace(event, seq=seq))
    return path


def exported(path: Path, *events: AnyEvent, header: Header = HEADER) -> list[str]:
    out = io.BytesIO()
    to_strace(written(path / "one.jsonl", *events, header=header), out)
    return out.getvalue().decode("ascii").splitlines()


def shipped(name: str) -> Path:
    return find(name) / "recording.jsonl"


def entered(name: str, at: int, thread: int = 71, span: int = 1, **arguments: Value) -> CallEntered:
    given = tuple(Argument(name, value) for name, value in arguments.items())
    return CallEntered(seq=0, time_ns=at, thread=thread, span=span, call=name, arguments=given)


def returned(
    begun: CallEntered, at: int, value: int, error: int = 0, injected: bool = False
) -> CallReturned:
    return CallReturned(
        seq=0,
        time_ns=at,
        thread=begun.thread,
        span=begun.span,
        call=begun.call,
        arguments=begun.arguments,
        result=-1 if error else value,
        error=k.constant(k.ERRNO, error) if error else None,
        injected=injected,
    )


def test_a_call_is_a_line(tmp_path: Path) -> None:
    close = entered("close", 5 * MILLI, fd=3)
    address = SocketAddress("AF_INET", "127.0.0.1", 80)
    bind = entered("bind", 2_800 * MILLI, sockfd=3, addr=address, addrlen=16)
    assert exported(
        tmp_path,
        close,
        returned(close, 6_042_000, 0),
        bind,
        returned(bind, 2_801 * MILLI, 0, error=98, injected=True),
    ) == [
        f"71    {START}.255000 close(3)        = 0 <0.001042>",
        f"71    {START + 3}.050000 bind(3, {{sa_family=AF_INET, sin_port=htons(80), "
        'sin_addr=inet_addr("127.0.0.1")}, 16) = -1 EADDRINUSE (Address already in use) '
        "(INJECTED) <0.001000>",
    ]


def test_who_waits_stands_behind_whom_it_let_pass(tmp_path: Path) -> None:
    wait = entered("epoll_pwait", 1 * MILLI, thread=72, epfd=4)
    close = entered("close", 2 * MILLI, span=2, fd=3)
    lines = exported(
        tmp_path, wait, close, returned(close, 3 * MILLI, 0), returned(wait, 4 * MILLI, 1)
    )
    assert lines == [
        f"71    {START}.252000 close(3)        = 0 <0.001000>",
        f"72    {START}.251000 epoll_pwait(4)  = 1 <0.003000>",
    ]


def test_a_call_without_an_end_is_told_at_the_programs_end(tmp_path: Path) -> None:
    read = entered("read", MILLI, fd=4, buf=Pointer(0xC000), count=512)
    cut = entered("accept", 2 * MILLI, thread=72, span=2, sockfd=3)
    lines = exported(
        tmp_path,
        read,
        cut,
        SpanCutOff(seq=0, time_ns=3 * MILLI, thread=72, span=2, reason="killed"),
        ProcessExited(seq=0, time_ns=4 * MILLI, pid=70, signal=Constant("SIGKILL", 9)),
        END,
    )
    assert lines == [
        f"72    {START}.252000 accept(3 <unfinished ...>) = ?",
        f"71    {START}.251000 read(4,  <unfinished ...>) = ?",
        f"70    {START}.254000 +++ killed by SIGKILL +++",
    ]
    assert exported(tmp_path, read, END) == lines[1:2]


def test_what_is_no_call(tmp_path: Path) -> None:
    command = ("server", "tcp", "\x1b[2J\n")
    assert exported(
        tmp_path,
        ProcessStarted(seq=0, time_ns=0, pid=70, thread=70, command=command),
        SignalDelivered(seq=0, time_ns=MILLI, thread=71, signal=Constant("SIGUSR1", 10)),
        ProcessExited(seq=0, time_ns=2 * MILLI, pid=70, code=3),
    ) == [
        f'70    {START}.250000 execve("server", ["server", "tcp", "\\33[2J\\n"], '
        "0x0 /* 0 vars */) = 0",
        f"71    {START}.251000 --- SIGUSR1 {{si_signo=SIGUSR1}} ---",
        f"70    {START}.252000 +++ exited with 3 +++",
    ]


@pytest.mark.parametrize("started", ["", "yesterday", "9999-99-99", "-0001-01-01T00:00:00Z"])
def test_without_a_wall_clock_times_count_from_the_beginning(tmp_path: Path, started: str) -> None:
    close = entered("close", MILLI, fd=3)
    lines = exported(tmp_path, close, header=Header(server="go", pid=70, started=started))
    assert lines == ["71    0.001000 close(3 <unfinished ...>) = ?"]


def test_what_the_reader_should_know_is_said(tmp_path: Path) -> None:
    free = DetailEnded(seq=0, time_ns=0)
    assert to_strace(written(tmp_path / "whole.jsonl", END), io.BytesIO()) == ""
    found = to_strace(written(tmp_path / "free.jsonl", free, END), io.BytesIO())
    assert str(found).startswith("From event 0 on the recording holds no system calls")
    torn = load(written(tmp_path / "torn.jsonl", free))
    assert "has no end" in str(to_strace(torn, io.BytesIO()))
    with pytest.raises(RecordingError, match="no such file"):
        to_strace(tmp_path / "none.jsonl", io.BytesIO())


@given(event_lists())
def test_any_recording_becomes_a_log_of_which_every_line_is_understood(
    tmp_path_factory: pytest.TempPathFactory, events: list[AnyEvent]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    with RecordingWriter(OutputTarget(path, force=True), HEADER) as writer:
        for event in events:
            writer.write(event)
    out = io.BytesIO()
    to_strace(path, out)
    assert re.fullmatch(rb"(?:[ -~]+\n)*", out.getvalue())
    lines = out.getvalue().splitlines(keepends=True)
    read = log.parse(lines)
    assert read.unknown == 0, read.remarks
    begun = sum(isinstance(event, CallEntered) for event in events)
    assert begun <= len(read.calls) <= len(lines)


@pytest.mark.parametrize(
    "hostile",
    [
        ") = 0",
        " <unfinished ...>",
        "0",
        "<... close resumed>) = 0",
        ") = ? <detached ...>",
        '"',
        "/* ",
        "[{(",
        ") = 1 <0.000001>\n+++ exited with 0 +++",
        "\x1b[2J\u202e\u00e9\ud7ff",
    ],
)
def test_no_text_makes_a_line_something_else(tmp_path: Path, hostile: str) -> None:
    values: list[Value] = [
        Spelled(hostile),
        Constant(hostile, 1),
        Text(hostile),
        Flags((hostile,), 1),
    ]
    for value in values:
        begun = entered(hostile, 0, a=value, b=3)
        lines = exported(tmp_path, begun, returned(begun, MILLI, 5))
        assert len(lines) == 1
        read = log.parse(lines)
        assert (len(read.calls), read.unknown) == (1, 0)
        assert isinstance(value, Spelled) or not read.calls[0].cut


ONE_LINE = re.compile(r"(\d+) +(\d+\.\d{6}) (\w+)\((.*)\)\s+= (.*?)(?: <(\d+\.\d{6})>)?")
"""How programs that read strace's logs line by line see a call."""


@pytest.mark.parametrize("name", names())
def test_the_recordings_are_read_again_whole(name: str) -> None:
    recording = load(shipped(name))
    out = io.BytesIO()
    to_strace(recording, out)
    read = log.parse(out.getvalue().splitlines(keepends=True))
    ends = {event.span: event for _, event in recording if isinstance(event, CallReturned)}
    begun = [event for _, event in recording if isinstance(event, CallEntered)]
    seen = {
        (each.thread, call(each, end), result(each, end))
        for each in begun
        if (end := ends.get(each.span)) is not None
    }
    found = [each for each in read.calls if each.name != "execve"]
    assert (read.unknown, len(found)) == (0, len(begun))
    assert seen == {
        (one.thread, f"{one.name}({one.arguments})", one.result)
        for one in found
        if one.result != "?"
    }
    assert {other.kind for other in read.others} <= {
        LineKind.SIGNAL,
        LineKind.EXITED,
        LineKind.KILLED,
    }
    lines = out.getvalue().decode().splitlines()
    calls = [line for line in lines if not re.search(r" [-+]{3} ", line)]
    assert all(ONE_LINE.fullmatch(line) for line in calls)
    assert len(calls) == len(read.calls)


def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    with RecordingWriter(OutputTarget(path, force=True), HEADER) as writer:
        for seq in range(0, 20_000, 2):
            write = entered("write", seq, span=seq, fd=1, buf=Data(b"x" * 500, 500), count=500)
            done = returned(write, seq + 1, 500)
            writer.write(replace(write, seq=seq))
            writer.write(replace(done, seq=seq + 1))
    with (tmp_path / "out.log").open("wb") as out:
        tracemalloc.start()
        to_strace(path, out)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert path.stat().st_size > 10_000_000
    assert peak < 1_000_000


def test_the_command(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    recording = str(shipped("first-connection"))
    assert main(["export", recording, "--to", "strace", "-o", str(tmp_path / "out.log")]) == 0
    assert main(["export", recording, "--to", "strace"]) == 0
    assert capsysbinary.readouterr().out == (tmp_path / "out.log").read_bytes()
    assert main(["export", str(tmp_path / "none"), "--to", "strace"]) == 2
    assert b"no such file" in capsysbinary.readouterr().err
    assert main(["export", str(tmp_path / "out.log"), "--to", "strace"]) == 2
    assert b"is not a recording" in capsysbinary.readouterr().err


@pytest.mark.parametrize("name", ["nginx", "prefork"])
def test_a_log_of_several_processes_is_read_again(name: str, tmp_path: Path) -> None:
    history = history_of_log(name)
    events = [history.event(index) for index in range(len(history))]
    names = tuple(dict.fromkeys(e.call for e in events if isinstance(e, CallEntered)))
    header = replace(history.header, calls=names)
    path = written(tmp_path / "walk.jsonl", *events, header=header)
    out = io.BytesIO()
    to_strace(path, out)
    (tmp_path / "walk.log").write_bytes(out.getvalue())
    again = History.of(*to_events(log.load(tmp_path / "walk.log")))
    first = again.world(len(again) - 1)
    last = history.world(len(history) - 1)
    assert {pid: (each.parent, each.alive, each.code) for pid, each in first.processes.items()} == {
        pid: (each.parent, each.alive, each.code) for pid, each in last.processes.items()
    }

    def calls(one: History) -> Counter[tuple[str, int | None]]:
        told = (one.event(index) for index in range(len(one)))
        return Counter((e.call, e.process) for e in told if isinstance(e, CallEntered))

    # A capture does not see the call by which its first program began, so that is told as well.
    assert calls(again) - calls(history) == Counter({("execve", None): 1})
    # What a process was in the middle of is told where it ends, and no other's.
    for pid in last.processes:
        mine = [line for line in out.getvalue().decode().splitlines() if line.startswith(str(pid))]
        assert "+++ exited" in mine[-1]


def test_a_process_that_was_made_unseen_is_made_in_the_log(tmp_path: Path) -> None:
    made = ProcessStarted(
        seq=0, time_ns=0, thread=80, process=80, pid=80, parent_pid=71, origin="fork"
    )
    lines = exported(tmp_path, made, ProcessExited(seq=1, time_ns=5, process=80, pid=80, code=2))
    assert lines[0].startswith("71 ")
    assert lines[0].endswith("clone(child_stack=NULL, flags=SIGCHLD) = 80")
    assert lines[1].startswith("80 ")
    assert lines[1].endswith("+++ exited with 2 +++")
