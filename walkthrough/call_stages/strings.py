r"""Strings as strace prints them, back to bytes: ``"a\n"``, ``"\x61"``, ``"abc"...``."""

import re

from walkthrough.formatting.c_strings import quoted

_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_OCTAL = frozenset(b"01234567")
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}


def bytes_of(text: str) -> tuple[bytes, bool]:
    """Return what a string stands for, and whether it is whole.

    Args:
        text: The string with its quotes, and ``...`` after them if strace cut it there.
    """
    whole = not text.endswith("...")
    inside = text.removeprefix("@").removesuffix("...")[1:-1].encode("utf-8", "surrogateescape")
    if b"\\" not in inside:
        return inside, whole
    # Most escapes are these; an escaped backslash splits what can be replaced at once.
    return b"\\".join(map(_unescaped, inside.split(b"\\\\"))), whole


def _unescaped(part: bytes) -> bytes:
    if b"\\" in part:
        part = part.replace(b'\\"', b'"')
    return _ESCAPE.sub(_escaped, part) if b"\\" in part else part


def _escaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if code[:1] == b"x" and len(code) > 1:
        return bytes([int(code[1:], 16)])
    if code[0] in _OCTAL:
        return bytes([int(code, 8) & 0xFF])
    return _LETTERS.get(code, code)


def cut(data: bytes, whole: bool, longest: int) -> str:
    """Quote bytes again, cut to ``longest`` of them where both sides are."""
    length = len(data) if whole and len(data) <= longest else longest + 1
    return quoted(data[:longest], max(length, len(data[:longest])), shown=longest)
