"""Finds the tables of Go's runtime in a program, with symbols or without. Knows no process.

``runtime.firstmoduledata`` is where the runtime itself finds them: its first word points at
``.gopclntab``, and further ones say where the code, the type descriptors and the trees of inlined
calls begin. Without symbols it is found by that first word: in the section ``.go.module`` (from
go1.26 on), else as the only pointer that is followed by one to the table of function names. See
moduledata in runtime/symtab.go.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from walkthrough.capture.ptrace.elf_program import MOST_BYTES, DamagedFileError, ElfProgram
from walkthrough.capture.ptrace.pclntab import HEADER, MAGICS, OLDER_MAGICS, PcHeader, header

_SECTIONS = (".gopclntab", ".data.rel.ro.gopclntab")
_MODULE_SECTION = ".go.module"
_MIN_PC, _MAX_PC, _TEXT = 160, 168, 176
_ROWS = (
    # since, types, where the trees of inlined calls begin (gofunc)
    ((1, 27), 296, 344),  # with typedesclen, itaboffset and itabsize
    ((1, 20), 296, 320),  # with covctrs and ecovctrs
    ((1, 18), 280, 304),
)


class ModuleData(NamedTuple):
    """Where the tables of a program's runtime are, as addresses for which it was linked.

    Attributes:
        tables: ``.gopclntab``.
        size: How many bytes of the file may belong to them.
        text: What entries of functions are counted from.
        types: What names of types are counted from.
        inlined: What trees of inlined calls are counted from.
    """

    tables: int
    size: int
    text: int
    types: int
    inlined: int


def module_data(program: ElfProgram, version: tuple[int, int]) -> ModuleData | None:
    """Find the tables of the runtime, None if there are none in a format that is known.

    Args:
        program: The program.
        version: The Go version that it was built with, major and minor number.
    """
    types, inlined = next((row[1:] for row in _ROWS if version >= row[0]), _ROWS[-1][1:])
    for tables, size, known in _tables(program):
        for module in _modules(program, tables, known):
            try:
                return ModuleData(
                    tables,
                    size,
                    program.pointer(module + _TEXT),
                    program.pointer(module + types),
                    program.pointer(module + inlined),
                )
            except DamagedFileError:
                continue
    return None


def has_older_tables(program: ElfProgram) -> bool:
    """Return whether the program was built by a Go whose tables have an older format."""
    for name in _SECTIONS:
        if (section := program.section(name)) is not None:
            try:
                magic = program.at(section.address, 4)
            except DamagedFileError:
                continue
            return int.from_bytes(magic, "little") in OLDER_MAGICS
    return False


def _tables(program: ElfProgram) -> Iterator[tuple[int, int, PcHeader]]:
    """Yield addresses of ``.gopclntab``, with the size and the header: by its name, else by it."""
    named = [s for name in _SECTIONS if (s := program.section(name)) is not None]
    for section in named:
        if found := _header_at(program, section.address):
            yield section.address, min(section.size, MOST_BYTES), found
    for magic in MAGICS:
        for quantum in (1, 4):
            pattern = struct.pack("<IBBBB", magic, 0, 0, quantum, 8)
            for address in program.search(pattern, 8):
                if found := _header_at(program, address):
                    yield address, min(program.after(address), MOST_BYTES), found


def _header_at(program: ElfProgram, address: int) -> PcHeader | None:
    try:
        return header(program.at(address, HEADER.size))
    except DamagedFileError:
        return None


def _modules(program: ElfProgram, tables: int, known: PcHeader) -> Iterator[int]:
    """Yield the addresses of the modules whose tables these are; one, unless it is no such."""
    section = program.section(_MODULE_SECTION)
    candidates = [section.address] if section is not None else []
    for module in (*candidates, *program.pointers_to(tables)):
        try:
            if (
                program.pointer(module) == tables
                and program.pointer(module + 8) == tables + known.names
                and program.pointer(module + _TEXT) <= program.pointer(module + _MIN_PC)
                and program.pointer(module + _MIN_PC) < program.pointer(module + _MAX_PC)
            ):
                yield module
        except DamagedFileError:
            continue
