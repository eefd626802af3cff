"""The pseudo-language of ``scripts/catalogues.py``, spoken by the screen of a test.

Every word of a message is changed in it, and texts are 40 % longer. So are texts of scenarios and
notes, and the glossary, which are no messages: their files have them in languages.
"""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import catalogues
import pytest

from walkthrough.i18n.catalogue import EXTRA_FOLDER, languages, readable_catalogues
from walkthrough.i18n.languages import ENGLISH
from walkthrough.i18n.texts import Texts
from walkthrough.lesson.glossary import GlossaryEntry, glossary
from walkthrough.tui.features.reference import commands

LANGUAGE = catalogues.PSEUDO
pseudo_text = catalogues.pseudo_text


@cache
def _folder() -> TemporaryDirectory[str]:
    folder = TemporaryDirectory()
    catalogues.pseudo(Path(folder.name, "locale"))
    return folder


def folder() -> Path:
    """Return a folder whose name is the same all the time."""
    return Path(_folder().name)


def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be the pseudo-language; `forget` it once it is not there any more."""
    monkeypatch.setenv(EXTRA_FOLDER, str(folder() / "locale"))
    says = Texts.says

    def said(self: Texts, language: str) -> str:
        return pseudo_text(says(self, ENGLISH)) if language == LANGUAGE else says(self, language)

    monkeypatch.setattr(Texts, "says", said)

    def explained(language: str) -> tuple[GlossaryEntry, ...]:
        entries = glossary(language)
        if language != LANGUAGE:
            return entries
        return tuple(
            GlossaryEntry(entry.key, *map(pseudo_text, (entry.section, entry.term, entry.text)))
            for entry in entries
        )

    monkeypatch.setattr(commands, "glossary", explained)
    forget()


def forget() -> None:
    """Let it be found out again which languages there are."""
    languages.cache_clear()
    readable_catalogues.cache_clear()
