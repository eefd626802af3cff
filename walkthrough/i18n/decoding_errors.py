"""What msgspec says of data that it cannot decode, as messages.

They are its sentences, not ours: what a newer msgspec words differently is passed on unchanged.
"""

import re
from typing import Final

from walkthrough.formatting.escaping import printable
from walkthrough.i18n.messages import Message, message

_BYTE: Final = re.compile(r"JSON is malformed: (.*) \(byte (\d+)\)", re.DOTALL).fullmatch
_PLACE: Final = re.compile(r"(.*) - at `(.*)`", re.DOTALL).fullmatch
_MALFORMED: Final = {
    str(each): each
    for each in (
        message("expected ':'"),
        message("expected ',' or ']'"),
        message("expected ',' or '}}'"),
        message("expected '\"'"),
        message("invalid character"),
        message("invalid character in unicode escape"),
        message("invalid escape character in string"),
        message("invalid escaped character"),
        message("invalid number"),
        message("invalid utf-16 surrogate pair"),
        message("object keys must be strings"),
        message("trailing characters"),
        message("trailing comma in array"),
        message("trailing comma in object"),
        message("unexpected end of escaped utf-16 surrogate pair"),
        message("unexpected end of hex escape"),
    )
}
_MISSING: Final = re.compile(r"Object missing required field `(.*)`").fullmatch
_EXPECTED: Final = re.compile(r"Expected `(.*)`, got `(.*)`").fullmatch
_EXPECTED_ALONE: Final = re.compile(r"Expected `([^`]*)`").fullmatch
_BOUND: Final = re.compile(r"Expected `([^`]*)` (of length )?([<>]=?) (.*)").fullmatch
_INVALID: Final = re.compile(r"Invalid (enum )?value (.*)", re.DOTALL).fullmatch
_WHOLE: Final = {
    str(each): each
    for each in (
        message("Input data was truncated"),
        message("Invalid UTF-8 encoded string"),
        message("Number out of range"),
    )
}


def decoding_error(error: BaseException) -> Message | str:
    """Return what is wrong with what could not be decoded; safe to print."""
    text = str(error)
    if found := _BYTE(text):
        what = _MALFORMED.get(found[1]) or printable(found[1])
        return message("JSON is malformed: {what} (byte {number})", what=what, number=found[2])
    if found := _PLACE(text):
        what = _said(found[1])
        return message("{what} - at `{place}`", what=what, place=printable(found[2]))
    return _said(text)


def _said(text: str) -> Message | str:
    if text in _WHOLE:
        return _WHOLE[text]
    if found := _MISSING(text):
        return message("Object missing required field `{field}`", field=printable(found[1]))
    if found := _EXPECTED(text):
        wanted, got = printable(found[1]), printable(found[2])
        return message("Expected `{wanted}`, got `{got}`", wanted=wanted, got=got)
    if found := _EXPECTED_ALONE(text):
        return message("Expected `{wanted}`", wanted=printable(found[1]))
    if found := _BOUND(text):
        bound = {"wanted": found[1], "relation": found[3], "limit": printable(found[4])}
        if found[2]:
            return message("Expected `{wanted}` of length {relation} {limit}", **bound)
        return message("Expected `{wanted}` {relation} {limit}", **bound)
    if found := _INVALID(text):
        return message("Invalid value {value}", value=printable(found[2]))
    return printable(text)
