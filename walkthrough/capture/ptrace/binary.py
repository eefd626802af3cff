"""Reads a Go binary: what can be watched in it, where to break, and which line an address is of.

All of it is in the tables of Go's own runtime (`pclntab`), so that symbols and DWARF are not
needed; an `Architecture` knows the instructions. Addresses are those for which the program was
linked: whoever traces a position-independent one adds how far it was moved. Knows no process.
"""

import bisect
import hashlib
import re
from collections.abc import Iterable, Iterator

import msgspec

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.architecture.definition import FrameShape
from walkthrough.capture.ptrace.build_info import BuildInfo
from walkthrough.capture.ptrace.elf_program import EXECUTABLE_CODE, DamagedFileError, ElfProgram
from walkthrough.capture.ptrace.goid import USUAL_SLOT, goroutine_slot
from walkthrough.capture.ptrace.module_data import ModuleData, has_older_tables, module_data
from walkthrough.capture.ptrace.pclntab import FunctionRow, PcLineTable
from walkthrough.capture.ptrace.source_names import SourceNames
from walkthrough.capture.ptrace.traced_functions import parse_version
from walkthrough.i18n.messages import message
from walkthrough.model.events import SourcePlace, Unobserved

FORMAT = 7
"""Version of `BinaryAnalysis`, as it is kept in files."""
OLDEST = (1, 19)
"""The oldest Go whose programs are read."""
ABSENT, INLINED = "absent", "inlined"
"""Why a function cannot be watched: the program has none, or only inside of its callers."""


class UnreadableGoError(CaptureError):
    """A Go program whose functions cannot be seen; its system calls can."""


class TraceableFunction(msgspec.Struct, frozen=True):
    """A function of the binary that can be watched.

    Attributes:
        name: Its symbol.
        low: Address of its first byte.
        high: Address after its last byte.
        shape: Where it is entered and left. It has no ``returns`` if it never returns (a main that
            loops forever).
        lines: ``(address, index into Analysis.files, line)``, by address.
        inlined: ``(low, high, line)`` of each call in its own text that was inlined, and its line.
    """

    name: str
    low: int
    high: int
    shape: FrameShape
    lines: tuple[tuple[int, int, int], ...]
    inlined: tuple[tuple[int, int, int], ...]


class BinaryAnalysis(msgspec.Struct, frozen=True):
    """All that the tracer needs to know of a binary.

    Attributes:
        format: `FORMAT` of whoever wrote it.
        architecture: The name of the machine that it is for, `Architecture.name`.
        go_version: ``go1.27.3``, perhaps with more behind it.
        goid_offset: Offset of goid in runtime.g, in bytes.
        types: Address that names of types are counted from.
        functions: Those that are watched, by address.
        files: What the lines of functions point into, as events name them (`SourceNames`).
        unobserved: Those that were asked for and are not watched, and why.
        module: Path of the module of its main package, "" for none.
        module_folder: Where that was when it was built, "" if it does not say; of this machine,
            so for no recording.
        goroutine_slot: Where a thread keeps its current ``g``, in bytes from the register that
            `Architecture.thread_pointer` names.
        code: SHA-256 of the functions' bytes, by which it is known to fit a file.
    """

    format: int
    architecture: str
    go_version: str
    goid_offset: int
    types: int
    functions: tuple[TraceableFunction, ...]
    files: tuple[str, ...]
    unobserved: tuple[Unobserved, ...]
    module: str = ""
    module_folder: str = ""
    goroutine_slot: int = USUAL_SLOT
    code: str = ""

    def line(self, function: TraceableFunction, address: int) -> SourcePlace | None:
        """Return the line that the instruction at ``address`` in ``function`` belongs to."""
        row = bisect.bisect_right(function.lines, address, key=lambda each: each[0]) - 1
        if row < 0:
            return None
        _, file, line = function.lines[row]
        return SourcePlace(self.files[file], line)

    def own_line(self, function: TraceableFunction, address: int) -> SourcePlace | None:
        """Like `line`, but in the function's own text: where a call was inlined, its line."""
        if not function.lines:
            return None
        for low, high, line in function.inlined:
            if low <= address < high:
                return SourcePlace(self.files[function.lines[0][1]], line)
        return self.line(function, address)


def analyse(
    program: ElfProgram, info: BuildInfo, names: Iterable[str], goid_offset: int
) -> BinaryAnalysis:
    """Read a Go program: what can be watched in it, and its lines.

    Args:
        program: An ELF program made by Go's linker, with symbols or without.
        info: How it was built.
        names: Symbols of the functions to watch; one that ends in ``*`` stands for all the
            functions that begin so and are not named, not even after a ``-``.
        goid_offset: Offset of goid in runtime.g.

    Raises:
        UnreadableGoError: The tables of Go's runtime are not in it, or are damaged.
    """
    try:
        tables = open_tables(program, info)
        if tables is None:
            raise _without_tables(program, info)
        return _analysed(program, info, *tables, tuple(names), goid_offset)
    except DamagedFileError:
        raise UnreadableGoError(
            message(
                "The function tables of {binary} are damaged, so only its system calls can be "
                "traced: build it again.",
                binary=program.name,
            )
        ) from None


def open_tables(program: ElfProgram, info: BuildInfo) -> tuple[ModuleData, PcLineTable] | None:
    """Return where a program's tables are, and the tables; None if it has none that are known.

    Raises:
        DamagedFileError: They are cut short.
    """
    version = parse_version(info.go_version)
    module = module_data(program, version) if version >= OLDEST else None
    if module is None:
        return None
    inlined = module.inlined
    table = PcLineTable(
        program.at(module.tables, module.size),
        module.text,
        version,
        lambda offset, size: program.at(inlined + offset, size),
    )
    return module, table


NAMING = ("runtime.main", "main.main")
"""The functions whose files say how the source of a program is to be called."""


def source_names(
    table: PcLineTable, info: BuildInfo, functions: Iterable[FunctionRow]
) -> SourceNames:
    """Return what names the source files of a program.

    Args:
        table: The program's.
        info: How it was built.
        functions: Some of its functions, those of `NAMING` among them.

    Raises:
        DamagedFileError: The tables are cut short.
    """
    files = {row.name: table.first_file(row) for row in functions if row.name in NAMING}
    return SourceNames(info, *(files.get(name, "") for name in NAMING))


def _analysed(
    program: ElfProgram,
    info: BuildInfo,
    module: ModuleData,
    table: PcLineTable,
    names: tuple[str, ...],
    goid_offset: int,
) -> BinaryAnalysis:
    rows, occurring = table.functions(
        (*(name for name in names if not name.endswith("*")), *NAMING),
        (name[:-1] for name in names if name.endswith("*")),
    )
    by_name = {row.name: row for row in rows}
    if NAMING[0] not in by_name:
        raise _without_runtime(program)
    sources = source_names(table, info, rows)
    found: list[TraceableFunction] = []
    unobserved = []
    files: dict[str, int] = {}
    for name in _expanded(names, {*by_name}):
        row = by_name.get(name)
        if row is None:
            unobserved.append(Unobserved(name, INLINED if name in occurring else ABSENT))
            continue
        shape = program.architecture.frame_shape(
            program.at(row.low, row.high - row.low, EXECUTABLE_CODE), row.low
        )
        if isinstance(shape, str):
            if name in names:
                unobserved.append(Unobserved(name, shape))
            continue
        lines = table.lines(row)
        found.append(
            TraceableFunction(
                name,
                row.low,
                row.high,
                shape,
                tuple(
                    (low, files.setdefault(sources.name(file), len(files)), line)
                    for low, file, line in lines.rows
                ),
                lines.inlined,
            )
        )
    functions = tuple(sorted(found, key=lambda each: each.low))
    return BinaryAnalysis(
        FORMAT,
        program.architecture.name,
        info.go_version,
        goid_offset,
        module.types,
        functions,
        tuple(files),
        tuple(unobserved),
        sources.module,
        sources.module_folder,
        goroutine_slot(program, module.text),
        code_of(program, functions),
    )


def code_of(program: ElfProgram, functions: Iterable[TraceableFunction]) -> str:
    """Return the SHA-256 of the bytes of functions.

    Raises:
        DamagedFileError: The program has no such addresses.
    """
    digest = hashlib.sha256()
    for each in functions:
        digest.update(program.at(each.low, each.high - each.low, EXECUTABLE_CODE))
    return digest.hexdigest()


def _without_tables(program: ElfProgram, info: BuildInfo) -> UnreadableGoError:
    version = parse_version(info.go_version)
    if (0, 0) < version < OLDEST or has_older_tables(program):
        return UnreadableGoError(
            message(
                "{binary} was built with {version}: functions can be seen from Go {oldest} on, so "
                "build it with a newer one; its system calls can still be traced.",
                binary=program.name,
                version=info.go_version or message("an old Go"),
                oldest=".".join(map(str, OLDEST)),
            )
        )
    if version < OLDEST:
        return UnreadableGoError(
            message(
                "{binary} was made by Go, but does not say by which: build it with a released Go; "
                "its system calls can still be traced.",
                binary=program.name,
            )
        )
    return UnreadableGoError(
        message(
            "{binary} was made by Go, but its function tables are not to be found: it may be "
            "packed or obfuscated; its system calls can still be traced.",
            binary=program.name,
        )
    )


def _without_runtime(program: ElfProgram) -> UnreadableGoError:
    return UnreadableGoError(
        message(
            "{binary} takes Go's packages from a shared library, whose functions cannot be seen "
            "yet: build it without -linkshared; its system calls can still be traced.",
            binary=program.name,
        )
    )


# What the compiler and the linker add by themselves: initialisers, wrappers of go and defer
# statements, of method values and of embedded methods.
_MADE = re.compile(r"\.init(\.|$)|\.map\.init|\.(gowrap|deferwrap)\d|-fm$|\.\.|:|\[")


def _expanded(names: tuple[str, ...], functions: set[str]) -> Iterator[str]:
    """Yield the names, and for each that ends in ``*`` those functions that it stands for."""
    left = functions - {name.removeprefix("-") for name in names}
    for name in names:
        if name.endswith("*"):
            fitting = (each for each in left if each.startswith(name[:-1]))
            yield from sorted(each for each in fitting if not _MADE.search(each))
        elif not name.startswith("-"):
            yield name
