"""The folders in which built servers are kept: the user's cache, or a private one in /tmp.

What is kept is run, so only a folder is used that nobody else can have written to (`private`). One
that is no such folder is left alone, and another is taken. Knows nothing of Go. A read-only or
missing home is no error here as long as /tmp can be written.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from walkthrough.capture.environment import private_files
from walkthrough.capture.errors import CaptureError

BUILDS = "builds"
NAME = "walkthrough"


def folder() -> Path:
    """Return the folder for what this program keeps; it need not exist, nor be writable."""
    named = Path(platformdirs.user_cache_dir(NAME))
    # A user without a home, as in some containers, would get a folder "~" wherever he stands.
    return _without_links(named) if named.is_absolute() else _fallback()


def objection() -> str:
    """Return why the usual folder is not used, "" if it is, or if it could be made."""
    usual = folder()
    if private_files.can_become_private(usual):  # as the next build does
        return private_files.parents_objection(usual) or _objection_to_builds(usual)
    return private_files.objection(usual)


def readable() -> tuple[Path, ...]:
    """Return the folders in which something may have been kept, the usual one first."""
    places = dict.fromkeys((folder(), *_fallbacks()))
    return tuple(
        place
        for place in places
        if not private_files.objection(place) and not _objection_to_builds(place)
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
        # Somebody else has taken the name that we would have, so nobody shall know this one.
        place = Path(tempfile.mkdtemp(prefix=f"{_fallback().name}-"))
        _prepare(place)
    except OSError as error:
        raise CaptureError(
            f"There is no folder to build the Go server in ({error.strerror}): "
            f"set XDG_CACHE_HOME to a writable one."
        ) from None
    return place


def _prepare(place: Path) -> None:
    """Make the folder if need be, and try to write to it.

    Raises:
        OSError: It cannot be used.
    """
    if private_files.parents_objection(place):
        raise PermissionError(1, "others may write there")
    private_files.make(place)
    if private_files.objection(place):
        raise PermissionError(1, "others may write there")
    (place / BUILDS).mkdir(mode=0o700, exist_ok=True)
    if _objection_to_builds(place):
        raise PermissionError(1, "others may write there")
    with tempfile.TemporaryFile(dir=place / BUILDS):
        pass


def _objection_to_builds(place: Path) -> str:
    builds = place / BUILDS
    if not os.path.lexists(builds):
        return ""
    return "" if private_files.is_own_folder(builds) else f"somebody else has made {builds}"


def _without_links(path: Path) -> Path:
    """Follow the symbolic links in what is above ``path``, as far as that exists."""
    return Path(os.path.realpath(path.parent), path.name)


def _fallback() -> Path:
    return Path(os.path.realpath(tempfile.gettempdir()), f"{NAME}-{os.geteuid()}")


def _fallbacks() -> Iterator[Path]:
    """Yield the folders in /tmp that this user may have made."""
    usual = _fallback()
    yield usual
    with contextlib.suppress(OSError):
        yield from sorted(usual.parent.glob(f"{usual.name}-*"))
