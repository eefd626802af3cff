"""What an action is called, and which language a key leads to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from walkthrough.i18n.catalogue import EXTRA_FOLDER, catalogue, languages, readable_catalogues
from walkthrough.tui.widgets.action import next_catalogue
from walkthrough.tui.widgets.actions import ACTIONS

HEAD = """msgid ""
msgstr ""
"Language: LANGUAGE\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgctxt "this language's own name"
msgid "English"
msgstr "tlhIngan Hol"
"""
LANGUAGE = next(action for action in ACTIONS if action.id == "language")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a folder of further catalogues."""

    def forget() -> None:
        for known in (catalogue, languages, readable_catalogues):
            known.cache_clear()

    monkeypatch.setenv(EXTRA_FOLDER, str(tmp_path))
    forget()
    yield tmp_path
    forget()


def write(folder: Path, language: str, content: str) -> None:
    file = folder / language / "LC_MESSAGES" / "walkthrough.po"
    file.parent.mkdir(parents=True)
    file.write_text(content)


def test_the_key_goes_round_all_languages(folder: Path) -> None:
    write(folder, "tlh", HEAD.replace("LANGUAGE", "tlh"))
    assert [next_catalogue(each).language for each in ("en", "tlh", "zh")] == ["tlh", "zh", "en"]
    assert LANGUAGE.name(catalogue("en")) == "tlhIngan Hol"


def test_a_language_whose_catalogue_is_broken_is_passed_over(folder: Path) -> None:
    write(folder, "tlh", "garbage")
    assert [next_catalogue(each).language for each in ("en", "zh")] == ["zh", "en"]
    assert next_catalogue("tlh").language == "en"
    assert all(action.in_every_language(action.label) for action in ACTIONS)


def test_it_is_named_in_the_language_that_it_leads_to() -> None:
    assert LANGUAGE.name(catalogue("en")) == "中文"
    assert LANGUAGE.name(catalogue("zh")) == "English"
