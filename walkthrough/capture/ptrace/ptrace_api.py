"""One function for each ptrace(2) request: those of python-ptrace, and those that it lacks.

Every call belongs to the one thread that traces. An `OSError`-like `PtraceError` with errno ESRCH
means the thread has died meanwhile, which callers must expect at any time.
"""

import ctypes
import os
import struct
from typing import NamedTuple

from ptrace import PtraceError as PtraceError  # what every request here may raise
from ptrace.binding import func

# ptrace(2); python-ptrace stops at PTRACE_O_TRACEEXIT
O_TRACESYSGOOD = func.PTRACE_O_TRACESYSGOOD
O_TRACEFORK = func.PTRACE_O_TRACEFORK
O_TRACEVFORK = func.PTRACE_O_TRACEVFORK
O_TRACECLONE = func.PTRACE_O_TRACECLONE
O_TRACEEXEC = func.PTRACE_O_TRACEEXEC
O_EXITKILL = 0x00100000
EVENT_FORK = func.PTRACE_EVENT_FORK
EVENT_VFORK = func.PTRACE_EVENT_VFORK
EVENT_CLONE = func.PTRACE_EVENT_CLONE
EVENT_EXEC = func.PTRACE_EVENT_EXEC
GET_SYSCALL_INFO = 0x420E
WALL = func.THREAD_TRACE_FLAGS

SYSCALL_ENTRY = 1
SYSCALL_EXIT = 2

_request = func._ptrace
_info = ctypes.create_string_buffer(88)
_info_at = ctypes.addressof(_info)
_ENTRY = struct.Struct("<B3xIQQQ6Q")
_EXIT = struct.Struct("<B3xIQQqB")


_NAMES = tuple(name for name, _ in func.ptrace_registers_t._fields_)
_REGISTERS = struct.Struct(f"{len(_NAMES)}Q")
RIP, RSP, RBP, R14, FS_BASE = (_NAMES.index(n) for n in ("rip", "rsp", "rbp", "r14", "fs_base"))
RAX, ORIG_RAX = (_NAMES.index(name) for name in ("rax", "orig_rax"))
INTEGERS = tuple(
    _NAMES.index(n) for n in ("rax", "rbx", "rcx", "rdi", "rsi", "r8", "r9", "r10", "r11")
)
"""Where Go's integer argument registers stand, in the order in which Go fills them."""


class Registers:
    """``struct user_regs_struct`` of x86_64 (sys/user.h), as a tuple of words and its buffer.

    A tuple costs one unpacking, where a field of a ctypes structure costs one each time it is read.
    """

    __slots__ = ("_buffer", "address", "words")

    def __init__(self) -> None:
        self._buffer = ctypes.create_string_buffer(_REGISTERS.size)
        self.address = ctypes.addressof(self._buffer)
        self.words: tuple[int, ...] = ()

    def unpack(self) -> None:
        """Read the buffer into ``words``."""
        self.words = _REGISTERS.unpack(self._buffer)

    def put(self, index: int, value: int) -> None:
        """Change one word in the buffer, for `set_registers`."""
        _WORD.pack_into(self._buffer, 8 * index, value)


_WORD = struct.Struct("<Q")
WORD_MASK = (1 << 64) - 1


traceme = func.ptrace_traceme
get_event_message = func.ptrace_geteventmsg


class SyscallEntry(NamedTuple):
    """A thread is about to enter a system call."""

    number: int
    arguments: tuple[int, ...]
    stack: int


class SyscallExit(NamedTuple):
    """A thread is about to leave a system call. ``result`` is -errno when it failed."""

    result: int
    failed: bool


_FAILED = ctypes.c_ulong(-1).value


def _check(result: int, request: int, thread: int) -> None:
    if result == _FAILED:
        number = ctypes.get_errno()
        raise PtraceError(f"ptrace request {request:#x}: {os.strerror(number)}", number, thread)


def set_options(thread: int, options: int) -> None:
    """PTRACE_SETOPTIONS: which stops ``thread`` and its descendants report."""
    func.ptrace_setoptions(thread, options)


def resume(thread: int, signal: int = 0) -> None:
    """PTRACE_CONT: let ``thread`` run on, delivering ``signal``; system calls do not stop it."""
    _check(_request(func.PTRACE_CONT, thread, 0, signal), func.PTRACE_CONT, thread)


def resume_to_syscall(thread: int, signal: int = 0) -> None:
    """PTRACE_SYSCALL: let ``thread`` run to its next system-call stop, delivering ``signal``."""
    _check(_request(func.PTRACE_SYSCALL, thread, 0, signal), func.PTRACE_SYSCALL, thread)


def get_registers(thread: int, registers: Registers) -> tuple[int, ...]:
    """PTRACE_GETREGS: read the general registers of a stopped thread into ``registers``."""
    _check(_request(func.PTRACE_GETREGS, thread, 0, registers.address), func.PTRACE_GETREGS, thread)
    registers.unpack()
    return registers.words


def set_registers(thread: int, registers: Registers) -> None:
    """PTRACE_SETREGS: set the general registers of a stopped thread."""
    _check(_request(func.PTRACE_SETREGS, thread, 0, registers.address), func.PTRACE_SETREGS, thread)


def get_syscall_info(thread: int) -> SyscallEntry | SyscallExit | None:
    """PTRACE_GET_SYSCALL_INFO (Linux 5.3): what a system-call stop is about; None for neither."""
    _check(_request(GET_SYSCALL_INFO, thread, 88, _info_at), GET_SYSCALL_INFO, thread)
    operation = _info.raw[0]
    if operation == SYSCALL_ENTRY:
        fields = _ENTRY.unpack_from(_info)
        return SyscallEntry(fields[4], fields[5:11], fields[3])
    if operation == SYSCALL_EXIT:
        *_, result, failed = _EXIT.unpack_from(_info)
        return SyscallExit(result, bool(failed))
    return None


def is_group_stop(thread: int) -> bool:
    """Tell a group-stop from a signal: only the latter has siginfo (ptrace(2), "Group-stop")."""
    try:
        func.ptrace_getsiginfo(thread)
    except PtraceError as error:
        return bool(error.errno == 22)
    return False
