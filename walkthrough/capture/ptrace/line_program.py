"""Runs DWARF line number programs: which line each address belongs to.

pyelftools reads the header; its own decoding of the program keeps every operation as an object and
takes ten times as long, a second for each new binary.
"""

from collections.abc import Iterator
from typing import Any

_END_SEQUENCE, _SET_ADDRESS = 1, 2
_COPY, _ADVANCE_PC, _ADVANCE_LINE, _SET_FILE = 1, 2, 3, 4
_CONST_ADD_PC, _FIXED_ADVANCE_PC = 8, 9


def line_rows(program: Any) -> Iterator[tuple[int, int, int]]:
    """Yield the rows of a line table: address, number of the file, line; not ends of sequences.

    See section 6.2 of DWARF 5. Only for machines with one operation in an instruction.

    Args:
        program: A pyelftools ``LineProgram``.

    Raises:
        IndexError: The program is cut short.
    """
    header = program.header
    base, line_base, line_range = header["opcode_base"], header["line_base"], header["line_range"]
    shortest = header["minimum_instruction_length"]
    arguments = header["standard_opcode_lengths"]
    program.stream.seek(program.program_start_offset)
    code = program.stream.read(program.program_end_offset - program.program_start_offset)
    at, size = 0, len(code)
    address, file, line = 0, 1, 1
    while at < size:
        operation = code[at]
        at += 1
        if operation >= base:
            advance, step = divmod(operation - base, line_range)
            address += advance * shortest
            line += line_base + step
            yield address, file, line
        elif operation == 0:
            length, at = _unsigned(code, at)
            if code[at] == _END_SEQUENCE:
                address, file, line = 0, 1, 1
            elif code[at] == _SET_ADDRESS:
                address = int.from_bytes(code[at + 1 : at + length], "little")
            at += length
        elif operation == _COPY:
            yield address, file, line
        elif operation == _ADVANCE_PC:
            advance, at = _unsigned(code, at)
            address += advance * shortest
        elif operation == _ADVANCE_LINE:
            step, at = _signed(code, at)
            line += step
        elif operation == _SET_FILE:
            file, at = _unsigned(code, at)
        elif operation == _CONST_ADD_PC:
            address += (255 - base) // line_range * shortest
        elif operation == _FIXED_ADVANCE_PC:
            address += int.from_bytes(code[at : at + 2], "little")
            at += 2
        else:  # of no concern here, or newer: its arguments are numbers to be passed over
            for _ in range(arguments[operation - 1]):
                _, at = _unsigned(code, at)


def _unsigned(code: bytes, at: int) -> tuple[int, int]:
    """Return the ULEB128 number at ``at``, and where the next byte is."""
    value = shift = 0
    while True:
        byte = code[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _signed(code: bytes, at: int) -> tuple[int, int]:
    """Return the SLEB128 number at ``at``, and where the next byte is."""
    value, end = _unsigned(code, at)
    if code[end - 1] & 0x40:
        value -= 1 << 7 * (end - at)
    return value, end
