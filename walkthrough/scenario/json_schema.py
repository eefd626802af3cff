"""The JSON Schemas of ``scenario.toml`` and ``lesson.toml``, made from the structs. Reads no file.

``docs/scenario.schema.json`` and ``docs/lesson.schema.json`` are these, printed:
``python -m walkthrough.scenario.json_schema scenario`` and ``... lesson``. An editor that knows
TOML uses them; what depends on several keys (a client that acts before it has connected) they
cannot express.
"""

import sys
from enum import StrEnum
from typing import Any

import msgspec

from walkthrough.formatting import json_schema
from walkthrough.formatting.terminal import say, show
from walkthrough.i18n.languages import ENGLISH
from walkthrough.i18n.texts import Texts, schema_of
from walkthrough.model import stages
from walkthrough.scenario import schema as files
from walkthrough.scenario.validation.question_rules import FEWEST, MOST
from walkthrough.source import notes
from walkthrough.source.notes import LISTS, SAYS


class SchemaKind(StrEnum):
    """Which file."""

    SCENARIO = "scenario"
    LESSON = "lesson"
    LAB = "lab"


_BESIDE = (ENGLISH, "zh")
"""The languages that there were when texts were beside a table's other keys."""
_STRUCTS: dict[SchemaKind, type[msgspec.Struct]] = {
    SchemaKind.SCENARIO: files.Scenario,
    SchemaKind.LESSON: files.LessonFile,
    SchemaKind.LAB: files.LabFile,
}


def schema(kind: SchemaKind) -> dict[str, Any]:
    """Return the schema under which a scenario's ``KIND.toml`` is valid."""
    definitions = json_schema.components([_STRUCTS[kind]], (files, notes, stages), _referred)
    definitions[Texts.__name__] = json_schema.canonical(schema_of(Texts))
    _narrow(definitions)
    return {
        "$schema": json_schema.DIALECT,
        "title": f"{kind}.toml of a walkthrough scenario",
        **json_schema.reference(_STRUCTS[kind]),
        "$defs": definitions,
    }


def _referred(kind: type) -> dict[str, Any]:
    """Return the schema of a type that msgspec does not know: where it is defined."""
    schema_of(kind)  # raises for any other
    return json_schema.reference(kind)


def _narrow(definitions: dict[str, dict[str, Any]]) -> None:
    """Add what the structs' types do not say: the allowed words, and what may be omitted."""
    if "Scenario" in definitions:
        scenario = definitions["Scenario"]
        scenario["required"].remove("name")  # the folder's name by default
        scenario["properties"]["network"]["enum"] = list(files.NETWORKS)
        for name in ("ServerOptions", "Neighbour"):
            definitions[name]["properties"]["control"]["items"]["enum"] = list(files.OPTIONS)
        calls = definitions["Fault"]["properties"]["call"]
        calls["enum"] = ["", *files.CALLS]
    for name, described in (("Note", "The note."), ("Choice", "The answer.")):
        if name in definitions:
            definitions[name]["properties"][SAYS]["description"] = described
            _allow_texts_beside(definitions[name])
    if "Note" in definitions:
        note = definitions["Note"]["properties"]
        for key in LISTS:
            written = {"anyOf": [{"type": "string"}, _without(note[key], "default")]}
            note[key] = {"description": written["anyOf"][1].pop("description", ""), **written}
        choice = definitions["Question"]["properties"]["choice"]
        choice |= {"minItems": FEWEST, "maxItems": MOST}


def _allow_texts_beside(definition: dict[str, Any]) -> None:
    """Allow the texts of a table beside its other keys, as files written before have them."""
    properties = definition["properties"]
    for language in _BESIDE:
        properties[language] = {
            "type": "string",
            "minLength": 1,
            "description": f"The same as `{SAYS}.{language}`, in files written before there was "
            f"`{SAYS}`.",
            "deprecated": True,
        }
    definition["required"].remove(SAYS)
    definition["anyOf"] = [
        {"required": [SAYS], "properties": dict.fromkeys(_BESIDE, False)},
        {"required": [ENGLISH], "properties": {SAYS: False}},
    ]


def _without(table: dict[str, Any], key: str) -> dict[str, Any]:
    return {each: value for each, value in table.items() if each != key}


def document(kind: SchemaKind) -> str:
    """Return a schema as the text that is published."""
    return json_schema.text(schema(kind))


def main(arguments: list[str]) -> int:
    """Print the requested schema; return 2 if there is no such schema."""
    try:
        (name,) = arguments
        kind = SchemaKind(name)
    except ValueError:
        say("usage: python -m walkthrough.scenario.json_schema scenario|lesson|lab")
        return 2
    show(document(kind).removesuffix("\n"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
