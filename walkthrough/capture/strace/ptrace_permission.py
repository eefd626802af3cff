"""Permission to be traced by a sibling, see prctl(2)."""

import ctypes

_PR_SET_PTRACER = 0x59616D61


def allow(tracer: int) -> None:
    """Let ``tracer`` and its descendants trace this process, and what it becomes by execve(2).

    Yama at 1, as many distributions have it, lets only ancestors attach otherwise. Where there is
    no Yama this does nothing.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, tracer, 0, 0, 0)
