"""Tells the line of an address anywhere in a Go program's own packages: of whoever calls the path.

The analysis of a program knows the lines of the watched functions alone. These are Go's and those
of package main; what calls them may be in any other package of the program.
"""

import bisect
import contextlib
from pathlib import Path, PurePosixPath

from walkthrough.capture.ptrace.binary import NAMING, open_tables, source_names
from walkthrough.capture.ptrace.build_info import BuildInfo, build_info
from walkthrough.capture.ptrace.elf_program import DamagedFileError, ElfProgram
from walkthrough.capture.ptrace.pclntab import FunctionRow, Lines, PcLineTable
from walkthrough.capture.ptrace.source_names import SourceNames
from walkthrough.model.events import SourcePlace
from walkthrough.source.program_sources import is_standard


class ProgramLines:
    """The lines of one program, read when they are asked for.

    Args:
        program: Its file, which is kept open: what its path leads to later may be another.

    Raises:
        CaptureError: It is no program for the tracer.
        OSError: It cannot be read.
    """

    def __init__(self, program: Path) -> None:
        self._program = ElfProgram(program)
        self._read = False
        self._table: PcLineTable | None = None
        self._names: SourceNames | None = None
        self._lines: dict[FunctionRow, Lines] = {}

    def own_line(self, address: int) -> SourcePlace | None:
        """Return the line that an instruction is of, in the text of the function that it is in.

        Args:
            address: The instruction's, for which the program was linked.

        Returns:
            None if it is in one of Go's packages, or unknown.
        """
        if not self._read:
            self._read = True
            with contextlib.suppress(DamagedFileError, OSError):  # then nothing is known
                self._open()
        if self._table is None or self._names is None:
            return None
        try:
            function = self._table.function_at(address)
            if function is None:
                return None
            if function not in self._lines:
                self._lines[function] = self._table.lines(function)
        except DamagedFileError:
            return None
        return _place(self._lines[function], address, self._names)

    def _open(self) -> None:
        """Read the tables.

        Raises:
            DamagedFileError: They are cut short, or not there.
            OSError: The file cannot be read.
        """
        info = build_info(self._program) or BuildInfo("")
        tables = open_tables(self._program, info)
        if tables is not None:
            _, table = tables
            self._names = source_names(table, info, table.functions(NAMING)[0])
            self._table = table


def _place(lines: Lines, address: int, names: SourceNames) -> SourcePlace | None:
    row = bisect.bisect_right(lines.rows, address, key=lambda each: each[0]) - 1
    if row < 0:
        return None
    _, path, line = lines.rows[row]
    for low, high, called in lines.inlined:
        if low <= address < high:
            path, line = lines.rows[0][1], called
            break
    file = names.name(path)
    return SourcePlace(file, line) if file and not is_standard(PurePosixPath(file)) else None
