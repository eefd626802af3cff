"""Which processes and threads are traced: how they come, begin other programs, and end.

A new process reports twice, by its own first stop and by an event of its maker, in either order; it
is held until both are known, since only the event says whose memory it has. A thread belongs to its
process whichever comes first, and may have ended before its maker's event is read.
"""

import contextlib
import threading
from typing import NamedTuple

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.kernel.thread_status import GONE, thread_status, threads_of
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.clone_flags import (
    CLONE_FILES,
    CLONE_THREAD,
    CLONE_VFORK,
    CLONE_VM,
    clone_flags,
)
from walkthrough.capture.ptrace.stops import Origin
from walkthrough.capture.ptrace.traced_process import TracedProcess, TracedThread
from walkthrough.i18n.messages import message
from walkthrough.i18n.system_errors import system_error_text


class _Unclaimed(NamedTuple):
    """A process that has stopped for the first time, and whose maker's event is awaited."""

    status: int
    parent: int


class FirstStop(NamedTuple):
    """The first stop of a thread, or of a process by its first thread.

    Attributes:
        thread: The thread.
        status: What waitpid(2) said.
        begins_process: Whether its process begins with it.
    """

    thread: TracedThread
    status: int
    begins_process: bool


class ProcessTable:
    """All that is traced by one tracer.

    Args:
        architecture: What it all runs on.
        follow_children: Whether the processes that are started by a process that is followed are
            followed, too.

    Attributes:
        threads: Every thread, by its id.
        processes: Every process, by its pid.
        followed: How many of these are followed.
    """

    def __init__(self, architecture: Architecture, follow_children: bool) -> None:
        self.architecture = architecture
        self._follow_children = follow_children
        self.threads: dict[int, TracedThread] = {}
        self.processes: dict[int, TracedProcess] = {}
        self.followed = 0
        self._tracer = threading.get_native_id()
        self._expected: dict[int, TracedProcess] = {}  # the event came, the first stop has not
        self._unclaimed: dict[int, _Unclaimed] = {}  # the other way round

    def __bool__(self) -> bool:
        """Whether something is left that will stop or end."""
        return bool(self.threads or self._expected)

    @property
    def expects(self) -> bool:
        """Whether something new is there that has not stopped yet: a process, or a thread.

        Threads are looked for: their makers' events come late, or, if these are killed, never.
        """
        if self._expected:
            return True
        for process in self.processes.values():
            for thread in threads_of(process.pid):
                if thread not in self.threads:
                    known = thread_status(thread)
                    if known.state not in GONE and known.tracer == self._tracer:
                        return True
        return False

    @property
    def left_alone(self) -> int:
        """How many threads there are of processes that are not followed."""
        return sum(len(each.threads) or 1 for each in self.processes.values() if not each.followed)

    def add(self, process: TracedProcess) -> None:
        """Add a process; its threads are added one by one."""
        self.processes[process.pid] = process
        self.followed += process.followed

    def add_thread(self, thread: int, process: TracedProcess) -> TracedThread:
        """Add a thread of a process."""
        state = TracedThread(thread, process)
        self.threads[thread] = process.threads[thread] = state
        return state

    # beginnings

    def first_stop(self, thread: int, status: int) -> FirstStop | None:
        """Take the stop of a thread that is not in ``threads``.

        Returns:
            Whose it is; None if nothing is to be done: it is held until its maker's event comes, or
            it is gone.
        """
        process = self._expected.pop(thread, None)
        if process is not None:
            return FirstStop(self.add_thread(thread, process), status, True)
        known = thread_status(thread)
        if known.process == thread:
            self._unclaimed[thread] = _Unclaimed(status, known.parent)
            return None
        process = self.processes.get(known.process)
        if process is None:
            return None  # killed while we look
        return FirstStop(self.add_thread(thread, process), status, False)

    def made(self, maker: TracedThread, event: int) -> FirstStop | None:
        """Take the event by which ``maker`` tells of what it has just made.

        Returns:
            The first stop of the new process if that has come before; it goes on from here.

        Raises:
            CaptureError: It cannot be traced as well as all the others.
        """
        flags = self._flags(maker, event)
        if flags & CLONE_THREAD:
            return None  # it is known by its own first stop, or has ended already
        with contextlib.suppress(pt.PtraceError):
            child = pt.get_event_message(maker.id)
            if flags & CLONE_VFORK:
                maker.vfork = child
            return self._claim(child, maker.process, flags)
        return None  # killed meanwhile: see `ended`

    def _flags(self, maker: TracedThread, event: int) -> int:
        with contextlib.suppress(pt.PtraceError):
            registers = pt.get_registers(maker.id, maker.registers)
            return clone_flags(event, registers, self.architecture, maker.process.memory)
        return 0

    def _claim(self, child: int, maker: TracedProcess, flags: int) -> FirstStop | None:
        first = self._unclaimed.pop(child, None)
        try:
            process = TracedProcess(
                child,
                self.architecture,
                parent=maker.pid,
                origin=Origin.FORK,
                followed=maker.followed and self._follow_children,
                descriptors=maker.descriptors if flags & CLONE_FILES else 0,
            )
        except (FileNotFoundError, ProcessLookupError):
            return None  # killed before it began: nobody will hear of it
        except OSError as error:
            raise CaptureError(
                message(
                    "The program has more processes than can be traced at a time ({why}): let it "
                    "start fewer, or raise the limit (ulimit -n).",
                    why=system_error_text(error),
                )
            ) from error
        process.inherit(maker, bool(flags & CLONE_VM), bool(flags & CLONE_VFORK))
        self.add(process)
        if first is None:
            self._expected[child] = process
            return None
        return FirstStop(self.add_thread(child, process), first.status, True)

    # another program

    def execed(self, state: TracedThread) -> TracedThread:
        """Take the event of execve(2), which comes under the id of the process.

        All other threads are gone; if one of them made the call it has this id from here on, and
        its old one is never heard of again.

        Returns:
            The thread that is left, with what was remembered of the one that made the call.

        Raises:
            OSError: The process is gone.
            ptrace_api.PtraceError: Likewise.
        """
        process, state.stopped = state.process, False
        caller = self.threads.get(pt.get_event_message(state.id)) or state
        for thread in process.threads:
            self.threads.pop(thread, None)
        process.threads.clear()
        left = self.add_thread(process.pid, process)
        left.call, left.number, left.words, left.entry = (
            caller.call,
            caller.number,
            caller.words,
            caller.entry,
        )
        left.released, left.stopped = caller.released, True
        self._leave_memory(process)
        process.execute()
        return left

    # ends

    def ended(self, thread: int) -> tuple[TracedThread | None, list[FirstStop]]:
        """Take the end of a thread; its process ends with its first thread, or its last one.

        Returns:
            What was remembered of it, None if nothing was; and the processes that wait for an event
            that it can no longer tell: they go on from here.
        """
        state = self.threads.pop(thread, None)
        if state is None:
            self._unclaimed.pop(thread, None)
            process = self._expected.pop(thread, None)
            if process is not None:
                self.forget(process)
            return None, []
        process = state.process
        process.threads.pop(thread, None)
        if thread != process.pid and process.threads:
            return state, []
        self._leave_memory(process)
        self.forget(process)
        orphans = [pid for pid, each in self._unclaimed.items() if each.parent == process.pid]
        # Whether it had a copy of the memory or shared it: by now it is its own.
        claimed = [self._claim(pid, process, 0) for pid in orphans]
        return state, [each for each in claimed if each is not None]

    def lost(self, thread: int) -> None:
        """Take the end of a thread whose process goes on, whoever is left of it."""
        state = self.threads.pop(thread, None)
        if state is not None:
            state.process.threads.pop(thread, None)

    def forget(self, process: TracedProcess) -> None:
        """Forget a process and its threads: it is no longer traced."""
        for thread in process.threads:
            self.threads.pop(thread, None)
        if self.processes.pop(process.pid, None) is not None:
            self.followed -= process.followed
        process.close()

    def _leave_memory(self, process: TracedProcess) -> None:
        """Note that a process's memory belongs to those that share it, if there are any."""
        for other in self.processes.values():
            if other.parent == process.pid and other.borrows_memory:
                other.borrows_memory = process.borrows_memory

    def clear(self) -> None:
        """Forget all: it is gone, or no longer traced."""
        for process in self.processes.values():
            process.close()
        self.followed = 0
        for each in (self.threads, self.processes, self._expected, self._unclaimed):
            each.clear()
