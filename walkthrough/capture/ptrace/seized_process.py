"""All threads of a running process, seized, and stopped or resumed together.

For what is done to a whole process while it stands still, and then to be left at once; nothing that
it does meanwhile is reported. A tracer that shows what happens is `PtraceTracer`.
"""

import contextlib
import errno
import os
import signal
import time
from collections.abc import Callable

from walkthrough.capture.kernel.thread_status import GONE, thread_status, threads_of
from walkthrough.capture.ptrace import attach_requests as attach
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.standstill import AGAIN_S
from walkthrough.capture.ptrace.zombie_reaper import ZombieReaper

OPTIONS = pt.O_TRACESYSGOOD
_LOOK = os.WEXITED | os.WSTOPPED | os.WNOWAIT | os.WNOHANG | pt.WALL
_ENDS = (os.CLD_EXITED, os.CLD_KILLED, os.CLD_DUMPED)
_PAUSE = 0.0002
"""Seconds between two looks; a thread that is interrupted stops within microseconds."""
_TRAP = int(signal.SIGTRAP)
_INTERRUPTED = _TRAP | attach.EVENT_STOP << 8


class SeizedProcess:
    """One process. All calls belong to one thread, which is then its tracer.

    Args:
        pid: The process.
        is_breakpoint: Called with a thread that stands at SIGTRAP, before that stop is taken.
            Returns whether it was a breakpoint of ours: then the thread has been led on, and does
            not get the signal.
    """

    def __init__(self, pid: int, is_breakpoint: Callable[[int], bool]) -> None:
        self.pid = pid
        self._is_breakpoint = is_breakpoint
        self._running: set[int] = set()
        self.standing: dict[int, int] = {}
        """The threads that stand still, and the signal and event (times 256) of their stop; 0 at
        a breakpoint of ours."""

    @property
    def threads(self) -> set[int]:
        """All threads that are known."""
        return self._running | self.standing.keys()

    def stop(self, seconds: float) -> bool:
        """Seize threads until there is no new one, and have all of them stand still.

        Returns:
            Whether all stand still. False if time is up: a thread in an uninterruptible sleep
            (state D) cannot be stopped. True for a process that has ended: it has no threads.

        Raises:
            PtraceError: A thread may not be traced; errno EPERM also if somebody else traces it.
        """
        until = time.monotonic() + seconds
        self._interrupt_all()
        while True:
            new = [each for each in threads_of(self.pid) if each not in self.threads]
            with ZombieReaper(lambda: [self.pid]) as reaper:
                seized = [each for each in new if self._seize(each, reaper)]
            for thread in reaper.ended:
                self._running.discard(thread)
                self.standing.pop(thread, None)
            if not self._wait(until):
                return False
            if not seized:
                return True

    def _seize(self, thread: int, reaper: ZombieReaper) -> bool:
        try:
            reaper.seizing()
            attach.seize(thread, OPTIONS)
        except pt.PtraceError as error:
            if error.errno == errno.ESRCH or thread_status(thread).state in GONE:
                return False
            raise
        finally:
            reaper.seized()
        self._running.add(thread)
        self._interrupt(thread)
        return True

    def _interrupt(self, thread: int) -> None:
        with contextlib.suppress(pt.PtraceError):  # it has ended, which will be seen
            attach.interrupt(thread)

    def _interrupt_all(self) -> None:
        for thread in self._running:
            self._interrupt(thread)

    def _wait(self, until: float) -> bool:
        again = time.monotonic() + AGAIN_S
        while self._running:
            before = len(self._running)
            for thread in list(self._running):
                self._look(thread)
            if len(self._running) == before:
                now = time.monotonic()
                if now > until:
                    return False
                if now > again:
                    again = now + AGAIN_S
                    self._interrupt_all()
                time.sleep(_PAUSE)
        return True

    def _look(self, thread: int) -> None:
        try:
            seen = os.waitid(os.P_PID, thread, _LOOK)
        except ChildProcessError:  # it ended by another's execve(2), which leaves no status
            self._running.discard(thread)
            return
        if seen is None:
            return
        if seen.si_code in _ENDS:
            os.waitpid(thread, pt.WALL)
            self._running.discard(thread)
            return
        try:
            stop = seen.si_status
            if stop == _TRAP and self._is_breakpoint(thread):
                stop = 0
            os.waitpid(thread, pt.WALL)
        except (pt.PtraceError, ChildProcessError):
            return  # killed meanwhile
        self._running.discard(thread)
        self.standing[thread] = stop

    def let_traps_come(self, seconds: float) -> bool:
        """Have threads whose SIGTRAP waits behind the stop they stand in get to it.

        An interrupt is answered before a signal: a thread that had just met a breakpoint then
        stands in an event-stop with its program counter behind it, like one that had been there.

        Returns:
            As `stop`.
        """
        until = time.monotonic() + seconds
        while waiting := [each for each in self.standing if self._has_trap(each)]:
            for thread in waiting:
                self._resume(thread, self.standing.pop(thread))
            if not self._wait(until):
                return False
        return True

    def _has_trap(self, thread: int) -> bool:
        if self.standing[thread] in (0, _TRAP):
            return False
        try:
            return _TRAP in attach.queued_signals(thread)
        except pt.PtraceError:
            return False

    def interrupted(self) -> list[int]:
        """Return the threads that stand in an event-stop, and have no signal queued.

        If there is none, one of the others is brought to one, as it would have gone on.
        """
        while self.standing:
            found = [thread for thread, stop in self.standing.items() if stop >> 8]
            if found:
                return [each for each in found if not self._queued(each)] or found
            thread, stop = next(iter(self.standing.items()))
            del self.standing[thread]
            self._interrupt(thread)
            self._resume(thread, stop)
            self._wait(time.monotonic() + 1)
        return []

    def _queued(self, thread: int) -> tuple[int, ...]:
        try:
            return attach.queued_signals(thread)
        except pt.PtraceError:
            return ()

    def run(self) -> None:
        """Let all threads run on that stand still, with the signals that they were to get."""
        for thread, stop in self.standing.items():
            self._resume(thread, stop)
        self.standing.clear()

    def _resume(self, thread: int, stop: int) -> None:
        self._running.add(thread)
        with contextlib.suppress(pt.PtraceError):  # killed: it will be seen
            if stop >> 8 == attach.EVENT_STOP and stop != _INTERRUPTED:
                attach.listen(thread)
            else:
                pt.resume(thread, _deliverable(stop))

    def release(self, seconds: float) -> None:
        """Trace no thread any longer, whether it stands or runs. Idempotent.

        One that runs and is traced would stop at its next signal, and nobody would answer it.

        Args:
            seconds: How long those that run are waited for. One in an uninterruptible sleep (state
                D) is traced until this thread ends.
        """
        self._interrupt_all()
        self._wait(time.monotonic() + seconds)
        self.detach()

    def detach(self) -> None:
        """Trace no thread any longer that stands still; each gets the signal that it was to get."""
        for thread, stop in self.standing.items():
            with contextlib.suppress(pt.PtraceError):
                attach.detach(thread, _deliverable(stop))
        self.standing.clear()


def _deliverable(stop: int) -> int:
    return 0 if stop >> 8 or stop & 0x80 else stop
