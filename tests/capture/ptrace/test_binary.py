"""Where breakpoints may stand: rows of machine code and what is found in them."""

import pytest

from walkthrough.capture.ptrace.binary import frame_shape
from walkthrough.capture.ptrace.dwarf_lines import relative_source

STACK_CHECK = bytes.fromhex("493b66107620")  # cmp rsp, [r14+16]; jbe +0x20
PUSH = b"\x55"
MOV = bytes.fromhex("4889e5")  # mov rbp, rsp
POP = b"\x5d"
RET = b"\xc3"
BASE = 0x401000

ROWS = [
    # Go 1.21 and newer: stack check, push rbp; two returns
    (STACK_CHECK + PUSH + MOV + POP + RET + POP + RET, (BASE + 6, 0, 1, (BASE + 11, BASE + 13))),
    # a small function without a stack check
    (PUSH + MOV + POP + RET, (BASE, 0, 1, (BASE + 5,))),
    # Go before 1.21: sub rsp, 0x18
    (STACK_CHECK + bytes.fromhex("4883ec18") + RET, (BASE + 6, 0x18, 4, (BASE + 10,))),
    # sub rsp, 0x148 takes the long form
    (bytes.fromhex("4881ec48010000") + RET, (BASE, 0x148, 7, (BASE + 7,))),
    # a function that loops for ever can be watched at its entry
    (PUSH + MOV + bytes.fromhex("ebfe"), (BASE, 0, 1, ())),
    # a leaf without a frame
    (bytes.fromhex("31c0") + RET, "frameless"),
    # ret imm16 is more than one byte: not ours to carry out
    (PUSH + bytes.fromhex("c20800"), "unusual return"),
    (b"", "frameless"),
]


@pytest.mark.parametrize(("code", "expected"), ROWS)
def test_frame_shape(code: bytes, expected: object) -> None:
    assert frame_shape(code, BASE) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("net/sock_posix.go", "net/sock_posix.go"),
        ("./main.go", "main.go"),
        ("walkthrough.example/server/main.go", "main.go"),
        ("walkthrough.example/scenarios/mine/main.go", "scenarios/mine/main.go"),
        ("/usr/local/go/src/internal/poll/fd_unix.go", "internal/poll/fd_unix.go"),
        ("/home/somebody/secret/project/main.go", "main.go"),
    ],
)
def test_no_folder_of_the_machine_is_told(path: str, expected: str) -> None:
    assert relative_source(path) == expected
