"""TOML as we take it: what TOML itself demands of numbers, Python's reader does not see to."""

import tomllib
from collections.abc import Mapping
from typing import Any

_BITS = 63
TOO_LARGE = "a number does not fit into 64 bits"


class TomlError(ValueError):
    """The text is not TOML; the message says why, as a part of a sentence."""


def parse(text: str) -> dict[str, Any]:
    """Parse a text.

    Raises:
        TomlError: It is not TOML, or nested too deeply.
    """
    try:
        content = tomllib.loads(text)
        fits = _fits(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise TomlError(str(error)) from None
    except ValueError:  # so many digits that Python does not even begin
        raise TomlError(TOO_LARGE) from None
    if not fits:
        raise TomlError(TOO_LARGE)
    return content


def _fits(value: object) -> bool:
    """Tell whether every number is one of TOML's: a longer one could not even be printed."""
    match value:
        case Mapping():
            return all(map(_fits, value.values()))
        case list():
            return all(map(_fits, value))
        case int():
            return value.bit_length() <= _BITS
    return True
