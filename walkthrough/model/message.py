"""The message: a sentence as data; `walkthrough.i18n.messages` has the functions to make one.

It is part of the model because processes and recordings pass messages on.
"""

from typing import Self, TypeAlias

import msgspec

from walkthrough.model.sentence import fill

Field: TypeAlias = "str | int | float | Message | list[str | int | float | Message]"
"""What a field may hold; messages are translated as well, lists are joined by commas."""


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

    def with_count(self, count: int) -> Self:
        """Return the message with what it counts, for messages in tables."""
        return msgspec.structs.replace(self, count=count)

    def __str__(self) -> str:
        return fill(self.plural if self.plural and self.count != 1 else self.id, self.all_fields())

    def all_fields(self) -> dict[str, Field]:
        """Return the fields, and ``count`` with them if the message counts."""
        return {"count": self.count, **self.fields} if self.plural else self.fields
