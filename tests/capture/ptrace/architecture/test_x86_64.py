"""x86_64: rows of machine code and where breakpoints may stand in them."""

import pytest

from walkthrough.capture.ptrace.architecture.definition import NONE, FrameShape
from walkthrough.capture.ptrace.architecture.x86_64 import X86_64, frame_shape

STACK_CHECK = bytes.fromhex("493b66107620")  # cmp rsp, [r14+16]; jbe +0x20
PUSH = b"\x55"
MOV = bytes.fromhex("4889e5")  # mov rbp, rsp
POP = b"\x5d"
RET = b"\xc3"
BASE = 0x401000


def pushed(entry: int, *returns: int) -> FrameShape:
    return FrameShape(entry, 1, 8, X86_64.sp, X86_64.frame_pointer, returns)


def lowered(entry: int, length: int, frame: int, *returns: int) -> FrameShape:
    return FrameShape(entry, length, frame, X86_64.sp, NONE, returns)


ROWS = [
    # Go 1.21 and newer: stack check, push rbp; two returns
    (STACK_CHECK + PUSH + MOV + POP + RET + POP + RET, pushed(BASE + 6, BASE + 11, BASE + 13)),
    # a small function without a stack check
    (PUSH + MOV + POP + RET, pushed(BASE, BASE + 5)),
    # Go before 1.21: sub rsp, 0x18
    (STACK_CHECK + bytes.fromhex("4883ec18") + RET, lowered(BASE + 6, 4, 0x18, BASE + 10)),
    # sub rsp, 0x148 takes the long form
    (bytes.fromhex("4881ec48010000") + RET, lowered(BASE, 7, 0x148, BASE + 7)),
    # a function that loops for ever can be watched at its entry
    (PUSH + MOV + bytes.fromhex("ebfe"), pushed(BASE)),
    # a leaf without a frame
    (bytes.fromhex("31c0") + RET, "frameless"),
    # ret imm16 is more than one byte: not ours to carry out
    (PUSH + bytes.fromhex("c20800"), "unusual return"),
    (b"", "frameless"),
]


@pytest.mark.parametrize(("code", "expected"), ROWS)
def test_frame_shape(code: bytes, expected: object) -> None:
    assert frame_shape(code, BASE) == expected
