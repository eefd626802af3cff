"""The glossary is what the published pages say, in every language."""

import re
from pathlib import Path

import pytest

import walkthrough
from walkthrough.lesson import glossary as module
from walkthrough.lesson.glossary import glossary, page

ROOT = Path(walkthrough.__file__).resolve().parents[1]


def test_both_languages_have_the_same_terms() -> None:
    english, chinese = glossary("en"), glossary("zh")
    assert len(english) == len(chinese) > 80
    assert [entry.key for entry in chinese] == [entry.term for entry in english]
    for entry, other in zip(english, chinese, strict=True):
        assert entry.text != other.text
        assert re.search(r"[\u4e00-\u9fff]", other.text), other
        assert entry.key.partition(" (")[0] in other.term or other.term == entry.key.replace(
            ", ", "、"
        ), other
    assert len({entry.key for entry in english}) == len(english)
    assert len({entry.section for entry in english}) == 3


def test_every_row_of_the_page_is_an_entry_and_no_mark_of_the_page_is_left() -> None:
    text = page("en").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| **")]
    assert len(rows) == len(glossary("en"))
    for language in ("en", "zh"):
        for entry in glossary(language):
            for said in (entry.term, entry.text, entry.section):
                assert "**" not in said
                assert "](" not in said
                assert "`" not in said
                assert said == said.strip() != ""
    terms = {entry.key: entry for entry in glossary("en")}
    assert terms["to fold, to advance"].text.startswith("to make the next world from a world")
    assert "a reducer does it" in terms["to fold, to advance"].text
    assert terms["classroom mode (课堂模式)"].text.startswith("predict mode for")
    assert "* stands for any text" in terms["pattern"].text


def test_the_installed_program_has_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = (ROOT / "pyproject.toml").read_text("utf-8")
    for language in ("en", "zh"):
        source = page(language).relative_to(ROOT)
        assert f'"{source}" = "walkthrough/{module.FOLDER}/{language}.md"' in config
    package = tmp_path / "walkthrough"
    (package / module.FOLDER).mkdir(parents=True)
    (package / module.FOLDER / "en.md").write_text("# G\n\n## W\n\n| **a** | `b` [c](d.md) |\n")
    monkeypatch.setattr(walkthrough, "__file__", str(package / "__init__.py"))
    glossary.cache_clear()
    try:
        assert glossary("en") == (("a", "W", "a", "b c"),)
        assert glossary("zh") == glossary("en"), "there is no page in that language"
        (package / module.FOLDER / "en.md").unlink()
        glossary.cache_clear()
        assert glossary("en") == ()
    finally:
        glossary.cache_clear()
