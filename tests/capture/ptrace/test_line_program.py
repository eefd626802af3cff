"""Line number programs, held against pyelftools' own decoding of the same bytes."""

import sys
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.capture.ptrace.line_program import line_rows

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pyelftools is there on Linux only")

HEADER = {
    "opcode_base": 13,
    "line_base": -4,
    "line_range": 10,
    "minimum_instruction_length": 1,
    "maximum_operations_per_instruction": 1,
    "default_is_stmt": 1,
    "standard_opcode_lengths": [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1],
    "file_entry": [],
}
END = b"\0\1\1"


def program_of(code: bytes, **changed: object) -> Any:
    from elftools.dwarf.lineprogram import LineProgram
    from elftools.dwarf.structs import DWARFStructs

    structs = DWARFStructs(little_endian=True, dwarf_format=32, address_size=8, dwarf_version=5)
    before = b"header"
    header: Any = HEADER | changed
    start, end = len(before), len(before) + len(code)
    return LineProgram(header, BytesIO(before + code + b"next"), structs, start, end)


def unsigned(number: int) -> bytes:
    groups = [number >> shift & 0x7F for shift in range(0, max(number.bit_length(), 1), 7)]
    return bytes([*(each | 0x80 for each in groups[:-1]), groups[-1]])


def signed(number: int) -> bytes:
    groups = []
    while not -64 <= number < 64:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number & 0x7F])


def set_address(address: int) -> bytes:
    return b"\0\x09\2" + address.to_bytes(8, "little")


def expected(program: Any) -> list[tuple[int, int, int]]:
    states = [entry.state for entry in program.get_entries()]
    return [(s.address, s.file, s.line) for s in states if s is not None and not s.end_sequence]


NUMBERS = st.integers(0, 1 << 20)
OPERATIONS = st.one_of(
    st.integers(13, 255).map(lambda n: bytes([n])),
    st.sampled_from([b"\1", b"\6", b"\7", b"\x08", b"\x0a", b"\x0b", END]),
    NUMBERS.map(set_address),
    NUMBERS.map(lambda n: b"\2" + unsigned(n)),
    st.integers(-70_000, 70_000).map(lambda n: b"\3" + signed(n)),
    NUMBERS.map(lambda n: b"\4" + unsigned(n)),
    NUMBERS.map(lambda n: b"\5" + unsigned(n)),
    st.integers(0, 0xFFFF).map(lambda n: b"\x09" + n.to_bytes(2, "little")),
    NUMBERS.map(lambda n: b"\x0c" + unsigned(n)),
    NUMBERS.map(lambda n: b"\0" + unsigned(1 + len(unsigned(n))) + b"\4" + unsigned(n)),
    st.binary(max_size=200).map(lambda b: b"\0" + unsigned(1 + len(b)) + b"\x80" + b),
)


@given(st.lists(OPERATIONS, max_size=60).map(b"".join))
def test_rows_are_those_of_pyelftools(code: bytes) -> None:
    program = program_of(code)
    assert list(line_rows(program)) == expected(program)


def test_a_function_as_go_writes_it() -> None:
    code = set_address(0x401000) + b"\3" + signed(41) + b"\1" + bytes([13 + 10 * 6 + 5]) + b"\x08"
    code += b"\3" + signed(-3) + bytes([13 + 4]) + END
    rows = [(0x401000, 1, 42), (0x401006, 1, 43), (0x401006 + 24, 1, 40)]
    assert list(line_rows(program_of(code + code))) == rows * 2


def test_an_operation_of_a_newer_dwarf_is_passed_over() -> None:
    program = program_of(
        b"\x0d" + unsigned(300) + unsigned(1) + b"\1",
        opcode_base=14,
        standard_opcode_lengths=[*HEADER["standard_opcode_lengths"], 2],  # type: ignore[misc]
    )
    assert list(line_rows(program)) == [(0, 1, 1)]


def test_a_program_that_is_cut_short_is_an_error() -> None:
    with pytest.raises(IndexError):
        list(line_rows(program_of(b"\2\x80")))
