r"""Skips strings, comments and labels of a line, so that brackets and commas are left.

    string  = '"' { character | "\" character } '"'
    comment = "/*" … "*/"                        from -v and -X verbose
    label   = "<" path | kind ":[" … "]" ">"     from -y and -yy behind a descriptor, -Y a pid

Within a label strace escapes ``<`` and ``>``, except in the arrow of a connection, a quoted name
and the numbers of a device (``</dev/null<char 1:3>>``).
"""

import re
from collections.abc import Iterator

STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_POINT = re.compile(
    rf"""{STRING}?|/\*(?:\ {STRING})?.*?(?:\*/|$)|'(?:\\.[0-9a-fx]*|[^\\'])'"""
    r"""|[(){}\[\],]|(?<=\w)<(?!<)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
).search
_IN_LABEL = re.compile(rf"\\.|{STRING}|[<>]", re.DOTALL).finditer
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def points(text: str, start: int = 0) -> Iterator[tuple[int, str]]:
    """Yield the positions of brackets and commas outside of strings, comments and labels."""
    labels = True
    while (found := _POINT(text, start)) is not None:
        token, at, start = found[0], found.start(), found.end()
        if token == "<":
            if labels:
                start = end_of_label(text, at)
                # One without an end means that the line is not from strace: no other is searched
                # for, so that the time taken stays proportional to the line.
                labels = start > at + 1
        elif len(token) == 1 and token != '"':
            yield at, token


def closing(text: str, start: int) -> int | None:
    """Return where the parenthesis is closed that was opened before ``start``; None if nowhere."""
    opened = [")"]
    for at, token in points(text, start):
        if token in _CLOSING:
            opened.append(_CLOSING[token])
        elif token == opened[-1]:
            opened.pop()
            if not opened:
                return at
    return None


def commas(text: str) -> list[int]:
    """Return the positions of the commas outside of brackets."""
    opened: list[str] = []
    found = []
    for at, token in points(text):
        if token in _CLOSING:
            opened.append(_CLOSING[token])
        elif opened:
            if token == opened[-1]:
                opened.pop()
        elif token == ",":
            found.append(at)
    return found


def end_of_label(text: str, start: int) -> int:
    """Return the index behind the label that begins at ``start``; ``start + 1`` if it is none."""
    connection = text[start + 1 : start + 2].isupper()
    depth = 1
    for found in _IN_LABEL(text, start + 1):
        token = found[0]
        if token == "<":
            depth += 1
        elif token == ">" and not (connection and text[found.start() - 1] == "-"):
            depth -= 1
            if not depth:
                return found.end()
    return start + 1
