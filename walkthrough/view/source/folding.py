"""Which lines of a file remain when it is folded: those that the call chain is about.

Pure. The function that is executing remains whole, with the comment right above it; of a
caller its declaration, the call, and its end remain.
"""

from collections.abc import Iterable, Mapping, Sequence

from walkthrough.source.functions import LineRange

Span = tuple[int, int]
"""First and last line, from 1."""

LEAST = 3
"""Fewer lines are not worth a row that says how many they are."""
_LONG_COMMENT = 6
"""A comment inside a function that is longer than this is folded away."""
_MOST_SAID = 12
"""How many lines of the comment above a function remain."""
_CONTEXT = 1
_LOST = 5
"""Lines that stay around one that is in no function."""


def kept(
    lines: Sequence[str], functions: Mapping[str, LineRange], line: int, calls: Iterable[int] = ()
) -> tuple[Span, ...]:
    """Return what stays of a file, ascending; nothing if there is nothing to fold it by.

    Args:
        lines: The file.
        functions: Its functions.
        line: The line that is marked, from 1; 0 if none is.
        calls: Lines in callers of this file, where each stands.
    """
    if not functions:
        return ()
    spans: list[Span] = []
    inner = _around(functions, line)
    if inner is not None:
        spans += whole(lines, inner)
    elif line:
        spans.append((line - _LOST, line + _LOST))
    for call in calls:
        body = _around(functions, call)
        if body is not None and body != inner:
            above = call - _CONTEXT
            begins = call if _says(lines[above - 1]) or not lines[above - 1].strip() else above
            spans += [(body.first, body.first), (begins, call + _CONTEXT), (body.last, body.last)]
    return merged(spans, len(lines))


def whole(lines: Sequence[str], body: LineRange) -> list[Span]:
    """Return a function with the comment above it; long comments inside are left out."""
    first = body.first
    while first > max(1, body.first - _MOST_SAID) and _says(lines[first - 2], above=True):
        first -= 1
    spans, begin = [], first
    comment = 0
    for number in range(body.first + 1, body.last + 1):
        if _says(lines[number - 1]):
            comment += 1
            continue
        if comment > _LONG_COMMENT:
            spans.append((begin, number - comment - 1))
            begin = number
        comment = 0
    return [*spans, (begin, body.last)]


def merged(spans: Iterable[Span], count: int) -> tuple[Span, ...]:
    """Sort spans, join those with too little between them, and keep them within ``count`` lines."""
    found: list[Span] = []
    for first, last in sorted(spans):
        first, last = max(first, 1), min(last, count)
        if first > last:
            continue
        if found and first - found[-1][1] <= LEAST:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    if found and found[0][0] <= LEAST:
        found[0] = (1, found[0][1])
    if found and count - found[-1][1] < LEAST:
        found[-1] = (found[-1][0], count)
    return tuple(found)


def gaps(spans: Sequence[Span], count: int, opened: Iterable[int] = ()) -> list[Span]:
    """Return what is folded away: all except ``spans`` and what has been opened.

    Args:
        spans: What stays, as `kept` gives it; nothing there means that all stays.
        count: Lines of the file.
        opened: First lines of what has been opened by hand.
    """
    if not spans:
        return []
    edges = [0, *(edge for first, last in spans for edge in (first - 1, last + 1)), count + 1]
    edges[0] = 1
    found = [(first, last) for first, last in zip(edges[::2], edges[1::2], strict=True)]
    found[-1] = (found[-1][0], count)
    open_lines = set(opened)
    return [
        (first, last)
        for first, last in found
        if first <= last and not any(first <= line <= last for line in open_lines)
    ]


def names_in(functions: Mapping[str, LineRange], gap: Span) -> list[str]:
    """Return the short names of the functions that begin within a gap, in order, each once."""
    begun = {body.first: key for key, body in functions.items() if gap[0] <= body.first <= gap[1]}
    return list(dict.fromkeys(begun[first].rpartition(".")[2] for first in sorted(begun)))


def _around(functions: Mapping[str, LineRange], line: int) -> LineRange | None:
    """Return the innermost function that a line is in."""
    inside = [body for body in functions.values() if body.first <= line <= body.last]
    return min(inside, key=lambda body: body.last - body.first, default=None)


def _says(line: str, *, above: bool = False) -> bool:
    return line.lstrip().startswith(("//", "#", "/ ", "@") if above else ("//", "#", "/ "))
