"""Source lines from DWARF: the line of an address, and the calls that were inlined.

Reads only the units with watched functions; knows no process. File names never reveal a
folder of the machine.
"""

import bisect
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from walkthrough.capture.ptrace.line_program import line_rows

Rows = dict[int, list[tuple[int, int, int]]]

PACKAGES = frozenset({"main", "net", "internal/poll", "runtime", "syscall"})
"""Packages with watched functions: reading the others would only take time."""


class SourceLines(NamedTuple):
    """What DWARF says of the watched functions, by the low address of each.

    Attributes:
        files: The files named.
        rows: Address, index of the file and line of each row of the line table, by address.
        inlined: Low and high address of the body of each call that was inlined, and the call's
            line; only calls in the function's own text, not those that an inlined function makes.
    """

    files: tuple[str, ...]
    rows: Rows
    inlined: Rows


def read_lines(elf: Any, ranges: list[tuple[int, int]]) -> SourceLines:
    """Read the lines of the watched functions.

    Args:
        elf: The open binary (a pyelftools ELFFile).
        ranges: ``(low, high)`` of each watched function.
    """
    if not elf.has_dwarf_info():
        return SourceLines((), {}, {})
    dwarf = elf.get_dwarf_info()
    files, rows, units = _line_tables(dwarf, sorted(ranges))
    return SourceLines(files, rows, _inlined(dwarf, units, {low for low, _ in ranges}))


def _units(dwarf: Any) -> Iterator[Any]:
    for unit in dwarf.iter_CUs():
        name = unit.get_top_DIE().attributes["DW_AT_name"].value.decode("utf-8", "replace")
        if name in PACKAGES:
            yield unit


def _line_tables(
    dwarf: Any, ordered: list[tuple[int, int]]
) -> tuple[tuple[str, ...], Rows, list[Any]]:
    """Return the files, the rows, and the units that have some: others have nothing to read."""
    rows: Rows = {}
    files: dict[str, int] = {}
    units = []
    lows = [low for low, _ in ordered]
    for unit in _units(dwarf):
        program = dwarf.line_program_for_CU(unit)
        names: dict[int, int] = {}  # empty as long as no row is in a watched function
        for address, its_file, line in line_rows(program):
            index = bisect.bisect_right(lows, address) - 1
            if index < 0 or address >= ordered[index][1]:
                continue
            number = names.get(its_file)
            if number is None:
                file = _file_name(program.header, its_file)
                number = names[its_file] = files.setdefault(file, len(files))
            row = rows.setdefault(lows[index], [])
            if not row or row[-1][1:] != (number, line):
                row.append((address, number, line))
        if names:
            units.append(unit)
    for row in rows.values():
        row.sort()
    return tuple(files), rows, units


def _inlined(dwarf: Any, units: list[Any], lows: set[int]) -> Rows:
    found: Rows = {}
    ranges = dwarf.range_lists()
    for unit in units:
        base = unit.get_top_DIE().attributes.get("DW_AT_low_pc")
        for die in unit.get_top_DIE().iter_children():
            low = die.attributes.get("DW_AT_low_pc")
            if die.tag != "DW_TAG_subprogram" or low is None or low.value not in lows:
                continue
            calls = found.setdefault(low.value, [])
            for inner in die.iter_children():
                line = inner.attributes.get("DW_AT_call_line")
                if inner.tag == "DW_TAG_inlined_subroutine" and line is not None:
                    for begin, end in _ranges(inner, ranges, unit, base.value if base else 0):
                        calls.append((begin, end, line.value))
    return found


def _ranges(die: Any, ranges: Any, unit: Any, base: int) -> Iterator[tuple[int, int]]:
    low, high = die.attributes.get("DW_AT_low_pc"), die.attributes.get("DW_AT_high_pc")
    if low is not None and high is not None:
        # DWARF 4 and newer: high_pc is a length unless it has the form of an address
        absolute = high.form == "DW_FORM_addr"
        yield low.value, high.value if absolute else low.value + high.value
    listed = die.attributes.get("DW_AT_ranges")
    if listed is None or ranges is None:
        return
    for entry in ranges.get_range_list_at_offset(listed.value, unit):
        if hasattr(entry, "base_address"):
            base = entry.base_address
            continue
        shift = 0 if getattr(entry, "is_absolute", False) else base
        yield entry.begin_offset + shift, entry.end_offset + shift


def _file_name(header: Any, index: int) -> str:
    version5 = header["version"] >= 5
    entry = header["file_entry"][index if version5 else index - 1]
    name: str = entry.name.decode("utf-8", "replace")
    if not version5 and entry.dir_index == 0:
        return relative_source(name)
    directory = header["include_directory"][entry.dir_index if version5 else entry.dir_index - 1]
    return relative_source(os.path.join(directory.decode("utf-8", "replace"), name))


def relative_source(path: str) -> str:
    """Shorten a path from a line table to one below GOROOT/src or the scenarios' folder.

    The shared server's files are named alone, those of other programs ``scenarios/NAME/FILE``.

    ``-trimpath`` has written most of them so already; others lose what lies before ``/src/``, and
    no recording ever names a folder of the machine it was made on.
    """
    if path.startswith("walkthrough.example/server/"):
        return path.rsplit("/", 1)[-1]
    if path.startswith("walkthrough.example/scenarios/"):
        return path.removeprefix("walkthrough.example/")
    if not path.startswith("/"):
        return path.removeprefix("./")
    for package in PACKAGES:
        if (at := path.rfind(f"/src/{package}/")) >= 0:
            return path[at + len("/src/") :]
    return path.rsplit("/", 1)[-1]
