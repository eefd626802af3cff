"""Sentences with ``{name}`` for each field, filled in. Needs no msgspec, unlike messages."""

import re
from collections.abc import Mapping

_FIELD = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*)\}")


def fill(sentence: str, fields: Mapping[str, object], comma: str = ", ") -> str:
    """Return a sentence with its fields filled in.

    Nothing but names is understood between braces, since sentences come from catalogues and from
    other processes: what has no field stays unchanged.

    Args:
        sentence: With ``{name}`` for each field.
        fields: By name.
        comma: The separator of a list's parts.
    """

    def replacement(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return found[0][0]
        return _joined(fields[name], comma) if name in fields else found[0]

    return _FIELD.sub(replacement, sentence) if "{" in sentence or "}" in sentence else sentence


def names_of(sentence: str) -> set[str]:
    """Return the names of a sentence's fields."""
    return {found[1] for found in _FIELD.finditer(sentence) if found[1]}


def _joined(value: object, comma: str) -> str:
    if isinstance(value, list):
        return comma.join(_joined(part, comma) for part in value)
    return str(value)
