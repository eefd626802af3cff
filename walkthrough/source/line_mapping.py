"""Pairs the lines of a function in Go with those of the same function in Python, on text alone.

Two lines are paired if a note is tied to both, else if they have the most significant names in
common: names that are called count most, and a name counts more the fewer lines have it.
"""

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple

from walkthrough.source.functions import LineRange
from walkthrough.source.notes import Note, anchor, fold, python_anchor

_LEAST = 0.45
"""The score that two lines need at least."""
_CALLED = 3.0
"""The weight of a name that both lines call."""
_SHARE = 0.6
"""The fraction of a name that another one must begin to count as similar."""
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# SYS_LISTEN, listenFunc (a variable that tests may set) and listen all stand for the same, and so
# do runtime_pollOpen (the name that it is linked to) and pollOpen.
_WRAPPED = re.compile(r"^SYS_|^runtime_|Func$")
_COMMENT = re.compile(r"(?:^|\s)(?://|#).*$")
# Keywords of the languages, and names that may mean anything.
_GO_WORDS = """
    bool break case chan const continue default defer else false for func go goto if import int
    int32 interface map nil package range return select string struct switch true type uint32
    uintptr unsafe var
"""
_EVERYWHERE = "bytes e err errno error fd list match n net new none s self str syscall tuple"
_COMMON = frozenset(map(fold, (*keyword.kwlist, *_GO_WORDS.split(), *_EVERYWHERE.split())))
# The messages of fatal errors name calls that are made elsewhere.
_LAST_WORDS = re.compile(r"\s*(?:println|throw|panic)\(")


class MatchPrecision(Enum):
    """How sure a pair is."""

    LINE = "does the same"
    AROUND = "the statement around it does"
    FUNCTION = "only the function is the same"


class FunctionText(NamedTuple):
    """A function: all lines of its file (docstrings may be blanked), and which are its own."""

    lines: tuple[str, ...]
    body: LineRange


class _LineWords(NamedTuple):
    names: frozenset[str]
    called: frozenset[str]


class LineMapping:
    """The lines of two functions beside each other.

    Args:
        one: The one in Go.
        other: The one in Python.
        ties: Lines of ``one`` that are said to be the same as these of ``other``; where both call
            the same elsewhere, that counts for more.
    """

    def __init__(
        self, one: FunctionText, other: FunctionText, ties: Mapping[int, int] | None = None
    ) -> None:
        self._one, self._other = one, other
        ones, others = _read(one), _read(other)
        ties = dict(ties or {})
        backwards = {there: here for here, there in ties.items()}
        self._there = _best(ones, others, ties)
        self._back = _best(others, ones, backwards)

    def other(self, line: int) -> tuple[int, MatchPrecision]:
        """Return the line in Python for ``line`` of the Go function."""
        return _find(line, self._one, self._other, self._there)

    def one(self, line: int) -> tuple[int, MatchPrecision]:
        """Return the line of the Go function for ``line`` in Python."""
        return _find(line, self._other, self._one, self._back)


def ties_of(notes: Iterable[Note], one: FunctionText, other: FunctionText) -> dict[int, int]:
    """Return the lines that notes of the function tie together."""
    folded = tuple(map(fold, other.lines))
    ties: dict[int, int] = {}
    for note in notes:
        here = anchor(note, one.lines, one.body)
        there = python_anchor(note, folded, other.body)
        if here is not None and there is not None:
            ties.setdefault(here, there)
    return ties


def code_of(line: str) -> str:
    """Return a line without its comment. What is quoted stays: a path says what is opened."""
    return _COMMENT.sub("", line)


def _read(text: FunctionText) -> dict[int, _LineWords]:
    """Return the names on each line below the signature; a call that goes on counts as one line."""
    found: dict[int, _LineWords] = {}
    opened, ending = 0, 0
    for number in range(_signature(text) + 1, text.body.last + 1):
        code = code_of(text.lines[number - 1]).rstrip()
        if ending <= 0:
            opened = number
        ending += code.count("(") - code.count(")") if ending > 0 or code.endswith("(") else 0
        if _LAST_WORDS.match(code):
            code = ""
        names, called = set(), set()
        for match in _WORD.finditer(code):
            name = fold(_WRAPPED.sub("", match[0]))
            if not name or name in _COMMON:
                continue
            names.add(name)
            # trap("listen", ...) calls listen as well as listen(...) does.
            handed = code[: match.start()].endswith(('("', "('"))
            if code.startswith("(", match.end()) or handed:
                called.add(name)
        begun = found.get(opened, _LineWords(frozenset(), frozenset()))
        found[opened] = _LineWords(begun.names | names, begun.called | called)
    return found


def _signature(text: FunctionText) -> int:
    """Return the last line of the function's signature."""
    for number in range(text.body.first, text.body.last + 1):
        if code_of(text.lines[number - 1]).rstrip().endswith(("{", ":")):
            return number
    return text.body.first


def _best(
    ones: Mapping[int, _LineWords], others: Mapping[int, _LineWords], ties: Mapping[int, int]
) -> dict[int, int]:
    """Return for each line the one that has the most in common with it, if any has enough."""
    here = Counter(name for line in ones.values() for name in line.names)
    there = Counter(name for line in others.values() for name in line.names)
    worth = {name: 1 / (here[name] * there[name]) ** 0.5 for name in here.keys() & there.keys()}
    best = dict(ties)
    first, length = min(ones, default=0), max(len(ones), 1)
    begins, extent = min(others, default=0), len(others)
    for number, line in ones.items():
        expected = begins + (number - first) * extent / length
        found, most = 0, (_LEAST, 0.0)
        for candidate, theirs in others.items():
            common = line.names & theirs.names
            called = line.called & theirs.called
            score = sum(worth[name] * (_CALLED if name in called else 1) for name in common)
            if not called:
                score += _nearly(line.called, theirs.called)
            # Of two that are alike the one at the same depth of the function.
            rank = (round(score, 6), -abs(candidate - expected))
            if rank > most:
                found, most = candidate, rank
        if found and (number not in ties or line.called & others[found].called):
            best[number] = found
    return best


def _nearly(some: Iterable[str], others: Iterable[str]) -> float:
    """Return how much of a name another begins: listenTCP and listen_tcp_proto share 9 of 14."""
    shares = (
        min(len(one), len(other)) / max(len(one), len(other))
        for one in some
        for other in others
        if one.startswith(other) or other.startswith(one)
    )
    return max((share for share in shares if share > _SHARE), default=0.0)


def _find(
    line: int, here: FunctionText, there: FunctionText, pairs: Mapping[int, int]
) -> tuple[int, MatchPrecision]:
    if line in pairs:
        return pairs[line], MatchPrecision.LINE
    if line <= _signature(here):
        return there.body.first, MatchPrecision.LINE
    if line >= _last(here):
        return _last(there), MatchPrecision.AROUND
    around = line
    while (around := _around(here, around)) > here.body.first:
        if around in pairs:
            return pairs[around], MatchPrecision.AROUND
    return there.body.first, MatchPrecision.FUNCTION


def _last(text: FunctionText) -> int:
    """Return the function's last line that is more than a closing brace."""
    return next(
        number
        for number in range(text.body.last, text.body.first - 1, -1)
        if number == text.body.first or code_of(text.lines[number - 1]).strip(" \t})")
    )


def _around(text: FunctionText, line: int) -> int:
    """Return the line that opens the block ``line`` is in, by its indentation."""
    own = _depth(text.lines[line - 1])
    for number in range(line - 1, text.body.first, -1):
        above = text.lines[number - 1]
        if above.strip() and _depth(above) < own:
            return number
    return text.body.first


def _depth(line: str) -> int:
    line = line.expandtabs(4)
    return len(line) - len(line.lstrip())
