"""An ELF program as a file: its segments, sections and relocations. Knows no process and no Go.

Only what is asked for is read, whatever the size of the file, and by pread(2): a mapping of a file
that becomes shorter would end this process by SIGBUS. Section headers are a convenience that the
kernel ignores, so a program whose headers are missing or wrong is still read by its segments.
Formats: elf(5).
"""

import contextlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.architecture.selection import HEADER_BYTES, architecture_in
from walkthrough.i18n.messages import message

EXECUTABLE, SHARED = 2, 3
"""The types of file: linked for a fixed address, or for whichever it is loaded at."""
LOAD, DYNAMIC, _NOTE = 1, 2, 4
EXECUTABLE_CODE, WRITABLE = 1, 2  # PF_X, PF_W
_HEADER = struct.Struct("<16xHHIQQQIHHHHHH")
_ENTRY = slice(24, 32)
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_DYNAMIC_ENTRY = struct.Struct("<QQ")
_RELA_TABLE, _RELA_SIZE = 7, 8  # DT_RELA, DT_RELASZ
_RELATIVE = {"x86_64": 8, "aarch64": 1027}  # R_X86_64_RELATIVE, R_AARCH64_RELATIVE
_RELA = 24
_NOBITS = 8
_MOST_HEADERS = 1000  # of each kind; a linked program has some dozens
_LONGEST_NAME = 64
_CHUNK = 1 << 22
MOST_BYTES = 1 << 29
"""The most that is read at a time: the tables of a program of 2 GB are smaller."""


class DamagedFileError(ValueError):
    """The file is cut short, or says of itself what cannot be."""


class Segment(NamedTuple):
    """A part of the file that is, or is not, loaded; sizes and offsets in bytes."""

    kind: int
    flags: int
    offset: int
    address: int
    size: int
    memory_size: int


class Section(NamedTuple):
    """A named part of the file; address 0 if it is not loaded."""

    name: str
    address: int
    offset: int
    size: int


class ElfProgram:
    """A 64-bit program of a machine that the tracer knows, open for reading.

    Args:
        path: The file; ``/proc/PID/exe`` is what that process runs, even if it has been replaced.

    Attributes:
        name: What it is called in sentences.
        architecture: What it is made for.
        size: Its size in bytes.
        relocatable: Whether it may be loaded at another address than it was linked for.
        segments: In the order of the file.
        sections: None, if the file has none that make sense.

    Raises:
        CaptureError: It is no ELF file, damaged, of 32 bits or for another machine.
        OSError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            self.size = os.fstat(self._file).st_size
            self._read_headers()
        except DamagedFileError:
            os.close(self._file)
            raise CaptureError(
                message(
                    "{binary} is a damaged ELF program: build or install it again.",
                    binary=self.name,
                )
            ) from None
        except BaseException:
            os.close(self._file)
            raise
        self._relocations: bytes | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def _read_headers(self) -> None:
        self.architecture = architecture_in(self._up_to(0, HEADER_BYTES), Path(self.name))
        self.header = self.from_file(0, _HEADER.size)
        kind, _, _, _, segments, sections, _, _, *sizes = _HEADER.unpack(self.header)
        size, count, section_size, section_count, names = sizes
        if kind not in (EXECUTABLE, SHARED):  # an object file, a core dump
            raise CaptureError(
                message("{binary} is not an ELF program; trace a Linux program.", binary=self.name)
            )
        if size != _SEGMENT.size or count > _MOST_HEADERS:
            raise DamagedFileError
        self.relocatable = kind == SHARED
        self.program_headers = self.from_file(segments, size * count)
        self.segments = tuple(
            Segment(kind, flags, offset, address, held, memory)
            for kind, flags, offset, address, _, held, memory, _ in _SEGMENT.iter_unpack(
                self.program_headers
            )
        )
        self.sections: tuple[Section, ...] = ()
        if section_size == _SECTION.size and names < section_count <= _MOST_HEADERS:
            self.sections = self._sections(sections, section_count, names)

    def _sections(self, table: int, count: int, names: int) -> tuple[Section, ...]:
        try:
            rows = [*_SECTION.iter_unpack(self.from_file(table, _SECTION.size * count))]
            texts = self.from_file(rows[names][4], rows[names][5])
        except DamagedFileError:
            return ()
        found = []
        for name, kind, _, address, offset, size, *_ in rows:
            end = texts.find(b"\0", name, name + _LONGEST_NAME)
            if kind != _NOBITS and end > name and offset + size <= self.size:
                text = texts[name:end].decode("ascii", "replace")
                found.append(Section(text, address, offset, size))
        return tuple(found)

    def section(self, name: str) -> Section | None:
        """Return the first section with that name."""
        return next((each for each in self.sections if each.name == name), None)

    def from_file(self, offset: int, size: int) -> bytes:
        """Return ``size`` bytes of the file.

        Raises:
            DamagedFileError: There are fewer, or that is no size for anything.
        """
        if not 0 <= size <= MOST_BYTES or not 0 <= offset <= self.size - size:
            raise DamagedFileError
        data = self._up_to(offset, size)
        if len(data) < size:
            raise DamagedFileError
        return data

    def _up_to(self, offset: int, size: int) -> bytes:
        parts = []
        while size > 0 and (part := os.pread(self._file, size, offset)):
            parts.append(part)
            offset, size = offset + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    # what is loaded, by the address for which it was linked

    def loaded(self) -> Iterator[Segment]:
        """Yield the segments that are loaded from the file."""
        for segment in self.segments:
            if segment.kind == LOAD and segment.size and segment.offset < self.size:
                yield segment

    @property
    def entry(self) -> int:
        """The address for which its first instruction was linked."""
        return int.from_bytes(self.header[_ENTRY], "little")

    def at(self, address: int, size: int, flags: int = 0) -> bytes:
        """Return ``size`` bytes that are loaded at ``address``.

        Args:
            address: Where they are.
            size: How many.
            flags: What the segment has to have: `EXECUTABLE_CODE`, `WRITABLE` or nothing.

        Raises:
            DamagedFileError: Nothing of the file is loaded there, or not so much.
        """
        for segment in self.loaded():
            if segment.address <= address and address + size <= segment.address + segment.size:
                if segment.flags & flags != flags:
                    break
                return self.from_file(segment.offset + address - segment.address, size)
        raise DamagedFileError

    def after(self, address: int) -> int:
        """Return how many bytes of the file are loaded from ``address`` on, in its segment."""
        for segment in self.loaded():
            if segment.address <= address < segment.address + segment.size:
                size = min(segment.size, self.size - segment.offset)
                return max(segment.address + size - address, 0)
        return 0

    def pointer(self, address: int) -> int:
        """Return the pointer at ``address`` as it is before the program is moved anywhere.

        Raises:
            DamagedFileError: Nothing of the file is loaded there.
        """
        where = address.to_bytes(8, "little") + self._relative()
        table = self.relocations()
        at = table.find(where)
        while at >= 0 and at % _RELA:
            at = table.find(where, at + 1)
        if at >= 0:
            return int.from_bytes(table[at + 16 : at + 24], "little")
        return int.from_bytes(self.at(address, 8), "little")

    def pointers_to(self, address: int) -> Iterator[int]:
        """Yield the addresses of pointers to ``address``, as far as they can be told."""
        value = address.to_bytes(8, "little")
        table, wanted = self.relocations(), self._relative() + value
        at = table.find(wanted)
        while at >= 0:
            if at % _RELA == 8:
                yield int.from_bytes(table[at - 8 : at], "little")
            at = table.find(wanted, at + 1)
        yield from self.search(value, 8, WRITABLE)

    def _relative(self) -> bytes:
        return _RELATIVE[self.architecture.name].to_bytes(8, "little")

    def relocations(self) -> bytes:
        """Return the table of a relocatable program's ``Elf64_Rela``, b"" if there is none."""
        if self._relocations is None:
            self._relocations = b""
            with contextlib.suppress(DamagedFileError):  # then its pointers are as they stand
                self._relocations = self._rela() if self.relocatable else b""
        return self._relocations

    def _rela(self) -> bytes:
        known: dict[int, int] = {}
        for segment in self.segments:
            if segment.kind == DYNAMIC:
                rows = self.from_file(segment.offset, segment.size // 16 * 16)
                for tag, value in _DYNAMIC_ENTRY.iter_unpack(rows):
                    known.setdefault(tag, value)
        table, size = known.get(_RELA_TABLE, 0), known.get(_RELA_SIZE, 0)
        return self.at(table, size) if table else b""

    def search(self, pattern: bytes, alignment: int, flags: int = 0) -> Iterator[int]:
        """Yield the addresses outside of code at which ``pattern`` is loaded.

        Args:
            pattern: The bytes.
            alignment: What the address is a multiple of.
            flags: What the segment has to have: `WRITABLE` or nothing.
        """
        for segment in self.loaded():
            if segment.flags & EXECUTABLE_CODE or segment.flags & flags != flags:
                continue
            offset, end = segment.offset, min(segment.offset + segment.size, self.size)
            while offset < end:
                part = self._up_to(offset, min(_CHUNK + len(pattern) - 1, end - offset))
                at = part.find(pattern)
                while at >= 0:
                    if (address := segment.address + offset - segment.offset + at) % alignment == 0:
                        yield address
                    at = part.find(pattern, at + 1)
                offset += _CHUNK

    def notes(self) -> Iterator[tuple[bytes, int, bytes]]:
        """Yield the notes in the file: owner, type, content; those that can be read."""
        for segment in self.segments:
            if segment.kind != _NOTE or segment.size > 1 << 16:
                continue
            try:
                data = self.from_file(segment.offset, segment.size)
            except DamagedFileError:
                continue
            at = 0
            while at + 12 <= len(data):
                named, size, kind = struct.unpack_from("<III", data, at)
                owner = at + 12
                content = owner + (named + 3 & ~3)
                yield (
                    data[owner : owner + named].rstrip(b"\0"),
                    kind,
                    data[content : content + size],
                )
                at = content + (size + 3 & ~3)
