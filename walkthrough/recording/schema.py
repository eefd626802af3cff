"""The JSON Schema of a recording's lines, built from the model. Knows no files.

``docs/recording.schema.json`` is this, printed: ``python -m walkthrough.recording.schema``.
"""

from typing import Any

from walkthrough.formatting import json_schema
from walkthrough.formatting.terminal import show
from walkthrough.model import events, kernel_state, stages, values
from walkthrough.model.events import FORMAT, AnyEvent, Header


def schema() -> dict[str, Any]:
    """Return the schema that every line of a recording, header or event, is valid under."""
    lines = (Header, *AnyEvent.__args__)
    return {
        "$schema": json_schema.DIALECT,
        "title": f"A line of a walkthrough recording, format {FORMAT}",
        "description": "The first line is a Header; every other line is one event.",
        **json_schema.one_of(lines),
        "$defs": json_schema.components(
            [Header | AnyEvent], (events, kernel_state, values, stages)
        ),
    }


def document() -> str:
    """Return the schema as the text that is published."""
    return json_schema.text(schema())


if __name__ == "__main__":
    show(document().removesuffix("\n"))
