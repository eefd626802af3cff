"""What is said of processes that cannot be attached to: of recorded ones, and of some that run."""

import ctypes
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.need import need
from tests.support.own_process import ORDINARY, in_child
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace import attach_checks, attach_requests
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.attach_checks import (
    OwnFacts,
    ProcessFacts,
    objection,
    page_refusal,
    refusal,
    remarks,
    seccomp_objection,
    status_of,
)
from walkthrough.capture.ptrace.tracer import PtraceTracer

# of a Go server of an ordinary user, as Linux 6.18 says it
STATUS = """Name:\tserver
Umask:\t0022
State:\tS (sleeping)
Tgid:\t700
Ngid:\t0
Pid:\t700
PPid:\t650
TracerPid:\t0
Uid:\t1000\t1000\t1000\t1000
Gid:\t1000\t1000\t1000\t1000
Groups:\t1000
NStgid:\t700
NSpid:\t700
Kthread:\t0
Threads:\t6
SigCgt:\tfffffffd7fc1feff
CapPrm:\t0000000000000000
CapEff:\t0000000000000000
NoNewPrivs:\t0
Seccomp:\t0
Seccomp_filters:\t0
"""
HERE = {"user": "user:[4026531837]", "pid": "pid:[4026531836]", "net": "net:[4026531840]"}
ALL = (1 << 41) - 1
USER = OwnFacts(900, 1000, 0, (899, 1), 0, HERE)
ROOT = OwnFacts(900, 0, ALL, (899, 1), 0, HERE)
YAMA = {scope: USER._replace(scope=scope) for scope in (1, 2, 3)}


def server(**changes: Any) -> ProcessFacts:
    """Return what /proc says of the server, with some of it changed."""
    facts = ProcessFacts(700, status_of(STATUS), 0x400000, 5000, b"", "/srv/server", 0, HERE)
    fields = {name: changes.pop(name) for name in list(changes) if name in facts._fields}
    return facts._replace(**fields, status={**facts.status, **changes})


ROOTS = server(Uid="0\t0\t0\t0", unreadable=errno.EACCES, namespaces={})


@pytest.mark.parametrize(
    ("facts", "own", "says"),
    [
        (server(), USER, None),
        (server(), ROOT, None),
        (ROOTS, ROOT, None),
        (server(), OwnFacts(700, 1000, 0, (650,)), "is walkthrough itself: attach to another"),
        (
            server(pid=703, Pid="703"),
            USER,
            "703 is a thread of process 700 (server): attach to 700",
        ),
        (server(flags=0x00208040), ROOT, "700 (server) is a thread of the kernel"),
        (server(State="Z (zombie)", Threads="1"), USER, "its parent 650 waits for it"),
        (server(State="Z (zombie)"), USER, None),  # its first thread has ended, and no other
        (server(), USER._replace(ancestors=(899, 700, 1)), "started by process 700 (server)"),
        (server(TracerPid="999999999"), USER, "traced by 999999999 (?) already"),
        (ROOTS, USER, "belongs to root: use sudo"),
        (server(Uid="1000\t1000\t0\t0"), USER, "belongs to"),  # it can become root again
        (server(), OwnFacts(900, 0, 0, ()), "start this container with --cap-add=SYS_PTRACE"),
        (server(), YAMA[1], None),  # it may have asked for us by PR_SET_PTRACER: that is tried
        (server(), YAMA[2], "ptrace_scope is 2): use sudo"),
        (server(), YAMA[3], "ptrace_scope is 3): let walkthrough start it"),
        (server(), ROOT._replace(scope=2), None),
        (server(), ROOT._replace(scope=3), "ptrace_scope is 3"),
    ],
)
def test_what_is_certain_in_advance(facts: ProcessFacts, own: OwnFacts, says: str | None) -> None:
    said = objection(facts, own)
    assert (said is None) == (says is None)
    if says is not None:
        assert says in str(said)


@pytest.mark.parametrize(
    ("facts", "own", "number", "says"),
    [
        (server(), YAMA[1], errno.EPERM, "ptrace_scope is 1): use sudo"),
        (server(CapPrm="400", unreadable=errno.EACCES), YAMA[1], errno.EPERM, "file capabilities"),
        (server(CapPrm="400", unreadable=errno.EACCES), USER, errno.EACCES, "file capabilities"),
        (server(unreadable=errno.EACCES), USER, errno.EPERM, "PR_SET_DUMPABLE"),
        (server(), USER, errno.EPERM, "AppArmor, SELinux or Landlock"),
        (server(namespaces={**HERE, "user": "user:[4026532999]"}), USER, 1, "user namespace"),
        (server(namespaces={}, unreadable=errno.EACCES), ROOT, 1, "user namespace"),
        (server(TracerPid="999999999"), ROOT, errno.EPERM, "only one tracer"),
        (server(), ROOT, errno.EIO, "cannot be traced (Input/output error): try again"),
    ],
)
def test_why_the_kernel_refused(facts: ProcessFacts, own: OwnFacts, number: int, says: str) -> None:
    assert says in str(refusal(facts, own, number))


@pytest.mark.parametrize(("mode", "objects"), [("0", False), ("1", True), ("2", True)])
def test_nothing_is_put_into_a_program_that_restricts_its_calls(mode: str, objects: bool) -> None:
    said = seccomp_objection(server(Seccomp=mode))
    assert (said is not None) == objects
    assert not objects or "its calls alone" in str(said)


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.EACCES, "SELinux's execmem, or MemoryDenyWriteExecute"),
        (errno.EPERM, "SELinux's execmem, or MemoryDenyWriteExecute"),
        (errno.ENOMEM, "no room for another page"),
        (errno.EIO, "Input/output error"),
        (0, "no thread of it stands still"),
    ],
)
def test_why_it_has_no_page(number: int, says: str) -> None:
    assert says in str(page_refusal(700, number))


def test_what_should_be_known() -> None:
    assert remarks(server(), USER) == []
    contained = server(
        State="T (stopped)",
        NSpid="700\t7",
        Seccomp="2",
        namespaces={**HERE, "net": "net:[4026532999]"},
    )
    said = [str(each) for each in remarks(contained, USER)]
    assert [each.partition(")")[2].split(",")[0].strip() for each in said] == [
        "is stopped",
        "runs in a container",
        "has a network of its own (a namespace)",
        "restricts its own system calls (seccomp)",
    ]


# processes that run

SLEEPER = "import time; print('up', flush=True); time.sleep(1000)"


@pytest.fixture
def sleeper() -> "Iterator[subprocess.Popen[bytes]]":
    need(sys.platform == "linux", "what is asked is Linux's")
    process = subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        yield process
        process.kill()


@pytest.mark.live
def test_one_that_runs_may_be_attached_to(sleeper: "subprocess.Popen[bytes]") -> None:
    facts = attach_checks.look(sleeper.pid)
    assert facts.header[:4] == b"\x7fELF"
    assert attach_checks.is_same(facts)
    assert not attach_checks.is_same(facts._replace(start_time=facts.start_time - 1))
    assert "another one has its number now" in str(attach_checks.reused(sleeper.pid))
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(CaptureError, match="attach to one that runs"):
        attach_checks.look(sleeper.pid)
    sleeper.wait()
    assert not attach_checks.is_same(facts)


@pytest.mark.live
def test_one_that_is_traced_says_by_whom(sleeper: "subprocess.Popen[bytes]") -> None:
    attach_requests.seize(sleeper.pid, pt.O_TRACESYSGOOD)
    with pytest.raises(CaptureError, match=rf"traced by {os.getpid()} \(.+\) already"):
        attach_checks.look(sleeper.pid)


@pytest.mark.live
@pytest.mark.parametrize("pid", [-1, 0, 2**31 - 1])
def test_there_is_none(pid: int) -> None:
    need(sys.platform == "linux", "what is asked is Linux's")
    with pytest.raises(CaptureError, match=f"There is no process {pid}: "):
        attach_checks.look(pid)


@pytest.mark.live
def test_we_ourselves_are_refused_and_what_started_us() -> None:
    need(sys.platform == "linux", "what is asked is Linux's")
    with pytest.raises(CaptureError, match="is walkthrough itself"):
        attach_checks.look(os.getpid())
    with pytest.raises(CaptureError, match="was started by process"):
        attach_checks.look(os.getppid())


@pytest.mark.live
def test_one_without_a_program_of_its_own_is_the_kernels() -> None:
    need(sys.platform == "linux", "what is asked is Linux's")
    facts = attach_checks.facts_of(2)  # kthreadd; in a container that is somebody else's number
    need(facts is not None and facts.name == "kthreadd", "no thread of the kernel is listed here")
    with pytest.raises(CaptureError, match=r"2 .kthreadd. is a thread of the kernel"):
        attach_checks.look(2)


@pytest.mark.live
def test_one_that_has_a_seccomp_filter_has_no_page() -> None:
    need(sys.platform == "linux", "what is asked is Linux's")
    # PR_SET_NO_NEW_PRIVS, then a filter that allows all: BPF_RET | BPF_K, SECCOMP_RET_ALLOW
    script = (
        "import ctypes, time; libc = ctypes.CDLL(None); libc.prctl(38, 1, 0, 0, 0);"
        "code = ctypes.create_string_buffer(bytes.fromhex('060000000000ff7f'), 8);"
        "program = (ctypes.c_uint64 * 2)(1, ctypes.addressof(code));"
        "assert libc.prctl(22, 2, program, 0, 0) == 0; print('up', flush=True); time.sleep(1000)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        assert "(seccomp)" in str(attach_checks.page_objection(process.pid))
        process.send_signal(signal.SIGKILL)


@pytest.mark.live
def test_an_ordinary_user_is_told_whose_it_is(sleeper: "subprocess.Popen[bytes]") -> None:
    need(os.geteuid() == 0, "only root can be somebody else for a while")

    def attach_to_some() -> list[str]:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
            os.write(writing, b"x")
            signal.pause()
        os.read(reading, 1)
        said = []
        for pid in (child, sleeper.pid):
            with pytest.raises(CaptureError) as refused:
                PtraceTracer().attach([pid])
            said.append(str(refused.value))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return said

    dumpable, roots = in_child(attach_to_some, ORDINARY)
    assert "does not let itself be traced by its own user (PR_SET_DUMPABLE)" in dumpable
    assert "belongs to root: use sudo" in roots
