"""The files of catalogues: read, and compiled where there is only the text."""

import contextlib
import errno
import gettext
import hashlib
import io
import os
import struct
import tempfile
from pathlib import Path

import platformdirs

from walkthrough.files import private_files
from walkthrough.formatting.escaping import printable
from walkthrough.i18n.errors import CatalogueError
from walkthrough.i18n.messages import message

_LARGEST = 16 << 20


def read(place: str) -> gettext.NullTranslations:
    """Return a catalogue's translations: of its .mo file, else of its .po, compiled.

    Args:
        place: The .mo file, or where it would be beside the .po.

    Raises:
        CatalogueError: It cannot be read.
    """
    file = compiled = Path(place)
    try:
        if compiled.is_file():
            return _parsed(_content(compiled))
        file = compiled.with_suffix(".po")
        return _compiled(file)
    except (OSError, ValueError, struct.error, LookupError, SyntaxError, ImportError) as error:
        raise CatalogueError(
            message(
                "The catalogue {file} cannot be read ({why}): English is shown; mend the file, or "
                "reinstall walkthrough.",
                file=printable(str(file)),
                why=printable(str(error)),
            )
        ) from None


def _content(file: Path) -> bytes:
    with file.open("rb") as stream:
        content = stream.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(f"it is larger than {_LARGEST >> 20} MiB")
    return content


def _parsed(content: bytes) -> gettext.NullTranslations:
    return gettext.GNUTranslations(io.BytesIO(content))


def _compiled(source: Path) -> gettext.NullTranslations:
    """Return what a .po file holds; compiled, it is kept in the cache by what it says."""
    text = _content(source)
    name = hashlib.sha256(text).hexdigest()[:32]
    kept = Path(platformdirs.user_cache_dir("walkthrough"), "locale", f"{name}.mo")
    with contextlib.suppress(OSError, ValueError, struct.error):
        _hold_private(kept.parent)
        return _parsed(private_files.read(kept))
    content = compile_catalogue(text)
    # A cache that cannot be written costs a second at each start, and no more.
    with contextlib.suppress(OSError):
        _hold_private(kept.parent)
        with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as stream:
            stream.write(content)
        os.replace(stream.name, kept)
    return _parsed(content)


def _hold_private(folder: Path) -> None:
    """Make a folder of the cache, or check that nobody else can have put anything into it.

    Raises:
        OSError: Somebody else owns it or may write to it, or it cannot be made.
    """
    private_files.make(folder)
    if not private_files.is_own_folder(folder):
        raise PermissionError(errno.EPERM, "others may write to it", str(folder))


def compile_catalogue(text: bytes) -> bytes:
    """Return what the .po file with these bytes is as an .mo file.

    Raises:
        ValueError: It is not a catalogue; the message names the line.
        ImportError: Babel is not installed, which a checkout needs and a wheel does not.
    """
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    try:
        read = read_po(io.BytesIO(text), abort_invalid=True)
    except PoFileError as error:
        raise ValueError(f"line {error.lineno}: {error.args[0]}") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    compiled = io.BytesIO()
    write_mo(compiled, read)
    return compiled.getvalue()
