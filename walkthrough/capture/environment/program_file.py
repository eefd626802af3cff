"""Finds the program that somebody wants traced, and says why it cannot be run, before it is.

A name without a folder is looked up on PATH, and never in the current folder, as everywhere.
"""

import contextlib
import os
import stat
import sys
from pathlib import Path
from typing import NamedTuple

from walkthrough.capture.errors import CaptureError
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import system_error_text
from walkthrough.source.search_path import find_program

_MOST_INTERPRETERS = 4
"""How often Linux lets a script's interpreter be a script, execve(2)."""
_LINE = 256
"""Bytes of a script's first line that Linux reads, execve(2)."""
_CAPABILITIES = "security.capability"


class ProgramFile(NamedTuple):
    """A program that can be run.

    Attributes:
        path: What is executed, as execve(2) takes it.
        binary: The ELF file that then runs: itself, or the interpreter of a script.
        remarks: What is different when it is traced, in sentences.
    """

    path: Path
    binary: Path
    remarks: tuple[Message, ...] = ()


def find(name: str) -> ProgramFile:
    """Return the program that is meant by ``name``.

    Args:
        name: As in a shell: with a folder a path, else a name to look up on PATH.

    Raises:
        CaptureError: There is none, or it cannot be run; the sentence says what to do.
    """
    path = _looked_up(name)
    binary = _binary_of(path)
    return ProgramFile(path, binary, _remarks(binary))


def name_of_process(pid: int) -> str:
    """Return what the program that a process runs is called: by whoever started it.

    One file may have several names (redis-server is a link to redis-check-rdb, and busybox has
    hundreds), and acts by the one that it is called by. Where the command line begins with another
    name of the same file in the same folder, that is it; else the file's own.

    Raises:
        OSError: The process is gone, or somebody else's.
    """
    executable = f"/proc/{pid}/exe"
    folder, name = os.path.split(os.readlink(executable))
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        # A title that the program has set is words after its name, and a colon, perhaps.
        words = file.read(_LINE).split(b"\0")[0].split()
    called = os.path.basename(os.fsdecode(words[0])).rstrip(":") if words else ""
    with contextlib.suppress(OSError):
        if called and os.path.samefile(f"/proc/{pid}/root{folder}/{called}", executable):
            return called
    return name


def _looked_up(name: str) -> Path:
    if not name:
        raise CaptureError(message("There is no program with an empty name: name one."))
    if "\0" in name:
        raise CaptureError(message("A program's name cannot hold a NUL byte: name another."))
    if os.sep in name:
        return Path(name)
    found = find_program(name) if name not in (os.curdir, os.pardir) else None
    if found is not None:
        return Path(found)
    here = os.path.join(os.curdir, name)
    if os.path.isfile(here):
        raise CaptureError(
            message(
                "{program} is not on PATH: to trace the file in this folder, name it as {path}.",
                program=printable(name),
                path=printable(here),
            )
        )
    raise CaptureError(
        message(
            "There is no program {program} on PATH: install it, or name its file with a folder.",
            program=printable(name),
        )
    )


def _binary_of(path: Path) -> Path:
    """Return the ELF file that runs when ``path`` is executed."""
    followed = path
    for _ in range(_MOST_INTERPRETERS + 1):
        head = _head(followed)
        if not head.startswith(b"#!"):
            _refuse_no_program(followed, head)
            return followed
        words = head[2:].partition(b"\n")[0].split(None, 1)
        if not words:
            break
        followed = Path(os.fsdecode(words[0]))
    raise CaptureError(
        message(
            "{program} is a script that names no program that runs it: its first line has to be "
            "#! and the path of one.",
            program=printable(str(path)),
        )
    )


def _head(path: Path) -> bytes:
    """Return how a file begins, if it may be executed.

    Raises:
        CaptureError: It may not, or there is none.
    """
    shown = printable(str(path))
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise CaptureError(message("{program} is a folder: name a program.", program=shown))
        if not stat.S_ISREG(status.st_mode):
            raise CaptureError(message("{program} is no file: name a program.", program=shown))
        if not os.access(path, os.X_OK):
            raise CaptureError(
                message(
                    "{program} may not be executed: make it executable (chmod +x), or name the "
                    "program that runs it before it.",
                    program=shown,
                )
            )
        with path.open("rb") as file:
            return file.read(_LINE)
    except PermissionError:
        return _UNREADABLE
    except OSError as error:
        raise CaptureError(
            message(
                "{program} cannot be run ({why}): name another program.",
                program=shown,
                why=system_error_text(error),
            )
        ) from error


_UNREADABLE = b"\x7fELF"
"""Stands for the beginning of a file that may be executed and not read."""


def _refuse_no_program(path: Path, head: bytes) -> None:
    shown = printable(str(path))
    if head == _UNREADABLE:
        raise CaptureError(
            message(
                "{program} may be run but not read, and what may not be read may not be traced: "
                "use sudo.",
                program=shown,
            )
        )
    if not head.startswith(b"\x7fELF"):
        raise CaptureError(
            message(
                "{program} is no program that Linux runs: it is neither an ELF file nor a script "
                "that begins with #!.",
                program=shown,
            )
        )


def _remarks(binary: Path) -> tuple[Message, ...]:
    """Say which rights a program does not get while it is traced by an ordinary user."""
    if sys.platform != "linux" or os.geteuid() == 0:
        return ()
    mode = binary.stat().st_mode
    try:
        capable = bool(os.getxattr(binary, _CAPABILITIES))
    except OSError:
        capable = False
    if not (capable or mode & (stat.S_ISUID | stat.S_ISGID)):
        return ()
    return (
        message(
            "{program} has rights of its own (set-user-ID, set-group-ID or file capabilities), "
            "which Linux does not give to a traced program: it runs without them. As root "
            "(sudo) it gets them.",
            program=printable(str(binary)),
        ),
    )
