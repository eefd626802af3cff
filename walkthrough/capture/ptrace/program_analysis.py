"""What is known of a program that is to be traced: read from its file, or kept from last time.

Analyses are kept in the user's cache folder under what tells builds apart (Go's build id and the
linker's, the headers, the size), and are used only if the bytes of the functions are those that
were analysed: a program that has another's build id gets none of its breakpoints. Without a
cache, or room in it, an analysis only takes longer.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from walkthrough.capture.environment import program_cache
from walkthrough.capture.environment.temporary_folders import TemporaryFolder
from walkthrough.capture.errors import CaptureError
from walkthrough.capture.ptrace import binary
from walkthrough.capture.ptrace.architecture.definition import Architecture
from walkthrough.capture.ptrace.architecture.selection import refuse_elsewhere
from walkthrough.capture.ptrace.binary import BinaryAnalysis, UnreadableGoError
from walkthrough.capture.ptrace.build_info import BuildInfo, build_ids, build_info
from walkthrough.capture.ptrace.elf_program import DamagedFileError, ElfProgram
from walkthrough.capture.ptrace.goid import goid_offset_in
from walkthrough.capture.ptrace.traced_functions import (
    TracedFunction,
    Version,
    goid_offset,
    parse_version,
    program_functions,
)
from walkthrough.files import private_files
from walkthrough.i18n.messages import message

FOLDER = "analyses"
"""The folder in the cache."""
MOST_KEPT = 100
"""How many analyses are kept; one has about 100 KB."""
_SUFFIX = ".msgpack"

Functions = Callable[[Version, Architecture], tuple[TracedFunction, ...]]


def analyse_program(
    program: Path, functions: Functions = program_functions
) -> BinaryAnalysis | None:
    """Read what a program's functions are, whatever it was built by.

    Args:
        program: Its file; ``/proc/PID/exe`` for that of a process, whatever its path leads to now.
        functions: The functions to watch, by a program's Go version and its architecture.

    Returns:
        The analysis, None for a program that was not made by Go. Its addresses are those for
        which the program was linked.

    Raises:
        UnreadableGoError: It was made by Go, but only its system calls can still be traced.
        CaptureError: It cannot be traced: no ELF program, damaged, of 32 bits, for another machine.
        OSError: It cannot be read.
    """
    with ElfProgram(program) as elf:
        refuse_elsewhere(elf.architecture, program)
        info = build_info(elf)
        if info is None:
            return None
        version = parse_version(info.go_version)
        names = tuple(each.name for each in functions(version, elf.architecture))
        key = _key(elf, info, names)
        known = _kept(elf, key)
        if known is not None:
            return known
        offset = goid_offset(version)
        if offset is None and version >= binary.OLDEST:
            offset = goid_offset_in(program)
            if offset is None:
                raise _without_goid(elf, info)
        analysis = binary.analyse(elf, info, names, offset or 0)
    _keep(analysis, key)
    return analysis


def _without_goid(elf: ElfProgram, info: BuildInfo) -> UnreadableGoError:
    return UnreadableGoError(
        message(
            "{binary} was built with {version}, of which it is not known here where goroutine ids "
            "are: build it without -ldflags=-w, or get a newer walkthrough; its system calls can "
            "still be traced.",
            binary=elf.name,
            version=info.go_version,
        )
    )


def _key(elf: ElfProgram, info: BuildInfo, names: tuple[str, ...]) -> str:
    digest = hashlib.sha256(repr((binary.FORMAT, binary.__doc__, names, info)).encode())
    for part in (elf.header, elf.program_headers, *build_ids(elf)):
        digest.update(b"%d\0" % len(part) + part)
    digest.update(b"%d" % elf.size)
    return digest.hexdigest()[:32] + _SUFFIX


def _kept(elf: ElfProgram, key: str) -> BinaryAnalysis | None:
    """Return the analysis that is kept under a key, if it is one of this file."""
    for place in _places():
        with contextlib.suppress(OSError, msgspec.DecodeError, DamagedFileError):
            known = msgspec.msgpack.decode(private_files.read(place / key), type=BinaryAnalysis)
            if known.format == binary.FORMAT and known.code == binary.code_of(elf, known.functions):
                return known
    return None


def _places() -> Iterator[Path]:
    for place in program_cache.readable():
        folder = place / FOLDER
        if private_files.is_own_folder(folder):
            yield folder


def _keep(analysis: BinaryAnalysis, key: str) -> None:
    with contextlib.suppress(OSError, CaptureError):  # then the next time takes longer
        folder = program_cache.writable() / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        if not private_files.is_own_folder(folder):
            return
        with TemporaryFolder(folder, ".new-") as new:
            written = new.path / key
            written.write_bytes(msgspec.msgpack.encode(analysis))
            written.chmod(0o600)
            os.replace(written, folder / key)
        _prune(folder)


def _prune(folder: Path) -> None:
    """Remove the oldest analyses beyond those that are kept."""
    with os.scandir(folder) as entries:
        files = [entry for entry in entries if entry.name.endswith(_SUFFIX)]
        dated = sorted((entry.stat(follow_symlinks=False).st_mtime, entry.path) for entry in files)
    for _, path in dated[: max(len(dated) - MOST_KEPT, 0)]:
        os.unlink(path)
