"""Built programs that are kept for the next time, and the folders in which they are kept.

The folder is the user's cache, or a private one in /tmp. What is kept is run, so only a folder is
used that nobody else can have written to (`private_files`). A folder that is not private is left
alone, and another one is used. A read-only or missing home is not an error here as long as /tmp
can be written. Knows nothing of Go.

The digest that a program had when it was built is kept next to it, and compared before the
program is run again. Both have to belong to this user.
"""

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from walkthrough.capture.environment import folder_objections
from walkthrough.capture.errors import CaptureError
from walkthrough.files import private_files
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.system_errors import system_error_text

BUILDS = "builds"
NAME = "server"
_FOLDER = "walkthrough"
_DIGEST = "server.sha256"
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)
_REFUSED = ".refused-"


def folder() -> Path:
    """Return the folder for what this program keeps; it need not exist, nor be writable."""
    named = Path(platformdirs.user_cache_dir(_FOLDER))
    # A user without a home, as in some containers, would get a folder "~" in the current folder.
    return _without_links(named) if named.is_absolute() else _fallback()


def objection() -> Message | str | None:
    """Return why the usual folder is not used, None if it is, or if it could be made."""
    usual = folder()
    if private_files.can_become_private(usual):  # as the next build does
        return folder_objections.parents_objection(usual) or _objection_to_builds(usual)
    return folder_objections.objection(usual)


def readable() -> tuple[Path, ...]:
    """Return the folders in which something may have been kept, the usual one first."""
    places = dict.fromkeys((folder(), *_fallbacks()))
    return tuple(
        place
        for place in places
        if not folder_objections.objection(place) and not _objection_to_builds(place)
    )


def writable() -> Path:
    """Return a folder to keep things in; its subfolder ``builds`` exists and can be written.

    Raises:
        CaptureError: There is none, not even a temporary one.
    """
    for place in dict.fromkeys((folder(), *_fallbacks())):
        with contextlib.suppress(OSError):
            _prepare(place)
            return place
    try:
        # Somebody else has taken the usual name, so this one must not be predictable.
        place = Path(tempfile.mkdtemp(prefix=f"{_fallback().name}-"))
        _prepare(place)
    except OSError as error:
        raise CaptureError(
            message(
                "There is no folder to build the Go server in ({why}): set XDG_CACHE_HOME to a "
                "writable one.",
                why=system_error_text(error),
            )
        ) from None
    return place


def _prepare(place: Path) -> None:
    """Make the folder if necessary, and try to write to it.

    Raises:
        OSError: It cannot be used.
    """
    if folder_objections.parents_objection(place):
        raise PermissionError(1, "others may write there")
    private_files.make(place)
    if folder_objections.objection(place):
        raise PermissionError(1, "others may write there")
    (place / BUILDS).mkdir(mode=0o700, exist_ok=True)
    if _objection_to_builds(place):
        raise PermissionError(1, "others may write there")
    with tempfile.TemporaryFile(dir=place / BUILDS):
        pass


def _objection_to_builds(place: Path) -> Message | None:
    builds = place / BUILDS
    if not os.path.lexists(builds):
        return None
    if private_files.is_own_folder(builds):
        return None
    return message("another user has made {folder}", folder=str(builds))


def _without_links(path: Path) -> Path:
    """Follow the symbolic links in what is above ``path``, as far as that exists."""
    return Path(os.path.realpath(path.parent), path.name)


def _fallback() -> Path:
    return Path(os.path.realpath(tempfile.gettempdir()), f"{_FOLDER}-{os.geteuid()}")


def _fallbacks() -> Iterator[Path]:
    """Yield the folders in /tmp that this user may have made."""
    usual = _fallback()
    yield usual
    with contextlib.suppress(OSError):
        yield from sorted(usual.parent.glob(f"{usual.name}-*"))


def is_whole(folder: Path) -> bool:
    """Return whether the program in ``folder`` is there, and is the one that was kept."""
    if not private_files.is_own_folder(folder):
        return False
    try:
        promised = private_files.read(folder / _DIGEST)
        program = private_files.read(folder / NAME)
    except OSError:
        return False
    return os.access(folder / NAME, os.X_OK) and promised == _digest(program)


def keep(program: Path, folder: Path) -> Path:
    """Move the folder that holds a new program, and nothing else, to ``folder``.

    An existing one that is not intact is moved away. Concurrent builds of the same end with the
    same program: the first one stays.

    Returns:
        The program.

    Raises:
        OSError: It cannot be moved.
    """
    program.chmod(0o700)
    (program.parent / _DIGEST).write_bytes(_digest(program.read_bytes()))
    while True:
        try:
            os.rename(program.parent, folder)
            break
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
        if is_whole(folder):
            break
        # Its contents may be another user's, and then cannot be removed; but the name is ours.
        aside = folder.with_name(f"{_REFUSED}{secrets.token_hex(8)}")
        with contextlib.suppress(FileNotFoundError):
            os.rename(folder, aside)
        if os.path.isdir(aside) and not os.path.islink(aside):
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink(missing_ok=True)
    return folder / NAME


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode() + b"\n"
