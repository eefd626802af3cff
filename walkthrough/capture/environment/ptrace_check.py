"""Checks whether this process may trace a child and change its code, by doing it once.

Linux only; the doctor decides and explains. Where the processor is emulated, some of it seems to
work: so the child's registers are read, and it is asked whose system calls they would be.
"""

import ctypes
import os
import platform
import signal
import sys

from walkthrough.capture import processes
from walkthrough.capture.parent_death import die_with_parent
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.architecture.selection import ARCHITECTURES, architecture_named
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import error_number_text, system_error_text

# ptrace(2), waitpid(2)
_SEIZE, _GET_SYSCALL_INFO = 0x4206, 0x420E
_O_EXITKILL = 0x100000
_WALL = 0x40000000
_AUDIT = slice(4, 8)  # of struct ptrace_syscall_info


def refused(number: int) -> Message:
    """Say that ptrace(2) was refused with an error number, as `try_ptrace` does."""
    return message("ptrace was refused ({why})", why=error_number_text(number))


def try_ptrace() -> Message | None:
    """Trace a child of our own for a moment.

    Returns:
        What is not possible, as the beginning of a sentence; None if all that a capture needs is.
    """
    libc = _libc()
    # A byte of code that no other thread of the child can be executing: it has just this one.
    code = ctypes.cast(libc.getppid, ctypes.c_void_p).value or 0
    tracer = os.getpid()
    child = processes.fork_child()
    if child == 0:
        try:
            if not die_with_parent(tracer):  # EXITKILL is not set yet
                os._exit(255)
            os.kill(os.getpid(), signal.SIGSTOP)
        finally:
            os._exit(255)
    try:
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            child = 0
            return message("a child under ptrace was killed")
        if libc.ptrace(_SEIZE, child, None, _O_EXITKILL) < 0:
            return refused(ctypes.get_errno())
        os.waitpid(child, _WALL)  # it stands in a stop of ptrace's now
        information = ctypes.create_string_buffer(88)
        if libc.ptrace(_GET_SYSCALL_INFO, child, len(information), information) < 0:
            why = error_number_text(ctypes.get_errno())
            return message("ptrace does not tell about system calls ({why})", why=why)
        audit = int.from_bytes(information.raw[_AUDIT], sys.byteorder)
        architecture = architecture_named(platform.machine())
        if architecture is not None and (
            problem := audit_problem(audit, architecture) or _try_registers(child, architecture)
        ):
            return problem
        return _try_memory(child, code)
    finally:
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, _WALL)


def audit_problem(audit: int, architecture: Architecture) -> Message | None:
    """Say that a program's system calls are not those of the machine that it is made for.

    Args:
        audit: The ``AUDIT_ARCH_*`` that PTRACE_GET_SYSCALL_INFO gives.
        architecture: Of the program.
    """
    if audit == architecture.audit:
        return None
    real = next((each.name for each in ARCHITECTURES if each.audit == audit), f"{audit:#x}")
    return message(
        "this is a program for {machine} on an emulated processor: the kernel's is {real}",
        machine=architecture.name,
        real=real,
    )


def _try_registers(child: int, architecture: Architecture) -> Message | None:
    words = ctypes.create_string_buffer(8 * len(architecture.registers))
    vector = (ctypes.c_uint64 * 2)(ctypes.addressof(words), len(words))
    into = vector if architecture.register_set else words
    kind = ctypes.c_void_p(architecture.register_set)
    if _libc().ptrace(architecture.get_request, child, kind, into) < 0:
        why = error_number_text(ctypes.get_errno())
        return message("a traced program's registers cannot be read ({why})", why=why)
    return None


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.restype = ctypes.c_long
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    return libc


def _try_memory(child: int, address: int) -> Message | None:
    # Breakpoints are written to the program's code, which is mapped read-only; a kernel may be
    # told not to allow that even to a tracer (proc_mem.force_override=never).
    try:
        memory = os.open(f"/proc/{child}/mem", os.O_RDWR | os.O_CLOEXEC)
        try:
            os.pwrite(memory, os.pread(memory, 1, address), address)
        finally:
            os.close(memory)
    except OSError as error:
        return message(
            "a traced program's code cannot be changed ({why})", why=system_error_text(error)
        )
    return None
