"""The Go version that a binary says it was built with; knows no process.

Asked at every start, of a binary that is already known: so it is read here, in the one section it
is in, and not with pyelftools, which takes longer to import than all else that a start needs.
"""

import struct
from pathlib import Path
from typing import IO

from walkthrough.capture.errors import CaptureError
from walkthrough.i18n.messages import message

SECTION = ".go.buildinfo"
_ELF64_LITTLE_ENDIAN = b"\x7fELF\x02\x01"
_FILE = struct.Struct("<40xQ10xHHH")  # Elf64_Ehdr: e_shoff; e_shentsize, e_shnum, e_shstrndx
_SECTION = struct.Struct("<I20xQQ24x")  # Elf64_Shdr: sh_name; sh_offset, sh_size
_LONGEST_NAME = 64
_LONGEST = 32 + 1 + 127
"""Bytes of the section that are read: what comes before the version, its length, and itself."""


def go_version(binary: Path) -> str:
    """Return the Go version a binary says it was built with (``go1.27.3``), "" if it says none.

    Raises:
        CaptureError: It is not an ELF program, or is cut short.
        OSError: It cannot be read.
    """
    with binary.open("rb") as file:
        try:
            return version_in(_section(file))
        except ValueError:
            raise CaptureError(
                message(
                    "{binary} is damaged or no Linux program: remove it and try again.",
                    binary=str(binary),
                )
            ) from None


def version_in(data: bytes) -> str:
    """Return the version in the section's bytes, "" if there is none.

    See debug/buildinfo: magic, pointer size, flags; from go1.18 on, flag 2 says that the version
    follows in line at offset 32, with its length as a varint.
    """
    if len(data) <= 32 or not data.startswith(b"\xff Go buildinf:") or not data[15] & 2:
        return ""
    length = data[32]
    return data[33 : 33 + length].decode("ascii", "replace")


def _section(file: IO[bytes]) -> bytes:
    """Return the beginning of the section with the version, b"" if there is none.

    Raises:
        ValueError: The file is no ELF file, or cut short.
    """
    head = _part(file, 0, _FILE.size)
    if not head.startswith(b"\x7fELF"):
        raise ValueError
    if not head.startswith(_ELF64_LITTLE_ENDIAN):
        return b""  # for another machine, which whoever analyses it says
    table, size, count, names = _FILE.unpack(head)
    if size != _SECTION.size or names >= count:
        return b""
    sections = [*_SECTION.iter_unpack(_part(file, table, size * count))]
    for name, at, length in sections:
        if _name(file, sections[names][1] + name) == SECTION.encode():
            return _part(file, at, min(length, _LONGEST))
    return b""


def _name(file: IO[bytes], at: int) -> bytes:
    return _read(file, at, _LONGEST_NAME).partition(b"\0")[0]


def _part(file: IO[bytes], at: int, size: int) -> bytes:
    """Return ``size`` bytes of the file.

    Raises:
        ValueError: There are fewer, or there can be no such offset.
    """
    data = _read(file, at, size)
    if len(data) < size:
        raise ValueError
    return data


def _read(file: IO[bytes], at: int, most: int) -> bytes:
    """Return up to ``most`` bytes of the file.

    Raises:
        ValueError: There can be no such offset.
    """
    try:
        file.seek(at)
    except (OSError, OverflowError):
        raise ValueError from None
    return file.read(most)
