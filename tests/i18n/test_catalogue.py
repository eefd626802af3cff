"""Catalogues say messages in a language; what is wrong with one costs its language alone."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from walkthrough.i18n import catalogue as catalogues
from walkthrough.i18n.catalogue import (
    EXTRA_FOLDER,
    CatalogueError,
    catalogue,
    catalogue_or_english,
    language_of_locale,
    languages,
)
from walkthrough.i18n.catalogue_files import compile_catalogue
from walkthrough.i18n.messages import in_context, message, plural

HEAD = """msgid ""
msgstr ""
"Language: tlh\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

"""
ENTRIES = """msgid "{file} is empty."
msgstr "leer: {file}"

msgid "{count} line"
msgid_plural "{count} lines"
msgstr[0] "{count} Zeile"
msgstr[1] "{count} Zeilen"

msgctxt "a pane"
msgid "Note"
msgstr "Notiz"

msgctxt "between the parts of a list"
msgid ", "
msgstr " + "
"""


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Nothing is remembered from one test to the next."""
    catalogue.cache_clear()
    languages.cache_clear()
    yield
    catalogue.cache_clear()
    languages.cache_clear()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the place of a further catalogue."""
    monkeypatch.setenv(EXTRA_FOLDER, str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "tlh" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    return folder / "walkthrough.po"


def test_a_catalogue_says_messages(file: Path) -> None:
    file.write_text(HEAD + ENTRIES)
    tr = catalogue("tlh")
    assert tr(message("{file} is empty.", file="a")) == "leer: a"
    assert tr("{file} is empty.", file="a") == "leer: a"
    assert [tr.plural("{count} line", "{count} lines", count) for count in (0, 1, 2)] == [
        "0 Zeile",
        "1 Zeile",
        "2 Zeilen",
    ]
    assert tr(plural("{count} line", "{count} lines", 5)) == "5 Zeilen"
    assert tr(in_context("a pane", "Note")) == tr.in_context("a pane", "Note") == "Notiz"
    assert tr("Note") == "Note"
    assert (
        tr(message("{all}", all=[1, plural("{count} line", "{count} lines", 1)])) == "1 + 1 Zeile"
    )
    assert tr.text("{file} is empty.") == "{file} is empty."


def test_what_is_not_translated_is_english_and_known_to_be(file: Path) -> None:
    file.write_text(HEAD + ENTRIES)
    tr = catalogue("tlh")
    assert tr(message("{file} is torn.", file="a")) == "a is torn."
    assert not tr.knows(message("{file} is torn.", file="a"))
    assert tr.knows(message("{file} is empty.", file="a"))
    assert catalogue("en").knows("anything")


def test_an_english_message_needs_no_catalogue() -> None:
    assert catalogue("en")(plural("{count} line", "{count} lines", 2)) == "2 lines"


def test_languages_are_those_with_a_catalogue(file: Path) -> None:
    english, *shipped = languages()
    assert english == "en"
    assert "zh" in shipped
    with_another = (english, *sorted([*shipped, "tlh"]))
    languages.cache_clear()
    file.write_text(HEAD)
    assert languages() == with_another
    languages.cache_clear()
    odd = file.parents[2] / "..evil" / "LC_MESSAGES"
    odd.mkdir(parents=True)
    (odd / "walkthrough.po").write_text(HEAD)
    assert languages() == with_another


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("zh_CN.UTF-8", "zh"),
        ("zh", "zh"),
        ("ZH_TW", "zh"),
        ("C.UTF-8", "en"),
        ("POSIX", "en"),
        ("qaa_DE@euro", "en"),
        ("", "en"),
        ("../zh", "en"),
    ],
)
def test_the_language_of_a_locale(name: str, language: str) -> None:
    assert language_of_locale(name) == language


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\xfe", "UTF-8"),
        (HEAD.encode() + b"garbage\n", "line"),
        (HEAD.replace("n > 1", "open('x')").encode() + ENTRIES.encode(), "plural"),
    ],
)
def test_a_broken_catalogue_costs_its_language_alone(file: Path, content: bytes, why: str) -> None:
    file.write_bytes(content)
    with pytest.raises(CatalogueError, match=why) as caught:
        catalogue("tlh")
    assert str(file) in str(caught.value)
    tr, trouble = catalogue_or_english("tlh")
    assert tr.language == "en"
    assert "reinstall" in str(trouble)


@pytest.mark.parametrize("language", ["xx", "", "../../etc", "zh\x1b[2J"])
def test_a_language_without_catalogue_is_refused(language: str) -> None:
    with pytest.raises(CatalogueError, match="there are: en, ") as caught:
        catalogue(language)
    assert str(caught.value).isprintable()


def test_what_is_compiled_is_kept_by_what_it_says(file: Path) -> None:
    file.write_text(HEAD + ENTRIES)
    assert catalogue("tlh")("{file} is empty.", file=1) == "leer: 1"
    (kept,) = (file.parents[2] / "cache" / "walkthrough" / "locale").iterdir()
    catalogue.cache_clear()
    file.write_text(HEAD + ENTRIES.replace("leer", "nichts"))
    assert catalogue("tlh")("{file} is empty.", file=1) == "nichts: 1"
    kept.write_bytes(b"not a catalogue")
    file.write_text(HEAD + ENTRIES)
    catalogue.cache_clear()
    assert catalogue("tlh")("{file} is empty.", file=1) == "leer: 1"


def test_a_cache_that_others_may_write_to_is_not_used(file: Path) -> None:
    file.write_text(HEAD + ENTRIES)
    assert catalogue("tlh")("{file} is empty.", file=1) == "leer: 1"
    folder = file.parents[2] / "cache" / "walkthrough" / "locale"
    (kept,) = folder.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    forged = compile_catalogue((HEAD + ENTRIES.replace("leer", "falsch")).encode())
    kept.write_bytes(forged)
    catalogue.cache_clear()
    assert catalogue("tlh")("{file} is empty.", file=1) == "falsch: 1", "it is what is read"
    folder.chmod(0o777)
    catalogue.cache_clear()
    assert catalogue("tlh")("{file} is empty.", file=1) == "leer: 1"
    assert kept.read_bytes() == forged


def test_a_cache_that_cannot_be_written_does_no_harm(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file.parents[2] / "a-file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(file.parents[2] / "a-file"))
    file.write_text(HEAD + ENTRIES)
    assert catalogue("tlh")("{file} is empty.", file=1) == "leer: 1"


def test_every_message_of_the_code_is_translated() -> None:
    script = Path(catalogues.__file__).parents[2] / "scripts" / "catalogues.py"
    checked = subprocess.run([sys.executable, script, "check"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
