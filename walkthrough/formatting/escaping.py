"""Text that may go to any terminal: what could act on one is escaped. Knows nothing else."""

import re
import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_LONGEST_WORD = 64


def word(name: str) -> str:
    """Return ``name`` if it is a C identifier such as AF_INET; else ""."""
    return name if len(name) <= _LONGEST_WORD and _WORD.fullmatch(name) else ""


def printable(text: str | bytes) -> str:
    r"""Return ``text`` with everything escaped that is not a visible character or a space.

    Escaped are control characters (so escape sequences and line ends too), characters that
    change the direction of text or are invisible, lone surrogates, private and unassigned ones,
    and undecodable bytes: ``\n``, ``\x1b``, ``\u202e``. Backslashes stay, so that the result
    of this function passes through it unchanged.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(map(_escaped, text))


def escaped_json(document: bytes | str) -> bytes:
    r"""Return JSON that says the same and may go to any terminal: ``\u202e`` stands for U+202E.

    Chinese and everything else that is visible is kept. Bytes that are not UTF-8, which JSON cannot
    have, become U+FFFD; in a `str`, lone surrogates become escapes, which `json` reads back.
    """
    if isinstance(document, str):
        text = document
    elif not _TO_ESCAPE.search(document):
        return document
    else:
        text = document.decode("utf-8", "replace")
    if _all_printable(text):
        return text.encode()
    return _STRING.sub(_escaped_token, text).encode()


_TO_ESCAPE = re.compile(rb"[^\n\x20-\x7e]")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?|[^"]+', re.S)


def _all_printable(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


def _escaped_token(token: re.Match[str]) -> str:
    said = token[0]
    if not said.startswith('"'):
        # Between strings there is nothing but ASCII, and white space of every kind.
        return "".join(c if c.isprintable() or c == "\n" else " " for c in said)
    return "".join(map(_escaped_in_json, said))


def _escaped_in_json(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _escaped(character: str) -> str:
    # U+3000 and the like are "not printable" to Python, but are only spaces.
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
