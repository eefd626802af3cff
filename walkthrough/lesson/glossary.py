"""The glossary, read from the pages that are published: docs/glossary.md and its translations.

An entry is a row of a table whose first cell is in bold. The pages of all languages have the same
rows in the same order, which a test holds them to.
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import walkthrough
from walkthrough.i18n.languages import ENGLISH

FOLDER = "glossary"
_ROW = re.compile(r"\| \*\*(.+?)\*\*([^|]*?) *\| (.+?) \|$")
_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
_EMPHASIS = re.compile(r"(?<![\w*])\*{1,2}(\S(?:[^*]*\S)?)\*{1,2}(?![\w*])")


class GlossaryEntry(NamedTuple):
    """One term.

    Attributes:
        key: The term in English, by which it is found in every language.
        section: The heading that it stands under.
        term: The term.
        text: What it means.
    """

    key: str
    section: str
    term: str
    text: str


def page(language: str) -> Path:
    """Return the page of a language: in the installed package, else in ``docs``."""
    package = Path(walkthrough.__file__).resolve().parent
    inside = package / FOLDER / f"{language}.md"
    if inside.is_file():
        return inside
    docs = package.parent / "docs"
    return (docs if language == ENGLISH else docs / language) / "glossary.md"


@cache
def glossary(language: str) -> tuple[GlossaryEntry, ...]:
    """Return all entries in ``language``; in English where there is no such page."""
    english = _read(page(ENGLISH))
    entries = _read(page(language)) if language != ENGLISH else english
    if len(entries) != len(english):
        entries = english
    return tuple(entry._replace(key=key.term) for entry, key in zip(entries, english, strict=True))


def _read(path: Path) -> tuple[GlossaryEntry, ...]:
    try:
        text = path.read_text("utf-8")
    except OSError:
        return ()
    found, section = [], ""
    for line in text.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif (row := _ROW.match(line)) is not None:
            term = _plain(row[1] + row[2])
            found.append(GlossaryEntry(term, section, term, _plain(row[3])))
    return tuple(found)


def _plain(text: str) -> str:
    """Take the marks of Markdown away; what is between backticks stays as it is."""
    parts = text.split("`")
    parts[::2] = [_EMPHASIS.sub(r"\1", _LINK.sub(r"\1", part)) for part in parts[::2]]
    return "".join(parts).replace("\\|", "|").strip()
