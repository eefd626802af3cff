import contextlib
import dataclasses
import errno
import os
import platform
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from walkthrough.capture.environment import doctor, ptrace_check
from walkthrough.capture.environment.doctor import DoctorResult
from walkthrough.capture.environment.go_toolchain import Toolchain
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.architecture.aarch64 import AARCH64
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.architecture.selection import native
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64
from walkthrough.i18n.catalogue import ENGLISH, catalogue
from walkthrough.i18n.messages import Message

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="ptrace is Linux's")


EN = catalogue(ENGLISH)


def test_everything_is_looked_at_and_what_is_missing_comes_with_advice() -> None:
    findings = doctor.examine()
    assert [each.name for each in findings] == [
        "Linux", "Architecture", "Python", "Packages", "ptrace", "seccomp", "Go", "strace",
        "sock_diag", "Network namespace", "IPv6", "Multipath TCP", "Cache", "Terminal",
    ]  # fmt: skip
    for each in findings:
        assert each.found
        assert bool(each.advice) is not each.ok, each
        assert not str(each.found).startswith("could not be found out"), each


def test_elsewhere_than_on_linux_it_answers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    found = {each.name: each for each in doctor.examine()}
    assert not found["Linux"].ok
    assert found["Linux"].advice
    assert not {"Architecture", "ptrace", "sock_diag"} & found.keys(), "they are Linux's alone"
    possible, why = doctor.can_trace_go()
    assert not possible
    assert "Darwin" in str(why)


def test_a_look_that_fails_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(name: str) -> DoctorResult:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor, "_EXAMINATIONS", (("Thing", look),))
    (found,) = doctor.examine()
    assert (found.name, found.ok) == ("Thing", False)
    assert "Permission denied" in str(found.found)


@linux_only
@pytest.mark.parametrize(
    ("problem", "yama", "seccomp", "ok", "found", "advice"),
    [
        ("", "", "0", True, "can be traced", ""),
        ("", "1", "0", True, "trace -p needs root", ""),
        ("refused", "1", "0", False, "refused", "--server python"),
        ("refused", "2", "0", False, "ptrace_scope = 2", "sysctl kernel.yama.ptrace_scope=1"),
        ("refused", "3", "0", False, "ptrace_scope = 3", "restart"),
        ("refused", "", "2", False, "seccomp filter", "--cap-add=SYS_PTRACE"),
        (ptrace_check.refused(errno.ENOSYS), "1", "2", False, "not implemented", "Emulators of"),
    ],
)
def test_ptrace_is_explained(
    monkeypatch: pytest.MonkeyPatch,
    problem: str | Message,
    yama: str,
    seccomp: str,
    ok: bool,
    found: str,
    advice: str,
) -> None:
    monkeypatch.setattr(ptrace_check, "try_ptrace", lambda: problem)
    monkeypatch.setattr(doctor, "_read", lambda path: yama)
    monkeypatch.setattr(doctor, "_status", lambda field: seccomp)
    finding = doctor._ptrace("ptrace")
    assert finding.ok is ok
    assert found in str(finding.found)
    assert advice in str(finding.advice)
    assert doctor._ptrace("ptrace") == finding


def yes(name: str) -> DoctorResult:
    return DoctorResult(name, True, "here")


def no(name: str) -> DoctorResult:
    return DoctorResult(name, False, "not here", "get it")


@pytest.mark.parametrize("lacking", ["_linux", "_architecture", "_packages", "_ptrace"])
def test_why_go_cannot_be_traced(monkeypatch: pytest.MonkeyPatch, lacking: str) -> None:
    for look in ("_linux", "_architecture", "_packages", "_ptrace"):
        monkeypatch.setattr(doctor, look, no if look == lacking else yes)
    possible, why = doctor.can_trace_go()
    assert not possible
    assert str(why) == "Go servers cannot be traced here: not here. get it"


def test_without_go_the_reason_is_the_toolchains(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Toolchain:
        raise CaptureError("get it")

    for look in ("_linux", "_architecture", "_packages", "_ptrace"):
        monkeypatch.setattr(doctor, look, yes)
    monkeypatch.setattr("walkthrough.capture.environment.go_toolchain.find_go", missing)
    assert doctor.can_trace_go() == (False, "get it")
    there = Toolchain(Path("/go"), Path("/"), "go1.27.3")
    monkeypatch.setattr("walkthrough.capture.environment.go_toolchain.find_go", lambda: there)
    possible, why = doctor.can_trace_go()
    assert possible
    assert "go1.27.3" in str(why)


def test_the_report_shows_advice_and_no_control_characters() -> None:
    text = doctor.report(
        [
            DoctorResult("Go", True, "go1.27.3"),
            DoctorResult("strace", False, "\x1b[31m gone", "install it"),
        ],
        EN,
    )
    assert text == (
        "ok  Go      go1.27.3\n"
        "--  strace  \\x1b[31m gone\n"
        "            > install it\n"
    )  # fmt: skip
    assert doctor.report([], EN) == "\n"


@linux_only
def test_a_cache_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    finding = doctor._cache("Cache")
    assert not finding.ok
    assert "XDG_CACHE_HOME" in str(finding.advice)


@linux_only
def test_a_cache_that_others_may_write_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    tmp_path.chmod(0o755)
    assert doctor._cache("Cache").ok
    (tmp_path / "walkthrough").mkdir(mode=0o755)
    assert doctor._cache("Cache").ok, "the next build makes it private"
    tmp_path.chmod(0o777)
    finding = doctor._cache("Cache")
    assert not finding.ok
    assert f"others may write to {tmp_path}" in str(finding.found)
    assert "XDG_CACHE_HOME" in str(finding.advice)


@linux_only
def test_trying_ptrace_leaves_no_child_and_is_quick() -> None:
    began = time.process_time()
    problem = ptrace_check.try_ptrace()
    assert time.process_time() - began < 1
    assert problem is None or str(problem).startswith(("ptrace", "a "))
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


_KILLED_BEFORE_ITS_CHILD_STANDS_STILL = """
import os, signal
from walkthrough.capture.environment import ptrace_check

read, write = os.pipe()
kill, main = os.kill, os.getpid()

def stop_late(process, number):
    os.close(write)
    os.read(read, 1)  # ends when the parent has ended
    kill(process, number)

def die(child, options):
    print(child, flush=True)
    kill(main, signal.SIGKILL)

os.kill, os.waitpid = stop_late, die
ptrace_check.try_ptrace()
"""


@linux_only
def test_the_child_does_not_outlive_who_tries() -> None:
    command = [sys.executable, "-c", _KILLED_BEFORE_ITS_CHILD_STANDS_STILL]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as tried:
        assert tried.stdout is not None
        child = int(tried.stdout.readline())
        assert tried.wait(30) == -signal.SIGKILL
    try:
        handle = os.pidfd_open(child)
    except ProcessLookupError:
        return  # it has gone already
    try:
        assert select.select([handle], [], [], 10)[0], "the child stays behind, stopped"
    finally:
        os.close(handle)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


@linux_only
def test_a_refusal_of_ptrace_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # The kernel knows no request of this number, and says EIO as for any it refuses.
    monkeypatch.setattr(ptrace_check, "_SEIZE", 0x7FFF)
    assert str(ptrace_check.try_ptrace()).startswith("ptrace was refused (")
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.parametrize(
    ("here", "audit", "said"),
    [
        (X86_64, X86_64.audit, None),
        (AARCH64, AARCH64.audit, None),
        (
            X86_64,
            AARCH64.audit,  # Rosetta: the kernel is Arm's
            "this is a program for x86_64 on an emulated processor: the kernel's is aarch64",
        ),
        (
            AARCH64,
            X86_64.audit,
            "this is a program for aarch64 on an emulated processor: the kernel's is x86_64",
        ),
        (
            X86_64,
            0xC00000F3,
            "this is a program for x86_64 on an emulated processor: the kernel's is 0xc00000f3",
        ),
    ],
)
def test_whose_system_calls_they_are(here: Architecture, audit: int, said: str | None) -> None:
    found = ptrace_check.audit_problem(audit, here)
    assert (str(found) if found is not None else None) == said


@linux_only
def test_registers_that_cannot_be_read_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # Under Rosetta PTRACE_GETREGS says EIO, as the kernel does to a request that it does not know.
    odd = dataclasses.replace(native(), get_request=0x7FFF)
    monkeypatch.setattr(ptrace_check, "architecture_named", lambda name: odd)
    found = str(ptrace_check.try_ptrace())
    assert found == "a traced program's registers cannot be read (Input/output error)"


@linux_only
@pytest.mark.parametrize(
    ("machine", "cpuinfo", "ok", "found", "advice"),
    [
        ("x86_64", "vendor_id\t: GenuineIntel\n", True, "x86_64", ""),
        ("aarch64", "CPU implementer\t: 0x61\n", True, "aarch64", ""),
        ("x86_64", "vendor_id\t: VirtualApple\n", False, "x86_64 on an emulated", "arm64 image"),
        ("x86_64", "CPU implementer\t: 0x61\n", False, "x86_64 on an emulated", "linux/arm64)"),
        ("aarch64", "vendor_id\t: GenuineIntel\n", False, "aarch64 on an emu", "linux/amd64)"),
        ("vax", "", False, "this machine is vax", "--server python"),
        ("", "", False, "this machine is unknown", "--server python"),
    ],
)
def test_the_processor_is_explained(
    monkeypatch: pytest.MonkeyPatch,
    machine: str,
    cpuinfo: str,
    ok: bool,
    found: str,
    advice: str,
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(doctor, "_read", lambda path: cpuinfo)
    finding = doctor._architecture("Architecture")
    assert finding.ok is ok
    assert found in str(finding.found)
    assert advice in str(finding.advice)


@linux_only
@pytest.mark.parametrize(
    ("release", "file", "ok", "found", "advice"),
    [
        ("6.1.0-57-arm64", False, True, "Linux 6.1.0-57-arm64", ""),
        ("6.10.14-linuxkit", True, True, "Linux 6.10.14-linuxkit, a container", ""),
        ("6.6.87.2-microsoft-standard-WSL2", False, True, "WSL2, WSL 2", ""),
        ("4.4.0-19041-Microsoft", False, False, "WSL 1 (4.4.0-19041-Microsoft)", "--set-version"),
        ("5.2.1", False, False, "too old", "5.3"),
    ],
)
def test_what_linux_runs_in_is_told(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    release: str,
    file: bool,
    ok: bool,
    found: str,
    advice: str,
) -> None:
    monkeypatch.setattr(platform, "release", lambda: release)
    sign = tmp_path / "sign"
    if file:
        sign.touch()
    monkeypatch.setattr(doctor, "_IN_CONTAINERS", (str(sign),))
    finding = doctor._linux("Linux")
    assert finding.ok is ok
    assert found in str(finding.found)
    assert advice in str(finding.advice)


@linux_only
def test_memory_that_may_not_be_written_is_told() -> None:
    found = ptrace_check._try_memory(os.getpid(), 0)
    assert str(found).startswith("a traced program's code cannot be changed (")


@linux_only
def test_ptrace_that_cannot_be_tried_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> str:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr("walkthrough.capture.environment.ptrace_check.try_ptrace", refuse)
    able, why = doctor.can_trace_go()
    assert not able
    assert os.strerror(errno.EAGAIN) in str(why)
