"""Reads a stopped thread of a Go program: which goroutine, from where, which values."""

from walkthrough.capture.decode.goabi import SignatureLayout
from walkthrough.capture.decode.govalues import Types
from walkthrough.capture.decode.memory import words
from walkthrough.capture.ptrace import ptrace_api as pt
from walkthrough.capture.ptrace.binary import BinaryAnalysis
from walkthrough.capture.ptrace.memory import ProcessMemory
from walkthrough.capture.ptrace.stops import STACK_BYTES, SavedStack
from walkthrough.model.values import Unreadable, Value


class StopReader:
    """Reads threads of one process by their registers.

    Args:
        memory: The process's memory.
        analysis: What is known of its program.
    """

    def __init__(self, memory: ProcessMemory, analysis: BinaryAnalysis) -> None:
        self._memory = memory
        self._goid_offset = analysis.goid_offset
        self._types = Types(memory, analysis.types)

    def where(self, registers: tuple[int, ...]) -> tuple[int | None, SavedStack]:
        """Return the goroutine that makes a system call, and the saved stack."""
        # runtime/asm_amd64.s, tls: the current g is just below the thread pointer
        g = int.from_bytes(self._memory.read_up_to(registers[pt.FS_BASE] - 8, 8), "little")
        stack = registers[pt.RSP]
        data = self._memory.read_up_to(stack, STACK_BYTES)
        return self.goid(g), SavedStack(stack, registers[pt.RBP], data)

    def goid(self, g: int) -> int | None:
        """Return the id of the goroutine whose ``g`` lies at an address, None if unreadable."""
        if not g:
            return None
        data = self._memory.read_up_to(g + self._goid_offset, 8)
        return int.from_bytes(data, "little") if len(data) == 8 else None

    def values(
        self, layout: SignatureLayout, taken: tuple[int, ...], registers: tuple[int, ...]
    ) -> dict[int, Value]:
        """Read the arguments or results that point to memory or lie on the stack."""
        found: dict[int, Value] = {}
        for index in layout.eager:
            slot, start = layout.slots[index], layout.starts[index]
            try:
                if start < 0:  # above the return address, cmd/compile/abi-internal.md
                    at = registers[pt.RSP] + 8 + slot.stack
                    raw = words(self._memory, at, slot.kind.words)
                elif not taken[start]:
                    continue  # nil: nothing to read
                else:
                    raw = taken[start : start + slot.kind.words]
                found[index] = slot.kind.read(self._memory, self._types, raw)
            except OSError:
                found[index] = Unreadable("no memory there", registers[pt.RSP])
        return found
