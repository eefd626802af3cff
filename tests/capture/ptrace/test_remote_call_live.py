"""A stopped thread makes system calls for us, and then goes on with what it was doing."""

import errno
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator

import pytest

from tests.support.need import need_protection
from walkthrough.capture.ptrace import attach_requests as attach
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64
from walkthrough.capture.ptrace.memory import ProcessMemory
from walkthrough.capture.ptrace.remote_call import (
    ALL_BLOCKED,
    MMAP,
    MUNMAP,
    CallSite,
    RemoteCalls,
    ThreadEndedError,
    choose_site,
    find_instruction,
)
from walkthrough.capture.ptrace.seized_process import SeizedProcess

pytestmark = [pytest.mark.live, pytest.mark.attaches]

GETPID = 39
ECHO = """
import os, signal
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"!"))
os.write(1, b"up")
while (byte := os.read(0, 1)):
    os.write(1, byte)
"""


class Echo:
    """A program that sends back each byte, and ``!`` for SIGUSR1."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self.pid = process, process.pid
        self._to, self._back = process.stdin.fileno(), process.stdout.fileno()
        assert os.read(self._back, 2) == b"up"

    def send(self, byte: bytes) -> None:
        os.write(self._to, byte)

    def back(self) -> bytes:
        return os.read(self._back, 1)


@pytest.fixture
def echo() -> Iterator[Echo]:
    need_protection()
    command = [sys.executable, "-I", "-S", "-c", ECHO]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Echo(process)
        process.kill()


def site_of(seized: SeizedProcess, memory: ProcessMemory) -> CallSite:
    site = choose_site(seized.interrupted(), memory, find_instruction(seized.pid, memory))
    assert site is not None
    return site


def test_the_call_that_it_was_in_goes_on_behind_ours(echo: Echo) -> None:
    seized, memory = SeizedProcess(echo.pid, lambda _: False), ProcessMemory(echo.pid)
    assert seized.stop(20)
    site = site_of(seized, memory)
    assert memory.read(site.instruction, 2) == b"\x0f\x05"
    assert not site.is_harmless, "only Go's runtime can take any result"
    announced = []
    before = attach.signal_mask(site.thread)
    with RemoteCalls(echo.pid, site, lambda *said: announced.append(said)) as calls:
        assert attach.signal_mask(site.thread) == before | ALL_BLOCKED & ~0x40100
        assert calls.call(GETPID) == echo.pid
        assert calls.call(100_000) == -errno.ENOSYS
        page = calls.call(MMAP, 0, 4096, 3, 0x22, -1, 0)
        memory.write(page, b"written")
        assert memory.read(page, 7) == b"written"
        assert calls.call(MUNMAP, page, 4096) == 0
        os.kill(echo.pid, signal.SIGUSR1)  # it waits
    assert announced == [(site.thread, before)]
    assert attach.signal_mask(site.thread) == before
    seized.detach()
    memory.close()
    assert echo.back() == b"!"
    echo.send(b"x")
    assert echo.back() == b"x"


def test_a_call_that_it_is_about_to_make_is_made_afterwards(echo: Echo) -> None:
    seized, memory = SeizedProcess(echo.pid, lambda _: False), ProcessMemory(echo.pid)
    assert seized.stop(20)
    echo.send(b"y")
    number = -1
    while number != 1:  # write(2), which sends the byte back
        pt.resume_to_syscall(echo.pid)
        os.waitpid(echo.pid, pt.WALL)
        info = pt.get_syscall_info(echo.pid)
        number = info.number if isinstance(info, pt.SyscallEntry) else -1
    site = choose_site([echo.pid], memory)
    assert site is not None
    with RemoteCalls(echo.pid, site) as calls:
        assert calls.call(GETPID) == echo.pid
    seized.detach()
    memory.close()
    assert echo.back() == b"y"
    echo.send(b"z")
    assert echo.back() == b"z"


def test_one_that_is_killed_meanwhile_is_told_of_and_left_to_be_waited_for(echo: Echo) -> None:
    seized, memory = SeizedProcess(echo.pid, lambda _: False), ProcessMemory(echo.pid)
    assert seized.stop(20)
    site = site_of(seized, memory)
    calls = RemoteCalls(echo.pid, site).__enter__()
    echo.process.kill()
    with pytest.raises(ThreadEndedError):
        deque(map(calls.call, [GETPID] * 1000))  # it may have begun one before it was killed
    memory.close()
    assert echo.process.wait() == -signal.SIGKILL


@pytest.mark.parametrize(
    ("call", "operation", "behind", "harmless"),
    [
        (202, 128, "89442430c3", True),  # FUTEX_WAIT_PRIVATE
        (202, 129, "89442430c3", False),  # FUTEX_WAKE_PRIVATE, whose result is looked at
        (202, 128, "4889c7c3", False),  # somebody else's
        (35, 0, "4883c4105dc3", True),
        (35, 0, "488b6c24104883c418c3", True),
        (232, 0, "89442430c3", False),  # epoll_wait: its result counts
    ],
)
def test_whoever_is_parked_in_gos_runtime_comes_to_no_harm(
    monkeypatch: pytest.MonkeyPatch, call: int, operation: int, behind: str, harmless: bool
) -> None:
    words = dict.fromkeys(X86_64.registers, 0)
    words |= {"orig_rax": call, "rsi": operation, "rip": 0x401002}

    class Memory:
        def read_up_to(self, address: int, length: int) -> bytes:
            return (b"\x0f\x05" + bytes.fromhex(behind))[:length] if address == 0x401000 else b""

    monkeypatch.setattr(pt, "get_registers", lambda *_: tuple(words.values()))
    site = choose_site([7], Memory())  # type: ignore[arg-type]
    assert site == CallSite(7, 0x401000, harmless)
