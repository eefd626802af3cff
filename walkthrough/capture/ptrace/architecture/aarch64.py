"""aarch64, which Go calls arm64.

Registers: asm/ptrace.h, ``struct user_pt_regs``. Arguments and g: Go's
src/cmd/compile/abi-internal.md, "arm64 architecture". Instructions: Arm's Architecture Reference
Manual for A-profile, C6.2; each has four bytes, so that words are compared and none is decoded.
"""

import struct
from collections.abc import Mapping

from walkthrough.capture.ptrace.architecture.definition import (
    FRAMELESS,
    NONE,
    UNUSUAL_RETURN,
    Architecture,
    FrameShape,
)

_REGISTERS = (*(f"x{number}" for number in range(31)), "sp", "pc", "pstate")
_AT: Mapping[str, int] = {name: position for position, name in enumerate(_REGISTERS)}

_RET = 0xD65F03C0  # ret: to the address in x30
_RET_ANY, _RET_ANY_MASK = 0xD65F0000, 0xFFFFF000  # ret xN, and those that authenticate a pointer
_WORD = struct.Struct("<I")


def _stores_link(word: int) -> int:
    """Return the N of ``str x30, [sp, #-N]!``, 0 if it is another instruction."""
    distance = word >> 12 & 0x1FF  # nine bits, signed
    return 512 - distance if word & 0xFFE00FFF == 0xF8000FFE and distance >= 256 else 0


def _makes_room(word: int) -> int:
    """Return the N of ``sub x20, sp, #N``, 0 if it is another instruction."""
    if word & 0xFF8003FF != 0xD10003F4:
        return 0
    return (word >> 10 & 0xFFF) << (12 if word & 0x400000 else 0)


def frame_shape(code: bytes, address: int) -> FrameShape | str:
    """Find the one-instruction breakpoints of a function.

    Go opens a frame by ``str x30, [sp, #-N]!``, a large one by ``sub x20, sp, #N`` and then moving
    x20 to sp; both come after the stack check, so growing the stack does not pass them twice.
    Every ``ret`` ends it.

    Args:
        code: The function's bytes.
        address: Where they are.

    Returns:
        The shape, or why it cannot be watched.
    """
    entry = frame = 0
    lowered, stored = _AT["sp"], NONE
    returns = []
    for row, (word,) in enumerate(_WORD.iter_unpack(code[: len(code) & ~3])):
        at = address + 4 * row
        if word == _RET:
            returns.append(at)
        elif word & _RET_ANY_MASK == _RET_ANY:
            return UNUSUAL_RETURN
        elif not entry and not returns:
            if frame := _stores_link(word):
                entry, stored = at, _AT["x30"]
            elif frame := _makes_room(word):
                entry, lowered = at, _AT["x20"]
    if not entry:
        return FRAMELESS
    return FrameShape(entry, 4, frame, lowered, stored, tuple(returns))


AARCH64 = Architecture(
    name="aarch64",
    goarch="arm64",
    elf=183,
    audit=0xC00000B7,
    registers=_REGISTERS,
    get_request=0x4204,  # PTRACE_GETREGSET
    set_request=0x4205,  # PTRACE_SETREGSET
    register_set=1,  # NT_PRSTATUS
    pc=_AT["pc"],
    sp=_AT["sp"],
    frame_pointer=_AT["x29"],
    goroutine=_AT["x28"],
    thread_pointer=NONE,
    arguments=tuple(_AT[f"x{number}"] for number in range(16)),
    result=_AT["x0"],
    number=NONE,
    call_number=_AT["x8"],
    call_argument=_AT["x0"],
    clone=220,
    clone3=435,
    restart_syscall=128,
    nanosleep=101,
    address_bits=(1 << 56) - 1,  # Top Byte Ignore, which memory tagging builds upon
    link=_AT["x30"],
    popped=0,
    below_stack=16,  # a frame's own pointer is kept 8 bytes below its stack pointer
    breakpoint=(0xD4200000).to_bytes(4, "little"),  # brk #0
    beyond=0,
    frame_shape=frame_shape,
)
