"""Names of socket options in a log, spelled out or not: ``SO_REUSEADDR``, ``0x1, 0x2``."""

import re

from walkthrough.model.linux import constants as k

_GIVEN = re.compile(r"[^,]*, ([^,]*?), ([^,]*?)(?:,|$)").match
_NUMBER = re.compile(r"(0x)?([0-9a-f]{1,8})$", re.ASCII).match
_NAME = re.compile(r"[A-Z][A-Z0-9_]+").search


def option(arguments: str) -> str:
    """Return the option that setsockopt(2) is to set, by the arguments; "" if it has no name."""
    given = _GIVEN(arguments)
    if given is None:
        return ""
    if (name := _NAME(given[2])) is not None:
        return name[0]
    level, number = _number(given[1]), _number(given[2])
    return k.OPTIONS.get(level, {}).get(number, "")


def _number(text: str) -> int:
    """Return a number as -X raw prints it, -1 for what is none."""
    found = _NUMBER(text)
    if found is None or not (found[1] or found[2].isdecimal()):
        return -1
    return int(found[2], 16 if found[1] else 10)
