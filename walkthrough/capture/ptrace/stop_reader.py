"""Reads a stopped thread of a Go program: which goroutine, from where, which values."""

import struct

from walkthrough.capture.decode.goabi import SignatureLayout
from walkthrough.capture.decode.govalues import Types
from walkthrough.capture.decode.memory import words
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.binary import BinaryAnalysis
from walkthrough.capture.ptrace.memory import ProcessMemory
from walkthrough.capture.ptrace.stops import STACK_BYTES, SavedStack
from walkthrough.model.values import Unreadable, Value

_BOUNDS = struct.Struct("<QQ")


class StopReader:
    """Reads threads of one process by their registers.

    Args:
        memory: The process's memory.
        analysis: What is known of its program.
        architecture: Whose registers are read.
        load_bias: How far the program lies from the addresses in its file, in bytes.
    """

    def __init__(
        self,
        memory: ProcessMemory,
        analysis: BinaryAnalysis,
        architecture: Architecture,
        load_bias: int = 0,
    ) -> None:
        self._memory = memory
        self._sp, self._frame_pointer = architecture.sp, architecture.frame_pointer
        self._link, self._below_stack = architecture.link, architecture.below_stack
        self._goroutine = architecture.goroutine
        self._thread_pointer = architecture.thread_pointer
        self._goroutine_slot = analysis.goroutine_slot
        self._goid_offset = analysis.goid_offset
        self._load_bias = load_bias
        self._types = Types(memory, analysis.types + load_bias if analysis.types else 0)

    def where(self, registers: tuple[int, ...]) -> tuple[int | None, SavedStack]:
        """Return the goroutine that makes a system call, and the saved stack."""
        if self._thread_pointer >= 0:
            at = registers[self._thread_pointer] + self._goroutine_slot
            goroutine = self.goid(int.from_bytes(self._memory.read_up_to(at, 8), "little"))
        else:
            goroutine = self._goid_on(registers[self._sp], registers[self._goroutine])
        lowest = registers[self._sp] - self._below_stack
        data = self._memory.read_up_to(lowest, STACK_BYTES)
        link = registers[self._link] if self._link >= 0 else 0
        return goroutine, SavedStack(
            lowest, registers[self._frame_pointer], data, link, self._load_bias
        )

    def goid(self, g: int) -> int | None:
        """Return the id of the goroutine whose ``g`` lies at an address, None if unreadable."""
        if not g:
            return None
        data = self._memory.read_up_to(g + self._goid_offset, 8)
        return int.from_bytes(data, "little") if len(data) == 8 else None

    def _goid_on(self, stack_pointer: int, g: int) -> int | None:
        """Like `goid`, where the register may hold anything since C code makes the system call.

        A ``g`` begins with the bounds of its stack (src/runtime/runtime2.go), and whoever runs on
        it has its stack pointer there.
        """
        data = self._memory.read_up_to(g, self._goid_offset + 8)
        if len(data) != self._goid_offset + 8:
            return None
        low, high = _BOUNDS.unpack_from(data)
        if not low <= stack_pointer <= high:
            return None
        return int.from_bytes(data[self._goid_offset :], "little")

    def values(
        self, layout: SignatureLayout, taken: tuple[int, ...], registers: tuple[int, ...]
    ) -> dict[int, Value]:
        """Read the arguments or results that point to memory or lie on the stack."""
        found: dict[int, Value] = {}
        for index in layout.eager:
            slot, start = layout.slots[index], layout.starts[index]
            try:
                if start < 0:  # above the return address, cmd/compile/abi-internal.md
                    at = registers[self._sp] + 8 + slot.stack
                    raw = words(self._memory, at, slot.kind.words)
                elif not taken[start]:
                    continue  # nil: nothing to read
                else:
                    raw = taken[start : start + slot.kind.words]
                found[index] = slot.kind.read(self._memory, self._types, raw)
            except OSError:
                found[index] = Unreadable("no memory there", registers[self._sp])
        return found
