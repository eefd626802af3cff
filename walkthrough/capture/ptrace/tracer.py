"""The tracer's loop: waits for stops, saves what they show, and resumes threads.

One thread owns it all. Breakpoints are on instructions that `resume` emulates, those that open a
frame and those that return (`FrameShape`), so none is ever removed and no other thread can slip
past. It knows nothing of events, lessons or clients.

Programs are launched, and die with the tracer; or processes that run are attached to, and left
again as they were.
"""

import contextlib
import errno
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from walkthrough.capture.decode import calls
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace import attach_checks, attach_requests, attaching, detaching
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.architecture.selection import native
from walkthrough.capture.ptrace.binary import BinaryAnalysis
from walkthrough.capture.ptrace.descendants import kill_traced, too_many
from walkthrough.capture.ptrace.detaching import Detachment
from walkthrough.capture.ptrace.launching import launch, untraceable
from walkthrough.capture.ptrace.process_table import FirstStop, ProcessTable
from walkthrough.capture.ptrace.protection import Protection
from walkthrough.capture.ptrace.seccomp_filter import SeccompFilter
from walkthrough.capture.ptrace.standstill import Standstill
from walkthrough.capture.ptrace.stop_saver import StopSaver
from walkthrough.capture.ptrace.stops import Origin, StopKind, ThreadStop
from walkthrough.capture.ptrace.traced_functions import TracedFunction
from walkthrough.capture.ptrace.traced_process import (
    Analyse,
    TracedProcess,
    TracedThread,
    WatchedProgram,
)

MOST_PROCESSES = 64
"""How many processes a program may have started at a time, counted with their threads."""

OPTIONS = (
    pt.O_TRACESYSGOOD
    | pt.O_TRACECLONE
    | pt.O_TRACEFORK
    | pt.O_TRACEVFORK
    | attach_requests.O_TRACEVFORKDONE
    | pt.O_TRACEEXEC
)
SIGTRAP = int(signal.SIGTRAP)
_UNTOLD_ONCE_FREE = (StopKind.FUNCTION_ENTERED, StopKind.FUNCTION_RETURNED, StopKind.CALL_ENTERED)
SYSCALL_STOP = SIGTRAP | 0x80  # as PTRACE_O_TRACESYSGOOD reports it
_LOOK = os.WEXITED | os.WSTOPPED | os.WNOWAIT | pt.WALL


class PtraceTracer:
    """Traces programs: one that is launched, or several that are attached to, and their children.

    Args:
        analysis: What is known of the binary that is launched, whose architecture is this
            machine's; None watches no functions.
        watched: The functions to watch in it.
        follow: The system calls that become stops, by number; None for all on the path.
        save_stack: Whether to save the stack at system calls (for their source lines).
        most_processes: How many processes that are left alone there may be at a time; a program
            that starts more is refused.
        follow_children: Whether stops of the processes are reported that are started by those that
            are traced. Otherwise they run as if nobody traced them.
        analyse: Says what to watch in the programs of all other processes: those that are attached
            to, and whatever any of them executes, execve(2). What it cannot read is a
            `CaptureError`, which becomes `TracedProcess.analysis_error`. None watches no functions.
        filtered: Whether a seccomp filter stops what is launched at calls in ``follow`` alone, see
            `seccomp_filter`: faster where other calls are many. Where that is refused, all of its
            calls stop it. Not for attaching.
        protection: What keeps processes that are attached to alive if this one is killed.
    """

    def __init__(
        self,
        analysis: BinaryAnalysis | None = None,
        watched: tuple[TracedFunction, ...] = (),
        follow: Mapping[int, calls.CallSpec] | None = None,
        save_stack: bool = True,
        most_processes: int = MOST_PROCESSES,
        *,
        follow_children: bool = False,
        analyse: Analyse | None = None,
        filtered: bool = False,
        protection: Protection | None = None,
    ) -> None:
        self._program = WatchedProgram(analysis, watched) if analysis is not None else None
        self._architecture = native()
        self._follow = calls.calls_of(self._architecture.name) if follow is None else follow
        self._saver = StopSaver(self._architecture, self._follow, save_stack)
        self._most_processes = most_processes
        self._analyse = analyse
        self._filtered = filtered
        self._protection = protection
        self._table = ProcessTable(self._architecture, follow_children)
        self._threads = self._table.threads
        self._standstill = Standstill(self._table)
        self._queue: deque[ThreadStop] = deque()
        self._free = False
        self.filter_refused = 0
        """The error number with which the filter was refused; 0 if it is there, or not wanted."""
        self._go_on_with = pt.resume_to_syscall
        self._launched = False
        self._reaped = False
        self.pid = 0
        """Of the process that was launched; of the first that was attached to."""
        self.hidden_signals = 0
        """How many SIGURG were passed on untold."""

    # beginning

    def start(
        self,
        program: Path,
        arguments: Sequence[str | bytes],
        before_exec: Callable[[], None] | None = None,
        environment: Mapping[bytes, bytes] | None = None,
    ) -> None:
        """Start the program, halted before its first instruction.

        Args:
            program: Path of the executable.
            arguments: Its argument vector, ``argv[0]`` first.
            before_exec: Called in the new process before execve(2): redirect, limit.
            environment: Its environment, byte for byte; by default `processes.environment`.

        Raises:
            CaptureError: It cannot be started or traced.
        """
        self.pid = self._launch(program, arguments, before_exec, environment)
        self._launched = True
        try:
            process = TracedProcess(self.pid, self._architecture)
            self._table.add(process)
            self._table.add_thread(self.pid, process).stopped = True
            if self._program is not None:
                process.watch(self._program)
            else:
                self._look_at(process)
            self._insert(process)
        except OSError as error:
            self.kill()
            raise untraceable(program.name, error) from error
        self._queue.append(self._began(process, time.monotonic_ns(), Origin.LAUNCHED))

    def _launch(
        self,
        program: Path,
        arguments: Sequence[str | bytes],
        before_exec: Callable[[], None] | None,
        environment: Mapping[bytes, bytes] | None,
    ) -> int:
        """Start the program with a filter, or without one where none is wanted or allowed."""
        if self._filtered:
            filter_ = SeccompFilter(self._follow, self._architecture)
            options = OPTIONS | pt.O_TRACESECCOMP
            try:
                pid = launch(program, arguments, options, before_exec, environment, filter_.install)
            except CaptureError as error:
                cause = error.__cause__
                if not (isinstance(cause, pt.PtraceError) and cause.errno == errno.EINVAL):
                    raise
                # PTRACE_O_TRACESECCOMP is not known; the program has not begun.
                self.filter_refused = errno.EINVAL
            else:
                self.filter_refused = filter_.refused
                if not self.filter_refused:
                    self._go_on_with = pt.resume
                return pid
        return launch(program, arguments, OPTIONS, before_exec, environment)

    def attach(self, pids: Sequence[int], with_children: bool = False) -> None:
        """Attach to processes that run. All their threads stand afterwards, as after `halt`.

        They have begun (`StopKind.PROCESS_STARTED`, and the threads) without being held: `carry_on`
        lets all of them run.

        Args:
            pids: Their process ids, in this process's pid namespace.
            with_children: Whether the processes that they have started belong to it.

        Raises:
            CaptureError: One cannot be traced, or has ended; all others run as before.
        """
        self.pid = pids[0]
        try:
            looked_at = [attach_checks.look(pid) for pid in pids]
            for pid in pids:
                self._table.add(self._open(pid, 0))
            seized = attaching.stop_all(
                self._table, self._reach, OPTIONS, self._open, with_children
            )
            for facts in looked_at:
                if not attach_checks.is_same(facts):
                    raise CaptureError(attach_checks.reused(facts.pid))
            for process in self.processes():
                self._insert_in_running(process)
        except (CaptureError, pt.PtraceError, OSError) as error:
            self.detach()
            if isinstance(error, CaptureError):
                raise
            raise attaching.untraceable(pids[0], error) from error
        now = time.monotonic_ns()
        begun: list[ThreadStop] = []
        for process in self.processes():
            if any(thread in seized for thread in process.threads):
                begun.append(self._began(process, now, Origin.ATTACHED, held=False))
            begun.extend(
                ThreadStop(StopKind.THREAD_STARTED, thread, now, process=process.pid)
                for thread in process.threads
                if thread in seized and thread != process.pid
            )
        self._queue.extendleft(reversed(begun))

    def _open(self, pid: int, parent: int) -> TracedProcess:
        """Look at a process while it still runs: reading its program takes long.

        Raises:
            OSError: There is none, or it is another user's.
        """
        if self._protection is not None:
            self._protection.put_back(pid)
        process = TracedProcess(pid, self._architecture, parent=parent, origin=Origin.ATTACHED)
        try:
            self._look_at(process)
        except OSError:
            process.close()
            raise
        return process

    def _insert_in_running(self, process: TracedProcess) -> None:
        """Insert breakpoints in a process that was looked at while it ran."""
        try:
            self._insert(process)
        except OSError:  # meanwhile it has executed another program: the memory is another one
            process.execute()
            process.origin = Origin.ATTACHED
            self._look_at(process)
            self._insert(process)

    @property
    def gains_no_privileges(self) -> bool:
        """Whether what was launched cannot gain privileges (no_new_privs)."""
        try:
            with open(f"/proc/{self.pid}/status", "rb") as file:
                return any(line.split() == [b"NoNewPrivs:", b"1"] for line in file)
        except OSError:
            return False

    def process(self, pid: int) -> TracedProcess | None:
        """Return a process that is traced, None if it has ended."""
        return self._table.processes.get(pid)

    def processes(self) -> list[TracedProcess]:
        """Return all processes that are followed, in the order in which they began."""
        return [each for each in self._table.processes.values() if each.followed]

    def _look_at(self, process: TracedProcess) -> None:
        """Have the program that a process runs analysed.

        Raises:
            OSError: The process is gone.
        """
        if self._analyse is None or not process.followed:
            return
        try:
            program = self._analyse(process.seen_as)
            if program is not None:
                process.watch(program)
        except CaptureError as error:
            process.analysis_error = error

    def _insert(self, process: TracedProcess) -> None:
        """Insert the breakpoints of a process whose threads all stand.

        Raises:
            OSError: The process is gone, or runs another program by now.
        """
        if self._free or process.inserted or process.borrows_memory or not process.probes:
            return
        if self._protection is not None and not self._launched:
            try:
                self._protection.install(process)
            except CaptureError as error:
                process.leave_unwatched(error)
                return
        process.insert_breakpoints()

    # the loop

    def stops(self, flags: int = 0) -> Iterator[ThreadStop]:
        """Yield stops as they come, until no thread is left (or, with WNOHANG, none is waiting).

        A thread that is ``held`` stays stopped until `resume` is called for it.

        Raises:
            CaptureError: The program has started too many processes that are left alone.
        """
        while True:
            while self._queue:
                stop = self._queue.popleft()
                if not stop.held or stop.thread in self._threads:
                    yield stop
            if not (self._table and (flags or self._table.followed)):
                return
            try:
                thread, status = self._wait(flags)
            except ChildProcessError:
                self._table.clear()
                return
            if thread == 0:
                return
            if (found := self._examine(thread, status)) is not None:
                yield found

    def _wait(self, flags: int, thread: int = -1) -> tuple[int, int]:
        """Wait for the next stop or end, of any thread or of one, as waitpid(2) does."""
        if self._protection is None:
            return os.waitpid(thread, pt.WALL | flags)
        # A stop that was taken from the kernel is answered by us alone: should we die before, its
        # instruction would be skipped. So a thread is sent to its thunk first.
        whose = (os.P_ALL, 0) if thread < 0 else (os.P_PID, thread)
        while True:
            seen = os.waitid(*whose, _LOOK | flags)
            if seen is None:
                return 0, 0
            if seen.si_code == os.CLD_TRAPPED and seen.si_status == SIGTRAP:
                self._send_aside(seen.si_pid)
            with contextlib.suppress(ChildProcessError):  # an execve(2) has taken its id away
                return os.waitpid(seen.si_pid, pt.WALL)

    def _send_aside(self, thread: int) -> None:
        """Send a thread that stands at a breakpoint to the thunk that stands for it."""
        state = self._threads.get(thread)
        if state is None or not state.process.thunks:
            return
        machine = self._architecture
        with contextlib.suppress(pt.PtraceError):
            registers = pt.get_registers(thread, state.registers)
            thunk = state.process.thunks.get(registers[machine.pc] - machine.beyond)
            if thunk is not None:
                state.registers.put(machine.pc, thunk)
                pt.set_registers(thread, state.registers)
                state.aside = True

    def _take(self, thread: int) -> bool:
        """Take a stop of a thread, -1 for any, and keep it for `stops`; return if there was one."""
        try:
            found, status = self._wait(os.WNOHANG, thread)
        except ChildProcessError:
            return False
        if found and (stop := self._examine(found, status)) is not None:
            self._queue.append(stop)
        return found != 0

    def resume(self, thread: int) -> None:
        """Resume a held thread; one that has died meanwhile is ignored."""
        state = self._threads.get(thread)
        if state is not None and state.stopped:
            state.released = self._standstill.holds
            self._go_on(state)

    def _go_on(self, state: TracedThread) -> None:
        """Let a thread run that stands in a stop."""
        state.stopped = state.halted = False
        try:
            if state.probe is not None:
                self._saver.carry_out(state, state.probe.probe)
                state.probe = None
            if state.group_stop:
                state.group_stop = False
                attach_requests.listen(state.id)
                return
            pending, state.pending = state.pending, 0
            if pending and state.process.thunks and self._protection is not None:
                self._protection.leave_thunk(state)
            if state.call is not None:
                pt.resume_to_syscall(state.id, pending)
            elif self._free or not state.process.followed:
                pt.resume(state.id, pending)
            else:
                self._go_on_with(state.id, pending)
        except pt.PtraceError:
            pass  # killed meanwhile: its end will be reported

    def _pass_on(self, state: TracedThread) -> None:
        """Let a thread run on whose stop is not reported, unless all are to stand still."""
        if self._standstill.holds and not self._standstill.lets_run(state):
            state.halted = True
        else:
            self._go_on(state)

    def halt(self) -> list[int]:
        """Stop all threads that run, then and there; `carry_on` lets them run again.

        Meanwhile `resume` lets one thread run to what it reports next. What is reported until all
        stand comes from `stops`.

        Returns:
            Those that do not stop, as they wait in the kernel for something else (state D).
        """
        return [each.id for each in self._reach(for_all=False)]

    def carry_on(self) -> None:
        """Let all threads run that stand only because all were halted, or attached to."""
        self._standstill.end(self._go_on)

    def _reach(self, for_all: bool) -> list[TracedThread]:
        return self._standstill.reach(self._take, self._go_on, for_all)

    def let_go(self) -> None:
        """Let all run at full speed from here on: no more stops at functions and calls.

        Threads may run meanwhile: one instruction is restored at a time, and a thread that has
        just hit the breakpoint there is still resumed correctly. The end of a system call whose
        beginning was reported is reported, too; signals, threads and the ends of processes always
        are.
        """
        self._free = True
        for process in self._table.processes.values():
            process.restore_text()

    def fail_call(self, thread: int, number: int) -> None:
        """Make the system call at whose entry ``thread`` is held fail with error ``number``.

        The kernel skips it, and stops at its end as usual; there it gets its result (ptrace(2),
        "Syscall-stops").

        Raises:
            CaptureError: This kernel cannot skip a call.
        """
        state = self._threads.get(thread)
        if state is not None:
            self._saver.fail_call(state, number)

    def _examine(self, thread: int, status: int) -> ThreadStop | None:
        """Take what `_wait` has returned; what is not reported runs on."""
        now = time.monotonic_ns()
        if status & 0xFF != 0x7F:  # WIFSTOPPED, without a call
            return self._ended(thread, status, now)
        state = self._threads.get(thread)
        if state is None and status >> 16 == pt.EVENT_EXEC and thread in self._table.processes:
            # By a thread that was traced, of a process whose first thread was not yet.
            state = self._table.add_thread(thread, self._table.processes[thread])
        if state is None:
            first = self._table.first_stop(thread, status)
            return self._begin(first, now) if first is not None else None
        state.stopped = True
        number = status >> 8 & 0xFF
        event = status >> 16
        stop: ThreadStop | None
        try:
            if not state.process.followed:
                self._of_one_left_alone(state, number, event, now)
                return None
            if number == SYSCALL_STOP:
                stop = self._saver.at_syscall(state, now)
            elif event:
                stop = self._at_ptrace_event(state, number, event, now)
            elif number == SIGTRAP and (at := self._saver.at_breakpoint(state, now)):
                stop = at
            else:
                stop = self._at_signal(state, number, now)
        except pt.PtraceError:
            return None  # killed between its stop and our reading it: its end will be reported
        if self._free and stop is not None and stop.what in _UNTOLD_ONCE_FREE:
            state.call = None  # then nobody waits for its end either
            stop = None
        if stop is None:
            if state.stopped:
                self._pass_on(state)
        else:
            state.released = False
        return stop

    # beginnings and ends

    def _began(
        self, process: TracedProcess, now: int, origin: Origin, held: bool = True
    ) -> ThreadStop:
        return ThreadStop(
            StopKind.PROCESS_STARTED,
            process.pid,
            now,
            held=held,
            process=process.pid,
            parent=process.parent,
            origin=origin,
        )

    def _begin(self, first: FirstStop, now: int) -> ThreadStop | None:
        """Let a new thread or process begin, by its first stop.

        Raises:
            CaptureError: There are too many that are left alone.
        """
        state, process = first.thread, first.thread.process
        state.stopped = True
        number, event = first.status >> 8 & 0xFF, first.status >> 16
        state.group_stop = event == attach_requests.EVENT_STOP and number != SIGTRAP
        if first.begins_process and process.thunks and not process.borrows_memory:
            assert self._protection is not None
            self._protection.inherited(process)
        if not process.followed:
            if self._launched and self._table.left_alone > self._most_processes:
                raise too_many(self._most_processes)
            self._leave_alone(state, first.begins_process)
            return None
        if not first.begins_process:
            return ThreadStop(
                StopKind.THREAD_STARTED, state.id, now, held=True, process=process.pid
            )
        if self._free:
            process.restore_text()  # it may have been made before we let go
        return self._began(process, now, Origin.FORK)

    def _leave_alone(self, state: TracedThread, begins_process: bool) -> None:
        """Let a thread run whose stops are not reported, without breakpoints in its way.

        What was launched stays traced, so that it ends with the tracer; a child of what was
        attached to does not. A vfork keeps its maker's breakpoints until it executes a program.
        """
        process = state.process
        if begins_process and not process.borrows_memory:
            process.restore_text()
            if not self._launched:
                self._detach_process(process)
                return
            process.probes, process.originals = {}, {}
        self._go_on(state)

    def _of_one_left_alone(self, state: TracedThread, number: int, event: int, now: int) -> None:
        """Answer any stop of a thread whose stops are not reported."""
        process = state.process
        self._note_event(state, number, event, now)
        if event == pt.EVENT_EXEC:
            try:
                state = self._table.execed(state)
            except OSError:
                return
            if not self._launched:
                self._detach_process(process)
                return
        elif not event and number != SYSCALL_STOP:
            if number == SIGTRAP and self._saver.at_breakpoint(state, now) is not None:
                pass  # between vfork and exec: it goes on like any other
            else:
                state.pending = number
        self._pass_on(state)

    def _ended(self, thread: int, status: int, now: int) -> ThreadStop | None:
        state, orphans = self._table.ended(thread)
        for first in orphans:
            if (stop := self._begin(first, now)) is not None:
                self._queue.append(stop)
        if thread == self.pid:
            self._reaped = True
        if state is None or not state.process.followed:
            return None
        pid = state.process.pid
        if pid not in self._table.processes:
            return ThreadStop(StopKind.PROCESS_EXITED, pid, now, process=pid, result=status)
        return ThreadStop(StopKind.THREAD_EXITED, thread, now, process=pid)

    def _note_event(self, state: TracedThread, number: int, event: int, now: int) -> None:
        """Note what is the same whether stops of a process are reported or not."""
        if event == attach_requests.EVENT_STOP:
            state.group_stop = number != SIGTRAP
        elif event in (pt.EVENT_FORK, pt.EVENT_VFORK, pt.EVENT_CLONE):
            self._made(state, event, now)
        elif event == attach_requests.EVENT_VFORK_DONE:
            state.vfork = 0

    def _made(self, state: TracedThread, event: int, now: int) -> None:
        first = self._table.made(state, event)
        if first is not None and (stop := self._begin(first, now)) is not None:
            self._queue.append(stop)

    # one method for each kind of stop; None: there is nothing to report, and the thread is resumed

    def _at_ptrace_event(
        self, state: TracedThread, number: int, event: int, now: int
    ) -> ThreadStop | None:
        if event == pt.EVENT_SECCOMP:
            return self._saver.at_syscall(state, now)
        self._note_event(state, number, event, now)
        if event == pt.EVENT_EXEC:
            try:
                self._table.execed(state)
            except OSError:
                return None
            with contextlib.suppress(OSError):  # killed, or what it executes cannot be read
                self._look_at(state.process)
                self._insert(state.process)
            return self._began(state.process, now, Origin.EXEC)
        return None

    def _at_signal(self, state: TracedThread, number: int, now: int) -> ThreadStop | None:
        state.pending = number
        if number == signal.SIGURG:  # Go's preemption, many a second under load
            self.hidden_signals += 1
            return None
        return ThreadStop(
            StopKind.SIGNAL, state.id, now, held=True, process=state.process.pid, result=number
        )

    # ending

    @property
    def alive(self) -> bool:
        """Whether a thread is left whose stops are reported."""
        return bool(self._table.followed)

    def detach(self) -> Detachment:
        """Let all processes run on untraced, as if they had never been traced. Idempotent.

        What was launched and filtered cannot be left: its system calls would fail.

        Returns:
            What it took, and what could not be put back.
        """
        late = self._reach(for_all=True)
        queued = detaching.bring_out_traps(self._table, self._take, self._go_on)
        left = sorted({each.process.pid for each in late})
        done = Detachment(left=tuple(left), queued=queued)
        for process in list(self._table.processes.values()):
            process.restore_text()
        for process in list(self._table.processes.values()):
            done = done.joined(self._detach_process(process))
        if self._protection is not None:
            self._protection.settle()
        self._queue.clear()
        self._table.clear()
        self._standstill.holds = False
        return done

    def _detach_process(self, process: TracedProcess) -> Detachment:
        """Detach from a process that stands and whose breakpoints have been removed."""
        if process.thunks and not process.borrows_memory and self._protection is not None:
            for state in process.threads.values():
                detaching.step_back(state)
            self._protection.remove(process)
        done = detaching.detach_process(process)
        self._table.forget(process)
        return done

    def kill(self) -> None:
        """Kill the program that was launched, with all that it has started, and reap it.

        Idempotent.
        """
        if self._launched and not self._reaped:  # once reaped, the number may be somebody else's
            self._reaped = True
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while True:
                    thread, status = os.waitpid(-1, pt.WALL)
                    if thread == self.pid and not os.WIFSTOPPED(status):
                        break
        if self._launched:
            kill_traced()
        self._queue.clear()
        self._table.clear()
