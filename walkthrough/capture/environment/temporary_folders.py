"""Temporary folders that do not stay behind, not even after SIGKILL.

Next to each is a file ``NAME.lock`` that its owner holds locked (flock(2)); the kernel releases
the lock when the owner ends, however it ends. Whoever makes the next folder in the same place, or
whoever calls `sweep`, removes those whose lock is free.
"""

import contextlib
import errno
import os
import re
import secrets
import shutil
import string
import tempfile
from pathlib import Path
from typing import Self

from walkthrough.files import private_files

PREFIX = "walkthrough-"
_LOCK = ".lock"
_LETTERS = string.ascii_lowercase + string.digits
_LENGTH = 8
_TRIES = 100


class TemporaryFolder:
    """A new, empty folder that only this user may enter; a context manager.

    Args:
        parent: Where to make it; by default in the system's temporary folder (``$TMPDIR``).
        prefix: The beginning of its name.

    Attributes:
        path: The folder, an absolute path.

    Raises:
        OSError: It cannot be made.
    """

    def __init__(self, parent: Path | None = None, prefix: str = PREFIX) -> None:
        where = Path(os.path.realpath(tempfile.gettempdir())) if parent is None else parent
        sweep(where, prefix)
        for _ in range(_TRIES):
            name = prefix + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
            self.path = where / name
            self._lock_path = where / f"{name}{_LOCK}"
            if (lock := _locked_anew(self._lock_path)) is None:
                continue
            try:
                self.path.mkdir(mode=0o700)
            except BaseException as error:
                self._lock_path.unlink()
                os.close(lock)
                if isinstance(error, FileExistsError):
                    continue
                raise
            self._lock: int | None = lock
            return
        raise FileExistsError(errno.EEXIST, "no name is free", str(where))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the folder with all that is in it. Idempotent."""
        if self._lock is None:
            return
        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):
            self._lock_path.unlink()
        os.close(self._lock)
        self._lock = None


def sweep(parent: Path | None = None, prefix: str = PREFIX) -> None:
    """Remove the folders in ``parent`` whose owner has ended without doing so.

    Args:
        parent: As for `TemporaryFolder`.
        prefix: Likewise.
    """
    if os.name != "posix":
        return  # nobody holds a lock there
    where = Path(os.path.realpath(tempfile.gettempdir())) if parent is None else parent
    name = re.compile(rf"{re.escape(prefix)}[{_LETTERS}]{{{_LENGTH}}}{re.escape(_LOCK)}")
    with contextlib.suppress(OSError), os.scandir(where) as entries:
        left = [Path(entry.path) for entry in entries if name.fullmatch(entry.name)]
        for lock in left:
            with contextlib.suppress(OSError):
                _remove_unless_held(lock)


def _locked_anew(path: Path) -> int | None:
    """Make a lock file and lock it; None if there is one, or it was removed meanwhile."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return None
    try:
        _lock(lock)
        if _is_at(lock, path):
            return lock
    except BlockingIOError:
        pass  # a sweeping process has it, and will remove it
    except OSError:
        return lock  # a file system without locks: nobody else gets one either
    os.close(lock)
    return None


def _remove_unless_held(path: Path) -> None:
    lock = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not private_files.is_own_file(os.fstat(lock)):
            return
        _lock(lock)
        if not _is_at(lock, path):
            return
        folder = path.with_name(path.name.removesuffix(_LOCK))
        if private_files.is_own_folder(folder):
            shutil.rmtree(folder, ignore_errors=True)
        path.unlink()
    finally:
        os.close(lock)


def _lock(handle: int) -> None:
    """Lock an open file exclusively.

    Raises:
        BlockingIOError: Somebody else has it locked.
        OSError: There are no locks here.
    """
    try:
        import fcntl
    except ImportError:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK)) from None
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except OSError:
        return False
