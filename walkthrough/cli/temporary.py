"""A temporary folder for a command, removed at its end; if none can be made, that is reported."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from walkthrough.cli.errors import UsageError


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make an empty folder and remove it at the end.

    Raises:
        UsageError: None can be made.
    """
    from walkthrough.capture.environment.temporary_folders import TemporaryFolder

    try:
        folder = TemporaryFolder()
    except OSError as error:
        raise UsageError(
            f"no temporary folder could be made ({error.strerror}): set TMPDIR to a folder that "
            "you may write to, and that has room."
        ) from error
    with folder:
        yield folder.path
