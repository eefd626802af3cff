"""System calls that a stopped thread of another program makes for us. x86_64 only.

The thread stands in an event-stop (`attach_requests`), or at the beginning or the end of a call of
its own; one that it was about to make is put off. It is led to a ``syscall`` instruction with
registers of ours, stopped at that call's entry and at its end, and led back into an event-stop with
the registers that it had. A call in which it was interrupted is restarted by the kernel on the way
out of that stop, just as if nothing had happened (signal(7); its remaining time is kept).

**If the tracer dies meanwhile**, the thread runs on with registers of ours. So one is chosen to
whom that does no harm: a thread that is parked in Go's runtime by ``runtime.futex`` or
``runtime.usleep``, of which each Go program has some. It makes our calls at its own ``syscall``
instruction, behind which these functions need no register of those that we change; their callers
ignore what they return, and look again whether it is time to wake. Where there is none
(`CallSite.is_harmless`) only the moments of the calls themselves are not protected.

Signals wait while calls are made: those that can be are blocked. The mask has to be put back if we
die; `RemoteCalls` therefore says in advance what it was.
"""

import contextlib
import ctypes
import os
import signal
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import NamedTuple, Self

from walkthrough.capture.ptrace import attach_requests as attach
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64
from walkthrough.capture.ptrace.memory import ProcessMemory

MMAP, MPROTECT, MUNMAP, RT_SIGACTION = 9, 10, 11, 13
_NANOSLEEP, _FUTEX = 35, 202
_FUTEX_WAIT, _FUTEX_COMMAND = 0, 0x7F

SYSCALL_INSTRUCTION = b"\x0f\x05"
_RUNTIME_STUBS = {
    # runtime.futex of all versions: mov [rsp+0x30], eax; ret
    _FUTEX: (bytes.fromhex("89442430c3"),),
    # runtime.usleep: add rsp, 16; pop rbp; ret, and before go1.21: mov rbp, [rsp+16]; add rsp, 24
    _NANOSLEEP: (bytes.fromhex("4883c4105dc3"), bytes.fromhex("488b6c24104883c418c3")),
}
"""What follows the instruction in Go's runtime, by the number of the call (sys_linux_amd64.s)."""
_LONGEST_STUB = 10

_SYSCALL_STOP = signal.SIGTRAP | 0x80
_UNBLOCKED = (
    *(signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL),
    *(signal.SIGTRAP, signal.SIGSYS),
    *(signal.SIGKILL, signal.SIGSTOP),  # which nobody can block
)
"""A signal that an instruction causes ends the program if it is blocked."""
ALL_BLOCKED = pt.WORD_MASK & ~sum(1 << number - 1 for number in _UNBLOCKED)
_AT = X86_64.registers.index
_ARGUMENTS = tuple(map(_AT, ("rdi", "rsi", "rdx", "r10", "r8", "r9")))
_RAX, _ORIG_RAX, _RIP = map(_AT, ("rax", "orig_rax", "rip"))
_RDI, _RSI, *_ = _ARGUMENTS
_NO_CALL = pt.WORD_MASK
_ANY = os.WEXITED | os.WSTOPPED | os.WNOWAIT | pt.WALL
_ENDS = (os.CLD_EXITED, os.CLD_KILLED, os.CLD_DUMPED)
_TGKILL = 234
_libc = ctypes.CDLL(None)
_ERRORS = 4095


def _tgkill(pid: int, thread: int, number: int) -> None:
    _libc.syscall(_TGKILL, pid, thread, number)


class ThreadEndedError(Exception):
    """The thread ended, or was killed, while it made a call for us."""


class CallSite(NamedTuple):
    """Who makes calls for us, and where.

    Attributes:
        thread: A thread that stands in an event-stop, or at the beginning or the end of a call.
        instruction: Address of a ``syscall`` instruction.
        is_harmless: Whether the thread comes to no harm if the tracer dies meanwhile.
    """

    thread: int
    instruction: int
    is_harmless: bool


def choose_site(
    threads: Iterable[int], memory: ProcessMemory, elsewhere: int | None = None
) -> CallSite | None:
    """Choose one of the threads of a program to make system calls.

    Best is one that is parked in Go's runtime, see this module's top. Next come those that are in
    a system call, which cannot be in a restartable sequence (rseq(2)).

    Args:
        threads: Threads that stand in event-stops, or at the beginning or the end of a call, and
            have no signal of their own queued.
        memory: Their memory.
        elsewhere: Address of a ``syscall`` instruction for a thread that is in no system call.

    Returns:
        None if there is no thread that can.
    """
    fallback: CallSite | None = None
    registers = pt.Registers(X86_64)
    for thread in threads:
        try:
            words = pt.get_registers(thread, registers)
        except pt.PtraceError:
            continue
        number, instruction = words[_ORIG_RAX], words[_RIP] - len(SYSCALL_INSTRUCTION)
        code = memory.read_up_to(instruction, len(SYSCALL_INSTRUCTION) + _LONGEST_STUB)
        if number != _NO_CALL and code.startswith(SYSCALL_INSTRUCTION):
            if _is_parked(number, words[_RSI], code[len(SYSCALL_INSTRUCTION) :]):
                return CallSite(thread, instruction, True)
            if fallback is None or fallback.instruction == elsewhere:
                fallback = CallSite(thread, instruction, False)
        elif fallback is None and elsewhere is not None:
            fallback = CallSite(thread, elsewhere, False)
    return fallback


def _is_parked(number: int, operation: int, behind: bytes) -> bool:
    if number == _FUTEX and operation & _FUTEX_COMMAND != _FUTEX_WAIT:
        return False
    return behind.startswith(_RUNTIME_STUBS.get(number, ())) if number in _RUNTIME_STUBS else False


def find_instruction(pid: int, memory: ProcessMemory) -> int | None:
    """Return the address of some ``syscall`` instruction of a process: the vDSO has one."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        executable = [line.split() for line in maps if line.split()[1][2] == "x"]
        executable.sort(key=lambda words: words[-1] != "[vdso]")
        for words in executable:
            low, high = (int(each, 16) for each in words[0].split("-"))
            at = memory.read_up_to(low, high - low).find(SYSCALL_INSTRUCTION)
            if at >= 0:
                return low + at
    return None


class RemoteCalls:
    """A thread of another program that makes system calls for us; a context manager.

    It ends in an event-stop. Whatever else that thread stops for is passed over, and
    signals that it would have got meanwhile are sent to it again.

    Args:
        pid: The thread's process.
        site: Who, and where.
        announce: Called with the thread and the signals that it blocks before anything is changed.

    Raises:
        ThreadEndedError: By entering, leaving and every call.
    """

    def __init__(
        self, pid: int, site: CallSite, announce: Callable[[int, int], None] | None = None
    ) -> None:
        self._pid = pid
        self._thread, self._instruction, _ = site
        self._announce = announce
        self._had = pt.Registers(X86_64)
        self._given = pt.Registers(X86_64)
        self._mask = 0
        self._again: list[int] = []

    def __enter__(self) -> Self:
        try:
            self._mask = attach.signal_mask(self._thread)
            if self._announce is not None:
                self._announce(self._thread, self._mask)
            attach.set_signal_mask(self._thread, self._mask | ALL_BLOCKED)
            had = pt.get_registers(self._thread, self._had)
            if isinstance(pt.get_syscall_info(self._thread), pt.SyscallEntry):
                # The kernel skips it now; afterwards the instruction is executed again.
                pt.skip_call(self._thread, self._given, X86_64)
                self._run(pt.resume_to_syscall, _SYSCALL_STOP)
                self._had.put(_RAX, had[_ORIG_RAX])
                self._had.put(_ORIG_RAX, _NO_CALL)
                self._had.put(_RIP, had[_RIP] - len(SYSCALL_INSTRUCTION))
        except pt.PtraceError as error:
            raise ThreadEndedError from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None or not issubclass(kind, ThreadEndedError):
            self._return()

    def call(self, number: int, *arguments: int) -> int:
        """Make a system call and return its result, -errno if it failed."""
        try:
            pt.get_registers(self._thread, self._given)
            self._given.put(_RAX, number)
            self._given.put(_ORIG_RAX, _NO_CALL)  # nothing is to be restarted now
            self._given.put(_RIP, self._instruction)
            for position, value in zip(_ARGUMENTS, arguments, strict=False):
                self._given.put(position, value & pt.WORD_MASK)
            pt.set_registers(self._thread, self._given)
            for _ in ("its entry", "its end"):
                self._run(pt.resume_to_syscall, _SYSCALL_STOP)
            result = pt.get_registers(self._thread, self._given)[_RAX]
        except pt.PtraceError as error:
            raise ThreadEndedError from error
        return result - (1 << 64) if result > pt.WORD_MASK - _ERRORS else result

    def _return(self) -> None:
        """Lead the thread back to where it was; on its way out of there its call is restarted."""
        try:
            pt.set_registers(self._thread, self._had)
            attach.interrupt(self._thread)
            self._run(pt.resume, attach.EVENT_STOP << 8)
            pt.set_registers(self._thread, self._had)
            attach.set_signal_mask(self._thread, self._mask)
        except pt.PtraceError as error:
            raise ThreadEndedError from error
        for number in self._again:
            with contextlib.suppress(OSError):
                if number == signal.SIGSTOP:
                    os.kill(self._pid, number)
                else:
                    _tgkill(self._pid, self._thread, number)

    def _run(self, resume: Callable[[int], None], until: int) -> None:
        """Resume the thread until it stops for what is wanted.

        Args:
            resume: How.
            until: The signal of that stop, or an event times 256.
        """
        while True:
            resume(self._thread)
            try:
                # whether it has ended is left for whoever waits for its stops
                seen = os.waitid(os.P_PID, self._thread, _ANY)
                if seen is None or seen.si_code in _ENDS:
                    raise ThreadEndedError
                _, status = os.waitpid(self._thread, pt.WALL)
            except ChildProcessError as error:
                raise ThreadEndedError from error
            number, event = status >> 8 & 0xFF, status >> 16
            if until in (number, event << 8):
                return
            if not event and number != _SYSCALL_STOP:
                self._again.append(number)
