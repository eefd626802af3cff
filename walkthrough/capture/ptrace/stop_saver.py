"""What is saved at a stop, and what is changed there: the thread's registers and its call.

Words and bytes are saved only; what they mean is found out when there is time.
"""

import errno
from collections.abc import Mapping

from walkthrough.capture.decode import calls
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.breakpoints import carry_out
from walkthrough.capture.ptrace.stops import NOTHING, Probe, StopKind, ThreadStop
from walkthrough.capture.ptrace.traced_process import TracedThread
from walkthrough.i18n.messages import message
from walkthrough.i18n.system_errors import error_number_text

_RESTARTS = -516
"""ERESTART_RESTARTBLOCK, linux/errno.h: the call goes on by restart_syscall(2)."""


class StopSaver:
    """Saves the stops of threads at breakpoints and system calls.

    Args:
        architecture: Of the threads.
        follow: The system calls that are saved, by number.
        save_stack: Whether to save the stack at system calls (for their source lines).
    """

    def __init__(
        self,
        architecture: Architecture,
        follow: Mapping[int, calls.CallSpec],
        save_stack: bool,
    ) -> None:
        self._architecture = architecture
        self._follow = follow
        self._save_stack = save_stack

    def at_breakpoint(self, state: TracedThread, now: int) -> ThreadStop | None:
        """Save a stop of SIGTRAP; None if it is not one of our breakpoints."""
        if state.aside:  # they have been read, and changed since
            registers = state.registers.words
        else:
            registers = pt.get_registers(state.id, state.registers)
        architecture, process = self._architecture, state.process
        address = registers[architecture.pc] - architecture.beyond
        prepared = process.probes.get(address)
        if prepared is None:
            return None
        assert process.reader is not None
        if architecture.link >= 0:
            above = registers[architecture.link]
        else:
            stack = registers[architecture.sp]
            above = int.from_bytes(process.memory.read_up_to(stack, 8), "little")
        state.probe, state.above = prepared, above
        probe, layout, take = prepared
        words = take(registers) if take is not None else ()
        return ThreadStop(
            StopKind.FUNCTION_RETURNED if probe.is_return else StopKind.FUNCTION_ENTERED,
            state.id,
            now,
            True,
            process.pid,
            process.reader.goid(registers[architecture.goroutine]),
            probe,
            words,
            process.reader.values(layout, words, registers) if layout.eager else NOTHING,
            above - process.load_bias,
            address - process.load_bias,
        )

    def at_syscall(self, state: TracedThread, now: int) -> ThreadStop | None:
        """Save the beginning or the end of a system call; None if it is not followed."""
        info = pt.get_syscall_info(state.id)
        if isinstance(info, pt.SyscallEntry):
            return self._entered(state, info, now)
        if not isinstance(info, pt.SyscallExit) or state.call is None:
            return None
        call, state.call = state.call, None
        result, failed, fault = info.result, info.failed, state.fault
        if fault:
            state.fault = 0
            result, failed = -fault, True
            self._set_result(state, result)
        elif result == _RESTARTS and failed:
            state.restarts = call, state.number, state.words
        return ThreadStop(
            StopKind.CALL_RETURNED,
            state.id,
            now,
            held=True,
            process=state.process.pid,
            call=call,
            words=state.words,
            at_entry=state.entry,
            at_exit=calls.save_memory(call, state.process.memory, state.words, result),
            result=result,
            failed=failed,
            injected=fault != 0,
        )

    def _entered(self, state: TracedThread, info: pt.SyscallEntry, now: int) -> ThreadStop | None:
        # A call of another kind, such as a 32-bit one by int 0x80, has other numbers.
        known = info.audit == self._architecture.audit
        number, words = info.number, info.arguments
        call = self._follow.get(number) if known else None
        if state.restarts is not None:
            if known and number == self._architecture.restart_syscall:
                call, number, words = state.restarts
            state.restarts = None
        state.call = call
        if call is None:
            return None
        process = state.process
        state.number, state.words = number, words
        state.entry = calls.save_memory(call, process.memory, words)
        goroutine, stack = None, None
        if self._save_stack and process.reader is not None:
            goroutine, stack = process.reader.where(pt.get_registers(state.id, state.registers))
        return ThreadStop(
            StopKind.CALL_ENTERED,
            state.id,
            now,
            held=True,
            process=process.pid,
            goroutine=goroutine,
            call=call,
            number=number,
            words=words,
            at_entry=state.entry,
            stack=stack,
        )

    def fail_call(self, state: TracedThread, number: int) -> None:
        """Make the system call at whose entry a thread is held fail with error ``number``.

        Raises:
            CaptureError: This kernel cannot skip a call.
        """
        state.fault = number
        try:
            pt.skip_call(state.id, state.registers, self._architecture)
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

    def _set_result(self, state: TracedThread, value: int) -> None:
        pt.get_registers(state.id, state.registers)
        state.registers.put(self._architecture.result, value & pt.WORD_MASK)
        pt.set_registers(state.id, state.registers)

    def carry_out(self, state: TracedThread, probe: Probe) -> None:
        """Do what the instruction under the breakpoint would have done, see `tracer`."""
        if state.aside:
            state.aside = False  # it does so itself
            return
        process, registers = state.process, state.registers
        carry_out(
            probe, self._architecture, registers, process.memory, state.above, process.load_bias
        )
        pt.set_registers(state.id, registers)
