"""What a Go binary tells about itself: version, symbols, lines, and where to break in a function.

Reads ELF and DWARF with pyelftools and instructions with capstone; knows no process. The result
is a plain value that is cached beside the binary, because reading lines takes a second.
"""

import bisect
import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

from walkthrough.capture.errors import CaptureError
from walkthrough.model.events import SourcePlace, Unobserved

_FORMAT = 2


class Function(msgspec.Struct, frozen=True):
    """A function of the binary that can be watched.

    Attributes:
        name: Its symbol.
        low: Address of its first byte.
        high: Address behind its last byte.
        entry: Address of the instruction that opens its frame: ``push rbp``, or ``sub rsp, N``.
        frame: The N of ``sub rsp, N`` (Go before 1.21), 0 for ``push rbp``.
        entry_length: Length of that instruction in bytes.
        returns: Addresses of every ``ret``; none if it never returns (a main that loops for ever).
        last_line: Where its text ends in its file: the line before the next function's first.
        lines: ``(address, index into Analysis.files, line)``, by address.
    """

    name: str
    low: int
    high: int
    entry: int
    frame: int
    entry_length: int
    returns: tuple[int, ...]
    last_line: int
    lines: tuple[tuple[int, int, int], ...]


class Analysis(msgspec.Struct, frozen=True):
    """All that the tracer needs to know of a binary."""

    format: int
    go_version: str
    goid_offset: int
    types: int
    functions: tuple[Function, ...]
    files: tuple[str, ...]
    unobserved: tuple[Unobserved, ...]

    def line(self, function: Function, address: int) -> SourcePlace | None:
        """Return the line that the instruction at ``address`` in ``function`` belongs to."""
        row = bisect.bisect_right(function.lines, address, key=lambda each: each[0]) - 1
        if row < 0:
            return None
        _, file, line = function.lines[row]
        return SourcePlace(self.files[file], line)

    def own_line(self, function: Function, address: int) -> SourcePlace | None:
        """Like `line`, but of the function's own text where another was inlined at ``address``.

        The line of the call that was inlined is the last one before it in the function's file.
        """
        if not function.lines:
            return None
        _, own, first = function.lines[0]
        row = bisect.bisect_right(function.lines, address, key=lambda each: each[0]) - 1
        for _, file, line in reversed(function.lines[: row + 1]):
            if file == own and first <= line <= function.last_line:
                return SourcePlace(self.files[own], line)
        return None


def analyse(binary: Path, names: Iterable[str], goid_offset: int | None) -> Analysis:
    """Read the binary, without a cache.

    Args:
        binary: An ELF executable made by Go's linker.
        names: Symbols of the functions to watch.
        goid_offset: Offset of goid in runtime.g if known, else it is looked up in DWARF.

    Raises:
        CaptureError: It is no Go binary of this machine's kind, or lacks what is needed.
    """
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    with binary.open("rb") as file:
        try:
            elf = ELFFile(file)
        except ELFError:
            raise CaptureError(f"{binary} is not an ELF program; trace a Linux program.") from None
        if elf["e_machine"] != "EM_X86_64":
            raise CaptureError(
                f"{binary} is a program for {elf['e_machine']}; the tracer knows x86_64 only."
            )
        return _analyse(elf, binary, tuple(names), goid_offset)


def _analyse(elf, binary: Path, names: tuple[str, ...], goid: int | None) -> Analysis:  # type: ignore[no-untyped-def]
    symtab = elf.get_section_by_name(".symtab")
    if symtab is None:
        raise CaptureError(f"{binary} has no symbols; build it without -ldflags=-s.")
    symbols = {s.name: (s["st_value"], s["st_size"]) for s in symtab.iter_symbols()}
    if "runtime.main" not in symbols:
        raise CaptureError(f"{binary} was not made by Go; trace a Go program.")
    text = elf.get_section_by_name(".text")
    code, base = text.data(), text["sh_addr"]
    found: dict[str, Function] = {}
    unobserved = []
    for name in names:
        if name not in symbols:
            unobserved.append(Unobserved(name, "absent"))
            continue
        low, size = symbols[name]
        shape = frame_shape(code[low - base : low - base + size], low)
        if isinstance(shape, str):
            unobserved.append(Unobserved(name, shape))
            continue
        entry, frame, length, returns = shape
        found[name] = Function(name, low, low + size, entry, frame, length, returns, 0, ())
    starts = [low for low, size in symbols.values() if size and base <= low < base + len(code)]
    files, lines, firsts = _lines(elf, [(f.low, f.high) for f in found.values()], set(starts))
    functions = tuple(
        msgspec.structs.replace(
            f, lines=tuple(lines.get(f.low, ())), last_line=_last_line(firsts, f.low)
        )
        for f in found.values()
    )
    return Analysis(
        _FORMAT,
        _version(elf, symbols),
        goid if goid is not None else _goid_offset(elf, binary),
        symbols.get("runtime.types", (0, 0))[0],
        tuple(sorted(functions, key=lambda f: f.low)),
        files,
        tuple(unobserved),
    )


def go_version(binary: Path) -> str:
    """Return the Go version a binary says it was built with (``go1.27.3``), "" if it says none."""
    from elftools.elf.elffile import ELFFile

    with binary.open("rb") as file:
        elf = ELFFile(file)
        section = elf.get_section_by_name(".go.buildinfo")
        return _build_info_version(section.data()) if section is not None else ""


def _build_info_version(data: bytes) -> str:
    # debug/buildinfo: magic, pointer size, flags; from go1.18 on, flag 2 says that the version
    # follows in line at offset 32, with its length as a varint
    if data[:14] != b"\xff Go buildinf:" or not data[15] & 2:
        return ""
    length = data[32]
    return data[33 : 33 + length].decode("ascii", "replace")


def _version(elf, symbols: dict[str, tuple[int, int]]) -> str:  # type: ignore[no-untyped-def]
    section = elf.get_section_by_name(".go.buildinfo")
    return _build_info_version(section.data()) if section is not None else ""


def frame_shape(code: bytes, address: int) -> tuple[int, int, int, tuple[int, ...]] | str:
    """Find the one-instruction breakpoints of a function.

    The first ``push rbp`` opens the frame from go1.21 on, a ``sub rsp, N`` before; both come after
    the stack check, so growing the stack does not pass them twice. Every ``ret`` ends it.

    Args:
        code: The function's bytes.
        address: Where they lie.

    Returns:
        ``(entry, frame, length, returns)`` as in `Function`, or why it cannot be watched.
    """
    from capstone import CS_ARCH_X86, CS_MODE_64, Cs

    entry = frame = length = 0
    returns = []
    for at, size, mnemonic, operands in Cs(CS_ARCH_X86, CS_MODE_64).disasm_lite(code, address):
        if mnemonic == "ret":
            if size != 1:
                return "unusual return"
            returns.append(at)
        elif not entry and not returns:
            if code[at - address] == 0x55:  # push rbp
                entry, length = at, size
            elif mnemonic == "sub" and operands.startswith("rsp, "):
                entry, length, frame = at, size, int(operands[5:], 0)
    if not entry:
        return "frameless"
    return entry, frame, length, tuple(returns)


def _lines(  # type: ignore[no-untyped-def]
    elf, ranges: list[tuple[int, int]], starts: set[int]
) -> tuple[tuple[str, ...], dict[int, list[tuple[int, int, int]]], dict[int, tuple[int, int]]]:
    """Read the line tables.

    Args:
        elf: The open binary.
        ranges: ``(low, high)`` of each watched function.
        starts: Addresses at which any function begins.

    Returns:
        The files named; by a range's low address its rows; by a function's start its file and
        first line.
    """
    rows: dict[int, list[tuple[int, int, int]]] = {}
    files: dict[str, int] = {}
    firsts: dict[int, tuple[int, int]] = {}
    if not elf.has_dwarf_info():
        return (), rows, firsts
    ordered = sorted(ranges)
    lows = [low for low, _ in ordered]
    dwarf = elf.get_dwarf_info()
    for unit in dwarf.iter_CUs():
        name = unit.get_top_DIE().attributes["DW_AT_name"].value.decode("utf-8", "replace")
        if name not in _PACKAGES:
            continue
        program = dwarf.line_program_for_CU(unit)
        names: dict[int, int] = {}
        for entry in program.get_entries():
            state = entry.state
            if state is None or state.end_sequence:
                continue
            index = bisect.bisect_right(lows, state.address) - 1
            watched = index >= 0 and state.address < ordered[index][1]
            if not watched and state.address not in starts:
                continue
            number = names.get(state.file)
            if number is None:
                file = _file_name(program.header, state.file)
                number = names[state.file] = files.setdefault(file, len(files))
            firsts.setdefault(state.address, (number, state.line))
            if watched:
                row = rows.setdefault(lows[index], [])
                if not row or row[-1][1:] != (number, state.line):
                    row.append((state.address, number, state.line))
    for row in rows.values():
        row.sort()
    return tuple(files), rows, {start: firsts[start] for start in starts if start in firsts}


def _last_line(firsts: dict[int, tuple[int, int]], low: int) -> int:
    """Return the last line of the function at ``low``: a function after it begins behind it."""
    if low not in firsts:
        return 0
    file, first = firsts[low]
    after = [line for other, line in firsts.values() if other == file and line > first]
    return min(after) - 1 if after else 1 << 31


# Units that hold watched functions: reading the others' lines would only take time.
_PACKAGES = frozenset({"main", "net", "internal/poll", "runtime", "syscall"})


def _file_name(header, index: int) -> str:  # type: ignore[no-untyped-def]
    version5 = header["version"] >= 5
    entry = header["file_entry"][index if version5 else index - 1]
    directory = header["include_directory"][entry.dir_index if version5 else entry.dir_index - 1]
    name = entry.name.decode("utf-8", "replace")
    if not version5 and entry.dir_index == 0:
        return relative_source(name)
    return relative_source(os.path.join(directory.decode("utf-8", "replace"), name))


def relative_source(path: str) -> str:
    """Shorten a path from a line table to one below GOROOT/src or the program's own folder.

    ``-trimpath`` has written most of them so already; others lose what lies before ``/src/``, and
    no recording ever names a folder of the machine it was made on.
    """
    if path.startswith("walkthrough.example/server/"):
        return path.rsplit("/", 1)[-1]
    if not path.startswith("/"):
        return path.removeprefix("./")
    for package in _PACKAGES:
        if (at := path.rfind(f"/src/{package}/")) >= 0:
            return path[at + len("/src/") :]
    return path.rsplit("/", 1)[-1]


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
        f"{binary} does not say where Go keeps goroutine ids; build it without -ldflags=-w."
    )


def analyse_cached(binary: Path, names: Iterable[str], goid_offset: int | None) -> Analysis:
    """Like `analyse`, keeping the result in a file beside the binary where that can be written."""
    wanted = tuple(names)
    stat = binary.stat()
    key = repr((_FORMAT, stat.st_size, stat.st_mtime_ns, wanted, goid_offset, __doc__)).encode()
    digest = hashlib.sha256(key).hexdigest()[:16]
    cache = binary.with_name(f"{binary.name}.{digest}.analysis.json")
    with contextlib.suppress(OSError, msgspec.DecodeError):
        known = msgspec.json.decode(cache.read_bytes(), type=Analysis)
        if known.format == _FORMAT:
            return known
    analysis = analyse(binary, wanted, goid_offset)
    with contextlib.suppress(OSError):  # a folder that cannot be written costs time, nothing else
        handle, name = tempfile.mkstemp(dir=binary.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(analysis))
        os.replace(name, cache)
    return analysis
