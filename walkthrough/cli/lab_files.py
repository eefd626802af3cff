"""The files of a lab: the program that somebody writes, and the folder that a run of it leaves.

What is run is a copy in the user's data folder: a scenario's folder of its own, with the recording
beside it, so that the recording finds its source, and the program can be walked through live.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from walkthrough.cli.errors import UsageError
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import message
from walkthrough.i18n.system_errors import reason, system_error_text
from walkthrough.recording.output import OutputTarget, atomic_file, private_folder
from walkthrough.scenario import labs
from walkthrough.scenario.labs import ScenarioLab
from walkthrough.scenario.loader import FILE, PROGRAM, RECORDING, text_of

LARGEST_PROGRAM = 1024 * 1024
"""Bytes: more than anybody writes by hand."""
_LOCK = ".lock"


def own_program(lab: ScenarioLab, folder: str | None) -> Path:
    """Return where somebody's program for a lab is, there or not.

    Args:
        lab: The lab.
        folder: The folder that was named, or a ``main.go`` in it; None for the one of its name.
    """
    named = Path(folder if folder is not None else lab.name)
    return named if named.name == PROGRAM and not named.is_dir() else named / PROGRAM


def begin(lab: ScenarioLab, file: Path) -> None:
    """Write the program that people begin with; one that is there is never replaced.

    Raises:
        UsageError: It cannot be written.
        ScenarioError: The lab lacks it.
    """
    text = labs.skeleton(lab)
    try:
        os.makedirs(file.parent, exist_ok=True)
        with open(file, "x", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise UsageError(
            message(
                "{file} cannot be written ({why}): name another folder.",
                file=ascii(str(file)),
                why=system_error_text(error),
            )
        ) from None


def read_program(file: Path) -> bytes:
    """Return the program that somebody has written.

    Raises:
        UsageError: It cannot be read, is no file, or is too large.
    """
    # Opening a named pipe would wait for its other end.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    try:
        with os.fdopen(os.open(file, flags), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise UsageError(
                    message("{file} is no regular file: put your program there.", file=_named(file))
                )
            content = stream.read(LARGEST_PROGRAM + 1)
    except OSError as error:
        raise UsageError(
            message(
                "{file} cannot be read ({why}): name the folder with your main.go.",
                file=_named(file),
                why=system_error_text(error),
            )
        ) from None
    if len(content) > LARGEST_PROGRAM:
        raise UsageError(
            message("{file} is too large to be a lab's program (over 1 MB).", file=_named(file))
        )
    return content


def _named(file: Path) -> str:
    return ascii(str(file))


def runs_folder() -> Path:
    """Return where runs are kept (XDG data folder)."""
    import platformdirs

    return Path(platformdirs.user_data_dir("walkthrough")) / "labs"


@contextlib.contextmanager
def run_folder(lab: ScenarioLab, program: bytes) -> Iterator[Path]:
    """Make the scenario's folder that is run, with ``program`` in it; no other run uses it.

    Raises:
        UsageError: It cannot be made, or the lab is being run elsewhere.
    """
    folder = runs_folder() / lab.scenario.name
    with contextlib.ExitStack() as stack:
        try:
            private_folder(folder)
            _hold(stack, folder, lab.name)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(folder / RECORDING)  # not of this program
            for name, content in ((PROGRAM, program), (FILE, text_of(lab.folder / FILE).encode())):
                with atomic_file(OutputTarget(folder / name, force=True)) as out:
                    out.write(content)
        except (OSError, MessageError) as error:
            if isinstance(error, UsageError):
                raise
            raise UsageError(
                message(
                    "The run cannot be kept in {folder} ({why}): set XDG_DATA_HOME to another "
                    "folder.",
                    folder=printable(str(folder)),
                    why=reason(error),
                )
            ) from None
        yield folder


def _hold(stack: contextlib.ExitStack, folder: Path, name: str) -> None:
    """Lock the folder.

    Raises:
        UsageError: Another process has it.
    """
    import fcntl

    lock = stack.enter_context((folder / _LOCK).open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise UsageError(
            message("The lab {name} is being run already: wait until that has ended.", name=name)
        ) from None
