"""The filter's program, run as the kernel would run it."""

import struct

import pytest

from walkthrough.capture.ptrace.architecture.aarch64 import AARCH64
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64
from walkthrough.capture.ptrace.seccomp_filter import filter_program

TRACE, ALLOW = 0x7FF00000, 0x7FFF0000
BOTH = pytest.mark.parametrize("machine", [X86_64, AARCH64], ids=lambda machine: machine.name)


def run(program: bytes, number: int, audit: int) -> int:
    """Return what the filter says of a call."""
    data = struct.pack("<iI", number, audit)
    instructions = [*struct.iter_unpack("<HBBI", program)]
    at, word = 0, 0
    while True:
        code, if_so, if_not, value = instructions[at]
        if code == 0x20:
            (word,) = struct.unpack_from("<I", data, value)
        elif code == 0x15:
            at += if_so if word == value else if_not
        else:
            assert code == 0x06
            return int(value)
        at += 1


@BOTH
def test_chosen_calls_stop_and_all_others_pass(machine: Architecture) -> None:
    chosen = {0, 1, 41, 200, 288, 441}
    program = filter_program(chosen, machine)
    stopped = {number for number in range(500) if run(program, number, machine.audit) == TRACE}
    assert stopped == {*chosen, machine.restart_syscall, machine.nanosleep}
    assert {run(program, number, machine.audit) for number in (-1, 12345)} == {ALLOW}


@BOTH
def test_calls_of_another_kind_pass(machine: Architecture) -> None:
    program = filter_program(range(250 - 1), machine)
    assert {run(program, number, 0x40000003) for number in range(300)} == {ALLOW}


@BOTH
def test_the_most_calls_are_all_reached(machine: Architecture) -> None:
    program = filter_program(range(250), machine)
    assert {run(program, number, machine.audit) for number in range(250)} == {TRACE}
    with pytest.raises(ValueError, match="system calls"):
        filter_program(range(300), machine)
