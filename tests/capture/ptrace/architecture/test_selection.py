"""Which architecture a program is for, and what is said of one that cannot be traced here."""

import platform
import struct
from pathlib import Path

import pytest

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.architecture.aarch64 import AARCH64
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.architecture.selection import (
    architecture_in,
    architecture_of,
    native,
)
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64


def header(machine: int, bits: int = 64, order: str = "<") -> bytes:
    """Return the beginning of an ELF program, see elf(5)."""
    ident = b"\x7fELF" + bytes([bits // 32, 1 if order == "<" else 2, 1]) + bytes(9)
    return ident + struct.pack(f"{order}HH", 2, machine)


@pytest.mark.parametrize(("machine", "expected"), [(62, X86_64), (183, AARCH64)])
def test_it_is_told_from_the_header(machine: int, expected: Architecture) -> None:
    assert architecture_in(header(machine), Path("server")) is expected


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            header(3, 32),
            "server is a 32-bit program (i386); the tracer knows 64-bit programs only: build it "
            "for x86_64 or aarch64.",
        ),
        (
            header(40, 32),
            "server is a 32-bit program (arm); the tracer knows 64-bit programs only: build it "
            "for x86_64 or aarch64.",
        ),
        (
            header(62, 32),  # x32: long registers, short pointers
            "server is a 32-bit program (x86_64); the tracer knows 64-bit programs only: build it "
            "for x86_64 or aarch64.",
        ),
        (
            header(243),
            "server is a program for riscv; the tracer knows x86_64 and aarch64 only.",
        ),
        (
            header(4711),
            "server is a program for e_machine 4711; the tracer knows x86_64 and aarch64 only.",
        ),
        (
            header(183, order=">"),
            "server is a big-endian program (aarch64); the tracer knows little-endian ones only.",
        ),
        (header(22, order=">"), "server is a program for s390x; the tracer knows x86_64 and aar"),
        (b"#!/bin/sh\nexec true\n", "server is not an ELF program; trace a Linux program."),
        (b"\x7fELF\x02", "server is not an ELF program; trace a Linux program."),
        (b"", "server is not an ELF program; trace a Linux program."),
    ],
)
def test_what_cannot_be_traced_is_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(CaptureError) as refused:
        architecture_in(data, Path("server"))
    assert str(refused.value).startswith(said)
    assert str(refused.value).count(". ") == 0


@pytest.mark.parametrize(("here", "machine"), [(X86_64, 183), (AARCH64, 62)])
def test_a_program_of_the_other_machine_is_refused_with_what_to_do(
    here: Architecture, machine: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: here.name)
    program = tmp_path / "server"
    program.write_bytes(header(machine))
    other = architecture_in(header(machine), program)
    with pytest.raises(CaptureError) as refused:
        architecture_of(program)
    assert str(refused.value) == (
        f"{program} is a program for {other.name}, and this machine is {here.name}: build it with "
        f"GOARCH={here.goarch}, or trace it on a machine of its own kind."
    )
    program.write_bytes(header(here.elf))
    assert architecture_of(program) is here


def test_a_machine_that_is_not_known_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "vax")
    with pytest.raises(CaptureError, match=r"^This machine is vax: .* x86_64 and aarch64 only"):
        native()
