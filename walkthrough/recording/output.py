"""Writes the files that a user asks for: new unless forced, private, atomic, never over the input.

Every command's ``-o`` goes through here, as do recordings of live sessions and pictures of the
screen. What happens to an existing file depends on its kind:

- a regular file is replaced only with ``force``, and atomically, so that a crash leaves the old
  or the new one;
- what is being read is never written over, by whatever name (hard link, symbolic link);
- a symbolic link stays: its target is treated as if it had been named. One that leads to
  nothing, or that another user made, is refused;
- a device, a pipe and standard output are written to directly; a block device,
  which would lose its content, only with ``force``.
"""

import contextlib
import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from typing import IO, NamedTuple, cast

from walkthrough.formatting.escaping import printable
from walkthrough.formatting.terminal import standard_output
from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import reason

STANDARD_OUTPUT = "-"
"""The name of standard output for ``-o``."""
PRIVATE = 0o600
"""The mode of files that may hold what a program has read and written."""
_PRIVATE_FOLDER = 0o700
_UNFINISHED = ".walkthrough-"
"""Prefix of a temporary file's name."""
_LONG_AGO = 3600.0
"""Seconds after which an unlocked temporary file is abandoned."""
_MOST_LINKS = 40  # Linux's limit, path_resolution(7)
_OPEN_FILE = re.compile(r"(?:/proc/(self|thread-self|\d+)(?:/task/\d+)?|/dev)/fd/(\d{1,7})")
_STANDARD = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL}
"""Errors of a file system without hard links."""
_FULL = {errno.ENOSPC, errno.EDQUOT}


class OutputError(MessageError):
    """An output cannot be written; the message is one sentence that says what to do."""


class OutputExistsError(OutputError):
    """A file of that name exists, and may not be replaced."""


class ForeignFolderError(MessageError, PermissionError):
    """A folder that must be private to the user belongs to somebody else."""


class OutputTarget(NamedTuple):
    """What is to be written.

    Attributes:
        path: The file, or `STANDARD_OUTPUT`.
        force: Whether an existing regular file may be replaced.
        mode: Its permissions; None for `PRIVATE`, and never more than all of ``inputs`` have.
        inputs: What is being read, and must not be overwritten.
    """

    path: str | os.PathLike[str]
    force: bool = False
    mode: int | None = None
    inputs: tuple[str | os.PathLike[str], ...] = ()

    @property
    def name(self) -> Message | str:
        """How to call it in a sentence; safe for any terminal."""
        path = os.fspath(self.path)
        return message("standard output") if path == STANDARD_OUTPUT else printable(path)


class _Destination(NamedTuple):
    """Where an output goes: into the open file ``number``, a special file, or a regular one."""

    path: str
    number: int | None = None
    special: bool = False


def check(output: OutputTarget) -> None:
    """Check that an output may be written, before the work for it begins; changes nothing.

    Raises:
        OutputError: It may not.
    """
    place = _place(output)
    if place.number is not None or place.special:
        return
    folder = os.path.dirname(place.path)
    try:
        os.stat(folder)
    except (OSError, ValueError) as error:
        raise _failure(output, error) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        denied = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        raise _failure(output, denied) from denied


@contextlib.contextmanager
def atomic_file(output: OutputTarget) -> Iterator[IO[bytes]]:
    """Yield a file to write to; it replaces the output when the block ends without an error.

    Raises:
        OutputError: It cannot be written; an existing file is unchanged.
        OSError: Standard output cannot be written.
    """
    place = _place(output)
    if place.number is not None or place.special:
        with tempfile.TemporaryFile() as spool:  # half a document would be useless
            with _describe(output):
                yield cast("IO[bytes]", spool)
            spool.seek(0)
            with _describe(output):
                if place.path == STANDARD_OUTPUT:
                    _copy(spool, out := standard_output())
                    out.flush()
                else:
                    with _stream(place) as stream:
                        _copy(spool, stream)
        return
    with _describe(output):
        file, name = _temporary_beside(place.path, buffering=-1)
        try:
            with file:
                yield file
                file.flush()
                _finish(file, output)
                os.fsync(file.fileno())
            _publish(name, place, output)
        finally:
            with contextlib.suppress(OSError):
                os.unlink(name)


def begin_file(output: OutputTarget, first: bytes) -> IO[bytes]:
    """Begin a file that has its name while it is still being written.

    As long as it is open it is locked, see `is_being_written`.

    Args:
        output: What to write.
        first: What it begins with; the file gets its name once that is written.

    Returns:
        The file, unbuffered, ready for what follows.

    Raises:
        OutputError: It cannot be written; an existing file is unchanged.
    """
    with _describe(output, standard_too=True):
        place = _place(output)
        if place.number is not None or place.special:
            stream = _stream(place)
            try:
                _write(stream, first)
            except BaseException:
                stream.close()
                raise
            return stream
        file, name = _temporary_beside(place.path)
        try:
            _lock(file)
            _write(file, first)
            _finish(file, output)
            _publish(name, place, output)
        except BaseException:
            file.close()
            raise
        finally:
            with contextlib.suppress(OSError):
                os.unlink(name)
        return file


def remove_unfinished(folder: str | os.PathLike[str]) -> None:
    """Remove the temporary files that killed processes have left in a folder."""
    for entry in os.scandir(folder):
        if entry.name.startswith(_UNFINISHED) and entry.is_file(follow_symlinks=False):
            with contextlib.suppress(OSError), open(entry.path, "rb") as file:
                old = os.fstat(file.fileno()).st_mtime < os.stat(folder).st_mtime - _LONG_AGO
                if old and not is_being_written(file):
                    os.unlink(entry.path)


def is_being_written(file: IO[bytes]) -> bool:
    """Return whether somebody else has the file of `begin_file` open; if not, it stays locked.

    If that is unknown, it counts as being written.
    """
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return True
    return False


def private_folder(path: str | os.PathLike[str]) -> None:
    """Make a private folder, and missing ones above it.

    An existing one of ours is closed to others; one that somebody else owns is not used.

    Raises:
        OSError: It cannot be made, or is not ours.
    """
    path = os.path.abspath(path)
    missing = []
    above = path
    while not os.path.lexists(above) and above != os.path.dirname(above):
        missing.append(above)
        above = os.path.dirname(above)
    for folder in reversed(missing):
        with contextlib.suppress(FileExistsError):  # another walkthrough was faster
            os.mkdir(folder, _PRIVATE_FOLDER)
    status = os.stat(path)
    if not stat.S_ISDIR(status.st_mode):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
    if not hasattr(os, "geteuid"):
        return
    if status.st_uid != os.geteuid():
        raise ForeignFolderError(message("it belongs to another user"))
    if status.st_mode & 0o077 and not os.path.islink(path):
        with contextlib.suppress(OSError):  # not every file system has modes
            os.chmod(path, stat.S_IMODE(status.st_mode) & ~0o077)


# Destination


def _place(output: OutputTarget) -> _Destination:
    """Resolve where an output goes; refuse what must not be written.

    Raises:
        OutputError: It must not.
    """
    path = os.fspath(output.path)
    if path == STANDARD_OUTPUT:
        number: int | None = 1
    else:
        try:
            number = _open_file(path)
        except (OSError, ValueError) as error:
            raise _failure(output, error) from error
    if number is not None:
        with contextlib.suppress(OSError):
            _refuse_input(output, os.fstat(number))
        _refuse_mode(output)
        return _Destination(path, number)
    return _named(output, path)


def _named(output: OutputTarget, path: str) -> _Destination:
    try:
        status = os.stat(path)
    except FileNotFoundError as error:
        if os.path.islink(path):
            raise OutputError(
                message(
                    "{file} is a symbolic link to something that is not there: name the file "
                    "itself with -o.",
                    file=output.name,
                )
            ) from error
        if not os.path.basename(path):
            raise OutputError(
                message(
                    "{file} cannot be written: {advice}.",
                    file=output.name,
                    advice=message("it names a folder; name a file in it"),
                )
            ) from error
        folder, name = os.path.split(path)
        return _Destination(os.path.join(os.path.realpath(folder or "."), name))
    except (OSError, ValueError) as error:
        raise _failure(output, error) from error
    if os.path.islink(path) and _is_foreign(os.lstat(path)):
        raise OutputError(
            message(
                "{file} is a symbolic link that another user has made: name the file itself with "
                "-o.",
                file=output.name,
            )
        )
    _refuse_input(output, status)
    if stat.S_ISDIR(status.st_mode):
        is_folder = IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        raise _failure(output, is_folder) from is_folder
    if stat.S_ISREG(status.st_mode):
        if not output.force:
            raise _exists(output)
        return _Destination(os.path.realpath(path))
    if stat.S_ISBLK(status.st_mode) and not output.force:
        raise OutputError(
            message(
                "{file} is a block device, which would lose its content: if that is intended, "
                "add --force.",
                file=output.name,
            )
        )
    _refuse_mode(output)
    return _Destination(path, special=True)


def _open_file(path: str) -> int | None:
    """Return the number of the open file of ours that a path such as /dev/stdout stands for."""
    ours = (None, "self", "thread-self", str(os.getpid()))
    for _ in range(_MOST_LINKS):
        if path in _STANDARD:
            return _STANDARD[path]
        folder, name = os.path.split(path)
        path = os.path.join(os.path.realpath(folder or "."), name)
        if (match := _OPEN_FILE.fullmatch(path)) and match[1] in ours:
            return int(match[2])
        if not os.path.islink(path):
            return None
        path = os.path.join(os.path.dirname(path), os.readlink(path))
    return None


def _is_foreign(link: os.stat_result) -> bool:
    """Return whether somebody else has made a link: where anybody may write, it may be a trap."""
    return hasattr(os, "geteuid") and link.st_uid not in (0, os.geteuid())


def _refuse_input(output: OutputTarget, status: os.stat_result) -> None:
    for each in output.inputs:
        with contextlib.suppress(OSError, ValueError):
            if os.path.samestat(os.stat(each), status):
                raise OutputError(
                    message(
                        "{file} is what is read here, and is not written over: name another file "
                        "with -o.",
                        file=output.name,
                    )
                )


def _refuse_mode(output: OutputTarget) -> None:
    if output.mode is not None:
        raise OutputError(
            message(
                "--mode is for a new file, and {file} is none: leave it out, or name a file with "
                "-o.",
                file=output.name,
            )
        )


# Writing


def _temporary_beside(path: str, buffering: int = 0) -> tuple[IO[bytes], str]:
    """Open a new private file in the folder of ``path``."""
    folder = os.path.dirname(path)
    number, name = tempfile.mkstemp(dir=folder, prefix=_UNFINISHED, suffix=".tmp")
    return os.fdopen(number, "wb", buffering), name


def _stream(place: _Destination) -> IO[bytes]:
    """Open an existing output as it is: neither created nor truncated."""
    if place.number is not None:
        return os.fdopen(os.dup(place.number), "wb", buffering=0)
    number = os.open(place.path, os.O_WRONLY | getattr(os, "O_NOCTTY", 0))
    return os.fdopen(number, "wb", buffering=0)


def _copy(spool: IO[bytes], to: IO[bytes]) -> None:
    while piece := spool.read(1 << 20):
        _write(to, piece)


def _write(file: IO[bytes], data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _lock(file: IO[bytes]) -> None:
    """Mark a file as being written, for as long as it is open: see `is_being_written`."""
    with contextlib.suppress(ImportError, OSError):  # neither exists on every system
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _finish(file: IO[bytes], output: OutputTarget) -> None:
    """Give a file the mode that is asked for, else at most what its inputs have."""
    if output.mode is not None:
        mode = output.mode
    else:
        mode = PRIVATE
        for each in output.inputs:
            with contextlib.suppress(OSError, ValueError):
                mode &= stat.S_IMODE(os.stat(each).st_mode)
        mode = mode or PRIVATE  # an input that is read as one of a group
    if hasattr(os, "fchmod"):
        try:
            os.fchmod(file.fileno(), mode)
        except OSError:
            # Not every file system has modes; but a requested mode must not be ignored.
            if output.mode is not None:
                raise


def _publish(name: str, place: _Destination, output: OutputTarget) -> None:
    """Give a finished file its name; check again, since the name may be taken by now."""
    if not output.force:
        try:
            os.link(name, place.path)
            return
        except FileExistsError as error:
            raise _exists(output) from error
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
        try:
            os.close(os.open(place.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
        except FileExistsError as error:
            raise _exists(output) from error
    else:
        with contextlib.suppress(FileNotFoundError):
            status = os.lstat(place.path)
            _refuse_input(output, status)
            if not stat.S_ISREG(status.st_mode):
                raise OutputError(
                    message("{file} has become something else: try again.", file=output.name)
                )
    os.replace(name, place.path)


# Messages


@contextlib.contextmanager
def _describe(output: OutputTarget, *, standard_too: bool = False) -> Iterator[None]:
    """Describe the system's error in one sentence."""
    try:
        yield
    except OSError as error:
        if os.fspath(output.path) == STANDARD_OUTPUT and not standard_too:
            raise
        raise _failure(output, error) from error


def _exists(output: OutputTarget) -> OutputExistsError:
    return OutputExistsError(
        message(
            "{file} exists: replace it with --force, or name another file with -o.",
            file=output.name,
        )
    )


def _failure(output: OutputTarget, error: OSError | ValueError) -> OutputError:
    return OutputError(cannot_be_written(output, error))


def cannot_be_written(output: OutputTarget, error: Exception) -> Message:
    """Return the sentence that an output cannot be written: why, and what to do about it."""
    return message("{file} cannot be written: {advice}.", file=output.name, advice=advice(error))


def advice(error: Exception) -> Message:
    """Return why a file cannot be read or written, and what to do about it."""
    match error:
        case FileNotFoundError():
            return message("there is no such file or folder; check the name")
        case IsADirectoryError():
            return message("it is a folder; name a file in it")
        case NotADirectoryError():
            return message("a part of its path is not a folder; check the name")
        case PermissionError():
            return message("permission is denied; choose another place, or ask for access")
        case OSError(errno=number) if number in _FULL:
            return message("{why}; make room, or choose another place", why=reason(error))
        case OSError(errno=errno.EFBIG):
            return message(
                "{why}; raise the limit on the size of files (ulimit -f)", why=reason(error)
            )
    return message("{why}; choose another place, or try again", why=reason(error))
