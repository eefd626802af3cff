"""Rows of text: how wide they are, and what a terminal would obey."""

import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import walkthrough
from walkthrough.formatting import cells
from walkthrough.scenario.loader import server_folder
from walkthrough.view.text import cell_width, safe

PACKAGE = Path(walkthrough.__file__).parent
SCENARIOS = server_folder().parent


def test_a_character_is_as_wide_as_on_the_screen() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if safe(character) == character:
            assert cell_width(character) == cell_len(character), hex(code)


def test_what_controls_the_terminal_has_no_width() -> None:
    for code in (*range(0x20), *range(0x7F, 0xA0)):
        assert cell_width(chr(code)) == 0
        assert cell_width(f"a{chr(code)}b") == 2


@given(st.text(max_size=80).map(safe))
def test_a_text_is_as_wide_as_on_the_screen(text: str) -> None:
    assert cell_width(text) == cell_len(text)


def test_a_long_text_is_as_wide_as_its_parts() -> None:
    assert cell_width("ab测─" * 300) == 300 * 5


def our_texts() -> list[Path]:
    """Return all files with sentences that are drawn, and all recordings."""
    code = [each for each in PACKAGE.rglob("*") if each.suffix in (".py", ".po", ".toml")]
    ours = [each for each in SCENARIOS.rglob("*") if each.suffix in (".toml", ".go", ".jsonl")]
    return code + ours


def test_every_character_of_our_texts_is_as_wide_as_on_the_screen() -> None:
    files = our_texts()
    assert {each.suffix for each in files} >= {".py", ".toml", ".go", ".jsonl"}
    characters = set[str]().union(*(each.read_text("utf-8") for each in files))
    assert characters >= {"测", "─", "▶", "，"}
    for character in characters:
        assert cell_width(character) == cell_len(character), hex(ord(character))


def test_whatever_is_known_to_be_narrow_is() -> None:
    for character in cells._NARROW:
        assert cells._table_width()(character) == 1 == cell_len(character), hex(ord(character))
