"""Many lines in little memory: compressed by the dozen, decompressed when one is requested.

Knows bytes and numbers; nothing of what a line says.
"""

import zlib
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator

MOST_TOGETHER = 64
"""How many lines are packed together: more would save memory and cost time."""
LARGEST_BLOCK = 64 * 1024
"""Bytes; a block of this size takes no further line."""
LONG = 256 * 1024
"""Bytes; a longer line is kept as it is, since compressing it would take several milliseconds."""
MOST_UNPACKED = 32
"""How many blocks are kept decompressed, the most recently used ones."""


class CompressedLines:
    """A list of lines, none of which holds a newline, that can only grow."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._firsts = array("q")  # of each block the number of its first line
        self._whole: set[int] = set()  # blocks that are a single line, not packed
        self._open: list[bytes] = []  # the newest lines, not packed yet
        self._open_size = 0
        self._packed = 0
        self._unpacked: OrderedDict[int, list[bytes]] = OrderedDict()

    def __len__(self) -> int:
        return self._packed + len(self._open)

    def append(self, line: bytes) -> None:
        """Add a line at the end."""
        if len(line) > LONG:
            self._close()
            self._whole.add(len(self._blocks))
            self._add(line, 1)
            return
        self._open.append(line)
        self._open_size += len(line)
        if len(self._open) >= MOST_TOGETHER or self._open_size >= LARGEST_BLOCK:
            self._close()

    def _close(self) -> None:
        """Pack the newest lines."""
        if self._open:
            self._add(zlib.compress(b"\n".join(self._open), 1), len(self._open))
            self._open = []
            self._open_size = 0

    def _add(self, block: bytes, lines: int) -> None:
        self._firsts.append(self._packed)
        self._blocks.append(block)
        self._packed += lines

    def __getitem__(self, number: int) -> bytes:
        """Return line ``number``, from 0.

        Raises:
            IndexError: There is none.
        """
        if not 0 <= number < len(self):
            raise IndexError(f"no line {number} among {len(self)}")
        lines, first = self._around(number)
        return lines[number - first]

    def replace(self, number: int, line: bytes) -> None:
        """Put another line in the place of line ``number``, from 0.

        Raises:
            IndexError: There is none.
        """
        if not 0 <= number < len(self):
            raise IndexError(f"no line {number} among {len(self)}")
        lines, first = self._around(number)
        lines[number - first] = line
        if number >= self._packed:
            return
        at = bisect_right(self._firsts, number) - 1
        self._blocks[at] = line if at in self._whole else zlib.compress(b"\n".join(lines), 1)

    def between(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the lines from ``start`` up to, and not including, ``end``."""
        while start < end:
            lines, first = self._around(start)
            yield from lines[start - first : end - first]
            start = first + len(lines)

    def _around(self, number: int) -> tuple[list[bytes], int]:
        """Return the lines around one, and the number of the first of them."""
        if number >= self._packed:
            return self._open, self._packed
        at = bisect_right(self._firsts, number) - 1
        lines = self._unpacked.get(at)
        if lines is None:
            block = self._blocks[at]
            lines = [block] if at in self._whole else zlib.decompress(block).split(b"\n")
            self._unpacked[at] = lines
            if len(self._unpacked) > MOST_UNPACKED:
                self._unpacked.popitem(last=False)
        else:
            self._unpacked.move_to_end(at)
        return lines, self._firsts[at]
