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

from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.architecture.selection import ARCHITECTURES

# ptrace(2); python-ptrace stops at PTRACE_O_TRACEEXIT
O_TRACESYSGOOD = func.PTRACE_O_TRACESYSGOOD
O_TRACEFORK = func.PTRACE_O_TRACEFORK
O_TRACEVFORK = func.PTRACE_O_TRACEVFORK
O_TRACECLONE = func.PTRACE_O_TRACECLONE
O_TRACEEXEC = func.PTRACE_O_TRACEEXEC
O_TRACESECCOMP = 0x80
O_EXITKILL = 0x00100000
EVENT_FORK = func.PTRACE_EVENT_FORK
EVENT_VFORK = func.PTRACE_EVENT_VFORK
EVENT_CLONE = func.PTRACE_EVENT_CLONE
EVENT_EXEC = func.PTRACE_EVENT_EXEC
EVENT_SECCOMP = 7
GET_SYSCALL_INFO = 0x420E
WALL = func.THREAD_TRACE_FLAGS
_NT_ARM_SYSTEM_CALL = 0x404  # uapi/linux/elf.h

SYSCALL_ENTRY = 1
SYSCALL_EXIT = 2
SYSCALL_SECCOMP = 3

_request = func._ptrace
_info = ctypes.create_string_buffer(88)
_info_at = ctypes.addressof(_info)
_ENTRY = struct.Struct("<B3xIQQQ6Q")
_EXIT = struct.Struct("<B3xIQQqB")


class Registers:
    """The general registers of one thread, as a tuple of words and its buffer.

    A tuple costs one unpacking, where a field of a ctypes structure costs one each time it is read.

    Args:
        architecture: Whose registers they are, and how they are asked for.

    Attributes:
        words: The registers as they were read, in the order of ``architecture.registers``.
        getting: The request, its third and its fourth argument that read them.
        setting: Those that write them.
    """

    __slots__ = ("_buffer", "_layout", "_vector", "getting", "setting", "words")

    def __init__(self, architecture: Architecture) -> None:
        self._layout = _LAYOUTS[len(architecture.registers)]
        self._buffer = ctypes.create_string_buffer(self._layout.size)
        # struct iovec: where, and how many bytes
        self._vector = (ctypes.c_uint64 * 2)(ctypes.addressof(self._buffer), self._layout.size)
        kind = architecture.register_set
        address = ctypes.addressof(self._vector if kind else self._buffer)
        self.getting = (architecture.get_request, kind, address)
        self.setting = (architecture.set_request, kind, address)
        self.words: tuple[int, ...] = ()

    def unpack(self) -> None:
        """Read the buffer into ``words``."""
        self.words = self._layout.unpack(self._buffer)

    def put(self, index: int, value: int) -> None:
        """Change one word in the buffer, for `set_registers`."""
        _WORD.pack_into(self._buffer, 8 * index, value)


_LAYOUTS = {len(each.registers): struct.Struct(f"{len(each.registers)}Q") for each in ARCHITECTURES}
_WORD = struct.Struct("<Q")
WORD_MASK = (1 << 64) - 1


traceme = func.ptrace_traceme
get_event_message = func.ptrace_geteventmsg


class SyscallEntry(NamedTuple):
    """A thread is about to enter a system call.

    Attributes:
        number: Of the call.
        arguments: Its six words.
        stack: The stack pointer.
        audit: Whose number it is, `Architecture.audit`.
    """

    number: int
    arguments: tuple[int, ...]
    stack: int
    audit: int


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
    """Read the general registers of a stopped thread into ``registers``."""
    request, kind, address = registers.getting
    _check(_request(request, thread, kind, address), request, thread)
    registers.unpack()
    return registers.words


def set_registers(thread: int, registers: Registers) -> None:
    """Set the general registers of a stopped thread."""
    request, kind, address = registers.setting
    _check(_request(request, thread, kind, address), request, thread)


def skip_call(thread: int, registers: Registers, architecture: Architecture) -> None:
    """At the entry of a system call: have the kernel skip it, since none has the number -1.

    Its end is a stop as usual, where its result can be set.

    Raises:
        PtraceError: With EINVAL: this kernel has no NT_ARM_SYSTEM_CALL.
    """
    if architecture.number >= 0:
        get_registers(thread, registers)
        registers.put(architecture.number, WORD_MASK)
        set_registers(thread, registers)
        return
    number = ctypes.c_int(-1)
    vector = (ctypes.c_uint64 * 2)(ctypes.addressof(number), ctypes.sizeof(number))
    request, kind = func.PTRACE_SETREGSET, _NT_ARM_SYSTEM_CALL
    _check(_request(request, thread, kind, ctypes.addressof(vector)), request, thread)


def get_syscall_info(thread: int) -> SyscallEntry | SyscallExit | None:
    """PTRACE_GET_SYSCALL_INFO (Linux 5.3): what a system-call stop is about; None for neither."""
    _check(_request(GET_SYSCALL_INFO, thread, 88, _info_at), GET_SYSCALL_INFO, thread)
    operation = _info.raw[0]
    if operation in (SYSCALL_ENTRY, SYSCALL_SECCOMP):
        fields = _ENTRY.unpack_from(_info)
        return SyscallEntry(fields[4], fields[5:11], fields[3], fields[1])
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
