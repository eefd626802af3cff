"""A call's arguments, taken apart as far as commas go; what each means is for `values`."""

import re

from walkthrough.strace_log.lines import end_of_label, end_of_string

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_NESTED = re.compile(r'["{\[<(]|/\*')
_LABELLED = re.compile(r"^(-?\w+)<")


def split(text: str) -> tuple[str, ...]:
    """Split at the commas that stand in no bracket, string, comment or label. Never raises.

    Returns:
        The arguments without spaces around them; nothing for an empty text.
    """
    if not _NESTED.search(text):
        return tuple(text.split(", ")) if text else ()
    parts: list[str] = []
    begun, at, length = 0, 0, len(text)
    opened: list[str] = []
    while at < length:
        character = text[at]
        if character == '"':
            at = end_of_string(text, at)
            continue
        if character == "/" and text.startswith("/*", at):
            end = text.find("*/", at + 2)
            at = length if end < 0 else end + 2
            continue
        if character == "<" and at and (text[at - 1].isalnum() or text[at - 1] in "_]"):
            at = end_of_label(text, at)
            continue
        if character in _PAIRS:
            opened.append(_PAIRS[character])
        elif opened and character == opened[-1]:
            opened.pop()
        elif character == "," and not opened:
            parts.append(text[begun:at].strip())
            begun = at + 1
        at += 1
    last = text[begun:].strip()
    if last or parts:
        parts.append(last)
    return tuple(parts)


def plain(text: str) -> str:
    """Return an argument, or a result, without what ``-y`` and ``-yy`` put behind a descriptor."""
    labelled = _LABELLED.match(text)
    if labelled is None:
        return text
    end = end_of_label(text, labelled.end() - 1)
    return labelled[1] + text[end:]


def label(text: str) -> str:
    """Return what ``-y`` put behind a descriptor: ``socket:[7]``, ``/dev/null``; "" for nothing."""
    labelled = _LABELLED.match(text)
    if labelled is None:
        return ""
    return text[labelled.end() : end_of_label(text, labelled.end() - 1) - 1]
