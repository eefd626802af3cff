"""What Go's linker writes into every program about how it was built; knows no process.

The Go version, and the module and package of ``main``: they are there in a stripped program, too.
Format: debug/buildinfo.
"""

from typing import NamedTuple

from walkthrough.capture.ptrace.elf_program import WRITABLE, DamagedFileError, ElfProgram

_SECTION = ".go.buildinfo"
_MAGIC = b"\xff Go buildinf:"
_ALIGNMENT = 16
_INLINE = 2  # the flag of go1.18 and newer: what is said follows, instead of pointers to it
_TEXTS = 32  # where it follows
_LONGEST_VERSION = 255
_LONGEST = 1 << 20  # of all that is said of modules
_SENTINEL = 16  # bytes around it that mean nothing
_GO_NOTES = (b"Go", 4)  # the owner and the type of the note with the build id
_GNU_NOTES = (b"GNU", 3)


class BuildInfo(NamedTuple):
    """How a program was built; "" for what it does not say.

    Attributes:
        go_version: ``go1.27.3``.
        package: Import path of its main package, ``example.com/shop/cmd/server``; that of files
            which were named one by one is ``command-line-arguments``.
        module: Path of the module that it is in, ``example.com/shop``.
        module_version: Version of that module, ``(devel)`` if it was built in its own folder.
        shared: Whether it takes Go's packages from a shared library.
    """

    go_version: str
    package: str = ""
    module: str = ""
    module_version: str = ""
    shared: bool = False


def build_info(program: ElfProgram) -> BuildInfo | None:
    """Return how a program was built, None if it was not made by Go's linker."""
    data = _data(program)
    if data is None:
        return BuildInfo("") if _has_tables(program) else None
    version, at = _text(data, _TEXTS, _LONGEST_VERSION)
    if not data[len(_MAGIC) + 1] & _INLINE or not version.isprintable():
        return BuildInfo("")
    said, _ = _text(data, at, _LONGEST)
    lines = said[_SENTINEL:-_SENTINEL].split("\n") if len(said) >= 2 * _SENTINEL else []
    known: dict[str, list[str]] = {}
    settings = set()
    for line in lines:
        key, *rest = line.split("\t")
        known.setdefault(key, rest)
        if key == "build" and rest:
            settings.add(rest[0])
    module = known.get("mod", [])
    return BuildInfo(
        version,
        next(iter(known.get("path", [])), ""),
        module[0] if module else "",
        module[1] if len(module) > 1 else "",
        "-linkshared=true" in settings,
    )


def build_ids(program: ElfProgram) -> tuple[bytes, ...]:
    """Return the ids by which Go and the linker tell builds apart; a program may have none."""
    return tuple(
        content
        for owner, kind, content in program.notes()
        if (owner, kind) in (_GO_NOTES, _GNU_NOTES)
    )


def _has_tables(program: ElfProgram) -> bool:
    """Return whether a program that says nothing has what Go's linker makes."""
    if any(each.name.endswith("gopclntab") for each in program.sections):
        return True
    return any((owner, kind) == _GO_NOTES for owner, kind, _ in program.notes())


def _data(program: ElfProgram) -> bytes | None:
    """Return what begins with the magic, as far as it may be needed."""
    section = program.section(_SECTION)
    if section is not None:
        found = _at(program, section.address)
        if found is not None:
            return found
    if program.sections and not _has_tables(program):
        return None  # so that a large program of another language is not gone through
    for address in program.search(_MAGIC, _ALIGNMENT, WRITABLE):
        if (found := _at(program, address)) is not None:
            return found
    return None


def _at(program: ElfProgram, address: int) -> bytes | None:
    try:
        size = min(program.after(address), _TEXTS + _LONGEST_VERSION + _LONGEST + 20)
        data = program.at(address, size)
    except DamagedFileError:
        return None
    return data if len(data) > _TEXTS and data.startswith(_MAGIC) else None


def _text(data: bytes, at: int, longest: int) -> tuple[str, int]:
    """Return a text that begins with its length as a varint, and where the next one begins."""
    length = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
        if shift > 28:
            return "", at
    if length > longest or at + length > len(data):
        return "", at
    return data[at : at + length].decode("utf-8", "replace"), at + length
