"""What running strace is made of: its log as it grows, moments of a run, a pipe of one slot."""

import os
import subprocess
import sys
from collections import Counter

import pytest

from walkthrough.capture.environment import doctor
from walkthrough.capture.environment.doctor import DoctorResult
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.strace import strace_program
from walkthrough.capture.strace.blocking_pipe import BlockingPipe
from walkthrough.capture.strace.cues import InjectedFault, RunProgress, record_cues
from walkthrough.capture.strace.log_follower import LogFollower
from walkthrough.model.events import AnyEvent, CallReturned, ClientActed
from walkthrough.model.linux import constants as k
from walkthrough.model.values import Argument
from walkthrough.recording.file import load as load_recording
from walkthrough.scenario.loader import load, server_folder


def followed(*written: str) -> list[tuple[bytes, str, str, str]]:
    log = LogFollower()
    calls = [call for each in written for call in log.feed(each.encode())]
    return [(call.thread, call.name, call.first, call.result) for call in calls]


@pytest.mark.parametrize(
    ("written", "calls"),
    [
        (("listen(3, 4096)             = 0\n",), [(b"", "listen", "3", "0")]),
        (("[pid 12] close(4", ")  = 0\n"), [(b"12", "close", "4", "0")]),
        (("[pid    12] close(4",), []),
        (
            (
                "[pid 1] accept4(3,  <unfinished ...>\n[pid 2] read(4,  <unfinished ...>\n",
                "[pid 1] <... accept4 resumed>NULL, NULL, 0) = -1 EAGAIN (Resource ...)\n",
                '[pid 2] <... read resumed>"=", 9) = 1\n',
            ),
            [(b"1", "accept4", "3", "-1 EAGAIN (Resource ...)"), (b"2", "read", "4", "1")],
        ),
        (('write(1, "a = b\\n", 6) = 6\n',), [(b"", "write", "1", "6")]),
        (("epoll_create1(EPOLL_CLOEXEC) = 5\n",), [(b"", "epoll_create1", "EPOLL_CLOEXEC", "5")]),
        (("[pid 1] exit_group(0) = ?\n",), [(b"1", "exit_group", "0", "?")]),
        (("--- SIGURG {si_signo=SIGURG} ---\n+++ exited with 0 +++\n",), []),
        (("strace: Process 7 attached\n", "\n", "\x00\xff\n", "(=\n", "a(\n"), []),
        (("<... read resumed>) = 0\n",), [(b"", "read", "", "0")]),
    ],
)
def test_a_log_tells_the_calls_that_have_returned(
    written: tuple[str, ...], calls: list[tuple[bytes, str, str, str]]
) -> None:
    assert followed(*written) == calls


def test_a_log_tells_lines_and_what_strace_made_fail() -> None:
    log = LogFollower()
    calls = log.feed(b"execve() = 0\n--- SIGURG {} ---\nbind(3) = -1 EACCES (Denied) (INJECTED)\n")
    assert [(call.line, call.injected) for call in calls] == [(1, False), (3, True)]


@pytest.mark.parametrize(
    ("calls", "counts"),
    [
        # what the language does before the first socket does not count
        ([("openat", "-100", "3"), ("socket", "2", "3"), ("read", "3", "0")], "socket read"),
        ([("socket", "2", "3"), ("epoll_pwait", "5", "0")], "socket"),
        # the eventfd is how a program wakes itself
        (
            [
                ("socket", "2", "3"),
                ("eventfd2", "0", "6"),
                ("write", "6", "8"),
                ("write", "1", "8"),
            ],
            "socket eventfd2 write",
        ),
    ],
)
def test_progress_counts_what_every_run_has(calls: list[tuple[str, str, str]], counts: str) -> None:
    progress = RunProgress()
    for call in calls:
        progress.returned(*call)
    assert progress.counts == Counter(counts.split())


def test_progress_begins_with_a_socket_that_was_inherited() -> None:
    progress = RunProgress(2)
    for call in (("read", "5", "8"), ("fcntl", "4", "6"), ("epoll_ctl", "8", "0")):
        progress.returned(*call)
    assert (progress.start, progress.counts) == (Counter(["read"]), Counter(["fcntl", "epoll_ctl"]))
    found = record_cues(
        load("herd"), [returned("fcntl", 3, 5), returned("accept4", 5, -1, "EAGAIN")]
    )
    assert found.end == Counter(["fcntl", "accept4"])


def test_whoever_acts_before_a_call_that_blocks_acts_at_rest() -> None:
    recording = load_recording(server_folder().parent / "inherited-listener" / "recording.jsonl")
    events = [event for _, event in recording]
    found = record_cues(load("inherited-listener"), events)
    assert [cue.rests for cue in found.cues] == [False, False, False, True, False, False]
    burst = load_recording(server_folder().parent / "burst" / "recording.jsonl")
    acts = record_cues(load("burst"), [event for _, event in burst]).cues
    assert [cue.rests for cue in acts] == [cue.action.point.is_about_rest for cue in acts]


def test_progress_reaches_a_moment_once_every_call_has_come() -> None:
    progress = RunProgress()
    progress.returned("socket", "2", "3")
    assert progress.reaches(Counter(["socket"]))
    assert not progress.reaches(Counter(["socket", "bind"]))
    progress.returned("bind", "3", "0")
    progress.returned("listen", "3", "0")
    assert progress.reaches(Counter(["socket", "bind"])), "beyond it is there as well"


def returned(call: str, fd: int, result: int, errno: str = "") -> CallReturned:
    error = next((k.constant(k.ERRNO, n) for n, name in k.ERRNO.items() if name == errno), None)
    return CallReturned(
        seq=0,
        time_ns=0,
        call=call,
        arguments=(Argument("fd", fd),),
        result=result,
        error=error,
        injected=bool(errno),
    )


def test_a_recording_tells_when_clients_acted_and_what_failed() -> None:
    scenario = load("burst")  # five connect, then five close
    events: list[AnyEvent] = [
        returned("read", 3, 8),
        returned("socket", 2, 3),
        *(ClientActed(seq=0, time_ns=0, client=n, action="connect") for n in (1, 2, 3, 4, 5)),
        returned("epoll_ctl", 5, -1, "ENOSPC"),
        ClientActed(seq=0, time_ns=0, client=1, action="close"),
    ]
    found = record_cues(scenario, events)
    assert [(cue.acted.client, cue.action.do.value) for cue in found.cues] == [
        *((n, "connect") for n in (1, 2, 3, 4, 5)),
        (1, "close"),
    ]
    assert found.cues[0].counts == Counter(["socket"])
    assert found.cues[5].counts == Counter(["socket", "epoll_ctl"]) == found.end
    assert found.start == Counter(["read"])
    assert found.faults == (InjectedFault("epoll_ctl", "ENOSPC", 1),)


WRITER = """
import os, sys
os.set_blocking(2, False)
for word in (b"first", b"second", b"third"):
    while True:
        try:
            os.write(2, word)
            break
        except BlockingIOError:
            print("full", word.decode(), flush=True)
            sys.stdin.readline()
"""


def test_a_tap_lets_nothing_be_written_before_the_last_write_was_taken() -> None:
    tap = BlockingPipe()
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER],
        stderr=tap.writing,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    tap.writer_started()
    assert writer.stdout is not None
    assert writer.stdin is not None
    try:
        assert tap.look(30) == b"first"
        assert writer.stdout.readline() == "full second\n"
        assert tap.look(0) == b"first", "looking takes nothing out"
        assert tap.take() == b"first"
        assert tap.look(0) is None
        for word, following in (("second", "full third\n"), ("third", "")):
            writer.stdin.write("\n")
            writer.stdin.flush()
            assert tap.look(30) == word.encode()
            assert writer.stdout.readline() == following
            assert tap.take() == word.encode()
        assert tap.look(30) == b"", "the writer is gone"
    finally:
        writer.kill()
        writer.communicate()
        tap.close()
        tap.close()


def test_a_tap_gives_its_descriptors_back() -> None:
    before = set(os.listdir("/proc/self/fd"))
    BlockingPipe().close()
    assert set(os.listdir("/proc/self/fd")) == before


def finds(monkeypatch: pytest.MonkeyPatch, path: str | None, **found: DoctorResult) -> str:
    monkeypatch.setattr(strace_program, "find_program", lambda name: path)
    monkeypatch.setattr(
        strace_program, "examine_one", lambda name: found.get(name) or doctor.examine_one(name)
    )
    with pytest.raises(CaptureError) as error:
        strace_program.find()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_without_strace_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "apt install strace" in finds(monkeypatch, None)


def test_what_forbids_tracing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    denied = DoctorResult(
        "ptrace", False, "ptrace was refused: Yama allows it to root only", "Ask."
    )
    assert "Yama allows it to root only" in finds(monkeypatch, "/usr/bin/strace", ptrace=denied)


@pytest.mark.parametrize(
    ("version", "said"),
    [(None, "again"), ("", "again"), ("4.26", "strace 4.26 is too old")],
)
def test_a_strace_that_is_of_no_use_is_refused(
    monkeypatch: pytest.MonkeyPatch, version: str | None, said: str
) -> None:
    allowed = DoctorResult("ptrace", True, "a child can be traced")
    monkeypatch.setattr(strace_program, "strace_version", lambda program: version)
    assert said in finds(monkeypatch, "/usr/bin/strace", ptrace=allowed)


def test_elsewhere_than_on_linux_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(CaptureError, match="a program of Linux"):
        strace_program.find()


def test_what_strace_says_when_it_may_not_attach_is_passed_on_made_printable() -> None:
    theirs, ours = os.pipe()
    os.write(ours, b"strace: attach: ptrace(PTRACE_SEIZE, 7): \x1b[31mOperation not permitted\n")
    os.close(ours)
    try:
        with pytest.raises(CaptureError, match=r"\\x1b\[31mOperation not permitted\)"):
            strace_program.await_attached(theirs)
    finally:
        os.close(theirs)
