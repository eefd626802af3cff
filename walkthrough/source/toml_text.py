"""TOML as we take it: what TOML itself demands of numbers, Python's reader does not see to."""

import re
import tomllib
from typing import Any, Final

from walkthrough.i18n.errors import MessageError
from walkthrough.i18n.messages import Message, message

_BITS = 63
TOO_LARGE = message("a number does not fit into 64 bits")
_TOO_DEEP = message("it is nested too deeply")

_SAID: Final = (
    message("Invalid statement"),
    message("Invalid value"),
    message("Invalid hex value"),
    message("Invalid date or datetime"),
    message("Invalid initial character for a key part"),
    message("Expected newline or end of document after a statement"),
    message("Expected '=' after a key in a key/value pair"),
    message("Expected ']' at the end of a table declaration"),
    message("Expected ']]' at the end of an array declaration"),
    message("Expected {what}"),
    message("Found invalid character {character}"),
    message("Illegal character {character}"),
    message("Cannot declare {key} twice"),
    message("Cannot overwrite a value"),
    message("Cannot mutate immutable namespace {key}"),
    message("Cannot redefine namespace {key}"),
    message("Duplicate inline table key {key}"),
    message("Unclosed array"),
    message("Unclosed inline table"),
    message("Unescaped '\\' in a string"),
    message("Unterminated string"),
    message("Escaped character is not a Unicode scalar value"),
    message("TOML inline arrays/tables are nested more than the allowed {most} levels"),
)
"""What Python's reader says, of which it gives the finished sentences alone."""
_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.S)


class TomlError(MessageError):
    """The text is not TOML; the message says why, as a part of a sentence."""


def parse(text: str) -> dict[str, Any]:
    """Parse a text.

    Raises:
        TomlError: It is not TOML, or nested too deeply.
    """
    try:
        content = tomllib.loads(text)
        fits = _fits(content)
    except RecursionError:
        raise TomlError(_TOO_DEEP) from None
    except tomllib.TOMLDecodeError as error:
        raise TomlError(_why(str(error))) from None
    except ValueError:  # so many digits that Python does not even begin
        raise TomlError(TOO_LARGE) from None
    if not fits:
        raise TomlError(TOO_LARGE)
    return content


def _fits(value: object) -> bool:
    """Return whether every number is one of TOML's: a longer one could not even be printed."""
    match value:
        case str():
            return True
        case dict():
            return all(map(_fits, value.values()))
        case list():
            return all(map(_fits, value))
        case int():
            return value.bit_length() <= _BITS
    return True


def _why(said: str) -> Message | str:
    """Return what the reader says as a message; a sentence that is not known as it is."""
    place = _PLACE.fullmatch(said)
    if place is None:
        return _known(said)
    problem, line, column = place.groups()
    if line is None:
        return message("{problem} (at end of document)", problem=_known(problem))
    return message(
        "{problem} (at line {line}, column {column})",
        problem=_known(problem),
        line=int(line),
        column=int(column),
    )


def _known(said: str) -> Message | str:
    for each in _SAID:
        start, brace, rest = each.id.partition("{")
        name, _, end = rest.partition("}")
        if said == start and not brace:
            return each
        if brace and said.startswith(start) and said.endswith(end):
            return each.with_fields(**{name: said[len(start) : len(said) - len(end)]})
    return said
