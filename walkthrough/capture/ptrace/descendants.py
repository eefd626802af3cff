"""The processes that a traced program starts: not observed, but never left behind.

They are traced from their first instruction on, because their parent is (PTRACE_O_TRACEFORK), and
so end with the tracer (PTRACE_O_EXITKILL). They run freely: no stop of theirs is reported.
"""

import contextlib
import os
import signal
from collections.abc import Mapping

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.breakpoints import PreparedProbe
from walkthrough.i18n.messages import Message, message

_STOPPING = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


class Descendants:
    """All threads of all such processes.

    Args:
        most: How many there may be at a time; 0 for none. A program that starts more is refused.
        architecture: Of their breakpoints.
    """

    def __init__(self, most: int, architecture: Architecture) -> None:
        self._most = most
        self._architecture = architecture
        self._threads: dict[int, bool] = {}  # whether it has begun, in the order of their start

    def __bool__(self) -> bool:
        """Whether one is left."""
        return bool(self._threads)

    def add(self, thread: int) -> None:
        """Take a new one, which is stopped before its first instruction, and let it run.

        Raises:
            CaptureError: There are too many.
        """
        self._threads[thread] = True
        if len(self._threads) > self._most:
            raise CaptureError(self._too_many())
        with contextlib.suppress(pt.PtraceError):
            pt.resume(thread, 0)

    def _too_many(self) -> Message:
        if not self._most:
            return message(
                "The program was ended as it started another process, which cannot be kept from "
                "listening where others on your network can connect."
            )
        return message(
            "The program was ended as it had more than {count} processes or threads of processes "
            "started: let it start fewer.",
            count=self._most,
        )

    def take(self, thread: int, status: int, probes: Mapping[int, PreparedProbe]) -> bool:
        """Answer a stop, or the end, of one of them; return whether it was one.

        Args:
            thread: The thread that waitpid(2) has named.
            status: Its status.
            probes: The breakpoints of the program, which a fork has a copy of.
        """
        if thread not in self._threads:
            return False
        if not os.WIFSTOPPED(status):
            del self._threads[thread]
            return True
        number, event = status >> 8 & 0xFF, status >> 16
        with contextlib.suppress(pt.PtraceError):
            if event or (number in _STOPPING and pt.is_group_stop(thread)):
                number = 0
            elif number == signal.SIGTRAP and self._is_at(thread, probes):
                # Between fork and exec Go only makes system calls: it is no Go program that runs.
                number = signal.SIGKILL
            pt.resume(thread, number)
        return True

    def _is_at(self, thread: int, probes: Mapping[int, PreparedProbe]) -> bool:
        architecture = self._architecture
        registers = pt.get_registers(thread, pt.Registers(architecture))
        return registers[architecture.pc] - architecture.beyond in probes

    def clear(self) -> None:
        """Forget them: they are gone."""
        self._threads.clear()

    def kill(self) -> None:
        """Kill and reap them all once the program itself is gone. Idempotent.

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
        self._threads.clear()


def traced_processes() -> list[int]:
    """Return the processes that this one traces."""
    ours = {b"TracerPid:\t%s\n" % thread for thread in os.listdir(b"/proc/self/task")}
    found = []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/status", "rb") as file:
            if not ours.isdisjoint(file):
                found.append(int(name))
    return found
