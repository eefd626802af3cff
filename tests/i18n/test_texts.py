"""Texts: one text by languages, in which English is always there and stands for the others."""

import msgspec
import pytest

from walkthrough.i18n.languages import is_language
from walkthrough.i18n.texts import Texts, TextsError, decoded, join_lines, schema_of


class Titled(msgspec.Struct):
    """A struct with a text."""

    title: Texts


def test_a_missing_language_falls_back_to_english() -> None:
    text = Texts({"en": "One", "zh": "一"})
    assert [text.says(language) for language in ("en", "zh", "fr", "")] == [
        "One",
        "一",
        "One",
        "One",
    ]
    assert str(text) == "One"
    assert dict(text) == {"en": "One", "zh": "一"}


def test_a_country_s_variant_falls_back_to_the_language() -> None:
    text = Texts({"en": "One", "pt": "Um", "zh_TW": "壹"})
    assert text.says("pt_BR") == "Um"
    assert text.says("zh_TW") == "壹"
    assert text.says("zh") == "One"


@pytest.mark.parametrize(
    ("given", "said", "language"),
    [
        ({"zh": "一"}, "missing key 'en'.", ""),
        ({}, "missing key 'en'.", ""),
        ({"en": " \n"}, "en is empty; it has to say something.", "en"),
        ({"en": "One", "zh": ""}, "zh is empty; it has to say something.", "zh"),
        ({"en": "One", "english": "x"}, "unknown key 'english'; a text has languages", "english"),
        ({"en": "One", "\x1b[2J": "x"}, "unknown key '\\x1b[2J'; a text has", "\x1b[2J"),
    ],
)
def test_a_mistake_is_named(given: dict[str, str], said: str, language: str) -> None:
    with pytest.raises(TextsError) as error:
        Texts(given)
    assert str(error.value).startswith(said)
    assert error.value.language == language


def test_equal_texts_are_one() -> None:
    assert Texts({"en": "a\nb"}) == Texts({"en": "a b"})
    assert len({Texts({"en": "a"}), Texts({"en": "a"}), Texts({"en": "b"})}) == 2
    assert Texts({"en": "a"}) != Texts({"en": "a", "zh": "一"})


def test_msgspec_reads_them() -> None:
    read = msgspec.convert({"title": {"en": "One", "de": "Eins"}}, Titled, dec_hook=decoded)
    assert read.title.says("de") == "Eins"


@pytest.mark.parametrize(
    "given", ["One", ["One"], {"en": 1}, {"zh": "一"}, {"en": "One", "x": "y"}]
)
def test_what_is_no_table_of_texts_is_refused(given: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"title": given}, Titled, dec_hook=decoded)


def test_their_schema_knows_which_keys_are_languages() -> None:
    schema = schema_of(Texts)
    assert schema["required"] == ["en"]
    with pytest.raises(NotImplementedError):
        schema_of(int)


@pytest.mark.parametrize("code", ["en", "zh", "gsw", "pt_BR", "zh_Hant"])
def test_what_may_be_a_language(code: str) -> None:
    assert is_language(code)


@pytest.mark.parametrize("code", ["", "e", "EN", "english", "zh-CN", "zh_cn", "en\n", "../zh"])
def test_what_is_no_language(code: str) -> None:
    assert not is_language(code)


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("One\ntwo.\n", "One two."),
        ("一，\n二。\n三\n四\nGo\nGo", "一，二。三四 Go Go"),
        ("\n  spaced   out \n", "spaced out"),
    ],
)
def test_lines_are_joined_as_the_language_does(text: str, joined: str) -> None:
    assert join_lines(text) == joined
