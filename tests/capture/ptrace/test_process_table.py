"""Who is traced: every order in which the kernel may tell of a new process, and of its end."""

import ctypes
import errno
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from walkthrough.capture.decode.calls import CallSpec
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace import process_table
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64
from walkthrough.capture.ptrace.process_table import ProcessTable
from walkthrough.capture.ptrace.stops import Origin
from walkthrough.capture.ptrace.traced_process import TracedProcess, TracedThread

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at in /proc")

STOPPED = 0x137F
CLONE, CLONE3, FORK, VFORK = 56, 435, 57, 58
CLONE_VM, CLONE_FILES, CLONE_VFORK, CLONE_THREAD = 0x100, 0x400, 0x4000, 0x10000


class Kernel:
    """What ptrace(2) says of the thread that made something."""

    def __init__(self) -> None:
        self.call, self.flags, self.told = FORK, 0, 0

    def event_message(self, _thread: int) -> int:
        return self.told

    def registers(self, _thread: int, _registers: pt.Registers) -> tuple[int, ...]:
        words = [0] * len(X86_64.registers)
        words[X86_64.call_number], words[X86_64.call_argument] = self.call, self.flags
        return tuple(words)


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    said = Kernel()
    monkeypatch.setattr(pt, "get_event_message", said.event_message)
    monkeypatch.setattr(pt, "get_registers", said.registers)
    return said


@pytest.fixture
def child(kernel: Kernel) -> Iterator[int]:
    """A process that this one has started, as a fork of it that is traced."""
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as process:
        kernel.told = process.pid
        yield process.pid


@pytest.fixture
def table() -> Iterator[ProcessTable]:
    traced = ProcessTable(X86_64, follow_children=True)
    traced.add(TracedProcess(os.getpid(), X86_64))
    traced.add_thread(os.getpid(), traced.processes[os.getpid()])
    yield traced
    traced.clear()


def maker_in(table: ProcessTable) -> TracedThread:
    return table.threads[os.getpid()]


def waits_in(table: ProcessTable) -> bool:
    return table.expects


def test_a_fork_that_stops_before_its_maker_tells_is_held_until_then(
    table: ProcessTable, child: int
) -> None:
    assert table.first_stop(child, STOPPED) is None
    assert child not in table.threads
    first = table.made(maker_in(table), pt.EVENT_FORK)
    assert first is not None
    assert (first.thread.id, first.status, first.begins_process) == (child, STOPPED, True)
    process = table.processes[child]
    assert (process.parent, process.origin) == (os.getpid(), Origin.FORK)
    assert (process.borrows_memory, process.vforked, process.descriptors) == (False, False, child)


def test_a_fork_that_its_maker_tells_of_first_is_expected(table: ProcessTable, child: int) -> None:
    assert table.made(maker_in(table), pt.EVENT_FORK) is None
    assert waits_in(table)
    first = table.first_stop(child, STOPPED)
    assert first is not None
    assert first.begins_process
    assert not waits_in(table)
    assert table.followed == 2


def test_one_that_is_killed_before_it_begins_is_not_waited_for(
    table: ProcessTable, child: int
) -> None:
    table.made(maker_in(table), pt.EVENT_FORK)
    assert table.ended(child) == (None, [])
    assert not table.expects
    assert list(table.processes) == [os.getpid()]


def test_one_whose_maker_is_killed_before_it_tells_begins_all_the_same(
    table: ProcessTable, child: int
) -> None:
    assert table.first_stop(child, STOPPED) is None
    _, orphans = table.ended(os.getpid())
    assert [each.thread.id for each in orphans] == [child]
    assert not table.processes[child].borrows_memory
    assert list(table.processes) == [child]


@pytest.mark.parametrize(("call", "flags"), [(VFORK, 0), (CLONE, CLONE_VM | CLONE_VFORK | 17)])
def test_a_vfork_borrows_its_makers_memory_until_that_is_gone(
    table: ProcessTable, child: int, kernel: Kernel, call: int, flags: int
) -> None:
    kernel.call, kernel.flags = call, flags
    maker = maker_in(table)
    table.made(maker, pt.EVENT_VFORK)
    process = table.processes[child]
    assert (process.borrows_memory, process.vforked, maker.vfork) == (True, True, child)
    table.first_stop(child, STOPPED)
    table.ended(os.getpid())
    assert not process.borrows_memory, "it alone has it now"


def test_descriptors_are_shared_with_whom_the_maker_shares_them(
    table: ProcessTable, child: int, kernel: Kernel
) -> None:
    kernel.call, kernel.flags = CLONE, CLONE_FILES | 17
    maker_in(table).process.descriptors = 99
    table.made(maker_in(table), pt.EVENT_FORK)
    assert table.processes[child].descriptors == 99


def test_a_thread_is_known_by_its_own_stop_alone(table: ProcessTable, kernel: Kernel) -> None:
    kernel.call, kernel.flags, kernel.told = CLONE, CLONE_THREAD | CLONE_VM, 1
    assert table.made(maker_in(table), pt.EVENT_CLONE) is None
    assert not table.expects
    assert list(table.processes) == [os.getpid()]


def test_one_too_many_is_told(
    table: ProcessTable, child: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "too many")

    monkeypatch.setattr(process_table, "TracedProcess", refuse)
    with pytest.raises(CaptureError, match="more processes than can be traced at a time"):
        table.made(maker_in(table), pt.EVENT_FORK)


def test_of_one_that_was_left_alone_the_children_are_too(table: ProcessTable, child: int) -> None:
    maker_in(table).process.followed = False
    table.made(maker_in(table), pt.EVENT_FORK)
    assert not table.processes[child].followed


def test_only_who_executes_a_program_is_left(table: ProcessTable, kernel: Kernel) -> None:
    process = maker_in(table).process
    caller, other = table.add_thread(1 << 30, process), table.add_thread(1 << 29, process)
    caller.call, caller.number = CallSpec("execve", ()), 59
    kernel.told = caller.id
    left = table.execed(maker_in(table))
    assert (left.id, left.number, left.call) == (os.getpid(), 59, caller.call)
    assert list(table.threads) == [os.getpid()]
    assert list(process.threads.values()) == [left]
    assert other.id not in table.threads
    assert process.origin is Origin.EXEC
    assert process.memory.read_up_to(id(process), 1), "the new memory is open"


def test_the_flags_of_clone3_are_in_memory(table: ProcessTable, child: int, kernel: Kernel) -> None:
    flags = ctypes.c_uint64(CLONE_FILES)
    kernel.call, kernel.flags = CLONE3, ctypes.addressof(flags)
    table.made(maker_in(table), pt.EVENT_FORK)
    assert table.processes[child].descriptors == os.getpid()
