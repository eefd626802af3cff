"""aarch64: rows of instructions and where breakpoints may stand among them."""

import struct

import pytest

from walkthrough.capture.ptrace.architecture.aarch64 import AARCH64, frame_shape
from walkthrough.capture.ptrace.architecture.definition import NONE, FrameShape

BASE = 0x10000
LOAD_GUARD = 0xF9400B90  # ldr x16, [x28, #16]
COMPARE = 0xEB3063FF  # cmp sp, x16
STORE_LINK = 0xF81D0FFE  # str x30, [sp, #-48]!
RET = 0xD65F03C0
X20 = 20


def stored(entry: int, frame: int, *returns: int) -> FrameShape:
    return FrameShape(entry, 4, frame, AARCH64.sp, AARCH64.link, returns)


def room_made(entry: int, frame: int, *returns: int) -> FrameShape:
    return FrameShape(entry, 4, frame, X20, NONE, returns)


ROWS: list[tuple[tuple[int, ...], object]] = [
    ((LOAD_GUARD, COMPARE, STORE_LINK, RET, RET), stored(BASE + 8, 48, BASE + 12, BASE + 16)),
    # the most that fits into nine bits, and the least
    ((0xF8100FFE, RET), stored(BASE, 256, BASE + 4)),
    ((0xF81F0FFE, RET), stored(BASE, 16, BASE + 4)),
    # sub x20, sp, #0x100; and with a number that is shifted, of which a second sub takes the rest
    ((0xD10403F4, RET), room_made(BASE, 0x100, BASE + 4)),
    ((0xD14007F4, 0xD1004294, RET), room_made(BASE, 0x1000, BASE + 8)),
    # a function that loops for ever can be watched at its entry
    ((STORE_LINK, 0x14000000), stored(BASE, 48)),
    # what opens no frame: str x30, [sp, #8]!; str x30, [x1, #-48]!; str x29, [sp, #-48]!;
    # sub x17, sp, #0x80; sub x20, x1, #0x100; add x20, sp, #0x100; sub w20, wsp, #0x100
    *(
        ((word, RET), "frameless")
        for word in (
            *(0xF8008FFE, 0xF81D0C3E, 0xF81D0FFD),
            *(0xD10203F1, 0xD1040034, 0x910403F4, 0x510403F4),
        )
    ),
    # a leaf: its first return comes before any frame
    ((RET, STORE_LINK, RET), "frameless"),
    # ret x1; retaa and retab, which authenticate the pointer
    *(((STORE_LINK, word), "unusual return") for word in (0xD65F0020, 0xD65F0BFF, 0xD65F0FFF)),
    ((), "frameless"),
]


@pytest.mark.parametrize(("words", "expected"), ROWS)
def test_frame_shape(words: tuple[int, ...], expected: object) -> None:
    assert frame_shape(struct.pack(f"<{len(words)}I", *words), BASE) == expected


def test_bytes_behind_the_last_instruction_are_none() -> None:
    assert frame_shape(struct.pack("<2I", STORE_LINK, RET) + b"\x00\xff", BASE) == stored(
        BASE, 48, BASE + 4
    )
