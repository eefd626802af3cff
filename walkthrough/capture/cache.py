"""The folders in which built servers are kept: the user's cache, or a private one in /tmp.

Knows nothing of Go. A read-only or missing home is no error here as long as /tmp can be written.
"""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

import platformdirs

from walkthrough.capture.errors import CaptureError

BUILDS = "builds"


def folder() -> Path:
    """Return the folder for what this program keeps; it need not exist, nor be writable."""
    named = Path(platformdirs.user_cache_dir("walkthrough"))
    # A user without a home, as in some containers, would get a folder "~" wherever he stands.
    return named if named.is_absolute() else _fallback()


def readable() -> tuple[Path, ...]:
    """Return the folders in which something may have been kept, the usual one first."""
    usual, fallback = folder(), _fallback()
    if not _private(fallback):
        return (usual,) if usual != fallback else ()
    return (usual, fallback) if usual != fallback else (fallback,)


def writable() -> Path:
    """Return a folder to keep things in; its subfolder ``builds`` exists and can be written.

    Raises:
        CaptureError: There is none, not even a temporary one.
    """
    for place in readable():
        with contextlib.suppress(OSError):
            (place / BUILDS).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=place / BUILDS):
                return place
    place = _fallback()
    try:
        with contextlib.suppress(FileExistsError):
            place.mkdir(mode=0o700)
        if not _private(place):
            place = Path(tempfile.mkdtemp(prefix="walkthrough-"))
        (place / BUILDS).mkdir(exist_ok=True)
    except OSError as error:
        raise CaptureError(
            f"There is no folder to build the Go server in ({error.strerror}): "
            f"set XDG_CACHE_HOME to a writable one."
        ) from None
    return place


def _fallback() -> Path:
    return Path(tempfile.gettempdir(), f"walkthrough-{os.getuid()}")


def _private(place: Path) -> bool:
    # The name can be guessed, so whoever made it might be somebody else: trust only our own.
    try:
        status = place.lstat()
    except OSError:
        return False
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    return ours and not stat.S_IMODE(status.st_mode) & 0o022
