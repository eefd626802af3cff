"""A temporary folder for a command, removed at its end; if none can be made, that is reported."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from walkthrough.cli.errors import UsageError
from walkthrough.i18n.messages import message
from walkthrough.i18n.system_errors import reason


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
            message(
                "no temporary folder could be made ({why}): set TMPDIR to a folder that you may "
                "write to, and that has room.",
                why=reason(error),
            )
        ) from error
    with folder:
        yield folder.path
