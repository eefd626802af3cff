"""Sentences with ``{name}`` for each field, filled in. Needs no msgspec, unlike messages."""

import re
from collections.abc import Mapping
from functools import lru_cache

_FIELD = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*)\}")
_MOST_KEPT = 512
"""The pieces of a sentence are kept if it has no more characters."""


def fill(sentence: str, fields: Mapping[str, object], comma: str = ", ") -> str:
    """Return a sentence with its fields filled in.

    Nothing but names is understood between braces, since sentences come from catalogues and from
    other processes: what has no field stays unchanged.

    Args:
        sentence: With ``{name}`` for each field.
        fields: By name.
        comma: The separator of a list's parts.
    """
    if "{" not in sentence and "}" not in sentence:
        return sentence
    parts = _known_parts(sentence) if len(sentence) <= _MOST_KEPT else _parts(sentence)
    return "".join(
        [_joined(fields[name], comma) if name and name in fields else text for text, name in parts]
    )


def _parts(sentence: str) -> list[tuple[str, str]]:
    """Return a sentence as pieces: what is written there, and the field's name, "" for text."""
    parts, at = [], 0
    for found in _FIELD.finditer(sentence):
        parts.append((sentence[at : found.start()], ""))
        parts.append((found[0], found[1]) if found[1] else (found[0][0], ""))
        at = found.end()
    return [*parts, (sentence[at:], "")]


_known_parts = lru_cache(maxsize=1024)(_parts)


def names_of(sentence: str) -> set[str]:
    """Return the names of a sentence's fields."""
    return {found[1] for found in _FIELD.finditer(sentence) if found[1]}


def _joined(value: object, comma: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return comma.join(_joined(part, comma) for part in value)
    return str(value)
