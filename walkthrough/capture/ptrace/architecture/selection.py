"""Chooses the architecture of a program by its ELF header; refuses what cannot be traced here."""

import platform
from pathlib import Path

from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace.architecture.aarch64 import AARCH64
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64
from walkthrough.i18n.messages import message

ARCHITECTURES = (X86_64, AARCH64)
"""Those that the tracer knows."""

# elf(5): e_ident and e_machine, and what uname(2) calls the machines that people have
HEADER_BYTES = 20
_MAGIC = b"\x7fELF"
_CLASS, _DATA, _MACHINE = 4, 5, slice(18, 20)
_CLASS_64, _LITTLE = 2, 1
_MACHINES = {
    3: "i386",
    8: "mips",
    21: "ppc64",
    22: "s390x",
    40: "arm",
    62: "x86_64",
    183: "aarch64",
    243: "riscv",
    258: "loongarch",
}


class ThirtyTwoBitError(CaptureError):
    """A program has 32 bits: its system calls have other numbers, and none of them is captured."""


def architecture_named(name: str) -> Architecture | None:
    """Return the architecture that uname(2) calls ``name``, None if the tracer does not know it."""
    return next((each for each in ARCHITECTURES if each.name == name), None)


def native() -> Architecture:
    """Return the architecture of this machine.

    Raises:
        CaptureError: The tracer does not know it.
    """
    machine = platform.machine()
    known = architecture_named(machine)
    if known is None:
        raise CaptureError(
            message(
                "This machine is {machine}: programs are traced on x86_64 and aarch64 only; use "
                "--server python, or replay a recording.",
                machine=machine or "unknown",
            )
        )
    return known


def architecture_in(header: bytes, program: Path) -> Architecture:
    """Return the architecture that the beginning of a program says it is made for.

    Args:
        header: Its first `HEADER_BYTES` bytes.
        program: Its path, for what is said.

    Raises:
        ThirtyTwoBitError: It has 32 bits.
        CaptureError: It is no ELF program, or for a machine that is not known.
    """
    if len(header) < HEADER_BYTES or not header.startswith(_MAGIC):
        raise CaptureError(
            message("{binary} is not an ELF program; trace a Linux program.", binary=str(program))
        )
    little = header[_DATA] == _LITTLE
    number = int.from_bytes(header[_MACHINE], "little" if little else "big")
    machine = _MACHINES.get(number, f"e_machine {number}")
    known = next((each for each in ARCHITECTURES if each.elf == number), None)
    if header[_CLASS] != _CLASS_64:
        raise ThirtyTwoBitError(
            message(
                "{binary} is a 32-bit program ({machine}); the tracer knows 64-bit programs only: "
                "build it for x86_64 or aarch64.",
                binary=str(program),
                machine=machine,
            )
        )
    if known is None:
        raise CaptureError(
            message(
                "{binary} is a program for {machine}; the tracer knows x86_64 and aarch64 only.",
                binary=str(program),
                machine=machine,
            )
        )
    if not little:
        raise CaptureError(
            message(
                "{binary} is a big-endian program ({machine}); the tracer knows little-endian ones "
                "only.",
                binary=str(program),
                machine=machine,
            )
        )
    return known


def refuse_elsewhere(architecture: Architecture, program: Path) -> None:
    """Refuse a program that is not made for this machine.

    Raises:
        CaptureError: The message is one sentence that says what to do.
    """
    here = native()
    if architecture is not here:
        raise CaptureError(
            message(
                "{binary} is a program for {machine}, and this machine is {here}: build it with "
                "GOARCH={goarch}, or trace it on a machine of its own kind.",
                binary=str(program),
                machine=architecture.name,
                here=here.name,
                goarch=here.goarch,
            )
        )


def architecture_of(program: Path) -> Architecture:
    """Return the architecture of a program that is to be traced on this machine.

    Raises:
        OSError: The program cannot be read.
        CaptureError: It cannot be traced, or not here: the message is one sentence that says why.
    """
    with program.open("rb") as file:
        architecture = architecture_in(file.read(HEADER_BYTES), program)
    refuse_elsewhere(architecture, program)
    return architecture
