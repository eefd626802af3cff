"""What is done at each breakpoint, prepared before the program runs. Knows no process."""

import contextlib
from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from walkthrough.capture.decode.goabi import SignatureLayout
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.binary import BinaryAnalysis
from walkthrough.capture.ptrace.stops import Probe
from walkthrough.capture.ptrace.traced_functions import TracedFunction, wildcard_function


class RegisterWords(Protocol):
    """Registers that were read, and can be changed."""

    words: tuple[int, ...]

    def put(self, index: int, value: int) -> None:
        """Change the register at a position."""


class WritableMemory(Protocol):
    """Memory that can be written."""

    def write(self, address: int, data: bytes) -> None:
        """Write ``data`` at ``address``.

        Raises:
            OSError: It cannot be written.
        """


class PreparedProbe(NamedTuple):
    """A breakpoint, with what is done at it prepared in advance.

    Attributes:
        probe: What it stands for.
        layout: How its arguments or results are taken.
        take: Picks their words from all registers at once; None if there are none in registers.
    """

    probe: Probe
    layout: SignatureLayout
    take: Callable[[tuple[int, ...]], Any] | None


def prepare(probe: Probe, architecture: Architecture) -> PreparedProbe:
    """Prepare how the arguments or results of a probe are taken."""
    layout = probe.watched.results if probe.is_return else probe.watched.arguments
    positions = [architecture.arguments[each] for each in layout.registers]
    if len(positions) == 1:  # itemgetter would give the word itself, not a tuple of it
        positions *= 2
    return PreparedProbe(probe, layout, itemgetter(*positions) if positions else None)


_NEVER = (
    # A breakpoint that is met while SIGTRAP is blocked has the kernel reset its action for good,
    # and none may be met where the program handles a signal, or copies itself to execute another.
    *("runtime.sig", "runtime.setsig", "runtime.msig", "runtime.clearSignalHandlers"),
    *("runtime.newm", "runtime.mstart", "runtime.mexit", "runtime.minit", "runtime.unminit"),
    *("runtime.newosproc", "runtime.clone", "runtime.startm", "runtime.startTemplateThread"),
    *("runtime.mallocgc", "runtime.asyncPreempt", "runtime.debugCall", "runtime.cgo"),
    *("runtime.syscall_runtime_", "syscall.runtime_BeforeFork", "syscall.runtime_AfterFork"),
    *("syscall.forkExec", "syscall.forkAndExecInChild", "syscall.rawVforkSyscall"),
    *("syscall.RawSyscall", "syscall.rawSyscall", "internal/runtime/syscall", "runtime/internal/"),
)


def may_break_in(function: str) -> bool:
    """Return whether a breakpoint in a function of Go's can do no harm."""
    return not function.startswith(_NEVER)


def probes_of(
    analysis: BinaryAnalysis, watched: dict[str, TracedFunction], architecture: Architecture
) -> dict[int, PreparedProbe]:
    """Return the breakpoints of every watched function that may have some, by address."""
    probes = {}
    for function in analysis.functions:
        if not may_break_in(function.name):
            continue
        named = watched.get(function.name) or wildcard_function(function.name)
        probes[function.shape.entry] = prepare(Probe(function, named, False), architecture)
        for address in function.shape.returns:
            probes[address] = prepare(Probe(function, named, True), architecture)
    return probes


def carry_out(
    probe: Probe,
    architecture: Architecture,
    registers: RegisterWords,
    memory: WritableMemory,
    return_address: int,
    load_bias: int = 0,
) -> None:
    """Do what the instruction under a breakpoint would have done, to registers and memory.

    Args:
        probe: The breakpoint that a thread stands at.
        architecture: Of the thread.
        registers: As they were read at the stop; changed for `ptrace_api.set_registers`.
        memory: Of the process.
        return_address: Where the function returns to.
        load_bias: How far the program lies from the addresses in its file, in bytes.
    """
    stack = registers.words[architecture.sp]
    if probe.is_return:
        registers.put(architecture.pc, return_address)
        registers.put(architecture.sp, stack + architecture.popped)
        return
    shape = probe.function.shape
    lowered = stack - shape.frame
    registers.put(architecture.pc, shape.entry + shape.length + load_bias)
    registers.put(shape.lowered, lowered)
    if shape.stored >= 0:
        stored = registers.words[shape.stored].to_bytes(8, "little")
        with contextlib.suppress(OSError):  # the process is gone; its end will be reported
            memory.write(lowered, stored)
