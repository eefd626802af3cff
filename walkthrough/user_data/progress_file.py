"""The file of what was learned: JSON Lines, the header first, to which every screen appends.

Each line is one fact, and lines are only added, under a lock: so screens that write at once lose
nothing of each other's. What a newer version has written, or what is not ours, is never changed.
"""

import contextlib
import errno
import os
import stat
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import message
from walkthrough.i18n.system_errors import reason
from walkthrough.recording.output import (
    PRIVATE,
    ForeignFolderError,
    OutputTarget,
    atomic_file,
    private_folder,
)
from walkthrough.user_data.progress_errors import ProgressFault, ProgressFileError
from walkthrough.user_data.progress_format import (
    HEADER,
    ProgressEntry,
    ProgressLine,
    is_newer,
    line_of,
    merged,
    text_of,
)

LARGEST_FILE = 8 * 1024 * 1024
"""Bytes; what is longer was not written by this program."""
COMPACTED_FROM = 1024 * 1024
"""Bytes from which on facts that are alike become one line."""
_UNUSABLE = (OSError, ValueError, MessageError)
ATTEMPTS, PAUSE_S = 50, 0.01
"""How often, and after how many seconds each, a file that another process holds is tried again."""


class FileContent(NamedTuple):
    """What a file holds.

    Attributes:
        entries: Its facts, in the order in which they were written.
        broken: The numbers of the lines that were not understood, from 1.
    """

    entries: tuple[ProgressEntry, ...] = ()
    broken: tuple[int, ...] = ()


class ProgressFile:
    """One file of facts.

    Args:
        path: Where it is; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: tuple[int, ...] | None = None

    def read(self) -> FileContent | None:
        """Return what the file holds; None if that has not changed since it was last used.

        Raises:
            ProgressFileError: It cannot be read, or is not ours.
        """
        try:
            with self._open(os.O_RDONLY) as file:
                return self._changed(file)
        except FileNotFoundError:
            known, self._known = self._known, ()
            return None if known == () else FileContent()
        except _UNUSABLE as error:
            raise self._error(ProgressFault.BROKEN, error) from error

    def append(self, entries: Sequence[ProgressEntry]) -> FileContent | None:
        """Add facts.

        Returns:
            What the file held before that; None if that is known already, from the last use.

        Raises:
            ProgressFileError: They were not added; the file is unchanged.
        """
        try:
            _prepare(self.path.parent)
            with self._open(os.O_RDWR | os.O_CREAT | os.O_APPEND) as file:
                before = self._changed(file)
                self._known = None
                _add(file, b"".join(map(text_of, entries)))
                self._known = state = _state(file)
                if state[2] > COMPACTED_FROM:
                    self._compact(file)
        except _UNUSABLE as error:
            raise self._error(ProgressFault.UNWRITABLE, error) from error
        return before

    def remove(
        self, unwanted: Callable[[ProgressEntry], bool] | None = None
    ) -> tuple[ProgressEntry, ...]:
        """Remove facts, and the file with the last of them.

        Args:
            unwanted: Tells which; lines that were not understood stay then. None for the whole
                file.

        Returns:
            Those that were removed.

        Raises:
            ProgressFileError: Nothing was removed.
        """
        self._known = None
        removed: list[ProgressEntry] = []
        kept: list[ProgressLine] = []
        try:
            if self.path.exists():
                _prepare(self.path.parent)
            with self._open(os.O_RDWR | os.O_APPEND) as file:
                for line in self._lines(file):
                    if line.entry is not None and (unwanted is None or unwanted(line.entry)):
                        removed.append(line.entry)
                    elif unwanted is not None:
                        kept.append(line)
                if not kept:
                    _let_go(file)
                    os.unlink(os.path.realpath(self.path))
                elif removed:
                    self._replace(file, kept)
        except FileNotFoundError:
            return ()
        except _UNUSABLE as error:
            raise self._error(ProgressFault.KEPT, error) from error
        return tuple(removed)

    def _changed(self, file: IO[bytes]) -> FileContent | None:
        if (state := _state(file)) == self._known:
            return None
        self._known = None
        lines = self._lines(file)
        self._known = state
        return FileContent(
            tuple(line.entry for line in lines if line.entry is not None),
            tuple(line.number for line in lines if line.broken),
        )

    def _lines(self, file: IO[bytes]) -> list[ProgressLine]:
        """Read the lines after the header.

        Raises:
            ProgressFileError: The file is not ours.
        """
        file.seek(0)
        content = file.read(LARGEST_FILE + 1)
        why = message("it is too long")
        if len(content) <= LARGEST_FILE:
            if HEADER.startswith(content):
                return []  # empty, or only begun
            first, *rest = content.split(b"\n")
            try:
                if not is_newer(first):
                    return [line_of(at, text) for at, text in enumerate(rest, 2) if text.strip()]
                raise ProgressFileError(ProgressFault.NEWER, self.path)
            except ValueError:
                why = message("it does not begin with walkthrough's header")
        raise ProgressFileError(ProgressFault.BROKEN, self.path, why)

    def _compact(self, file: IO[bytes]) -> None:
        """Let answers that are alike become one line, where the last of them is; it may fail."""
        with contextlib.suppress(*_UNUSABLE):
            lines = self._lines(file)
            alike = merged(lines)
            if len(alike) * 2 <= len(lines):
                self._replace(file, alike)
                self._known = None

    def _error(self, fault: ProgressFault, error: Exception) -> ProgressFileError:
        if isinstance(error, ProgressFileError):
            return error
        return ProgressFileError(fault, self.path, reason(error))

    def _replace(self, file: IO[bytes], lines: Iterable[ProgressLine]) -> None:
        """Replace the file, which is locked, by one of these lines."""
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        _let_go(file)
        place = os.path.realpath(self.path)  # a symbolic link, as dotfile managers make, is kept
        with atomic_file(OutputTarget(place, force=True, mode=mode)) as out:
            out.write(HEADER)
            out.writelines(line.text + b"\n" for line in lines)

    @contextlib.contextmanager
    def _open(self, flags: int) -> Iterator[IO[bytes]]:
        """Open the file and hold it, alone if it is to be written.

        Raises:
            OSError: It cannot be opened, or another process does not let it go.
            MessageError: It is no file.
        """
        alone = flags != os.O_RDONLY
        # Opening a named pipe would block until its other end is opened.
        flags |= sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_BINARY"))
        for _ in range(ATTEMPTS):
            number = os.open(self.path, flags, PRIVATE)
            with os.fdopen(number, "r+b" if alone else "rb", buffering=0) as file:
                status = os.fstat(number)
                if not stat.S_ISREG(status.st_mode):
                    raise MessageError(message("it is no file"))
                _hold(file, alone=alone)
                with contextlib.suppress(FileNotFoundError):
                    if os.path.samestat(os.stat(self.path), status):
                        yield file
                        return
                # Another process, which held it, has put another one in its place.
        raise _busy()


def _prepare(folder: Path) -> None:
    """Make a private folder for the file; one that somebody else owns is not used.

    Raises:
        OSError: It cannot be made, or is not ours.
    """
    if not folder.exists():
        private_folder(folder)
    elif hasattr(os, "geteuid") and folder.stat().st_uid != os.geteuid():
        raise ForeignFolderError(message("it belongs to another user"))


def _busy() -> OSError:
    return OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def _hold(file: IO[bytes], *, alone: bool) -> None:
    """Lock a file until it is closed; on a file system without locks it is used without.

    Raises:
        OSError: Another process holds it, and it is to be written.
    """
    try:
        import fcntl
    except ImportError:
        return
    for attempt in range(ATTEMPTS):
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt + 1 < ATTEMPTS:
                threading.Event().wait(PAUSE_S)
        except OSError:
            return
        else:
            return
    if alone:
        raise _busy()


def _let_go(file: IO[bytes]) -> None:
    """Close a file that is to be replaced, where that must be; there it is not locked, either."""
    if sys.platform == "win32":
        file.close()


def _state(file: IO[bytes]) -> tuple[int, ...]:
    """Return what changes with the content: device, inode, bytes, and when it was changed."""
    status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _add(file: IO[bytes], lines: bytes) -> None:
    """Add lines to a file of ours: all, or none."""
    size = file.seek(0, os.SEEK_END)
    if 0 < size < len(HEADER):
        file.truncate(size := 0)  # the header itself is torn, and nothing follows it
    if size:
        file.seek(-1, os.SEEK_END)
        lines = lines if file.read(1) == b"\n" else b"\n" + lines
    else:
        lines = HEADER + lines
    rest = memoryview(lines)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        with contextlib.suppress(OSError):
            file.truncate(size)
        raise
