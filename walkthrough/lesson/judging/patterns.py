"""Patterns of what a scenario promises: ``*`` is any text, all else is meant as it stands."""

import re
from collections.abc import Iterable

ANY = "*"
_PLACEHOLDERS = ("{neighbour}", "{dir}")
_CALLED = re.compile(r"(\w+)\(")


class Pattern:
    """One pattern; it has to fit a whole line.

    Attributes:
        text: As the scenario has it.
        call: The system call that it begins with; "" if it may be any.
    """

    def __init__(self, text: str) -> None:
        """Take a pattern; a placeholder that nobody has filled in is any text, too."""
        self.text = text
        named = _CALLED.match(text)
        self.call = named[1] if named is not None else ""
        for placeholder in _PLACEHOLDERS:
            text = text.replace(placeholder, ANY)
        self._fits = re.compile(".*".join(map(re.escape, text.split(ANY))), re.DOTALL).fullmatch

    def fits(self, line: str) -> bool:
        """Tell whether all of ``line`` is as the pattern says."""
        return self._fits(line) is not None


def patterns(texts: Iterable[str]) -> tuple[Pattern, ...]:
    """Return a pattern for each text."""
    return tuple(map(Pattern, texts))
