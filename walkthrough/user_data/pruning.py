"""Removes old recordings from their folder, while other processes write there and do the same."""

import contextlib
import os
import stat
from pathlib import Path

from walkthrough.recording.output import is_being_written, remove_unfinished
from walkthrough.user_data.bookmarks import bookmarks_path


def prune(folder: Path, most: int) -> None:
    """Remove the oldest recordings but for ``most``, each with its bookmarks.

    The oldest is the one modified first, then the first by name. One that is being
    written stays, however old. Only one process does this at a time; others return.

    Raises:
        OSError: The folder cannot be read.
    """
    try:
        import fcntl
    except ImportError:
        return  # nothing can be captured here, so nothing is kept
    number = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return  # another process is doing it, or the file system has no locks
        found = sorted(_recordings(folder))
        for _, name in found[: max(len(found) - most, 0)]:
            with contextlib.suppress(OSError):
                _remove(folder / name)
        remove_unfinished(folder)
    finally:
        os.close(number)


def _recordings(folder: Path) -> list[tuple[int, str]]:
    found = []
    for entry in os.scandir(folder):
        with contextlib.suppress(OSError):
            status = entry.stat(follow_symlinks=False)
            if entry.name.endswith(".jsonl") and stat.S_ISREG(status.st_mode):
                found.append((status.st_mtime_ns, entry.name))
    return found


def _remove(path: Path) -> None:
    """Remove a recording that nobody is writing; it stays locked until it is gone."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    with open(os.open(path, flags), "rb") as file:
        if is_being_written(file) or not os.path.samestat(os.fstat(file.fileno()), path.lstat()):
            return
        path.unlink()
        bookmarks_path(path).unlink(missing_ok=True)
