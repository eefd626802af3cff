"""Permission to be traced by a sibling, see prctl(2)."""

import ctypes

_PR_SET_PTRACER = 0x59616D61


def allow(tracer: int) -> None:
    """Let ``tracer`` and its descendants trace this process, also after execve(2).

    Yama at 1, the setting of many distributions, otherwise lets only ancestors attach. Where there
    is no Yama this does nothing.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, tracer, 0, 0, 0)
