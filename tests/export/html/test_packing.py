"""Nothing in a page's data can be taken for markup, and its policy allows its own parts alone."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkthrough.export.html.packing import escaped, packed, policy, unpacked

HOSTILE = "</script><!--<script>\u2028\u2029\x00\x1b[31m\u202e'\"&"


@given(st.recursive(st.text(st.characters(codec="utf-8")) | st.integers(), st.lists))
def test_data_is_the_same_when_it_is_unpacked(data: object) -> None:
    assert unpacked(packed(data)) == data


def test_packed_data_is_nothing_but_letters_and_digits() -> None:
    spelled = packed([HOSTILE] * 9)
    assert set(spelled) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n"
    )
    assert unpacked(spelled) == [HOSTILE] * 9


def test_a_lone_surrogate_does_no_harm() -> None:
    assert unpacked(packed(["\ud800x"])) == ["?x"]


@pytest.mark.parametrize("character", HOSTILE)
def test_text_in_the_markup_is_escaped(character: str) -> None:
    said = escaped(f"a{character}b")
    assert not {*"<>\"'\x00\x1b\u2028\u2029\u202e"} & {*said}
    assert said.replace("&", "", 1).count("&") == 0


def test_the_policy_names_the_script_and_the_style_and_nothing_else() -> None:
    script, style = "let a = 1;", "b{}"
    said = dict(part.split(" ", 1) for part in policy(script, style).split("; "))

    def digest(content: str) -> str:
        found = hashlib.sha256(content.encode()).digest()
        return f"'sha256-{base64.b64encode(found).decode()}'"

    assert said["default-src"] == "'none'"
    assert said["script-src"] == digest(script)
    assert said["style-src"] == digest(style)
    assert said["img-src"] == "data:"
    assert not [value for value in said.values() if "unsafe" in value or "*" in value]
