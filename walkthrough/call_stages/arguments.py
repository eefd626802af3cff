"""A call's arguments, split at commas; `values` knows what each means."""

import re

from walkthrough.call_stages.scanner import commas, end_of_label

_NESTED = re.compile(r"[\"'{\[<(]|/\*").search
_LABELLED = re.compile(r"(?:[a-z_]\w*=)?(-?\d+|AT_FDCWD)(?=[< ]|$)", re.ASCII).match
_CONTEXT = re.compile(r" \[[^\[\]]*\](?=$)").match


def split(text: str) -> tuple[str, ...]:
    """Split at the commas outside of brackets, strings, comments and labels. Never raises.

    Returns:
        The arguments without spaces around them; nothing for an empty text.
    """
    if not _NESTED(text):
        return tuple(text.split(", ")) if text else ()
    parts = []
    begun = 0
    for at in commas(text):
        parts.append(text[begun:at].strip())
        begun = at + 1
    last = text[begun:].strip()
    return (*parts, last) if last or parts else ()


def plain(text: str) -> str:
    """Return an argument, or a result, without what options add to a descriptor or a pid.

    That is ``3`` for ``3<socket:[7]>`` (``-y``), ``3</tmp/a>(deleted)``, ``fd=3`` (``-N``),
    ``3</tmp/a> [file_t]`` (``--secontext``) and ``7<nginx>`` (``-Y``).
    """
    labelled = _LABELLED(text)
    if labelled is None:
        return text
    end = _end(text, labelled.end())
    if (context := _CONTEXT(text, end)) is not None:
        end = context.end()
    return labelled[1] + text[end:]


def label(text: str) -> str:
    """Return what ``-y`` adds to a descriptor: ``socket:[7]``, ``/dev/null``; "" for nothing."""
    labelled = _LABELLED(text)
    if labelled is None or not text.startswith("<", labelled.end()):
        return ""
    return text[labelled.end() + 1 : end_of_label(text, labelled.end()) - 1]


def _end(text: str, start: int) -> int:
    if not text.startswith("<", start):
        return start
    end = end_of_label(text, start)
    if end == start + 1:
        return start
    return end + len("(deleted)") if text.startswith("(deleted)", end) else end
