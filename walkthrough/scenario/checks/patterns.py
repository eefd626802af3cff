"""Patterns of what a scenario promises: ``*`` matches any text, everything else itself."""

import re
from collections.abc import Iterable

ANY = "*"
_PLACEHOLDERS = ("{neighbour}", "{dir}")
_CALLED = re.compile(r"(\w+)\(")


class TextPattern:
    """One pattern; it has to fit a whole line.

    Attributes:
        text: As written in the scenario.
        call: The system call that it begins with; "" if it may be any.
    """

    def __init__(self, text: str) -> None:
        """Compile a pattern; a placeholder that was not filled in matches any text, too."""
        self.text = text
        named = _CALLED.match(text)
        self.call = named[1] if named is not None else ""
        for placeholder in _PLACEHOLDERS:
            text = text.replace(placeholder, ANY)
        self._parts = text.split(ANY)

    def fits(self, line: str) -> bool:
        """Return whether the pattern matches the whole ``line``."""
        first, *others = self._parts
        if not others:
            return line == first
        *middle, last = others
        end = len(line) - len(last)
        if not (line.startswith(first) and line.endswith(last) and len(first) <= end):
            return False
        # Finding each part as early as possible leaves the most room for the others.
        at = len(first)
        for part in middle:
            at = line.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True


def patterns(texts: Iterable[str]) -> tuple[TextPattern, ...]:
    """Return a pattern for each text."""
    return tuple(map(TextPattern, texts))
