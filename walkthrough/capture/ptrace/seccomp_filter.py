"""A seccomp filter that stops a program at chosen system calls alone: SECCOMP_RET_TRACE.

Without one every call of a traced program stops twice, whether anybody asks for it or not. A filter
belongs to the program for good, and so do its children: once no tracer is there, the chosen calls
fail with ENOSYS. So it is for programs that are launched and end with their tracer, never for those
that are attached to.

Installing one takes CAP_SYS_ADMIN, or else a promise that no program gains privileges by being
executed (no_new_privs, prctl(2)): setuid and file capabilities have no effect from then on.
"""

import ctypes
import mmap
import os
import struct
import sys
from collections.abc import Iterable

from walkthrough.capture import processes
from walkthrough.capture.ptrace.architecture.definition import Architecture

# prctl(2), seccomp(2)
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 22, 38
_MODE_FILTER = 2
_RET_TRACE, _RET_ALLOW = 0x7FF00000, 0x7FFF0000
# bpf(4) as in linux/filter.h: load a word of struct seccomp_data; jump if equal; return
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER, _AUDIT = 0, 4  # offsets in struct seccomp_data
_INSTRUCTION = struct.Struct("<HBBI")
_MOST_CALLS = 250
"""A jump reaches 255 instructions."""

# Loaded here, since nothing should be loaded in a new process.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
if _libc is not None:
    _libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]


_ACTIONS = "/proc/sys/kernel/seccomp/actions_avail"


def filters_are_available() -> bool:
    """Return whether this kernel has filters that stop a traced program, seccomp(2)."""
    try:
        with open(_ACTIONS, encoding="ascii") as file:
            return "trace" in file.read().split()
    except OSError:
        return False


def filter_program(numbers: Iterable[int], architecture: Architecture) -> bytes:
    """Return the filter as an array of ``struct sock_filter``.

    Calls of another kind, such as 32-bit ones by int 0x80, have other numbers: they pass.

    Args:
        numbers: The calls that are to stop. restart_syscall(2) is added, by which those that were
            interrupted go on, and nanosleep(2). By that the monitor thread of a Go program waits
            20 us and more, and takes the processor (P) of a thread that has been in a system call
            for so long; each call that stops has been. If the monitor did not stop as well, Go
            would hand its goroutines from thread to thread, and take twice the time.
        architecture: Whose numbers they are.

    Raises:
        ValueError: There are more than `_MOST_CALLS`.
    """
    chosen = sorted({*numbers, architecture.restart_syscall, architecture.nanosleep})
    count = len(chosen)
    if count > _MOST_CALLS:
        raise ValueError(f"{count} system calls in one filter")
    program = [
        (_LOAD, 0, 0, _AUDIT),
        (_JUMP_IF_EQUAL, 0, count + 1, architecture.audit),
        (_LOAD, 0, 0, _NUMBER),
        *((_JUMP_IF_EQUAL, count - row, 0, number) for row, number in enumerate(chosen)),
        (_RETURN, 0, 0, _RET_ALLOW),
        (_RETURN, 0, 0, _RET_TRACE),
    ]
    return b"".join(_INSTRUCTION.pack(*each) for each in program)


class SeccompFilter:
    """A filter, ready to be installed in a new process, where nothing should be prepared any more.

    Args:
        numbers: As for `filter_program`.
        architecture: Likewise.
    """

    def __init__(self, numbers: Iterable[int], architecture: Architecture) -> None:
        code = filter_program(numbers, architecture)
        self._code = ctypes.create_string_buffer(code, len(code))
        # struct sock_fprog: how many instructions, and where
        fields = (len(code) // _INSTRUCTION.size, ctypes.addressof(self._code))
        self._program = ctypes.create_string_buffer(struct.pack("@HP", *fields))
        # Shared with the new process, in which every descriptor may be closed by then.
        self._refused = mmap.mmap(-1, 1)

    @property
    def refused(self) -> int:
        """The error number with which the new process could not install it; 0 if it has."""
        return self._refused[0]

    def install(self) -> None:
        """Install it in this process, which cannot be undone.

        Where this kernel has no such filters, or a container allows none, nothing is installed, and
        `refused` says so, in the process that made this one, too.
        """
        assert _libc is not None
        at = ctypes.addressof(self._program)
        if _libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, at, 0, 0) == 0:
            return  # with CAP_SYS_ADMIN: programs may still gain privileges
        if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or _libc.prctl(
            _PR_SET_SECCOMP, _MODE_FILTER, at, 0, 0
        ):
            self._refused[0] = ctypes.get_errno()


def try_filter(architecture: Architecture) -> int:
    """Install a filter in a child of our own, which ends at once.

    Returns:
        The error number with which it was refused; 0 if it was not.
    """
    filter_ = SeccompFilter((), architecture)
    child = processes.fork_child()
    if child == 0:
        filter_.install()
        os._exit(0)
    os.waitpid(child, 0)
    return filter_.refused
