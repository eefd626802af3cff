"""Where the current goroutine is kept, in code of programs that were linked in different ways."""

from pathlib import Path

import pytest

from tests.support.made_elf import CODE, READ, Part, elf
from walkthrough.capture.ptrace.elf_program import ElfProgram
from walkthrough.capture.ptrace.goid import goid_offset_in, goroutine_slot

TEXT = 0x401000
_TLS = 7
FIXED = bytes.fromhex("450f57ff 644c8b3425a0ffffff")  # xorps xmm15, xmm15; mov r14, fs:[-0x60]
MOVED = bytes.fromhex("49c7c6b0ffffff 644d8b36")  # mov r14, -0x50; mov r14, fs:[r14]
ODD = bytes.fromhex("644c8b342501000000")  # not below the thread pointer


@pytest.mark.parametrize(
    ("code", "thread_local", "slot"),
    [
        (FIXED, 8, -8),  # there is only one such variable
        (FIXED, 0x80, -0x60),
        (MOVED, 0x80, -0x50),
        (ODD + MOVED + FIXED * 2, 0x80, -0x60),
        (ODD, 0x80, -8),
        (b"\x90" * 64, 0x80, -8),
        (FIXED, 0, -8),
    ],
)
def test_where_a_thread_keeps_its_goroutine(
    tmp_path: Path, code: bytes, thread_local: int, slot: int
) -> None:
    parts = [Part(code, TEXT, flags=READ | CODE), Part(bytes(thread_local), 0x500000, kind=_TLS)]
    (tmp_path / "server").write_bytes(elf(*parts))
    with ElfProgram(tmp_path / "server") as program:
        assert goroutine_slot(program, TEXT) == slot
        assert goroutine_slot(program, TEXT - 1) == -8


def test_an_offset_that_is_not_told_is_none(tmp_path: Path) -> None:
    for content in (b"", b"\x7fELF", elf(Part(b"x", TEXT, ".debug_info"))):
        (tmp_path / "server").write_bytes(content)
        assert goid_offset_in(tmp_path / "server") is None
