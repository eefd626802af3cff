"""Whose a system call is, where the register of the goroutine may hold anything."""

import ctypes
import os
import struct
from collections.abc import Iterator

import pytest

from walkthrough.capture.ptrace.architecture.aarch64 import AARCH64
from walkthrough.capture.ptrace.binary import FORMAT, BinaryAnalysis
from walkthrough.capture.ptrace.memory import ProcessMemory
from walkthrough.capture.ptrace.stop_reader import StopReader

GOID_OFFSET, GOID = 152, 7
LOW, HIGH = 0x4000_0000, 0x4000_8000
G = struct.pack("<QQ", LOW, HIGH).ljust(GOID_OFFSET, b"\xaa") + struct.pack("<Q", GOID)


@pytest.fixture
def reader() -> Iterator[StopReader]:
    analysis = BinaryAnalysis(FORMAT, AARCH64.name, "go1.27.3", GOID_OFFSET, 0, (), (), ())
    memory = ProcessMemory(os.getpid(), AARCH64.address_bits)
    yield StopReader(memory, analysis, AARCH64)
    memory.close()


def registers(stack_pointer: int, goroutine: int) -> tuple[int, ...]:
    words = [0] * len(AARCH64.registers)
    words[AARCH64.sp], words[AARCH64.goroutine] = stack_pointer, goroutine
    return tuple(words)


@pytest.mark.parametrize(
    ("stack_pointer", "expected"),
    [
        (LOW - 8, None),
        (LOW, GOID),
        (HIGH - 64, GOID),
        (HIGH, GOID),
        (HIGH + 8, None),  # memory that C code's register points to, and no g
    ],
)
def test_a_goroutine_runs_on_its_own_stack(
    reader: StopReader, stack_pointer: int, expected: int | None
) -> None:
    g = ctypes.create_string_buffer(G, len(G))
    goroutine, stack = reader.where(registers(stack_pointer, ctypes.addressof(g)))
    assert goroutine == expected
    assert stack.pointer == stack_pointer - AARCH64.below_stack


@pytest.mark.parametrize("goroutine", [0, 1, 0x1122_3344_5566_7788, (1 << 64) - 1])
def test_what_points_to_no_memory_is_no_goroutine(reader: StopReader, goroutine: int) -> None:
    assert reader.where(registers(LOW, goroutine))[0] is None
