"""JSON Schemas of structs, the same whatever version of msgspec builds them.

msgspec decides which values are allowed. How that is written (nesting, order, titles) and how a
docstring becomes a description is decided here, since both change from one msgspec version to the
next, and a published schema must not.
"""

import inspect
import json
import re
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, Final

import msgspec

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_PREFIX: Final = "#/$defs/"
_ATTRIBUTE: Final = re.compile(r"(\w+): (.*)", re.DOTALL)
_LEFT_OUT: Final = frozenset({"title", "discriminator"})  # repeats the name; part of OpenAPI
_TABLES_BY_NAME: Final = frozenset({"$defs", "properties"})  # their keys are names, not keywords


def components(
    types: Iterable[Any],
    modules: Iterable[ModuleType],
    schema_hook: Callable[[type], dict[str, Any]] | None = None,
) -> dict[str, dict[str, Any]]:
    """Return the definitions of `types` and of all that they refer to, by name.

    Args:
        types: Structs, or unions of structs.
        modules: Where to find the classes whose docstrings become descriptions.
        schema_hook: Returns the schemas of types that msgspec does not know.

    Raises:
        LookupError: No module has a class of a definition's name.
    """
    places = tuple(modules)
    _, definitions = msgspec.json.schema_components(
        types, ref_template=_PREFIX + "{name}", schema_hook=schema_hook
    )
    for name, definition in definitions.items():
        _describe(definition, _class_called(name, places))
    return {name: canonical(definition) for name, definition in definitions.items()}


def one_of(types: Iterable[type]) -> dict[str, Any]:
    """Return the schema under which a value of any of `types` is valid, by reference."""
    return {"anyOf": [reference(each) for each in types]}


def reference(described: type) -> dict[str, str]:
    """Return the reference to the definition of a class."""
    return {"$ref": _PREFIX + described.__name__}


def canonical(schema: Any) -> Any:
    """Return a schema in the canonical spelling of its meaning.

    Titles and what JSON Schema does not define are left out, a union within a union is opened, and
    lists whose order says nothing are sorted.
    """
    return _canonical(schema, named=False)


def text(schema: dict[str, Any]) -> str:
    """Return a schema as the text that is published."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _canonical(value: Any, *, named: bool) -> Any:
    if isinstance(value, list):
        return [_canonical(each, named=False) for each in value]
    if not isinstance(value, dict):
        return value
    if named:
        return {key: _canonical(each, named=False) for key, each in value.items()}
    kept = {
        key: each
        if key in ("default", "const", "enum")  # values, not schemas
        else _canonical(each, named=key in _TABLES_BY_NAME)
        for key, each in value.items()
        if key not in _LEFT_OUT
    }
    if "anyOf" in kept:
        kept["anyOf"] = sorted(_opened(kept["anyOf"]), key=_order)
    for key in ("required", "enum"):
        if key in kept:
            kept[key] = sorted(kept[key], key=_order)
    if kept.get("required") == []:
        del kept["required"]
    return kept


def _opened(alternatives: list[Any]) -> list[Any]:
    """Return alternatives, with those of a nested union in the union's place."""
    flat: list[Any] = []
    for each in alternatives:
        flat += _opened(each["anyOf"]) if set(each) == {"anyOf"} else [each]
    return flat


def _order(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _class_called(name: str, modules: tuple[ModuleType, ...]) -> type:
    for module in modules:
        if isinstance(found := getattr(module, name, None), type):
            return found
    raise LookupError(f"no module has {name}, which a schema describes")


def _describe(definition: dict[str, Any], described: type) -> None:
    """Replace the description by the docstring's beginning; give each key its own sentence."""
    intro, _ = _docstring(described)
    definition["description"] = _plain(intro)
    attributes: dict[str, str] = {}
    for base in reversed(described.__mro__):  # what all events have is explained at their base
        attributes |= _docstring(base)[1]
    for key, of_key in definition.get("properties", {}).items():
        if key in attributes:
            of_key["description"] = _plain(attributes[key])


def _docstring(described: type) -> tuple[str, dict[str, str]]:
    """Return what a class's docstring begins with, and its sentence about each attribute."""
    text = inspect.cleandoc(described.__dict__.get("__doc__") or "")
    intro, _, attributes = text.partition("\n\nAttributes:\n")
    entries = (_ATTRIBUTE.match(entry.strip()) for entry in re.split(r"\n(?=    \w)", attributes))
    return intro, {entry[1]: entry[2] for entry in entries if entry is not None}


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())
