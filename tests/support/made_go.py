"""Makes Go programs for tests: the tables of Go's runtime, in the format of each version.

Only what is read of a program is in it; nothing of it can be run.
"""

import struct
from typing import NamedTuple

from tests.support.made_elf import CODE, DYNAMIC, READ, WRITE, Part, build_info, elf, note, varint

TEXT, TREES, TABLES, TYPES = 0x401000, 0x480000, 0x500000, 0x490000
INFO, MODULE, RELOCATIONS = 0x600000, 0x610000, 0x620000
_NONE = 0xFFFFFFFF
_RELATIVE = 8  # R_X86_64_RELATIVE
PUSH_MOV, POP_RET = bytes.fromhex("554889e5"), bytes.fromhex("5dc3")
FRAME = PUSH_MOV + b"\x90" * 8 + POP_RET
"""A function of 14 bytes that opens its frame at once and returns at its end."""


class MadeFunction(NamedTuple):
    """A function of a made program.

    Attributes:
        name: Its name.
        files: Length in bytes and file of each run of instructions.
        lines: Length and line of each.
        inlined: Length of each and the index of the call in ``tree`` that it is from, -1 for none.
        tree: Name of each inlined call, and the offset of an instruction at which it stands.
        code: Its instructions.
    """

    name: str
    files: tuple[tuple[int, str], ...]
    lines: tuple[tuple[int, int], ...]
    inlined: tuple[tuple[int, int], ...] = ()
    tree: tuple[tuple[str, int], ...] = ()
    code: bytes = FRAME


def function(name: str, file: str, line: int, code: bytes = FRAME) -> MadeFunction:
    """Return a function of one file and one line."""
    return MadeFunction(name, ((len(code), file),), ((len(code), line),), code=code)


USUAL = (
    function("runtime.main", "/opt/go/src/runtime/proc.go", 147),
    MadeFunction(
        "net.Listen",
        ((4, "/opt/go/src/net/dial.go"), (6, "/opt/go/src/sync/once.go"),
         (4, "/opt/go/src/net/dial.go")),
        ((4, 790), (2, 70), (4, 78), (4, 795)),
        ((4, -1), (2, 0), (4, 1), (4, -1)),
        (("sync.(*Once).Do", 3), ("sync.(*Once).slow", 4)),
    ),
    function("net.leaf", "/opt/go/src/net/dial.go", 12, bytes.fromhex("31c0c3")),
    function("main.main", "/home/ada/shop/main.go", 9, FRAME[:-2] + b"\xeb\xfe"),
    function("main.serve", "/home/ada/shop/main.go", 30),
    function("main.serve.deferwrap1", "/home/ada/shop/main.go", 31),
)  # fmt: skip
"""What most tests need: the runtime's main, ours, inlined calls, a function without a frame."""


class _Tables:
    """``.gopclntab`` and the trees of inlined calls, as they are written."""

    def __init__(self, version: tuple[int, int], functions: tuple[MadeFunction, ...]) -> None:
        self._since_20 = version >= (1, 20)
        self._names: dict[str, int] = {}
        self._name_bytes = b""
        self._values = b"\0"  # offset 0 says that there is no table
        self._files: dict[str, int] = {}
        self.trees = b""
        self.code = b""
        records, rows = b"", []
        first = 4 * (2 * len(functions) + 1)
        for made in functions:
            rows += [len(self.code), first + len(records)]
            records += self._record(made)
            self.code += made.code.ljust(-(-len(made.code) // 16) * 16, b"\xcc")
        table = struct.pack(f"<{len(rows) + 1}I", *rows, len(self.code)) + records
        names = self._name_bytes.ljust(-(-len(self._name_bytes) // 8) * 8, b"\0")
        texts, units = b"", b""
        for file in self._files:
            units += struct.pack("<I", len(texts))
            texts += file.encode() + b"\0"
        parts = [names, units, texts, self._values]
        offsets, at = [], 72
        for each in parts:
            offsets.append(at)
            at += len(each)
        table_at = -(-at // 8) * 8
        head = struct.pack(
            "<IBBBBQQQQQQQQ",
            0xFFFFFFF1 if self._since_20 else 0xFFFFFFF0, 0, 0, 1, 8,
            len(functions), len(self._files), TEXT if version < (1, 26) else 0, *offsets, table_at,
        )  # fmt: skip
        self.names_at = offsets[0]
        self.data = (head + b"".join(parts)).ljust(table_at, b"\0") + table

    def _record(self, made: MadeFunction) -> bytes:
        files = [
            (length, self._files.setdefault(file, len(self._files))) for length, file in made.files
        ]
        sets = [0, 0, self._runs(made.inlined)] if made.inlined else []
        trees = [_NONE, _NONE, _NONE, self._tree(made.tree)] if made.tree else []
        fields = [
            len(self.code), self._name(made.name), 0, 0, 0, self._runs(files),
            self._runs(made.lines), len(sets), 0,
        ]  # fmt: skip
        if self._since_20:
            fields.append(made.lines[0][1])
        data = struct.pack(f"<{len(fields)}i", *fields) + bytes([0, 0, 0, len(trees)])
        return data + struct.pack(f"<{len(sets) + len(trees)}I", *sets, *trees)

    def _name(self, name: str) -> int:
        if name not in self._names:
            self._names[name] = len(self._name_bytes)
            self._name_bytes += name.encode() + b"\0"
        return self._names[name]

    def _runs(self, runs: object) -> int:
        at, before = len(self._values), -1
        for length, value in runs:  # type: ignore[attr-defined]
            change = value - before
            self._values += varint(change << 1 if change >= 0 else (-change << 1) - 1)
            self._values += varint(length)
            before = value
        self._values += b"\0"
        return at

    def _tree(self, tree: tuple[tuple[str, int], ...]) -> int:
        at = len(self.trees)
        for name, offset in tree:
            if self._since_20:
                self.trees += struct.pack("<Iiii", 0, self._name(name), offset, 0)
            else:
                self.trees += struct.pack("<Iiiii", 0, 0, 0, self._name(name), offset)
        return at


def go_program(
    version: str = "go1.27.3",
    functions: tuple[MadeFunction, ...] = USUAL,
    relocatable: bool = False,
    sections: bool = True,
    said: str = "path\texample.com/shop\nmod\texample.com/shop\t(devel)\n",
) -> bytes:
    """Return the bytes of a Go program.

    Args:
        version: What it says it was built with.
        functions: What is in it.
        relocatable: Whether its pointers are relocations, as in a position-independent program.
        sections: Whether it has a table of sections.
        said: What it says of modules.
    """
    number = (1, int(version.split(".")[1]))
    tables = _Tables(number, functions)
    size = len(tables.code)
    words = {0: TABLES, 8: TABLES + tables.names_at, 160: TEXT, 168: TEXT + size, 176: TEXT}
    types, trees = {True: (296, 344), False: (296, 320)}[number >= (1, 27)]
    if number < (1, 20):
        types, trees = 280, 304
    words |= {types: TYPES, trees: TREES}
    module, relocations = bytearray(400), b""
    for at, value in words.items():
        if relocatable:
            relocations += struct.pack("<QQQ", MODULE + at, _RELATIVE, value)
        else:
            module[at : at + 8] = value.to_bytes(8, "little")
    dynamic = struct.pack("<QQQQQQ", 7, RELOCATIONS, 8, len(relocations), 0, 0)
    name = ".data.rel.ro.gopclntab" if relocatable and number < (1, 26) else ".gopclntab"
    parts = [
        Part(tables.code, TEXT, ".text", flags=READ | CODE),
        Part(tables.trees, TREES, ".rodata"),
        Part(tables.data, TABLES, name, flags=READ | (WRITE if name != ".gopclntab" else 0)),
        Part(build_info(version, said), INFO, ".go.buildinfo", flags=READ | WRITE),
        Part(bytes(module), MODULE, ".go.module" if number >= (1, 26) else "", flags=READ | WRITE),
        Part(note(b"Go", 4, b"action/content"), 0, ".note.go.buildid", kind=4),
    ]
    if relocatable:
        parts += [Part(relocations, RELOCATIONS), Part(dynamic, 0, kind=DYNAMIC)]
    return elf(*parts, relocatable=relocatable, sections=sections)
