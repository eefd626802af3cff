"""Where the source of a traced program is looked for: in what is named, and where it was built."""

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from walkthrough.cli.errors import UsageError
from walkthrough.i18n.messages import message

if TYPE_CHECKING:
    from walkthrough.model.events import TracedProgram
    from walkthrough.source.program_sources import ProgramSources


def source_folders(named: Sequence[str]) -> tuple[Path, ...]:
    """Return the folders that ``--source`` names.

    Raises:
        UsageError: One is no folder.
    """
    folders = tuple(map(Path, named))
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(
                message(
                    "{folder} is no folder: name one that has the program's source with --source.",
                    folder=str(folder),
                )
            )
    return folders


def sources_of(program: "TracedProgram", folders: tuple[Path, ...]) -> "ProgramSources":
    """Return where to look for the source of a program.

    Its file, if it is still here, says of which module it is and where that was built; which
    machine a recording was made on does not matter.

    Args:
        program: As the header has it.
        folders: What ``--source`` names.
    """
    from walkthrough.source.program_sources import program_sources

    module = module_folder = ""
    if sys.platform == "linux" and program.language == "go":
        from walkthrough.capture.errors import CaptureError
        from walkthrough.capture.ptrace.program_analysis import analyse_program

        with contextlib.suppress(OSError, CaptureError, ValueError):  # then it says nothing
            analysis = analyse_program(Path(program.path))
            if analysis is not None:
                module, module_folder = analysis.module, analysis.module_folder
    return program_sources(module, module_folder, folders)
