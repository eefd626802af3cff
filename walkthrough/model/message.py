"""The message: a sentence as data; `walkthrough.i18n.messages` has the functions to make one.

It is part of the model because processes and recordings pass messages on.
"""

import re
from typing import Self, TypeAlias

import msgspec

Field: TypeAlias = "str | int | float | Message | list[str | int | float | Message]"
"""What a field may hold; messages are translated as well, lists are joined by commas."""

_FIELD = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w*)\}")


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """A sentence in no language yet; as a string, it is English.

    Attributes:
        id: The sentence in English, with ``{name}`` for each field; ``{{`` and ``}}`` are braces.
        fields: The values of the names.
        plural: The sentence for other counts than one, empty if it does not count.
        count: With ``plural``, what is counted: the field ``count``.
        context: Distinguishes messages that are the same in English, but not elsewhere.
    """

    id: str
    fields: "dict[str, str | int | float | Message | list[str | int | float | Message]]" = {}
    plural: str = ""
    count: int = 0
    context: str = ""

    def with_fields(self, **fields: Field) -> Self:
        """Return the message with more fields, for messages in tables."""
        return msgspec.structs.replace(self, fields={**self.fields, **fields})

    def __str__(self) -> str:
        return fill(self.plural if self.plural and self.count != 1 else self.id, self.all_fields())

    def all_fields(self) -> dict[str, Field]:
        """Return the fields, and ``count`` with them if the message counts."""
        return {"count": self.count, **self.fields} if self.plural else self.fields


def fill(sentence: str, fields: dict[str, Field], comma: str = ", ") -> str:
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


def _joined(value: Field, comma: str) -> str:
    if isinstance(value, list):
        return comma.join(_joined(part, comma) for part in value)
    return str(value)
