"""What a tracer that was killed with its guardian has left in programs, and how it is cleaned up.

The programs are in Python: they map a page and write breakpoints into themselves, as a tracer would
have done, and have copies of both in what they fork.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from attach_load import ProcessState, objections, state_of
from tests.support.isolated import until
from tests.support.need import need_protection
from walkthrough.capture.kernel.thread_status import children_of, thread_status, threads_of
from walkthrough.capture.ptrace.guardian import Guardian, PageReady
from walkthrough.capture.ptrace.handler_protection import HandlerProtection
from walkthrough.capture.ptrace.restoration import Restoration, pages_in, put_back_remains
from walkthrough.capture.ptrace.tracer import PtraceTracer

pytestmark = [pytest.mark.live, pytest.mark.attaches]

SCRIPT = """
import ctypes, mmap, os, struct, sys
from walkthrough.capture.ptrace.handler_page import Breakpoint, HandlerPage

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, *[ctypes.c_size_t] * 5]
body = bytes.fromhex("558d04bd050000005dc3")  # 4 * edi + 5
program = libc.mmap(0x700000000000, 4096, 7, 0x32, 0, 0)
ctypes.memmove(program, body, len(body))
function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(program)


def serve():
    while asked := sys.stdin.buffer.raw.read(1):
        os.write(1, b"%d\\n" % function(ord(asked)))


def be_left(at):
    # as a tracer leaves it: the handler, its page, the scratch page, and the breakpoints
    page = libc.mmap(at, 8192, 7, 0x32, 0, 0)
    before = ctypes.create_string_buffer(32)
    assert libc.syscall(13, 5, None, before, 8) == 0
    found = (Breakpoint(program, b"\\x55"), Breakpoint(program + 9, b"\\xc3"))
    made = HandlerPage(page, 4096, before.raw, found)
    ctypes.memmove(page, made.content(), 4096)
    assert libc.mprotect(ctypes.c_void_p(page), 4096, 5) == 0
    assert libc.mprotect(ctypes.c_void_p(page + 4096), 4096, 3) == 0
    assert libc.syscall(13, 5, made.action(), None, 8) == 0
    for each in found:
        ctypes.memmove(each.address, b"\\xcc", 1)


def restrict_calls():
    # rt_sigaction(2) is to end the program: BPF_LD|W|ABS 0, BPF_JEQ 13, BPF_RET KILL, BPF_RET ALLOW
    lines = ((0x20, 0, 0, 0), (0x15, 0, 1, 13), (6, 0, 0, 0x80000000), (6, 0, 0, 0x7FFF0000))
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *line) for line in lines))
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, struct.pack("<HxxxxxxQ", 4, ctypes.addressof(code)), 0, 0) == 0


os.write(1, b"up\\n")
sys.stdin.buffer.raw.read(1)
for number in range(int(sys.argv[1])):
    be_left(0x710000000000 - number * 0x1000000)
if sys.argv[2] == "restricted":
    restrict_calls()
os.write(1, b"left\\n")
os.fork()
os.write(1, b"forked\\n")
serve()
"""


class Left(NamedTuple):
    """A program with its child, each with pages and breakpoints that nobody answers for.

    Attributes:
        process: The program; whichever of them reads a byte answers.
        child: Its child.
        before: How it was before.
    """

    process: "subprocess.Popen[bytes]"
    child: int
    before: ProcessState


def left(pages: int, calls: str = "all") -> Iterator[Left]:
    need_protection()
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(pages), calls],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        before = state_of(process.pid, with_actions=True)
        process.stdin.write(b"x")
        process.stdin.flush()
        said = [process.stdout.readline() for _ in range(3)]
        assert said == [b"left\n", b"forked\n", b"forked\n"]
        (child,) = children_of(process.pid)
        try:
            yield Left(process, child, before)
        finally:
            os.kill(child, signal.SIGKILL)
            process.kill()


@pytest.fixture
def once() -> Iterator[Left]:
    """One in which a single page was left."""
    yield from left(1)


@pytest.fixture
def three_times() -> Iterator[Left]:
    """One in which three were, each by a tracer that knew nothing of the others."""
    yield from left(3)


@pytest.fixture
def restricted() -> Iterator[Left]:
    """One that has restricted its own calls since."""
    yield from left(1, "restricted")


def serves(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    for number in range(20):
        process.stdin.write(bytes([number + 1]))
        process.stdin.flush()
        assert process.stdout.readline() == b"%d\n" % (4 * (number + 1) + 5)


def attach_and_leave(pid: int, *, with_children: bool) -> None:
    with HandlerProtection() as protection:
        tracer = PtraceTracer(follow_children=True, protection=protection)
        tracer.attach([pid], with_children=with_children)
        tracer.carry_on()
        assert tracer.detach().left == ()


def test_a_program_that_was_left_lives_on_with_its_child(once: Left) -> None:
    serves(once.process)
    assert state_of(once.process.pid, with_actions=True) != once.before
    assert [len(pages_in(pid)) for pid in (once.process.pid, once.child)] == [1, 1]


def test_who_attaches_next_cleans_up_in_the_whole_tree(once: Left) -> None:
    attach_and_leave(once.process.pid, with_children=True)
    for pid in (once.process.pid, once.child):
        assert state_of(pid, with_actions=True) == once.before
    serves(once.process)


def test_who_attaches_to_the_child_alone_cleans_up_there(once: Left) -> None:
    attach_and_leave(once.child, with_children=False)
    assert state_of(once.child, with_actions=True) == once.before
    assert len(pages_in(once.process.pid)) == 1
    serves(once.process)


def test_pages_of_several_tracers_are_taken_away_in_their_order(three_times: Left) -> None:
    pid = three_times.process.pid
    assert len(pages_in(pid)) == 3
    serves(three_times.process)
    attach_and_leave(pid, with_children=True)
    for each in (pid, three_times.child):
        assert pages_in(each) == []
        assert state_of(each, with_actions=True) == three_times.before
    serves(three_times.process)


def test_nothing_is_traced_any_longer_by_who_gives_up(
    once: Left, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that ran on, traced, would stop at its next signal, for ever."""
    pid = once.process.pid
    with monkeypatch.context() as patched:
        patched.setattr(Restoration, "_leave_page", lambda *_: False)
        put_back_remains(pid, 0.05)
    assert len(pages_in(pid)) == 1
    assert [thread_status(each).tracer for each in threads_of(pid)] == [0]
    serves(once.process)
    attach_and_leave(pid, with_children=True)
    assert state_of(pid, with_actions=True) == once.before


def test_a_guardian_cleans_up_in_what_was_forked_as_the_tracer_was_killed(once: Left) -> None:
    pid = once.process.pid
    (page,) = pages_in(pid)
    tracer = os.fork()
    if tracer == 0:
        try:
            guardian = Guardian()
            guardian.wait_until_ready()
            guardian.report(PageReady(pid, page))  # of the child it knows nothing yet
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(tracer, 0)[1]) == signal.SIGKILL
    until(lambda: not pages_in(pid) and not pages_in(once.child), "both are without it")
    until(lambda: list(objections(once.child)) == [], "nobody traces it")
    for each in (pid, once.child):
        assert state_of(each, with_actions=True) == once.before
    serves(once.process)


def test_nothing_is_done_in_the_name_of_one_that_restricts_its_calls(restricted: Left) -> None:
    pid = restricted.process.pid
    attach_and_leave(pid, with_children=True)
    serves(restricted.process)
    assert len(pages_in(pid)) == 1, "the page is left, as the handler is"
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for each in pages_in(pid)[0].breakpoints:
            memory.seek(each.address)
            assert memory.read(1) == each.instruction[:1], "the text is restored"
