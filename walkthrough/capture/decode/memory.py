"""What decoders read from: a live process, saved bytes or a test's dict."""

import struct
from collections.abc import Mapping
from typing import Protocol


class Memory(Protocol):
    """A readable address space."""

    def read(self, address: int, length: int) -> bytes:
        """Return exactly ``length`` bytes at ``address``.

        Raises:
            OSError: Some of them cannot be read.
        """


class FakeMemory:
    """An address space made of chunks, for tests: ``FakeMemory({0x1000: b"..."})``."""

    def __init__(self, chunks: Mapping[int, bytes]) -> None:
        self._chunks = dict(chunks)

    def read(self, address: int, length: int) -> bytes:
        """Return ``length`` bytes at ``address``, which must lie in one chunk."""
        for start, chunk in self._chunks.items():
            if start <= address and address + length <= start + len(chunk):
                return chunk[address - start : address - start + length]
        raise OSError(5, f"no memory at {address:#x}")


_WORD = struct.Struct("<Q")


def word(memory: Memory, address: int) -> int:
    """Return the 64-bit little-endian word at ``address``."""
    return int(_WORD.unpack(memory.read(address, 8))[0])


def words(memory: Memory, address: int, count: int) -> tuple[int, ...]:
    """Return ``count`` 64-bit words from ``address`` on."""
    return struct.unpack(f"<{count}Q", memory.read(address, 8 * count))


def signed(raw: int, bits: int = 64) -> int:
    """Read the low ``bits`` of ``raw`` as a two's complement number."""
    raw &= (1 << bits) - 1
    return raw - (1 << bits) if raw >> (bits - 1) else raw


PAGE = 4096


def read_up_to(memory: Memory, address: int, length: int) -> bytes:
    """Return as many of ``length`` bytes at ``address`` as can be read, perhaps none.

    Memory ends at a page boundary, so only lengths up to such a boundary need be tried.
    """
    try:
        return memory.read(address, length)
    except (OSError, OverflowError):
        pass
    found = b""
    while length > 0:
        step = min(length, PAGE - address % PAGE)
        try:
            found += memory.read(address, step)
        except (OSError, OverflowError):
            break
        address, length = address + step, length - step
    return found


def read_text(memory: Memory, address: int, limit: int) -> bytes | None:
    """Return a C string's bytes with the NUL that ends it, or ``limit`` bytes without one.

    Returns:
        None if it cannot be read to its end.
    """
    found = b""
    while len(found) < limit:
        step = min(limit - len(found), PAGE - address % PAGE)
        try:
            part = memory.read(address, step)
        except (OSError, OverflowError):
            return None
        head, nul, _ = part.partition(b"\0")
        found += head + nul
        if nul:
            break
        address += step
    return found
