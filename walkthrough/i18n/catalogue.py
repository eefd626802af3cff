"""Catalogues: what messages say in a language, read from gettext's files.

``locale/LANGUAGE/LC_MESSAGES/walkthrough.po`` is what translators edit; the build compiles it to
an ``.mo`` file beside it. In a checkout there is none: it is compiled when it is first used, into
the user's cache. English needs no catalogue, for its sentences are the ids.
"""

import contextlib
import errno
import gettext
import hashlib
import io
import os
import re
import stat
import struct
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

import platformdirs

from walkthrough.formatting.escaping import printable
from walkthrough.i18n.languages import ENGLISH as ENGLISH
from walkthrough.i18n.languages import is_language
from walkthrough.i18n.messages import Field, Message, MessageError, fill, message
from walkthrough.i18n.texts import Texts

DOMAIN: Final = "walkthrough"
EXTRA_FOLDER: Final = "WALKTHROUGH_LOCALE"
"""The environment variable that names a folder of further catalogues: to try one out."""

_LOCALE = Path(__file__).parent / "locale"
_LARGEST = 16 << 20


class CatalogueError(MessageError):
    """A catalogue that cannot be read, or a language that has none."""


class Catalogue:
    """What is said in one language.

    Attributes:
        language: Its code, such as ``en`` or ``zh``.
        name: What its speakers call it.
    """

    def __init__(self, language: str, translations: gettext.NullTranslations) -> None:
        self.language = language
        self._translations = translations
        self.name = self.in_context("this language's own name", "English")
        self._comma = self.in_context("between the parts of a list", ", ")

    def __call__(self, said: Message | str, /, **fields: Field) -> str:
        """Return what a message says, or an English sentence that is written in the call.

        Args:
            said: The message, or a sentence with ``{name}`` for each field.
            fields: What stands in the place of the names; a message may have some already.
        """
        if isinstance(said, str):
            return self._filled(self._translations.gettext(said) if said else "", fields)
        return self._filled(self._sentence(said), {**said.all_fields(), **fields})

    def text(self, said: Message | Texts | str) -> str:
        """Return what a message or texts say; a plain string is the same in every language."""
        if isinstance(said, Texts):
            return said.says(self.language)
        return said if isinstance(said, str) else self(said)

    def plural(self, one: str, many: str, count: int, /, **fields: Field) -> str:
        """Return ``one`` or ``many``, whichever ``count`` takes; both know ``{count}``."""
        return self(Message(one, fields, many, count))

    def in_context(self, context: str, sentence: str, /, **fields: Field) -> str:
        """Return what a sentence says in one of several meanings."""
        return self(Message(sentence, fields, context=context))

    def knows(self, said: Message | str) -> bool:
        """Return whether the sentence is in the catalogue; English knows all."""
        if self.language == ENGLISH:
            return True
        known = Message(said) if isinstance(said, str) else said
        return self._sentence(known) not in (known.id, known.plural)

    def _sentence(self, said: Message) -> str:
        if said.plural:
            if said.context:
                return self._translations.npgettext(said.context, said.id, said.plural, said.count)
            return self._translations.ngettext(said.id, said.plural, said.count)
        if said.context:
            return self._translations.pgettext(said.context, said.id)
        return self._translations.gettext(said.id) if said.id else ""

    def _filled(self, sentence: str, fields: dict[str, Field]) -> str:
        if not fields and "{" not in sentence and "}" not in sentence:
            return sentence
        said = {name: self._translated(value) for name, value in fields.items()}
        return fill(sentence, said, self._comma)

    def _translated(self, value: Field) -> Field:
        if isinstance(value, Message):
            return self(value)
        if isinstance(value, list):
            return [self(part) if isinstance(part, Message) else part for part in value]
        return value


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of all languages that have a catalogue, English first."""
    found = {
        file.parts[-3]
        for folder in _folders()
        for file in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.?o")
    }
    return (ENGLISH, *sorted(code for code in found if is_language(code)))


@cache
def catalogue(language: str) -> Catalogue:
    """Return the catalogue of a language.

    Raises:
        CatalogueError: There is none, or it cannot be read.
    """
    if language == ENGLISH:
        return Catalogue(ENGLISH, gettext.NullTranslations())
    if language in languages():
        for folder in _folders():
            place = folder / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
            if place.is_file() or place.with_suffix(".po").is_file():
                return Catalogue(language, _read(place))
    raise CatalogueError(
        message(
            "There is no catalogue for the language {language}; there are: {languages}.",
            language=printable(language),
            languages=list(languages()),
        )
    )


def catalogue_or_english(language: str) -> tuple[Catalogue, Message | str | None]:
    """Return the catalogue of a language, or English and why the other one cannot be had."""
    try:
        return catalogue(language), None
    except CatalogueError as error:
        return catalogue(ENGLISH), error.message


@cache
def readable_catalogues() -> tuple[Catalogue, ...]:
    """Return the catalogues of all languages but those that cannot be read, English first."""
    found = (catalogue_or_english(language) for language in languages())
    return tuple(read for read, trouble in found if trouble is None)


def language_of_locale(name: str) -> str:
    """Return the language that a locale(7) names, such as ``zh_CN.UTF-8``; else English."""
    code = re.split(r"[.@]", name, maxsplit=1)[0]
    for candidate in (code, code.partition("_")[0].lower()):
        if candidate in languages():
            return candidate
    return ENGLISH


def _folders() -> list[Path]:
    extra = os.environ.get(EXTRA_FOLDER)
    return [Path(extra), _LOCALE] if extra else [_LOCALE]


def _read(compiled: Path) -> gettext.NullTranslations:
    """Return a catalogue's translations: of its .mo file, else of its .po, compiled."""
    file = compiled
    try:
        if compiled.is_file():
            content = _content(compiled)
        else:
            file = compiled.with_suffix(".po")
            content = _compiled(file)
        return gettext.GNUTranslations(io.BytesIO(content))
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


def _compiled(source: Path) -> bytes:
    """Return a .po file in the form of an .mo file; kept in the cache by what it says."""
    text = _content(source)
    name = hashlib.sha256(text).hexdigest()[:32]
    kept = Path(platformdirs.user_cache_dir("walkthrough"), "locale", f"{name}.mo")
    with contextlib.suppress(OSError, ValueError, struct.error):
        _hold_private(kept.parent)
        content = _content(kept)
        gettext.GNUTranslations(io.BytesIO(content))
        return content
    content = compile_catalogue(text)
    # A cache that cannot be written costs a second at each start, and no more.
    with contextlib.suppress(OSError):
        _hold_private(kept.parent)
        with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as stream:
            stream.write(content)
        os.replace(stream.name, kept)
    return content


def _hold_private(folder: Path) -> None:
    """Make a folder of the cache, or hold that nobody else can have put anything into it.

    Raises:
        OSError: Somebody else owns it or may write to it, or it cannot be made.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    foreign = hasattr(os, "getuid") and state.st_uid != os.getuid()
    if foreign or not stat.S_ISDIR(state.st_mode) or state.st_mode & 0o022:
        raise PermissionError(errno.EPERM, "others may write to it", str(folder))


def compile_catalogue(text: bytes) -> bytes:
    """Return what the .po file with these bytes is as an .mo file.

    Raises:
        ValueError: It is no catalogue; says in which line.
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
