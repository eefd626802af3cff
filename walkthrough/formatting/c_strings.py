r"""C strings as strace prints them: ``"hello\n\0\33[31m"...``. Bytes in, ASCII out."""

import re

SHOWN = 32
"""Bytes of a string that strace shows by default (its option -s)."""

_NAMED = {
    ord("\\"): "\\\\",
    ord('"'): '\\"',
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    ord("\v"): "\\v",
    ord("\f"): "\\f",
}
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"(?:\.\.\.)?|"[^"]*$', re.S)
_OCTAL = frozenset(b"01234567")


def quoted(data: bytes, length: int | None = None, shown: int = SHOWN) -> str:
    """Quote the first ``shown`` bytes of ``data``, followed by dots if there were more.

    Args:
        data: What was captured.
        length: How many bytes there were, if more than were captured.
        shown: How many to show.
    """
    total = len(data) if length is None else length
    data = data[:shown]
    parts = []
    for at, byte in enumerate(data):
        if byte in _NAMED:
            parts.append(_NAMED[byte])
        elif 0x20 <= byte < 0x7F:
            parts.append(chr(byte))
        elif data[at + 1 : at + 2] and data[at + 1] in _OCTAL:
            parts.append(f"\\{byte:03o}")  # a digit after a shorter one would join it
        else:
            parts.append(f"\\{byte:o}")
    return f'"{"".join(parts)}"' + ("..." if total > len(data) else "")


def without_strings(text: str) -> str:
    """Return arguments in strace's notation with ``""...`` for each string that is not empty."""
    return _STRING.sub(lambda match: '""' if match[0] == '""' else '""...', text)


def hexadecimal(data: bytes, shown: int = SHOWN) -> str:
    r"""Quote bytes that are not text: ``"\x01\xff"``."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in data[:shown]) + '"'
