"""The tracer's loop: waits for stops, saves what they show, and resumes threads.

One thread owns it all. Breakpoints are on instructions that `resume` emulates, those that open a
frame and those that return (`FrameShape`), so none is ever removed and no other thread can slip
past. It knows nothing of events, lessons or clients.
"""

import contextlib
import errno
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from walkthrough.capture import processes
from walkthrough.capture.decode import calls
from walkthrough.capture.environment.resource_limits import not_started
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.parent_death import die_with_parent
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.architecture.selection import native
from walkthrough.capture.ptrace.binary import BinaryAnalysis
from walkthrough.capture.ptrace.breakpoints import PreparedProbe, carry_out, probes_of
from walkthrough.capture.ptrace.descendants import Descendants
from walkthrough.capture.ptrace.memory import ProcessMemory
from walkthrough.capture.ptrace.stop_reader import StopReader
from walkthrough.capture.ptrace.stops import NOTHING, StopKind, ThreadStop
from walkthrough.capture.ptrace.traced_functions import TracedFunction
from walkthrough.i18n.messages import message
from walkthrough.i18n.system_errors import error_number_text

MOST_PROCESSES = 64
"""How many processes a program may have started at a time, counted with their threads."""

OPTIONS = (
    pt.O_TRACESYSGOOD
    | pt.O_TRACECLONE
    | pt.O_TRACEFORK
    | pt.O_TRACEVFORK
    | pt.O_TRACEEXEC
    | pt.O_EXITKILL
)
SIGTRAP = int(signal.SIGTRAP)
_UNTOLD_ONCE_FREE = (StopKind.FUNCTION_ENTERED, StopKind.FUNCTION_RETURNED, StopKind.CALL_ENTERED)
SYSCALL_STOP = SIGTRAP | 0x80  # as PTRACE_O_TRACESYSGOOD reports it


class _TracedThread:
    """What must be remembered of a thread between its stops."""

    __slots__ = ("above", "call", "entry", "fault", "pending", "probe", "registers", "words")

    def __init__(self, architecture: Architecture) -> None:
        self.pending = 0  # signal to deliver when it is resumed
        self.registers = pt.Registers(architecture)
        self.probe: PreparedProbe | None = None  # the breakpoint it stands at
        self.above = 0  # the address to which that function returns
        self.call: calls.CallSpec | None = None  # the system call it is in
        self.words: calls.Words = ()
        self.entry: tuple[calls.Grab, ...] = ()
        self.fault = 0  # the error number with which that call fails, if it is made to


class PtraceTracer:
    """Traces one program from its start.

    Args:
        analysis: What is known of the binary, whose architecture is this machine's; None watches no
            functions.
        watched: The functions to watch.
        follow: The system calls that become stops, by number; None for all on the path.
        save_stack: Whether to save the stack at system calls (for their source lines).
        most_processes: How many processes the program may start, at a time.
    """

    def __init__(
        self,
        analysis: BinaryAnalysis | None,
        watched: tuple[TracedFunction, ...] = (),
        follow: Mapping[int, calls.CallSpec] | None = None,
        save_stack: bool = True,
        most_processes: int = MOST_PROCESSES,
    ) -> None:
        self._analysis = analysis
        self._architecture = native()
        self._descendants = Descendants(most_processes, self._architecture)
        self._watched = {each.name: each for each in watched}
        self._follow = calls.calls_of(self._architecture.name) if follow is None else follow
        self._save_stack = save_stack
        self._threads: dict[int, _TracedThread] = {}
        self._probes: dict[int, PreparedProbe] = {}
        self._originals: dict[int, bytes] = {}
        self._free = False
        self._memory: ProcessMemory | None = None
        self._reader: StopReader | None = None
        self._begun: ThreadStop | None = None
        self.pid = 0
        self._reaped = False
        self.hidden_signals = 0

    # starting

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
        tracer = os.getpid()
        try:
            pid = processes.fork_child()
        except OSError as error:
            raise not_started(message("The Go server"), error) from error
        if pid == 0:
            try:
                if before_exec is not None:
                    before_exec()
                if not die_with_parent(tracer):  # EXITKILL is not set yet
                    os._exit(126)
                pt.traceme()
                processes.exec_program(program, arguments, environment)
            except BaseException:
                os._exit(126)
        self.pid = pid
        _, status = os.waitpid(pid, pt.WALL)
        if not os.WIFSTOPPED(status):
            self._reaped = True
            raise CaptureError(
                message(
                    "{program} could not be started under ptrace; `walkthrough doctor` says why.",
                    program=program.name,
                )
            )
        try:
            pt.set_options(pid, OPTIONS)
            self._threads[pid] = _TracedThread(self._architecture)
            self._memory = ProcessMemory(pid)
            self._insert_breakpoints()
            self._begun = ThreadStop(StopKind.PROCESS_STARTED, pid, time.monotonic_ns(), held=True)
        except (pt.PtraceError, OSError) as error:
            self.kill()
            raise CaptureError(
                message(
                    "{program} cannot be traced here ({why}); `walkthrough doctor` says why.",
                    program=program.name,
                    why=str(error),
                )
            ) from error

    def _insert_breakpoints(self) -> None:
        if self._analysis is None or self._memory is None:
            return
        self._reader = StopReader(self._memory, self._analysis, self._architecture)
        self._probes = probes_of(self._analysis, self._watched, self._architecture)
        breakpoint = self._architecture.breakpoint
        for address in self._probes:
            self._originals[address] = self._memory.read(address, len(breakpoint))
            self._memory.write(address, breakpoint)

    # the loop

    def stops(self, flags: int = 0) -> Iterator[ThreadStop]:
        """Yield stops as they come, until no thread is left (or, with WNOHANG, none is waiting).

        A thread that is ``held`` stays stopped until `resume` is called for it.
        """
        if self._begun is not None:
            begun, self._begun = self._begun, None
            yield begun
        while self._threads or (self._descendants and flags):
            try:
                thread, status = os.waitpid(-1, pt.WALL | flags)
            except ChildProcessError:
                self._threads.clear()
                self._descendants.clear()
                return
            if thread == 0:
                return
            if self._descendants.take(thread, status, self._probes):
                continue
            try:
                stop = self._examine(thread, status)
            except pt.PtraceError:
                continue  # killed between its stop and our reading it: its end will be reported
            if stop is not None:
                yield stop

    def resume(self, thread: int) -> None:
        """Resume a held thread; one that has died meanwhile is ignored."""
        state = self._threads.get(thread)
        if state is None:
            return
        with contextlib.suppress(pt.PtraceError):
            if state.probe is not None:
                assert self._memory is not None
                architecture, registers = self._architecture, state.registers
                carry_out(state.probe.probe, architecture, registers, self._memory, state.above)
                pt.set_registers(thread, registers)
                state.probe = None
            pending, state.pending = state.pending, 0
            if self._free and state.call is None:
                pt.resume(thread, pending)
            else:
                pt.resume_to_syscall(thread, pending)

    def let_go(self) -> None:
        """Let the program run at full speed from here on: no more stops at functions and calls.

        Its threads may run meanwhile: one instruction is restored at a time, and a thread that has
        just hit the breakpoint there is still resumed correctly. The end of a system call whose
        beginning was reported is reported, too; signals, threads and the end of the process always
        are.
        """
        self._free = True
        if self._memory is not None:
            with contextlib.suppress(OSError):  # it may have ended meanwhile
                for address, original in self._originals.items():
                    self._memory.write(address, original)

    def fail_call(self, thread: int, number: int) -> None:
        """Make the system call at whose entry ``thread`` is held fail with error ``number``.

        The kernel skips it, and stops at its end as usual; there it gets its result (ptrace(2),
        "Syscall-stops").

        Raises:
            CaptureError: This kernel cannot skip a call.
        """
        state = self._threads.get(thread)
        if state is None:
            return
        state.fault = number
        try:
            pt.skip_call(thread, state.registers, self._architecture)
        except pt.PtraceError as error:
            if error.errno == errno.ESRCH:
                return  # killed meanwhile: its end will be reported
            raise CaptureError(
                message(
                    "This kernel cannot make a system call fail ({why}): run a scenario without "
                    "faults, or use --server python.",
                    why=error_number_text(error.errno),
                )
            ) from error

    def _set_result(self, thread: int, state: _TracedThread, value: int) -> None:
        pt.get_registers(thread, state.registers)
        state.registers.put(self._architecture.result, value & pt.WORD_MASK)
        pt.set_registers(thread, state.registers)

    def _examine(self, thread: int, status: int) -> ThreadStop | None:
        now = time.monotonic_ns()
        if status & 0xFF != 0x7F:  # WIFSTOPPED, without a call
            return self._ended(thread, status, now)
        state = self._threads.get(thread)
        number = status >> 8 & 0xFF
        event = status >> 16
        if state is None:  # new, stopped by SIGSTOP before its first instruction
            if not self._is_own(thread):
                self._descendants.add(thread)
                return None
            self._threads[thread] = _TracedThread(self._architecture)
            return ThreadStop(StopKind.THREAD_STARTED, thread, now, held=True)
        if number == SYSCALL_STOP:
            stop = self._at_syscall(thread, state, now)
        elif number == SIGTRAP and event:
            stop = self._at_ptrace_event(thread, event, now)
        elif number == SIGTRAP and (at := self._at_breakpoint(thread, state, now)):
            stop = at
        else:
            stop = self._at_signal(thread, state, number, now)
        if self._free and stop is not None and stop.what in _UNTOLD_ONCE_FREE:
            state.call = None  # then nobody waits for its end either
            stop = None
        if stop is None:
            self.resume(thread)
        return stop

    def _is_own(self, thread: int) -> bool:
        """Return whether it is a thread of the program, and not a process that it has started."""
        return os.path.exists(f"/proc/{self.pid}/task/{thread}")

    # one method for each kind of stop; None: there is nothing to report, and the thread is resumed

    def _ended(self, thread: int, status: int, now: int) -> ThreadStop | None:
        known = self._threads.pop(thread, None)
        if thread == self.pid:
            self._threads.clear()
            self._reaped = True
            return ThreadStop(StopKind.PROCESS_EXITED, thread, now, result=status)
        return ThreadStop(StopKind.THREAD_EXITED, thread, now) if known is not None else None

    def _at_ptrace_event(self, thread: int, event: int, now: int) -> ThreadStop | None:
        if event == pt.EVENT_EXEC and thread == self.pid:
            # another program: its text has none of our breakpoints
            self._probes.clear()
            self._originals.clear()
            self._reader = None
            if self._memory is not None:
                self._memory.close()
            self._memory = ProcessMemory(self.pid)
            return ThreadStop(StopKind.PROCESS_STARTED, thread, now, held=True)
        return None

    def _at_signal(
        self, thread: int, state: _TracedThread, number: int, now: int
    ) -> ThreadStop | None:
        if number in (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU) and (
            pt.is_group_stop(thread)
        ):
            return None
        state.pending = number
        if number == signal.SIGURG:  # Go's preemption, many a second under load
            self.hidden_signals += 1
            return None
        return ThreadStop(StopKind.SIGNAL, thread, now, held=True, result=number)

    def _at_breakpoint(self, thread: int, state: _TracedThread, now: int) -> ThreadStop | None:
        registers = pt.get_registers(thread, state.registers)
        architecture = self._architecture
        address = registers[architecture.pc] - architecture.beyond
        prepared = self._probes.get(address)
        if prepared is None:
            return None
        assert self._memory is not None
        assert self._reader is not None
        if architecture.link >= 0:
            above = registers[architecture.link]
        else:
            stack = registers[architecture.sp]
            above = int.from_bytes(self._memory.read_up_to(stack, 8), "little")
        state.probe, state.above = prepared, above
        probe, layout, take = prepared
        words = take(registers) if take is not None else ()
        return ThreadStop(
            StopKind.FUNCTION_RETURNED if probe.is_return else StopKind.FUNCTION_ENTERED,
            thread,
            now,
            True,
            self._reader.goid(registers[architecture.goroutine]),
            probe,
            words,
            self._reader.values(layout, words, registers) if layout.eager else NOTHING,
            above,
            address,
        )

    def _at_syscall(self, thread: int, state: _TracedThread, now: int) -> ThreadStop | None:
        info = pt.get_syscall_info(thread)
        if isinstance(info, pt.SyscallEntry):
            # A call of another kind, such as a 32-bit one by int 0x80, has other numbers.
            known = info.audit == self._architecture.audit
            state.call = self._follow.get(info.number) if known else None
            if state.call is None:
                return None
            assert self._memory is not None
            state.words = info.arguments
            state.entry = calls.save_memory(state.call, self._memory, info.arguments)
            goroutine, stack = None, None
            if self._save_stack and self._reader is not None:
                goroutine, stack = self._reader.where(pt.get_registers(thread, state.registers))
            return ThreadStop(
                StopKind.CALL_ENTERED,
                thread,
                now,
                held=True,
                goroutine=goroutine,
                call=state.call,
                number=info.number,
                words=info.arguments,
                at_entry=state.entry,
                stack=stack,
            )
        if state.call is None or not isinstance(info, pt.SyscallExit):
            return None
        call, state.call = state.call, None
        result, failed, fault = info.result, info.failed, state.fault
        if fault:
            state.fault = 0
            result, failed = -fault, True
            self._set_result(thread, state, result)
        assert self._memory is not None
        return ThreadStop(
            StopKind.CALL_RETURNED,
            thread,
            now,
            held=True,
            call=call,
            words=state.words,
            at_entry=state.entry,
            at_exit=calls.save_memory(call, self._memory, state.words, result),
            result=result,
            failed=failed,
            injected=fault != 0,
        )

    # ending

    @property
    def alive(self) -> bool:
        """Whether a thread of the program is left."""
        return bool(self._threads)

    def kill(self) -> None:
        """Kill the program and reap it. Idempotent."""
        if self.pid and not self._reaped:  # once reaped, the number may be somebody else's
            self._reaped = True
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while True:
                    thread, status = os.waitpid(-1, pt.WALL)
                    if thread == self.pid and not os.WIFSTOPPED(status):
                        break
        self._descendants.kill()
        self._threads.clear()
        if self._memory is not None:
            self._memory.close()
            self._memory = None
