"""How the goroutine of a thread is found: where its ``g`` is kept, and where that keeps its id."""

import re
from collections import Counter
from itertools import islice
from pathlib import Path

from walkthrough.capture.ptrace.elf_program import EXECUTABLE_CODE, DamagedFileError, ElfProgram

USUAL_SLOT = -8
"""Where Go's own linker puts the thread-local ``g`` on x86_64, from the thread pointer on."""
_TLS = 7  # PT_TLS
_LOOKED_AT, _SAMPLES = 1 << 22, 64
# Each function that is called by the ABI of assembly loads g into r14: mov r14, fs:[slot], or
# mov r14, slot and mov r14, fs:[r14] where it had to be relocated (cmd/internal/obj/x86, obj6.go).
_LOADS_G = re.compile(rb"\x64\x4c\x8b\x34\x25(.{4})|\x49\xc7\xc6(.{4})\x64\x4d\x8b\x36", re.DOTALL)


def goroutine_slot(program: ElfProgram, text: int) -> int:
    """Return where the current ``g`` is when a system call is made, from the thread pointer on.

    The thread-local variables of C libraries that are linked in come before or behind it, so it is
    looked up in the code where there are others.

    Args:
        program: A Go program for x86_64.
        text: Address of its Go code.
    """
    size = max((each.memory_size for each in program.segments if each.kind == _TLS), default=0)
    if size <= -USUAL_SLOT:
        return USUAL_SLOT
    try:
        code = program.at(text, min(program.after(text), _LOOKED_AT), EXECUTABLE_CODE)
    except DamagedFileError:
        return USUAL_SLOT
    slots = (
        int.from_bytes(found[1] or found[2], "little", signed=True)
        for found in islice(_LOADS_G.finditer(code), _SAMPLES)
    )
    counted = Counter(slot for slot in slots if -size - 64 <= slot < 0 and slot % 8 == 0)
    return counted.most_common(1)[0][0] if counted else USUAL_SLOT


def goid_offset_in(program: Path) -> int | None:
    """Return the offset of goid in runtime.g in bytes, as DWARF has it; None if it does not say.

    Args:
        program: A Go program, which may have been built without DWARF.
    """
    from elftools.elf.elffile import ELFFile

    try:
        with program.open("rb") as file:
            return _offset(ELFFile(file))
    except Exception:  # whatever pyelftools and construct raise for a file that is damaged
        return None


def _offset(elf) -> int | None:  # type: ignore[no-untyped-def]
    if not elf.has_dwarf_info():
        return None
    for unit in elf.get_dwarf_info().iter_CUs():
        top = unit.get_top_DIE()
        if top.attributes["DW_AT_name"].value != b"runtime":
            continue
        for die in top.iter_children():
            name = die.attributes.get("DW_AT_name")
            if die.tag == "DW_TAG_structure_type" and name and name.value == b"runtime.g":
                for member in die.iter_children():
                    if member.attributes["DW_AT_name"].value == b"goid":
                        return int(member.attributes["DW_AT_data_member_location"].value)
    return None
