"""What decoders read from: a live process, saved bytes and a test's dict look the same to them."""

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
