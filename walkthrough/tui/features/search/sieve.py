"""Skips the events that cannot hold a text, by their encoded lines alone.

Reading a line is five times as fast as decoding it and writing it out. It must never pass over
an event that does hold the text, so it counts on nothing but a word that no notation adds.
"""

import re
from collections.abc import Iterator
from functools import cache
from types import CodeType, FunctionType, ModuleType

from walkthrough.formatting import (
    addresses,
    c_strings,
    escaping,
    go_values,
    strace_lines,
    strace_values,
)
from walkthrough.model.linux import constants as k
from walkthrough.tui.features.search.matching import SearchTerm

_WORDS = re.compile(r"[A-Za-z]+")
_MAYBE_NUMBER = frozenset("abcdefABCDEFx")
_SHORTEST = 3
_SIEVED = (b'"type":"function_', b'"type":"call_')
_HEAD = 64
"""Bytes of a line in which its type is looked for."""
_TABLES = (
    k.ERRNO_TEXT,
    k.AF,
    k.SOCK_TYPE,
    k.O_ACCESS,
    k.FD_FLAGS,
    k.O_FLAGS,
    k.SEALS,
    k.LOCKS,
    [k.signal(number) for number in range(1, 65)],
)
"""What the notation looks up for a bare number."""


class EventSieve:
    """Tells which encoded lines may hold a needle."""

    def __init__(self, needle: SearchTerm) -> None:
        self._exact = needle.exact
        word = sure_word(needle.text)
        self._word = (word if needle.exact else word.lower()).encode()

    def may_hold(self, line: bytes) -> bool:
        """Return whether the event of ``line`` may hold the needle, and is to be decoded."""
        if self._word and self._word in (line if self._exact else line.lower()):
            return True
        head = line[:_HEAD]
        if b'"type":"kernel_observed"' in head:
            return False
        # Bytes are in base64. What is escaped, or drawn as an escape, may read like the rest of a
        # word. And of the rarer kinds the sentence counts, which is nowhere in the line.
        return (
            not self._word
            or b':"data"' in line
            or b': "data"' in line
            or b"\\" in line
            or not line.isascii()
            or not any(each in head for each in _SIEVED)
        )


def sure_word(text: str) -> str:
    """Return the longest word in ``text`` that an event's line must hold, "" if there is none."""
    sure = (
        word
        for word in _WORDS.findall(text)
        if len(word) >= _SHORTEST
        and not _MAYBE_NUMBER.issuperset(word)
        and word.lower() not in _added()
    )
    return max(sure, key=len, default="")


@cache
def _added() -> str:
    """Return all that the notation may write of its own, read off its code."""
    said: list[str] = []
    for module in (addresses, strace_values, c_strings, escaping, strace_lines, go_values):
        said.extend(_literals(module))
    for table in _TABLES:
        said.extend(_strings(table))
    return "\0".join(said).lower()


def _literals(module: ModuleType) -> Iterator[str]:
    for name, held in vars(module).items():
        if isinstance(held, FunctionType):
            yield from (each for each in _strings(held.__code__) if each != held.__doc__)
        elif not name.startswith("__"):
            yield from _strings(held)


def _strings(held: object) -> Iterator[str]:
    if isinstance(held, str):
        yield held
    elif isinstance(held, dict):
        yield from _strings([*held.keys(), *held.values()])
    elif isinstance(held, tuple | list | frozenset | set):
        for each in held:
            yield from _strings(each)
    elif isinstance(held, CodeType):
        yield from _strings(held.co_consts)
