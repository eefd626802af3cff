"""The JSON Schemas of ``scenario.toml`` and ``lesson.toml``, made from the structs. Reads no file.

``docs/scenario.schema.json`` and ``docs/lesson.schema.json`` are these, printed:
``python -m walkthrough.lesson.schema scenario`` and ``... lesson``. An editor that knows TOML takes
them; what only makes sense together (a client that acts before it has connected) they cannot say.
"""

import inspect
import json
import re
import sys
from enum import StrEnum
from typing import Any

import msgspec

from walkthrough.lesson import format as files
from walkthrough.lesson.mistakes.questions import FEWEST, MOST
from walkthrough.lesson.notes import LISTS, Note

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ATTRIBUTE = re.compile(r"(\w+): (.*)", re.DOTALL)


class Kind(StrEnum):
    """Which file."""

    SCENARIO = "scenario"
    LESSON = "lesson"


_STRUCTS: dict[Kind, type[msgspec.Struct]] = {
    Kind.SCENARIO: files.Scenario,
    Kind.LESSON: files.LessonFile,
}


def schema(kind: Kind) -> dict[str, Any]:
    """Return the schema under which a scenario's ``KIND.toml`` is valid."""
    struct = _STRUCTS[kind]
    ((reference,), definitions) = msgspec.json.schema_components(
        [struct], ref_template="#/$defs/{name}"
    )
    for name, definition in definitions.items():
        _describe(definition, getattr(files, name, Note if name == "Note" else None))
    _narrow(definitions)
    return {
        "$schema": _DIALECT,
        "title": f"{kind}.toml of a walkthrough scenario",
        **reference,
        "$defs": definitions,
    }


def _describe(definition: dict[str, Any], described: type | None) -> None:
    """Give each key the sentence that the struct's docstring has for it."""
    definition.pop("title", None)
    if described is None:
        definition["description"] = _plain(definition["description"].partition("\n\n")[0])
        return
    told = inspect.cleandoc(described.__doc__ or "")
    intro, _, attributes = told.partition("\n\nAttributes:\n")
    definition["description"] = _plain(intro)
    properties = definition.get("properties", {})
    for entry in re.split(r"\n(?=    \w)", attributes):
        if (found := _ATTRIBUTE.match(entry.strip())) is not None and found[1] in properties:
            properties[found[1]] = {"description": _plain(found[2]), **properties[found[1]]}


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


def _narrow(definitions: dict[str, dict[str, Any]]) -> None:
    """Say what the structs' types do not: the words that are allowed, and what may be left out."""
    if "Scenario" in definitions:
        scenario = definitions["Scenario"]
        scenario["required"].remove("name")  # the folder's name by default
        scenario["properties"]["network"]["enum"] = list(files.NETWORKS)
        for name in ("ServerOptions", "Neighbour"):
            definitions[name]["properties"]["control"]["items"]["enum"] = list(files.OPTIONS)
        calls = definitions["Fault"]["properties"]["call"]
        calls["enum"] = ["", *files.CALLS]
    if "Note" in definitions:
        note = definitions["Note"]["properties"]
        for key in LISTS:
            written = {"anyOf": [{"type": "string"}, _without(note[key], "default")]}
            note[key] = {"description": written["anyOf"][1].pop("description", ""), **written}
        choice = definitions["Question"]["properties"]["choice"]
        choice |= {"minItems": FEWEST, "maxItems": MOST}


def _without(table: dict[str, Any], key: str) -> dict[str, Any]:
    return {each: value for each, value in table.items() if each != key}


def document(kind: Kind) -> str:
    """Return a schema as the text that is published."""
    return json.dumps(schema(kind), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Print the schema that is asked for; 2 if it is none."""
    try:
        (name,) = arguments
        kind = Kind(name)
    except ValueError:
        print("usage: python -m walkthrough.lesson.schema scenario|lesson", file=sys.stderr)
        return 2
    print(document(kind), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
