"""Keeps what was copied in a file: a terminal need not take what it is sent, and does not say so.

tmux, as it comes, lets no program set the clipboard.
"""

import os
from pathlib import Path

import platformdirs

from walkthrough.recording.output import private_folder

FILE = "copied.txt"


def keep(text: str) -> Path | None:
    """Write what was copied last into the user's cache; None if that cannot be written."""
    folder = Path(platformdirs.user_cache_dir("walkthrough"))
    if not folder.is_absolute():  # a user without a home would get a folder "~" where he stands
        return None
    path = folder / FILE
    try:
        private_folder(folder)
        path.unlink(missing_ok=True)  # not through a link that leads elsewhere
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
    except OSError:
        return None
    return path


def shortly(path: Path) -> str:
    """Return a path with ``~`` for the user's home."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
