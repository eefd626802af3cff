"""A schema's spelling and its descriptions do not depend on the library that builds it."""

import sys
from typing import Any

import msgspec
import pytest

from walkthrough.formatting.json_schema import canonical, components, one_of, text


class Base(msgspec.Struct, tag_field="type"):
    """What both have.

    Attributes:
        seq: Its number,
            from 0.
    """

    seq: int


class Told(Base, tag="told"):
    """Something ``told``.

    And explained.

    Attributes:
        by: Who said it.
    """

    by: str = ""
    odd: int | str | None = None


class Other(Base, tag="other"):
    """Something else."""


def built() -> dict[str, Any]:
    return components([Told | Other], [sys.modules[__name__]])


def test_descriptions_are_the_docstrings_in_one_line() -> None:
    found = built()["Told"]
    assert found["description"] == "Something `told`. And explained."
    assert found["properties"]["by"]["description"] == "Who said it."
    assert found["properties"]["seq"]["description"] == "Its number, from 0."
    assert "description" not in found["properties"]["odd"]


def test_a_definition_that_no_module_describes_is_refused() -> None:
    with pytest.raises(LookupError, match=r"Told|Other"):
        components([Told | Other], [msgspec])


def test_components_are_canonical() -> None:
    definitions = built()
    assert canonical(definitions) == definitions
    assert one_of([Told, Other])["anyOf"][0] == {"$ref": "#/$defs/Told"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"anyOf": [{"type": "integer"}, {"anyOf": [{"type": "null"}, {"type": "string"}]}]},
         {"anyOf": [{"type": "string"}, {"type": "null"}, {"type": "integer"}]}),
        ({"required": []}, {}),
        ({"required": ["b", "a"]}, {"required": ["a", "b"]}),
        ({"enum": ["b", "a"], "title": "Letter"}, {"enum": ["a", "b"]}),
        ({"discriminator": {"propertyName": "kind"}}, {}),
    ],
)  # fmt: skip
def test_the_same_meaning_is_spelled_once(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"default": ["b", "a"]}, {"default": ["a", "b"]}),
        ({"properties": {"title": {"type": "string"}}}, {"properties": {}}),
        ({"properties": {"required": {}}}, {"properties": {}}),
        ({"anyOf": [{"type": "null"}]}, {"type": "null"}),
        ({"description": "one"}, {"description": "other"}),
    ],
)
def test_what_differs_in_meaning_stays_different(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert canonical(one) != canonical(other)


def test_the_text_ends_with_a_newline_and_keeps_chinese() -> None:
    assert text({"title": "名"}) == '{\n  "title": "名"\n}\n'
