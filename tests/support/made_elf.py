"""Makes 64-bit ELF programs for tests: segments, named sections, notes and relocations."""

import struct
from typing import NamedTuple

_HEADER = struct.Struct("<HHIQQQIHHHHHH")
LOAD, DYNAMIC, NOTE = 1, 2, 4
READ, WRITE, CODE = 4, 2, 1
X86_64 = 62


class Part(NamedTuple):
    """A piece of the program, in a segment of its own and perhaps in a section."""

    content: bytes
    address: int = 0
    section: str = ""
    kind: int = LOAD
    flags: int = READ


def elf(
    *parts: Part, relocatable: bool = False, machine: int = X86_64, sections: bool = True
) -> bytes:
    """Return the bytes of a program with these parts, in that order.

    Args:
        parts: What is in it.
        relocatable: Whether it may be loaded anywhere.
        machine: What it is for, ``e_machine``.
        sections: Whether it has a table of sections; the kernel needs none.
    """
    at = 64 + 56 * len(parts)
    names, body, segments, rows = b"\0.shstrtab\0", b"", b"", []
    for part in parts:
        segments += struct.pack(
            "<IIQQQQQQ",
            part.kind,
            part.flags,
            at,
            part.address,
            part.address,
            len(part.content),
            len(part.content),
            16,
        )
        if part.section:
            rows.append((len(names), 1, part.address, at, len(part.content)))
            names += part.section.encode() + b"\0"
        body += part.content
        at += len(part.content)
    table = b""
    if sections:
        rows = [(0, 0, 0, 0, 0), (1, 3, 0, at, len(names)), *rows]
        table = b"".join(
            struct.pack("<IIQQQQIIQQ", name, kind, 2, address, offset, size, 0, 0, 1, 0)
            for name, kind, address, offset, size in rows
        )
    count = len(rows) if sections else 0
    begin = at + len(names) if sections else 0
    head = _HEADER.pack(
        3 if relocatable else 2, machine, 1, 0x401000, 64, begin, 0, 64, 56, len(parts), 64, count,
        1 if sections else 0,
    )  # fmt: skip
    ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    return ident + head + segments + body + (names + table if sections else b"")


def note(owner: bytes, kind: int, content: bytes) -> bytes:
    """Return a note of an owner."""
    name = owner + b"\0"
    padded = name.ljust(-(-len(name) // 4) * 4, b"\0")
    body = content.ljust(-(-len(content) // 4) * 4, b"\0")
    return struct.pack("<III", len(name), len(content), kind) + padded + body


def varint(number: int) -> bytes:
    """Return a number in groups of seven bits, the lowest first."""
    groups = [number >> shift & 0x7F for shift in range(0, max(number.bit_length(), 1), 7)]
    return bytes([*(each | 0x80 for each in groups[:-1]), groups[-1]])


def build_info(version: str = "go1.27.3", said: str = "") -> bytes:
    """Return what Go's linker says of a build: its version, and of its modules."""
    modules = b"<" * 16 + said.encode() + b">" * 16 if said else b""
    texts = [version.encode(), modules]
    head = b"\xff Go buildinf:\x08\x02".ljust(32, b"\0")
    return head + b"".join(varint(len(each)) + each for each in texts)
