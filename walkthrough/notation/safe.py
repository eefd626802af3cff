"""Text that may go to any terminal: what could act on one is escaped. Knows nothing else."""

import re
import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_LONGEST_WORD = 64


def word(name: str) -> str:
    """Return ``name`` if it is a word as C has them, such as AF_INET; else ""."""
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


def _escaped(character: str) -> str:
    # U+3000 and its like are "not printable" to Python, and yet are only spaces.
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
