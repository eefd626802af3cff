"""Ending with the parent process: no process stays behind, see prctl(2)."""

import ctypes
import os
import signal
import sys
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
_UNWINDING_SECONDS = 0.7
# Loaded here, since nothing should be loaded in a new process.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(parent: int) -> bool:
    """Ask the kernel to kill this process when the thread that started it ends.

    Args:
        parent: Process id of the parent, as it was before this process was started.

    Returns:
        False if the parent has ended already: then the caller has to end.
    """
    return signalled_with_parent(signal.SIGKILL, parent)


def end_with_parent(parent: int) -> bool:
    """Do the same with SIGTERM, for a process that has something to clean up before it ends.

    Its handler has to be installed already.
    """
    return signalled_with_parent(signal.SIGTERM, parent)


def signalled_with_parent(number: signal.Signals, parent: int) -> bool:
    """Ask the kernel to send this process a signal when the thread that started it ends.

    This survives execve(2), unless the program has capabilities of its own.

    Args:
        number: The signal.
        parent: As for `die_with_parent`.

    Returns:
        As `die_with_parent`.
    """
    assert _libc is not None
    _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    return os.getppid() == parent


def unwind(*_: object) -> NoReturn:
    """End this process, as the handler of a signal: what it has started ends first.

    If that takes long, the process ends anyway, and what it has started with it, as above.

    Raises:
        SystemExit: Always.
    """
    signal.setitimer(signal.ITIMER_REAL, _UNWINDING_SECONDS)
    sys.exit(2)
