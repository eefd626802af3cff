"""Reads a Go binary: version, symbols, lines, and where to break in a function.

Reads ELF and DWARF with pyelftools; an `Architecture` knows the instructions. Knows no process.
The result is a plain value that is cached next to the binary, because reading lines takes a second.
"""

import bisect
import contextlib
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from walkthrough.capture.environment.temporary_folders import TemporaryFolder
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.architecture.definition import Architecture, FrameShape
from walkthrough.capture.ptrace.architecture.selection import HEADER_BYTES, architecture_in
from walkthrough.capture.ptrace.build_info import SECTION, version_in
from walkthrough.capture.ptrace.dwarf_lines import read_lines
from walkthrough.files import private_files
from walkthrough.i18n.messages import message
from walkthrough.model.events import SourcePlace, Unobserved

_FORMAT = 5
ABSENT = "absent"


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
        format: `_FORMAT` of whoever wrote it.
        architecture: The name of the machine that it is for, `Architecture.name`.
        go_version: ``go1.27.3``.
        goid_offset: Offset of goid in runtime.g, in bytes.
        types: Address of the module's type descriptors, 0 if unknown.
        functions: Those that are watched, by address.
        files: What the lines of functions point into.
        unobserved: Those that were asked for and are not watched, and why.
    """

    format: int
    architecture: str
    go_version: str
    goid_offset: int
    types: int
    functions: tuple[TraceableFunction, ...]
    files: tuple[str, ...]
    unobserved: tuple[Unobserved, ...]

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


def analyse(binary: Path, names: Iterable[str], goid_offset: int | None) -> BinaryAnalysis:
    """Read the binary, without a cache.

    Args:
        binary: An ELF executable made by Go's linker.
        names: Symbols of the functions to watch; one that ends in ``*`` stands for all the
            functions that begin so and are not named, not even after a ``-``.
        goid_offset: Offset of goid in runtime.g if known, else it is looked up in DWARF.

    Raises:
        CaptureError: It is not a Go binary for a machine that the tracer knows, or lacks what is
            needed.
    """
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    with binary.open("rb") as file:
        architecture = architecture_in(file.read(HEADER_BYTES), binary)
        try:
            elf = ELFFile(file)
        except ELFError:
            raise CaptureError(
                message(
                    "{binary} is not an ELF program; trace a Linux program.", binary=str(binary)
                )
            ) from None
        return _analyse(elf, binary, architecture, tuple(names), goid_offset)


def _analyse(  # type: ignore[no-untyped-def]
    elf, binary: Path, architecture: Architecture, names: tuple[str, ...], goid: int | None
) -> BinaryAnalysis:
    symtab = elf.get_section_by_name(".symtab")
    if symtab is None:
        raise CaptureError(
            message("{binary} has no symbols; build it without -ldflags=-s.", binary=str(binary))
        )
    symbols: dict[str, tuple[int, int]] = {}
    functions: set[str] = set()
    for symbol in symtab.iter_symbols():
        symbols[symbol.name] = (symbol["st_value"], symbol["st_size"])
        if symbol["st_info"]["type"] == "STT_FUNC":
            functions.add(symbol.name)
    if "runtime.main" not in symbols:
        raise CaptureError(
            message("{binary} was not made by Go; trace a Go program.", binary=str(binary))
        )
    text = elf.get_section_by_name(".text")
    code, base = text.data(), text["sh_addr"]
    found: dict[str, TraceableFunction] = {}
    unobserved = []
    for name in _expanded(names, functions):
        if name not in symbols:
            unobserved.append(Unobserved(name, ABSENT))
            continue
        low, size = symbols[name]
        shape = architecture.frame_shape(code[low - base : low - base + size], low)
        if isinstance(shape, str):
            if name in names:
                unobserved.append(Unobserved(name, shape))
            continue
        found[name] = TraceableFunction(name, low, low + size, shape, (), ())
    source = read_lines(elf, [(f.low, f.high) for f in found.values()])
    watchable = tuple(
        msgspec.structs.replace(
            f,
            lines=tuple(source.rows.get(f.low, ())),
            inlined=tuple(source.inlined.get(f.low, ())),
        )
        for f in found.values()
    )
    return BinaryAnalysis(
        _FORMAT,
        architecture.name,
        _version(elf),
        goid if goid is not None else _goid_offset(elf, binary),
        symbols.get("runtime.types", (0, 0))[0],
        tuple(sorted(watchable, key=lambda f: f.low)),
        source.files,
        tuple(unobserved),
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


def _version(elf) -> str:  # type: ignore[no-untyped-def]
    section = elf.get_section_by_name(SECTION)
    return version_in(section.data()) if section is not None else ""


def _goid_offset(elf, binary: Path) -> int:  # type: ignore[no-untyped-def]
    if elf.has_dwarf_info():
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
    raise CaptureError(
        message(
            "{binary} does not say where Go keeps goroutine ids; build it without -ldflags=-w.",
            binary=str(binary),
        )
    )


def analyse_cached(binary: Path, names: Iterable[str], goid_offset: int | None) -> BinaryAnalysis:
    """Like `analyse`, keeping the result beside the binary if it lies in a folder of this user's.

    It belongs to the bytes of the binary, and is trusted only if this user wrote it.
    """
    wanted = tuple(names)
    with binary.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    key = repr((_FORMAT, content, wanted, goid_offset, __doc__)).encode()
    digest = hashlib.sha256(key).hexdigest()[:16]
    cache = binary.with_name(f"{binary.name}.{digest}.analysis.json")
    if not private_files.is_own_folder(binary.parent):
        return analyse(binary, wanted, goid_offset)
    with contextlib.suppress(OSError, msgspec.DecodeError):
        known = msgspec.json.decode(private_files.read(cache), type=BinaryAnalysis)
        if known.format == _FORMAT:
            return known
    analysis = analyse(binary, wanted, goid_offset)
    # A read-only folder only costs time.
    with contextlib.suppress(OSError), TemporaryFolder(binary.parent, ".analysis-") as new:
        written = new.path / cache.name
        written.write_bytes(msgspec.json.encode(analysis))
        written.chmod(0o600)
        os.replace(written, cache)
    return analysis
