"""The JSON Schema of a recording's lines, built from the model. Knows no files.

``docs/recording.schema.json`` is this, printed: ``python -m walkthrough.recording.schema``.
"""

import json
from typing import Any

import msgspec

from walkthrough.model.events import FORMAT, AnyEvent, Header

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the schema that every line of a recording, header or event, is valid under."""
    built = msgspec.json.schema(Header | AnyEvent)
    return {
        "$schema": _DIALECT,
        "title": f"A line of a walkthrough recording, format {FORMAT}",
        "description": "The first line is a Header; every other line is one event.",
        **built,
    }


def document() -> str:
    """Return the schema as the text that is published."""
    return json.dumps(schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(document(), end="")
