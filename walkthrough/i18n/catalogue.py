"""Catalogues: what messages say in a language, read from gettext's files.

``locale/LANGUAGE/LC_MESSAGES/walkthrough.po`` is what translators edit; the build compiles it to
an ``.mo`` file beside it. In a checkout there is none: it is compiled when it is first used, into
the user's cache (see `walkthrough.i18n.catalogue_files`). English needs no catalogue, for its
sentences are the ids.
"""

import contextlib
import gettext
import os
import re
from functools import cache, reduce

from walkthrough.formatting.escaping import printable
from walkthrough.i18n.errors import CatalogueError as CatalogueError
from walkthrough.i18n.languages import ENGLISH as ENGLISH
from walkthrough.i18n.languages import is_language
from walkthrough.i18n.texts import Texts
from walkthrough.model.sentence import fill

TYPE_CHECKING = False
if TYPE_CHECKING:  # messages need msgspec, and `walkthrough --help` is said without
    from collections.abc import Iterable
    from typing import Final

    from walkthrough.i18n.messages import Field, Message

DOMAIN: "Final" = "walkthrough"
EXTRA_FOLDER: "Final" = "WALKTHROUGH_LOCALE"
"""The environment variable that names a folder of further catalogues: to try one out."""

_PLAIN = (str, int, float)
_LOCALE = os.path.join(os.path.dirname(__file__), "locale")


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
        self._dot = self.in_context("between facts that stand side by side", " · ")

    def __call__(self, said: "Message | str", /, **fields: "Field") -> str:
        """Return what a message says, or an English sentence that is written in the call.

        Args:
            said: The message, or a sentence with ``{name}`` for each field.
            fields: What stands in the place of the names; a message may have some already.
        """
        if isinstance(said, str):
            return self._filled(self._translations.gettext(said) if said else "", fields)
        sentence = self._sentence(said.id, said.plural, said.count, said.context)
        return self._filled(sentence, {**said.all_fields(), **fields})

    def text(self, said: "Message | Texts | str") -> str:
        """Return what a message or texts say; a plain string is the same in every language."""
        if isinstance(said, Texts):
            return said.says(self.language)
        return said if isinstance(said, str) else self(said)

    def plural(self, one: str, many: str, count: int, /, **fields: "Field") -> str:
        """Return ``one`` or ``many``, whichever ``count`` takes; both may use ``{count}``."""
        return self._filled(self._sentence(one, many, count), {"count": count, **fields})

    def in_context(self, context: str, sentence: str, /, **fields: "Field") -> str:
        """Return what a sentence says in one of several meanings."""
        return self._filled(self._sentence(sentence, context=context), fields)

    def listed(self, parts: "Iterable[Message | str]") -> str:
        """Return the parts of a list, with the language's comma between each two."""
        return self._comma.join(map(self.text, parts))

    def beside(self, parts: "Iterable[Message | str]") -> str:
        """Return facts that stand side by side in one row; those that say nothing are left out."""
        return self._dot.join(filter(None, map(self.text, parts)))

    def sentences(self, parts: "Iterable[str]") -> str:
        """Return sentences one after the other, as the language sets them."""
        tr = self
        return reduce(lambda one, other: tr("{one} {other}", one=one, other=other), parts)

    def knows(self, said: "Message | str") -> bool:
        """Return whether the sentence is in the catalogue; English knows all."""
        if self.language == ENGLISH:
            return True
        if isinstance(said, str):
            return self._sentence(said) != said
        known = self._sentence(said.id, said.plural, said.count, said.context)
        return known not in (said.id, said.plural)

    def _sentence(self, one: str, many: str = "", count: int = 0, context: str = "") -> str:
        if many:
            if context:
                return self._translations.npgettext(context, one, many, count)
            return self._translations.ngettext(one, many, count)
        if context:
            return self._translations.pgettext(context, one)
        return self._translations.gettext(one) if one else ""

    def _filled(self, sentence: str, fields: "dict[str, Field]") -> str:
        if not fields and "{" not in sentence and "}" not in sentence:
            return sentence
        said = {name: self._translated(value) for name, value in fields.items()}
        return fill(sentence, said, self._comma)

    def _translated(self, value: "Field") -> "Field":
        if isinstance(value, list):
            return [part if isinstance(part, _PLAIN) else self(part) for part in value]
        return value if isinstance(value, _PLAIN) else self(value)


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of all languages that have a catalogue, English first."""
    found: set[str] = set()
    for folder in _folders():
        with contextlib.suppress(OSError):
            found.update(code for code in os.listdir(folder) if _place(folder, code))
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
        from walkthrough.i18n.catalogue_files import read

        for folder in _folders():
            if place := _place(folder, language):
                return Catalogue(language, read(place))
    from walkthrough.i18n.messages import message

    raise CatalogueError(
        message(
            "There is no catalogue for the language {language}; there are: {languages}.",
            language=printable(language),
            languages=list(languages()),
        )
    )


def catalogue_or_english(language: str) -> "tuple[Catalogue, Message | str | None]":
    """Return the catalogue of a language, or English and why the other one is not available."""
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


def _folders() -> list[str]:
    extra = os.environ.get(EXTRA_FOLDER)
    return [extra, _LOCALE] if extra else [_LOCALE]


def _place(folder: str, language: str) -> str:
    """Return the place of a catalogue's .mo file, if that or the .po is there; else ""."""
    place = os.path.join(folder, language, "LC_MESSAGES", DOMAIN)
    there = any(os.path.isfile(f"{place}{ending}") for ending in (".mo", ".po"))
    return f"{place}.mo" if there else ""
