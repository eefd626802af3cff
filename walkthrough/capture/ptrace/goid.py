"""Where a Go program keeps the id of a goroutine, for a version that is in no table of ours."""

from pathlib import Path


def goid_offset_in(program: Path) -> int | None:
    """Return the offset of goid in runtime.g in bytes, as DWARF has it; None if it does not say.

    Args:
        program: A Go program, which may have been built without DWARF.
    """
    from elftools.common.exceptions import DWARFError, ELFError
    from elftools.elf.elffile import ELFFile

    try:
        with program.open("rb") as file:
            return _offset(ELFFile(file))
    except (ELFError, DWARFError, KeyError, ValueError, IndexError, AssertionError, TypeError):
        return None  # what pyelftools raises for damaged files is not told


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
