"""The Go version of a binary: read from ELF files made here, whole, cut short and damaged."""

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.build_info import go_version, version_in

INFO = b"\xff Go buildinf:\x08\x02" + bytes(16) + b"\x08go1.27.3" + b"\x04path"
NAMES = b"\0.shstrtab\0.go.buildinfo\0"


def elf(info: bytes | None = INFO, names: int = 1) -> bytes:
    """Make a 64-bit ELF file: its header, the names of sections, ``info``, the sections' table."""
    at = 64 + len(NAMES)
    table = at + len(info or b"")
    sections = [(0, 0, 0), (1, 64, len(NAMES))]
    if info is not None:
        sections.append((11, at, len(info)))
    head = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, 0x401000, 0, table, 0, 64, 56, 0, 64, len(sections), names
    )
    rows = (
        struct.pack("<IIQQQQIIQQ", n, 1, 0, 0, at, size, 0, 0, 1, 0) for n, at, size in sections
    )
    return head + NAMES + (info or b"") + b"".join(rows)


def version_of(folder: Path, content: bytes) -> str:
    file = folder / "server"
    file.write_bytes(content)
    return go_version(file)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (elf(), "go1.27.3"),
        (elf(None), ""),  # not made by Go
        (elf(INFO.replace(b"\x08\x02", b"\x08\0")), ""),  # before go1.18: only where it is
        (elf(INFO[:20]), ""),
        (elf(INFO[:36]), "go1"),
        (elf(names=7), ""),
        (b"\x7fELF\x01\x01\x01".ljust(64, b"\0"), ""),  # 32 bits
    ],
)
def test_what_a_file_says(tmp_path: Path, content: bytes, said: str) -> None:
    assert version_of(tmp_path, content) == said


@pytest.mark.parametrize("content", [b"\x7fEL", b"#!/bin/sh\n".ljust(64), elf()[:-1]])
def test_a_damaged_binary_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CaptureError, match="remove it"):
        version_of(tmp_path, content)


@given(at=st.integers(0, len(elf()) - 1), byte=st.integers(0, 255), cut=st.integers(0, 200))
def test_no_damage_is_more_than_that(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int, cut: int
) -> None:
    content = bytearray(elf())
    content[at] = byte
    folder, said = tmp_path_factory.getbasetemp(), ""
    with contextlib.suppress(CaptureError):
        said = version_of(folder, bytes(content[: len(content) - cut]))
    assert len(said) <= 127


@given(st.binary(max_size=80))
def test_any_bytes_have_a_version_or_none(data: bytes) -> None:
    assert version_in(data) == "" or data.startswith(b"\xff Go")
