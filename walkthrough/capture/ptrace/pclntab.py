"""The tables by which Go's runtime finds functions and lines: ``.gopclntab``. Knows no process.

They are in every program that Go's linker made, with symbols or without, since the runtime itself
reads them for its stack traces: names and entries of all functions, the file and line of each
instruction, and the calls that were inlined. The format is that of go1.18 and newer, see pcHeader,
_func and inlinedCall in runtime/symtab.go and runtime2.go, and cmd/link/internal/ld/pcln.go.
"""

import bisect
import struct
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, compress
from typing import NamedTuple

from walkthrough.capture.ptrace.elf_program import DamagedFileError

MAGICS = {0xFFFFFFF0: (1, 18), 0xFFFFFFF1: (1, 20)}
"""What the tables begin with, and the first Go version that wrote it."""
OLDER_MAGICS = (0xFFFFFFFA, 0xFFFFFFFB)
"""Those of go1.16 and go1.2."""
HEADER = struct.Struct("<IBBBBQQQQQQQQ")
_FUNCTION = struct.Struct("<IiiIIIIIIiBBxB")  # _func of go1.20; before, without startLine
_FUNCTION_18 = struct.Struct("<IiiIIIIIIBBxB")
_NONE = 0xFFFFFFFF
_INLINED_SET = 2  # PCDATA_InlTreeIndex
_INLINED_TREE = 3  # FUNCDATA_InlTree
_INLINED = struct.Struct("<4xiii")  # inlinedCall of go1.20: nameOff, parentPc, startLine
_INLINED_18 = struct.Struct("<4xiiii")  # file, line, func, parentPc
_MOST_INLINED = 1 << 16
_DEEPEST = 256  # calls inlined into each other

Run = tuple[int, int, int]
"""``(low, high, value)``: what holds for the instructions from one address to before another."""


class PcHeader(NamedTuple):
    """The beginning of the tables; offsets are from there, in bytes."""

    magic: int
    quantum: int
    functions: int
    files: int
    text: int
    names: int
    units: int
    file_names: int
    values: int
    table: int


class FunctionRow(NamedTuple):
    """What the tables say of a function.

    Attributes:
        name: As in its symbol, type arguments as ``[...]``.
        low: Address of its first byte.
        high: Where the next function begins.
        offset: Where its record is, in bytes from the table of functions.
    """

    name: str
    low: int
    high: int
    offset: int


class Lines(NamedTuple):
    """The source lines of a function.

    Attributes:
        rows: Address, file and line of each instruction at which one of them changes, by address.
        inlined: Low and high address of each stretch that comes from an inlined call, and the line
            of that call in the function's own text.
    """

    rows: tuple[tuple[int, str, int], ...]
    inlined: tuple[Run, ...]


def header(data: bytes) -> PcHeader | None:
    """Return the header that ``data`` begins with, None if it is none that is known."""
    if len(data) < HEADER.size:
        return None
    magic, pad1, pad2, quantum, size, *rest = HEADER.unpack_from(data)
    if magic not in MAGICS or pad1 or pad2 or quantum not in (1, 4) or size != 8:
        return None
    known = PcHeader(magic, quantum, *rest)
    ordered = HEADER.size <= known.names <= known.units <= known.file_names <= known.values
    return known if ordered and known.values <= known.table and known.functions else None


class PcLineTable:
    """The functions of a program, and their lines.

    Args:
        data: All of the tables, and perhaps what comes behind.
        text: Address from which entries are counted (moduledata's ``text``).
        version: The Go version that made them, major and minor number.
        inlined_at: Reads so many bytes of the trees of inlined calls, at an offset; it raises
            `DamagedFileError` beyond their end.

    Raises:
        DamagedFileError: They are cut short, or are no such tables.
    """

    def __init__(
        self,
        data: bytes,
        text: int,
        version: tuple[int, int],
        inlined_at: Callable[[int, int], bytes],
    ) -> None:
        known = header(data)
        if known is None or known.table + 8 * known.functions + 4 > len(data):
            raise DamagedFileError
        self._header = known
        self._data = data
        self._text = text
        self._inlined_at = inlined_at
        since_20 = version >= (1, 20)
        self._record = _FUNCTION if since_20 else _FUNCTION_18
        self._inlined = _INLINED if since_20 else _INLINED_18
        view = memoryview(data)[known.table :]
        self._words = view[: len(view) & ~3].cast("I")
        self._rows = self._words[: 2 * known.functions + 1].tolist()
        self._names = data[known.names : known.units]
        self._lows: list[int] | None = None

    def functions(
        self, names: Iterable[str], prefixes: Iterable[str] = ()
    ) -> tuple[list[FunctionRow], frozenset[str]]:
        """Find the functions with these names, and those whose name has one of these prefixes.

        Returns:
            The functions by address, and the names that occur at all. One that occurs and is no
            function exists only as inlined calls.

        Raises:
            DamagedFileError: The tables are cut short.
        """
        chosen = {at: self._name(at) for at in self._offsets({*map(_encoded, names)}, prefixes)}
        rows, words = self._rows, self._words
        try:
            named = [words[(offset >> 2) + 1] for offset in rows[1::2]]
        except IndexError:
            raise DamagedFileError from None
        found = []
        for index in compress(range(len(named)), map(chosen.__contains__, named)):
            low, offset, high = rows[2 * index : 2 * index + 3]
            if low < high:
                name = chosen[named[index]]
                found.append(FunctionRow(name, self._text + low, self._text + high, offset))
        return found, frozenset(chosen.values())

    def function_at(self, address: int) -> FunctionRow | None:
        """Return the function that an address is in, None if it is in none.

        Raises:
            DamagedFileError: The tables are cut short.
        """
        if self._lows is None:
            self._lows = self._rows[0::2]
        row = bisect.bisect_right(self._lows, address - self._text) - 1
        if not 0 <= row < len(self._lows) - 1:
            return None
        low, offset, high = self._rows[2 * row : 2 * row + 3]
        if (offset >> 2) + 1 >= len(self._words):
            raise DamagedFileError
        name = self._name(self._words[(offset >> 2) + 1])
        return FunctionRow(name, self._text + low, self._text + high, offset)

    def _offsets(self, wanted: set[bytes], prefixes: Iterable[str]) -> Iterator[int]:
        """Yield where in the table of names the wanted ones are.

        One that is also inlined may be there twice. There may be a million of them, so none of
        this is done name by name.
        """
        names = self._names.split(b"\0")
        before = [0, *accumulate(map(len, names))]
        for index in compress(range(len(names)), map(wanted.__contains__, names)):
            yield before[index] + index
        for prefix in map(_encoded, prefixes):
            if self._names.startswith(prefix):
                yield 0
            at = self._names.find(b"\0" + prefix)
            while at >= 0:
                yield at + 1
                at = self._names.find(b"\0" + prefix, at + 1)

    def _name(self, at: int) -> str:
        return self._names[at : self._names.find(b"\0", at)].decode("utf-8", "replace")

    def lines(self, function: FunctionRow) -> Lines:
        """Return the lines of a function.

        Raises:
            DamagedFileError: The tables are cut short.
        """
        known = self._header
        try:
            record = self._record.unpack_from(self._data, known.table + function.offset)
        except struct.error:
            raise DamagedFileError from None
        file_runs, line_runs = record[5], record[6]
        sets, unit, trees = record[7], record[8], record[-1]
        files: dict[int, str] = {}
        rows: list[tuple[int, str, int]] = []
        lines = self._runs(line_runs, function)
        for low, file, line in _joined(self._runs(file_runs, function), lines):
            if file not in files:
                files[file] = self._file_name(unit, file)
            name = files[file]
            if name and (not rows or rows[-1][1:] != (name, line)):
                rows.append((low, name, line))
        where = known.table + function.offset + self._record.size
        inlined = self._inlined_runs(function, where, sets, trees, lines)
        return Lines(tuple(rows), inlined)

    def first_file(self, function: FunctionRow) -> str:
        """Return the file that a function is in, as its compiler named it; "" if it has none.

        Raises:
            DamagedFileError: The tables are cut short.
        """
        rows = self.lines(function).rows
        return rows[0][1] if rows else ""

    def _inlined_runs(
        self, function: FunctionRow, where: int, sets: int, trees: int, lines: list[Run]
    ) -> tuple[Run, ...]:
        if sets <= _INLINED_SET or trees <= _INLINED_TREE:
            return ()
        tree = self._word(where + 4 * (sets + _INLINED_TREE))
        if tree == _NONE:
            return ()
        runs = self._runs(self._word(where + 4 * _INLINED_SET), function)
        count = max((index for _, _, index in runs), default=-1) + 1
        if not 0 < count <= _MOST_INLINED:
            return ()
        calls = [*self._inlined.iter_unpack(self._inlined_at(tree, count * self._inlined.size))]
        parents = [call[1] if self._inlined is _INLINED else call[3] for call in calls]
        found: list[Run] = []
        for low, high, index in runs:
            at = -1
            for _ in range(_DEEPEST):
                if not 0 <= index < count:
                    break
                at = function.low + parents[index]
                index = _value_at(runs, at)
            if at < 0:
                continue
            line = _value_at(lines, at)
            if found and found[-1][1:] == (low, line):
                found[-1] = (found[-1][0], high, line)
            else:
                found.append((low, high, line))
        return tuple(found)

    def _runs(self, offset: int, function: FunctionRow) -> list[Run]:
        """Return the values of a table of a function's instructions, -1 where there is none."""
        if not offset:
            return []
        data, quantum = self._data, self._header.quantum
        at, end = self._header.values + offset, self._header.table
        low, high = function.low, function.high
        value = -1
        runs: list[Run] = []
        try:
            while low < high and at < end:
                change, at = _unsigned(data, at)
                if not change and runs:
                    break
                value = _signed32(value + (-(change >> 1) - 1 if change & 1 else change >> 1))
                length, at = _unsigned(data, at)
                after = low + length * quantum
                runs.append((low, min(after, high), value))
                low = after
        except IndexError:
            raise DamagedFileError from None
        return runs

    def _file_name(self, unit: int, file: int) -> str:
        known = self._header
        if unit == _NONE or file < 0:
            return ""
        at = self._word(known.units + 4 * (unit + file))
        if at == _NONE:
            return ""
        begin = known.file_names + at
        end = self._data.find(b"\0", begin, known.values)
        return self._data[begin:end].decode("utf-8", "replace") if end > begin else ""

    def _word(self, at: int) -> int:
        if at + 4 > len(self._data):
            raise DamagedFileError
        return int.from_bytes(self._data[at : at + 4], "little")


def _joined(files: list[Run], lines: list[Run]) -> Iterator[tuple[int, int, int]]:
    """Yield where a file or a line begins, with both; both are known from the first address on."""
    index = 0
    for low, high, file in files:
        while index < len(lines) and lines[index][1] <= low:
            index += 1
        at = index
        while at < len(lines) and lines[at][0] < high:
            yield max(low, lines[at][0]), file, lines[at][2]
            at += 1


def _value_at(runs: list[Run], address: int) -> int:
    row = bisect.bisect_right(runs, (address, _NONE << 32)) - 1
    return runs[row][2] if row >= 0 and address < runs[row][1] else -1


def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _unsigned(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at ``at``, seven bits a byte, and where the next one is."""
    byte = data[at]
    if byte < 0x80:
        return byte, at + 1
    value, shift = byte & 0x7F, 7
    while True:
        at += 1
        byte = data[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFF, at + 1
        shift += 7
        if shift > 28:
            raise DamagedFileError


def _signed32(value: int) -> int:
    return (value + (1 << 31) & 0xFFFFFFFF) - (1 << 31)
