"""Lays a function of a document beside the running one: what is the same, what differs.

Pure: two ranges of lines go in, marks come out. Comments and blanks are ignored, and a line of dots
stands for everything that the document leaves out there.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from walkthrough.source.functions import LineRange
from walkthrough.source.notes import fold

_ALIKE = 0.4
"""What two lines must share to be taken for one line that was changed."""
_SIGNATURE = 0.3
"""What two signatures must share to be taken for those of one function."""
_MOST_COMPARED = 40_000
"""How many pairs of lines are looked at: of a function with 200 lines, each with each."""
# Parameters and results that many functions have.
_SAY_NOTHING = frozenset(("err", "error", "func", "func(", "int", "n", "s", "string", "bool"))
_WORD = re.compile(r"\w+")
_ELLIPSIS = re.compile(r"(?://|/\*)?\s*(?:\.{3,}|…+)\s*(?:\*/)?")
# A comment, not within a string: strings of this source hold no escaped quotes before a //.
_COMMENT = re.compile(r"""("[^"]*"|`[^`]*`|'[^']*')|//.*|/\*.*?(?:\*/|$)""")


class LineMark(Enum):
    """What a line of the document is beside the running Go."""

    SAME = "the running Go has it"
    DIFFERS = "the running Go has it otherwise"
    ADDED = "the running Go has it not"
    ASIDE = "it is no code"


class MissingLines(NamedTuple):
    """Lines that the running Go has and the document does not.

    Attributes:
        after: The line of the document below which they would stand.
        lines: The lines of the running Go's file.
        said: Whether the document says so itself, by dots.
    """

    after: int
    lines: tuple[int, ...]
    said: bool


class AlignedFunction(NamedTuple):
    """One function of the document beside the running one.

    Attributes:
        passage: Lines of the document.
        running: Lines of the running Go.
        marks: The mark of each line of the document.
        there: The running Go's line for each line that is the same or differs.
        gaps: What only the running Go has, in order.
    """

    passage: LineRange
    running: LineRange
    marks: dict[int, LineMark]
    there: dict[int, int]
    gaps: tuple[MissingLines, ...]

    def at(self, line: int) -> tuple[int, bool]:
        """Return the document's line for a line of the running Go, and whether it is that line.

        If the document does not have it, the nearest line before it stands for it.
        """
        before = self.passage.first
        for ours, theirs in self.there.items():
            if theirs == line:
                return ours, True
            if theirs < line:
                before = ours
        return before, line <= self.running.first

    @property
    def likeness(self) -> float:
        """The fraction of the document's code that the running Go has unchanged, from 0 to 1."""
        same, others = self.having(LineMark.SAME), (LineMark.DIFFERS, LineMark.ADDED)
        return same / max(same + sum(map(self.having, others)), 1)

    def having(self, mark: LineMark) -> int:
        """Return how many lines of the document have a mark."""
        return sum(each is mark for each in self.marks.values())

    @property
    def missing(self) -> int:
        """How many lines of the running Go the document lacks without saying so."""
        return sum(len(gap.lines) for gap in self.gaps if not gap.said)


def alike(one: str, other: str) -> bool:
    """Return whether two declarations may be those of one function in two versions of Go."""
    if normal(one) == normal(other):
        return True
    some, others = (_words(line.partition("(")[2]) - _SAY_NOTHING for line in (one, other))
    return bool(some | others) and len(some & others) / len(some | others) >= _SIGNATURE


def align(
    document: Sequence[str], passage: LineRange, source: Sequence[str], running: LineRange
) -> AlignedFunction:
    """Align two versions of a function.

    Args:
        document: All lines of the document.
        passage: The function there.
        source: All lines of the running Go's file.
        running: The function there.
    """
    ours = _code(document, passage)
    theirs = _code(source, running)
    pairs = _pairs([document[n - 1] for n in ours], [source[n - 1] for n in theirs])
    marks = dict.fromkeys(range(passage.first, passage.last + 1), LineMark.ASIDE)
    there: dict[int, int] = {}
    for number, line in enumerate(ours):
        text = normal(document[line - 1])
        if number not in pairs:
            # An extra brace adds nothing to its block.
            marks[line] = LineMark.ADDED if _WORD.search(text) else LineMark.ASIDE
            continue
        there[line] = theirs[pairs[number]]
        other = normal(source[there[line] - 1])
        # A document may have the declaration alone.
        same = text == other or (number == 0 and text.rstrip("{") == other.rstrip("{"))
        marks[line] = LineMark.SAME if same else LineMark.DIFFERS
    return AlignedFunction(
        passage, running, marks, there, _gaps(document, ours, source, theirs, pairs)
    )


def normal(line: str) -> str:
    """Return a line of Go without comments, with blanks only where they separate two words."""
    code = _COMMENT.sub(lambda match: match[1] or "", line)
    return re.sub(r"\s*(\W)\s*", r"\1", " ".join(code.split()))


def is_ellipsis(line: str) -> bool:
    """Return whether a line stands for lines left out."""
    return _ELLIPSIS.fullmatch(line.strip()) is not None


def _code(lines: Sequence[str], body: LineRange) -> list[int]:
    """Return the lines of a function that are code."""
    numbers = range(body.first, body.last + 1)
    return [n for n in numbers if normal(lines[n - 1]) and not is_ellipsis(lines[n - 1])]


def _pairs(ours: list[str], theirs: list[str]) -> dict[int, int]:
    """Pair lines in order: the declarations, the ends, and between them what is most alike."""
    if not ours or not theirs:
        return {}
    pairs = {0: 0}
    one, other = _WeightedLines(ours[1:]), _WeightedLines(theirs[1:])
    if one.lines[-1:] == other.lines[-1:] == ["}"]:
        pairs[len(ours) - 1] = len(theirs) - 1
        one, other = _WeightedLines(ours[1:-1]), _WeightedLines(theirs[1:-1])
    if len(one.lines) * len(other.lines) <= _MOST_COMPARED:
        found = _changed(one, other)
        found += _left_between(one, other, found)
    else:  # equal lines alone: generated code is compared in the quickest way
        matcher = SequenceMatcher(None, one.lines, other.lines, autojunk=False)
        found = [
            (i + k, j + k) for i, j, size in matcher.get_matching_blocks() for k in range(size)
        ]
    pairs.update((here + 1, there + 1) for here, there in found)
    return dict(sorted(pairs.items()))


class _WeightedLines:
    """Lines with their words; names that are called count twice, and case is ignored."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = [normal(line) for line in lines]
        self.words = [_words(line) for line in self.lines]


def _words(line: str) -> frozenset[str]:
    words = set()
    for match in _WORD.finditer(line):
        words.add(fold(match[0]))
        if line[match.end() : match.end() + 1] == "(":
            words.add(f"{fold(match[0])}(")
    return frozenset(words)


def _changed(ours: _WeightedLines, theirs: _WeightedLines) -> list[tuple[int, int]]:
    """Pair similar lines, in order, so that they share as much as possible."""
    # best[i][j]: the most that our first i lines and their first j lines can share.
    best = [[0.0] * (len(theirs.lines) + 1)]
    for line, words in zip(ours.lines, ours.words, strict=True):
        above, row = best[-1], [0.0]
        for j, (other, others) in enumerate(zip(theirs.lines, theirs.words, strict=True), 1):
            # Longer lines count for more: braces and returns are the same everywhere.
            common = len(words & others)
            if line == other:
                worth = common + 0.5
            elif common and common >= _ALIKE * len(words | others):
                worth = common * common / len(words | others)
            else:
                worth = 0.0
            row.append(max(above[j], row[j - 1], above[j - 1] + worth if worth else 0.0))
        best.append(row)
    found = []
    i, j = len(ours.lines), len(theirs.lines)
    while i and j:
        if best[i][j] == best[i - 1][j]:
            i -= 1
        elif best[i][j] == best[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            found.append((i, j))
    return found[::-1]


def _left_between(
    ours: _WeightedLines, theirs: _WeightedLines, found: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Pair what is left between two pairs, if both sides have the same number of lines.

    They are in the same place, so having a little in common is enough.
    """
    ends = (len(ours.lines), len(theirs.lines))
    for (i, j), (k, m) in pairwise([(-1, -1), *found, ends]):
        if k - i != m - j:
            continue
        for here, there in zip(range(i + 1, k), range(j + 1, m), strict=True):
            if ours.words[here] & theirs.words[there]:
                yield here, there


def _gaps(
    document: Sequence[str],
    ours: list[int],
    source: Sequence[str],
    theirs: list[int],
    pairs: dict[int, int],
) -> tuple[MissingLines, ...]:
    """Collect what only the running Go has, by the document's line that it would follow."""
    paired = {there: here for here, there in pairs.items()}
    gaps = []
    last, missing = 0, list[int]()
    for number in range(len(theirs) + 1):
        if number < len(theirs) and number not in paired:
            if _WORD.search(normal(source[theirs[number] - 1])):
                missing.append(theirs[number])
            continue
        here = paired.get(number, len(ours))
        if missing:
            # The document's own lines in between come first, dots among them say it.
            until = ours[here] if here < len(ours) else ours[-1] + 1
            between = range(ours[last] + 1, until)
            dots = [n for n in between if is_ellipsis(document[n - 1])]
            after = dots[0] if dots else max((n for n in between if n in ours), default=ours[last])
            gaps.append(MissingLines(after, tuple(missing), bool(dots)))
            missing = []
        last = here
    return tuple(gaps)
