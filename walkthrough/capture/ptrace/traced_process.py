"""What a tracer remembers of each process and each thread.

A process has a memory, the breakpoints that stand in it, and what is known of its program. A fork
has copies of all that, a vfork shares its maker's memory, and after execve(2) it is all new.
"""

import contextlib
import os
import signal
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from walkthrough.capture.decode import calls
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.kernel.thread_status import GONE, thread_status, threads_of
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.binary import BinaryAnalysis
from walkthrough.capture.ptrace.breakpoints import PreparedProbe, probes_of
from walkthrough.capture.ptrace.elf_program import DamagedFileError, ElfProgram
from walkthrough.capture.ptrace.memory import ProcessMemory
from walkthrough.capture.ptrace.stop_reader import StopReader
from walkthrough.capture.ptrace.stops import Origin
from walkthrough.capture.ptrace.traced_functions import TracedFunction

_AT_NULL, _AT_ENTRY = 0, 9  # getauxval(3)
_PAIR = struct.Struct("<QQ")


class WatchedProgram(NamedTuple):
    """A program whose functions are watched.

    Attributes:
        analysis: What is known of its executable; its addresses are those of the file.
        watched: The functions to watch.
    """

    analysis: BinaryAnalysis
    watched: tuple[TracedFunction, ...]


Analyse = Callable[[int], WatchedProgram | None]
"""Says what to watch in the program that a process runs, what ``/proc/PID/exe`` links to.

It is given the pid, or another thread's id if the first thread has ended, and asked whenever a
process starts a program. None is for no functions.
"""


class TracedThread:
    """What must be remembered of a thread between its stops.

    Attributes:
        id: Its thread id.
        process: The process that it belongs to.
        stopped: Whether it stands in a stop that was waited for.
        halted: Whether it stands only because all were halted.
        released: Whether it was resumed by itself while all others are halted.
        group_stop: Whether the stop it stands in is one of job control, which must survive.
        vfork: The child whose exec or end it sleeps for, 0 for none.
        pending: The signal to deliver when it is resumed.
        registers: Its registers at its last breakpoint.
        probe: The breakpoint it stands at; its instruction has not been carried out.
        above: The return address there.
        aside: Whether it was sent to the breakpoint's thunk already.
        call: The system call that it is in.
        number: Its number.
        words: Its arguments.
        entry: What these pointed to.
        fault: The error number with which that call fails, if it is made to.
        restarts: The call, its number and words that restart_syscall(2) would go on with.
    """

    __slots__ = (
        "above",
        "aside",
        "call",
        "entry",
        "fault",
        "group_stop",
        "halted",
        "id",
        "number",
        "pending",
        "probe",
        "process",
        "registers",
        "released",
        "restarts",
        "stopped",
        "vfork",
        "words",
    )

    def __init__(self, thread: int, process: "TracedProcess") -> None:
        self.id = thread
        self.process = process
        self.stopped = False
        self.halted = False
        self.released = False
        self.group_stop = False
        self.vfork = 0
        self.pending = 0
        self.registers = pt.Registers(process.architecture)
        self.probe: PreparedProbe | None = None
        self.above = 0
        self.aside = False
        self.call: calls.CallSpec | None = None
        self.number = -1
        self.words: calls.Words = ()
        self.entry: tuple[calls.Grab, ...] = ()
        self.fault = 0
        self.restarts: tuple[calls.CallSpec, int, calls.Words] | None = None


class TracedProcess:
    """One process.

    Attributes:
        pid: Its process id.
        architecture: What it runs on.
        parent: The process that made it, 0 for one that was launched.
        origin: How it came to be traced; after an execve(2) ``EXEC``.
        followed: Whether its stops are reported; otherwise it runs as if nobody traced it.
        threads: Its threads that are traced, by id.
        seen_as: The thread under which /proc shows its memory and program: its first, or, if that
            has ended, another.
        memory: Its memory.
        borrows_memory: Whether that is its maker's, and so are the breakpoints in it (CLONE_VM).
        vforked: Whether its maker sleeps until it executes a program or ends, vfork(2).
        descriptors: The process with which it shares its descriptors (CLONE_FILES), or its own pid.
        analysis: What is known of its program; None if no functions are watched.
        analysis_error: Why that could not be found out.
        load_bias: How far its program lies from the addresses in the file (PIE), in bytes.
        probes: Its breakpoints, by address in memory.
        originals: What stood there, by address in memory.
        inserted: Whether they stand in its memory.
        thunks: Where a thread can carry out the instruction under a breakpoint by itself, by the
            breakpoint's address; empty if the tracer has to.
        reader: Reads its stopped threads; None without an analysis.
        catches_trap: Whether its program handled SIGTRAP when it came to be traced, or began.
    """

    def __init__(
        self,
        pid: int,
        architecture: Architecture,
        *,
        parent: int = 0,
        origin: Origin = Origin.LAUNCHED,
        followed: bool = True,
        descriptors: int = 0,
    ) -> None:
        """Open the memory of a process that exists.

        Raises:
            OSError: It has ended, or this user may not trace it.
        """
        self.pid = pid
        self.architecture = architecture
        self.parent = parent
        self.origin = origin
        self.followed = followed
        self.threads: dict[int, TracedThread] = {}
        self.seen_as = _living_thread(pid)
        self.memory = ProcessMemory(self.seen_as, architecture.address_bits)
        self.borrows_memory = self.vforked = False
        self.descriptors = descriptors or pid
        self.analysis: BinaryAnalysis | None = None
        self.analysis_error: CaptureError | None = None
        self.load_bias = 0
        self.probes: Mapping[int, PreparedProbe] = {}
        self.originals: Mapping[int, bytes] = {}
        self.inserted = False
        self.thunks: Mapping[int, int] = {}
        self.reader: StopReader | None = None
        self.catches_trap = catches_trap(pid)

    # the program

    def watch(self, program: WatchedProgram) -> None:
        """Prepare the breakpoints of a program; `insert_breakpoints` puts them in.

        Raises:
            OSError: The process is gone, or its executable cannot be read.
            CaptureError: That is no program that can be traced.
        """
        watched = {each.name: each for each in program.watched}
        probes = probes_of(program.analysis, watched, self.architecture)
        length, originals = len(self.architecture.breakpoint), {}
        with ElfProgram(Path(f"/proc/{self.seen_as}/exe")) as elf:
            self.load_bias = bias = entry_point(self.seen_as) - elf.entry
            for address in probes:
                # From the file: what a tracer that was killed has left in memory is no original.
                with contextlib.suppress(DamagedFileError):
                    originals[address + bias] = elf.at(address, length)
        self.analysis = program.analysis
        self.reader = StopReader(self.memory, program.analysis, self.architecture, bias)
        self.originals = originals
        self.probes = {at + bias: probe for at, probe in probes.items() if at + bias in originals}

    def leave_unwatched(self, error: CaptureError) -> None:
        """Have no breakpoint in its program: it is one that is known by its calls alone."""
        self.analysis_error = error
        self.analysis = self.reader = None
        self.probes, self.originals = {}, {}

    def insert_breakpoints(self) -> None:
        """Write the breakpoints; no thread may be running.

        Where the memory holds neither what the file says nor a breakpoint, somebody has changed
        the program, and it is left alone.

        Raises:
            OSError: The memory cannot be read or written.
        """
        breakpoint, foreign = self.architecture.breakpoint, set()
        for address, original in self.originals.items():
            if self.memory.read(address, len(original)) not in (original, breakpoint):
                foreign.add(address)
                continue
            self.memory.write(address, breakpoint)
        self.inserted = True
        if foreign:
            self.originals = {at: o for at, o in self.originals.items() if at not in foreign}
            self.probes = {at: p for at, p in self.probes.items() if at not in foreign}

    def restore_text(self) -> None:
        """Write what stood at the breakpoints; threads may be running. Nothing if it has ended."""
        if self.borrows_memory:
            return  # they are its maker's
        self.inserted = False
        with contextlib.suppress(OSError):
            for address, original in self.originals.items():
                self.memory.write(address, original)

    def changed_bytes(self) -> int:
        """Count the places at which a breakpoint, or part of one, still stands."""
        return sum(
            self.memory.read_up_to(address, len(original)) not in (original, b"")
            for address, original in self.originals.items()
        )

    def step_back(self, state: TracedThread) -> None:
        """Set a thread that stands at a breakpoint before the instruction that stood there.

        Raises:
            ptrace_api.PtraceError: It has been killed.
        """
        registers, machine = state.registers, self.architecture
        registers.put(machine.pc, registers.words[machine.pc] - machine.beyond)
        pt.set_registers(state.id, registers)
        state.probe, state.aside = None, False

    # its life

    def inherit(self, maker: "TracedProcess", shares_memory: bool, vforked: bool) -> None:
        """Become a fork or vfork of ``maker``: the same program, the same breakpoints in it."""
        self.borrows_memory, self.vforked = shares_memory, vforked
        self.analysis, self.load_bias = maker.analysis, maker.load_bias
        self.probes, self.originals = maker.probes, maker.originals
        self.inserted, self.thunks = maker.inserted, maker.thunks
        if maker.analysis is not None:
            self.reader = StopReader(
                self.memory, maker.analysis, self.architecture, maker.load_bias
            )

    def forget_program(self) -> None:
        """Forget the program, as it is being replaced: its breakpoints went with its memory."""
        self.analysis = self.reader = self.analysis_error = None
        self.load_bias = 0
        self.probes, self.originals, self.thunks = {}, {}, {}
        self.borrows_memory = self.vforked = self.inserted = False
        self.memory.close()

    def execute(self) -> None:
        """Begin another program, execve(2): a new memory, and descriptors of its own.

        Raises:
            OSError: The process is gone.
        """
        self.forget_program()
        self.origin = Origin.EXEC
        self.descriptors = self.pid
        self.seen_as = self.pid
        self.memory = ProcessMemory(self.pid, self.architecture.address_bits)
        self.catches_trap = catches_trap(self.pid)

    def close(self) -> None:
        """Give its memory back."""
        self.memory.close()


def _living_thread(pid: int) -> int:
    if thread_status(pid).state in GONE:
        for thread in threads_of(pid):
            if thread_status(thread).state not in GONE:
                return thread
    return pid


def catches_trap(pid: int) -> bool | None:
    """Return whether a process has a handler for SIGTRAP; None if it is gone."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status", "rb") as file:
        for line in file:
            if line.startswith(b"SigCgt:"):
                return bool(int(line[7:], 16) >> signal.SIGTRAP - 1 & 1)
    return None


def entry_point(thread: int) -> int:
    """Return where the program of a process, or thread, begins in memory: AT_ENTRY, getauxval(3).

    Raises:
        OSError: The process is gone.
    """
    with open(f"/proc/{thread}/auxv", "rb") as file:
        for name, value in _PAIR.iter_unpack(_whole_pairs(file.read())):
            if name == _AT_ENTRY:
                return int(value)
    raise ProcessLookupError(3, os.strerror(3))


def _whole_pairs(data: bytes) -> bytes:
    return data[: len(data) // _PAIR.size * _PAIR.size]
