"""Dying with one's parent: what keeps any process from staying behind, see prctl(2)."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> bool:
    """Ask the kernel to kill this process when the thread that started it ends.

    Args:
        parent: Process id of the parent, as it was before this process was started.

    Returns:
        False if the parent has ended already: then it is for the caller to end.
    """
    return _signalled(signal.SIGKILL, parent)


def end_with_parent(parent: int) -> bool:
    """Do the same with SIGTERM, for a process that has something to put away before it ends.

    Its handler has to be there already.
    """
    return _signalled(signal.SIGTERM, parent)


def _signalled(number: signal.Signals, parent: int) -> bool:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    return os.getppid() == parent
