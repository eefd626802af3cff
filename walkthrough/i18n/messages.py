"""Messages: an English sentence, its id in the catalogues, with what varies as fields.

A message is data. It can be raised, compared and sent to another process; what it says in a
language is asked of a `walkthrough.i18n.catalogue.Catalogue`. ``scripts/catalogues.py`` finds the
calls of `message`, `plural` and `in_context` in the code, so their sentences are literals.
"""

from typing import overload

from msgspec import structs

from walkthrough.formatting.escaping import printable
from walkthrough.model.message import Field, Message

__all__ = [
    "Field",
    "Message",
    "escaped",
    "in_context",
    "message",
    "plural",
]


@overload
def escaped(said: Message) -> Message: ...


@overload
def escaped(said: str) -> str: ...


@overload
def escaped(said: Message | str) -> Message | str: ...


def escaped(said: Message | str) -> Message | str:
    """Return what is said, fit for any terminal: for sentences that quote files or names."""
    return printable(said) if isinstance(said, str) else _escaped(said)


def _escaped(said: Message) -> Message:
    fields: dict[str, Field] = {
        name: [*map(_printable, value)] if isinstance(value, list) else _printable(value)
        for name, value in said.fields.items()
    }
    return structs.replace(said, fields=fields)


def _printable(value: str | int | float | Message) -> str | int | float | Message:
    match value:
        case str():
            return printable(value)
        case Message():
            return _escaped(value)
    return value


def message(sentence: str, /, **fields: Field) -> Message:
    """Return what is said by ``sentence``, an English one with ``{name}`` for each field."""
    return Message(sentence, fields)


def plural(one: str, many: str, count: int, /, **fields: Field) -> Message:
    """Return what ``one`` says if ``count`` is 1, else ``many``; both may use ``{count}``."""
    return Message(one, fields, many, count)


def in_context(context: str, sentence: str, /, **fields: Field) -> Message:
    """Return what is said by ``sentence`` in one of several meanings, which ``context`` names."""
    return Message(sentence, fields, context=context)
