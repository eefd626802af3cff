"""Turns a TOML document into the structs of `format`, naming the first thing that does not fit.

The structs say which keys there are, of which type and within which bounds; nothing is said of
them a second time here.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from walkthrough.scenario.validation.errors import (
    Keys,
    Mistake,
    ScenarioError,
    TomlLines,
    instead,
    sentence,
)
from walkthrough.source import toml_text

T = TypeVar("T", bound=msgspec.Struct)

_CALLED: dict[type[inspect.Type], str] = {
    inspect.StrType: "a text",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.EnumType: "a text",
    inspect.LiteralType: "a text",
    inspect.VarTupleType: "a list",
    inspect.DictType: "a table",
    inspect.StructType: "a table",
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
            raise ScenarioError(f"{called} is not TOML: {error}.") from None

    def error(self, mistake: Mistake) -> ScenarioError:
        """Return a mistake in this document as the error to raise."""
        return ScenarioError(sentence(self.called, mistake, TomlLines(self._text)))

    def convert(self, struct: type[T]) -> T:
        """Return the content as a ``struct``.

        Raises:
            ScenarioError: It does not fit; the first mistake is named.
        """
        for mistake in _misfits(self.content, _type_info(struct), ()):
            raise self.error(mistake)
        try:
            return msgspec.convert(self.content, struct)
        except (msgspec.ValidationError, RecursionError) as error:
            raise ScenarioError(f"{self.called}: {error}.") from None


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
            what = _CALLED.get(type(wanted), "something else")
            if isinstance(wanted, inspect.VarTupleType) and isinstance(value, Mapping) and keys:
                what = f"a list of tables, each begun with [[{_path(keys)}]]"
            yield Mistake(keys, f"{_name(keys)} has to be {what}, and is {_found(value)}")


def _in_table(
    table: Mapping[str, object], wanted: inspect.StructType, keys: Keys
) -> Iterator[Mistake]:
    fields = {field.encode_name: field for field in wanted.fields}
    for key in table:
        if key not in fields:
            yield Mistake((*keys, key), f"unknown key {key!a}; {instead(key, fields)}")
    for key, field in fields.items():
        if key in table:
            yield from _misfits(table[key], field.type, (*keys, key))
        elif field.required:
            yield Mistake(keys, f"missing key {key!a}{_inside(keys)}")


def _inside(keys: Keys) -> str:
    """Name the table ``keys``, where the sentence does not do it: one that is in no array."""
    names = [key for key in keys if isinstance(key, str)]
    return f" in [{'.'.join(names)}]" if keys and isinstance(keys[-1], str) else ""


def _no_choice(value: str, allowed: list[str], keys: Keys) -> Iterator[Mistake]:
    if value not in allowed:
        yield Mistake(keys, f"{_name(keys)} is {value!a}; {instead(value, filter(None, allowed))}")


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
    bounds = [
        f"{word} {bound}"
        for word, bound in (
            ("at least", wanted.ge),
            ("more than", wanted.gt),
            ("at most", wanted.le),
        )
        if bound is not None
    ]
    yield Mistake(keys, f"{_name(keys)} is {value}; allowed is {' and '.join(bounds)}")


def _name(keys: Keys) -> str:
    """Return the key itself; an item of a list goes by the list's key and its number."""
    if not keys:
        return "the file"
    if isinstance(keys[-1], int) and len(keys) > 1:
        return f"{keys[-2]} {keys[-1] + 1}"
    return str(keys[-1])


def _path(keys: Keys) -> str:
    return ".".join(str(key) for key in keys if isinstance(key, str))


def _found(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return f"{value!a}"[:60]
        case Mapping():
            return "a table"
        case list():
            return "a list"
        case _:
            return "a date or time"
