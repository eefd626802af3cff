"""The processes that a traced program has started: none is left behind.

They are traced from their first instruction on, because their maker is (PTRACE_O_TRACEFORK), and
so end with the tracer (PTRACE_O_EXITKILL).
"""

import contextlib
import os
import signal

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.i18n.messages import message


def too_many(most: int) -> CaptureError:
    """Return what is said of a program that starts more processes than it may."""
    if not most:
        return CaptureError(
            message(
                "The program was ended as it started another process, which cannot be kept from "
                "listening where others on your network can connect."
            )
        )
    return CaptureError(
        message(
            "The program was ended as it had more than {count} processes or threads of processes "
            "started: let it start fewer.",
            count=most,
        )
    )


def kill_traced() -> None:
    """Kill and reap all that is traced, once the program itself is gone. Idempotent.

    Those too that nobody has heard of yet: they stand before their first instruction, and
    would be taken for somebody's of whoever is traced next.
    """
    with contextlib.suppress(ChildProcessError):  # there is none left, nor any other child
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT | pt.WALL)
        while left := traced_processes():
            for process in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            flags = 0
            while os.waitpid(-1, pt.WALL | flags)[0]:
                flags = os.WNOHANG


def traced_processes() -> list[int]:
    """Return the processes that this one traces."""
    ours = {b"TracerPid:\t%s\n" % thread for thread in os.listdir(b"/proc/self/task")}
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/status", "rb") as file:
            if not ours.isdisjoint(file):
                found.append(int(name))
    return found
