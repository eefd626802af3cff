"""Converts a TOML document to the structs of `schema`, naming the first thing that does not fit.

The structs define which keys exist, of which type and within which bounds; this is not
repeated here.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from walkthrough.i18n.languages import ENGLISH
from walkthrough.i18n.messages import Message, message
from walkthrough.i18n.texts import Texts, TextsError, decoded
from walkthrough.scenario.validation.errors import (
    Keys,
    Mistake,
    ScenarioError,
    TomlLines,
    instead,
    mistake,
    sentence,
)
from walkthrough.source import toml_text

T = TypeVar("T", bound=msgspec.Struct)

_TEXT, _LIST, _TABLE = message("a text"), message("a list"), message("a table")

_CALLED: dict[type[inspect.Type], Message] = {
    inspect.StrType: _TEXT,
    inspect.IntType: message("a whole number"),
    inspect.FloatType: message("a number"),
    inspect.BoolType: message("true or false"),
    inspect.EnumType: _TEXT,
    inspect.LiteralType: _TEXT,
    inspect.VarTupleType: _LIST,
    inspect.DictType: _TABLE,
    inspect.StructType: _TABLE,
    inspect.CustomType: _TABLE,
}


class TomlDocument:
    """A parsed file, and what to call it.

    Attributes:
        called: Its name in a message.
        content: Its tables.
    """

    def __init__(self, text: str, called: str) -> None:
        """Parse ``text``.

        Raises:
            ScenarioError: It is not TOML.
        """
        self.called = called
        self._text = text
        try:
            self.content: dict[str, Any] = toml_text.parse(text)
        except toml_text.TomlError as error:
            raise ScenarioError(
                message("{file} is not TOML: {why}.", file=called, why=error.message)
            ) from None

    def error(self, mistake: Mistake) -> ScenarioError:
        """Return a mistake in this document as the error to raise."""
        return ScenarioError(sentence(self.called, mistake, TomlLines(self._text)))

    def convert(self, struct: type[T]) -> T:
        """Return the content as a ``struct``.

        Raises:
            ScenarioError: It does not fit; the first mistake is named.
        """
        try:
            return msgspec.convert(self.content, struct, dec_hook=decoded)
        except (msgspec.ValidationError, RecursionError) as error:
            why = str(error)
        # It refuses all that is looked for here, and says so in the words of its own types.
        for misfit in _misfits(self.content, _type_info(struct), ()):
            raise self.error(misfit)
        raise ScenarioError(message("{file}: {why}.", file=self.called, why=why))


@cache
def _type_info(struct: type[msgspec.Struct]) -> inspect.Type:
    return inspect.type_info(struct)


def _misfits(value: object, wanted: inspect.Type, keys: Keys) -> Iterator[Mistake]:
    """Yield what keeps ``value`` from being of the type ``wanted``, from the outside inwards."""
    match wanted:
        case inspect.UnionType(types=types):
            present = next(each for each in types if not isinstance(each, inspect.NoneType))
            yield from _misfits(value, present, keys)
        case inspect.StructType() if isinstance(value, Mapping):
            yield from _in_table(value, wanted, keys)
        case inspect.VarTupleType() if isinstance(value, list):
            for at, item in enumerate(value):
                yield from _misfits(item, wanted.item_type, (*keys, at))
        case inspect.CustomType(cls=cls) if cls is Texts and isinstance(value, Mapping):
            yield from _in_texts(value, keys)
        case inspect.DictType() if isinstance(value, Mapping):
            for key, item in value.items():
                yield from _misfits(item, wanted.value_type, (*keys, str(key)))
        case inspect.EnumType() if isinstance(value, str):
            yield from _no_choice(value, [member.value for member in wanted.cls], keys)
        case inspect.LiteralType() if isinstance(value, str):
            yield from _no_choice(value, [str(each) for each in wanted.values], keys)
        case inspect.IntType() if isinstance(value, int) and not isinstance(value, bool):
            yield from _out_of_bounds(value, wanted, keys)
        case inspect.FloatType() if isinstance(value, int | float) and not isinstance(value, bool):
            yield from _out_of_bounds(value, wanted, keys)
        case inspect.StrType() if isinstance(value, str):
            return
        case inspect.BoolType() if isinstance(value, bool):
            return
        case _:
            what = _CALLED.get(type(wanted), message("something else"))
            if isinstance(wanted, inspect.VarTupleType) and isinstance(value, Mapping) and keys:
                what = message("a list of tables, each begun with [[{name}]]", name=_path(keys))
            yield mistake(
                keys,
                "{key} has to be {wanted}, and is {found}.",
                key=_name(keys),
                wanted=what,
                found=_found(value),
            )


def _in_table(
    table: Mapping[str, object], wanted: inspect.StructType, keys: Keys
) -> Iterator[Mistake]:
    fields = {field.encode_name: field for field in wanted.fields}
    for key in table:
        if key not in fields:
            yield mistake(
                (*keys, key),
                "unknown key {key}; {instead}",
                key=ascii(key),
                instead=instead(key, fields),
            )
    for key, field in fields.items():
        if key in table:
            yield from _misfits(table[key], field.type, (*keys, key))
        elif field.required:
            yield Mistake(keys, _missing(key, keys))


def _in_texts(texts: Mapping[str, object], keys: Keys) -> Iterator[Mistake]:
    """Yield what is wrong with a table of texts by languages."""
    for language, text in texts.items():
        yield from _misfits(text, inspect.StrType(), (*keys, language))
    said = {language: text for language, text in texts.items() if isinstance(text, str)}
    try:
        Texts({ENGLISH: "-", **said})
    except TextsError as error:
        yield Mistake((*keys, error.language), error.message)
    if ENGLISH not in texts:
        yield Mistake(keys, _missing(ENGLISH, keys))


def _missing(key: str, keys: Keys) -> Message:
    """Say that a key is missing; for a table that is in no array, where."""
    if keys and isinstance(keys[-1], str):
        return message("missing key {key} in [{table}].", key=ascii(key), table=_path(keys))
    return message("missing key {key}.", key=ascii(key))


def _no_choice(value: str, allowed: list[str], keys: Keys) -> Iterator[Mistake]:
    if value not in allowed:
        yield mistake(
            keys,
            "{key} is {found}; {instead}",
            key=_name(keys),
            found=ascii(value),
            instead=instead(value, filter(None, allowed)),
        )


def _out_of_bounds(
    value: float, wanted: inspect.IntType | inspect.FloatType, keys: Keys
) -> Iterator[Mistake]:
    fits = (
        (wanted.ge is None or value >= wanted.ge)
        and (wanted.gt is None or value > wanted.gt)
        and (wanted.le is None or value <= wanted.le)
    )
    if fits:
        return
    yield Mistake(keys, _bounds(wanted).with_fields(key=_name(keys), found=value))


def _bounds(wanted: inspect.IntType | inspect.FloatType) -> Message:
    low: float | None = wanted.ge if wanted.ge is not None else wanted.gt
    if low is None:
        assert wanted.le is not None
        return message("{key} is {found}; allowed is at most {most}.", most=wanted.le)
    if wanted.le is None and wanted.ge is not None:
        return message("{key} is {found}; allowed is at least {least}.", least=low)
    if wanted.le is None:
        return message("{key} is {found}; allowed is more than {bound}.", bound=low)
    if wanted.ge is not None:
        said = message("{key} is {found}; allowed is at least {least} and at most {most}.")
        return said.with_fields(least=low, most=wanted.le)
    said = message("{key} is {found}; allowed is more than {bound} and at most {most}.")
    return said.with_fields(bound=low, most=wanted.le)


def _name(keys: Keys) -> Message | str:
    """Return the key itself; an item of a list goes by the list's key and its number."""
    if not keys:
        return message("the file")
    if isinstance(keys[-1], int) and len(keys) > 1:
        return f"{keys[-2]} {keys[-1] + 1}"
    return str(keys[-1])


def _path(keys: Keys) -> str:
    return ".".join(str(key) for key in keys if isinstance(key, str))


def _found(value: object) -> Message | str:
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return f"{value!a}"[:60]
        case Mapping():
            return _TABLE
        case list():
            return _LIST
        case _:
            return message("a date or time")
